// Signals: who gets one, what blocks, ignores and catches it, and what of it is still pending.

#include "sim/linux/kernel/internal.hpp"
#include "tests/linux/world.hpp"

using namespace nslab;

namespace {

constexpr u64 kThread = CLONE::VM | CLONE::FS | CLONE::FILES | CLONE::SIGHAND | CLONE::THREAD;

struct SignalWorld : World {
    void action(Id<Task> task, i32 sig, u64 handler, u64 flags = 0) {
        call(sys::RtSigaction{sig, KSigaction{handler, flags, 0}}, task);
    }
    void block(Id<Task> task, u64 set) { ok(sys::RtSigprocmask{SIG_HOW::BLOCK, set}, task); }
    void unblock(Id<Task> task, u64 set) { call(sys::RtSigprocmask{SIG_HOW::UNBLOCK, set}, task); }
    void kill(Id<Task> task, i32 sig) { ok(sys::Kill{k[task].pid, sig}); }
    u64 pending(Id<Task> task) {
        const auto set = call(sys::RtSigpending{}, task);
        return set.out.get<SigsetBuf>().set;
    }
    bool alive(Id<Task> task) const { return k.tasks.live(task) && !is_exiting(k, task); }
};

} // namespace

TEST_CASE("signals: what is ignored, by default or by choice, leaves nothing pending") {
    SignalWorld w;
    const Id<Task> a = w.child();
    for (const i32 sig : {SIG::CHLD, SIG::CONT, SIG::URG, SIG::WINCH}) w.kill(a, sig);
    CHECK(w.alive(a));
    CHECK(w.pending(a) == 0);
    w.action(a, SIG::TERM, kSigIgn);
    w.kill(a, SIG::TERM);
    CHECK(w.alive(a));
    w.action(a, SIG::TERM, kSigDfl);
    w.kill(a, SIG::TERM);
    CHECK(!w.alive(a));
}

TEST_CASE("signals: one that is blocked waits, however often it is sent, and acts when it is let through") {
    SignalWorld w;
    const Id<Task> a = w.child();
    w.block(a, sig_bit(SIG::USR1) | sig_bit(SIG::USR2));
    w.kill(a, SIG::USR1);
    w.kill(a, SIG::USR1);
    w.kill(a, SIG::USR2);
    CHECK(w.pending(a) == (sig_bit(SIG::USR1) | sig_bit(SIG::USR2)));
    CHECK(w.alive(a));
    // Taken one by one, the lowest number first; a standard signal is there once.
    for (const i32 sig : {SIG::USR1, SIG::USR2})
        CHECK(w.ok(sys::RtSigtimedwait{sig_bit(SIG::USR1) | sig_bit(SIG::USR2), OutPtr::somewhere, {}}, a) == sig);
    CHECK(w.pending(a) == 0);
    w.kill(a, SIG::USR1);
    w.unblock(a, sig_bit(SIG::USR1));
    CHECK(!w.alive(a));
}

TEST_CASE("signals: a blocked one is kept though it is ignored now, and dropped when that is said again") {
    SignalWorld w;
    const Id<Task> a = w.child();
    w.block(a, sig_bit(SIG::USR1));
    w.action(a, SIG::USR1, kSigIgn);
    w.kill(a, SIG::USR1);
    CHECK(w.pending(a) == sig_bit(SIG::USR1));
    w.action(a, SIG::USR1, kSigIgn);
    CHECK(w.pending(a) == 0);
}

TEST_CASE("signals: SIGKILL and SIGSTOP are neither blocked, ignored nor caught") {
    SignalWorld w;
    const Id<Task> a = w.child();
    for (const i32 sig : {SIG::KILL, SIG::STOP})
        CHECK(w.fails(sys::RtSigaction{sig, KSigaction{kSigIgn, 0, 0}}, a) == E::INVAL);
    w.block(a, ~u64{0});
    CHECK(w.k[a].blocked == ~(sig_bit(SIG::KILL) | sig_bit(SIG::STOP)));
    w.kill(a, SIG::KILL);
    CHECK(!w.alive(a));
}

TEST_CASE("signals: a handler stays, but SA_RESETHAND takes it away with the first") {
    SignalWorld w;
    const Id<Task> a = w.child(), b = w.child();
    w.action(a, SIG::USR1, kSigHandler);
    w.action(b, SIG::USR1, kSigHandler, SA::RESETHAND);
    for (const Id<Task> task : {a, b}) {
        w.kill(task, SIG::USR1);
        CHECK(w.alive(task));
        w.kill(task, SIG::USR1);
    }
    CHECK(w.alive(a));
    CHECK(!w.alive(b));
}

