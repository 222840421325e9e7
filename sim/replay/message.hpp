#pragma once
// What is said when a scenario ends before its time.

#include <string>

#include "sim/replay/report.hpp"

namespace nslab {

/// "FILE:12: sh1# umount /mntS" and below it what was expected, what each world says, and why.
std::string failure_message(const Scenario& scenario, const StepReport& step, const PlayReport& report);

} // namespace nslab
