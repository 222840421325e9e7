// mount_setattr(2) and open_tree_attr(2): flags and propagation of a mount or a whole tree, all or nothing. Follows
// their part of fs/namespace.c of Linux 6.18. What an id map makes of a mount is in mnt_idmapping.cpp.

#include "sim/linux/fs/mount.hpp"
#include "sim/linux/kernel/user_namespace.hpp"
#include "sim/linux/syscalls.hpp"

namespace nslab {

namespace {

struct MountKattr {
    u32 attr_set = 0, attr_clr = 0; // MNT::
    u64 propagation = 0;
    Id<Namespace> mnt_userns; // whose map the mounts get
    bool idmap = false;       // they get one, or lose theirs where there is no mnt_userns
    bool recurse = false;
    bool idmap_replace = false;
    bool nothing = false; // a call that changes nothing does not even look at the path
};

u32 attr_flags_to_mnt_flags(u64 attr) {
    u32 flags = 0;
    if (attr & MOUNT_ATTR::RDONLY) flags |= MNT::READONLY;
    if (attr & MOUNT_ATTR::NOSUID) flags |= MNT::NOSUID;
    if (attr & MOUNT_ATTR::NODEV) flags |= MNT::NODEV;
    if (attr & MOUNT_ATTR::NOEXEC) flags |= MNT::NOEXEC;
    if (attr & MOUNT_ATTR::NODIRATIME) flags |= MNT::NODIRATIME;
    if (attr & MOUNT_ATTR::NOSYMFOLLOW) flags |= MNT::NOSYMFOLLOW;
    return flags;
}

Result<> build_mount_idmapped(const Kernel& k, Id<Task> task, const MountAttr& attr, MountKattr& kattr) {
    if (!((attr.attr_set | attr.attr_clr) & MOUNT_ATTR::IDMAP)) return {};
    if (attr.attr_clr & MOUNT_ATTR::IDMAP) {
        if (!kattr.idmap_replace) return fail(E::INVAL, "an id map cannot be taken from a mount");
        if (!(attr.attr_set & MOUNT_ATTR::IDMAP)) {
            kattr.idmap = true;
            return {};
        }
    }
    if (attr.userns_fd > 0x7fffffff) return fail(E::INVAL, "userns_fd is no descriptor");
    const Id<File> file = TRY(fdget(k, task, static_cast<i32>(attr.userns_fd)));
    const Path p = k[file].f_path;
    if (!p.dentry || d_inode(k, p.dentry).kind != InodeKind::ns_file)
        return fail(E::INVAL, "userns_fd is not the file of a namespace");
    if (d_inode(k, p.dentry).ns_type != NsType::user) return fail(E::INVAL, "userns_fd is not a user namespace");
    kattr.mnt_userns = Id<Namespace>{d_inode(k, p.dentry).ns_index};
    if (kattr.mnt_userns == k.init_user_ns) return fail(E::PERM, "the first user namespace maps nothing");
    if (!ns_capable(k, task, kattr.mnt_userns, CAP::SYS_ADMIN))
        return fail(E::PERM, "CAP_SYS_ADMIN is needed in the user namespace whose map is taken");
    kattr.idmap = true;
    return {};
}

/// Types whose files know of id maps. Source: FS_ALLOW_IDMAP.
bool allows_idmap(const Kernel& k, FsType type) {
    return (type == FsType::tmpfs || type == FsType::rootfs) && k.plays(Behaviour::tmpfs_takes_idmaps);
}

/// EINVAL: the map is that of the file system, whose type does not know of maps, or the mount was to be seen by others
/// already. EPERM: it has a map, or the caller has no CAP_SYS_ADMIN over the super block.
Result<> can_idmap_mount(const Kernel& k, Id<Task> task, const MountKattr& kattr, Id<Mount> m) {
    if (!kattr.idmap) return {};
    const SuperBlock& sb = k[mnt_sb(k, m)];
    if (kattr.mnt_userns == sb.s_user_ns) return fail(E::INVAL, "the map is that of the file system itself");
    if (!kattr.idmap_replace && (k[m].mnt_flags & MNT::IDMAPPED)) return fail(E::PERM, "the mount has an id map");
    if (!allows_idmap(k, sb.type)) return fail(E::INVAL, "the type of the file system knows no id maps");
    if (!ns_capable(k, task, sb.s_user_ns, CAP::SYS_ADMIN))
        return fail(E::PERM, "the super block belongs to a user namespace in which the caller has no CAP_SYS_ADMIN");
    if (!is_anon_ns(k, k[m].mnt_ns)) return fail(E::INVAL, "the mount is where others see it");
    return {};
}

Result<> build_mount_kattr(const Kernel& k, Id<Task> task, const MountAttr& attr, MountKattr& kattr) {
    constexpr u64 kPropagation = MS::UNBINDABLE | MS::PRIVATE | MS::SLAVE | MS::SHARED;
    if (attr.propagation & ~kPropagation) return fail(E::INVAL, "propagation is none of the four types");
    if (attr.propagation & (attr.propagation - 1)) return fail(E::INVAL, "more than one propagation type");
    kattr.propagation = attr.propagation;

    constexpr u64 kKnown = MOUNT_ATTR::RDONLY | MOUNT_ATTR::NOSUID | MOUNT_ATTR::NODEV | MOUNT_ATTR::NOEXEC |
                           MOUNT_ATTR::ATIME | MOUNT_ATTR::NODIRATIME | MOUNT_ATTR::NOSYMFOLLOW | MOUNT_ATTR::IDMAP;
    if ((attr.attr_set | attr.attr_clr) & ~kKnown) return fail(E::INVAL, "unknown attributes");
    kattr.attr_set = attr_flags_to_mnt_flags(attr.attr_set);
    kattr.attr_clr = attr_flags_to_mnt_flags(attr.attr_clr);

    // The kinds of atime are a value, not flags: whoever sets one must clear the whole field.
    if (attr.attr_clr & MOUNT_ATTR::ATIME) {
        if ((attr.attr_clr & MOUNT_ATTR::ATIME) != MOUNT_ATTR::ATIME)
            return fail(E::INVAL, "only a part of MOUNT_ATTR__ATIME is cleared");
        kattr.attr_clr |= MNT::RELATIME | MNT::NOATIME;
        switch (attr.attr_set & MOUNT_ATTR::ATIME) {
        case MOUNT_ATTR::RELATIME: kattr.attr_set |= MNT::RELATIME; break;
        case MOUNT_ATTR::NOATIME: kattr.attr_set |= MNT::NOATIME; break;
        case MOUNT_ATTR::STRICTATIME: break;
        default: return fail(E::INVAL, "several kinds of atime at once");
        }
    } else if (attr.attr_set & MOUNT_ATTR::ATIME) {
        return fail(E::INVAL, "a kind of atime is set without clearing MOUNT_ATTR__ATIME");
    }
    return build_mount_idmapped(k, task, attr, kattr);
}

/// Reads struct mount_attr of `usize` bytes. A missing `uattr` is a pointer that cannot be read.
Result<> wants_mount_setattr(const Kernel& k, Id<Task> task, const std::optional<MountAttr>& uattr, u64 usize,
                             MountKattr& kattr) {
    if (usize > 4096) return fail(E::TOOBIG, "struct mount_attr is larger than a page");
    if (usize < kMountAttrSize) return fail(E::INVAL, "struct mount_attr is smaller than its first version");
    if (!may_mount(k, task))
        return fail(E::PERM, "CAP_SYS_ADMIN is needed in the user namespace that owns the mount namespace",
                    "may_mount");
    if (!uattr) return fail(E::FAULT, "struct mount_attr cannot be read");
    kattr.nothing = uattr->attr_set == 0 && uattr->attr_clr == 0 && uattr->propagation == 0;
    return kattr.nothing ? Result<>{} : build_mount_kattr(k, task, *uattr, kattr);
}

u32 recalc_flags(const Kernel& k, const MountKattr& kattr, Id<Mount> m) {
    return (k[m].mnt_flags & ~kattr.attr_clr) | kattr.attr_set;
}

/// Whether every mount of the tree can take the change.
Result<> mount_setattr_prepare(Kernel& k, Id<Task> task, const MountKattr& kattr, Id<Mount> mnt) {
    for (Id<Mount> m = mnt; m; m = kattr.recurse ? next_mnt(k, m, mnt) : Id<Mount>{}) {
        if (!can_change_locked_flags(k, m, recalc_flags(k, kattr, m)))
            return fail(E::PERM, "a locked flag would be cleared");
        const bool becomes_readonly = (kattr.attr_set & MNT::READONLY) && !(k[m].mnt_flags & MNT::READONLY);
        TRY(can_idmap_mount(k, task, kattr, m));
        if (becomes_readonly || kattr.idmap) TRY(mnt_hold_writers(k, m));
    }
    return {};
}

/// The mount has a map of its own from now on, or none any more.
void do_idmap_mount(Kernel& k, const MountKattr& kattr, Id<Mount> m) {
    if (!kattr.idmap) return;
    const Id<Devname> old = std::as_const(k)[m].mnt_devname, own = k.devnames.alloc();
    k[own] = Devname{k[old].text, 1, {}};
    if (kattr.mnt_userns)
        k[own].idmap = {id_map(k, kattr.mnt_userns, IdKind::uid), id_map(k, kattr.mnt_userns, IdKind::gid)};
    put_devname(k, old);
    k[m].mnt_devname = own;
    k[m].mnt_flags = (k[m].mnt_flags & ~MNT::IDMAPPED) | (kattr.mnt_userns ? MNT::IDMAPPED : 0);
    k.note([&] {
        return mount_words(k, m) +
               (kattr.mnt_userns ? " shows its files' owners through an id map from now on" : " loses its id map");
    });
}

Result<> do_mount_setattr(Kernel& k, Id<Task> task, Path path, const MountKattr& kattr) {
    const Id<Mount> mnt = path.mnt;
    if (!path_mounted(k, path)) return fail(E::INVAL, "the path is not the root of a mount");
    if (kattr.mnt_userns &&
        (id_map(k, kattr.mnt_userns, IdKind::uid).empty() || id_map(k, kattr.mnt_userns, IdKind::gid).empty()))
        return fail(E::INVAL, "the user namespace has no map yet", "alloc_mnt_idmap");
    if (kattr.propagation == MS::SHARED) invent_group_ids(k, mnt, kattr.recurse);

    Result<> result;
    if (!anon_ns_root(k, mnt) && !check_mnt(k, task, mnt))
        result = fail(E::INVAL, "the mount is in another mount namespace, or not the root of a detached tree");
    else
        result = mount_setattr_prepare(k, task, kattr, mnt);
    if (!result) {
        if (kattr.propagation) cleanup_group_ids(k, mnt, {});
        return result;
    }
    for (Id<Mount> m = mnt; m; m = kattr.recurse ? next_mnt(k, m, mnt) : Id<Mount>{}) {
        do_idmap_mount(k, kattr, m);
        k[m].mnt_flags = recalc_flags(k, kattr, m);
        if (kattr.propagation) change_mnt_propagation(k, m, kattr.propagation);
    }
    return {};
}

} // namespace

Result<> sys_mount_setattr(Kernel& k, Id<Task> task, i32 dfd, const Str& path, u32 flags,
                           const std::optional<MountAttr>& uattr, u64 usize) {
    if (flags & ~(AT::EMPTY_PATH | AT::RECURSIVE | AT::SYMLINK_NOFOLLOW | AT::NO_AUTOMOUNT))
        return fail(E::INVAL, "unknown flags");
    MountKattr kattr;
    kattr.recurse = flags & AT::RECURSIVE;
    TRY(wants_mount_setattr(k, task, uattr, usize, kattr));
    if (kattr.nothing) return {};
    const u32 lookup =
        (flags & AT::SYMLINK_NOFOLLOW ? 0 : LOOKUP::FOLLOW) | (flags & AT::EMPTY_PATH ? LOOKUP::EMPTY : 0);
    const HeldPath target = TRY(user_path_at(k, task, dfd, path, lookup));
    return do_mount_setattr(k, task, target, kattr);
}

Result<i64> sys_open_tree_attr(Kernel& k, Id<Task> task, i32 dfd, const Str& filename, u32 flags,
                               const std::optional<MountAttr>& uattr, u64 usize) {
    if (!k.plays(Behaviour::open_tree_attr)) return fail(E::NOSYS, "this release does not have the call");
    if (!uattr && usize) return fail(E::INVAL, "a size without a struct mount_attr");
    const Id<File> file = TRY(vfs_open_tree(k, task, dfd, filename, flags));
    if (uattr) {
        MountKattr kattr;
        kattr.idmap_replace = flags & OPEN_TREE::CLONE;
        kattr.recurse = flags & AT::RECURSIVE;
        auto result = wants_mount_setattr(k, task, uattr, usize, kattr);
        if (result && !kattr.nothing) result = do_mount_setattr(k, task, k[file].f_path, kattr);
        if (!result) {
            fput(k, file);
            return tl::unexpected(result.error());
        }
    }
    return fd_install(k, task, file, flags & OPEN_TREE::CLOEXEC);
}

} // namespace nslab
