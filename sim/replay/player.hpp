#pragma once
// Plays a scenario on the model, and on a kernel in lockstep with it: each step on the model, then on the kernel, then
// both are observed and compared.

#include <functional>

#include "sim/replay/perform.hpp"

namespace nslab {

/// Told after every step, so that what is long can be watched.
using StepListener = std::function<void(const StepReport&)>;

/// Plays all steps, or until one fails or the worlds differ. `host` may be NULL: then only the model plays.
PlayReport play(const Scenario& scenario, Backend& model, Backend* host, const PlayOptions& options = {},
                const StepListener& listener = {});

} // namespace nslab
