#pragma once
// The whole state of a modelled machine: one value. Objects live in tables and point at each other with typed handles,
// so a Kernel can be copied, compared and brought back with one line. Structures and fields bear the kernel's names;
// each group of fields says what must hold, and audit() checks just that.

#include <string>
#include <vector>

#include "sim/linux/lib/result.hpp"
#include "sim/linux/lib/table.hpp"
#include "sim/linux/release.hpp"
#include "sim/linux/uapi/flags.hpp"

namespace nslab {

struct Mount;
struct Dentry;
struct Inode;
struct SuperBlock;
struct File;
struct FsContext;
struct MntNamespace;
struct Namespace;
struct Nsproxy;
struct FsStruct;
struct FilesStruct;
struct Task;
struct Devname;

/// A place: a dentry as seen through a mount. Plain data, holds no reference. Source: include/linux/path.h.
struct Path {
    Id<Mount> mnt;
    Id<Dentry> dentry;
    friend bool operator==(const Path&, const Path&) = default;
};

// ---- fs: what is stored

enum class FsType : u8 { rootfs, tmpfs, ramfs, proc, sysfs, mqueue, devpts, cgroup2, nsfs, foreign };

enum class NsType : u8 { none, mnt, uts, ipc, pid, net, user, cgroup, time };

/// The options of file systems, as parsed; which of them count depends on the type. Source: the fs_parameter_spec of
/// mm/shmem.c, fs/ramfs/inode.c, fs/proc/root.c, fs/devpts/inode.c and kernel/cgroup/cgroup.c.
struct FsOptions {
    u32 seen = 0;               // a bit for each that was given: SEEN:: of fs/fs_context.hpp
    u16 mode = 0, ptmxmode = 0; // of the root; of devpts' nodes
    u32 uid = 0, gid = 0;
    u64 blocks = 0, inodes = 0;              // tmpfs, in pages and inodes; 0 where seen is "no limit"
    u32 max = 0;                             // devpts
    u8 huge = 0, hidepid = 0;                // tmpfs; proc
    bool full_inums = false, noswap = false; // tmpfs: inode64, noswap
    bool pidonly = false;                    // proc: subset=pid
};

/// A mounted file system instance. Source: include/linux/fs/super_types.h, struct super_block.
struct SuperBlock {
    FsType type = FsType::tmpfs;
    u8 s_readonly = 0; // SB_RDONLY
    u32 s_flags = 0;   // the MS_ flags of a super block: RDONLY, SYNCHRONOUS, DIRSYNC, LAZYTIME, MANDLOCK, NOUSER
    u32 s_dev = 0;     // minor number of its anonymous device, major 0; taken from Kernel::anon_dev
    // Of a saved mountinfo only (FsType::foreign): a type that nobody can mount here, on a device with a major number.
    u32 s_dev_major = 0;
    std::string foreign_type;
    Id<Dentry> s_root;   // holds one reference
    u32 s_active = 0;    // one for each mount of it
    u32 next_ino = 1;    // inode numbers are handed out in order
    std::string options; // what /proc/PID/mountinfo shows behind "rw", with the leading comma
    FsOptions opts;      // what `options` is made of
    // What it shows belongs to this namespace: pid for proc, net for sysfs (both hold one reference), ipc for mqueue
    // (holds none). All that mount sysfs or mqueue in that namespace share one; proc is a new one each time.
    Id<Namespace> ns;
};

enum class InodeKind : u8 { dir, file, symlink, magic_link, proc_file, ns_file, fifo, device };

/// An object of a file system. Source: include/linux/fs.h, struct inode.
struct Inode {
    InodeKind kind = InodeKind::file;
    u16 i_mode = 0; // permission bits only; the type is `kind`
    u32 i_nlink = 0;
    u32 i_ino = 0;
    Id<SuperBlock> i_sb;
    u32 dentries = 0; // dentries that are this inode
    u32 i_uid = 0, i_gid = 0;
    // Of a file; the target of a symlink; of a directory of FsType::foreign the options that mounts of it show.
    std::string content;
    u64 i_size = 0;          // of a file: what lies behind `content` reads as zeros
    u32 next_offset = 3;     // of a directory: the place that getdents gives the next name, see Dentry::d_offset
    bool i_linkable = false; // made by O_TMPFILE: may still be given a name
    // proc only: what this entry shows, and of which task.
    u16 proc_entry = 0;
    Id<Task> proc_task;
    u32 proc_fd = 0;
    // nsfs only: the namespace that this inode is; holds no reference, a dentry of it does.
    NsType ns_type = NsType::none;
    u32 ns_index = 0; // Id<MntNamespace>::index or Id<Namespace>::index
};

/// A name. Every dentry of the model is positive; what is unlinked lives on while somebody holds it.
/// Source: include/linux/dcache.h, struct dentry.
struct Dentry {
    Id<Dentry> d_parent; // itself for a root
    Id<Inode> d_inode;
    Id<SuperBlock> d_sb;
    std::string d_name; // "/" for a root
    // Children in the order of their making; `prev` of the first is the last.
    Id<Dentry> d_child_first, d_sib_next, d_sib_prev;
    Id<Dentry> d_hash_next; // chain of Kernel::dentry_hash on (parent, name); only while linked
    u32 d_offset = 0;       // its place in the directory for getdents and lseek; stays when others come and go
    // struct mountpoint: the mounts attached on this dentry in any namespace, newest first, through mnt_mp_next.
    Id<Mount> d_mounts;
    // 1 while linked in its directory (or a root in use by its super block), 1 for each child, each mount whose
    // mnt_root it is, each path held (root, pwd, file, syscall), and 1 while d_mounts is not empty.
    i32 d_count = 0;
    bool d_unhashed = false;   // removed from its directory: shown as "//deleted"
    bool d_cant_mount = false; // rmdir or unlink began: ENOENT for who wants to mount here
};

// ---- fs: mounts

/// Flags of a mount. The low ones are those of struct vfsmount. Source: include/linux/mount.h.
namespace MNT {
inline constexpr u32 NOSUID = 1, NODEV = 2, NOEXEC = 4, NOATIME = 8, NODIRATIME = 0x10, RELATIME = 0x20,
                     READONLY = 0x40, NOSYMFOLLOW = 0x80, INTERNAL = 0x4000, LOCK_ATIME = 0x40000,
                     LOCK_NOEXEC = 0x80000, LOCK_NOSUID = 0x100000, LOCK_NODEV = 0x200000, LOCK_READONLY = 0x400000,
                     LOCKED = 0x800000, DOOMED = 0x1000000, SYNC_UMOUNT = 0x2000000, UMOUNT = 0x8000000,
                     IDMAPPED = 0x10000000; // stands for the kernel's mnt_idmap: of a saved mountinfo only
inline constexpr u32 ATIME_MASK = NOATIME | NODIRATIME | RELATIME;
inline constexpr u32 USER_SETTABLE_MASK =
    NOSUID | NODEV | NOEXEC | NOATIME | NODIRATIME | RELATIME | READONLY | NOSYMFOLLOW;
inline constexpr u32 INTERNAL_FLAGS = INTERNAL | DOOMED | SYNC_UMOUNT | LOCKED;
} // namespace MNT

/// Flags of a mount that propagation keeps. Source: fs/mount.h, T_SHARED and its neighbours.
namespace T {
inline constexpr u8 SHARED = 1, UNBINDABLE = 2, MARKED = 4, UMOUNT_CANDIDATE = 8;
}

/// A mount: what is seen at a place. 120 bytes, because there may be a million. Source: fs/mount.h, struct mount.
struct Mount {
    Id<Mount> mnt_parent;               // itself for a root that is attached nowhere
    Id<Dentry> mnt_mountpoint;          // in the parent; its own mnt_root for such a root
    Id<Dentry> mnt_root;                // holds one reference and one s_active of its super block
    Id<Mount> mnt_hash_next;            // chain of Kernel::mount_hash on (parent, mountpoint), newest first
    Id<Mount> mnt_mp_next, mnt_mp_prev; // list d_mounts of the mountpoint; only while attached
    // Children in the order in which they became visible; `prev` of the first is the last.
    Id<Mount> mnt_mounts, mnt_child_next, mnt_child_prev;
    // Peers form a ring, of itself alone where there is none. Slaves hang on their master, newest first, but a peer of
    // a slave stands directly behind it; `prev` of the first is NULL and mnt_slave_head says on whose list it is.
    Id<Mount> mnt_share_next, mnt_share_prev;
    Id<Mount> mnt_master, mnt_slave_list, mnt_slave_next, mnt_slave_prev, mnt_slave_head;
    Id<Mount> overmount; // the mount on our mnt_root
    // The mounts of a namespace in the order of mnt_id_unique; `mnt_ns` without being on the list while it is umounted.
    Id<MntNamespace> mnt_ns;
    Id<Mount> mnt_ns_next, mnt_ns_prev;
    Id<Mount> mnt_list_next, mnt_list_prev; // of the call that is running: mounts to umount, candidates
    Id<Devname> mnt_devname;                // holds one reference
    i32 mnt_count = 0;                      // 1 for being in the tree, 1 for each path held on it
    i32 mnt_writers = 0;                    // files open for writing
    i32 mnt_id = 0;                         // from Kernel::mnt_id_ida
    u32 mnt_id_seq = 0;                     // mnt_id_unique less its offset: never used again
    i32 mnt_group_id = 0;                   // of the peers; 0 unless shared
    u32 mnt_flags = 0;                      // MNT::
    u8 mnt_t_flags = 0;                     // T::
    bool mnt_expiry_mark : 1 = false;
    bool on_ns_list : 1 = false;    // mnt_ns_attached()
    bool internal : 1 = false;      // MNT_NS_INTERNAL: belongs to the kernel itself
    bool hashed : 1 = false;        // in mount_hash
    bool on_mp_list : 1 = false;    // on d_mounts of its mountpoint
    bool on_slave_list : 1 = false; // on mnt_slave_list of mnt_slave_head
    bool write_hold : 1 = false;    // WRITE_HOLD, within one call
};

/// Mount ids that are never used again begin above 32 bits' worth of old ones. Source: fs/namespace.c.
inline constexpr u64 kMntUniqueIdOffset = u64{1} << 31;

/// A source such as "disk", shared by all copies of a mount.
struct Devname {
    std::string text;
    u32 count = 0;
};

/// What every namespace has. Source: include/linux/ns_common.h.
struct NsCommon {
    u32 count = 0;         // each nsproxy that points to it, each dentry of nsfs that stands for it, other holders
    u32 inum = 0;          // inode number in nsfs
    u64 ns_id = 0;         // order of making, over all types; 0 for an anonymous mount namespace
    Id<Namespace> user_ns; // owner; holds one reference
    Id<Dentry> stashed;    // its dentry in nsfs, where one exists; holds no reference
};

/// Source: fs/mount.h, struct mnt_namespace.
struct MntNamespace {
    NsCommon ns;
    Id<Mount> root; // holds the tree
    Id<Mount> mounts_first, mounts_last;
    Id<Mount> mounts_hint;  // where the list was last added to: trees arrive in one piece, newest or oldest first
    u32 nr_mounts = 0;      // length of that list, and of those being umounted meanwhile
    u32 pending_mounts = 0; // 0 between calls
    u64 seq_origin = 0;     // anonymous: ns_id of the namespace that it was made from
    bool anon = false;      // a detached tree, held by a descriptor
};

/// Any other namespace; what is inside comes with its slice.
struct Namespace {
    NsCommon ns;
    NsType type = NsType::none;
    Id<Namespace> parent; // user and pid; holds one reference
    u32 level = 0;        // user and pid
    // pid: the task of each number in use (kernel: idr); the next number is sought behind the last given.
    PagedArray<Id<Task>> idr;
    i32 last_pid = 0;
    Id<Task> child_reaper;
};

// ---- kernel: tasks

/// The namespaces of a task. `pid_for_children` is not the task's own PID namespace. Source: include/linux/nsproxy.h.
struct Nsproxy {
    u32 count = 0; // tasks that share it
    Id<Namespace> uts_ns, ipc_ns;
    Id<MntNamespace> mnt_ns;
    Id<Namespace> pid_ns_for_children, net_ns, time_ns, time_ns_for_children, cgroup_ns;
};

/// Root and working directory. Source: include/linux/fs_struct.h.
struct FsStruct {
    i32 users = 0; // tasks that share it
    u32 umask = 022;
    Path root, pwd; // each holds its mount and its dentry
};

/// An open file. Source: include/linux/fs.h, struct file.
struct File {
    u32 f_count = 0; // descriptors that are it
    Path f_path;     // holds its mount and its dentry
    u32 f_flags = 0; // O::
    u64 f_pos = 0;
    bool need_unmount = false; // FMODE_NEED_UNMOUNT: the last descriptor of a detached tree dissolves it
    bool writer = false;       // counted in mnt_writers
    Id<FsContext> fs_context;  // of fsopen and fspick; such a file has no path
    bool is_pidfd = false;     // of pidfd_open; such a file has no path
    Id<Task> pidfd;            // its task, NULL once that has been reaped
    // An open /proc/PID/mountinfo or mounts: the namespace and the root that it shows, both held.
    Id<MntNamespace> proc_mnt_ns;
    Path proc_root;
    std::string snapshot; // what a proc file said when it was first read
    bool have_snapshot = false;
};

struct Fd {
    Id<File> file;
    bool close_on_exec = false;
};

/// Source: include/linux/fdtable.h.
struct FilesStruct {
    i32 count = 0;      // tasks that share it
    std::vector<Fd> fd; // indexed by descriptor; 0, 1 and 2 are taken by the terminal and have no file here
};

/// A configuration of a file system that is about to be mounted. Source: include/linux/fs_context.h.
struct FsContext {
    enum class Purpose : u8 { mount, reconfigure } purpose = Purpose::mount;
    enum class Phase : u8 {
        create_params,
        creating,
        awaiting_mount,
        awaiting_reconf,
        reconf_params,
        reconfiguring,
        failed
    } phase = Phase::create_params;
    FsType type = FsType::tmpfs;
    bool oldapi = false;
    u32 sb_flags = 0, sb_flags_mask = 0;
    std::string source;
    bool has_source = false;
    FsOptions opts;   // options so far
    Id<Namespace> ns; // pid for proc, net for sysfs, ipc for mqueue: of the maker; holds one reference
    Id<Dentry> root;  // of the super block once there is one; holds it and one s_active
    bool exclusive = false;
};

enum class ExitState : u8 { running, zombie, dead };

/// Source: include/linux/sched.h, struct task_struct.
struct Task {
    i32 pid = 0; // in the PID namespace of the world; more levels come with theirs
    ExitState exit_state = ExitState::running;
    i32 exit_code = 0;                             // as wait4 writes it
    i32 exit_signal = SIG::CHLD;                   // sent to the parent; 0 for a child that only __WCLONE waits for
    Id<Task> parent;                               // who is told when it exits and may wait for it
    Id<Task> children, sibling_next, sibling_prev; // in the order of their making; `prev` of the first is the last
    // Each NULL once the task has exited, and shared as CLONE_FS, CLONE_FILES and the lack of CLONE_NEW* say.
    Id<FsStruct> fs;
    Id<FilesStruct> files;
    Id<Nsproxy> nsproxy;
    Id<Namespace> user_ns;   // of its credentials; holds one reference
    Id<Namespace> pid_ns;    // its own; holds one reference
    u32 uid = 0, gid = 0;    // effective, in the first user namespace
    u32 mm = 0, sighand = 0; // tasks with the same number share memory (CLONE_VM), signal handlers (CLONE_SIGHAND)
};

// ---- the machine

/// One thing that the model did and why, for `nslab explain`. Recorded only where somebody asks.
struct Event {
    const char* function; // the kernel's function that decides it
    const char* file;     // and its file
    std::string text;     // "mount 31 at /b/x is copied from 29 because ..."
};

/// Everything that is the case.
struct Kernel {
    Release release;

