#pragma once
// What the files of fs/proc offer each other: fs/proc/internal.h and generic entries.

#include <optional>
#include <span>

#include "sim/linux/fs/internal.hpp"
#include "sim/linux/kernel/internal.hpp"

namespace nslab {

/// What an inode of proc is, in Inode::proc_entry. Those from `first_static` on are rows of the table of generic.cpp.
enum class ProcEntry : u16 {
    none,
    root,
    self,
    thread_self,
    // Directories of a task (Inode::proc_pid).
    tgid,
    task_dir,
    fd_dir,
    fdinfo_dir,
    ns_dir,
    attr_dir,
    // Magic links of a task.
    cwd,
    root_link,
    exe,
    fd_link, // to descriptor Inode::proc_fd
    ns_net,
    ns_uts,
    ns_ipc,
    ns_pid,
    ns_pid_for_children,
    ns_user,
    ns_mnt,
    ns_cgroup,
    ns_time,
    ns_time_for_children,
    // Files of a task.
    mountinfo,
    mounts,
    status,
    comm,
    uid_map,
    gid_map,
    projid_map,
    setgroups,
    timens_offsets,
    environ,
    maps,
    mem,
    unmodelled, // a file that is there and whose contents the model does not have
    first_static = 0x100,
};

// Values of hidepid=. Source: include/linux/proc_fs.h, enum proc_hidepid.
inline constexpr u8 kHidepidNoAccess = 1, kHidepidInvisible = 2, kHidepidNotPtraceable = 4;
/// Whether the reader may know of the task what is hidden from `from` on: gid= names a group that always may. Source:
/// fs/proc/base.c, has_pid_permissions().
bool has_pid_permissions(const Kernel& k, Id<SuperBlock> sb, Id<Task> reader, Id<Task> target, u8 from);

/// The process whose directory /proc/PID is open. EBADF: it is no such directory; ESRCH: the process is gone.
/// Source: fs/proc/base.c, tgid_pidfd_to_pid().
Result<Id<Pid>> tgid_pidfd_to_pid(const Kernel& k, const File& file);

inline ProcEntry proc_entry(const Kernel& k, Id<Dentry> d) { return static_cast<ProcEntry>(d_inode(k, d).proc_entry); }

/// The task that an entry shows; NULL once that has been reaped. Source: fs/proc/internal.h, get_proc_task().
inline Id<Task> proc_task(const Kernel& k, const Inode& inode) {
    return inode.proc_pid ? pid_task(k, inode.proc_pid, PidType::PID) : Id<Task>{};
}

/// What /proc/PID/exe says of the program of every process, which the sandbox keeps in a memfd.
inline constexpr std::string_view kProgramPath = "/memfd:nslab (deleted)";

/// One name in a directory of a task.
struct PidEntry {
    std::string_view name;
    InodeKind kind;
    u16 mode;
    ProcEntry entry;
};

/// A new name in a proc directory; of `task` where it belongs to one.
Id<Dentry> proc_instantiate(Kernel& k, Id<Dentry> dir, const PidEntry& row, Id<Task> task);

/// Gives an inode of a task the owner that it has now. Source: fs/proc/base.c, task_dump_owner().
void task_dump_owner(Kernel& k, Id<Inode> inode);

/// A number without leading zeros, as PIDs and descriptors are named. Source: fs/proc/util.c, name_to_int().
std::optional<i32> name_to_int(std::string_view name);

/// Takes a name that no longer leads anywhere out of its directory, with what is below it and nobody holds, and
/// detaches what is mounted there. Source: fs/dcache.c, d_invalidate().
void d_invalidate(Kernel& k, Id<Dentry> d);

// fd.cpp
Id<Dentry> proc_lookupfd(Kernel& k, Id<Dentry> dir, std::string_view name);
std::vector<i32> proc_open_fds(const Kernel& k, Id<Task> task);
bool fd_is_open(const Kernel& k, Id<Task> task, u32 fd);
Result<HeldPath> proc_fd_link(Kernel& k, Id<Task> reader, const Inode& link);
Result<std::string> proc_fd_readlink(const Kernel& k, Id<Task> reader, const Inode& link);

// namespaces.cpp
std::span<const PidEntry> proc_ns_entries();
/// The namespace that a link of /proc/PID/ns is of. ENOENT: the task has exited.
struct NsOfTask {
    NsType type = NsType::none;
    u32 index = 0;
};
Result<NsOfTask> proc_ns_of(const Kernel& k, Id<Task> task, ProcEntry entry);

// base.cpp
std::span<const PidEntry> tgid_base_stuff();
/// PIDs as `pid_ns` sees them, ids as `user_ns` of the reader names them.
std::string proc_pid_status(const Kernel& k, Id<Task> task, Id<Task> reader, Id<Namespace> pid_ns,
                            Id<Namespace> user_ns);

// generic.cpp: what belongs to no task
Id<Dentry> proc_lookup_static(Kernel& k, Id<Dentry> dir, std::string_view name);
std::vector<std::string_view> proc_static_names(ProcEntry dir);
std::string proc_static_symlink(ProcEntry entry);
Result<std::string> proc_read_static(const Kernel& k, Id<Task> task, Id<File> file, ProcEntry entry);
/// How much of `data` has been taken.
Result<i64> proc_write_static(Kernel& k, Id<Task> task, Id<File> file, ProcEntry entry, std::string_view data);
/// The id of the PID namespace whose table an entry is found in, where each has its own; else 0.
/// Source: kernel/pid.c, pid_table_root_lookup().
u64 proc_sys_ns_of(const Kernel& k, Id<Task> task, ProcEntry entry);
/// Whether an entry lies in /proc/sys.
bool is_sysctl(ProcEntry entry);
/// EACCES: its mode does not allow it, and no capability helps. Source: fs/proc/proc_sysctl.c, proc_sys_permission(),
/// and kernel/ucount.c, set_permissions().
Result<> proc_sys_permission(const Kernel& k, Id<Task> task, const Inode& inode, u32 mask);

} // namespace nslab
