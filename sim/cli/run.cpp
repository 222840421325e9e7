// nslab run: play scenarios in the model and show the session.

#include <iostream>

#include <fmt/format.h>

#include "sim/backend/model.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/files.hpp"
#include "sim/cli/output.hpp"
#include "sim/replay/jobs.hpp"
#include "sim/replay/player.hpp"
#include "sim/replay/session.hpp"
#include "sim/replay/show_holders.hpp"

namespace nslab {

namespace {

struct RunOptions {
    std::vector<std::string> paths;
    std::string format = "text", output, mountinfo_of, release;
    bool quiet = false, observe = false, holders = false;
    unsigned jobs = 1;
};

Release release_of(const RunOptions& o) {
    if (o.release.empty()) return {};
    const auto release = parse_release(o.release);
    if (!release) throw std::runtime_error(o.release + ": this is no release of Linux, such as 6.18 or 6.1.0");
    return *release;
}

/// Plays one file; `stream` prints each step as it is played.
ScenarioResult run_file(const std::string& file, const RunOptions& options, const Style& style, bool stream) {
    const Loaded loaded = load(file);
    if (!loaded.ok) return broken(file, loaded.complaints);
    ScenarioResult result;
    result.file = file;
    const Scenario& scenario = loaded.scenario;
    const Release release = release_of(options);
    if (!holds_for(release, scenario.kernel_since, scenario.kernel_until)) {
        result.title = scenario.title;
        result.verdict = Verdict::nothing;
        result.skipped = fmt::format("it is not for Linux {}", to_string(release));
        result.log = {{"scenario", file}, {"verdict", to_string(Verdict::nothing)}, {"skipped", result.skipped}};
        return result;
    }
    const auto model = make_model(scenario.boot, release, style.reasons);
    PlayOptions play_options;
    play_options.mountinfo = options.observe;
    play_options.mountinfo_of = options.mountinfo_of;
    std::string text = loaded.complaints + session_head(scenario, style);
    const auto say = [&](const std::string& more) {
        if (stream) {
            std::cout << text << more << std::flush;
            text.clear();
        } else {
            text += more;
        }
    };
    const PlayReport report = play(scenario, *model, nullptr, play_options,
                                   [&](const StepReport& step) { say(session_step(scenario, step, style)); });
    say(session_end(scenario, report, style));
    if (options.holders) say("\n" + show_holders(*model, report.actors));
    result = sum_up(scenario, report);
    result.text = options.mountinfo_of.empty() ? text : report.mountinfo;
    if (!options.mountinfo_of.empty() && report.mountinfo.empty() && result.verdict == Verdict::good) {
        result.verdict = Verdict::broken;
        result.message = fmt::format("{}: at the end there is no living {}\n", file, options.mountinfo_of);
    }
    result.log = play_log(scenario, report, "");
    return result;
}

int run(const RunOptions& options) {
    const auto files = find_scenarios(options.paths);
    release_of(options);
    Style style;
    style.colour = options.output.empty() && wants_colour();
    const bool text = options.format == "text";
    const bool only_mountinfo = !options.mountinfo_of.empty();
    const bool stream = text && files.size() == 1 && !options.quiet && options.output.empty() && !only_mountinfo;
    std::string written;
    const auto say = [&](const std::string& more) {
        if (options.output.empty())
            std::cout << more << std::flush;
        else
            written += more;
    };
    Progress progress(files.size());
    const auto done = [&](const ScenarioResult& r) {
        progress.clear();
        if (!text) return;
        const bool bad = r.verdict != Verdict::good && r.verdict != Verdict::nothing;
        if (!only_mountinfo && files.size() > 1 && (!options.quiet || bad)) say(style.bold("== " + r.file) + "\n");
        if (!options.quiet || only_mountinfo) say(r.text);
        if (!r.skipped.empty() && !options.quiet) say("skipped: " + r.skipped + "\n");
        // The session of a failure ends with its message already.
        if (bad && (options.quiet || r.verdict == Verdict::broken || r.text.empty()) && !stream) std::cerr << r.message;
        if (stream && r.verdict == Verdict::broken) std::cerr << r.message;
        if (files.size() > 1 && !options.quiet) say("\n");
    };
    std::vector<ScenarioResult> results;
    if (files.size() == 1) {
        results.push_back(run_file(files[0], options, style, stream));
        done(results[0]);
    } else {
        results = run_jobs(
            files.size(), options.jobs, [&](std::size_t i) { return run_file(files[i], options, style, false); },
            [&](std::size_t i) { return files[i]; }, done, [&](std::size_t n) { progress.show(n); });
        progress.clear();
    }
    if (!text) say(document(results, options.format));
    if (text && files.size() > 1 && !only_mountinfo) {
        std::size_t good = 0, skipped = 0;
        for (const ScenarioResult& r : results) {
            good += r.verdict == Verdict::good;
            skipped += r.verdict == Verdict::nothing;
        }
        say(fmt::format("{}: {} as expected, {} not, {} skipped\n", plural(results.size(), "scenario"), good,
                        results.size() - good - skipped, skipped));
    }
    if (!options.output.empty()) write_file(options.output, written);
    return exit_status(results);
}

} // namespace

void add_run(CLI::App& app, int& status) {
    auto o = std::make_shared<RunOptions>();
    CLI::App* sub = app.add_subcommand("run", "Play scenarios in the model and show the session");
    sub->add_option("FILE", o->paths, "scenarios, or directories of them (*.scn)")->required();
    CLI::Option* const format = sub->add_option("--format", o->format, "text (a session), ktap, junit or json")
                                    ->check(CLI::IsMember({"text", "ktap", "junit", "json"}))
                                    ->capture_default_str();
    sub->add_flag("-q,--quiet", o->quiet, "show only what is not as expected");
    sub->add_option("-j,--jobs", o->jobs, "so many scenarios at once")
        ->check(CLI::Range(1u, 1024u))
        ->capture_default_str();
    sub->add_flag("--observe", o->observe, "put the mountinfo of each living actor into the json, after every step");
    sub->add_flag("--holders", o->holders, "list at the end who holds each nsproxy and each namespace");
    sub->add_option("--mountinfo", o->mountinfo_of,
                    "write only what this actor's mountinfo says at the end (findmnt -F reads it)")
        ->excludes(format);
    sub->add_option("--release", o->release, "the release of Linux that the model plays (6.18)");
    sub->add_option("-o,--output", o->output, "write to this file");
    sub->callback([o, &status] { status = run(*o); });
}

} // namespace nslab
