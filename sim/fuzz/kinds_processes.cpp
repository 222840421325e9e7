// Processes, their namespaces, who they are and how they end.

#include "sim/fuzz/kinds.hpp"

namespace nslab::fuzz {

namespace {

Syscall clone(Chooser& c) {
    u64 flags = SIG::CHLD;
    if (c.random.percent(60)) flags |= CLONE::NEWNS;
    if (c.random.percent(20)) flags |= c.random.of({CLONE::FS, CLONE::FILES, CLONE::FS | CLONE::FILES});
    if (c.rarely(8)) return sys::Clone{flags | c.random.of({CLONE::PARENT_SETTID, CLONE::PIDFD}), OutPtr::somewhere};
    return sys::Clone{flags};
}
Syscall unshare(Chooser& c) {
    u64 flags = c.random.percent(80) ? CLONE::NEWNS : 0;
    if (c.rarely(4)) flags |= c.random.of({CLONE::FS, CLONE::FILES, CLONE::NEWUTS});
    return sys::Unshare{flags};
}
Syscall setns(Chooser& c) { return sys::Setns{c.fd(), c.rarely(3) ? 0 : CLONE::NEWNS}; }
/// All types of namespaces, alone and together.
u64 new_namespaces(Chooser& c) {
    return c.bits({CLONE::NEWUSER, CLONE::NEWUSER, CLONE::NEWPID, CLONE::NEWPID, CLONE::NEWNS, CLONE::NEWUTS,
                   CLONE::NEWIPC, CLONE::NEWNET, CLONE::NEWCGROUP, CLONE::NEWTIME}) |
           c.random.of({CLONE::NEWUSER, CLONE::NEWPID, CLONE::NEWNS, CLONE::NEWUTS, CLONE::NEWTIME, u64{0}});
}
Syscall clone_into_new(Chooser& c) {
    return sys::Clone{SIG::CHLD | (new_namespaces(c) & ~CLONE::NEWTIME & ~CLONE::SIGNAL_MASK)};
}
Syscall clone_thread(Chooser& c) {
    u64 flags = CLONE::THREAD | CLONE::SIGHAND | CLONE::VM;
    if (c.random.percent(60)) flags |= CLONE::FS | CLONE::FILES;
    if (c.rarely(6)) flags &= ~c.random.of({CLONE::SIGHAND, CLONE::VM});
    if (c.rarely(8)) flags |= c.random.of({CLONE::NEWNS, CLONE::NEWPID, CLONE::NEWUSER, CLONE::NEWUTS});
    return sys::Clone{flags};
}
Syscall vfork(Chooser&) { return sys::Clone{CLONE::VFORK | CLONE::VM | SIG::CHLD}; }
Syscall clone3(Chooser& c) {
    sys::Clone3 call;
    call.exit_signal = static_cast<u64>(c.random.of({SIG::CHLD, SIG::CHLD, SIG::CHLD, 0, SIG::USR1, 65}));
    if (c.random.percent(50)) call.flags = new_namespaces(c);
    call.flags |= c.bits({CLONE::PARENT, CLONE::CLEAR_SIGHAND, CLONE::SIGHAND | CLONE::VM, CLONE::FS, CLONE::FILES});
    if (c.random.percent(30)) {
        call.flags |= CLONE::PIDFD;
        call.pidfd = OutPtr::somewhere;
    }
    if (c.rarely(8)) call.set_tid = {static_cast<i32>(3 + c.random.below(9))};
    if (c.rarely(12)) call.pidfd = c.random.of({OutPtr::null, OutPtr::somewhere, OutPtr::bad});
    if (c.rarely(8)) {
        call.flags |= CLONE::PARENT_SETTID;
        call.parent_tid = c.random.of({OutPtr::somewhere, OutPtr::somewhere, OutPtr::null, OutPtr::bad});
    }
    if (c.rarely(12)) call.set_tid.push_back(static_cast<i32>(3 + c.random.below(9)));
    return call;
}
Syscall unshare_any(Chooser& c) {
    u64 flags = new_namespaces(c);
    if (c.rarely(6)) flags |= c.random.of({CLONE::THREAD, CLONE::VM, CLONE::SIGHAND, CLONE::SYSVSEM, CLONE::FS});
    return sys::Unshare{flags};
}
Syscall setns_any(Chooser& c) { return sys::Setns{c.fd(), c.rarely(3) ? 0 : new_namespaces(c)}; }
Syscall open_namespace(Chooser& c) {
    const char* type = c.random.of(
        {"mnt", "uts", "ipc", "net", "user", "cgroup", "pid", "pid_for_children", "time", "time_for_children"});
    return sys::Openat{AT::FDCWD, c.proc() + "/ns/" + type, O::RDONLY | (c.rarely(5) ? O::CLOEXEC : 0), 0};
}
Syscall open_map(Chooser& c) {
    const char* file = c.random.of({"uid_map", "gid_map", "setgroups", "projid_map", "mountinfo", "mounts"});
    return sys::Openat{AT::FDCWD, c.proc() + "/" + file, c.random.of({O::RDONLY, O::WRONLY, O::RDWR}), 0};
}
Syscall ioctl(Chooser& c) {
    sys::Ioctl call{c.rarely(4) ? c.fd() : c.namespace_fd(),
                    c.random.of({NS::GET_USERNS, NS::GET_PARENT, NS::GET_NSTYPE, NS::GET_OWNER_UID,
                                 NS::GET_PID_FROM_PIDNS, NS::GET_TGID_FROM_PIDNS, NS::GET_PID_IN_PIDNS,
                                 NS::GET_TGID_IN_PIDNS, NS::GET_MNTNS_ID, NS::MNT_GET_INFO, NS::GET_ID}),
                    0};
    if (writes(call))
        call.arg = static_cast<u64>(c.rarely(12) ? OutPtr::null : OutPtr::somewhere);
    else if (call.cmd != NS::GET_USERNS && call.cmd != NS::GET_PARENT && call.cmd != NS::GET_NSTYPE)
        call.arg = static_cast<u64>(static_cast<i64>(c.pid()));
    return call;
}
Syscall ioctl_pidfd(Chooser& c) {
    sys::Ioctl call{
        c.pidfd(),
        c.random.of({PIDFD::GET_CGROUP_NAMESPACE, PIDFD::GET_IPC_NAMESPACE, PIDFD::GET_MNT_NAMESPACE,
                     PIDFD::GET_NET_NAMESPACE, PIDFD::GET_PID_NAMESPACE, PIDFD::GET_PID_FOR_CHILDREN_NAMESPACE,
                     PIDFD::GET_TIME_NAMESPACE, PIDFD::GET_TIME_FOR_CHILDREN_NAMESPACE, PIDFD::GET_USER_NAMESPACE,
                     PIDFD::GET_UTS_NAMESPACE, PIDFD::GET_INFO, PIDFD::GET_INFO, PIDFD::GET_INFO, PIDFD::GET_INFO,
                     PIDFD::GET_INFO, u32{0xff0c}}),
        0};
    if (writes(call))
        call.arg = static_cast<u64>(c.rarely(12) ? c.random.of({OutPtr::null, OutPtr::bad}) : OutPtr::somewhere);
    else
        call.arg = c.rarely(20);
    return call;
}
Syscall poll(Chooser& c) {
    return sys::Poll{c.rarely(4) ? c.fd() : c.pidfd(), c.random.of({POLL::IN, POLL::IN, POLL::OUT, u32{0}, u32{0x3df}}),
                     c.rarely(5) ? -1 : 0};
}
Syscall pidfd_open(Chooser& c) { return sys::PidfdOpen{c.pid(), c.rarely(8) ? c.random.of({O::EXCL, 1u}) : 0}; }
Syscall execve(Chooser& c) { return sys::Execve{c.rarely(6) ? c.path() : Str("/proc/self/exe"), {}}; }

// ---- who is who

Syscall getpid(Chooser&) { return sys::Getpid{}; }
Syscall getppid(Chooser&) { return sys::Getppid{}; }
Syscall gettid(Chooser&) { return sys::Gettid{}; }
Syscall getuid(Chooser&) { return sys::Getuid{}; }
Syscall geteuid(Chooser&) { return sys::Geteuid{}; }
Syscall getgid(Chooser&) { return sys::Getgid{}; }
Syscall getegid(Chooser&) { return sys::Getegid{}; }
i64 some_id(Chooser& c) { return c.random.of({i64{-1}, i64{0}, i64{0}, i64{5}, i64{1000}}); }
Syscall setresuid(Chooser& c) { return sys::Setresuid{some_id(c), some_id(c), some_id(c)}; }
Syscall setresgid(Chooser& c) { return sys::Setresgid{some_id(c), some_id(c), some_id(c)}; }
Syscall setgroups(Chooser& c) {
    sys::Setgroups call;
    for (u32 n = c.random.below(3); n; --n) call.grouplist.push_back(c.random.of({0, 5, 1000}));
    return call;
}
Syscall setsid(Chooser&) { return sys::Setsid{}; }
Syscall getsid(Chooser& c) { return sys::Getsid{c.pid()}; }
Syscall setpgid(Chooser& c) { return sys::Setpgid{c.rarely(2) ? 0 : c.pid(), c.rarely(2) ? 0 : c.pid()}; }
Syscall getpgid(Chooser& c) { return sys::Getpgid{c.pid()}; }
Syscall getpgrp(Chooser&) { return sys::Getpgrp{}; }
Syscall prctl(Chooser& c) {
    switch (c.random.below(4)) {
    case 0:
        return sys::Prctl{PR::SET_PDEATHSIG, static_cast<u64>(c.random.of({0, SIG::USR1, SIG::KILL, SIG::TERM, 65}))};
    case 1: return sys::Prctl{PR::GET_PDEATHSIG, static_cast<u64>(OutPtr::somewhere)};
    case 2: return sys::Prctl{PR::SET_CHILD_SUBREAPER, c.random.below(2)};
    default: return sys::Prctl{PR::GET_CHILD_SUBREAPER, static_cast<u64>(OutPtr::somewhere)};
    }
}

// ---- how processes end

Syscall exit(Chooser& c) { return sys::Exit{c.random.of({0, 7})}; }
Syscall exit_group(Chooser& c) { return sys::ExitGroup{c.random.of({0, 3})}; }
u32 wait_options(Chooser& c) {
    u32 options = c.random.percent(60) ? WAIT::NOHANG : 0;
    if (c.rarely(3)) options |= c.random.of({WAIT::UNTRACED, WAIT::CONTINUED, WAIT::UNTRACED | WAIT::CONTINUED});
    if (c.rarely(5)) options |= c.random.of({WAIT::ALL, WAIT::CLONE, WAIT::NOTHREAD, u32{0x100}});
    return options;
}
Syscall wait4(Chooser& c) { return sys::Wait4{c.rarely(3) ? c.random.of({-1, -1, 0, -2}) : c.pid(), wait_options(c)}; }
Syscall waitid(Chooser& c) {
    sys::Waitid call{c.random.of({P::ALL, P::PID, P::PID, P::PGID, P::PIDFD, u32{9}}), c.pid(), OutPtr::somewhere,
                     WAIT::EXITED | wait_options(c)};
    if (call.which == P::PIDFD) call.upid = c.fd();
    if (c.rarely(4)) call.options |= WAIT::NOWAIT;
    if (c.rarely(9)) call.options &= ~WAIT::EXITED;
    return call;
}

constexpr Kind kKinds[] = {
    {"clone", 10, clone},
    {"unshare", 10, unshare},
    {"setns", 8, setns},
    {"exit_group", 4, exit_group},
    {"wait4", 8, wait4},
    {"clone", 8, clone_into_new},
    {"clone", 6, clone_thread},
    {"clone", 2, vfork},
    {"clone3", 6, clone3},
    {"unshare", 8, unshare_any},
    {"setns", 8, setns_any},
    {"openat", 10, open_namespace},
    {"openat", 6, open_map},
    {"ioctl", 4, ioctl},
    {"ioctl", 5, ioctl_pidfd},
    {"poll", 5, poll},
    {"pidfd_open", 6, pidfd_open},
    {"execve", 3, execve},
    {"getpid", 1, getpid},
    {"getppid", 1, getppid},
    {"gettid", 1, gettid},
    {"getuid", 1, getuid},
    {"geteuid", 1, geteuid},
    {"getgid", 1, getgid},
    {"getegid", 1, getegid},
    {"setresuid", 3, setresuid},
    {"setresgid", 2, setresgid},
    {"setgroups", 2, setgroups},
    {"setsid", 2, setsid},
    {"getsid", 1, getsid},
    {"setpgid", 3, setpgid},
    {"getpgid", 1, getpgid},
    {"getpgrp", 1, getpgrp},
    {"prctl", 4, prctl},
    {"exit", 2, exit},
    {"waitid", 4, waitid},
};

} // namespace

std::span<const Kind> kinds_of_processes() { return kKinds; }

} // namespace nslab::fuzz
