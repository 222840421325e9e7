#pragma once
// A scenario as something that stands alone, for a bug report: a C program or a shell script.

#include <string>

#include "sim/backend/backend.hpp"
#include "sim/scenario/scenario.hpp"

namespace nslab {

/// A C program that makes the world of the scenario, performs its system calls as the model made them, prints each with
/// its result, and says where it differs from the model's. `model` is a fresh one; the scenario is played on it.
/// Throws std::runtime_error where the scenario cannot be said so.
std::string export_c(const Scenario& scenario, Backend& model);

/// A shell script that types the commands of the scenario. Throws std::runtime_error where it has steps that no script
/// can say, and names the first.
std::string export_sh(const Scenario& scenario);

} // namespace nslab
