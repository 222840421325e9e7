#include "sim/shell/signals.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>

namespace nslab::shell {
namespace {

struct Row {
    std::string_view name, text;
};
// By number, from 1 on; names as the kernel's asm-generic/signal.h has them, texts as strsignal(3).
constexpr std::array<Row, 31> kRows = {{{"HUP", "Hangup"},
                                        {"INT", "Interrupt"},
                                        {"QUIT", "Quit"},
                                        {"ILL", "Illegal instruction"},
                                        {"TRAP", "Trace/breakpoint trap"},
                                        {"ABRT", "Aborted"},
                                        {"BUS", "Bus error"},
                                        {"FPE", "Floating point exception"},
                                        {"KILL", "Killed"},
                                        {"USR1", "User defined signal 1"},
                                        {"SEGV", "Segmentation fault"},
                                        {"USR2", "User defined signal 2"},
                                        {"PIPE", "Broken pipe"},
                                        {"ALRM", "Alarm clock"},
                                        {"TERM", "Terminated"},
                                        {"STKFLT", "Stack fault"},
                                        {"CHLD", "Child exited"},
                                        {"CONT", "Continued"},
                                        {"STOP", "Stopped (signal)"},
                                        {"TSTP", "Stopped"},
                                        {"TTIN", "Stopped (tty input)"},
                                        {"TTOU", "Stopped (tty output)"},
                                        {"URG", "Urgent I/O condition"},
                                        {"XCPU", "CPU time limit exceeded"},
                                        {"XFSZ", "File size limit exceeded"},
                                        {"VTALRM", "Virtual timer expired"},
                                        {"PROF", "Profiling timer expired"},
                                        {"WINCH", "Window changed"},
                                        {"IO", "I/O possible"},
                                        {"PWR", "Power failure"},
                                        {"SYS", "Bad system call"}}};
constexpr i32 kRtMin = 34, kRtMax = 64; // the first two real-time signals are glibc's own

std::optional<i32> digits(std::string_view text) {
    i32 value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size() && !text.empty() ? std::optional(value)
                                                                                     : std::nullopt;
}

} // namespace

std::optional<i32> signal_number(std::string_view text) {
    if (const auto n = digits(text)) return *n >= 0 && *n <= kRtMax ? n : std::nullopt;
    std::string upper(text);
    std::transform(upper.begin(), upper.end(), upper.begin(),
                   [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
    if (upper.compare(0, 3, "SIG") == 0) upper.erase(0, 3);
    if (upper == "EXIT") return 0;
    if (upper == "POLL") upper = "IO";
    if (upper == "IOT") upper = "ABRT";
    if (upper == "CLD") upper = "CHLD";
    for (std::size_t i = 0; i < kRows.size(); ++i)
        if (kRows[i].name == upper) return static_cast<i32>(i + 1);
    for (const bool from_below : {true, false}) {
        if (upper.compare(0, 5, from_below ? "RTMIN" : "RTMAX") != 0) continue;
        const std::string_view rest = std::string_view(upper).substr(5);
        if (rest.empty()) return from_below ? kRtMin : kRtMax;
        const auto n = rest[0] == (from_below ? '+' : '-') ? digits(rest.substr(1)) : std::nullopt;
        if (n && *n >= 0 && *n <= kRtMax - kRtMin) return from_below ? kRtMin + *n : kRtMax - *n;
    }
    return std::nullopt;
}

std::optional<std::string> signal_name(i32 number) {
    if (number >= 1 && number <= static_cast<i32>(kRows.size()))
        return std::string(kRows[static_cast<std::size_t>(number - 1)].name);
    if (number < kRtMin || number > kRtMax) return std::nullopt;
    const i32 above = number - kRtMin, below = kRtMax - number;
    if (above == 0) return "RTMIN";
    if (below == 0) return "RTMAX";
    return above <= below ? fmt::format("RTMIN+{}", above) : fmt::format("RTMAX-{}", below);
}

std::string signal_text(i32 number) {
    if (number >= 1 && number <= static_cast<i32>(kRows.size()))
        return std::string(kRows[static_cast<std::size_t>(number - 1)].text);
    return number >= kRtMin && number <= kRtMax ? fmt::format("Real-time signal {}", number - kRtMin)
                                                : fmt::format("Unknown signal {}", number);
}

} // namespace nslab::shell