    Table<Mount> mounts;
    Table<Dentry> dentries;
    Table<Inode> inodes;
    Table<SuperBlock> supers;
    Table<Devname> devnames;
    Table<MntNamespace> mnt_namespaces;
    Table<Namespace> namespaces;
    Table<Nsproxy> nsproxies;
    Table<FsStruct> fs_structs;
    Table<FilesStruct> files_structs;
    Table<File> files;
    Table<FsContext> fs_contexts;
    Table<Task> tasks;

    // Lookup by hash; both double as they fill.
    PagedArray<Id<Mount>> mount_hash;   // on (mnt_parent, mnt_mountpoint)
    PagedArray<Id<Dentry>> dentry_hash; // on (d_parent, d_name)
    u32 mounts_hashed = 0, dentries_hashed = 0;

    // Numbers, handed out in the kernel's order because the order shows in /proc.
    Ida mnt_id_ida{0};
    Ida mnt_group_ida{1};
    Ida anon_dev{1};
    u32 mnt_id_seq = 0;
    u64 ns_id_seq = 0;
    Ida ns_inum_ida{0xF0000000}; // inode numbers of namespaces (kernel: proc_inum_ida)
    u32 mm_seq = 1;              // the last number given; init has 1

    // Limits that sysctl sets.
    u32 sysctl_mount_max = 100000;
    i32 pid_max = 4194304;

