// setsid(1) of util-linux 2.38. Source: sys-utils/setsid.c. Not played: -c, since there is no terminal to be taken.

#include <fmt/format.h>

#include "sim/shell/rows.hpp"
#include "sim/shell/spawn.hpp"

namespace nslab::shell {
namespace {

const OptionTable& table() {
    static const OptionTable t{"+Vhcfw",
                               {{"version", no_argument, nullptr, 'V'},
                                {"ctty", no_argument, nullptr, 'c'},
                                {"fork", no_argument, nullptr, 'f'},
                                {"wait", no_argument, nullptr, 'w'},
                                {"help", no_argument, nullptr, 'h'}},
                               {'h', 'V', 'c'},
                               0,
                               SIZE_MAX,
                               1};
    return t;
}

std::vector<Diagnostic> check(const std::vector<std::string>& argv) {
    auto found = check_options(argv, table());
    if (found.empty()) check_program(argv, table(), found, "no command specified");
    return found;
}

CommandResult run(Terminal& terminal, const Invocation& invocation) {
    Tool tool(terminal, "setsid");
    const CommandLine line = read_options(invocation.argv, table());
    if (line.misuse) return tool.misuse(line, table());
    if (line.operands.empty() && invocation.new_actor.empty()) return tool.bad_usage("no command specified");
    // A child of the terminal leads no group, so that it need not fork again, and there is nothing to wait for; with -f
    // it does, and without -w is gone at once.
    Spawn how;
    if (!line.has('w')) how.parent = [&](Tool&) { return line.has('f') ? std::optional(0) : std::nullopt; };
    how.child = [&](Tool& t) -> std::optional<int> {
        const Outcome o = t.call(sys::Setsid{});
        if (o.ok()) return std::nullopt;
        t.warn("setsid failed", o.error);
        return 1;
    };
    return spawn(tool, program_of(invocation, line.operands), how, line.has('f'));
}

} // namespace

std::vector<Operand> setsid_operands(const std::vector<std::string>& argv) {
    return read_options(argv, table()).operands;
}

CommandRow setsid_row() {
    return {"setsid", "setsid [-fw] ACTOR [&] | COMMAND", true, ActorWords::none, check, run, table};
}

} // namespace nslab::shell
