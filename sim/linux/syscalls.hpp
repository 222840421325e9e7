#pragma once
// The system calls of the model, as functions. Each is defined in the file of its kernel counterpart; the door
// (syscall/door.cpp) is their only caller besides tests. A pointer that cannot be read gives EFAULT where the kernel
// first reads it; that decides which errno wins.

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "sim/linux/kernel.hpp"
#include "sim/linux/uapi/buffers.hpp"

namespace nslab {

// fs/namespace.cpp
Result<> sys_mount(Kernel& k, Id<Task> task, const Str& dev_name, const Str& dir_name, const Str& type, u64 flags,
                   const Str& data);
Result<> sys_umount(Kernel& k, Id<Task> task, const Str& name, u32 flags);
Result<> sys_pivot_root(Kernel& k, Id<Task> task, const Str& new_root, const Str& put_old);
Result<i64> sys_open_tree(Kernel& k, Id<Task> task, i32 dfd, const Str& filename, u32 flags);
Result<> sys_move_mount(Kernel& k, Id<Task> task, i32 from_dfd, const Str& from, i32 to_dfd, const Str& to, u32 flags);
Result<i64> sys_fsmount(Kernel& k, Id<Task> task, i32 fs_fd, u32 flags, u64 attr_flags);
Result<> sys_mount_setattr(Kernel& k, Id<Task> task, i32 dfd, const Str& path, u32 flags,
                           const std::optional<MountAttr>& uattr, u64 usize);
Result<i64> sys_open_tree_attr(Kernel& k, Id<Task> task, i32 dfd, const Str& filename, u32 flags,
                               const std::optional<MountAttr>& uattr, u64 usize);
Result<StatmountBuf> sys_statmount(Kernel& k, Id<Task> task, const MntIdReq& req, u32 flags);
Result<std::vector<u64>> sys_listmount(Kernel& k, Id<Task> task, const MntIdReq& req, u64 nr_mnt_ids, u32 flags);

// fs/fsopen.cpp
Result<i64> sys_fsopen(Kernel& k, Id<Task> task, const Str& fs_name, u32 flags);
Result<> sys_fsconfig(Kernel& k, Id<Task> task, i32 fd, u32 cmd, const Str& key, const Str& value, i32 aux);
Result<i64> sys_fspick(Kernel& k, Id<Task> task, i32 dfd, const Str& path, u32 flags);

// fs/open.cpp
Result<> sys_chroot(Kernel& k, Id<Task> task, const Str& filename);
Result<> sys_chdir(Kernel& k, Id<Task> task, const Str& filename);
Result<> sys_fchdir(Kernel& k, Id<Task> task, i32 fd);
Result<i64> sys_openat(Kernel& k, Id<Task> task, i32 dfd, const Str& filename, u32 flags, u32 mode);
Result<> sys_close(Kernel& k, Id<Task> task, i32 fd);
Result<> sys_faccessat(Kernel& k, Id<Task> task, i32 dfd, const Str& filename, u32 mode);
Result<> sys_ftruncate(Kernel& k, Id<Task> task, i32 fd, u64 length);
Result<> sys_fchmodat(Kernel& k, Id<Task> task, i32 dfd, const Str& filename, u32 mode);

// fs/file.cpp
Result<i64> sys_dup(Kernel& k, Id<Task> task, i32 fd);

// fs/read_write.cpp
Result<std::string> sys_read(Kernel& k, Id<Task> task, i32 fd, u64 count);
Result<i64> sys_write(Kernel& k, Id<Task> task, i32 fd, const std::string& data);
Result<i64> sys_lseek(Kernel& k, Id<Task> task, i32 fd, i64 offset, u32 whence);

// fs/readdir.cpp
Result<std::vector<DirEntry>> sys_getdents64(Kernel& k, Id<Task> task, i32 fd, u64 count);

// fs/stat.cpp
Result<StatBuf> sys_newfstatat(Kernel& k, Id<Task> task, i32 dfd, const Str& filename, u32 flag);
Result<std::string> sys_readlinkat(Kernel& k, Id<Task> task, i32 dfd, const Str& path);

// fs/statfs.cpp
Result<StatfsBuf> sys_statfs(Kernel& k, Id<Task> task, const Str& path);
Result<StatfsBuf> sys_fstatfs(Kernel& k, Id<Task> task, i32 fd);

// fs/d_path.cpp
Result<std::string> sys_getcwd(Kernel& k, Id<Task> task);

// fs/namei.cpp
Result<> sys_mkdirat(Kernel& k, Id<Task> task, i32 dfd, const Str& pathname, u32 mode);
Result<> sys_unlinkat(Kernel& k, Id<Task> task, i32 dfd, const Str& pathname, u32 flag);
Result<> sys_symlinkat(Kernel& k, Id<Task> task, const Str& target, i32 newdfd, const Str& linkpath);
Result<> sys_linkat(Kernel& k, Id<Task> task, i32 olddfd, const Str& oldpath, i32 newdfd, const Str& newpath,
                    u32 flags);
Result<> sys_renameat2(Kernel& k, Id<Task> task, i32 olddfd, const Str& oldpath, i32 newdfd, const Str& newpath,
                       u32 flags);

// fs/utimes.cpp
Result<> sys_utimensat(Kernel& k, Id<Task> task, i32 dfd, const Str& filename);

// fs/nsfs_ioctl.cpp
struct IoctlDone {
    i64 value = 0;
    std::variant<std::monostate, NumberBuf, MntNsInfo, PidfdInfo> out; // what it wrote
};
Result<IoctlDone> sys_ioctl(Kernel& k, Id<Task> task, i32 fd, u32 cmd, u64 arg);

// fs/pidfs.cpp
Result<std::optional<u32>> sys_poll(Kernel& k, Id<Task> task, i32 fd, u32 events, i32 timeout); // nothing: it sleeps

// kernel/capability.cpp
Result<std::optional<CapSets>> sys_capget(Kernel& k, Id<Task> task, u32 version, i32 pid, OutPtr dataptr);
Result<> sys_capset(Kernel& k, Id<Task> task, u32 version, i32 pid, const std::optional<CapSets>& data);

// kernel/sys_ids.cpp
Result<i64> sys_getuid(Kernel& k, Id<Task> task);
Result<i64> sys_geteuid(Kernel& k, Id<Task> task);
Result<i64> sys_getgid(Kernel& k, Id<Task> task);
Result<i64> sys_getegid(Kernel& k, Id<Task> task);
Result<> sys_setresuid(Kernel& k, Id<Task> task, i64 ruid, i64 euid, i64 suid);
Result<> sys_setresgid(Kernel& k, Id<Task> task, i64 rgid, i64 egid, i64 sgid);
Result<> sys_setgroups(Kernel& k, Id<Task> task, const std::vector<i32>& grouplist);

// kernel/sys.cpp
Result<i64> sys_umask(Kernel& k, Id<Task> task, u32 mask);
Result<i64> sys_getpid(Kernel& k, Id<Task> task);
Result<i64> sys_getppid(Kernel& k, Id<Task> task);
Result<i64> sys_gettid(Kernel& k, Id<Task> task);
Result<> sys_setpgid(Kernel& k, Id<Task> task, i32 pid, i32 pgid);
Result<i64> sys_getpgid(Kernel& k, Id<Task> task, i32 pid);
Result<i64> sys_getsid(Kernel& k, Id<Task> task, i32 pid);
Result<i64> sys_setsid(Kernel& k, Id<Task> task);
struct PrctlDone {
    i64 value = 0;
    std::optional<i64> written;
};
Result<PrctlDone> sys_prctl(Kernel& k, Id<Task> task, u32 option, std::array<u64, 4> args);

// kernel/fork.cpp
struct KernelCloneArgs;
struct Cloned {
    i32 pid = 0;
    i32 pidfd = -1, parent_tid = 0; // what was written, where it was asked for
    bool blocked = false;           // CLONE_VFORK: the caller sleeps
};
Result<Cloned> sys_clone(Kernel& k, Id<Task> task, const KernelCloneArgs& args);
Result<Cloned> sys_clone3(Kernel& k, Id<Task> task, const KernelCloneArgs& args, u64 exit_signal);
Result<> sys_unshare(Kernel& k, Id<Task> task, u64 unshare_flags);

// kernel/nsproxy.cpp
Result<> sys_setns(Kernel& k, Id<Task> task, i32 fd, u64 flags);

// kernel/exit.cpp
void sys_exit(Kernel& k, Id<Task> task, i32 error_code);
void sys_exit_group(Kernel& k, Id<Task> task, i32 error_code);

// kernel/wait.cpp
struct Waited {
    i32 pid = 0;    // of the child in the caller's PID namespace
    i32 status = 0; // as wait4() writes it
    i32 cause = 0;  // and waitid(): CLD::
    u32 uid = 0;
    bool found = false;   // not so with WNOHANG, where nothing is to be told of anybody
    bool blocked = false; // there are children, nothing is to be told of them: the task sleeps
};
Result<Waited> sys_wait4(Kernel& k, Id<Task> task, i32 pid, u32 options);
Result<Waited> sys_waitid(Kernel& k, Id<Task> task, u32 which, i32 upid, u32 options);

// kernel/exec.cpp
Result<> sys_execve(Kernel& k, Id<Task> task, const Str& filename, std::string_view argv0 = {});

// kernel/signal.cpp
Result<> sys_kill(Kernel& k, Id<Task> task, i32 pid, i32 sig);
Result<> sys_tgkill(Kernel& k, Id<Task> task, std::optional<i32> tgid, i32 pid, i32 sig);
Result<> sys_pidfd_send_signal(Kernel& k, Id<Task> task, i32 fd, i32 sig, const std::optional<Siginfo>& info,
                               u32 flags);
Result<> sys_rt_sigqueueinfo(Kernel& k, Id<Task> task, i32 pid, i32 sig, const std::optional<Siginfo>& uinfo);
Result<> sys_rt_tgsigqueueinfo(Kernel& k, Id<Task> task, i32 tgid, i32 pid, i32 sig,
                               const std::optional<Siginfo>& uinfo);

// kernel/sigaction.cpp
Result<KSigaction> sys_rt_sigaction(Kernel& k, Id<Task> task, i32 sig, const std::optional<KSigaction>& act, u64 size);
Result<u64> sys_rt_sigprocmask(Kernel& k, Id<Task> task, u32 how, const std::optional<u64>& nset, u64 size);
Result<u64> sys_rt_sigpending(Kernel& k, Id<Task> task, u64 size);
Result<bool> sys_pause(Kernel& k, Id<Task> task); // true: it sleeps
Result<std::optional<Siginfo>> sys_rt_sigtimedwait(Kernel& k, Id<Task> task, u64 these,
                                                   const std::optional<Timespec>& timeout, u64 size);

// kernel/pid.cpp
Result<i64> sys_pidfd_open(Kernel& k, Id<Task> task, i32 pid, u32 flags);

} // namespace nslab
