#pragma once
// Large scenes become small: of many that are alike a few stay, and a pile says how many more there are.

#include <vector>

#include "viz/scene.hpp"

namespace nslab::viz {

/// Of more than `limit` neighbours whose subtrees are alike (nodes below one node, boxes beside each other) half of
/// `limit` stay. Where even then more is left than a screen holds, neighbours that differ are folded too. Returns how
/// many nodes went into piles.
std::size_t fold(std::vector<Element>& elements, std::size_t steps, std::size_t limit);

} // namespace nslab::viz
