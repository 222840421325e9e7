#pragma once
// How nslab fuzz talks.

#include <string>
#include <vector>

#include "sim/fuzz/results.hpp"

namespace nslab {

/// One line while it runs: steps a second, distinct states, differences.
std::string fuzz_progress(const fuzz::Results& r);

/// The same while all sequences are being made: states by their depth, and what is to be compared so far.
std::string sequences_progress(const std::vector<u64>& states, u64 pairs);

/// All that a campaign came to, with each difference as a scenario; only its file where they were written to one.
std::string fuzz_report(const fuzz::Results& r, const std::string& directory);

/// Each difference as a file of `directory`, which is made where it is missing; nothing where that is empty.
void write_found(const fuzz::Results& r, const std::string& directory);

} // namespace nslab
