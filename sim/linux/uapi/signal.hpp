#pragma once
// Signals in the system call interface: actions, what a signal says of itself, and the numbers of wait(2) and prctl(2)
// that belong to them. Source: include/uapi/asm-generic/{signal,siginfo}.h, include/uapi/linux/{wait,prctl}.h.

#include "sim/linux/uapi/flags.hpp"

namespace nslab {

// sigaction(2). A handler is one number to the model: what it would do is not modelled, only that it runs.
inline constexpr u64 kSigDfl = 0, kSigIgn = 1, kSigHandler = 2;
namespace SA {
inline constexpr u64 NOCLDSTOP = 1, NOCLDWAIT = 2, SIGINFO = 4, RESTORER = 0x04000000, ONSTACK = 0x08000000,
                     RESTART = 0x10000000, NODEFER = 0x40000000, RESETHAND = 0x80000000;
}
struct KSigaction {
    u64 handler = kSigDfl; // kSigDfl, kSigIgn or anything else for a handler
    u64 flags = 0;         // SA::
    u64 mask = 0;          // blocked while the handler runs
    friend bool operator==(const KSigaction&, const KSigaction&) = default;
};
inline constexpr u64 kSigsetSize = 8;

// sigprocmask(2)
namespace SIG_HOW {
inline constexpr u32 BLOCK = 0, UNBLOCK = 1, SETMASK = 2;
}

/// code of siginfo_t.
namespace SI {
inline constexpr i32 USER = 0, KERNEL = 0x80, QUEUE = -1, TIMER = -2, ASYNC = -5, TKILL = -6;
}
namespace CLD {
inline constexpr i32 EXITED = 1, KILLED = 2, DUMPED = 3, TRAPPED = 4, STOPPED = 5, CONTINUED = 6;
}

/// What a signal says of itself, and what waitid(2) writes; the times are left out.
struct Siginfo {
    i32 signo = 0, code = 0;
    i32 pid = 0; // as the receiver's PID namespace sees it
    u32 uid = 0;
    i32 status = 0; // of SIGCHLD; else the number that rt_sigqueueinfo(2) sends along, si_int
    friend bool operator==(const Siginfo&, const Siginfo&) = default;
};

struct Timespec {
    i64 tv_sec = 0, tv_nsec = 0;
};

// waitid(2)
namespace P {
inline constexpr u32 ALL = 0, PID = 1, PGID = 2, PIDFD = 3;
}

// prctl(2)
namespace PR {
inline constexpr u32 SET_PDEATHSIG = 1, GET_PDEATHSIG = 2, GET_DUMPABLE = 3, SET_DUMPABLE = 4, GET_KEEPCAPS = 7,
                     SET_KEEPCAPS = 8, CAPBSET_READ = 23, CAPBSET_DROP = 24, GET_SECUREBITS = 27, SET_SECUREBITS = 28,
                     SET_CHILD_SUBREAPER = 36, GET_CHILD_SUBREAPER = 37, SET_NO_NEW_PRIVS = 38, GET_NO_NEW_PRIVS = 39,
                     CAP_AMBIENT = 47;
inline constexpr u32 CAP_AMBIENT_IS_SET = 1, CAP_AMBIENT_RAISE = 2, CAP_AMBIENT_LOWER = 3, CAP_AMBIENT_CLEAR_ALL = 4;
} // namespace PR

} // namespace nslab
