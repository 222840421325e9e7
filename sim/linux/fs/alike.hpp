#pragma once
// Short loops for mounts that are alike: what a thousand peers receive differs in nothing but its place and its
// numbers. Each does what the general way does (fs/pnode.c and fs/namespace.c of Linux 6.18), where it need not ask.

#include "sim/linux/fs/cloner.hpp"

namespace nslab {

/// The inner loop of a mount under many peers: those that are alike get copies that are alike. Goes on behind `like`,
/// which `last` was made for, with `next`, until it meets `end`, somebody else, or the end of the room in `space`;
/// there is `next` then. Gives the last copy.
MountRef copy_for_alike(Kernel& k, Cloner& again, const Mount& like, Id<Mount>& next, Id<Mount> end, MountRef last,
                        MntNamespace& space, MountList& tree_list);

/// The same down a chain of slaves: as long as the mount that `on` is has a slave without peers, its first, that gets a
/// copy which is the slave of the last one. `on` becomes the last of them, `fork` the last that has another slave
/// behind it. Masters are marked as propagate_mnt() does.
MountRef copy_for_chain(Kernel& k, Cloner& again, MountRef& fork, MountRef& on, MountRef last, MntNamespace& space,
                        std::vector<Mount*>& marks, MountList& tree_list);

/// What attach_recursive_mnt() does with copies, from the newest of the first `end` of the list on, as long as they are
/// single mounts for places of `ns` on which nothing is mounted. How many are left.
std::size_t attach_alike(Kernel& k, const MountList& tree_list, std::size_t end, Id<MntNamespace> ns,
                         MntNamespace& space);

/// Ends what received a mount, before that itself is umounted, where all of it is alike: peers of it that nobody uses
/// and nothing is mounted on, on every list one behind the other as copy_for_alike() left them. False where it is not;
/// nothing has been done then.
bool umount_alike(Kernel& k, Id<Mount> mnt, const MountList& received);

} // namespace nslab
