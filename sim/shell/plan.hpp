#pragma once
// Tools that make a plan of their options before they do anything: what is wrong with it is known without playing.

#include "sim/shell/tool.hpp"

namespace nslab::shell {

/// What is wrong with the options and with the plan that `plan_of` makes of them, which says so in `wrong`.
template <class PlanOf>
std::vector<Diagnostic> check_plan(const std::vector<std::string>& argv, const OptionTable& table, PlanOf plan_of) {
    auto found = check_options(argv, table);
    if (!found.empty()) return found;
    if (const auto plan = plan_of(read_options(argv, table)); !plan.wrong.empty())
        found.push_back(complaint(argv, 0, argv[0] + ": " + plan.wrong));
    return found;
}

/// Does `work(tool, plan, line)`, unless the options or the plan are wrong.
template <class PlanOf, class Work>
CommandResult run_plan(Terminal& terminal, const Invocation& invocation, const OptionTable& table, PlanOf plan_of,
                       Work work) {
    Tool tool(terminal, invocation.argv[0]);
    const CommandLine line = read_options(invocation.argv, table);
    if (line.misuse) return tool.misuse(line, table);
    auto plan = plan_of(line);
    if (!plan.wrong.empty()) {
        tool.warn(plan.wrong);
        return tool.end(1);
    }
    return work(tool, plan, line);
}

} // namespace nslab::shell
