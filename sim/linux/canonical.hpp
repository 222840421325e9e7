#pragma once
// A state with all numbers renamed. Two machines that went the same way have the same state even where their mount ids,
// peer groups, devices, inode numbers, PIDs or handles differ; equality and hashing mean that.

#include <vector>

#include "sim/linux/kernel.hpp"

namespace nslab {

/// The state as a text of numbers, equal for two states that nobody inside could tell apart but by their numbers.
/// Objects are named in the order in which a walk from init reaches them; numbers that only name something are left
/// out, and where their order decides something the order stays.
std::vector<u64> canonical(const Kernel& k);

/// The same as one number.
u64 canonical_hash(const Kernel& k);

} // namespace nslab