TEST_CASE("signals: fork copies handlers and what is blocked, but nothing that is pending") {
    SignalWorld w;
    w.action(w.sh1, SIG::USR1, kSigHandler);
    w.block(w.sh1, sig_bit(SIG::USR2));
    w.kill(w.sh1, SIG::USR2);
    const Id<Task> a = w.child();
    CHECK(w.k[a].blocked == sig_bit(SIG::USR2));
    CHECK(w.pending(a) == 0);
    CHECK(w.pending(w.sh1) == sig_bit(SIG::USR2));
    w.kill(a, SIG::USR1);
    CHECK(w.alive(a));
    // CLONE_CLEAR_SIGHAND forgets handlers, and leaves what is ignored.
    w.action(w.sh1, SIG::TERM, kSigIgn);
    const Id<Task> b =
        find_task_by_vpid(w.k, w.sh1, static_cast<i32>(w.ok(sys::Clone3{CLONE::CLEAR_SIGHAND, SIG::CHLD, {}})));
    w.kill(b, SIG::TERM);
    CHECK(w.alive(b));
    w.kill(b, SIG::USR1);
    CHECK(!w.alive(b));
}

TEST_CASE("signals: one to the process goes to a thread that does not block it, one to a thread stays with it") {
    SignalWorld w;
    const Id<Task> a = w.child();
    const Id<Task> t = w.child(a, kThread);
    w.block(a, sig_bit(SIG::USR1));
    w.action(a, SIG::USR1, kSigHandler);
    w.kill(a, SIG::USR1); // handled by the other thread
    CHECK(w.pending(a) == 0);
    w.ok(sys::Tgkill{w.k[a].pid, w.k[a].pid, SIG::USR1});
    CHECK(w.k[a].pending.signal == sig_bit(SIG::USR1));
    CHECK(w.pending(t) == 0);
    CHECK(w.fails(sys::Tgkill{w.k[a].pid, 2, SIG::USR1}) == E::SRCH); // a thread of another process
    w.kill(t, SIG::KILL);                                             // any thread's number is that of the process
    CHECK(!w.alive(a));
}

TEST_CASE("signals: whoever may send one has the id of the other, real or saved, or CAP_KILL") {
    SignalWorld w;
    const Id<Task> a = w.child(), b = w.child(), c = w.child();
    w.ok(sys::Setresuid{1000, 1000, 1000}, a);
    w.ok(sys::Setresuid{2000, 1000, 1000}, b); // acts as 1000, is 2000
    w.ok(sys::Setresuid{2000, 2000, 2000}, c);
    CHECK(w.call(sys::Kill{w.k[b].pid, 0}, a).ok()); // b's saved id is a's
    CHECK(w.fails(sys::Kill{w.k[c].pid, 0}, a) == E::PERM);
    CHECK(w.call(sys::Kill{w.k[a].pid, 0}, b).ok());
    CHECK(w.call(sys::Kill{w.k[c].pid, 0}, b).ok());
    CHECK(w.fails(sys::Kill{w.k[a].pid, 0}, c) == E::PERM);
    CHECK(w.fails(sys::Kill{2, 0}, c) == E::PERM);
    CHECK(w.call(sys::Kill{w.k[c].pid, 0}).ok());
}

TEST_CASE("signals: kill of a group, of one's own and of everybody") {
    SignalWorld w;
    const Id<Task> a = w.child();
    w.ok(sys::Setpgid{0, 0}, a);
    const Id<Task> b = w.child(a), c = w.child();
    w.ok(sys::Kill{-w.k[a].pid, SIG::KILL});
    CHECK(!w.alive(a));
    CHECK(!w.alive(b));
    CHECK(w.alive(c));
    CHECK(w.fails(sys::Kill{-99, SIG::KILL}) == E::SRCH);
    // The group of sh1 and c, the sender included: it may ignore that.
    w.action(w.sh1, SIG::USR1, kSigIgn);
    w.ok(sys::Kill{0, SIG::USR1});
    CHECK(w.alive(w.sh1));
    CHECK(!w.alive(c));
}

TEST_CASE("signals: PR_SET_PDEATHSIG comes with the end of the parent, and not to a child's child") {
    SignalWorld w;
    const Id<Task> a = w.child();
    const Id<Task> b = w.child(a);
    w.ok(sys::Prctl{PR::SET_PDEATHSIG, static_cast<u64>(SIG::KILL)}, b);
    const Id<Task> c = w.child(b);
    CHECK(w.k[c].pdeath_signal == 0);
    w.call(sys::ExitGroup{0}, a);
    CHECK(!w.alive(b));
    CHECK(w.alive(c));
    CHECK(w.fails(sys::Prctl{PR::SET_PDEATHSIG, 65}) == E::INVAL);
}
