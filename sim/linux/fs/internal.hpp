#pragma once
// What the files of fs/ offer each other: the kernel's fs/internal.h, fs/mount.h, fs/pnode.h and the parts of
// include/linux/{namei,dcache,path,fs_context}.h that the model has.

#include <string>
#include <string_view>

#include "sim/linux/kernel.hpp"
#include "sim/linux/uapi/buffers.hpp"

namespace nslab {

// ---- dcache.cpp: dentries and inodes

inline void dget(Kernel& k, Id<Dentry> d) { ++k[d].d_count; }
/// Drops a reference; frees the dentry (and its inode with its last one) when nothing holds it any more.
void dput(Kernel& k, Id<Dentry> d);
/// The child of this name that is linked, or NULL. Source: fs/dcache.c, d_lookup().
Id<Dentry> d_lookup(const Kernel& k, Id<Dentry> parent, std::string_view name);
/// A new name for an inode in a directory, linked at once. Returned without a reference for the caller.
Id<Dentry> d_add(Kernel& k, Id<Dentry> parent, std::string_view name, Id<Inode> inode);
/// Takes a name out of its directory; the dentry lives on unhashed while somebody holds it.
void d_drop(Kernel& k, Id<Dentry> d);
/// Renames: `d` becomes `name` in `parent`. Source: fs/dcache.c, d_move().
void d_move(Kernel& k, Id<Dentry> d, Id<Dentry> parent, std::string_view name);
/// Both change places and names. Source: fs/dcache.c, d_exchange().
void d_exchange(Kernel& k, Id<Dentry> a, Id<Dentry> b);
/// Whether `d` is `ancestor` or below it in the same file system. Source: fs/dcache.c, is_subdir().
bool is_subdir(const Kernel& k, Id<Dentry> d, Id<Dentry> ancestor);
Id<Inode> new_inode(Kernel& k, Id<SuperBlock> sb, InodeKind kind, u16 mode);
/// A root dentry for a super block; d_count 1, which is the super block's.
Id<Dentry> d_make_root(Kernel& k, Id<Inode> inode);

inline const Inode& d_inode(const Kernel& k, Id<Dentry> d) { return k[k[d].d_inode]; }
inline Inode& d_inode(Kernel& k, Id<Dentry> d) { return k[k[d].d_inode]; }
/// Of an open file that has a path. Source: include/linux/fs.h.
inline const Inode& file_inode(const Kernel& k, const File& file) { return k[file.f_inode]; }
/// d_is_dir(). A magic link or a symlink is none.
inline bool d_is_dir(const Kernel& k, Id<Dentry> d) { return d_inode(k, d).kind == InodeKind::dir; }
inline bool d_unlinked(const Kernel& k, Id<Dentry> d) { return k[d].d_unhashed; }
/// d_mountpoint(): some mount in some namespace is attached here.
inline bool d_mountpoint(const Kernel& k, Id<Dentry> d) { return bool(k[d].d_mounts); }

// ---- paths that are held

inline void path_get(Kernel& k, Path p, i32 times = 1) {
    k[p.mnt].mnt_count += times;
    k[p.dentry].d_count += times;
}
/// Drops the last reference of a path or of one of both.
void path_put_last(Kernel& k, Path p);
/// Drops the references of a path: dput() and mntput(), which also clears the mount's expiry mark.
inline void path_put(Kernel& k, Path p, i32 times = 1) {
    Mount& mount = k[p.mnt];
    Dentry& dentry = k[p.dentry];
    if (mount.mnt_count <= times || dentry.d_count <= times) [[unlikely]] {
        for (; times > 0; --times) path_put_last(k, p);
        return;
    }
    dentry.d_count -= times;
    mount.mnt_expiry_mark = false;
    mount.mnt_count -= times;
}
/// The same of root and working directory, which mostly are one path.
inline void path_get_both(Kernel& k, Path root, Path pwd) {
    if (root == pwd) return path_get(k, root, 2);
    path_get(k, root);
    path_get(k, pwd);
}
inline void path_put_both(Kernel& k, Path root, Path pwd) {
    if (root == pwd) return path_put(k, root, 2);
    path_put(k, root);
    path_put(k, pwd);
}

/// A path with its references, dropped when it goes out of scope.
class HeldPath {
  public:
    HeldPath() = default;
    /// Takes over the references of `p`.
    HeldPath(Kernel& k, Path p) : k_(&k), path_(p) {}
    HeldPath(HeldPath&& other) noexcept : k_(std::exchange(other.k_, nullptr)), path_(other.path_) {}
    HeldPath& operator=(HeldPath&& other) noexcept {
        std::swap(k_, other.k_);
        std::swap(path_, other.path_);
        return *this;
    }
    ~HeldPath() {
        if (k_) path_put(*k_, path_);
    }
    const Path& operator*() const { return path_; }
    const Path* operator->() const { return &path_; }
    operator Path() const { return path_; }
    /// The path, whose references the caller now has to drop.
    Path release() {
        k_ = nullptr;
        return path_;
    }

