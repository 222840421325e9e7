#pragma once
// What the files that make up the kernel's fs/namespace.c and fs/pnode.c offer each other: the lists that a mount is
// on, making, copying, attaching and detaching trees of mounts. Follows Linux 6.18.

#include <vector>

#include "sim/linux/fs/internal.hpp"
#include "sim/linux/fs/mount_lists.hpp"
#include "sim/linux/kernel/internal.hpp"

namespace nslab {

// ---- questions about one mount

inline bool is_mnt_shared(const Kernel& k, Id<Mount> m) { return k[m].mnt_t_flags & T::SHARED; }
inline bool is_mnt_slave(const Kernel& k, Id<Mount> m) { return bool(k[m].mnt_master); }
inline bool is_mnt_unbindable(const Kernel& k, Id<Mount> m) { return k[m].mnt_t_flags & T::UNBINDABLE; }
inline bool is_mnt_locked(const Kernel& k, Id<Mount> m) { return k[m].mnt_flags & MNT::LOCKED; }
/// What mountinfo calls the type.
inline std::string_view sb_type_name(const SuperBlock& sb) {
    return sb.type == FsType::foreign ? std::string_view(sb.foreign_type) : fs_type_name(sb.type);
}
/// What mountinfo shows behind "rw", with the leading comma. Some foreign file systems show other options for each
/// directory that is mounted of them (btrfs: subvol=). Source: ->show_options of each type.
std::string_view sb_options(const Kernel& k, Id<Dentry> root);
/// IS_MNT_NEW(): made by the call that is running, or umounted.
inline bool is_mnt_new(const Mount& mount) { return !mount.mnt_ns && !mount.internal; }
inline bool is_mnt_new(const Kernel& k, Id<Mount> m) { return is_mnt_new(k[m]); }
/// is_mounted(): part of some namespace, an anonymous one included.
inline bool is_mounted(const Kernel& k, Id<Mount> m) { return bool(k[m].mnt_ns); }
inline bool peers(const Kernel& k, Id<Mount> a, Id<Mount> b) {
    return k[a].mnt_group_id == k[b].mnt_group_id && k[a].mnt_group_id != 0;
}
inline bool is_anon_ns(const Kernel& k, Id<MntNamespace> ns) { return k[ns].anon; }
bool anon_ns_root(const Kernel& k, Id<Mount> m);
inline bool path_mounted(const Kernel& k, Path p) { return k[p.mnt].mnt_root == p.dentry; }
/// The caller's mount namespace.
inline Id<MntNamespace> current_mnt_ns(const Kernel& k, Id<Task> task) { return k[k[task].nsproxy].mnt_ns; }
inline bool check_mnt(const Kernel& k, Id<Task> task, Id<Mount> m) {
    return k[m].mnt_ns && k[m].mnt_ns == current_mnt_ns(k, task);
}
/// A detached tree that was made from the caller's namespace. Source: fs/namespace.c, check_anonymous_mnt().
bool check_anonymous_mnt(const Kernel& k, Id<Task> task, Id<Mount> m);
/// Whether the caller may change its namespace: CAP_SYS_ADMIN in the owner of it.
bool may_mount(const Kernel& k, Id<Task> task);
bool is_mnt_ns_file(const Kernel& k, Id<Dentry> d);
/// Whether binding this file would let a namespace hold itself. Source: fs/namespace.c, mnt_ns_loop().
bool mnt_ns_loop(const Kernel& k, Id<Task> task, Id<Dentry> d);
bool check_for_nsfs_mounts(const Kernel& k, Id<Task> task, Id<Mount> subtree);
bool mount_is_ancestor(const Kernel& k, Id<Mount> p1, Id<Mount> p2);
bool is_path_reachable(const Kernel& k, Id<Mount> m, Id<Dentry> d, Path root);
bool has_locked_children(const Kernel& k, Id<Mount> m, Id<Dentry> d);
bool tree_contains_unbindable(const Kernel& k, Id<Mount> m);
Id<Mount> topmost_overmount(const Kernel& k, Id<Mount> m);
/// Walks a tree: a mount, its children in order, each with its own. NULL behind the last below `root`.
[[gnu::always_inline]] inline Id<Mount> next_mnt(const Kernel& k, Id<Mount> p, const Mount& at, Id<Mount> root) {
    if (at.mnt_mounts) return at.mnt_mounts;
    for (const Mount* mount = &at; p != root; mount = &k[p]) {
        if (mount->mnt_child_next) return mount->mnt_child_next;
        p = mount->mnt_parent;
    }
    return {};
}
inline Id<Mount> next_mnt(const Kernel& k, Id<Mount> p, Id<Mount> root) { return next_mnt(k, p, k[p], root); }
/// The last mount of the tree below `p`, so that next_mnt() goes on behind that tree.
Id<Mount> skip_mnt_tree(const Kernel& k, Id<Mount> p);
/// "31 (/b/x)" for `explain`: the mount's id, and its place in its namespace.
std::string mount_words(const Kernel& k, Id<Mount> m);

// ---- trees (mount_tree.cpp)

namespace CL {
inline constexpr u32 EXPIRE = 1, SLAVE = 2, COPY_UNBINDABLE = 4, MAKE_SHARED = 8, PRIVATE = 0x10,
                     COPY_MNT_NS_FILE = 0x40;
}
namespace UT {
inline constexpr u32 SYNC = 1, PROPAGATE = 2, CONNECTED = 4;
}

/// A mount of `root` that is attached nowhere; takes references of its own. Source: vfs_create_mount().
Id<Mount> vfs_create_mount(Kernel& k, Id<Dentry> root, std::string_view devname);
/// Drops a reference; the last one frees it.
void put_devname(Kernel& k, Id<Devname> name);
/// EINVAL: unbindable, or the file of a mount namespace, without the flag that allows it; EPERM: unbindable and locked.
Result<Id<Mount>> copy_tree(Kernel& k, Id<Mount> src_root, Id<Dentry> dentry, u32 flag);
/// ENOENT: the dentry has been removed. Source: fs/namespace.c, get_mountpoint().
Result<> get_mountpoint(const Kernel& k, Id<Dentry> d);
Id<Mount> clone_mnt(Kernel& k, Id<Mount> old, Id<Dentry> root, u32 flag);
void mnt_set_mountpoint(Kernel& k, Id<Mount> parent, Id<Dentry> mp, Id<Mount> child);
void make_visible(Kernel& k, Id<Mount> m);
void attach_mnt(Kernel& k, Id<Mount> m, Id<Mount> parent, Id<Dentry> mp);
void mnt_change_mountpoint(Kernel& k, Id<Mount> parent, Id<Dentry> mp, Id<Mount> m);
void umount_mnt(Kernel& k, Id<Mount> m);
void mnt_add_to_ns(Kernel& k, Id<MntNamespace> ns, Id<Mount> m);
/// ENOSPC, for whom count_mounts() refuses.
Result<> too_many_mounts();
/// Whether the tree of `m` fits into the namespace, with no more than sysctl fs.mount-max in it; counts it where so.
inline bool count_mounts(const Kernel& k, MntNamespace& space, Id<Mount> m, const Mount& mount) {
    const u32 taken = space.nr_mounts + space.pending_mounts;
    u32 mounts = 1;
    if (mount.mnt_mounts)
        for (Id<Mount> p = next_mnt(k, m, m); p; p = next_mnt(k, p, m)) ++mounts;
    if (taken >= k.sysctl_mount_max || mounts > k.sysctl_mount_max - taken) return false;
    space.pending_mounts += mounts;
    return true;
}
/// `received` as for propagate_umount(), for a mount with nothing on it.
void umount_tree(Kernel& k, Id<Mount> m, u32 how, const MountList* received = nullptr);
void lock_mnt_tree(Kernel& k, Id<Mount> m);
void invent_group_ids(Kernel& k, Id<Mount> m, bool recurse);
void cleanup_group_ids(Kernel& k, Id<Mount> m, Id<Mount> end);

/// Where a mount goes: the mount and the dentry in it, judged by do_lock_mount().
struct PinnedMountpoint {
    Id<Mount> parent;
    Id<Dentry> mp;
};
/// ENOENT: the place was removed or umounted; EINVAL: beneath something that is not the root of a mount with a parent.
Result<PinnedMountpoint> do_lock_mount(const Kernel& k, Path path, bool beneath);
/// ENOTDIR: a directory on a file or the other way round; EINVAL: internal; ENOSPC.
Result<> graft_tree(Kernel& k, Id<Task> task, Id<Mount> m, const PinnedMountpoint& mp);
Result<> attach_recursive_mnt(Kernel& k, Id<Task> task, Id<Mount> source, const PinnedMountpoint& dest);
/// Drops what the call collected in Kernel::unmounted and emptied_ns. Every call that changes mounts ends with it.
void namespace_unlock(Kernel& k);
/// namespace_lock() as a scope.
class NamespaceLock {
  public:
    explicit NamespaceLock(Kernel& k) : k_(k) {}
    ~NamespaceLock() { namespace_unlock(k_); }
    NamespaceLock(const NamespaceLock&) = delete;
    NamespaceLock& operator=(const NamespaceLock&) = delete;

