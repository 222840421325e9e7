// What a step comes to against what its line expects.

#include <fmt/format.h>

#include "sim/replay/perform.hpp"

namespace nslab {

namespace {

std::string describe(const Step& step, const StepResult& r) {
    if (r.error != E::OK) return fmt::format("got {} ({})", errno_name(r.error), errno_text(r.error));
    if (std::holds_alternative<CallStep>(step.what)) return fmt::format("it returned {}", r.value);
    if (r.status != 0) return fmt::format("it failed with exit status {}", r.status);
    return "it succeeded";
}

} // namespace

bool holds_for(const Release& release, const std::optional<Release>& since, const std::optional<Release>& until) {
    if (since && release < *since) return false;
    if (!until) return true;
    // "until 6.17" holds for all of 6.17.y: as many numbers are compared as are written.
    return until->point != 0 ? release <= *until : Release{release.major, release.minor, 0} <= *until;
}

const ExpectedOutcome* expected_for(const std::vector<ExpectedOutcome>& outcomes, const Release& release) {
    for (const ExpectedOutcome& o : outcomes)
        if (holds_for(release, o.since, o.until)) return &o;
    return nullptr;
}

std::string judge(const Step& step, const StepResult& r, const Release& release) {
    if (!r.skipped.empty()) return {}; // nothing came of it that could be judged
    if (!r.failure.empty()) return r.failure;
    if (step.may_fail) return {};
    const ExpectedOutcome* expected = expected_for(step.outcomes, release);
    const bool command = std::holds_alternative<CommandStep>(step.what);
    const auto kind = expected ? expected->kind : ExpectedOutcome::Kind::success;
    const auto complain = [&](const std::string& wanted) {
        return fmt::format("expected {}, but {}", wanted, describe(step, r));
    };
    switch (kind) {
    case ExpectedOutcome::Kind::success:
        if (command ? r.status == 0 : r.error == E::OK) return {};
        return complain("success");
    case ExpectedOutcome::Kind::error:
        if (r.error != expected->error) return complain(std::string(errno_name(expected->error)));
        if (command && r.status == 0)
            return fmt::format("{}, but the program succeeded all the same", errno_name(r.error));
        return {};
    case ExpectedOutcome::Kind::program_failure:
        if (r.status == 0) return complain("a failure of the program");
        if (r.error != E::OK) return complain("a failure of the program itself");
        return {};
    case ExpectedOutcome::Kind::value: return r.error == E::OK ? std::string() : complain("success");
    }
    return {};
}

} // namespace nslab
