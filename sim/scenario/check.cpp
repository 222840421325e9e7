// Everything that is seen by reading the steps in order: who is there, who waits, which names have values.

#include <map>
#include <set>

#include "sim/scenario/internal.hpp"

namespace nslab::scenario {

void check_steps(Scenario& scenario, Complaints&) {
    scenario.actors = {"sh1"};
    std::set<std::string> seen = {"sh1"};
    for (const Step& step : scenario.steps) {
        std::string made;
        if (const auto* command = std::get_if<CommandStep>(&step.what)) made = command->new_actor;
        if (!made.empty() && seen.insert(made).second) scenario.actors.push_back(made);
    }
}

} // namespace nslab::scenario
