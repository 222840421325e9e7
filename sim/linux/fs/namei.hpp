#pragma once
// What the files that were fs/namei.c and fs/open.c in the kernel share: a walk in progress, and the way to a name that
// is to be made or removed.

#include <memory>

#include "sim/linux/fs/internal.hpp"

namespace nslab {

/// What a path's last component is. Source: include/linux/namei.h.
enum class Last : u8 { norm, root, dot, dotdot };

/// A name from user space, checked as getname() does. EFAULT: NULL or a bad pointer; ENAMETOOLONG: 4096 bytes and more;
/// ENOENT: "" where `empty_allowed` is not set. Source: fs/namei.c, getname_flags().
Result<std::string_view> getname(const Str& name, bool empty_allowed = false);

/// A walk in progress. It holds no references, since nothing can vanish while a call runs; only what a magic link made
/// on the way is kept. Source: fs/namei.c, struct nameidata.
class Nameidata {
  public:
    Nameidata(Kernel& kernel, Id<Task> t, i32 descriptor, std::string_view pathname)
        : k(kernel), task(t), dfd(descriptor), name(pathname) {}

    /// Finds where the walk begins and gives the text to walk. EBADF, ENOTDIR.
    Result<std::string_view> path_init(u32 lookup_flags);
    /// Walks all but the last component, which is then in `last`.
    Result<> link_path_walk(std::string_view text);
    /// Goes on to the last one. Gives the text of a symlink that is to be walked, or nothing when the walk has ended.
    Result<bool> lookup_last(std::string_view* link);
    /// Steps to the child `dentry`, over what is mounted there; true and its text where it is a symlink to follow.
    Result<bool> step_into(Id<Dentry> dentry, u32 flags, std::string_view* link);
    Result<bool> handle_dots(std::string_view* link);
    /// What is mounted on the place reached, and on that.
    void handle_lookup_down();
    Result<HeldPath> path_lookupat(u32 lookup_flags);
    Result<HeldPath> path_parentat(u32 lookup_flags);

    /// A walk that ends in an error after it has held the place that it came to (kernel: try_to_unlazy()) lets go of
    /// it; that counts as a use of the mount.
    tl::unexpected<Error> give_up(tl::unexpected<Error> error);
    /// What dropping a reference to a mount does to the mark of MNT_EXPIRE. Source: fs/namespace.c, mntput().
    void unmark(Id<Mount> m);

    Kernel& k;
    Id<Task> task;
    i32 dfd;
    std::string_view name;
    Path path, root;
    u32 flags = 0; // LOOKUP::
    Last last_type = Last::root;
    bool trailing_slash = false; // behind the last component
    std::string_view last;

  private:
    Result<bool> walk_component(u32 walk_flags, std::string_view* link);
    Result<bool> pick_link(Path link, std::string_view* text);
    bool choose_mountpoint(Id<Mount> m, Path* found) const;
    Result<Id<Dentry>> follow_dotdot();
    void set_root();

