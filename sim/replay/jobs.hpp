#pragma once
// Scenarios in processes of their own, so that one that crashes or hangs takes nothing along.

#include <functional>

#include "sim/replay/result.hpp"

namespace nslab {

/// Plays `count` scenarios, at most `jobs` at once: `work(i)` runs in a forked process. `done` is told of each result
/// in the order of the numbers, as soon as all before it are there; `progress` as they come. A process that dies or
/// takes longer than the limit gives a result that says so; `name(i)` is the file for it.
std::vector<ScenarioResult> run_jobs(std::size_t count, unsigned jobs,
                                     const std::function<ScenarioResult(std::size_t)>& work,
                                     const std::function<std::string(std::size_t)>& name,
                                     const std::function<void(const ScenarioResult&)>& done,
                                     const std::function<void(std::size_t finished)>& progress);

} // namespace nslab
