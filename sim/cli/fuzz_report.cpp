#include "sim/cli/fuzz.hpp"

#include <algorithm>
#include <filesystem>
#include <numeric>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "sim/cli/files.hpp"
#include "sim/cli/output.hpp"

namespace nslab {

namespace {

using fuzz::Found;
using fuzz::Results;

double a_second(u64 n, double seconds) { return seconds > 0 ? static_cast<double>(n) / seconds : 0; }

std::string file_of(const Found& f) { return fmt::format("seed-{}-{}.scn", f.seed, f.number); }

std::string seeds_text(const Results& r) {
    std::string out;
    for (const auto& [first, last] : r.seeds) {
        if (!out.empty()) out += ", ";
        out += first == last ? std::to_string(first) : fmt::format("{} to {}", first, last);
    }
    return out.empty() ? "none whole" : out;
}

std::string indented(const std::string& text) {
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find('\n', at), text.size());
        if (end > at) out += "    " + text.substr(at, end - at);
        out += '\n';
        at = end + 1;
    }
    return out;
}

std::string told(const Found& f, const std::string& directory) {
    std::string out = fmt::format("seed {}, scenario {}: {}\n", f.seed, f.number, f.message);
    if (f.scenario.empty()) return out;
    if (!directory.empty())
        return out + fmt::format("    in {}\n", (std::filesystem::path(directory) / file_of(f)).string());
    return out + indented(f.scenario);
}

/// What all sequences to a depth come to, and how many of them were compared.
std::string extent_text(const Results& r) {
    const fuzz::Extent& e = r.extent;
    std::string out = fmt::format("every sequence of up to {}: {:.0f} as written, {:.0f} up to renaming\n",
                                  plural(r.depth, "operation"), e.written, e.renamed);
    out += fmt::format("{} up to renaming: {} that take 0 to {}\n",
                       plural(std::accumulate(e.states.begin(), e.states.end(), u64{0}), "state"),
                       fmt::join(e.states, ", "), plural(r.depth, "operation"));
    out += fmt::format("{} of a state and an operation, of which the sequences consist; {}\n", plural(e.pairs, "pair"),
                       r.against == "nothing" ? "none was played"
                       : r.against == "audit" ? fmt::format("{} audited", r.pairs)
                                              : fmt::format("{} compared with Linux {}", r.pairs, r.kernel));
    return out;
}

} // namespace

std::string sequences_progress(const std::vector<u64>& states, u64 pairs) {
    return fmt::format("making sequences: {} states, {} pairs of a state and an operation", fmt::join(states, " + "),
                       pairs);
}

std::string fuzz_progress(const Results& r) {
    if (r.extent.pairs)
        return fmt::format("{} of {} pairs, {:.0f} a second, {} steps, {:.0f} a second, {}", r.pairs, r.extent.pairs,
                           a_second(r.pairs, r.seconds), r.steps, a_second(r.steps, r.seconds),
                           plural(r.found.size(), "difference"));
    return fmt::format("{} scenarios, {} steps, {:.0f} a second, {} states, {}, {} not seen again", r.scenarios,
                       r.steps, a_second(r.steps, r.seconds), r.states.count(), plural(r.found.size(), "difference"),
                       r.strange.size());
}

std::string fuzz_report(const Results& r, const std::string& directory) {
    std::string out;
    for (const Found& f : r.found) {
        out += told(f, directory);
        if (!f.scenario.empty() && !f.reproduces) out += "    nslab check does not see it in that file\n";
    }
    for (const Found& f : r.strange)
        out += fmt::format("seed {}, scenario {}: seen once and not again: {}\n", f.seed, f.number, f.message);
    const bool kernel = r.against == "kernel", all = r.extent.pairs > 0;
    out += all ? extent_text(r) : fmt::format("seeds: {}\n", seeds_text(r));
    if (all && r.against == "nothing") return out;
    out += fmt::format("{}, {} in {:.1f} s, {:.0f} a second", plural(r.scenarios, all ? "play" : "scenario"),
                       plural(r.steps, "step"), r.seconds, a_second(r.steps, r.seconds));
    if (kernel)
        out += fmt::format(
            " against Linux {}; after {} all that can be seen was compared, {} looked at again, {} refused, "
            "{} cut short by the sandbox",
            r.kernel, r.compared, r.again, r.skipped, r.cut_short);
    if (all)
        return out + fmt::format("\n{}, {} not seen again\n", plural(r.found.size(), "difference"), r.strange.size());
    out += fmt::format("\n{} distinct states, {} branches and shapes, {}, {} not seen again\n", r.states.count(),
                       r.branches.count(), plural(r.found.size(), "difference"), r.strange.size());
    return out;
}

void write_found(const Results& r, const std::string& directory) {
    if (directory.empty()) return;
    std::filesystem::create_directories(directory);
    for (const Found& f : r.found)
        if (!f.scenario.empty()) write_file((std::filesystem::path(directory) / file_of(f)).string(), f.scenario);
}

} // namespace nslab