    Id<Task> init; // PID 1 of the world
    Id<SuperBlock> nsfs_sb;
    Id<Mount> nsfs_mnt; // the kernel's own mount of nsfs

    // Mounts whose last reference the running call drops when it returns (kernel: `unmounted`), see namespace_unlock().
    std::vector<Id<Mount>> unmounted;
    bool ever_locked = false; // some mount was MNT_LOCKED once: until then nobody looks for one
    Id<MntNamespace> emptied_ns;

    bool explaining = false;
    std::vector<Event> events;

    // Short ways to the objects.
    template <class X> const X& operator[](Id<X> id) const { return table<X>()[id]; }
    template <class X> X& operator[](Id<X> id) { return table<X>()[id]; }
    template <class X> const Table<X>& table() const { return const_cast<Kernel*>(this)->table<X>(); }
    template <class X> Table<X>& table();

    /// Remembers why something was done, where `explaining`. `text` is a callable so that it costs nothing otherwise.
    template <class F>
    void note(F&& text, const char* function = __builtin_FUNCTION(), const char* file = __builtin_FILE()) {
        if (explaining) [[unlikely]]
            events.push_back(Event{function, file, text()});
    }
};

#define NSLAB_TABLE(Type, member)                                                                                      \
    template <> inline Table<Type>& Kernel::table<Type>() { return member; }
NSLAB_TABLE(Mount, mounts)
NSLAB_TABLE(Dentry, dentries)
NSLAB_TABLE(Inode, inodes)
NSLAB_TABLE(SuperBlock, supers)
NSLAB_TABLE(Devname, devnames)
NSLAB_TABLE(MntNamespace, mnt_namespaces)
NSLAB_TABLE(Namespace, namespaces)
NSLAB_TABLE(Nsproxy, nsproxies)
NSLAB_TABLE(FsStruct, fs_structs)
NSLAB_TABLE(FilesStruct, files_structs)
NSLAB_TABLE(File, files)
NSLAB_TABLE(FsContext, fs_contexts)
NSLAB_TABLE(Task, tasks)
#undef NSLAB_TABLE

static_assert(sizeof(Mount) <= 124, "a mount is meant to stay below 128 bytes with its share of tables");

} // namespace nslab
