#pragma once
// A scenario, played in the model and looked at after every step.

#include <string>
#include <vector>

#include "sim/replay/report.hpp"
#include "viz/scene.hpp"

namespace nslab::viz {

struct Lesson {
    PlayReport report;
    std::vector<Scene> scenes; // one for each view that was asked for; step 0 is the world before the first step, step
                               // N the world after Scenario::steps[N - 1]
    // `draw NAME` statements, each with the last step before it that did something: its marks are worth seeing.
    std::vector<std::pair<std::string, std::size_t>> named;
    std::size_t last = 0;   // the last step that was played
    std::size_t acted = 0;  // the last that did something: neither an expectation nor show nor draw
    bool too_large = false; // more than LessonOptions::most was to draw: later steps are not in the scenes
};

struct LessonOptions {
    std::vector<const View*> views;
    std::size_t fold = 6;          // see Scene::finish()
    std::vector<std::size_t> only; // only these steps are in the scenes, in this order; empty: all
    std::size_t most = 0;          // so many nodes may be drawn in all steps together; 0: any number
    bool record = false;           // every call of every step, with its reasons, as `explain` shows them
};

/// "TITLE · step 7: sh1# mount ...": what stands above a drawing of a step.
std::string caption(const Scenario& scenario, std::size_t step);

/// Plays it. A scenario that fails is drawn as far as it came; the report says what happened.
Lesson film(const Scenario& scenario, const LessonOptions& options);

} // namespace nslab::viz
