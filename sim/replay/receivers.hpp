#pragma once
// Who receives what is mounted and umounted where: propagation as a graph, over all namespaces of a world.

#include <string>
#include <utility>
#include <vector>

#include "sim/linux/kernel.hpp"

namespace nslab {

/// The mounts that an event on `m` reaches: its peers, the slaves of all of them, those slaves' peers and slaves, and
/// so on, nearest first and `m` left out. Each receives where it shows the place of the event. Mounts that are in no
/// namespace receive nothing.
std::vector<Id<Mount>> receivers_of(const Kernel& k, Id<Mount> m);

/// A line for each peer group with more than one mount: "An event on sh1:/a reaches: sh1:/b, sh2:/a". The tasks are the
/// processes by whose names and roots places are told.
std::string show_receivers(const Kernel& k, const std::vector<std::pair<std::string, Id<Task>>>& tasks);

} // namespace nslab
