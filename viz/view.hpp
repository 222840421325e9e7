#pragma once
// A view: what is looked at in a state, and how it is drawn. Each is one file and one row of viz/views.cpp.

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/linux/kernel.hpp"
#include "viz/picture.hpp"

namespace nslab::viz {

/// Names for the processes that stand for actors; a handle that is NULL or no longer live is passed over.
using Actors = std::vector<std::pair<std::string, Id<Task>>>;

/// What a view wants to know from earlier states of the same scene, such as a task's first parent.
using Memory = std::map<std::string, std::string>;

struct State {
    const Kernel& kernel;
    const Actors& actors;
    Memory* memory = nullptr; // Scene::add() puts its own here
};

struct View {
    const char* name;  // as --view takes it
    const char* title; // above the drawing
    const char* what;  // one sentence: the question that it answers
    Picture (*draw)(const State&);
    std::vector<LegendRow> (*legend)();
    bool remembers = false; // whether it wants to see all states, for its Memory
};

const std::vector<View>& views();
/// NULL for a name that no view has.
const View* find_view(std::string_view name);

} // namespace nslab::viz
