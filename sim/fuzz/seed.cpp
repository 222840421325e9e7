// One family of scenarios, played as the campaign wants it, and what to do about a difference.

#include <algorithm>

#include <fmt/format.h>

#include "sim/fuzz/examine.hpp"
#include "sim/linux/audit.hpp"
#include "sim/linux/canonical.hpp"

namespace nslab::fuzz {

namespace {

/// Plays in the model alone; what the audit says is the difference.
DuelResult audited(const Play& play, Release release) {
    DuelResult r;
    const auto model = make_model(play.boot, release);
    for (std::size_t i = 0; i < play.steps.size(); ++i) {
        const Step& s = play.steps[i];
        r.kernel.push_back(model->call(s.who, s.call, s.child));
        ++r.steps;
        if (auto complaints = audit(model->kernel()); !complaints.empty()) {
            r.difference = Difference{i, std::move(complaints)};
            break;
        }
    }
    return r;
}

class SeedPlayer {
  public:
    SeedPlayer(const Campaign& campaign, u64 seed, const std::function<bool()>& enough)
        : campaign_(campaign), enough_(enough), seed_(seed), family_(campaign.making, seed) {}

    Results run(u32 scenarios) {
        for (number_ = 0; number_ < scenarios && !enough_() && results_.found.size() < campaign_.most; ++number_) one();
        for (const u64 feature : family_.features().all()) results_.branches.add(feature);
        return std::move(results_);
    }

  private:
    void one();
    void against_kernel(const Play& play, std::size_t known);
    void report(const Campaign& campaign, const Play& play, const DuelResult& seen, const PatientJudge& judge);
    bool begins_badly(const Play& play) const;

    const Campaign& campaign_;
    const std::function<bool()>& enough_;
    u64 seed_;
    u32 number_ = 0;
    Family family_;
    Results results_;
    std::vector<std::string> bad_; // beginnings that led to a difference, as text
};

std::string text_of(const Play& play, std::size_t steps) {
    std::string text;
    for (std::size_t i = 0; i < std::min(steps, play.steps.size()); ++i)
        text += fmt::format("{} {}\n", static_cast<u32>(play.steps[i].who), to_string(play.steps[i].call));
    return text;
}

void SeedPlayer::one() {
    std::size_t known = 0, steps = 0;
    std::optional<std::size_t> bad;
    const bool audits = campaign_.against != Against::nothing;
    const Play play = family_.make(known, [&](const ModelBackend& model, const Step&, const Outcome&) {
        ++steps;
        if (audits && !bad && !audit(model.kernel()).empty()) bad = steps;
        if (audits || steps == campaign_.making.depth) results_.states.add(canonical_hash(model.kernel()));
    });
    ++results_.scenarios;
    if (campaign_.against == Against::kernel && !bad) return against_kernel(play, known);
    results_.steps += steps;
    if (!bad || begins_badly(play)) return;
    const PatientJudge judge = [&](const Play& p, Patience) { return audited(p, campaign_.making.release); };
    Campaign alone = campaign_;
    alone.against = Against::audit;
    report(alone, play, judge(play, Patience::full), judge);
}

/// Whether it begins with what is known to differ: most of a family would, once one does.
bool SeedPlayer::begins_badly(const Play& play) const {
    if (bad_.empty()) return false;
    const std::string text = text_of(play, play.steps.size());
    return std::any_of(bad_.begin(), bad_.end(), [&](const std::string& bad) { return text.starts_with(bad); });
}

void SeedPlayer::against_kernel(const Play& play, std::size_t known) {
    if (begins_badly(play)) return;
    const DuelResult r = duel(play, campaign_.making.release, known);
    results_.steps += r.steps;
    results_.compared += r.observed;
    results_.skipped += r.skipped;
    results_.again += r.again;
    results_.cut_short += !r.refused.empty();
    if (!r.difference) return;
    const PatientJudge judge = [&](const Play& p, Patience patience) {
        return duel(p, campaign_.making.release, 0, patience);
    };
    report(campaign_, play, r, judge);
}

void SeedPlayer::report(const Campaign& campaign, const Play& play, const DuelResult& seen, const PatientJudge& judge) {
    bad_.push_back(text_of(play, seen.difference->step + 1));
    Found found = examine(campaign, play, seen, judge,
                          fmt::format("A difference of seed {}, scenario {}", seed_, number_), enough_);
    found.seed = seed_;
    found.number = number_;
    (found.repeats ? results_.found : results_.strange).push_back(std::move(found));
}

} // namespace

Results play_seed(const Campaign& campaign, u64 seed, u32 scenarios, const std::function<bool()>& enough) {
    return SeedPlayer(campaign, seed, enough).run(scenarios);
}

} // namespace nslab::fuzz
