// Signals.

#include "sim/fuzz/kinds.hpp"

namespace nslab::fuzz {

namespace {

i32 sig(Chooser& c) {
    if (c.rarely(12)) return c.random.of({0, 65, -1, 64});
    if (c.rarely(8)) return c.random.of({SIG::STOP, SIG::STOP, SIG::TSTP, SIG::TTIN, SIG::TTOU});
    return c.random.of(
        {SIG::TERM, SIG::KILL, SIG::USR1, SIG::USR1, SIG::USR2, SIG::CHLD, SIG::CONT, SIG::URG, SIG::HUP});
}
Syscall kill(Chooser& c) {
    i32 pid = c.pid();
    if (c.rarely(8)) pid = c.random.of({0, -1, -pid, -pid});
    return sys::Kill{pid, sig(c)};
}
Syscall tgkill(Chooser& c) { return sys::Tgkill{c.pid(), c.pid(), sig(c)}; }
Syscall tkill(Chooser& c) { return sys::Tkill{c.pid(), sig(c)}; }
/// What a signal pretends to be.
std::optional<Siginfo> info(Chooser& c, i32 sig) {
    if (c.rarely(20)) return std::nullopt;
    Siginfo told{sig, c.random.of({SI::QUEUE, SI::QUEUE, SI::TIMER, SI::USER, SI::TKILL, SI::KERNEL, 5}), c.pid(),
                 c.random.of({0u, 5u, 1000u}), c.random.of({0, 42})};
    if (c.rarely(12)) told.signo = c.random.of({SIG::TERM, 0, 65});
    return told;
}
Syscall pidfd_send_signal(Chooser& c) {
    sys::PidfdSendSignal call{c.rarely(4) ? c.fd() : c.pidfd(), sig(c), {}, 0};
    if (c.rarely(3)) call.info = info(c, call.sig);
    if (c.rarely(3)) call.flags = c.random.of({1u, 2u, 4u, 8u, 3u});
    return call;
}
Syscall rt_sigqueueinfo(Chooser& c) {
    const i32 number = sig(c);
    return sys::RtSigqueueinfo{c.pid(), number, info(c, number)};
}
Syscall rt_tgsigqueueinfo(Chooser& c) {
    const i32 number = sig(c), pid = c.pid();
    return sys::RtTgsigqueueinfo{c.rarely(3) ? c.pid() : pid, pid, number, info(c, number)};
}
Syscall rt_sigaction(Chooser& c) {
    sys::RtSigaction call;
    call.sig = sig(c);
    if (!c.rarely(5)) {
        call.act.emplace();
        call.act->handler = c.random.of({kSigDfl, kSigIgn, kSigHandler, kSigHandler});
        call.act->flags = c.bits({SA::RESTART, SA::NOCLDWAIT, SA::RESETHAND, SA::NODEFER, SA::SIGINFO});
        if (c.rarely(4)) call.act->mask = sig_bit(SIG::USR1) | sig_bit(SIG::CHLD);
    }
    if (c.rarely(2)) call.oact = OutPtr::somewhere;
    return call;
}
u64 some_set(Chooser& c) {
    return c.bits({sig_bit(SIG::USR1), sig_bit(SIG::USR2), sig_bit(SIG::CHLD), sig_bit(SIG::TERM), sig_bit(SIG::KILL)});
}
Syscall rt_sigprocmask(Chooser& c) {
    sys::RtSigprocmask call;
    call.how = c.random.of({SIG_HOW::BLOCK, SIG_HOW::BLOCK, SIG_HOW::UNBLOCK, SIG_HOW::SETMASK, u32{5}});
    if (!c.rarely(6)) call.nset = some_set(c);
    if (c.rarely(2)) call.oset = OutPtr::somewhere;
    return call;
}
Syscall rt_sigpending(Chooser&) { return sys::RtSigpending{}; }
Syscall rt_sigtimedwait(Chooser& c) {
    sys::RtSigtimedwait call;
    call.uthese = some_set(c);
    if (c.rarely(2)) call.uinfo = OutPtr::somewhere;
    if (c.random.percent(60)) call.uts = Timespec{};
    return call;
}
Syscall pause(Chooser&) { return sys::Pause{}; }

constexpr Kind kKinds[] = {
    {"kill", 8, kill},
    {"tgkill", 3, tgkill},
    {"tkill", 2, tkill},
    {"pidfd_send_signal", 4, pidfd_send_signal},
    {"rt_sigqueueinfo", 4, rt_sigqueueinfo},
    {"rt_tgsigqueueinfo", 3, rt_tgsigqueueinfo},
    {"rt_sigaction", 5, rt_sigaction},
    {"rt_sigprocmask", 5, rt_sigprocmask},
    {"rt_sigpending", 2, rt_sigpending},
    {"rt_sigtimedwait", 2, rt_sigtimedwait},
    {"pause", 1, pause},
};

} // namespace

std::span<const Kind> kinds_of_signals() { return kKinds; }

} // namespace nslab::fuzz
