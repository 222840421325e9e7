#pragma once
// System calls without the C library: an agent may share its memory with another process, run on a stack of a few
// pages and have no thread of its own that the library knows of, so it touches neither errno nor thread-local storage.

#include <cstddef>
#include <cstdint>

#include "sim/linux/uapi/flags.hpp"

#if !defined(__x86_64__)
#error "the sandbox knows the system call conventions of x86-64 only"
#endif

namespace nslab::host::raw {

/// What the kernel returned: a value, or an errno with a minus in front (-4095 to -1).
inline i64 call(i64 nr, u64 a = 0, u64 b = 0, u64 c = 0, u64 d = 0, u64 e = 0, u64 f = 0) {
    i64 result;
    __asm__ volatile("movq %[d], %%r10\n\tmovq %[e], %%r8\n\tmovq %[f], %%r9\n\tsyscall"
                     : "=a"(result)
                     : "0"(nr), "D"(a), "S"(b), "d"(c), [d] "r"(d), [e] "r"(e), [f] "r"(f)
                     : "rcx", "r8", "r9", "r10", "r11", "memory");
    return result;
}

using i16 = std::int16_t;
inline u64 address(const void* p) { return reinterpret_cast<u64>(p); }
inline u64 address(void* p) { return reinterpret_cast<u64>(p); } // what the kernel fills in need not hold anything yet
inline u64 word(i64 v) { return static_cast<u64>(v); }
inline bool failed(i64 r) { return r < 0 && r >= -4095; }

/// Numbers of the x86-64 table, those too that the headers of an older system lack.
enum Nr : i64 {
    nr_read = 0,
    nr_write = 1,
    nr_close = 3,
    nr_poll = 7,
    nr_lseek = 8,
    nr_mmap = 9,
    nr_rt_sigaction = 13,
    nr_rt_sigprocmask = 14,
    nr_ioctl = 16,
    nr_sched_yield = 24,
    nr_dup = 32,
    nr_dup2 = 33,
    nr_pause = 34,
    nr_getpid = 39,
    nr_recvmsg = 47,
    nr_socketpair = 53,
    nr_clone = 56,
    nr_exit = 60,
    nr_wait4 = 61,
    nr_kill = 62,
    nr_fcntl = 72,
    nr_ftruncate = 77,
    nr_getcwd = 79,
    nr_chdir = 80,
    nr_fchdir = 81,
    nr_umask = 95,
    nr_getuid = 102,
    nr_getgid = 104,
    nr_geteuid = 107,
    nr_getegid = 108,
    nr_setpgid = 109,
    nr_getppid = 110,
    nr_getpgrp = 111,
    nr_setsid = 112,
    nr_setgroups = 116,
    nr_setresuid = 117,
    nr_setresgid = 119,
    nr_getpgid = 121,
    nr_getsid = 124,
    nr_capget = 125,
    nr_capset = 126,
    nr_rt_sigpending = 127,
    nr_rt_sigtimedwait = 128,
    nr_rt_sigqueueinfo = 129,
    nr_statfs = 137,
    nr_fstatfs = 138,
    nr_pivot_root = 155,
    nr_execve = 59,
    nr_prctl = 157,
    nr_setrlimit = 160,
    nr_chroot = 161,
    nr_mount = 165,
    nr_umount2 = 166,
    nr_gettid = 186,
    nr_tkill = 200,
    nr_futex = 202,
    nr_sched_setaffinity = 203,
    nr_sched_getaffinity = 204,
    nr_getdents64 = 217,
    nr_exit_group = 231,
    nr_tgkill = 234,
    nr_waitid = 247,
    nr_openat = 257,
    nr_mkdirat = 258,
    nr_newfstatat = 262,
    nr_unlinkat = 263,
    nr_linkat = 265,
    nr_symlinkat = 266,
    nr_readlinkat = 267,
    nr_fchmodat = 268,
    nr_faccessat = 269,
    nr_unshare = 272,
    nr_set_robust_list = 273,
    nr_utimensat = 280,
    nr_rt_tgsigqueueinfo = 297,
    nr_setns = 308,
    nr_renameat2 = 316,
    nr_execveat = 322,
    nr_statx = 332,
    nr_pidfd_send_signal = 424,
    nr_open_tree = 428,
    nr_move_mount = 429,
    nr_fsopen = 430,
    nr_fsconfig = 431,
    nr_fsmount = 432,
    nr_fspick = 433,
    nr_pidfd_open = 434,
    nr_clone3 = 435,
    nr_close_range = 436,
    nr_pidfd_getfd = 438,
    nr_mount_setattr = 442,
    nr_statmount = 457,
    nr_listmount = 458,
    nr_open_tree_attr = 467,
};

// Structures of the system call interface that the headers of an older system lack.

/// struct mnt_id_req as of 6.10 (its first 24 bytes are that of 6.8).
struct MntIdReqBuf {
    u32 size = 32, mnt_ns_fd = 0;
    u64 mnt_id = 0, param = 0, mnt_ns_id = 0;
};
static_assert(sizeof(MntIdReqBuf) == 32);

/// struct statmount as of 6.18; strings are offsets into what follows it.
struct StatmountHead {
    u32 size, mnt_opts;
    u64 mask;
    u32 sb_dev_major, sb_dev_minor;
    u64 sb_magic;
    u32 sb_flags, fs_type;
    u64 mnt_id, mnt_parent_id;
    u32 mnt_id_old, mnt_parent_id_old;
    u64 mnt_attr, mnt_propagation, mnt_peer_group, mnt_master, propagate_from;
    u32 mnt_root, mnt_point;
    u64 mnt_ns_id;
    u32 fs_subtype, sb_source;
    u32 opt_num, opt_array, opt_sec_num, opt_sec_array;
    u64 supported_mask;
    u32 mnt_uidmap_num, mnt_uidmap, mnt_gidmap_num, mnt_gidmap;
    u64 spare[43];
};
static_assert(sizeof(StatmountHead) == 512);

/// struct clone_args.
struct CloneArgs {
    u64 flags = 0, pidfd = 0, child_tid = 0, parent_tid = 0, exit_signal = 0, stack = 0, stack_size = 0, tls = 0,
        set_tid = 0, set_tid_size = 0, cgroup = 0;
};
static_assert(sizeof(CloneArgs) == 88);

/// struct sigaction as rt_sigaction(2) has it.
struct KernelSigaction {
    u64 handler = 0, flags = 0, restorer = 0, mask = 0;
};

/// siginfo_t, as far as it is read.
struct SiginfoBuf {
    i32 signo = 0, error = 0, code = 0, pad = 0;
    i32 pid = 0;
    u32 uid = 0;
    i32 status = 0;
    char rest[100] = {};
};
static_assert(sizeof(SiginfoBuf) == 128);

/// struct __user_cap_header_struct, and the two halves of the sets of capget(2).
struct CapHeader {
    u32 version = 0;
    i32 pid = 0;
};
struct CapData {
    u32 effective = 0, permitted = 0, inheritable = 0;
};
/// struct pollfd.
struct PollFd {
    i32 fd = -1;
    i16 events = 0, revents = 0;
};
/// struct pidfd_info of the first size.
struct PidfdInfoBuf {
    u64 mask = 0, cgroupid = 0;
    i32 pid = 0, tgid = 0, ppid = 0;
    u32 ruid = 0, rgid = 0, euid = 0, egid = 0, suid = 0, sgid = 0, fsuid = 0, fsgid = 0;
    i32 exit_code = 0;
};
static_assert(sizeof(PidfdInfoBuf) == 64);

inline constexpr u64 kFutexWait = 0, kFutexWake = 1;

inline i64 futex_wait(const void* word_, u32 expected, const void* timeout = nullptr) {
    return call(nr_futex, address(word_), kFutexWait, expected, address(timeout));
}
inline void futex_wake(const void* word_) { call(nr_futex, address(word_), kFutexWake, 1); }

} // namespace nslab::host::raw
