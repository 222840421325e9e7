// What acts on the actor's own process, as a shell's built-in commands do: cd, pwd, exec, exit, wait; and kill, fork.

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "sim/shell/rows.hpp"
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
    const auto* bytes = std::get_if<Bytes>(&o.out);
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

/// A wait status as $? has it.
int shell_status(i32 status) { return (status & 0x7f) == 0 ? (status >> 8) & 0xff : 128 + (status & 0x7f); }

CommandResult run_wait(Terminal& terminal, const Invocation& invocation) {
    Tool tool(terminal, "wait");
    i32 pid = -1;
    if (invocation.argv.size() > 1) {
        const auto given = number(invocation.argv[1]);
        if (!given) {
            tool.warn(fmt::format("`{}': not a pid or valid job spec", invocation.argv[1]));
            return tool.end(1);
        }
        pid = *given;
    }
    const Outcome o = tool.call(sys::Wait4{pid, 0});
    if (o.blocked) return tool.end(0);
    if (!o.ok()) {
        if (pid > 0) tool.warn(fmt::format("pid {} is not a child of this shell", pid));
        return tool.end(127);
    }
    const auto* buffer = std::get_if<WaitBuf>(&o.out);
    return tool.end(buffer ? shell_status(buffer->status) : 0);
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
    if (!invocation.background) terminal.call(sys::Wait4{*pid, 0});
    return tool.end(0);
}

// kill ----------------------------------------------------------------------------------------------------------------

struct SignalRow {
    std::string_view name;
    i32 number;
};
constexpr SignalRow kSignals[] = {
    {"HUP", SIG::HUP},   {"INT", SIG::INT},   {"QUIT", SIG::QUIT}, {"ILL", SIG::ILL},       {"TRAP", SIG::TRAP},
    {"ABRT", SIG::ABRT}, {"BUS", SIG::BUS},   {"FPE", SIG::FPE},   {"KILL", SIG::KILL},     {"USR1", SIG::USR1},
    {"SEGV", SIG::SEGV}, {"USR2", SIG::USR2}, {"PIPE", SIG::PIPE}, {"ALRM", SIG::ALRM},     {"TERM", SIG::TERM},
    {"CHLD", SIG::CHLD}, {"CONT", SIG::CONT}, {"STOP", SIG::STOP}, {"STKFLT", SIG::STKFLT}, {"TSTP", SIG::TSTP},
    {"TTIN", SIG::TTIN}, {"TTOU", SIG::TTOU}, {"EXIT", 0}};

std::optional<i32> signal_number(std::string_view text) {
    if (const auto n = number(text)) return *n >= 0 && *n <= 64 ? n : std::nullopt;
    std::string upper(text);
    std::transform(upper.begin(), upper.end(), upper.begin(),
                   [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
    if (upper.compare(0, 3, "SIG") == 0) upper.erase(0, 3);
    for (const SignalRow& row : kSignals)
        if (row.name == upper) return row.number;
    return std::nullopt;
}

struct KillLine {
    i32 signal = SIG::TERM;
    std::vector<std::size_t> pids; // words
    std::optional<Diagnostic> wrong;
};

/// kill has no getopt: -s NAME, -n NUMBER, -NAME, -NUMBER, --, then PIDs, negative ones for groups.
KillLine read_kill(const std::vector<std::string>& argv) {
    KillLine line;
    std::size_t i = 1;
    if (i < argv.size() && argv[i].size() > 1 && argv[i][0] == '-' && argv[i] != "--") {
        const bool next = argv[i] == "-s" || argv[i] == "-n" || argv[i] == "--signal";
        const std::size_t word = next ? i + 1 : i;
        const std::string text = word >= argv.size() ? "" : next ? argv[word] : argv[word].substr(1);
        if (const auto signal = signal_number(text))
            line.signal = *signal;
        else
            line.wrong = complaint(argv, std::min(word, argv.size() - 1),
                                   fmt::format("kill: unknown signal {}", text.empty() ? "" : text));
        i = word + 1;
    }
    if (i < argv.size() && argv[i] == "--") ++i;
    for (; i < argv.size(); ++i) line.pids.push_back(i);
    if (!line.wrong && line.pids.empty()) line.wrong = complaint(argv, 0, "kill: missing PID");
    return line;
}

std::vector<Diagnostic> check_kill(const std::vector<std::string>& argv) {
    const KillLine line = read_kill(argv);
    if (line.wrong) return {*line.wrong};
    return {};
}

CommandResult run_kill(Terminal& terminal, const Invocation& invocation) {
    Tool tool(terminal, "kill");
    const KillLine line = read_kill(invocation.argv);
    if (line.wrong) {
        tool.say(line.wrong->message);
        return tool.end(1);
    }
    int status = 0;
    for (const std::size_t word : line.pids) {
        const std::string& text = invocation.argv[word];
        const auto pid = number(text);
        if (!pid) {
            tool.warn(fmt::format("{}: arguments must be process or job IDs", text));
            status = 1;
            continue;
        }
        const Outcome o = tool.call(sys::Kill{*pid, line.signal});
        if (o.ok()) continue;
        tool.warn(fmt::format("({}) - {}", text, errno_text(o.error)));
        status = 1;
    }
    return tool.end(status);
}

// true and false ------------------------------------------------------------------------------------------------------

std::vector<Diagnostic> check_nothing(const std::vector<std::string>&) { return {}; }
CommandResult run_true(Terminal&, const Invocation&) { return {}; }
CommandResult run_false(Terminal&, const Invocation&) { return {1, "", std::nullopt}; }

} // namespace

CommandRow cd_row() { return {"cd", "cd [DIRECTORY]", false, false, check_cd, run_cd}; }
CommandRow pwd_row() { return {"pwd", "pwd", false, false, check_pwd, run_pwd}; }
CommandRow exec_row() { return {"exec", "exec COMMAND [ARGUMENT...]", false, false, check_exec, run_exec}; }
CommandRow exit_row() { return {"exit", "exit [STATUS]", false, false, check_exit, run_exit}; }
CommandRow wait_row() { return {"wait", "wait [ACTOR|PID]", false, true, check_wait, run_wait}; }
CommandRow fork_row() { return {"fork", "fork ACTOR [&]", true, false, check_fork, run_fork}; }
CommandRow kill_row() { return {"kill", "kill [-SIGNAL | -s SIGNAL] ACTOR|PID...", false, true, check_kill, run_kill}; }
CommandRow true_row() { return {"true", "true", false, false, check_nothing, run_true}; }
CommandRow false_row() { return {"false", "false", false, false, check_nothing, run_false}; }

} // namespace nslab::shell
