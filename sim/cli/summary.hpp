#pragma once
// What check says at the end.

#include <string>
#include <vector>

#include "sim/replay/result.hpp"

namespace nslab {

/// One line about a scenario: "agrees    FILE: 12 steps".
std::string line_of(const ScenarioResult& r);

/// The sum of all: steps, steps compared, agreements, differences, comparisons taken again, what was skipped and why.
std::string sum_of(const std::vector<ScenarioResult>& results);

} // namespace nslab
