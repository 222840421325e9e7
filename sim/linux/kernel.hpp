#pragma once
// The whole state of a modelled machine: one value. Objects live in tables and point at each other with typed handles,
// so a Kernel can be copied, compared and brought back with one line. Structures and fields bear the kernel's names;
// each group of fields says what must hold, and audit() checks just that.

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "sim/linux/lib/idr.hpp"
#include "sim/linux/lib/result.hpp"
#include "sim/linux/lib/table.hpp"
#include "sim/linux/release.hpp"
#include "sim/linux/uapi/flags.hpp"
#include "sim/linux/uapi/signal.hpp"

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
struct Pid;
struct SignalStruct;
struct SighandStruct;
struct MmStruct;
struct Cred;
struct Ucounts;
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
    // What it shows belongs to this namespace: pid for proc (holds one reference), net for sysfs and ipc for mqueue
    // (hold none). All that mount sysfs or mqueue in that namespace share one; proc is a new one each time.
    Id<Namespace> ns;
    Id<Namespace> s_user_ns; // whose capabilities count for it; holds one reference
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
    u64 i_size = 0;           // of a file: what lies behind `content` reads as zeros
    u32 next_offset = 3;      // of a directory: the place that getdents gives the next name, see Dentry::d_offset
    bool i_linkable = false;  // made by O_TMPFILE: may still be given a name
    bool i_empty_dir = false; // a directory in which nothing can ever be: a place to mount on
    Id<Ucounts> mq_ucounts;   // of a message queue: its maker's, who counts it; holds one reference
    // proc only: what this entry shows, and of which task (holds one reference).
    u16 proc_entry = 0;
    Id<Pid> proc_pid;
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
                     IDMAPPED = 0x10000000; // ids are mapped: by Devname::idmap, unknown in a saved mountinfo
inline constexpr u32 ATIME_MASK = NOATIME | NODIRATIME | RELATIME;
inline constexpr u32 USER_SETTABLE_MASK =
    NOSUID | NODEV | NOEXEC | NOATIME | NODIRATIME | RELATIME | READONLY | NOSYMFOLLOW;
inline constexpr u32 INTERNAL_FLAGS = INTERNAL | DOOMED | SYNC_UMOUNT | LOCKED;
} // namespace MNT

/// Flags of a mount that propagation keeps. Source: fs/mount.h, T_SHARED and its neighbours.
namespace T {
inline constexpr u8 SHARED = 1, UNBINDABLE = 2, MARKED = 4, UMOUNT_CANDIDATE = 8;
}

/// A mount: what is seen at a place. 112 bytes, because there may be a million; what is looked at when events spread
/// comes first. Source: fs/mount.h, struct mount.
struct Mount {
    Id<Mount> mnt_parent;      // itself for a root that is attached nowhere
    Id<Dentry> mnt_mountpoint; // in the parent; its own mnt_root for such a root
    Id<Mount> mnt_hash_next;   // chain of Kernel::mount_hash on (parent, mountpoint), newest first
    Id<Dentry> mnt_root;       // holds one reference and one s_active of its super block
    // The mounts of a namespace in the order of mnt_id_unique; `mnt_ns` without being on the list while it is umounted.
    Id<MntNamespace> mnt_ns;
    u32 mnt_flags = 0;  // MNT::
    u8 mnt_t_flags = 0; // T::
    bool mnt_expiry_mark : 1 = false;
    bool on_ns_list : 1 = false;    // mnt_ns_attached()
    bool internal : 1 = false;      // MNT_NS_INTERNAL: belongs to the kernel itself
    bool hashed : 1 = false;        // in mount_hash
    bool on_mp_list : 1 = false;    // on d_mounts of its mountpoint
    bool on_slave_list : 1 = false; // on mnt_slave_list of mnt_slave_head
    bool write_hold : 1 = false;    // WRITE_HOLD, within one call
    i32 mnt_group_id = 0;           // of the peers; 0 unless shared
    // Peers form a ring, of itself alone where there is none. Slaves hang on their master, newest first, but a peer of
    // a slave stands directly behind it; `prev` of the first is NULL and mnt_slave_head says on whose list it is.
    Id<Mount> mnt_share_next, mnt_share_prev;
    Id<Mount> mnt_master, mnt_slave_list, mnt_slave_next, mnt_slave_prev, mnt_slave_head;
    // Children in the order in which they became visible; `prev` of the first is the last.
    Id<Mount> mnt_mounts, mnt_child_next, mnt_child_prev;
    Id<Mount> overmount;                // the mount on our mnt_root
    Id<Mount> mnt_mp_next, mnt_mp_prev; // list d_mounts of the mountpoint; only while attached
    Id<Mount> mnt_ns_next, mnt_ns_prev; // list of mnt_ns
    Id<Devname> mnt_devname;            // holds one reference
    i32 mnt_count = 0;                  // 1 for being in the tree, 1 for each path held on it
    i32 mnt_writers = 0;                // files open for writing
    i32 mnt_id = 0;                     // from Kernel::mnt_id_ida
    u32 mnt_id_seq = 0;                 // mnt_id_unique less its offset: never used again
};

