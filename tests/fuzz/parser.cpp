// Any bytes at all as a scenario: parse() ends, each complaint can be printed, and each call can be bound and printed.
// Built with -DNSLAB_FUZZ=ON and clang.

#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "sim/scenario/scenario.hpp"

using namespace nslab;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto result = parse("fuzz.scn", std::string(reinterpret_cast<const char*>(data), size));
    std::size_t shown = 0;
    for (const Diagnostic& d : result.diagnostics) {
        if (d.at.line == 0 || d.at.column == 0 || d.message.empty()) std::abort();
        shown += render(d, result.scenario.file, result.scenario.text).size();
    }
    // Of a line of any length a window is shown.
    if (shown > result.diagnostics.size() * 4096) std::abort();
    if (!result.ok()) return 0;
    // As a text that may go on it is the same.
    const auto so_far = parse("fuzz.scn", result.scenario.text, Extent::so_far);
    if (!so_far.ok() || so_far.open || so_far.scenario.steps.size() != result.scenario.steps.size()) std::abort();

    const Names names{[](const std::string& name) -> std::optional<i64> { return static_cast<i64>(name.size()); },
                      [](const Text& text) {
                          std::string out;
                          for (const Piece& p : text) out += p.kind == Piece::Kind::text ? p.text : "5";
                          return out;
                      }};
    u32 line = 0;
    for (const Step& step : result.scenario.steps) {
        const auto* call = std::get_if<CallStep>(&step.what);
        if (!call || step.at.line == line) continue;
        line = step.at.line;
        const Syscall bound = bind(call->call, names);
        // What is printed is read as the same call again.
        const std::string text = "sh1: " + to_string(bound);
        const auto again = parse("again.scn", text + "\n");
        if (again.scenario.steps.size() != 1) std::abort();
        const auto* same = std::get_if<CallStep>(&again.scenario.steps[0].what);
        if (!same || "sh1: " + to_string(bind(same->call, names)) != text) std::abort();
        match_output(call->call, Outcome{}, names);
    }
    return 0;
}
