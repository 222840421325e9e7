// Follows fs/super.c of Linux 6.18: super blocks, from their making to the last mount.
// Left out: block devices, freezing, what shrinks under memory pressure.

#include "sim/linux/fs/fs_context.hpp"
#include "sim/linux/fs/mount.hpp"
#include "sim/linux/kernel/internal.hpp"
#include "sim/linux/kernel/user_namespace.hpp"

namespace nslab {
namespace {

constexpr u32 kSbFlags =
    static_cast<u32>(MS::RDONLY | MS::SYNCHRONOUS | MS::MANDLOCK | MS::DIRSYNC | MS::LAZYTIME | MS::NOUSER);

/// Whether all that mount the type share one super block (in one namespace).
bool is_keyed(FsType type) { return type == FsType::mqueue || type == FsType::sysfs || type == FsType::cgroup2; }

/// Whether that is there before anybody mounts it and stays for good: the kernel opens queues through a mount of its
/// own (mq_create_mount()), and the machine has its cgroups mounted somewhere outside of the world.
bool is_always_there(FsType type) { return type == FsType::mqueue || type == FsType::cgroup2; }

/// A sysfs or mqueue outlives its namespace and belongs to nobody then.
bool holds_ns(FsType type) { return type == FsType::proc; }

Id<SuperBlock> find_super(const Kernel& k, FsType type, Id<Namespace> ns) {
    Id<SuperBlock> found;
    k.supers.each([&](Id<SuperBlock> id, const SuperBlock& sb) {
        if (sb.type == type && (type == FsType::cgroup2 || sb.ns == ns)) found = id;
    });
    return found;
}

Id<Dentry> make_root(Kernel& k, Id<SuperBlock> sb, u16 mode) {
    return d_make_root(k, new_inode(k, sb, InodeKind::dir, mode));
}

Id<Dentry> make_dir(Kernel& k, Id<Dentry> parent, std::string_view name) {
    ++d_inode(k, parent).i_nlink;
    return d_add(k, parent, name, new_inode(k, k[parent].d_sb, InodeKind::dir, 0755));
}

/// What others mount on, and what every machine has beside it. Source: Documentation/ABI/testing/sysfs-*.
void fill_sysfs(Kernel& k, Id<Dentry> root) {
    for (const char* name : {"block", "bus", "class", "dev", "devices", "firmware", "module", "power"})
        make_dir(k, root, name);
    d_inode(k, make_dir(k, make_dir(k, root, "fs"), "cgroup")).i_empty_dir = true;
    d_inode(k, make_dir(k, make_dir(k, root, "kernel"), "debug")).i_empty_dir = true;
}

void belongs_to_maker(Kernel& k, Id<Task> maker, Id<Dentry> d) {
    d_inode(k, d).i_uid = task_cred(k, maker).fsuid;
    d_inode(k, d).i_gid = task_cred(k, maker).fsgid;
}

/// What no type sets is 0 of the super block's user namespace. Source: fs/inode.c, inode_init_always().
void belongs_to_root_of(Kernel& k, Id<Namespace> user_ns, Id<Dentry> d) {
    d_inode(k, d).i_uid = make_kuid(k, user_ns, 0);
    d_inode(k, d).i_gid = make_kgid(k, user_ns, 0);
}

/// Source: ->fill_super of each type. `maker` is who makes the super block, not who opened the context.
void fill_super(Kernel& k, Id<Task> maker, Id<SuperBlock> sb) {
    const FsOptions opts = k[sb].opts;
    Id<Dentry> root;
    switch (k[sb].type) {
    case FsType::rootfs:
    case FsType::tmpfs:
        root = make_root(k, sb, opts.mode);
        d_inode(k, root).i_uid = opts.uid;
        d_inode(k, root).i_gid = opts.gid;
        break;
    case FsType::ramfs:
        root = make_root(k, sb, opts.mode);
        belongs_to_maker(k, maker, root);
        break;
    case FsType::proc: root = proc_fill_super(k, sb); break;
    case FsType::sysfs:
        root = make_root(k, sb, 0555);
        fill_sysfs(k, root);
        break;
    case FsType::mqueue:
        root = make_root(k, sb, 01777);
        belongs_to_maker(k, maker, root);
        break;
    case FsType::devpts:
        root = make_root(k, sb, 0755);
        belongs_to_root_of(k, k[sb].s_user_ns, root);
        belongs_to_maker(k, maker, d_add(k, root, "ptmx", new_inode(k, sb, InodeKind::device, opts.ptmxmode)));
        break;
    case FsType::cgroup2: root = make_root(k, sb, 0555); break;
    case FsType::nsfs:
    case FsType::foreign: root = make_root(k, sb, 0); break;
    }
    k[sb].s_root = root;
}

/// A super block of fc's type, with s_active 1 for the caller. Source: fs/super.c, sget_fc().
Id<SuperBlock> alloc_super(Kernel& k, Id<Task> maker, Id<FsContext> fc) {
    const FsContext context = k[fc];
    const Id<SuperBlock> id = k.supers.alloc();
    {
        SuperBlock& sb = k[id];
        sb.type = context.type;
        sb.s_flags = is_always_there(context.type) ? 0 : context.sb_flags & kSbFlags;
        sb.s_readonly = (sb.s_flags & MS::RDONLY) != 0;
        sb.s_dev = k.anon_dev.alloc();
        sb.s_active = 1;
        sb.opts = context.opts;
        // The group of a proc is one of who makes it, whoever has said it.
        if (sb.type == FsType::proc && (sb.opts.seen & SEEN::GID))
            sb.opts.gid = make_kgid(k, current_user_ns(k, maker), sb.opts.gid);
        sb.options = show_options(k, context.type, sb.opts);
        sb.ns = context.ns;
        // FsContext::global: these are the machine's, whoever mounts them.
        const bool global = context.type == FsType::sysfs || context.type == FsType::cgroup2;
        sb.s_user_ns = global ? k.init_user_ns : context.user_ns;
    }
    get_namespace(k, k[id].s_user_ns);
    if (context.ns && holds_ns(context.type)) get_namespace(k, context.ns);
    fill_super(k, maker, id);
    return id;
}

/// An inode without a name that is still held; a file system cannot become read-only before it is gone. Source: struct
/// super_block, s_remove_count.
bool has_removed_inodes(const Kernel& k, Id<SuperBlock> sb) {
    bool found = false;
    k.inodes.each([&](Id<Inode>, const Inode& inode) { found |= inode.i_sb == sb && inode.i_nlink == 0; });
    return found;
}

/// EBUSY: somebody may still write. Source: fs/namespace.c, sb_prepare_remount_readonly().
Result<> sb_prepare_remount_readonly(const Kernel& k, Id<SuperBlock> sb) {
    if (has_removed_inodes(k, sb)) return fail(E::BUSY, "a removed file is still held");
    bool writers = false;
    k.mounts.each([&](Id<Mount> id, const Mount& m) {
        if (mnt_sb(k, id) == sb && !(m.mnt_flags & MNT::READONLY)) writers |= m.mnt_writers > 0;
    });
    if (writers) return fail(E::BUSY, "a file is open for writing on the super block");
    return {};
}

/// What a type does with new options. Source: ->reconfigure of each type.
Result<> reconfigure(Kernel& k, Id<Task> task, Id<SuperBlock> sb, const FsOptions& opts) {
    FsOptions& now = k[sb].opts;
    switch (k[sb].type) {
    case FsType::rootfs:
    case FsType::tmpfs: TRY(shmem_reconfigure(k, sb, opts)); break;
    case FsType::proc:
        if (opts.seen & SEEN::GID) now.gid = make_kgid(k, current_user_ns(k, task), opts.gid);
        if (opts.seen & SEEN::HIDEPID) now.hidepid = opts.hidepid;
        if (opts.seen & SEEN::SUBSET) now.pidonly = opts.pidonly;
        break;
    case FsType::devpts: // what is not given becomes the default again
        now = opts;
        if (const Id<Dentry> ptmx = d_lookup(k, k[sb].s_root, "ptmx")) d_inode(k, ptmx).i_mode = opts.ptmxmode;
        break;
    case FsType::ramfs:
    case FsType::sysfs:
    case FsType::mqueue:
    case FsType::cgroup2:
    case FsType::nsfs:
    case FsType::foreign: return {};
    }
    k[sb].options = show_options(k, k[sb].type, now);
    return {};
}

} // namespace

Result<> vfs_get_tree(Kernel& k, Id<Task> task, Id<FsContext> fc) {
    const FsContext& context = std::as_const(k)[fc];
    if (context.root) return fail(E::BUSY, "the context has a super block already");
    Id<SuperBlock> sb = is_keyed(context.type) ? find_super(k, context.type, context.ns) : Id<SuperBlock>{};
    if (!sb && is_always_there(context.type)) {
        sb = alloc_super(k, task, fc);
        kern_mount(k, context.type, k[sb].s_root);
        --k[sb].s_active; // the mount's own remains
    }
    if (sb && context.exclusive) return fail(E::BUSY, "the file system exists already");
    if (sb)
        ++k[sb].s_active;
    else
        sb = alloc_super(k, task, fc);
    const Id<Dentry> root = k[sb].s_root;
    dget(k, root);
    k[fc].root = root;
    return {};
}

bool mount_capable(const Kernel& k, Id<Task> task, Id<FsContext> fc) {
    return ns_capable(k, task, k[fc].user_ns, CAP::SYS_ADMIN);
}

Result<> reconfigure_super(Kernel& k, Id<Task> task, Id<FsContext> fc) {
    constexpr u64 kRemountMask = MS::RDONLY | MS::SYNCHRONOUS | MS::MANDLOCK | MS::I_VERSION | MS::LAZYTIME;
    const FsContext context = std::as_const(k)[fc];
    const Id<SuperBlock> sb = k[context.root].d_sb;
    const u32 mask = context.sb_flags_mask, flags = context.sb_flags;
    if (mask & ~kRemountMask) return fail(E::INVAL, "a flag that cannot be changed, such as dirsync");
    const bool remount_ro = (mask & flags & MS::RDONLY) && !k[sb].s_readonly;
    if (remount_ro) TRY(sb_prepare_remount_readonly(k, sb));
    TRY(reconfigure(k, task, sb, context.opts));
    SuperBlock& s = k[sb];
    s.s_flags = (s.s_flags & ~mask) | (flags & mask & kSbFlags);
    s.s_readonly = (s.s_flags & MS::RDONLY) != 0;
    return {};
}

void deactivate_super(Kernel& k, Id<SuperBlock> sb) {
    if (--k[sb].s_active) return;
    // shrink_dcache_for_umount(): nothing is held any more, so that each leaf goes when its name does.
    const Id<Dentry> root = std::as_const(k)[sb].s_root;
    for (Id<Dentry> d = root;;) {
        while (const Id<Dentry> child = std::as_const(k)[d].d_child_first) d = child;
        if (d == root) break;
        const Id<Dentry> parent = std::as_const(k)[d].d_parent;
        d_drop(k, d);
        d = parent;
    }
    const SuperBlock s = std::as_const(k)[sb];
    dput(k, root);
    k.supers.free(sb);
    if (s.s_dev_major == 0) k.anon_dev.free(s.s_dev);
    if (s.ns && holds_ns(s.type)) put_namespace(k, s.ns);
    if (s.s_user_ns) put_namespace(k, s.s_user_ns);
}

void mq_init_ns(Kernel& k, Id<Task> maker, Id<Namespace> ipc_ns) {
    const Id<SuperBlock> id = k.supers.alloc();
    {
        SuperBlock& sb = k[id];
        sb.type = FsType::mqueue;
        sb.s_dev = k.anon_dev.alloc();
        sb.s_active = 1;
        sb.opts = default_options(FsType::mqueue);
        sb.ns = ipc_ns;
        sb.s_user_ns = k[ipc_ns].ns.user_ns;
    }
    get_namespace(k, k[id].s_user_ns);
    fill_super(k, maker, id);
    kern_mount(k, FsType::mqueue, k[id].s_root);
    --k[id].s_active; // kept by the mount from now on
}

void sysfs_forget_net(Kernel& k, Id<Namespace> net_ns) {
    if (const Id<SuperBlock> sb = find_super(k, FsType::sysfs, net_ns)) k[sb].ns = {};
}

void mq_put_mnt(Kernel& k, Id<Namespace> ipc_ns) {
    const Id<SuperBlock> sb = find_super(k, FsType::mqueue, ipc_ns);
    if (!sb) return;
    k[sb].ns = {}; // mq_clear_sbinfo(): what is mounted still belongs to nobody from now on
    Id<Mount> own;
    k.mounts.each([&](Id<Mount> id, const Mount& m) {
        if (m.internal && mnt_sb(k, id) == sb) own = id;
    });
    k[own].internal = false;
    mntput(k, own);
}

} // namespace nslab