  private:
    Kernel* k_ = nullptr;
    Path path_;
};

// ---- namei.cpp: walking

namespace LOOKUP {
inline constexpr u32 FOLLOW = 1, DIRECTORY = 2, AUTOMOUNT = 4, EMPTY = 8, PARENT = 0x10, CREATE = 0x20, EXCL = 0x40,
                     MOUNTPOINT = 0x80; // MOUNTPOINT: does not revalidate the last component
}

/// Walks `name` from `dfd` (or the root, where it begins with /) as `task` does, through symlinks, mounts and `..`.
/// EFAULT: bad pointer; ENOENT: "" without LOOKUP::EMPTY, or a component is missing; ENOTDIR, ELOOP, ENAMETOOLONG,
/// EBADF as in path_resolution(7). NULL counts as a bad pointer, also with LOOKUP::EMPTY: the calls that take NULL for
/// "" (newfstatat, move_mount: getname_maybe_null() of the kernel) see to that themselves. The result is held. Source:
/// fs/namei.c, user_path_at() and path_lookupat().
Result<HeldPath> user_path_at(Kernel& k, Id<Task> task, i32 dfd, const Str& name, u32 lookup_flags);
/// The same with a name of the kernel's own, from the task's working directory. Source: fs/namei.c, kern_path().
Result<HeldPath> kern_path(Kernel& k, Id<Task> task, std::string_view name, u32 lookup_flags);

// ---- d_path.cpp

/// The path as seen from `root`, without a word about an unlinked one. `reachable` says whether `root` is above it.
/// Source: fs/d_path.c, prepend_path().
struct PathText {
    std::string text;
    bool reachable = true;
    bool detached = false; // ends at a mount that is attached nowhere
};
PathText path_text(const Kernel& k, Path p, Path root);
/// What readlink of /proc/PID/cwd and the like says to a task: " (deleted)" behind what is unlinked; "mnt:[4026531841]"
/// for a namespace file that is mounted nowhere. Source: fs/d_path.c, d_path().
std::string d_path(const Kernel& k, Path p, Id<Task> reader);
/// The path inside its file system, as mountinfo's 4th field, with "//deleted" behind an unlinked one. Source:
/// fs/d_path.c, dentry_path().
std::string dentry_path(const Kernel& k, Id<Dentry> d);

// ---- file.cpp, file_table.cpp: descriptors

/// The open file of a descriptor, NULL where there is none. Source: fs/file.c, files_lookup_fd_raw().
inline Id<File> files_lookup_fd(const Kernel& k, Id<Task> task, i32 fd) {
    const std::vector<Fd>& table = k[k[task].files].fd;
    return fd >= 0 && static_cast<std::size_t>(fd) < table.size() ? table[static_cast<std::size_t>(fd)].file
                                                                  : Id<File>{};
}
/// The same, EBADF where there is none (0, 1 and 2 are the terminal: EBADF for calls that need a file).
Result<Id<File>> fget(const Kernel& k, Id<Task> task, i32 fd);
tl::unexpected<Error> no_fdget(const Kernel& k, Id<Task> task, i32 fd);
/// The same where a descriptor opened with O_PATH counts as none, as in calls that work on what is open. Source:
/// include/linux/file.h, CLASS(fd).
inline Result<Id<File>> fdget(const Kernel& k, Id<Task> task, i32 fd) {
    const Id<File> file = files_lookup_fd(k, task, fd);
    if (!file || (k[file].f_flags & O::PATH)) [[unlikely]]
        return no_fdget(k, task, fd);
    return file;
}
/// A file that is open at `p` (takes references of its own) with f_count 1.
Id<File> alloc_file(Kernel& k, Id<Task> opener, Path p, u32 flags);
/// The lowest free descriptor, 3 or above, now taken by `file` (whose reference goes to it).
i32 fd_install(Kernel& k, Id<Task> task, Id<File> file, bool close_on_exec);
/// Drops a reference; the last one closes: write access, detached tree (dissolve_on_fput), path, fs_context.
void fput(Kernel& k, Id<File> file);

// ---- super.cpp, fs_context.cpp

/// The file system type of a name, ENODEV for one that the model does not know.
Result<FsType> get_fs_type(std::string_view name);
std::string_view fs_type_name(FsType type);
u64 fs_magic(FsType type);
/// Whether the caller may mount what the context says: CAP_SYS_ADMIN in its user namespace, since all types that the
/// model knows have FS_USERNS_MOUNT. Source: fs/super.c, mount_capable().
bool mount_capable(const Kernel& k, Id<Task> task, Id<FsContext> fc);

Result<Id<FsContext>> fs_context_for_mount(Kernel& k, Id<Task> task, FsType type, u32 sb_flags);
/// For a super block that is mounted already: fspick(2) and MS_REMOUNT.
Result<Id<FsContext>> fs_context_for_reconfigure(Kernel& k, Id<Task> task, Id<Dentry> root, u32 sb_flags, u32 mask);
/// One key=value (or a flag, without a value). EINVAL: the type does not know it, or the value is none.
Result<> vfs_parse_fs_param(Kernel& k, Id<Task> task, Id<FsContext> fc, std::string_view key, const Str& value);
/// The data string of mount(2), comma separated.
Result<> parse_monolithic_mount_data(Kernel& k, Id<Task> task, Id<FsContext> fc, const Str& data);
/// Makes or finds the super block: afterwards fc.root is held with one s_active. EBUSY for an exclusive one that
/// exists.
Result<> vfs_get_tree(Kernel& k, Id<Task> task, Id<FsContext> fc);
/// Applies fc to its super block. EBUSY: files are open for writing and it is to become read-only.
Result<> reconfigure_super(Kernel& k, Id<Task> task, Id<FsContext> fc);
/// After fsmount(2): the context keeps its root and may be used to reconfigure. Source: fs/fs_context.c.
void vfs_clean_context(Kernel& k, Id<FsContext> fc);
void put_fs_context(Kernel& k, Id<FsContext> fc);
/// The last of an IPC namespace: the kernel gives up its own mount of mqueue. Source: ipc/mqueue.c, mq_put_mnt().
void mq_put_mnt(Kernel& k, Id<Namespace> ipc_ns);
/// The last of a network namespace: what is mounted of its sysfs belongs to nobody from now on.
void sysfs_forget_net(Kernel& k, Id<Namespace> net_ns);
/// The kernel's own mount of a new IPC namespace's queues; its root belongs to who made that. Source: ipc/mqueue.c,
/// mq_init_ns().
void mq_init_ns(Kernel& k, Id<Task> maker, Id<Namespace> ipc_ns);
/// Drops one s_active; the last one frees the tree of dentries and inodes.
void deactivate_super(Kernel& k, Id<SuperBlock> sb);

// ---- namespace.cpp and pnode.cpp: mounts

inline bool mnt_has_parent(const Kernel& k, Id<Mount> m) { return k[m].mnt_parent != m; }
inline Id<SuperBlock> mnt_sb(const Kernel& k, Id<Mount> m) { return k[k[m].mnt_root].d_sb; }
inline void mntget(Kernel& k, Id<Mount> m) { ++k[m].mnt_count; }
void mntput(Kernel& k, Id<Mount> m);
/// mntput() that leaves the expiry mark alone.
void mntput_no_expire(Kernel& k, Id<Mount> m);
/// EROFS: the mount or its super block is read-only. Source: fs/namespace.c, mnt_get_write_access().
Result<> mnt_want_write(const Kernel& k, Id<Mount> m);
/// For a file that stays open for writing. Source: fs/namespace.c, mnt_get_write_access().
Result<> mnt_get_write_access(Kernel& k, Id<Mount> m);
void mnt_put_write_access(Kernel& k, Id<Mount> m);
bool mnt_is_readonly(const Kernel& k, Id<Mount> m);
/// Whether a mount of the caller's own namespace is attached on `dentry`: EBUSY for who removes or renames it.
/// Source: fs/namespace.c, __is_local_mountpoint().
bool is_local_mountpoint(const Kernel& k, Id<Task> task, Id<Dentry> dentry);
/// Lazily umounts all that is mounted on a dentry that has been removed. Source: fs/namespace.c, __detach_mounts().
void detach_mounts(Kernel& k, Id<Dentry> dentry);
/// The last descriptor of a detached tree is closed. Source: fs/namespace.c, dissolve_on_fput().
void dissolve_on_fput(Kernel& k, Id<Mount> m);
/// A mount for a super block that the kernel keeps for itself. Source: fs/namespace.c, kern_mount().
Id<Mount> kern_mount(Kernel& k, FsType type, Id<Dentry> root);

/// What statmount(2) and listmount(2) take for the root of somebody else's namespace: a mount on the first one, and
/// younger. Where there is none (pivot_root(2) put an older one there, or all is umounted) they say ENOENT.
/// Source: fs/namespace.c, grab_requested_root().
Id<Mount> first_mount_for_others(const Kernel& k, Id<MntNamespace> ns);
/// What statmount(2) writes of a mount, its place seen from `root`. Source: fs/namespace.c, do_statmount().
StatmountBuf statmount_of(const Kernel& k, Id<Mount> m, u64 mask, Path root, Path reader_root);

/// CLONE_NEWNS: the tree of `ns`, copied, and root and working directory of `new_fs` moved into the copy.
/// EINVAL, ENOSPC. The new namespace has count 1. Source: fs/namespace.c, copy_mnt_ns().
Result<Id<MntNamespace>> copy_mnt_ns(Kernel& k, Id<Task> current, Id<Namespace> user_ns, Id<MntNamespace> ns,
                                     Id<FsStruct> new_fs);
inline void get_mnt_ns(Kernel& k, Id<MntNamespace> ns) { ++k[ns].ns.count; }
/// Nothing holds it any more: all in it is umounted.
void end_mnt_ns(Kernel& k, Id<MntNamespace> ns);
inline void put_mnt_ns(Kernel& k, Id<MntNamespace> ns) {
    if (--k[ns].ns.count == 0) end_mnt_ns(k, ns);
}

/// setns(2) to a mount namespace, but for the nsproxy: sets root and working directory. `current` are the caller's
/// credentials, `own_user_ns` the user namespace that it will be in.
/// EPERM: no CAP_SYS_ADMIN in the namespace's owner, or in `own_user_ns`, or no CAP_SYS_CHROOT there. EINVAL: a
/// detached tree, or fs_struct is shared. Source: fs/namespace.c, mntns_install().
Result<> mntns_install(Kernel& k, const Cred& current, Id<FsStruct> fs, Id<Namespace> own_user_ns, Id<MntNamespace> ns);

// ---- mnt_idmapping.cpp: ids as a mount shows them (kernel: vfsuid_t, vfsgid_t)

/// The id map of a mount, NULL where ids are not mapped. Source: include/linux/mount.h, mnt_idmap().
inline const MntIdmap* mnt_idmap(const Kernel& k, Id<Mount> m) {
    const Mount& mount = k[m];
    if (!(mount.mnt_flags & MNT::IDMAPPED)) [[likely]]
        return nullptr;
    const MntIdmap& idmap = k[mount.mnt_devname].idmap;
    return idmap.uid_map.empty() ? nullptr : &idmap;
}
/// The owner and the group of an inode as the mount shows them; kInvalidId where it has no name for them.
/// Source: i_uid_into_vfsuid(), i_gid_into_vfsgid().
struct VfsIds {
    u32 uid, gid;
};
VfsIds i_into_vfsids(const Kernel& k, const MntIdmap* idmap, const Inode& inode);
/// Who owns what the caller makes there; kInvalidId where the mount or the file system has no name for it.
/// Source: include/linux/mnt_idmapping.h, mapped_fsuid() and mapped_fsgid().
VfsIds mapped_fsids(const Kernel& k, Id<Task> task, const MntIdmap* idmap, Id<SuperBlock> sb);
/// The lines of a map as statmount(2) writes them, with line feeds between them: those of which the caller's user
/// namespace has names. Source: statmount_mnt_idmap().
std::string statmount_mnt_idmap(const std::vector<UidGidExtent>& map, const std::vector<UidGidExtent>& of_caller);

// ---- fs_struct.cpp

void set_fs_root(Kernel& k, Id<FsStruct> fs, Path p);
void set_fs_pwd(Kernel& k, Id<FsStruct> fs, Path p);
/// Moves root and working directory of every task from one path to another. Source: fs/fs_struct.c, chroot_fs_refs().
void chroot_fs_refs(Kernel& k, Path old_root, Path new_root);
Id<FsStruct> copy_fs_struct(Kernel& k, Id<FsStruct> old);
/// Another one in the place of one that nobody shares, which hands on what it holds.
Id<FsStruct> replace_fs_struct(Kernel& k, Id<FsStruct> old);
void free_fs_struct(Kernel& k, Id<FsStruct> fs); // drops the two paths and frees it

// ---- nsfs.cpp

/// The path of the file that is a namespace, held; made where there is none yet. Source: fs/nsfs.c, ns_get_path().
HeldPath ns_get_path(Kernel& k, NsType type, u32 ns_index);
/// The common part of any namespace.
NsCommon& ns_common(Kernel& k, NsType type, u32 ns_index);
const NsCommon& ns_common(const Kernel& k, NsType type, u32 ns_index);
/// Drops a reference of whatever type.
void put_ns(Kernel& k, NsType type, u32 ns_index);
/// "mnt", as the links of /proc/PID/ns have it.
std::string_view ns_type_name(NsType type);
/// "mnt:[4026531841]".
std::string ns_link_text(const Kernel& k, NsType type, u32 ns_index);
/// The dentry of a namespace is being freed (dput() of the last reference to an inode of kind ns_file): the namespace
/// forgets it and loses the reference that it held. Source: fs/nsfs.c, nsfs_evict().
void nsfs_evict(Kernel& k, NsType type, u32 ns_index);

// ---- proc_namespace.cpp

/// The text of /proc/PID/mountinfo of a task. Source: fs/proc_namespace.c, show_mountinfo().
std::string show_mountinfo(const Kernel& k, Id<Task> task);
/// Its line for one mount, as seen from a root: none where the mount lies outside. So too a line of /proc/PID/mounts.
void show_mountinfo(std::string& out, const Kernel& k, Id<Mount> m, Path root);
void show_vfsmnt(std::string& out, const Kernel& k, Id<Mount> m, Path root);
/// The flags of a mount as mountinfo writes them: "rw,nosuid,relatime".
std::string mount_options(u32 mnt_flags);
/// mountinfo's 4th field: the path inside the file system, "mnt:[4026531841]" for a namespace file.
std::string show_path(const Kernel& k, Id<Dentry> root);

// ---- readdir.cpp

/// The caller's buffer of getdents64(2). Source: fs/readdir.c, struct getdents_callback64.
struct DirContext {
    std::vector<DirEntry> entries;
    u64 left;
    bool full = false;

