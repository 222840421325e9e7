// kill, as bash has it built in. Source: bash, builtins/kill.def. Not played: jobs (%1), since there is no job control.

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "sim/shell/rows.hpp"
#include "sim/shell/signals.hpp"
#include "sim/shell/tool.hpp"

namespace nslab::shell {
namespace {

std::optional<i32> number(std::string_view text) {
    i32 value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size() && !text.empty() ? std::optional(value)
                                                                                     : std::nullopt;
}

struct KillLine {
    i32 signal = SIG::TERM;
    bool list = false;
    std::vector<std::size_t> operands; // words: PIDs, or with -l signals
    std::optional<Diagnostic> wrong;
};

Diagnostic unknown_signal(const std::vector<std::string>& argv, std::size_t word) {
    const std::size_t at = std::min(word, argv.size() - 1);
    const std::string& text = argv[at];
    return complaint(argv, at, fmt::format("kill: {}: invalid signal specification", text));
}

/// kill has no getopt: -s NAME, -n NUMBER, -NAME, -NUMBER, -l, --, then PIDs, negative ones for groups.
KillLine read_kill(const std::vector<std::string>& argv) {
    KillLine line;
    std::size_t i = 1;
    for (; i < argv.size() && argv[i].size() > 1 && argv[i][0] == '-' && argv[i] != "--"; ++i) {
        const std::string& word = argv[i];
        if (word == "-l" || word == "-L") {
            line.list = true;
            continue;
        }
        const bool next = word == "-s" || word == "-n";
        const std::size_t at = next ? i + 1 : i;
        const std::string text = at >= argv.size() ? ""
                                 : next            ? argv[at]
                                                   : word.substr(word.find_first_not_of("ns", 1));
        std::optional<i32> signal;
        if (next || !(word[1] == 's' || word[1] == 'n') || signal_number(word.substr(1)))
            signal = signal_number(next ? text : word.substr(1));
        else
            signal = signal_number(word.substr(2)); // -sKILL, -n9
        if (!signal) line.wrong = unknown_signal(argv, at);
        line.signal = signal.value_or(0);
        i = at + 1;
        break;
    }
    if (i < argv.size() && argv[i] == "--") ++i;
    for (; i < argv.size(); ++i) line.operands.push_back(i);
    if (!line.wrong && !line.list && line.operands.empty()) line.wrong = complaint(argv, 0, "kill: missing PID");
    if (!line.wrong && !line.list)
        for (const std::size_t word : line.operands)
            if (argv[word][0] == '%') line.wrong = complaint(argv, word, "kill: there is no job control here");
    return line;
}

std::vector<Diagnostic> check(const std::vector<std::string>& argv) {
    const KillLine line = read_kill(argv);
    if (line.wrong) return {*line.wrong};
    return {};
}

/// kill -l: five in a row, as bash prints them.
std::string all_signals() {
    std::string out;
    int column = 0;
    for (i32 n = 1; n <= 64; ++n) {
        const auto name = signal_name(n);
        if (!name) continue;
        out += fmt::format("{:2}) SIG{}", n, *name);
        out += ++column % 5 == 0 ? '\n' : '\t';
    }
    return out + "\n";
}

/// A name for a number or an exit status, a number for a name.
int list(Tool& tool, const KillLine& line, const std::vector<std::string>& argv) {
    if (line.operands.empty()) tool.out(all_signals());
    int status = 0;
    for (const std::size_t word : line.operands) {
        const std::string& text = argv[word];
        const auto n = number(text);
        const auto name = n ? signal_name(*n > 128 ? *n - 128 : *n) : std::nullopt;
        const auto value = n ? std::nullopt : signal_number(text);
        if (name)
            tool.out(*name + "\n");
        else if (value)
            tool.out(fmt::format("{}\n", *value));
        else {
            tool.warn(fmt::format("{}: invalid signal specification", text));
            status = 1;
        }
    }
    return status;
}

CommandResult run(Terminal& terminal, const Invocation& invocation) {
    Tool tool(terminal, "kill");
    const KillLine line = read_kill(invocation.argv);
    if (line.wrong) {
        tool.say(line.wrong->message);
        return tool.end(1);
    }
    if (line.list) return tool.end(list(tool, line, invocation.argv));
    int status = 1; // 0 where at least one was reached
    for (const std::size_t word : line.operands) {
        const std::string& text = invocation.argv[word];
        const auto pid = number(text);
        if (!pid) {
            tool.warn(fmt::format("{}: arguments must be process or job IDs", text));
            continue;
        }
        const Outcome o = tool.call(sys::Kill{*pid, line.signal});
        if (o.ok() || o.ended) {
            status = 0;
            continue;
        }
        // A call that the world does not play has no errno; why is in its Outcome, and the player says so.
        tool.warn(fmt::format("({}) - {}", text, o.error == E::OK ? "not played here" : errno_text(o.error)));
    }
    return tool.end(status);
}

} // namespace

CommandRow kill_row() {
    return {"kill", "kill [-s SIGNAL | -SIGNAL] ACTOR|PID... | kill -l [SIGNAL...]", false, ActorWords::any, check,
            run};
}

} // namespace nslab::shell