/// Mount ids that are never used again begin above 32 bits' worth of old ones. Source: fs/namespace.c.
inline constexpr u64 kMntUniqueIdOffset = u64{1} << 31;

/// A line of uid_map: ids of the namespace and those of the first one. Source: struct uid_gid_extent.
struct UidGidExtent {
    u32 first = 0, lower_first = 0, count = 0;
    friend bool operator==(const UidGidExtent&, const UidGidExtent&) = default;
};

/// What a mount makes of the owners of its files: ids of the file system, and those of the first user namespace as
/// which they are seen. Source: fs/mnt_idmapping.c, struct mnt_idmap.
struct MntIdmap {
    std::vector<UidGidExtent> uid_map, gid_map; // both empty where ids are not mapped: nop_mnt_idmap
};

/// What all copies of a mount share: a source such as "disk", and how ids are mapped.
struct Devname {
    std::string text;
    u32 count = 0;
    MntIdmap idmap;
};

/// What every namespace has. Source: include/linux/ns_common.h.
struct NsCommon {
    u32 count = 0;         // each nsproxy that points to it, each dentry of nsfs that stands for it, other holders
    u32 inum = 0;          // inode number in nsfs
    u64 ns_id = 0;         // order of making, over all types; 0 for an anonymous mount namespace
    Id<Namespace> user_ns; // owner; holds one reference
    Id<Dentry> stashed;    // its dentry in nsfs, where one exists; holds no reference
    Id<Ucounts> ucounts;   // in which it is counted; holds one reference. NULL for those of the first task
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

/// A bit of Namespace::pid_allocated: processes may still be added. Source: include/linux/pid.h.
inline constexpr u32 PIDNS_ADDING = 1U << 31;
inline constexpr i32 kPidMaxLimit = 4194304;
inline constexpr u32 kMaxPidNsLevel = 32;

/// The limits of /proc/sys/user, in its order. Source: include/linux/user_namespace.h, enum ucount_type.
enum class UcountType : u8 { user, pid, uts, ipc, net, mnt, cgroup, time };
inline constexpr std::size_t kUcountTypes = 8;

/// What a user has in a user namespace, and in those around it through their own. Source: struct ucounts.
struct Ucounts {
    Id<Namespace> ns; // holds one reference
    u32 uid = 0;      // in the first user namespace
    u32 count = 0;    // each cred of that user, each namespace counted here
    Id<Ucounts> next; // in Namespace::users of `ns`
    std::array<i64, kUcountTypes> ucount{};
};

constexpr std::array<i64, kUcountTypes> unlimited_ucounts() {
    std::array<i64, kUcountTypes> max{};
    for (i64& m : max) m = INT32_MAX;
    return max;
}

/// How far a clock is ahead in a time namespace. Source: include/linux/time_namespace.h, struct timens_offsets.
struct TimensOffset {
    i64 sec = 0, nsec = 0;
};

/// What every namespace has but that of mounts. Source: include/linux/ns_common.h.
struct AnyNamespace {
    NsCommon ns;
    NsType type = NsType::none;
    Id<Namespace> parent; // user and pid; holds one reference
    u32 level = 0;        // user and pid
};

/// Source: include/linux/pid_namespace.h.
struct PidNamespace {
    Idr<Id<Pid>> idr; // the struct pid of each number in use; the next number is sought behind the last given
    i32 last_pid = 0;
    i32 pid_max = kPidMaxLimit;
    u32 pid_allocated = PIDNS_ADDING; // numbers in use here and in nested namespaces, which have one here too
    Id<Task> child_reaper;            // the init; NULL before there is one and once it has been reaped
    bool had_init = false;            // child_reaper was set once
};

/// Who made it, the ids that it has names for, whether setgroups(2) may be used, and its limits.
/// Source: include/linux/user_namespace.h.
struct UserNamespace {
    u32 owner = 0, group = 0; // in the first user namespace
    std::vector<UidGidExtent> uid_map, gid_map, projid_map;
    bool setgroups_allowed = true;     // USERNS_SETGROUPS_ALLOWED
    bool parent_could_setfcap = false; // whoever made it had CAP_SETFCAP
    std::array<i64, kUcountTypes> ucount_max = unlimited_ucounts();
    Id<Ucounts> users; // all that count something in it, linked by Ucounts::next; the kernel has a hash over all
};

/// Source: include/linux/time_namespace.h.
struct TimeNamespace {
    TimensOffset monotonic, boottime;
    bool frozen_offsets = false; // somebody has been in it
};

/// Any namespace but that of mounts; what is inside of others comes with its slice.
struct Namespace : AnyNamespace, PidNamespace, UserNamespace, TimeNamespace {
    /// Makes it fresh again. Most have touched nothing but what all have, which is a fifth.
    void reset() {
        if (type == NsType::pid) static_cast<PidNamespace&>(*this) = {};
        if (type == NsType::user) static_cast<UserNamespace&>(*this) = {};
        if (type == NsType::time) static_cast<TimeNamespace&>(*this) = {};
        static_cast<AnyNamespace&>(*this) = {};
    }
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

/// How far a file that consists of records has been read. Source: include/linux/seq_file.h.
struct SeqFile {
    std::string buf;  // made already and not read yet
    u32 size = 0;     // of the kernel's buffer; 0: there was none so far
    u64 index = 0;    // where the next record is looked for
    u64 read_pos = 0; // that `buf` begins at
};

/// An open file. Source: include/linux/fs.h, struct file.
struct File {
    u32 f_count = 0;   // descriptors that are it, memory whose program it is, tasks that sleep in poll(2) for it
    Path f_path;       // holds its mount and its dentry; nowhere for a program, which lies outside of the world
    Id<Inode> f_inode; // that of f_path; NULL where there is no path
    u32 f_flags = 0;   // O::
    u64 f_pos = 0;
    bool need_unmount = false;  // FMODE_NEED_UNMOUNT: the last descriptor of a detached tree dissolves it
    bool writer = false;        // counted in mnt_writers
    Id<FsContext> fs_context;   // of fsopen and fspick; such a file has no path
    Id<Pid> pidfd;              // of pidfd_open; holds one reference, and such a file has no path
    Id<Cred> f_cred;            // of whoever opened it; holds one reference
    Id<Namespace> proc_user_ns; // an open uid_map, gid_map, projid_map or setgroups: what it is of; holds one reference
    Id<MmStruct> proc_mm;       // an open /proc/PID/maps, mem or environ: holds its mm_count
    i32 proc_tid = 0;           // an open /proc/PID/task: the thread for which the last buffer had no room
    u64 proc_sys_ns = 0;        // an open kernel.pid_max: the id of its PID namespace, which it does not hold
    // An open /proc/PID/mountinfo or mounts: the namespace and the root that it shows, both held.
    Id<MntNamespace> proc_mnt_ns;
    Path proc_root;
    SeqFile seq; // of a proc file
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
    Id<Namespace> ns; // pid for proc, ipc for mqueue (hold one reference), net for sysfs: of the maker
    // Of the maker; each holds one reference. The user namespace is that of `ns` where there is one.
    Id<Namespace> user_ns, net_ns, cgroup_ns; // cgroup_ns of cgroup2 only
    Id<Cred> cred;
    Id<Dentry> root; // of the super block once there is one; holds it and one s_active
    bool exclusive = false;
};

/// Source: include/linux/pid.h, enum pid_type.
enum class PidType : u8 { PID, TGID, PGID, SID };
inline constexpr std::size_t kPidTypes = 4;

/// What a process, a thread, a process group or a session is called: a number in its own PID namespace and in each one
/// around it. Source: include/linux/pid.h, struct pid.
struct Pid {
    u32 count = 0; // 1 while it has its numbers, 1 for each pidfd and each inode of proc
    u32 level = 0;
    Id<Namespace> ns; // of its deepest level; holds one reference, the namespaces around it are its parents
    std::array<i32, kMaxPidNsLevel + 1> numbers{}; // [level] of each
    // The tasks that it names, newest first, linked by Task::pid_links. At most one of type PID and TGID.
    std::array<Id<Task>, kPidTypes> tasks{};
    bool in_proc = false; // some entry of proc was made for its task
    bool hashed = false;  // has its numbers: some task is called so
    // A pidfd was opened while its task was there: then the exit code stays known once that has been reaped.
    bool in_pidfs = false, exit_known = false;
    i32 exit_code = 0;
};

/// A set of signals: signal n is bit n-1. Source: include/linux/signal_types.h, sigset_t.
using Sigset = u64;
constexpr Sigset sig_bit(i32 sig) { return u64{1} << (sig - 1); }

/// Source: include/linux/signal_types.h, struct sigpending.
struct Sigpending {
    Sigset signal = 0;
    std::vector<Siginfo> list; // in the order of their sending; a signal may be pending without an entry
};

/// Bits of SignalStruct::flags. Source: include/linux/sched/signal.h.
namespace SIGNAL {
inline constexpr u32 STOP_STOPPED = 1, STOP_CONTINUED = 2, GROUP_EXIT = 4, CLD_STOPPED = 0x10, CLD_CONTINUED = 0x20,
                     UNKILLABLE = 0x40;
inline constexpr u32 CLD_MASK = CLD_STOPPED | CLD_CONTINUED, STOP_MASK = CLD_MASK | STOP_STOPPED | STOP_CONTINUED;
} // namespace SIGNAL

/// Bits of Task::jobctl. Source: include/linux/sched/jobctl.h.
namespace JOBCTL {
inline constexpr u32 STOP_PENDING = 1 << 17, // is to stop with its process
    STOP_CONSUME = 1 << 18,                  // and is counted in group_stop_count
    STOPPED = 1 << 26;                       // stands still until SIGCONT or SIGKILL
}

/// What the threads of a process share about signals and their end. Source: include/linux/sched/signal.h.
struct SignalStruct {
    u32 nr_threads = 0;   // tasks that are not reaped yet, with a dead leader
    u32 live = 0;         // tasks that have not exited
    Id<Task> curr_target; // which thread a signal to the process is offered to first
    Id<Task> thread_head; // the threads in the order of their making, linked by Task::thread_next
    u32 flags = 0;        // SIGNAL::
    i32 group_exit_code = 0;
    u32 group_stop_count = 0;              // threads that have yet to stop
    Id<Task> group_exec_task;              // the thread that waits for the end of all others in execve()
    u32 notify_count = 0;                  // how many it waits for
    Sigpending shared_pending;             // signals to the process as a whole
    std::array<Id<Pid>, kPidTypes> pids{}; // TGID, PGID and SID
    bool leader = false;                   // of a session
    // Children of dead descendants come here; some descendant has such an ancestor.
    bool is_child_subreaper = false, has_child_subreaper = false;
};

/// Actions for signals. Source: include/linux/sched/signal.h, struct sighand_struct.
struct SighandStruct {
    u32 count = 0;                  // tasks that share it
    std::vector<KSigaction> action; // [signal - 1]; empty while all are SIG_DFL
};

/// Memory, of which only the sharing is modelled. Source: include/linux/mm_types.h.
struct MmStruct {
    u32 mm_users = 0;      // tasks that share it
    u32 mm_count = 1;      // one for all of them, and one for each open /proc/PID/maps, mem and environ
    Id<Namespace> user_ns; // in which it was made, at fork that of the parent's memory; holds one reference
    Id<File> exe_file;     // the program, opened by execve() and shared by fork; held as long as there are users
    bool dumpable = true;  // others of the same user may look at it
};

/// Who a task is and what it may do. Never changed while shared: who changes gets a copy. Source: include/linux/cred.h.
struct Cred {
    u32 usage = 0; // tasks that have it, files and fs_contexts that were opened with it
    u32 uid = 0, gid = 0, suid = 0, sgid = 0, euid = 0, egid = 0, fsuid = 0, fsgid = 0; // in the first user namespace
    u64 cap_inheritable = 0, cap_permitted = 0, cap_effective = 0, cap_bset = 0, cap_ambient = 0;
    Id<Namespace> user_ns; // holds one reference
    Id<Ucounts> ucounts;   // holds one reference
    u32 securebits = 0;
    std::vector<u32> group_info; // supplementary groups
};

enum class ExitState : u8 { running, zombie, dead };

/// What a task sleeps in. It is woken by what it waits for or by a signal.
enum class Sleep : u8 {
    none,
    interruptible, // in a call such as wait4() or pause(), which is begun anew when somebody asks whether it ended
    vfork,         // until its child has left its memory; only a fatal signal wakes it
    zap_pid_ns,    // an init that exits, until its PID namespace is empty
};

/// What has woken a task from an interruptible sleep, the later the stronger. Its call ends in EINTR or goes on, as
/// each call has it.
enum class Woken : u8 {
    no,
    silently,  // a signal that was dropped, or that stopped it for a while
    restarted, // a handler with SA_RESTART ran
    handled,   // one without
};

/// Whom wait4(2) and waitid(2) wait for. Source: kernel/exit.h, struct wait_opts.
struct WaitOpts {
    std::optional<PidType> type; // nothing: any child
    Id<Pid> pid;
    u32 flags = 0;
};

/// Source: include/linux/sched.h, struct task_struct.
struct Task {
    i32 pid = 0, tgid = 0; // in the first PID namespace
    ExitState exit_state = ExitState::running;
    bool exiting = false;       // PF_EXITING: in do_exit() or behind it
    bool forknoexec = false;    // PF_FORKNOEXEC: has not called execve() since it was forked
    bool user_dumpable = false; // others of its user might look at its memory, when it let go of that
    bool no_new_privs = false;
    Sleep sleep = Sleep::none;
    i32 exit_code = 0;           // as wait4 writes it
    i32 exit_signal = SIG::CHLD; // sent to the parent; 0 for none, -1 for a thread that is no leader
    i32 pdeath_signal = 0;       // sent to the task when its parent exits
    i32 parent_exec_id = 0, self_exec_id = 0;
    Id<Task> real_parent, parent;                  // who made it, or whoever took over; who waits for it
    Id<Task> children, sibling_next, sibling_prev; // in the order of their making; `prev` of the first is the last
    Id<Task> group_leader;
    Id<Task> thread_next, thread_prev; // in SignalStruct::thread_head; `prev` of the first is the last
    Id<Pid> thread_pid;                // holds it while the task is attached
    std::array<std::pair<Id<Task>, Id<Task>>, kPidTypes> pid_links{}; // next and previous in Pid::tasks
    // Each NULL once the task has exited, and shared as CLONE_FS, CLONE_FILES and the lack of CLONE_NEW* say.
    Id<FsStruct> fs;
    Id<FilesStruct> files;
    Id<Nsproxy> nsproxy;
    Id<MmStruct> mm;           // shared with CLONE_VM; NULL once the task has exited
    Id<SignalStruct> signal;   // shared with CLONE_THREAD; held by each task until it is reaped
    Id<SighandStruct> sighand; // shared with CLONE_SIGHAND; held by each task until it is reaped
    Id<Cred> cred;             // shared with CLONE_THREAD; held by each task until it is reaped
    Sigset blocked = 0;
    // What it sleeps for in rt_sigtimedwait(2) does not count as blocked meanwhile. (The kernel takes it out of
    // `blocked` for that time, and keeps the whole in real_blocked.)
    Sigset awaited = 0;
    // `blocked` as it will be when the handlers have returned that are set up and have not run; the task is stopped
    // then.
    std::optional<Sigset> saved_sigmask;
    Sigpending pending; // signals to this thread
    // TIF_SIGPENDING: it was told of a signal while it slept in vfork(2), and stays so until it runs, whatever becomes
    // of the signal.
    bool sigpending = false;
    Id<Task> vfork_parent; // who sleeps until this task has left its memory
    Woken woken = Woken::no;
    bool waits = false;      // sleeps in wait4(2) or waitid(2) for `wait`, which holds its `pid`
    bool child_woke = false; // since then one of those that it waits for has ended, stopped or gone on
    WaitOpts wait;
    Id<File> polls; // the pidfd that it sleeps for in poll(2); held, whatever becomes of the descriptor
    u32 jobctl = 0; // JOBCTL::
    std::array<char, 16> comm{'n', 's', 'l', 'a', 'b'};
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
    Table<Pid> pids;
    Table<SignalStruct> signals;
    Table<SighandStruct> sighands;
    Table<MmStruct> mms;
    Table<Cred> creds;
    Table<Ucounts> ucounts;

