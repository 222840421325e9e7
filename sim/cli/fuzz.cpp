// nslab fuzz: machine-made scenarios, the model against the kernel.

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <iostream>

#include <fmt/format.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "sim/cli/commands.hpp"
#include "sim/cli/files.hpp"
#include "sim/cli/fuzz.hpp"
#include "sim/fuzz/campaign.hpp"
#include "sim/fuzz/sequences.hpp"

namespace nslab {

namespace {

using fuzz::Campaign;
using fuzz::Results;
using fuzz::Sequences;

volatile std::sig_atomic_t stopped = 0;

struct FuzzOptions {
    u64 seed = 1;
    u64 runs = 0;
    double time = 0;
    std::vector<std::string> calls, merge;
    u32 actors = 3, depth = 0;
    bool exhaustive = false;
    std::string against = "kernel", state, output, format = "text";
    unsigned jobs = 0;
    std::size_t most = 10;
};

Campaign campaign_of(const FuzzOptions& o) {
    Campaign c;
    utsname here{};
    uname(&here);
    c.kernel = here.release;
    c.making.depth = o.depth;
    c.making.actors = o.actors;
    c.making.calls = o.calls;
    c.against = o.against == "kernel"  ? fuzz::Against::kernel
                : o.against == "audit" ? fuzz::Against::audit
                                       : fuzz::Against::nothing;
    c.making.release = c.against == fuzz::Against::kernel ? parse_release(here.release).value_or(Release{}) : Release{};
    c.seed = o.seed;
    if (o.runs) c.runs = o.runs;
    if (o.time > 0) c.time = std::chrono::milliseconds(static_cast<i64>(o.time * 1000));
    c.jobs = o.jobs ? o.jobs : c.against == fuzz::Against::kernel ? 12 : 1;
    c.most = o.most;
    c.goes_on = !o.state.empty();
    return c;
}

Results fresh_results(const FuzzOptions& o, const Campaign& c) {
    Results r;
    r.model = to_string(c.making.release);
    r.kernel = c.against == fuzz::Against::kernel ? c.kernel : "";
    r.against = o.against;
    for (const std::string& call : o.calls) r.calls += (r.calls.empty() ? "" : ",") + call;
    r.depth = o.depth;
    r.actors = o.actors;
    if (!c.sequences) return r;
    r.calls = "every sequence";
    for (u32 length = 1; length <= o.depth; ++length) {
        r.extent.written += fuzz::sequences_written(length);
        r.extent.renamed += fuzz::sequences_renamed(length);
    }
    r.extent.states = c.sequences->states;
    r.extent.pairs = c.sequences->pairs;
    return r;
}

/// Makes all sequences instead of scenarios by chance. False where it was stopped meanwhile.
bool make_sequences(const FuzzOptions& o, Campaign& c, Sequences& sequences) {
    const bool progress = isatty(STDERR_FILENO);
    sequences = fuzz::all_sequences(o.depth, c.making.release, [&](const Sequences& so_far) {
        if (progress) std::cerr << "\r\x1b[K" << sequences_progress(so_far.states, so_far.pairs) << std::flush;
        return stopped == 0;
    });
    if (progress) std::cerr << "\r\x1b[K";
    c.sequences = &sequences;
    const u64 before = (o.seed - 1) * fuzz::kFamily, all = sequences.all.size();
    const u64 left = before < all ? all - before : 0;
    c.runs = o.runs ? std::min(o.runs, left) : left;
    return stopped == 0;
}

/// What an earlier run of the same campaign has left.
Results load_state(const FuzzOptions& o, Results r) {
    if (o.state.empty() || !std::ifstream(o.state)) return r;
    // merge() refuses what is no part of the same campaign.
    return fuzz::merge({{"this command line", std::move(r)}, {o.state, fuzz::from_json(read_file(o.state), o.state)}});
}

void save_state(const std::string& file, const Results& r) {
    if (file.empty()) return;
    write_file(file + ".new", fuzz::to_json(r));
    if (std::rename((file + ".new").c_str(), file.c_str()) != 0) throw std::runtime_error(file + ": cannot be written");
}

int merge_files(const FuzzOptions& o) {
    std::vector<std::pair<std::string, Results>> parts;
    for (const std::string& file : o.merge) parts.emplace_back(file, fuzz::from_json(read_file(file), file));
    const Results all = fuzz::merge(parts);
    write_found(all, o.output);
    std::cout << (o.format == "json" ? fuzz::to_json(all) : fuzz_report(all, o.output));
    return all.found.empty() ? 0 : 1;
}

int fuzz_command(const FuzzOptions& o) {
    if (!o.merge.empty()) return merge_files(o);
    struct sigaction act {};
    act.sa_handler = [](int) { stopped = 1; };
    sigaction(SIGINT, &act, nullptr);
    sigaction(SIGTERM, &act, nullptr);
    Campaign campaign = campaign_of(o);
    Sequences sequences;
    if (o.exhaustive && !make_sequences(o, campaign, sequences)) throw std::runtime_error("stopped");
    Results results = load_state(o, fresh_results(o, campaign));
    const bool progress = isatty(STDERR_FILENO);
    u32 told = 0;
    const fuzz::Telling tell = [&](const Results& r) {
        if (progress) std::cerr << "\r\x1b[K" << fuzz_progress(r) << std::flush;
        if (++told % 10 == 0) save_state(o.state, r);
    };
    const bool only_counts = o.exhaustive && (campaign.against == fuzz::Against::nothing || campaign.runs == 0);
    if (!only_counts)
        fuzz::run_campaign(
            campaign, results, [] { return stopped != 0; }, tell);
    if (progress) std::cerr << "\r\x1b[K";
    save_state(o.state, results);
    write_found(results, o.output);
    std::cout << (o.format == "json" ? fuzz::to_json(results) : fuzz_report(results, o.output));
    return results.found.empty() ? 0 : 1;
}

} // namespace

void add_fuzz(CLI::App& app, int& status) {
    auto o = std::make_shared<FuzzOptions>();
    CLI::App* sub = app.add_subcommand("fuzz", "Play machine-made scenarios, and shrink what differs");
    sub->add_option("--seed", o->seed, "the first seed; each gives a family of 64 scenarios")
        ->check(CLI::Range(u64{1}, u64{1} << 62))
        ->capture_default_str();
    sub->add_option("--runs", o->runs, "so many scenarios (without: until it is stopped)");
    sub->add_option("--time", o->time, "so long: 60s, 5min, 1h")
        ->transform(
            CLI::AsNumberWithUnit(std::map<std::string, double>{{"s", 1}, {"min", 60}, {"m", 60}, {"h", 3600}}));
    sub->add_option("--calls", o->calls, "only these calls, by the kernel's names")
        ->delimiter(',')
        ->check(CLI::IsMember(fuzz::known_calls()));
    sub->add_option("--actors", o->actors, "processes at the same time")
        ->check(CLI::Range(1u, 8u))
        ->capture_default_str();
    sub->add_option("--depth", o->depth, "steps of a scenario (40), or with --exhaustive of a sequence (3)");
    sub->add_flag("--exhaustive", o->exhaustive,
                  "every sequence of mount operations in a small world, not some by chance")
        ->excludes("--calls", "--actors");
    sub->add_option("--against", o->against, "kernel, audit (the model alone, audited) or nothing (for speed)")
        ->check(CLI::IsMember({"kernel", "audit", "nothing"}))
        ->capture_default_str();
    sub->add_option("-j,--jobs", o->jobs, "so many processes (12 against the kernel, 1 otherwise)")
        ->check(CLI::Range(1u, 256u));
    sub->add_option("--most", o->most, "end after so many differences")->capture_default_str();
    sub->add_option("--state", o->state, "keep the results in this file, and go on from it");
    sub->add_option("-o,--output", o->output, "write each difference, shrunk, to a file of this directory");
    sub->add_option("--merge", o->merge, "only merge these files of results");
    sub->add_option("--format", o->format, "text or json")
        ->check(CLI::IsMember({"text", "json"}))
        ->capture_default_str();
    sub->footer("The same seed gives the same scenarios on every machine. Ctrl-C ends it; --state goes on later.");
    sub->callback([o, &status] {
        if (o->depth == 0) o->depth = o->exhaustive ? 3 : 40;
        const u32 least = o->exhaustive ? 1 : 4, most = o->exhaustive ? fuzz::kLongest : 2000;
        if (o->depth < least || o->depth > most)
            throw CLI::ValidationError("--depth", fmt::format("{} is not between {} and {}", o->depth, least, most));
        try {
            status = fuzz_command(*o);
        } catch (const fuzz::NoSandbox& e) {
            std::cerr << "nslab: " << e.what() << "\n";
            status = 4;
        }
    });
}

} // namespace nslab