  private:
    Kernel& k_;
};

// ---- propagation (pnode.cpp)

void set_mnt_shared(Kernel& k, Id<Mount> m);
/// `type` is one of MS::SHARED, PRIVATE, SLAVE, UNBINDABLE.
void change_mnt_propagation(Kernel& k, Id<Mount> m, u64 type);
void bulk_make_private(Kernel& k, const MountList& set);
/// The copies that a tree at `dest` calls for, each with its place set but not visible, in the order of their making.
Result<> propagate_mnt(Kernel& k, Id<Mount> dest_mnt, Id<Dentry> dest_mp, Id<Mount> source, MountList& tree_list);
/// Adds to the set of those that are umounted what goes with them. `received` is what received them, where
/// propagate_mount_busy() has found it.
void propagate_umount(Kernel& k, MountList& set, const MountList* received);
/// The same by the rules until 6.16. Source: fs/pnode.c of those releases.
void propagate_umount_until_6_16(Kernel& k, MountList& set);
/// Whether one that received the mount is in use, as 6.12.95 sees it: copies that have mounts of their own are asked
/// too.
bool propagate_mount_busy_6_12_95(const Kernel& k, Id<Mount> mnt);
/// Whether the mount, or one that received it, is in use. What received it is in `received`: the kernel walks the same
/// way again when it umounts, and finds the same.
bool propagate_mount_busy(Kernel& k, Id<Mount> m, i32 refcnt, MountList& received);
void propagate_mount_unlock(Kernel& k, Id<Mount> m);
bool propagation_would_overmount(const Kernel& k, Id<Mount> from, Id<Mount> to, Id<Dentry> mp);
void mnt_release_group_id(Kernel& k, Mount& mount);
/// The group of the closest master that `root` can reach a peer of; 0 where there is none.
i32 get_dominating_id(const Kernel& k, Id<Mount> m, Path root);

// ---- shared by mount(2), mount_setattr(2) and the newer calls

bool can_change_locked_flags(const Kernel& k, Id<Mount> m, u32 mnt_flags);
/// EBUSY: a file is open for writing there. Source: fs/namespace.c, mnt_hold_writers().
Result<> mnt_hold_writers(Kernel& k, Id<Mount> m);
Result<> may_change_propagation(const Kernel& k, Id<Task> task, Id<Mount> m);
/// A copy for open_tree or bind: EINVAL as fs/namespace.c, __do_loopback() has it.
Result<Id<Mount>> do_loopback_copy(Kernel& k, Id<Task> task, Path old, bool recurse);
enum class MoveTree : u8 { onto, beneath };
Result<> do_move_mount(Kernel& k, Id<Task> task, Path old_path, Path new_path, MoveTree where);
/// ENOSPC: max_mnt_namespaces of the caller, who is NULL for what nobody is counted for.
Result<Id<MntNamespace>> alloc_mnt_ns(Kernel& k, Id<Task> current, Id<Namespace> user_ns, bool anon);
/// A mount would show what other mounts of the type hide from the caller's namespace; otherwise the flags that it has
/// to keep are added. Source: fs/namespace.c, mount_too_revealing().
bool mount_too_revealing(const Kernel& k, Id<Task> task, Id<SuperBlock> sb, u32* new_mnt_flags);
void free_mnt_ns(Kernel& k, Id<MntNamespace> ns);
/// The file of open_tree(2), not yet a descriptor.
Result<Id<File>> vfs_open_tree(Kernel& k, Id<Task> task, i32 dfd, const Str& filename, u32 flags);

} // namespace nslab
