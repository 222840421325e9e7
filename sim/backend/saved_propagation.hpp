#pragma once
// Peer groups, masters and slaves of saved mountinfo.

#include "sim/backend/saved_mountinfo.hpp"
#include "sim/linux/fs/mount.hpp"

namespace nslab {

/// Joins the mounts, by their ids, as the files say. Masters that no file shows are made, in a namespace of nobody.
/// Throws std::runtime_error, one line, where the groups contradict each other.
void make_propagation(Kernel& k, const SavedMachine& saved, const std::map<int, Id<Mount>>& mounts);

} // namespace nslab
