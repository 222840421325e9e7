#pragma once
// System calls as data. One struct each; the table in calls.hpp gives the names of arguments and flags, and printing,
// parsing and performing all read that one description. A step of a scenario becomes these, and nothing else changes a
// Kernel.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "sim/linux/lib/table.hpp"
#include "sim/linux/uapi/buffers.hpp"
#include "sim/linux/uapi/errno.hpp"
#include "sim/linux/uapi/flags.hpp"

namespace nslab {

struct Kernel;
struct Task;

template <class T, class Variant> struct IsOneOf;
template <class T, class... Ts> struct IsOneOf<T, std::variant<Ts...>> : std::disjunction<std::is_same<T, Ts>...> {};

using AnyOutput = std::variant<StatBuf, Entries, StatmountBuf, WaitBuf, Bytes, Ids, StatfsBuf, CloneBuf, NumberBuf,
                               SigsetBuf, MntNsInfo, Siginfo, KSigaction, CapSets, PollBuf, PidfdInfo>;

/// What a call wrote. Most write nothing, so that nothing is a null pointer; and what is done with all the alternatives
/// is compiled once, in syscall.cpp: it was more than half of what the compiler did in each file.
class Output {
  public:
    Output() = default;
    template <class T>
    requires IsOneOf<T, AnyOutput>::value Output(T written) : any_(made(std::move(written))) {}
    Output(Output&&) noexcept = default;
    Output& operator=(Output&&) noexcept = default;
    Output(const Output& other);
    Output& operator=(const Output& other) { return *this = Output(other); }
    ~Output() = default;

    explicit operator bool() const { return any_ != nullptr; }
    /// What was written, or NULL where that is something else.
    template <class T> const T* get_if() const { return std::get_if<T>(any_.get()); }
    template <class T> T* get_if() { return std::get_if<T>(any_.get()); }
    template <class T> bool holds() const { return get_if<T>() != nullptr; }
    /// Throws std::bad_variant_access where it is something else.
    template <class T> const T& get() const { return any_ ? std::get<T>(*any_) : throw std::bad_variant_access(); }
    friend bool operator==(const Output& a, const Output& b);
    /// Whether both are of one type, or nothing.
    bool like(const Output& other) const {
        return any_ && other.any_ ? any_->index() == other.any_->index() : !any_ && !other.any_;
    }
    template <class F> void visit(const F& f) const {
        if (any_) std::visit(f, *any_);
    }

  private:
    static AnyOutput* made(AnyOutput written);
    struct Drop {
        void operator()(AnyOutput* any) const;
    };

    std::unique_ptr<AnyOutput, Drop> any_;
};

/// What became of a call.
struct Outcome {
    i64 value = 0; // what it returned, where it succeeded
    E error = E::OK;
    // The task sleeps in it; Backend::resume() tells when it has ended. With CLONE_VFORK `value` is the child already.
    bool blocked = false;
    bool ended = false; // the call does not return: exit, exit_group, or the caller is killed by it
    // The call was not performed: the model does not know it, or the sandbox refuses it. `why` says what.
    bool skipped = false;
    Output out;
    std::string why; // the model's reason for an errno (Error::why); empty from the host
    // And which of its functions decided that, in which of its files; kernel_place() has the kernel's names.
    const char *function = "", *file = "";

