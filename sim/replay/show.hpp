#pragma once
// Mount namespaces as trees with their propagation, as findmnt shows them.

#include "sim/replay/side.hpp"

namespace nslab {

/// The tree of the namespace of `actor`, or of every namespace that has a living actor where it is empty, each with a
/// line above that says whose it is.
std::string show_trees(Side& side, const std::string& actor = "");

} // namespace nslab
