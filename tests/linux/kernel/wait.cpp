// wait4(2) and waitid(2): whom they wait for, what they tell, whom they leave.

#include "sim/linux/kernel/internal.hpp"
#include "tests/linux/world.hpp"

using namespace nslab;

namespace {

struct WaitWorld : World {
    Siginfo info(const sys::Waitid& c, Id<Task> task = {}) {
        const Outcome o = call(c, task);
        REQUIRE(o.ok());
        const auto* got = o.out.get_if<Siginfo>();
        return got ? *got : Siginfo{};
    }
};

} // namespace

TEST_CASE("waitid: tells who, how and with what, and takes the child unless WNOWAIT") {
    WaitWorld w;
    const Id<Task> a = w.child(), b = w.child();
    w.call(sys::ExitGroup{7}, a);
    w.ok(sys::Kill{w.k[b].pid, SIG::TERM});
    const Siginfo look = w.info({P::ALL, 0, OutPtr::somewhere, WAIT::EXITED | WAIT::NOWAIT});
    CHECK(look.signo == SIG::CHLD);
    CHECK(look.pid == 3);
    CHECK(look.code == CLD::EXITED);
    CHECK(look.status == 7);
    CHECK(w.info({P::PID, 3, OutPtr::somewhere, WAIT::EXITED}) == look); // it was left
    const Siginfo killed = w.info({P::PID, 4, OutPtr::somewhere, WAIT::EXITED});
    CHECK(killed.code == CLD::KILLED);
    CHECK(killed.status == SIG::TERM);
    CHECK(w.fails(sys::Waitid{P::ALL, 0, OutPtr::somewhere, WAIT::EXITED}) == E::CHILD);
}

TEST_CASE("waitid: what it does not understand") {
    WaitWorld w;
    w.child();
    CHECK(w.fails(sys::Waitid{P::ALL, 0, OutPtr::somewhere, 0}) == E::INVAL);
    CHECK(w.fails(sys::Waitid{P::ALL, 0, OutPtr::somewhere, 0x100}) == E::INVAL);
    CHECK(w.fails(sys::Waitid{9, 0, OutPtr::somewhere, WAIT::EXITED}) == E::INVAL);
    CHECK(w.fails(sys::Waitid{P::PID, 0, OutPtr::somewhere, WAIT::EXITED}) == E::INVAL);
    CHECK(w.fails(sys::Waitid{P::PGID, -1, OutPtr::somewhere, WAIT::EXITED}) == E::INVAL);
    CHECK(w.fails(sys::Waitid{P::PIDFD, 99, OutPtr::somewhere, WAIT::EXITED}) == E::BADF);
    CHECK(w.fails(sys::Waitid{P::PIDFD, -1, OutPtr::somewhere, WAIT::EXITED}) == E::INVAL);
}

TEST_CASE("waitid: by a pidfd, which stays when the child is gone") {
    WaitWorld w;
    const Id<Task> a = w.child();
    const i32 fd = static_cast<i32>(w.ok(sys::PidfdOpen{w.k[a].pid, 0}));
    CHECK(w.call(sys::Waitid{P::PIDFD, fd, OutPtr::somewhere, WAIT::EXITED}).blocked);
    w.call(sys::ExitGroup{0}, a);
    CHECK(w.info({P::PIDFD, fd, OutPtr::somewhere, WAIT::EXITED}).pid == 3);
    CHECK(w.fails(sys::Waitid{P::PIDFD, fd, OutPtr::somewhere, WAIT::EXITED}) == E::CHILD);
    CHECK(w.fails(sys::PidfdSendSignal{fd, 0, {}, 0}) == E::SRCH);
}

TEST_CASE("wait: by process group, of the caller or by number") {
    WaitWorld w;
    const Id<Task> a = w.child(), b = w.child();
    w.ok(sys::Setpgid{w.k[a].pid, 0});
    w.call(sys::ExitGroup{1}, a);
    w.call(sys::ExitGroup{2}, b);
    CHECK(w.ok(sys::Wait4{0, 0}) == 4);
    CHECK(w.fails(sys::Wait4{0, 0}) == E::CHILD);
    CHECK(w.ok(sys::Wait4{-3, 0}) == 3);
}

TEST_CASE("wait: a thread waits for the children of the others, but not with __WNOTHREAD") {
    WaitWorld w;
    const Id<Task> a = w.child();
    const Id<Task> t = w.child(a, CLONE::VM | CLONE::SIGHAND | CLONE::THREAD);
    const Id<Task> kid = w.child(a);
    w.call(sys::ExitGroup{0}, kid);
    CHECK(w.fails(sys::Wait4{-1, WAIT::NOTHREAD}, t) == E::CHILD);
    CHECK(w.ok(sys::Wait4{-1, 0}, t) == 5);
    CHECK(w.fails(sys::Wait4{w.k[t].pid, 0}, a) == E::CHILD); // a thread is nobody's child
}

TEST_CASE("wait: children of whoever ignores SIGCHLD leave no zombie, and the wait for the last fails") {
    WaitWorld w;
    const Id<Task> a = w.child();
    w.ok(sys::RtSigaction{SIG::CHLD, KSigaction{kSigIgn, 0, 0}}, a);
    const Id<Task> b = w.child(a);
    const std::size_t tasks = w.k.tasks.size();
    CHECK(w.call(sys::Wait4{-1, 0}, a).blocked);
    w.call(sys::ExitGroup{0}, b);
    CHECK(w.k.tasks.size() == tasks - 1);
    CHECK(w.fails(sys::Wait4{-1, 0}, a) == E::CHILD);
    // SA_NOCLDWAIT does the same with a handler in place.
    w.ok(sys::RtSigaction{SIG::CHLD, KSigaction{kSigHandler, SA::NOCLDWAIT, 0}}, a);
    w.call(sys::ExitGroup{0}, w.child(a));
    CHECK(w.k.tasks.size() == tasks - 1);
}

TEST_CASE("wait: orphans go to a thread that lives, to a subreaper, to init") {
    WaitWorld w;
    const Id<Task> sub = w.child();
    w.ok(sys::Prctl{PR::SET_CHILD_SUBREAPER, 1}, sub);
    const Id<Task> a = w.child(sub);
    const Id<Task> t = w.child(a, CLONE::VM | CLONE::SIGHAND | CLONE::THREAD);
    const Id<Task> kid = w.child(a);
    w.call(sys::Exit{0}, a);
    CHECK(w.k[kid].real_parent == t);
    w.call(sys::Exit{0}, t);
    CHECK(w.k[kid].real_parent == sub);
    w.call(sys::ExitGroup{0}, sub);
    CHECK(w.k[kid].real_parent == w.k.init);
}
