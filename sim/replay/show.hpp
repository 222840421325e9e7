#pragma once
// What `show` prints: mount namespaces as trees with their propagation, and who holds a namespace.

#include "sim/replay/side.hpp"

namespace nslab {

/// The tree of the namespace of `actor`, or of every namespace that has a living actor where it is empty, each with a
/// line above that says whose it is.
std::string show_trees(Side& side, const std::string& actor = "");

/// Who holds the namespace of `actor` of this type, or of every namespace where both are empty. Only the model can
/// tell; empty in any other world.
std::string show_holders(Side& side, const std::string& actor, const std::string& type);

} // namespace nslab
