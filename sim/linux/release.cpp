// Releases, and the table of what differs between them. A row is begun with the first behaviour that was met; rows of
// others than 6.18 say what is known of them, and the model plays 6.18.

#include "sim/linux/release.hpp"

#include <charconv>

namespace nslab {

std::optional<Release> parse_release(std::string_view text) {
    Release r{0, 0, 0};
    u16* parts[] = {&r.major, &r.minor, &r.point};
    int read = 0;
    const char* p = text.data();
    const char* end = p + text.size();
    for (u16* part : parts) {
        const auto [rest, error] = std::from_chars(p, end, *part);
        if (error != std::errc{}) break;
        ++read;
        p = rest;
        if (p == end || *p != '.') break;
        ++p;
    }
    if (read < 2) return std::nullopt;
    return r;
}

std::string to_string(const Release& r) {
    std::string text = std::to_string(r.major) + '.' + std::to_string(r.minor);
    if (r.point) text += '.' + std::to_string(r.point);
    return text;
}

namespace {

constexpr Release kNewest{9999, 0, 0};

constexpr ReleaseRange kSince6_8[] = {{{6, 8, 0}, std::nullopt}};
constexpr ReleaseRange kSince6_5[] = {{{6, 5, 0}, std::nullopt}};
constexpr ReleaseRange kSince6_15[] = {{{6, 15, 0}, std::nullopt}};
constexpr ReleaseRange kStable6_12[] = {{{6, 12, 95}, Release{6, 12, 9999}}}; // at the latest
constexpr ReleaseRange kUnmountedPlace[] = {{{6, 6, 89}, Release{6, 6, 9999}},
                                            {{6, 12, 26}, Release{6, 12, 9999}},
                                            {{6, 14, 5}, Release{6, 14, 9999}},
                                            {{6, 15, 0}, std::nullopt}};
constexpr ReleaseRange kSince6_3[] = {{{6, 3, 0}, std::nullopt}};
constexpr ReleaseRange kSince6_2[] = {{{6, 2, 0}, std::nullopt}};
constexpr ReleaseRange kSince6_18[] = {{{6, 18, 0}, std::nullopt}};
constexpr ReleaseRange k5_17to6_1[] = {{{5, 17, 0}, Release{6, 1, 9999}}};
constexpr ReleaseRange kSince6_17[] = {{{6, 17, 0}, std::nullopt}};
constexpr ReleaseRange k6_17to7_1[] = {{{6, 17, 0}, Release{7, 1, 9999}}};

constexpr BehaviourRow kBehaviours[] = {
    {Behaviour::mountinfo_in_id_order, "mountinfo lists mounts by age", kSince6_8,
     "the mounts of a namespace are kept in an rbtree by mnt_id_unique (fs/namespace.c, mnt_add_to_ns); before, "
     "mountinfo "
     "followed the list in which trees were attached",
     "mount/surprises/order-of-mountinfo.scn"},
    {Behaviour::detached_trees_propagate, "detached trees are full citizens", kSince6_15,
     "a detached tree can be copied, mounted on and put into another one (fs/namespace.c, may_use_mount); before, all "
     "of "
     "it was EINVAL",
     "mount/api/detached-on-detached.scn"},
    {Behaviour::umount_rewritten, "propagation of umount trims and reparents as since its rewrite", kSince6_17,
     "fs/pnode.c, propagate_umount(), gather_candidates(), trim_one(), handle_locked(), reparent(); described in "
     "Documentation/filesystems/propagate_umount.txt",
     "mount/situations/16-umount-moves-overmount.scn"},
    {Behaviour::slaves_newest_first, "a new slave is first in its master's list", kSince6_17,
     "fs/pnode.c, change_mnt_propagation(): mnt_slave_list became an hlist; the order of copies follows it",
     "mount/surprises/newest-slave-first.scn"},
    {Behaviour::unbindable_lost_in_copy, "a copied namespace forgets that a mount was unbindable", k6_17to7_1,
     "fs/namespace.c, clone_mnt(): unbindable moved from mnt_flags, which are copied, to mnt_t_flags, which are not",
     "mount/sharedsubtree/5g-clone/unbindable.scn"},
    {Behaviour::statmount_and_listmount, "statmount(2) and listmount(2)", kSince6_8, "fs/namespace.c",
     "mount/api/statmount.scn"},
    {Behaviour::move_mount_beneath, "MOVE_MOUNT_BENEATH", kSince6_5, "fs/namespace.c, can_move_mount_beneath()",
     "mount/api/move-mount-beneath.scn"},
    {Behaviour::open_tree_attr, "open_tree_attr(2)", kSince6_15, "fs/namespace.c", "mount/api/open-tree-attr.scn"},
    {Behaviour::next_peer_inherits, "who leaves a peer group becomes a slave of the next peer", kSince6_17,
     "fs/pnode.c, change_mnt_propagation(); before, do_make_slave() preferred a peer that shows the same root, and put "
     "the slaves that are handed on behind the new master's own",
     "mount/surprises/slaves-hang-on-the-next-peer.scn"},
    {Behaviour::top_of_stack_is_covered, "what was on the place covers the top of a stack that arrives", kSince6_17,
     "fs/namespace.c, attach_recursive_mnt(), topmost_overmount(); before, it was mounted on the root of the stack's "
     "lowest mount, and so shared a place",
     "mount/situations/16-umount-moves-overmount.scn"},
    {Behaviour::unmounted_place_is_noent, "ENOENT for who mounts on a place that was unmounted", kUnmountedPlace,
     "fs/namespace.c, do_lock_mount(): 0d039eac6e59 (CVE-2025-37988), which stable releases have too; before, "
     "do_add_mount() and do_move_mount() said EINVAL",
     "mount/errno/mount/einval-unmounted.scn"},
    {Behaviour::target_is_walked_first, "move_mount(2) looks up its target first", kSince6_15,
     "fs/namespace.c, SYSCALL move_mount, since names may be NULL there; 6.1 and 6.12 look up the source first",
     "mount/errno/move_mount/lookup.scn"},
    {Behaviour::umount_asks_whole_chain, "umount asks copies that have mounts of their own whether they are busy",
     kStable6_12, "fs/pnode.c, propagate_mount_busy(), chain_busy(), as the stable releases of 6.12 have it",
     "mount/situations/01-slave-still-votes.scn"},
    {Behaviour::mount_holds_user_ns, "a mount holds the user namespace of its file system too", k5_17to6_1,
     "fs/namespace.c, vfs_create_mount() and clone_mnt(): vfsmount::mnt_userns, until mounts got a struct mnt_idmap",
     "mount/man/restriction-4-unit.scn"},
    {Behaviour::proc_pidns, "pidns= of proc", kSince6_18, "fs/proc/root.c, proc_parse_pidns_param()",
     "mount/proc/pidns.scn"},
    {Behaviour::fd_dir_has_size, "the size of /proc/PID/fd is the number of descriptors", kSince6_2,
     "fs/proc/fd.c, proc_fd_getattr()", "mount/proc/fd-size.scn"},
    {Behaviour::tmpfs_takes_idmaps, "mounts of tmpfs take id maps", kSince6_3,
     "mm/shmem.c, FS_ALLOW_IDMAP of shmem_fs_type; before, can_idmap_mount() said EINVAL", "mount/idmap/owner.scn"},
    {Behaviour::statmount_has_idmaps, "statmount(2) shows id maps", kSince6_15,
     "fs/namespace.c, statmount_mnt_uidmap() and statmount_mnt_gidmap()", "mount/idmap/statmount.scn"},
};

} // namespace

std::span<const BehaviourRow> behaviours() { return kBehaviours; }

bool has(const Release& r, Behaviour b) {
    for (const ReleaseRange& range : kBehaviours[static_cast<std::size_t>(b)].releases)
        if (range.since <= r && r <= range.until.value_or(kNewest)) return true;
    return false;
}

std::vector<const BehaviourRow*> rows_between(u64 met, const Release& a, const Release& b) {
    std::vector<const BehaviourRow*> rows;
    for (const BehaviourRow& row : kBehaviours)
        if ((met >> static_cast<unsigned>(row.behaviour) & 1) && has(a, row.behaviour) != has(b, row.behaviour))
            rows.push_back(&row);
    return rows;
}

bool covered(const Release& r) { return r.major == 6 && r.minor == 18; }

} // namespace nslab
