// chroot(1) of coreutils 9.1 and pivot_root(8) of util-linux 2.38.

#include <fmt/format.h>

#include "sim/shell/rows.hpp"
#include "sim/shell/spawn.hpp"

namespace nslab::shell {
namespace {

enum : int { kGroups = kLongOnly, kUserspec, kSkipChdir };

const OptionTable& chroot_table() {
    static const OptionTable t{"+",
                               {{"groups", required_argument, nullptr, kGroups},
                                {"userspec", required_argument, nullptr, kUserspec},
                                {"skip-chdir", no_argument, nullptr, kSkipChdir},
                                {"help", no_argument, nullptr, 'h'},
                                {"version", no_argument, nullptr, 'V'}},
                               {kGroups, kUserspec, 'h', 'V'},
                               1,
                               SIZE_MAX,
                               125};
    return t;
}

std::vector<Diagnostic> check_chroot(const std::vector<std::string>& argv) {
    auto found = check_options(argv, chroot_table());
    const CommandLine line = read_options(argv, chroot_table());
    if (found.empty() && line.operands.size() > 1 && !new_actor_word(argv))
        for (Diagnostic& d : check_program(argv, line.operands[1].word)) found.push_back(std::move(d));
    return found;
}

/// With --skip-chdir only where the new root is the old one; the tool insists on that.
std::optional<int> change_root(Tool& tool, const std::string& root, bool skip_chdir) {
    const auto canonical = realpath(tool, root);
    if (skip_chdir && canonical.value_or("") != "/") {
        tool.warn("option --skip-chdir only permitted if NEWROOT is old '/'");
        tool.say("Try 'chroot --help' for more information.");
        return 125;
    }
    const Outcome o = tool.call(sys::Chroot{root});
    if (!o.ok()) {
        tool.warn(fmt::format("cannot change root directory to {}", quote_always(root)), o.error);
        return 125;
    }
    if (skip_chdir) return std::nullopt;
    const Outcome c = tool.call(sys::Chdir{"/"});
    if (c.ok()) return std::nullopt;
    tool.warn("cannot chdir to root directory", c.error);
    return 125;
}

/// Alone it changes the actor itself; with a new actor or a command behind it, it is the program.
CommandResult run_chroot(Terminal& terminal, const Invocation& invocation) {
    Tool tool(terminal, "chroot");
    const CommandLine line = read_options(invocation.argv, chroot_table());
    if (line.misuse) return tool.misuse(line, chroot_table());
    if (line.operands.empty()) return tool.bad_usage("missing operand", 125);
    const std::string root = line.operands[0].text;
    const Program program = program_of(invocation, line.operands, 1);
    if (program.new_actor.empty() && program.argv.empty())
        return tool.end(change_root(tool, root, line.has(kSkipChdir)).value_or(0));
    Spawn how;
    how.first = [&](Tool& t) { return change_root(t, root, line.has(kSkipChdir)); };
    return spawn(tool, program, how, false);
}

const OptionTable& pivot_root_table() {
    static const OptionTable t{
        "Vh", {{"version", no_argument, nullptr, 'V'}, {"help", no_argument, nullptr, 'h'}}, {'h', 'V'}, 2, 2, 1};
    return t;
}

std::vector<Diagnostic> check_pivot_root(const std::vector<std::string>& argv) {
    return check_options(argv, pivot_root_table());
}

CommandResult run_pivot_root(Terminal& terminal, const Invocation& invocation) {
    Tool tool(terminal, "pivot_root");
    const CommandLine line = read_options(invocation.argv, pivot_root_table());
    if (line.misuse) return tool.misuse(line, pivot_root_table());
    if (line.operands.size() != 2) return tool.bad_usage("bad usage");
    const std::string &to = line.operands[0].text, &from = line.operands[1].text;
    const Outcome o = tool.call(sys::PivotRoot{to, from});
    if (o.ok()) return tool.end(0);
    tool.warn(fmt::format("failed to change root from `{}' to `{}'", to, from), o.error);
    return tool.end(1);
}

} // namespace

std::vector<Operand> chroot_operands(const std::vector<std::string>& argv) {
    return read_options(argv, chroot_table()).operands;
}

CommandRow chroot_row() {
    return {"chroot",    "chroot DIRECTORY [ACTOR [&] | COMMAND]", true, ActorWords::none, check_chroot, run_chroot,
            chroot_table};
}
CommandRow pivot_root_row() {
    return {"pivot_root",    "pivot_root NEW_ROOT PUT_OLD", false, ActorWords::none, check_pivot_root, run_pivot_root,
            pivot_root_table};
}

} // namespace nslab::shell
