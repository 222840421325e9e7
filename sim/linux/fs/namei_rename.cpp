// Follows fs/namei.c of Linux 6.18: rename(2), with the renaming of mm/shmem.c and fs/libfs.c.

#include "sim/linux/fs/namei.hpp"
#include "sim/linux/syscalls.hpp"

namespace nslab {
namespace {

/// Of two directories the child of `p2` that is `p1` or above it, or the child of `p1` that is above `p2`: what must
/// not be moved below itself. NULL where neither is above the other; EXDEV: they are of trees that have nothing in
/// common. Source: fs/namei.c, lock_two_directories().
Result<Id<Dentry>> lock_rename(const Kernel& k, Id<Dentry> p1, Id<Dentry> p2) {
    if (p1 == p2) return Id<Dentry>{};
    Id<Dentry> p = p1;
    for (Id<Dentry> r = k[p].d_parent; r != p; r = k[p].d_parent) {
        if (r == p2) return p;
        p = r;
    }
    Id<Dentry> q = p2;
    for (Id<Dentry> r = k[q].d_parent; r != p; r = k[q].d_parent) {
        if (r == p1) return q;
        if (r == q) return fail(E::XDEV, "the two directories have nothing in common");
        q = r;
    }
    if (p == p1) return q; // p1 is the root that p2 is below
    return Id<Dentry>{};
}

struct RenameData {
    Id<Mount> mnt;
    Id<Dentry> old_parent, old_dentry, new_parent, new_dentry; // the last NULL where the name is free
    std::string_view new_name;
    u32 flags = 0;
};

bool is_empty(const Kernel& k, Id<Dentry> d) { return !d || !k[d].d_child_first; }

/// The part of the file system: link counts, and what is refused. Source: mm/shmem.c, shmem_rename2(), and fs/libfs.c,
/// simple_rename() and simple_rename_exchange().
Result<> simple_rename(Kernel& k, const RenameData& rd) {
    const FsType type = k[k[rd.old_parent].d_sb].type;
    Inode& old_dir = d_inode(k, rd.old_parent);
    Inode& new_dir = d_inode(k, rd.new_parent);
    const bool they_are_dirs = d_is_dir(k, rd.old_dentry);
    if ((rd.flags & RENAME::WHITEOUT) && type == FsType::ramfs)
        return fail(E::INVAL, "the file system has no whiteouts");
    if (rd.flags & RENAME::EXCHANGE) {
        const bool new_is_dir = d_is_dir(k, rd.new_dentry);
        if (rd.old_parent != rd.new_parent && they_are_dirs != new_is_dir) {
            --(they_are_dirs ? old_dir : new_dir).i_nlink;
            ++(they_are_dirs ? new_dir : old_dir).i_nlink;
        }
        return {};
    }
    if (!is_empty(k, rd.new_dentry)) return fail(E::NOTEMPTY, "the directory in the way is not empty");
    if (rd.flags & RENAME::WHITEOUT) TRY(shmem_reserve_inode(k, k[rd.old_parent].d_sb));
    if (rd.new_dentry) {
        Inode& target = d_inode(k, rd.new_dentry);
        --target.i_nlink;
        if (they_are_dirs) {
            --target.i_nlink;
            --old_dir.i_nlink;
        }
    } else if (they_are_dirs) {
        --old_dir.i_nlink;
        ++new_dir.i_nlink;
    }
    return {};
}

/// Source: fs/namei.c, vfs_rename().
Result<> vfs_rename(Kernel& k, Id<Task> task, const RenameData& rd) {
    const bool is_dir = d_is_dir(k, rd.old_dentry);
    const Id<Dentry> target = rd.new_dentry;
    if (target && k[rd.old_dentry].d_inode == k[target].d_inode) return {}; // two names of one file

    const Path old_dir{rd.mnt, rd.old_parent}, new_dir{rd.mnt, rd.new_parent};
    TRY(may_delete(k, task, old_dir, rd.old_dentry, is_dir));
    if (!target)
        TRY(may_create(k, task, new_dir, {}));
    else
        TRY(may_delete(k, task, new_dir, target, rd.flags & RENAME::EXCHANGE ? d_is_dir(k, target) : is_dir));

    const FsType type = k[k[rd.old_parent].d_sb].type;
    if (!has_op(type, Op::rename)) return fail(E::PERM, "the file system has no rename");
    if (rd.old_parent != rd.new_parent) { // the .. of a directory changes
        if (is_dir) TRY(inode_permission(k, task, {rd.mnt, rd.old_dentry}, MAY::WRITE));
        if ((rd.flags & RENAME::EXCHANGE) && d_is_dir(k, target))
            TRY(inode_permission(k, task, {rd.mnt, target}, MAY::WRITE));
    }
    for (const Id<Dentry> d : {rd.old_dentry, target})
        if (d && d_mountpoint(k, d) && is_local_mountpoint(k, task, d))
            return fail(E::BUSY, "something of the caller's mount namespace is mounted there");
    if (op_is_refused(type, Op::rename)) {
        if (rd.flags) return fail(E::INVAL, "the file system knows no flags of rename");
        return fail(E::PERM, "the file system does not let names be changed");
    }
    TRY(simple_rename(k, rd));

    if (rd.flags & RENAME::EXCHANGE) {
        d_exchange(k, rd.old_dentry, target);
        return {};
    }
    // The new name keeps the place in the directory that the one in its way had.
    const u32 offset = target ? k[target].d_offset : d_inode(k, rd.new_parent).next_offset++;
    if (rd.flags & RENAME::WHITEOUT) { // for a moment there are two of that name
        const Id<Inode> whiteout = TRY(make_inode(k, task, old_dir, InodeKind::device, 0));
        d_add(k, rd.old_parent, k[rd.old_dentry].d_name, whiteout);
    }
    if (target) {
        dget(k, target);
        d_drop(k, target);
        k[target].d_cant_mount = true;
        if (d_mountpoint(k, target)) detach_mounts(k, target);
    }
    d_move(k, rd.old_dentry, rd.new_parent, rd.new_name);
    k[rd.old_dentry].d_offset = offset;
    if (target) dput(k, target);
    return {};
}

} // namespace

/// rename(2) and renameat2(2). EXDEV: another mount, also of the same file system; EBUSY: a mount point of the caller's
/// mount namespace, or a path that ends in ., .. or /; EINVAL, ENOTEMPTY: one would come to lie below itself.
/// Source: fs/namei.c, do_renameat2().
Result<> sys_renameat2(Kernel& k, Id<Task> task, i32 olddfd, const Str& oldpath, i32 newdfd, const Str& newpath,
                       u32 flags) {
    if (flags & ~(RENAME::NOREPLACE | RENAME::EXCHANGE | RENAME::WHITEOUT)) return fail(E::INVAL, "unknown flags");
    const bool exchange = flags & RENAME::EXCHANGE;
    if (exchange && flags != RENAME::EXCHANGE) return fail(E::INVAL, "RENAME_EXCHANGE goes with no other flag");
    u32 target_flags = exchange ? 0 : LOOKUP::CREATE;
    if (flags & RENAME::NOREPLACE) target_flags |= LOOKUP::EXCL;

    const ParentPath from = TRY(filename_parentat(k, task, olddfd, oldpath));
    const ParentPath to = TRY(filename_parentat(k, task, newdfd, newpath));
    if (from.path->mnt != to.path->mnt) return fail(E::XDEV, "the two paths are on different mounts");
    if (from.type != Last::norm) return fail(E::BUSY, "the old path ends in ., .. or /");
    if (to.type != Last::norm)
        return fail(flags & RENAME::NOREPLACE ? E::EXIST : E::BUSY, "the new path ends in ., .. or /");
    TRY(mnt_want_write(k, from.path->mnt));

    RenameData rd;
    rd.mnt = from.path->mnt;
    rd.old_parent = from.path->dentry;
    rd.new_parent = to.path->dentry;
    rd.new_name = to.last;
    rd.flags = flags;
    const Id<Dentry> trap = TRY(lock_rename(k, rd.new_parent, rd.old_parent));
    rd.old_dentry = TRY(lookup_one(k, task, rd.old_parent, from.last, 0));
    rd.new_dentry = TRY(lookup_one(k, task, rd.new_parent, to.last, target_flags));

    if (exchange && !d_is_dir(k, rd.new_dentry) && to.trailing_slash)
        return fail(E::NOTDIR, "the new path ends in / and is of no directory");
    if (!d_is_dir(k, rd.old_dentry) && (from.trailing_slash || (!exchange && to.trailing_slash)))
        return fail(E::NOTDIR, "a path ends in / and the old one is of no directory");
    if (trap && rd.old_dentry == trap) return fail(E::INVAL, "a directory would come to lie below itself");
    if (trap && rd.new_dentry == trap)
        return fail(exchange ? E::INVAL : E::NOTEMPTY, "the old path lies below the new one");
    return vfs_rename(k, task, rd);
}

} // namespace nslab
