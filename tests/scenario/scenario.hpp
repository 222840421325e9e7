#pragma once
// What the tests of the language share.

#include "sim/scenario/scenario.hpp"
#include "tests/catch.hpp"

namespace nslab::test {

/// All complaints about a text, as they are printed; empty where there are none.
inline std::string complaints(const std::string& text) {
    const auto result = parse("t.scn", text);
    std::string out;
    for (const Diagnostic& d : result.diagnostics) out += render(d, result.scenario.file, result.scenario.text);
    return out;
}

/// The steps of a text that has no mistakes.
inline std::vector<Step> steps(const std::string& text) {
    INFO(complaints(text));
    const auto result = parse("t.scn", text);
    REQUIRE(result.ok());
    return result.scenario.steps;
}

template <class What> const What& as(const Step& step) { return std::get<What>(step.what); }

/// Pieces with names as they are written.
inline std::string written(const Text& text) {
    std::string out;
    for (const Piece& p : text) {
        if (p.kind == Piece::Kind::text) out += p.text;
        if (p.kind == Piece::Kind::name) out += "<" + p.text + ">";
        if (p.kind == Piece::Kind::own_pid) out += "<$>";
        if (p.kind == Piece::Kind::pid_seen_by) out += "<" + p.text + "@" + p.seen_by + ">";
    }
    return out;
}

/// The words of a command, each in brackets.
inline std::string words_of(const Step& step) {
    std::string out;
    for (const Word& w : as<CommandStep>(step).words) out += "[" + written(w.text) + "]";
    return out;
}

/// Names that all stand for 7.
inline Names sevens() {
    return {[](const std::string&) -> std::optional<i64> { return 7; },
            [](const Text& text) {
                std::string out;
                for (const Piece& p : text) out += p.kind == Piece::Kind::text ? p.text : "7";
                return out;
            }};
}

} // namespace nslab::test
