#pragma once
// The parts of the audit, by subject. Each adds what does not hold.

#include <string>
#include <vector>

#include "sim/linux/kernel.hpp"

namespace nslab {

void audit_tasks(const Kernel& k, std::vector<std::string>& complaints);

} // namespace nslab