    u32 total_link_count_ = 0;
    HeldPath jumped_;                                 // where the last magic link led
    std::vector<std::unique_ptr<std::string>> texts_; // of symlinks that are made up on the spot
    std::vector<std::string_view> stack_;             // what remains of the paths that symlinks interrupted
};

namespace WALK {
inline constexpr u32 TRAILING = 1, MORE = 2, NOFOLLOW = 4;
}

/// A directory, held, and a name in it that is yet to be looked up. Source: fs/namei.c, filename_parentat().
struct ParentPath {
    HeldPath path;
    std::string_view last;
    Last type = Last::norm;
    bool trailing_slash = false;
};
Result<ParentPath> filename_parentat(Kernel& k, Id<Task> task, i32 dfd, const Str& name);

/// The child of this name, NULL where there may be one but is none. ENOENT: the directory has been removed, or its file
/// system says so itself; ENAMETOOLONG. Source: fs/namei.c, __lookup_slow(), and ->lookup of the file systems.
Result<Id<Dentry>> lookup_child(Kernel& k, Id<Task> task, Id<Dentry> dir, std::string_view name);
/// The same, for who is about to change the directory; `lookup_flags` say what is wanted there. ENOENT: nothing and no
/// LOOKUP::CREATE; EEXIST: something and LOOKUP::EXCL. Source: fs/namei.c, lookup_one_qstr_excl().
Result<Id<Dentry>> lookup_one(Kernel& k, Id<Task> task, Id<Dentry> dir, std::string_view name, u32 lookup_flags);
/// The way to a name that is to be made. EEXIST before EROFS. Source: fs/namei.c, filename_create().
Result<ParentPath> filename_create(Kernel& k, Id<Task> task, i32 dfd, const Str& name, u32 lookup_flags);

/// What may be asked of a directory beyond reading it.
enum class Op : u8 { create, mkdir, rmdir, unlink, symlink, link, rename, tmpfile };
/// Whether directories of the type have the operation at all. Source: struct inode_operations of each type.
bool has_op(FsType type, Op op);
/// Whether a change of a directory is refused by the type after all checks of the VFS: kernfs without syscall_ops.
bool op_is_refused(FsType type, Op op);

/// S_IMMUTABLE: a namespace file, or the directory of a task in proc; EPERM for who would change it, whoever it is.
bool is_immutable(const Inode& inode);

namespace MAY {
inline constexpr u32 EXEC = 1, WRITE = 2, READ = 4;
}
/// EROFS: the super block is read-only. EPERM: written to what is immutable. EACCES: its mode does not allow it, or it
/// is written to and its owner or group has no name on the mount. Source: fs/namei.c, inode_permission().
Result<> inode_permission(const Kernel& k, Id<Task> task, Path path, u32 mask);
/// EOVERFLOW: the caller's ids for files have no name on the mount or in the user namespace of the directory's super
/// block, so that nothing can be made there. Source: include/linux/fs.h, fsuidgid_has_mapping().
Result<> fsuidgid_has_mapping(const Kernel& k, Id<Task> task, Path dir);
/// Whether the caller may do as the owner does. Source: fs/inode.c, inode_owner_or_capable().
bool inode_owner_or_capable(const Kernel& k, Id<Task> task, Path path);
/// Whether it is of the group of the inode, or may do as if. Source: fs/inode.c, in_group_or_capable().
bool in_group_or_capable(const Kernel& k, Id<Task> task, Path path);
/// The owner or the group has no name on the mount. Source: include/linux/fs.h, HAS_UNMAPPED_ID().
bool has_unmapped_id(const Kernel& k, Path path);
/// Source: fs/namei.c, may_create() and may_delete().
Result<> may_create(const Kernel& k, Id<Task> task, Path dir, Id<Dentry> child);
Result<> may_delete(const Kernel& k, Id<Task> task, Path dir, Id<Dentry> victim, bool isdir);

/// An inode for a name in `dir` of a tmpfs, ramfs or mqueue, owned by the caller as the mount maps its ids; `mode`
/// before the umask. ENOSPC: nr_inodes of a tmpfs. Source: mm/shmem.c, shmem_get_inode().
Result<Id<Inode>> make_inode(Kernel& k, Id<Task> task, Path dir, InodeKind kind, u16 mode);
/// A further name of an inode counts as an inode to a tmpfs. Source: mm/shmem.c, shmem_reserve_inode().
Result<> shmem_reserve_inode(const Kernel& k, Id<SuperBlock> sb);
/// How many blocks and inodes a tmpfs has, and how many are left. Source: mm/shmem.c, shmem_statfs().
void shmem_statfs(const Kernel& k, Id<SuperBlock> sb, StatfsBuf& buf);
/// How many bytes a file of a tmpfs may grow. Source: mm/shmem.c, shmem_inode_acct_blocks().
u64 shmem_room(const Kernel& k, Id<SuperBlock> sb, Id<Inode> inode);

/// The open file of openat(2), not yet installed. Source: fs/namei.c, do_filp_open().
Result<Id<File>> do_filp_open(Kernel& k, Id<Task> task, i32 dfd, std::string_view name, u32 open_flags, u32 mode);

/// A dentry without a place in its directory; the one reference is the caller's. Source: fs/dcache.c, d_tmpfile().
Id<Dentry> d_alloc_unlinked(Kernel& k, Id<Dentry> parent, std::string_view name, Id<Inode> inode);

/// Sets the size of a regular file. EFBIG: beyond what a file can have. Source: fs/open.c, do_truncate().
Result<> do_truncate(Kernel& k, Id<Dentry> dentry, u64 length);

} // namespace nslab
