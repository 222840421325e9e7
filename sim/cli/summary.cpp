#include "sim/cli/summary.hpp"

#include <map>

#include <fmt/format.h>

#include "sim/cli/output.hpp"

namespace nslab {

std::string line_of(const ScenarioResult& r) {
    switch (r.verdict) {
    case Verdict::good:
        if (r.skipped.empty()) return fmt::format("agrees    {}: {}", r.file, plural(r.steps, "step"));
        return fmt::format("partly    {}: {} of {} agree; skipped from {}", r.file, r.agreed, plural(r.steps, "step"),
                           r.skipped);
    case Verdict::nothing: return fmt::format("skipped   {}: {}", r.file, r.skipped);
    case Verdict::broken: return fmt::format("broken    {}", r.file);
    case Verdict::other_release:
        return fmt::format("release   {}: differs, but this is not the model's release", r.file);
    case Verdict::failed: return fmt::format("{:<10}{}", r.differing ? "DIFFERS" : "FAILED", r.file);
    }
    return {};
}

std::string sum_of(const std::vector<ScenarioResult>& results) {
    std::size_t steps = 0, compared = 0, agreed = 0, differing = 0, again = 0, skipped = 0, good = 0;
    std::map<std::string, std::size_t> reasons;
    for (const ScenarioResult& r : results) {
        steps += r.steps, compared += r.compared, agreed += r.agreed, differing += r.differing, again += r.again;
        skipped += r.skipped_steps;
        good += r.verdict == Verdict::good;
        if (!r.skipped.empty()) ++reasons[r.skipped.substr(0, r.skipped.find('\n'))];
    }
    std::string out = fmt::format("{}, {} good: {}, {} compared, {} agree, {} differ, {} taken again, {} skipped\n",
                                  plural(results.size(), "scenario"), good, plural(steps, "step"), compared, agreed,
                                  differing, plural(again, "comparison"), skipped);
    for (const auto& [reason, times] : reasons)
        out += fmt::format("  skipped in {}: {}\n", plural(times, "scenario"), reason);
    return out;
}

} // namespace nslab
