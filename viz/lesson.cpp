#include "viz/lesson.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "sim/backend/model.hpp"
#include "sim/replay/player.hpp"

namespace nslab::viz {

namespace {

/// The tasks behind the actors, in order of their numbers.
Actors actors_of(const ModelBackend& model, const Side& side) {
    Actors out;
    for (const auto& [who, process] : side.processes())
        if (!process.name.empty())
            if (const Id<Task> task = model.task(who)) out.emplace_back(process.name, task);
    return out;
}

/// Whether a step can have changed the world: an expectation, show and draw only look.
bool acts(const Step& step) {
    return std::holds_alternative<CommandStep>(step.what) || std::holds_alternative<CallStep>(step.what);
}

} // namespace

std::string caption(const Scenario& scenario, std::size_t step) {
    const std::string title = scenario.title.empty() ? scenario.file : scenario.title;
    if (step == 0) return title + " · before the first step";
    return fmt::format("{} · step {}: {}", title, step, scenario.steps[step - 1].text);
}

Lesson film(const Scenario& scenario, const LessonOptions& options) {
    Lesson lesson;
    for (const View* view : options.views) lesson.scenes.emplace_back(*view);
    const auto model = make_model(scenario.boot, Release{}, options.record);
    const auto wanted = [&](std::size_t step) {
        return options.only.empty() || std::find(options.only.begin(), options.only.end(), step) != options.only.end();
    };
    const auto look = [&](std::size_t step, const Side& side, bool same) {
        if (lesson.too_large) return;
        const Actors actors = actors_of(*model, side);
        for (Scene& scene : lesson.scenes) {
            if (!wanted(step))
                scene.pass({model->kernel(), actors});
            else if (same)
                scene.add_same();
            else
                scene.add({model->kernel(), actors});
            lesson.too_large = lesson.too_large || (options.most != 0 && scene.drawn() > options.most);
        }
    };
    PlayOptions play_options;
    play_options.record = options.record;
    play_options.trees = false;
    play_options.on_begin = [&](const Side& side) { look(0, side, false); };
    play_options.on_step = [&](const Side& side, const StepReport& report) {
        const Step& step = scenario.steps[report.step];
        lesson.last = report.step + 1;
        if (acts(step) || !report.resumed.empty()) lesson.acted = lesson.last;
        if (const auto* draw = std::get_if<DrawStep>(&step.what)) lesson.named.emplace_back(draw->name, lesson.acted);
        look(lesson.last, side, options.only.empty() && !acts(step) && report.resumed.empty());
    };
    lesson.report = play(scenario, *model, nullptr, play_options);
    if (!lesson.too_large)
        for (Scene& scene : lesson.scenes) scene.finish(options.fold);
    return lesson;
}

} // namespace nslab::viz
