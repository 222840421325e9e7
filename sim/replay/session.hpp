#pragma once
// A played scenario as the terminals would show it, with each step's outcome behind it.

#include "sim/replay/report.hpp"
#include "sim/replay/style.hpp"

namespace nslab {

/// The lines of one step: narration, the line as typed with its outcome, what was printed.
std::string session_step(const Scenario& scenario, const StepReport& report, const Style& style);

/// What stands behind its line: "# 3", "# EBUSY: /a is the working directory of sh2"; empty where there is nothing to
/// say. Where a kernel played too, what it said to it.
std::string step_outcome(const Scenario& scenario, const StepReport& report, const Style& style);

/// What stands below its line: what was printed, with the reasons where the style wants them, and who goes on.
std::string step_below(const Scenario& scenario, const StepReport& report, const Style& style);

/// What stands above the first step: the title.
std::string session_head(const Scenario& scenario, const Style& style);

/// What stands below the last: closing narration and the trees, or the message of what went wrong.
std::string session_end(const Scenario& scenario, const PlayReport& report, const Style& style);

} // namespace nslab
