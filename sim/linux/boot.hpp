#pragma once
// How a modelled machine begins.

#include "sim/linux/kernel.hpp"

namespace nslab {

/// A machine at boot: rootfs, on it an empty tmpfs that is / of everybody, /proc mounted in it, init (PID 1) and its
/// child sh1 (PID 2), both at /. The design's "world at boot"; nothing else is mounted.
Kernel boot(Release release);

/// The same with / and everything below it shared, as systemd leaves it.
void make_everything_shared(Kernel& k);

} // namespace nslab
