#include "sim/fuzz/examine.hpp"

#include "sim/fuzz/write.hpp"
#include "sim/host/host.hpp"
#include "sim/linux/audit.hpp"
#include "sim/replay/player.hpp"

namespace nslab::fuzz {

namespace {

std::string in_one_line(const std::vector<std::string>& lines) {
    std::string out;
    for (const std::string& line : lines) out += (out.empty() ? "" : "; ") + line;
    return out;
}

/// Whether the file shows it too: as check would play it.
bool reproduces(const Campaign& campaign, const std::string& text) {
    const ParseResult parsed = parse("found.scn", text);
    if (!parsed.ok()) return false;
    const bool on_kernel = campaign.against == Against::kernel;
    const auto model =
        make_model(on_kernel ? of_this_machine(parsed.scenario.boot) : parsed.scenario.boot, campaign.making.release);
    if (on_kernel) {
        auto host = make_host(parsed.scenario.boot);
        return host && play(parsed.scenario, *model, host->get()).verdict == Verdict::failed;
    }
    bool bad = false;
    play(parsed.scenario, *model, nullptr, {}, [&](const StepReport&) { bad |= !audit(model->kernel()).empty(); });
    return bad;
}

} // namespace

Found examine(const Campaign& campaign, Play play, DuelResult seen, const PatientJudge& judge, const std::string& title,
              const std::function<bool()>& enough) {
    play.steps.resize(seen.difference->step + 1);
    Found found;
    // Once more from the start: what is not seen again may be the work of somebody else on this machine.
    DuelResult again = judge(play, Patience::full);
    found.repeats = again.difference.has_value();
    if (found.repeats) {
        seen = std::move(again);
        for (const Patience patience : {Patience::little, Patience::full}) {
            // Where there is no more time nothing is seen to differ that is smaller.
            DuelResult last = seen;
            const Play less = shrink(
                play, [&](const Play& p) { return enough() ? DuelResult() : judge(p, patience); }, last);
            // Work of the kernel that takes longer may have been taken for the difference.
            if (patience == Patience::little) last = judge(less, Patience::full);
            if (!last.difference) continue;
            play = less;
            seen = std::move(last);
            break;
        }
    }
    found.message = in_one_line(seen.difference->lines);
    found.steps = static_cast<u32>(play.steps.size());
    found.scenario = scenario_text(play, seen, title, "nslab fuzz");
    found.reproduces = found.repeats && reproduces(campaign, found.scenario);
    return found;
}

} // namespace nslab::fuzz