    /// False where there is no room for it.
    bool emit(u64 ino, u8 type, std::string_view name);
};

/// The first two places of a directory. False where the buffer has no room. Source: include/linux/fs.h.
bool dir_emit_dots(const Kernel& k, File& file, DirContext& ctx);

// ---- proc: the tree of /proc

/// Makes the root of a proc super block.
Id<Dentry> proc_fill_super(Kernel& k, Id<SuperBlock> sb);
/// The entry of this name in a proc directory, made on the spot; NULL where there is none.
Id<Dentry> proc_lookup(Kernel& k, Id<Task> task, Id<Dentry> dir, std::string_view name);
/// Lists what an open proc directory has from file.f_pos on, and leaves there where the listing goes on.
/// Source: the iterate functions of fs/proc.
void proc_iterate(Kernel& k, Id<Task> reader, File& file, DirContext& ctx);
/// Called when a proc file (not a directory) is opened without O_PATH, `file` being installed nowhere yet; an error is
/// that of open(2). EINVAL: mountinfo of a task that has exited. Source: fs/proc_namespace.c, mounts_open_common().
Result<> proc_open(Kernel& k, Id<Task> task, Id<File> file);
/// Called when the last reference of a file with proc_mnt_ns goes. Source: fs/proc_namespace.c, mounts_release().
void proc_release(Kernel& k, Id<File> file);
/// The text of a proc symlink that is no magic link: self, thread-self (which depend on who reads) and mounts.
/// Path walking takes a symlink's text from here where its super block is proc. ENOENT: no PID in that namespace.
Result<std::string> proc_symlink_text(const Kernel& k, Id<Task> task, Id<Dentry> link);
/// What a proc inode asks for beyond its mode; part of inode_permission(). ESRCH: a directory of a task that is gone.
/// Source: fs/proc/base.c, proc_pid_permission().
Result<> proc_permission(const Kernel& k, Id<Task> task, Id<Inode> inode);
/// What stat(2) says of a proc inode in its own way: numbers of links, and ENOENT of a task that hidepid=2 hides.
/// (Links of /proc and of directories such as /proc/fs count what the whole machine has.) Source: fs/proc/base.c,
/// pid_getattr() and proc_task_getattr(); fs/proc/proc_sysctl.c.
Result<> proc_getattr(const Kernel& k, Id<Task> task, Id<Dentry> dentry, StatBuf& st);
/// A directory of a task that is gone: getdents64(2) says ENOENT, before `.` and `..`.
bool proc_dir_is_gone(const Kernel& k, Id<Dentry> dir);
/// read(2) of a proc file, which moves its place. ESRCH: of a process that is gone.
Result<std::string> proc_read(Kernel& k, Id<Task> task, Id<File> file, u64 count);
/// lseek(2) of one that consists of records: all but sysctls. EINVAL: before the beginning, or from the end.
Result<i64> proc_lseek(Kernel& k, Id<Task> task, Id<File> file, i64 offset, u32 whence);
/// Whether it does.
bool is_seq_file(const Kernel& k, Id<Dentry> dentry);
/// Writing a proc file: sysctls. EINVAL: nothing can be written there, or no such value; EPERM.
Result<i64> proc_write(Kernel& k, Id<Task> task, Id<File> file, std::string_view data);
/// Whether what is written does not move the position in the file, so that a read behind it begins at the beginning.
/// Source: fs/proc/base.c, timens_offsets_write().
bool proc_write_leaves_position(const Kernel& k, Id<File> file);
/// Where a magic link leads, held: cwd, root, ns/mnt, fd/3. ENOENT where the task is gone. Source: fs/proc/base.c.
Result<HeldPath> proc_get_link(Kernel& k, Id<Task> task, Id<Dentry> link);
/// What readlink says of a magic link.
Result<std::string> proc_readlink(Kernel& k, Id<Task> task, Id<Dentry> link);
/// A task is gone: its directories vanish and what was mounted on them is detached. What somebody still holds of them
/// keeps the struct pid. Source: fs/proc/base.c.
void proc_flush_pid(Kernel& k, Id<Pid> pid);

// pidfs.cpp

struct IoctlDone;
/// A request of ioctl(2) to a pidfd. EREMOTE, ESRCH, EACCES: the caller may not look at the process; EINVAL: an
/// argument where none belongs; ENOTTY.
Result<IoctlDone> pidfd_ioctl(Kernel& k, Id<Task> caller, Id<Pid> pid, u32 cmd, u64 arg);

} // namespace nslab
