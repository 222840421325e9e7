// nslab explain: play a scenario in the model and give the reasons of each step.

#include <algorithm>
#include <iostream>

#include "sim/backend/model.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/files.hpp"
#include "sim/cli/output.hpp"
#include "sim/replay/player.hpp"
#include "sim/replay/receivers.hpp"
#include "sim/replay/session.hpp"

namespace nslab {

namespace {

int explain(const std::string& file) {
    const Loaded loaded = load(file);
    std::cerr << loaded.complaints;
    if (!loaded.ok) return exit_status(Verdict::broken);
    Style style;
    style.colour = wants_colour();
    style.reasons = true;
    PlayOptions options;
    options.record = true;
    const auto model = make_model(loaded.scenario.boot, Release{}, true);
    std::cout << session_head(loaded.scenario, style);
    const PlayReport report = play(loaded.scenario, *model, nullptr, options, [&](const StepReport& step) {
        std::cout << session_step(loaded.scenario, step, style) << std::flush;
    });
    std::cout << session_end(loaded.scenario, report, style);
    std::vector<std::pair<std::string, Id<Task>>> tasks;
    for (const auto& [who, name] : report.actors) tasks.emplace_back(name, model->task(who));
    std::stable_partition(tasks.begin(), tasks.end(), [](const auto& task) { return task.first != "init"; });
    const std::string receivers = show_receivers(model->kernel(), tasks);
    if (!receivers.empty()) std::cout << "\n" << receivers;
    std::cout << std::flush;
    return exit_status(report.verdict);
}

} // namespace

void add_explain(CLI::App& app, int& status) {
    auto file = std::make_shared<std::string>();
    CLI::App* sub =
        app.add_subcommand("explain", "Show each step with its system calls and the reasons of what they did");
    sub->add_option("FILE", *file, "a scenario")->required();
    sub->footer("Each reason names the function of the kernel that decides it, and its source file.");
    sub->callback([file, &status] { status = explain(*file); });
}

} // namespace nslab
