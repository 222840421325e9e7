#pragma once
// The rows of nslab bench that tell how long drawings of large worlds take. There is no kernel to compare them with.

#include <functional>
#include <string>

#include "sim/bench/works.hpp"

namespace nslab {

/// Draws worlds of up to `largest` mounts, those works whose name holds `only`, and hands on each row. A time is that
/// of the fastest of three rounds.
void measure_drawings(std::uint32_t largest, const std::string& only, const std::function<void(const BenchRow&)>& take);

} // namespace nslab
