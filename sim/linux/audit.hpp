#pragma once
// Recomputes every count, ring and list of a Kernel from scratch.

#include <string>
#include <vector>

#include "sim/linux/kernel.hpp"

namespace nslab {

/// What disagrees, one sentence each; empty where everything holds. Call it between steps, never inside a call.
std::vector<std::string> audit(const Kernel& k);

} // namespace nslab
