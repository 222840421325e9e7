// nslab check: play scenarios in the model and on the kernel of this machine, and compare after every step.

#include <fstream>
#include <iostream>

#include <fmt/format.h>
#include <sys/utsname.h>

#include "sim/backend/model.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/files.hpp"
#include "sim/cli/output.hpp"
#include "sim/cli/summary.hpp"
#include "sim/host/host.hpp"
#include "sim/replay/jobs.hpp"
#include "sim/replay/player.hpp"

namespace nslab {

namespace {

struct CheckOptions {
    std::vector<std::string> paths;
    std::string format = "text", log;
    bool quiet = false, observe = false;
    unsigned jobs = 1;
};

utsname machine() {
    utsname name{};
    uname(&name);
    return name;
}

/// Why this machine cannot play the scenario; empty where it can. Machine-wide sysctls are never written.
std::string unsuited(const Scenario& scenario, const Release& release) {
    if (!scenario.boot_files.empty()) return "it begins from saved mountinfo, which only the model does";
    if (!holds_for(release, scenario.kernel_since, scenario.kernel_until))
        return fmt::format("it is not for Linux {}", to_string(release));
    for (const auto& [name, value] : scenario.sysctls) {
        std::string path = name;
        for (char& c : path)
            if (c == '.') c = '/';
        std::ifstream in("/proc/sys/" + path);
        std::string here;
        std::getline(in, here);
        if (here != value)
            return fmt::format("{} is {} on this machine, not {}", name, here.empty() ? "not there" : here, value);
    }
    return {};
}

/// The rows of the table of behaviours that may be behind a difference.
std::string explained_by(const std::vector<const BehaviourRow*>& rows) {
    if (rows.empty()) return "    no row of the table of behaviours has a part in it\n";
    std::string out;
    for (const BehaviourRow* row : rows) out += fmt::format("    another release: {}: {}\n", row->name, row->reason);
    return out;
}

ScenarioResult check_file(const std::string& file, const CheckOptions& options) {
    const Loaded loaded = load(file);
    if (!loaded.ok) return broken(file, loaded.complaints);
    ScenarioResult result;
    result.file = file;
    const Scenario& scenario = loaded.scenario;
    const utsname here = machine();
    const Release release = parse_release(here.release).value_or(Release{});
    std::string skipped = unsuited(scenario, release);
    std::unique_ptr<Backend> host;
    if (skipped.empty()) {
        auto made = make_host(scenario.boot);
        if (made)
            host = std::move(*made);
        else
            skipped = to_string(made.error());
    }
    std::vector<const BehaviourRow*> other_release; // what tells this kernel's from the model's and had a part in it
    const bool for_this_release = holds_for(release, scenario.kernel_since, scenario.kernel_until);
    PlayReport report;
    if (for_this_release) {
        PlayOptions play_options;
        play_options.mountinfo = options.observe;
        const auto model = make_model(host ? of_this_machine(scenario.boot) : scenario.boot, release);
        report = play(scenario, *model, host.get(), play_options);
        other_release = rows_between(model->kernel().behaviours_met, release, Release{});
    }
    result = sum_up(scenario, report);
    if (host && !covered(release)) {
        if (result.verdict == Verdict::failed && !other_release.empty()) result.verdict = Verdict::other_release;
        if (result.verdict == Verdict::other_release) result.message += explained_by(other_release);
    }
    host.reset();
    if (!skipped.empty()) {
        result.skipped = skipped;
        result.skipped_steps = result.steps;
        if (result.verdict == Verdict::good) result.verdict = Verdict::nothing;
    }
    report.skipped = result.skipped;
    report.verdict = result.verdict;
    result.log = play_log(scenario, report, here.machine);
    return result;
}

int check(const CheckOptions& options) {
    const auto files = find_scenarios(options.paths);
    const bool text = options.format == "text";
    Style style;
    style.colour = wants_colour();
    if (text && !options.quiet) {
        const utsname here = machine();
        const Release release = parse_release(here.release).value_or(Release{});
        std::cout << fmt::format("Linux {} {}\n", here.release, here.machine);
        if (!covered(release))
            std::cout << "This is not the model's release: what differs is listed as such, and is no failure.\n";
        if (const std::string why = counts_refusal(); !why.empty())
            std::cout << "Reference counts are not compared: " << why << "\n";
        std::cout << std::flush;
    }
    counts_refusal(); // once for all jobs, which are forked
    Progress progress(files.size());
    const auto done = [&](const ScenarioResult& r) {
        progress.clear();
        const bool bad = r.verdict != Verdict::good && r.verdict != Verdict::nothing;
        if (!text || (options.quiet && !bad)) return;
        const std::string line = line_of(r);
        std::cout << (bad                 ? style.red(line)
                      : r.skipped.empty() ? line
                                          : style.yellow(line))
                  << "\n"
                  << r.message << std::flush;
    };
    const auto results = run_jobs(
        files.size(), options.jobs, [&](std::size_t i) { return check_file(files[i], options); },
        [&](std::size_t i) { return files[i]; }, done, [&](std::size_t n) { progress.show(n); });
    progress.clear();
    if (text)
        std::cout << sum_of(results) << std::flush;
    else
        std::cout << document(results, options.format) << std::flush;
    if (!options.log.empty()) write_file(options.log, document(results, "json"));
    return exit_status(results);
}

} // namespace

void add_check(CLI::App& app, int& status) {
    auto o = std::make_shared<CheckOptions>();
    CLI::App* sub =
        app.add_subcommand("check", "Play scenarios in the model and on this machine's kernel, and compare");
    sub->add_option("FILE", o->paths, "scenarios, or directories of them (*.scn)")->required();
    sub->add_option("--format", o->format, "text, ktap, junit or json")
        ->check(CLI::IsMember({"text", "ktap", "junit", "json"}))
        ->capture_default_str();
    sub->add_flag("-q,--quiet", o->quiet, "show only what does not agree, and the sum");
    sub->add_option("-j,--jobs", o->jobs, "so many scenarios at once")
        ->check(CLI::Range(1u, 1024u))
        ->capture_default_str();
    sub->add_flag("--observe", o->observe, "put the mountinfo of each living actor into the log, after every step");
    sub->add_option("-o,--output", o->log, "write a log (json) to this file, for nslab compare");
    sub->footer("The scenarios play in a sandbox of fresh namespaces; nothing of the machine is changed.");
    sub->callback([o, &status] { status = check(*o); });
}

} // namespace nslab
