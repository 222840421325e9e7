#include "sim/replay/message.hpp"

#include <fmt/format.h>

namespace nslab {

namespace {

constexpr std::size_t kMostDifferences = 12; // of one step; more tell a person nothing

std::string reason(const StepResult& r) {
    if (r.why.empty()) return {};
    return r.function.empty() ? r.why : fmt::format("{} ({})", r.why, r.function);
}

} // namespace

std::string failure_message(const Scenario& scenario, const StepReport& r, const PlayReport& report) {
    const Step& step = scenario.steps[r.step];
    std::string out = fmt::format("{}:{}: {}\n", scenario.file, step.at.line, step.text);
    const auto line = [&](const std::string& text) { out += "    " + text + "\n"; };
    if (!r.model.skipped.empty()) line("the model does not play this: " + r.model.skipped);
    for (std::size_t i = 0; i < r.differences.size() && i < kMostDifferences; ++i) line(r.differences[i]);
    if (r.differences.size() > kMostDifferences)
        line(fmt::format("... and {} differences more", r.differences.size() - kMostDifferences));
    if (!r.differences.empty()) line(fmt::format("(this kernel is {})", to_string(report.host_release)));
    if (!r.model.failure.empty()) {
        const bool both = r.model.failure == r.host.failure;
        line((both ? "in the model and in the kernel: " : report.with_host ? "in the model: " : "") + r.model.failure);
    }
    if (!r.host.failure.empty() && r.host.failure != r.model.failure) line("in the kernel: " + r.host.failure);
    if (const std::string why = reason(r.model); !why.empty()) line("model:  " + why);
    if (!r.model.message.empty())
        line("printed: " + r.model.message);
    else if (!r.host.message.empty())
        line("printed by the kernel's side: " + r.host.message);
    if (!r.differences.empty() && !covered(report.host_release))
        line("not the model's release: nslab knows 6.18, and of others only what its table of behaviours names");
    return out;
}

int exit_status(Verdict v) {
    switch (v) {
    case Verdict::good: return 0;
    case Verdict::failed: return 1;
    case Verdict::broken: return 2;
    case Verdict::other_release: return 3;
    case Verdict::nothing: return 4;
    }
    return 2;
}

std::string_view to_string(Verdict v) {
    switch (v) {
    case Verdict::good: return "good";
    case Verdict::failed: return "failed";
    case Verdict::broken: return "broken";
    case Verdict::other_release: return "other release";
    case Verdict::nothing: return "nothing compared";
    }
    return "";
}

namespace {
template <class F> std::size_t count(const PlayReport& report, const F& which) {
    std::size_t n = 0;
    for (const StepReport& s : report.steps) n += which(s) ? 1 : 0;
    return n;
}
} // namespace

std::size_t PlayReport::compared() const {
    return count(*this, [](const StepReport& s) { return s.compared; });
}
std::size_t PlayReport::agreed() const {
    return count(*this, [](const StepReport& s) { return s.compared && s.differences.empty(); });
}
std::size_t PlayReport::differing() const {
    return count(*this, [](const StepReport& s) { return !s.differences.empty(); });
}
std::size_t PlayReport::again() const {
    std::size_t n = 0;
    for (const StepReport& s : steps) n += s.again;
    return n;
}
std::size_t PlayReport::skipped_steps() const {
    return count(*this, [](const StepReport& s) { return !s.host.skipped.empty(); });
}

} // namespace nslab
