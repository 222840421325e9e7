#pragma once
// A machine that begins as saved /proc/PID/mountinfo files say.

#include <string>
#include <utility>
#include <vector>

#include "sim/linux/kernel.hpp"

namespace nslab {

/// Replaces the world of a freshly booted Kernel by that of the files: (actor, text) in the order of the actors. Files
/// that share mount ids are of one namespace; masters that no file shows belong to a namespace of nobody. The first
/// actor is sh1, the others become children of init, in this order; init sees what the first one sees.
/// Throws std::runtime_error with one line where a text is no mountinfo or contradicts itself or another.
void boot_from_mountinfo(Kernel& k, const std::vector<std::pair<std::string, std::string>>& files);

} // namespace nslab
