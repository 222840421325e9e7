// What acts on the actor's own process, as a shell's built-in commands do: cd, pwd, exec, exit, wait; and fork.

#include <charconv>

#include <fmt/format.h>

#include "sim/shell/rows.hpp"
#include "sim/shell/spawn.hpp"
#include "sim/shell/tool.hpp"

namespace nslab::shell {
namespace {

std::optional<i32> number(std::string_view text) {
    i32 value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size() && !text.empty() ? std::optional(value)
                                                                                     : std::nullopt;
}

std::vector<Diagnostic> too_many(const std::vector<std::string>& argv, std::size_t most) {
    if (argv.size() - 1 <= most) return {};
    return {complaint(argv, most + 1, fmt::format("{}: too many arguments", argv[0]))};
}

// cd and pwd ----------------------------------------------------------------------------------------------------------

std::vector<Diagnostic> check_cd(const std::vector<std::string>& argv) { return too_many(argv, 1); }

CommandResult run_cd(Terminal& terminal, const Invocation& invocation) {
    Tool tool(terminal, "cd");
    // There is no $HOME: without an operand it is /.
    const std::string path = invocation.argv.size() > 1 ? invocation.argv[1] : "/";
    const Outcome o = tool.call(sys::Chdir{path});
    if (o.ok()) return tool.end(0);
    tool.warn(path, o.error);
    return tool.end(1);
}

std::vector<Diagnostic> check_pwd(const std::vector<std::string>& argv) {
    if (argv.size() == 2 && (argv[1] == "-P" || argv[1] == "-L")) return {};
    return too_many(argv, 0);
}

CommandResult run_pwd(Terminal& terminal, const Invocation&) {
    Tool tool(terminal, "pwd");
    const Outcome o = tool.call(sys::Getcwd{});
    const auto* bytes = o.out.get_if<Bytes>();
    if (o.ok() && bytes) {
        tool.out(bytes->data + "\n");
        return tool.end(0);
    }
    tool.warn("couldn't find directory entry in '..' with matching i-node");
    return tool.end(1);
}

// exec and exit -------------------------------------------------------------------------------------------------------

std::vector<Diagnostic> check_exec(const std::vector<std::string>& argv) {
    if (argv.size() < 2) return {complaint(argv, 0, "exec: missing command")};
    return check_program(argv, 1);
}

CommandResult run_exec(Terminal& terminal, const Invocation& invocation) {
    Tool tool(terminal, "exec");
    begin_program(tool, invocation.argv.at(1));
    CommandResult result =
        run_program(terminal, "exec", std::vector<std::string>(invocation.argv.begin() + 1, invocation.argv.end()));
    terminal.call(sys::ExitGroup{result.status});
    return result;
}

std::vector<Diagnostic> check_exit(const std::vector<std::string>& argv) {
    const bool name = argv.size() > 1 && argv[1].find('$') != std::string::npos; // its value comes later
    if (argv.size() > 1 && !name && !number(argv[1])) return {complaint(argv, 1, "exit: numeric argument required")};
    return too_many(argv, 1);
}

CommandResult run_exit(Terminal& terminal, const Invocation& invocation) {
    const i32 status = invocation.argv.size() > 1 ? number(invocation.argv[1]).value_or(2) & 0xff : 0;
    terminal.call(sys::ExitGroup{status});
    return {};
}

// wait ----------------------------------------------------------------------------------------------------------------

std::vector<Diagnostic> check_wait(const std::vector<std::string>& argv) { return too_many(argv, 1); }

/// Until every process that the shell has made is reaped; those that it was given are reaped where they are dead, and
/// not waited for.
CommandResult wait_for_all(Terminal& terminal, Tool& tool) {
    std::vector<i32> jobs = terminal.jobs();
    for (;;) {
        const Outcome o = terminal.probe(sys::Wait4{-1, jobs.empty() ? WAIT::NOHANG : 0});
        if (!o.ok() && o.error == E::INTR) continue;
        if (!o.ok() || o.value == 0) return tool.end(0);
        std::erase(jobs, static_cast<i32>(o.value));
    }
}

CommandResult run_wait(Terminal& terminal, const Invocation& invocation) {
    Tool tool(terminal, "wait");
    if (invocation.argv.size() == 1) return wait_for_all(terminal, tool);
    const auto pid = number(invocation.argv[1]);
    if (!pid) {
        tool.warn(fmt::format("`{}': not a pid or valid job spec", invocation.argv[1]));
        return tool.end(1);
    }
    const Outcome o = tool.call(sys::Wait4{*pid, 0});
    if (!o.ok()) {
        if (*pid > 0) tool.warn(fmt::format("pid {} is not a child of this shell", *pid));
        return tool.end(127);
    }
    return tool.end(shell_status(tool, o));
}

// fork ----------------------------------------------------------------------------------------------------------------

std::vector<Diagnostic> check_fork(const std::vector<std::string>& argv) {
    if (argv.size() < 2) return {complaint(argv, 0, "fork: the new actor's name is missing")};
    return too_many(argv, 1);
}

CommandResult run_fork(Terminal& terminal, const Invocation& invocation) {
    Tool tool(terminal, "fork");
    const auto pid = terminal.fork(0, invocation.new_actor);
    if (!pid) {
        tool.warn("fork failed");
        return tool.end(1);
    }
    terminal.back();
    if (invocation.background) return tool.end(0);
    const Outcome waited = tool.call(sys::Wait4{*pid, 0});
    return tool.end(waited.ok() ? shell_status(tool, waited) : 127);
}

// true and false ------------------------------------------------------------------------------------------------------

std::vector<Diagnostic> check_nothing(const std::vector<std::string>&) { return {}; }
CommandResult run_true(Terminal&, const Invocation&) { return {}; }
CommandResult run_false(Terminal&, const Invocation&) { return {1, "", std::nullopt}; }

} // namespace

CommandRow cd_row() { return {"cd", "cd [DIRECTORY]", false, ActorWords::none, check_cd, run_cd}; }
CommandRow pwd_row() { return {"pwd", "pwd", false, ActorWords::none, check_pwd, run_pwd}; }
CommandRow exec_row() { return {"exec", "exec COMMAND [ARGUMENT...]", false, ActorWords::none, check_exec, run_exec}; }
CommandRow exit_row() { return {"exit", "exit [STATUS]", false, ActorWords::none, check_exit, run_exit}; }
CommandRow wait_row() { return {"wait", "wait [ACTOR|PID]", false, ActorWords::any, check_wait, run_wait}; }
CommandRow fork_row() { return {"fork", "fork ACTOR [&]", true, ActorWords::none, check_fork, run_fork}; }
CommandRow true_row() { return {"true", "true", false, ActorWords::none, check_nothing, run_true}; }
CommandRow false_row() { return {"false", "false", false, ActorWords::none, check_nothing, run_false}; }

} // namespace nslab::shell
