#pragma once
// Which release of Linux is played, and what differs between releases. The code asks for a behaviour by its name, never
// for a number; the table is in release.cpp.

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/linux/uapi/flags.hpp"

namespace nslab {

/// "6.18.44": version, patchlevel, sublevel.
struct Release {
    u16 major = 6, minor = 18, point = 0;
    friend auto operator<=>(const Release&, const Release&) = default;
};

/// Reads "6.18", "6.18.44" and "6.1.0-49-amd64" (what follows the numbers is ignored). Nothing where it is no release.
std::optional<Release> parse_release(std::string_view text);
std::string to_string(const Release& r);

/// A behaviour that some releases have and others do not.
enum class Behaviour : u8 {
    mountinfo_in_id_order,    // mountinfo lists mounts by their age
    detached_trees_propagate, // mounts in detached trees receive propagation and may be mounted on
    umount_rewritten,         // propagate_umount() trims and reparents as since 6.17
    slaves_newest_first,      // a slave is put at the head of its master's list by every path
    unbindable_lost_in_copy,  // a copied namespace forgets that a mount was unbindable
    statmount_and_listmount,  // statmount(2) and listmount(2)
    move_mount_beneath,       // MOVE_MOUNT_BENEATH
    open_tree_attr,           // open_tree_attr(2)
    next_peer_inherits,       // who leaves a group becomes a slave of the next peer, whatever root that shows
    top_of_stack_is_covered, // what was on the place comes to lie on the top of a stack that arrives, not on its bottom
    unmounted_place_is_noent, // ENOENT, not EINVAL, for a mount on a place that was unmounted
    target_is_walked_first,   // move_mount(2) looks its target up before its source
    umount_asks_whole_chain,  // a copy with children of its own is asked too whether it is busy
    mount_holds_user_ns,      // a mount holds the user namespace of its file system too
    proc_pidns,               // pidns= of proc
    fd_dir_has_size,          // the size of /proc/PID/fd is the number of descriptors
    tmpfs_takes_idmaps,       // mounts of tmpfs may have an id map
    statmount_has_idmaps,     // STATMOUNT_MNT_UIDMAP and STATMOUNT_MNT_GIDMAP
};

/// A range of releases, both ends included; `until` empty is "still so".
struct ReleaseRange {
    Release since;
    std::optional<Release> until;
};

struct BehaviourRow {
    Behaviour behaviour;
    std::string_view name;                  // as it is written in messages
    std::span<const ReleaseRange> releases; // that have it
    std::string_view reason;                // with its source
    std::string_view scenario;              // that shows it, below scenarios/
};

std::span<const BehaviourRow> behaviours();
bool has(const Release& r, Behaviour b);

/// The rows that tell `a` from `b` among those of `met`, a bit for each Behaviour.
std::vector<const BehaviourRow*> rows_between(u64 met, const Release& a, const Release& b);

/// Whether the table was made with this release in view; only 6.18 is, so far, and what the rows say of others.
bool covered(const Release& r);

} // namespace nslab