    // Lookup by hash; both double as they fill.
    PagedArray<Id<Mount>> mount_hash{64}; // on (mnt_parent, mnt_mountpoint)
    PagedArray<Id<Dentry>> dentry_hash;   // on (d_parent, d_name)
    u32 mounts_hashed = 0, dentries_hashed = 0;

    // Numbers, handed out in the kernel's order because the order shows in /proc.
    Ida mnt_id_ida{0};
    Ida mnt_group_ida{1};
    Ida anon_dev{1};
    u32 mnt_id_seq = 0;
    u64 ns_id_seq = 0;
    Ida ns_inum_ida{0xF0000000}; // inode numbers of namespaces (kernel: proc_inum_ida)

    // Limits that sysctl sets.
    u32 sysctl_mount_max = 100000;
    u64 totalram_pages = 1000000; // the machine's memory: what a percentage of tmpfs's size= is of

    Id<Task> init;              // PID 1 of the world
    Id<Namespace> init_user_ns; // the first user namespace
    Id<SuperBlock> nsfs_sb;
    Id<Mount> nsfs_mnt; // the kernel's own mount of nsfs

    // Mounts whose last reference the running call drops when it returns (kernel: `unmounted`), see namespace_unlock().
    std::vector<Id<Mount>> unmounted;
    // Tasks that the running call has woken; they run before it returns, see schedule().
    std::vector<Id<Task>> woken;
    bool ever_locked = false; // some mount was MNT_LOCKED once: until then nobody looks for one
    Id<MntNamespace> emptied_ns;

    bool explaining = false;
    std::vector<Event> events;

    // Which behaviours of releases had a part in what happened, a bit for each; noted by whoever asks, hence mutable.
    mutable u64 behaviours_met = 0;
    void meet(Behaviour b) const { behaviours_met |= u64{1} << static_cast<unsigned>(b); }
    /// Whether the release that is played has a behaviour, at a place where that makes a difference.
    bool plays(Behaviour b) const {
        meet(b);
        return has(release, b);
    }

    // Short ways to the objects.
    template <class X> [[gnu::always_inline]] const X& operator[](Id<X> id) const { return table<X>()[id]; }
    template <class X> [[gnu::always_inline]] X& operator[](Id<X> id) { return table<X>()[id]; }
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
NSLAB_TABLE(Pid, pids)
NSLAB_TABLE(SignalStruct, signals)
NSLAB_TABLE(SighandStruct, sighands)
NSLAB_TABLE(MmStruct, mms)
NSLAB_TABLE(Cred, creds)
NSLAB_TABLE(Ucounts, ucounts)
#undef NSLAB_TABLE

static_assert(sizeof(Mount) == 112, "a mount is meant to stay below 128 bytes with its share of tables");

} // namespace nslab