    bool ok() const { return error == E::OK && !blocked && !skipped; }
};

// The calls ----------------------------------------------------------------------------------------------------------

namespace sys {

struct Mount {
    Str source, target, filesystemtype;
    u64 mountflags = 0;
    Str data;
};
struct Umount2 {
    Str target;
    u32 flags = 0;
};
struct PivotRoot {
    Str new_root, put_old;
};
struct Chroot {
    Str path;
};
struct Chdir {
    Str path;
};
struct Fchdir {
    i32 fd = -1;
};
struct Getcwd {};

struct OpenTree {
    i32 dfd = AT::FDCWD;
    Str filename;
    u32 flags = 0;
};
struct MoveMount {
    i32 from_dfd = AT::FDCWD;
    Str from_pathname;
    i32 to_dfd = AT::FDCWD;
    Str to_pathname;
    u32 flags = 0;
};
struct Fsopen {
    Str fsname;
    u32 flags = 0;
};
struct Fsconfig {
    i32 fd = -1;
    u32 cmd = 0;
    Str key;
    Str value;
    i32 aux = 0;
};
struct Fsmount {
    i32 fd = -1;
    u32 flags = 0;
    u64 attr_flags = 0;
};
struct Fspick {
    i32 dfd = AT::FDCWD;
    Str path;
    u32 flags = 0;
};
struct MountSetattr {
    i32 dfd = AT::FDCWD;
    Str path;
    u32 flags = 0;
    std::optional<MountAttr> uattr;
    u64 usize = kMountAttrSize;
};
struct OpenTreeAttr {
    i32 dfd = AT::FDCWD;
    Str filename;
    u32 flags = 0;
    std::optional<MountAttr> uattr;
    u64 usize = kMountAttrSize;
};
struct Statmount {
    MntIdReq req;
    u32 flags = 0;
};
struct Listmount {
    MntIdReq req;
    u64 nr_mnt_ids = 1024;
    u32 flags = 0;
};

/// open(2) is openat(2) with AT_FDCWD; the text of the scenario may use either.
struct Openat {
    i32 dfd = AT::FDCWD;
    Str filename;
    u32 flags = 0;
    u32 mode = 0;
};
struct Close {
    i32 fd = -1;
};
struct Dup {
    i32 fd = -1;
};
struct Read {
    i32 fd = -1;
    u64 count = 65536;
};
struct Write {
    i32 fd = -1;
    std::string data;
};
struct Lseek {
    i32 fd = -1;
    i64 offset = 0;
    u32 whence = 0;
};
struct Ftruncate {
    i32 fd = -1;
    u64 length = 0;
};
struct Getdents64 {
    i32 fd = -1;
    u64 count = 1 << 20;
};
struct Newfstatat {
    i32 dfd = AT::FDCWD;
    Str filename;
    u32 flag = 0;
}; // also stat, lstat and fstat
struct Statfs {
    Str path;
};
struct Fstatfs {
    i32 fd = -1;
};
struct Faccessat {
    i32 dfd = AT::FDCWD;
    Str filename;
    u32 mode = 0;
};
struct Readlinkat {
    i32 dfd = AT::FDCWD;
    Str path;
};
struct Mkdirat {
    i32 dfd = AT::FDCWD;
    Str pathname;
    u32 mode = 0777;
};
struct Unlinkat {
    i32 dfd = AT::FDCWD;
    Str pathname;
    u32 flag = 0;
}; // also unlink and rmdir
struct Symlinkat {
    Str target;
    i32 newdfd = AT::FDCWD;
    Str linkpath;
};
struct Linkat {
    i32 olddfd = AT::FDCWD;
    Str oldpath;
    i32 newdfd = AT::FDCWD;
    Str newpath;
    u32 flags = 0;
};
struct Renameat2 {
    i32 olddfd = AT::FDCWD;
    Str oldpath;
    i32 newdfd = AT::FDCWD;
    Str newpath;
    u32 flags = 0;
};
struct Utimensat {
    i32 dfd = AT::FDCWD;
    Str filename;
}; // always "now"
struct Fchmodat {
    i32 dfd = AT::FDCWD;
    Str filename;
    u32 mode = 0;
};
struct Umask {
    u32 mask = 022;
};

/// fork(2), vfork(2) and clone(2). `flags` holds the exit signal in its low byte, as clone(2) has it. The pidfd of
/// CLONE_PIDFD is written to parent_tid.
struct Clone {
    u64 flags = SIG::CHLD;
    OutPtr parent_tid = OutPtr::null;
};
/// struct clone_args of clone3(2).
struct Clone3 {
    u64 flags = 0;
    u64 exit_signal = 0;
    std::vector<i32> set_tid;
    OutPtr pidfd = OutPtr::null, parent_tid = OutPtr::null;
};
struct Unshare {
    u64 unshare_flags = 0;
};
struct Setns {
    i32 fd = -1;
    u64 flags = 0;
};
/// exit_group(2): the whole process.
struct ExitGroup {
    i32 error_code = 0;
};
/// exit(2): the calling thread only.
struct Exit {
    i32 error_code = 0;
};
/// execve(2) of the program that the caller is: "/proc/self/exe". Any other file fails. The process is called as the
/// file is, unless it calls itself by `argv0`, as a program that is many in one does.
struct Execve {
    Str filename;
    std::string argv0{};
};
struct Wait4 {
    i32 pid = -1;
    u32 options = 0;
};
struct Waitid {
    u32 which = 0;
    i32 upid = 0;
    OutPtr infop = OutPtr::somewhere;
    u32 options = 0;
};
struct Kill {
    i32 pid = 0;
    i32 sig = 0;
};
struct Tgkill {
    i32 tgid = 0, pid = 0, sig = 0;
};
struct Tkill {
    i32 pid = 0, sig = 0;
};
struct PidfdSendSignal {
    i32 pidfd = -1, sig = 0;
    std::optional<Siginfo> info;
    u32 flags = 0;
};
struct RtSigqueueinfo {
    i32 pid = 0, sig = 0;
    std::optional<Siginfo> uinfo;
};
struct RtTgsigqueueinfo {
    i32 tgid = 0, pid = 0, sig = 0;
    std::optional<Siginfo> uinfo;
};
struct RtSigaction {
    i32 sig = 0;
    std::optional<KSigaction> act;
    OutPtr oact = OutPtr::null;
    u64 sigsetsize = kSigsetSize;
};
struct RtSigprocmask {
    u32 how = 0;
    std::optional<u64> nset;
    OutPtr oset = OutPtr::null;
    u64 sigsetsize = kSigsetSize;
};
struct RtSigpending {
    u64 sigsetsize = kSigsetSize;
};
/// Waits for ever where there is no timeout; the only other one is nothing, {tv_sec=0, tv_nsec=0}.
struct RtSigtimedwait {
    u64 uthese = 0;
    OutPtr uinfo = OutPtr::null;
    std::optional<Timespec> uts;
    u64 sigsetsize = kSigsetSize;
};
struct Pause {};
struct Getpid {};
struct Getppid {};
struct Gettid {};
struct Getuid {};
struct Geteuid {};
struct Getgid {};
struct Getegid {};
/// -1 leaves an id as it is.
struct Setresuid {
    i64 ruid = -1, euid = -1, suid = -1;
};
struct Setresgid {
    i64 rgid = -1, egid = -1, sgid = -1;
};
struct Setgroups {
    std::vector<i32> grouplist;
};
struct Setsid {};
struct Getsid {
    i32 pid = 0;
};
struct Setpgid {
    i32 pid = 0, pgid = 0;
};
struct Getpgid {
    i32 pid = 0;
};
struct Getpgrp {};
/// Of the process or thread `pid`, 0 for the caller.
struct Capget {
    u32 version = kCapabilityVersion3;
    i32 pid = 0;
    OutPtr dataptr = OutPtr::somewhere;
};
struct Capset {
    u32 version = kCapabilityVersion3;
    i32 pid = 0;
    std::optional<CapSets> data;
};
/// `arg2` is a number, or for the options that write something a OutPtr.
struct Prctl {
    u32 option = 0;
    u64 arg2 = 0, arg3 = 0, arg4 = 0, arg5 = 0;
};
/// poll(2) of one descriptor. It returns at once, or waits for ever.
struct Poll {
    i32 fd = -1;
    u32 events = 0;
    i32 timeout_msecs = 0;
};
/// `arg` is a number, or for the requests that write something a OutPtr.
struct Ioctl {
    i32 fd = -1;
    u32 cmd = 0;
    u64 arg = 0;
};
struct PidfdOpen {
    i32 pid = 0;
    u32 flags = 0;
};

} // namespace sys

using AnySyscall =
    std::variant<sys::Mount, sys::Umount2, sys::PivotRoot, sys::Chroot, sys::Chdir, sys::Fchdir, sys::Getcwd,
                 sys::OpenTree, sys::MoveMount, sys::Fsopen, sys::Fsconfig, sys::Fsmount, sys::Fspick,
                 sys::MountSetattr, sys::OpenTreeAttr, sys::Statmount, sys::Listmount, sys::Openat, sys::Close,
                 sys::Dup, sys::Read, sys::Write, sys::Lseek, sys::Ftruncate, sys::Getdents64, sys::Newfstatat,
                 sys::Statfs, sys::Fstatfs, sys::Faccessat, sys::Readlinkat, sys::Mkdirat, sys::Unlinkat,
                 sys::Symlinkat, sys::Linkat, sys::Renameat2, sys::Utimensat, sys::Fchmodat, sys::Umask, sys::Clone,
                 sys::Clone3, sys::Unshare, sys::Setns, sys::ExitGroup, sys::Exit, sys::Execve, sys::Wait4, sys::Waitid,
                 sys::Kill, sys::Tgkill, sys::Tkill, sys::PidfdSendSignal, sys::RtSigaction, sys::RtSigprocmask,
                 sys::RtSigpending, sys::RtSigtimedwait, sys::Pause, sys::Getpid, sys::Getppid, sys::Gettid,
                 sys::Getuid, sys::Geteuid, sys::Getgid, sys::Getegid, sys::Setresuid, sys::Setresgid, sys::Setgroups,
                 sys::Setsid, sys::Getsid, sys::Setpgid, sys::Getpgid, sys::Getpgrp, sys::Prctl, sys::Ioctl,
                 sys::PidfdOpen, sys::RtSigqueueinfo, sys::RtTgsigqueueinfo, sys::Capget, sys::Capset, sys::Poll>;

/// One call with its arguments.
struct Syscall : AnySyscall {
    template <class T>
    requires IsOneOf<T, AnySyscall>::value Syscall(T call) : AnySyscall(std::in_place_type<T>, std::move(call)) {}
    Syscall();
    Syscall(const Syscall& other);
    Syscall(Syscall&& other) noexcept;
    Syscall& operator=(const Syscall& other);
    Syscall& operator=(Syscall&& other) noexcept;
    ~Syscall();
};

/// The flags of a call that makes a task, without the exit signal; nothing for any other call.
std::optional<u64> task_flags(const Syscall& call);
/// Whether the last argument is a place to write to, as the option or request says.
bool writes(const sys::Prctl& call);
bool writes(const sys::Ioctl& call);

/// The door to the model: performs one call of one task. Nothing else changes a Kernel.
/// The value of a call that makes a process is its PID; `kernel[...]` of the new task is found by it, also where the
/// call blocks (CLONE_VFORK).
Outcome syscall(Kernel& k, Id<Task> task, const Syscall& call);

/// The call as strace prints it, without its result: `mount("disk", "/a", "tmpfs", 0, NULL)`.
std::string to_string(const Syscall& call);

/// The same with what it wrote and came to: `read(3, "a", 4096) = 1`, `chdir("/x") = -1 ENOENT (No such file or
/// directory)`.
std::string to_string(const Syscall& call, const Outcome& outcome);

/// The kernel's name of the call: "mount".
std::string_view name_of(const Syscall& call);

} // namespace nslab
