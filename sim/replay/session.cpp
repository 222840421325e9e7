#include "sim/replay/session.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace nslab {

namespace {

constexpr std::size_t kOutcomeColumn = 64;

std::string with_indent(const std::string& text, const std::string& indent) {
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find('\n', at), text.size());
        out += indent + text.substr(at, end - at) + "\n";
        at = end + 1;
    }
    return out;
}

/// What stands behind the line: "# 3", "# EBUSY: /a is the working directory of sh2".
std::string outcome(const Step& step, const StepResult& r, const Style& style) {
    if (!r.skipped.empty()) return style.yellow("# skipped: " + r.skipped);
    if (!r.failure.empty()) return style.red("# " + r.failure);
    if (r.asleep) return style.dim(r.played ? "# waits" : "# sleeps");
    if (r.error != E::OK && r.failed())
        return style.yellow(r.why.empty() ? fmt::format("# {}", errno_name(r.error))
                                          : fmt::format("# {}: {}", errno_name(r.error), r.why));
    if (r.status != 0) return style.yellow(fmt::format("# FAIL (exit status {})", r.status));
    if (std::holds_alternative<CallStep>(step.what) && r.call)
        return style.dim(r.call->ended ? "# ends" : fmt::format("# {}", r.value));
    if (std::holds_alternative<ExpectStep>(step.what)) return style.green("# holds");
    if (std::holds_alternative<CommandStep>(step.what)) return style.dim("# 0");
    return {};
}

std::string reasons(const StepResult& r, const Style& style) {
    std::string out;
    for (const CallRecord& c : r.calls) {
        if (c.looks) continue;
        out += style.dim(fmt::format("    {} = {}", c.call, c.result)) + "\n";
        if (!c.why.empty())
            out +=
                fmt::format("        {}: {}\n", c.function.empty() ? "because" : c.function + "() in " + c.file, c.why);
        for (const std::string& reason : c.reasons) out += "        " + reason + "\n";
    }
    return out;
}

} // namespace

std::string step_outcome(const Scenario& scenario, const StepReport& report, const Style& style) {
    std::string ours = outcome(scenario.steps[report.step], report.model, style);
    if (ours.empty() || !report.model.failure.empty()) return ours;
    if (!report.host.skipped.empty()) return ours + style.yellow("; skipped on this kernel: " + report.host.skipped);
    return report.compared && report.differences.empty() ? ours + style.dim("; the kernel agrees") : ours;
}

std::string step_below(const Scenario& scenario, const StepReport& report, const Style& style) {
    std::string out;
    const bool expects = std::holds_alternative<ExpectStep>(scenario.steps[report.step].what);
    if (!expects) out += with_indent(report.model.output, "");
    out += with_indent(report.model.message, "");
    if (style.reasons) out += reasons(report.model, style);
    for (const std::size_t ended : report.resumed)
        out += style.dim(
                   fmt::format("    line {} goes on: {}", scenario.steps[ended].at.line, scenario.steps[ended].text)) +
               "\n";
    return out;
}

std::string session_head(const Scenario& scenario, const Style& style) {
    std::string out;
    if (!scenario.title.empty()) out += style.bold(scenario.title) + "\n";
    if (!scenario.source.empty()) out += style.dim(scenario.source) + "\n";
    return out.empty() ? out : out + "\n";
}

std::string session_step(const Scenario& scenario, const StepReport& report, const Style& style) {
    const Step& step = scenario.steps[report.step];
    // One line that expects several things is several steps, and is shown once unless one of them fails.
    if (report.step != 0 && report.model.failure.empty() && std::holds_alternative<ExpectStep>(step.what)) {
        const Step& before = scenario.steps[report.step - 1];
        if (before.at.line == step.at.line && before.loop == step.loop) return {};
    }
    std::string out;
    if (!step.narration.empty() && report.step != 0) out += "\n";
    for (const std::string& line : step.narration) out += style.dim("# " + line) + "\n";
    std::string line = step.text;
    for (const auto& [name, value] : step.loop) line += fmt::format("   [{}={}]", name, value);
    const std::string behind = step_outcome(scenario, report, style);
    out += line;
    if (!behind.empty())
        out += std::string(line.size() < kOutcomeColumn ? kOutcomeColumn - line.size() : 1, ' ') + behind;
    out += "\n";
    return out + step_below(scenario, report, style);
}

std::string session_end(const Scenario& scenario, const PlayReport& report, const Style& style) {
    std::string out;
    if (!report.message.empty()) return "\n" + style.red(report.message);
    if (!scenario.closing.empty()) out += "\n";
    for (const std::string& line : scenario.closing) out += style.dim("# " + line) + "\n";
    if (!report.trees.empty()) out += "\n" + report.trees;
    return out;
}

} // namespace nslab
