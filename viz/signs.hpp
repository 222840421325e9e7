#pragma once
// Where the titles of boxes and the badges of edges stand, once dot has said where everything is.

#include "viz/layout.hpp"

namespace nslab::viz {

/// Gives each box its `head` and each edge its `badge`: the title stands where no edge runs through it, the badge where
/// it lies on no node, no title and no other badge; where there is no such place, at the left and in the middle.
void place_signs(const Scene& scene, Layout& layout);

} // namespace nslab::viz
