// Follows fs/namei.c of Linux 6.18: the way of openat(2) from a path to an open file.
// Left out: devices, fifos and what waits for them, leases, O_NOATIME.

#include "sim/linux/fs/namei.hpp"

namespace nslab {
namespace {

/// The two bits of the access mode as rights. Source: include/linux/fs.h, ACC_MODE().
u32 acc_mode(u32 flags) {
    constexpr u32 table[] = {MAY::READ, MAY::WRITE, MAY::READ | MAY::WRITE, MAY::READ | MAY::WRITE};
    return table[flags & O::ACCMODE];
}

struct OpenWalk {
    Nameidata nd;
    u32 open_flags, mode;
    bool created = false;

    Kernel& k() { return nd.k; }
    Result<bool> last_lookups(std::string_view* link);
    Result<> lookup_open(Id<Dentry>* dentry);
    Result<Id<File>> do_open();
};

/// Looks the last component up and makes it where that was asked for. Source: fs/namei.c, lookup_open().
Result<> OpenWalk::lookup_open(Id<Dentry>* dentry) {
    const Id<Dentry> dir = nd.path.dentry;
    *dentry = TRY(lookup_child(k(), nd.task, dir, nd.last));
    if (*dentry) return {};
    if (!(open_flags & O::CREAT)) return fail(E::NOENT, "the name does not exist");
    TRY(mnt_want_write(k(), nd.path.mnt));
    TRY(fsuidgid_has_mapping(k(), nd.task, nd.path));
    TRY(inode_permission(k(), nd.task, nd.path, MAY::WRITE | MAY::EXEC));
    if (!has_op(k()[k()[dir].d_sb].type, Op::create)) return fail(E::ACCES, "the file system makes no files");
    const Id<Inode> inode = TRY(make_inode(k(), nd.task, nd.path, InodeKind::file, static_cast<u16>(mode & 07777)));
    *dentry = d_add(k(), dir, nd.last, inode);
    created = true;
    return {};
}

/// The last component. True and its text where it is a symlink to follow. Source: fs/namei.c, open_last_lookups().
Result<bool> OpenWalk::last_lookups(std::string_view* link) {
    if (nd.last_type != Last::norm) return nd.handle_dots(link);
    if (nd.trailing_slash) {
        if (open_flags & O::CREAT) return fail(E::ISDIR, "the path of a file to be made ends in /");
        nd.flags |= LOOKUP::FOLLOW | LOOKUP::DIRECTORY;
    }
    Id<Dentry> dentry;
    if (auto found = lookup_open(&dentry); !found) return nd.give_up(tl::unexpected<Error>(found.error()));
    if (created) {
        nd.path.dentry = dentry;
        return false;
    }
    return nd.step_into(dentry, WALK::TRAILING, link);
}

/// Source: fs/namei.c, may_open().
Result<> may_open(const Kernel& k, Id<Task> task, Path path, u32 acc_mode) {
    const Inode& inode = d_inode(k, path.dentry);
    switch (inode.kind) {
    case InodeKind::symlink:
    case InodeKind::magic_link: return fail(E::LOOP, "the path ends in a symlink that is not to be followed");
    case InodeKind::dir:
        if (acc_mode & MAY::WRITE) return fail(E::ISDIR, "a directory cannot be opened for writing");
        break;
    case InodeKind::device:
        if (k[path.mnt].mnt_flags & MNT::NODEV) return fail(E::ACCES, "the mount is nodev");
        return fail(E::NOSYS, "not modelled yet: opening devices");
    case InodeKind::fifo: return fail(E::NOSYS, "not modelled yet: opening fifos");
    case InodeKind::file:
    case InodeKind::proc_file:
    case InodeKind::ns_file: break;
    }
    return inode_permission(k, task, path, acc_mode);
}

/// An open file at `path`: counted where it may write. Source: fs/open.c, vfs_open() and do_dentry_open().
Result<Id<File>> vfs_open(Kernel& k, Id<Task> task, Path path, u32 open_flags) {
    const bool writer = !(open_flags & O::PATH) && (acc_mode(open_flags) & MAY::WRITE);
    if (writer) TRY(mnt_get_write_access(k, path.mnt));
    const Id<File> file =
        alloc_file(k, task, path, open_flags & ~(O::CREAT | O::EXCL | O::NOCTTY | O::TRUNC | O::CLOEXEC));
    k[file].writer = writer;
    if (!(open_flags & O::PATH) && d_inode(k, path.dentry).kind == InodeKind::proc_file) {
        if (auto opened = proc_open(k, task, file); !opened) {
            fput(k, file);
            return tl::unexpected<Error>(opened.error());
        }
    }
    return file;
}

/// The checks behind the walk, in the order that decides which errno wins. Source: fs/namei.c, do_open().
Result<Id<File>> OpenWalk::do_open() {
    const bool is_dir = d_is_dir(k(), nd.path.dentry);
    if (open_flags & O::CREAT) {
        if ((open_flags & O::EXCL) && !created) return fail(E::EXIST, "the name exists");
        if (is_dir) return fail(E::ISDIR, "the name is of a directory");
    }
    if ((nd.flags & LOOKUP::DIRECTORY) && !is_dir) return fail(E::NOTDIR, "the path leads to no directory");

    const InodeKind kind = d_inode(k(), nd.path.dentry).kind;
    const bool regular = kind == InodeKind::file || kind == InodeKind::proc_file || kind == InodeKind::ns_file;
    const bool truncate = !created && regular && (open_flags & O::TRUNC);
    if (truncate) TRY(mnt_want_write(k(), nd.path.mnt));
    u32 access = acc_mode(open_flags) | (open_flags & O::TRUNC ? MAY::WRITE : 0);
    if (created) access = 0; // whoever makes a file may open it, whatever its mode
    TRY(may_open(k(), nd.task, nd.path, access));
    const Id<File> file = TRY(vfs_open(k(), nd.task, nd.path, open_flags));
    if (truncate && kind == InodeKind::file) TRY(do_truncate(k(), nd.path.dentry, 0));
    return file;
}

/// O_TMPFILE: a file without a name in that directory's file system. Source: fs/namei.c, do_tmpfile().
Result<Id<File>> do_tmpfile(Nameidata& nd, u32 lookup_flags, u32 open_flags, u32 mode) {
    Kernel& k = nd.k;
    const HeldPath dir = TRY(nd.path_lookupat(lookup_flags | LOOKUP::DIRECTORY));
    TRY(mnt_want_write(k, dir->mnt));
    TRY(fsuidgid_has_mapping(k, nd.task, *dir));
    TRY(inode_permission(k, nd.task, *dir, MAY::WRITE | MAY::EXEC));
    if (!has_op(k[k[dir->dentry].d_sb].type, Op::tmpfile))
        return fail(E::OPNOTSUPP, "the file system has no O_TMPFILE");
    TRY(mnt_get_write_access(k, dir->mnt));
    auto inode = make_inode(k, nd.task, *dir, InodeKind::file, static_cast<u16>(mode & 07777));
    if (!inode) {
        mnt_put_write_access(k, dir->mnt);
        return tl::unexpected<Error>(inode.error());
    }
    k[*inode].i_nlink = 0;
    k[*inode].i_linkable = !(open_flags & O::EXCL);
    const Id<Dentry> dentry = d_alloc_unlinked(k, dir->dentry, "#" + std::to_string(k[*inode].i_ino), *inode);
    const Id<File> file = alloc_file(k, nd.task, {dir->mnt, dentry}, open_flags & ~(O::EXCL | O::CLOEXEC));
    k[file].writer = true;
    dput(k, dentry); // the file's own reference remains
    return file;
}

} // namespace

Result<Id<File>> do_filp_open(Kernel& k, Id<Task> task, i32 dfd, std::string_view name, u32 open_flags, u32 mode) {
    u32 lookup_flags = open_flags & O::DIRECTORY ? LOOKUP::DIRECTORY : 0;
    const bool excl = (open_flags & (O::CREAT | O::EXCL)) == (O::CREAT | O::EXCL);
    if (!(open_flags & O::NOFOLLOW) && !excl) lookup_flags |= LOOKUP::FOLLOW;

    OpenWalk walk{Nameidata(k, task, dfd, name), open_flags, mode};
    if ((open_flags & O::TMPFILE) == O::TMPFILE) return do_tmpfile(walk.nd, lookup_flags, open_flags, mode);
    if (open_flags & O::PATH) {
        const HeldPath path = TRY(walk.nd.path_lookupat(lookup_flags));
        return vfs_open(k, task, *path, open_flags);
    }
    std::string_view text = TRY(walk.nd.path_init(lookup_flags));
    do TRY(walk.nd.link_path_walk(text));
    while (TRY(walk.last_lookups(&text)));

    // The place is held from here on, and letting go of it counts as a use of the mount.
    const Path held = walk.nd.path;
    path_get(k, held);
    const HeldPath put(k, held);
    return walk.do_open();
}

} // namespace nslab
