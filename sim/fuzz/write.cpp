#include "sim/fuzz/write.hpp"

#include <fmt/format.h>

namespace nslab::fuzz {

namespace {

/// One line, and a mark that nobody takes for the beginning of something else.
std::string comment(const std::string& text) {
    std::string line = "# ";
    for (const char c : text) line += c == '\n' ? ' ' : c;
    return line + '\n';
}

std::string result_of(const Outcome& o) {
    if (o.error != E::OK) return fmt::format(" = -1 {}", errno_name(o.error));
    if (o.ended) return " = ?";
    // The length of a text with the numbers of one world is another one in the next.
    if (o.out.holds<Bytes>() || o.out.holds<Entries>()) return "";
    return o.blocked ? "" : fmt::format(" = {}", o.value);
}

} // namespace

std::string scenario_text(const Play& play, const DuelResult& result, const std::string& title,
                          const std::string& source) {
    std::string text = fmt::format("title: {}\nsource: {}\n", title, source);
    if (play.boot.kind == BootOptions::Kind::systemd) text += "boot: systemd\n";
    text += '\n';
    for (std::size_t i = 0; i < play.steps.size(); ++i) {
        const Step& step = play.steps[i];
        if (result.difference && i == result.difference->step)
            for (const std::string& line : result.difference->lines) text += comment(line);
        const Outcome o = i < result.kernel.size() ? result.kernel[i] : Outcome{};
        if (o.skipped) continue; // refused by the sandbox, and an error in the model
        const bool made = made_process(step.call, o);
        text += fmt::format("{}: {}{}{}\n", name_of_actor(step.who),
                            made ? name_of_actor(step.child) + " = " : std::string(), to_string(step.call),
                            made ? std::string() : result_of(o));
    }
    return text;
}

} // namespace nslab::fuzz
