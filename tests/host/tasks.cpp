// Threads, groups, signals and programs on the running kernel: what the calls come to, and that their actors go on
// being commanded.

#include "tests/host/host.hpp"

#include <algorithm>

using namespace nslab;

namespace {

constexpr u64 kThread = CLONE::VM | CLONE::SIGHAND | CLONE::THREAD;

KSigaction handler(u64 flags = 0) { return {kSigHandler, flags, 0}; }

} // namespace

TEST_CASE("a thread has a number of its own in the process of its leader") {
    const auto w = host_world();
    if (!w) return;
    CHECK(w->call(sh1, sys::Clone{kThread}, sh2).value == 3);
    CHECK(w->call(sh2, sys::Gettid{}).value == 3);
    CHECK(w->call(sh2, sys::Getpid{}).value == 2);
    CHECK(w->call(sh2, sys::Getppid{}).value == 1);
    CHECK(look_at(*w, sh2).nspid == std::vector<i32>{3});
    CHECK(w->call(sh2, sys::Exit{0}).ended);
    CHECK(look_at(*w, sh2).state == State::gone);
    CHECK(w->call(sh1, sys::Getpid{}).value == 2);
}

TEST_CASE("a thread may be made without a descriptor 0") {
    const auto w = host_world();
    if (!w) return;
    for (const i32 fd : {0, 1, 2}) REQUIRE(w->call(sh1, sys::Close{fd}).ok());
    CHECK(w->call(sh1, sys::Clone{kThread}, sh2).value == 3);
    CHECK(w->call(sh2, sys::Gettid{}).value == 3);
    CHECK(w->alive(sh2));
}

TEST_CASE("exit_group of one thread ends all of them") {
    const auto w = host_world();
    if (!w) return;
    REQUIRE(w->call(sh1, sys::Clone{}, sh2).ok());
    REQUIRE(w->call(sh2, sys::Clone{kThread}, sh3).ok());
    CHECK(w->call(sh3, sys::ExitGroup{5}).ended);
    CHECK(look_at(*w, sh2).state == State::zombie);
    CHECK(look_at(*w, sh3).state == State::gone);
    CHECK(w->call(sh1, sys::Wait4{}).out.get<WaitBuf>().status == 5 << 8);
}

TEST_CASE("a leader that exits before its threads is a zombie nobody can wait for yet") {
    const auto w = host_world();
    if (!w) return;
    REQUIRE(w->call(sh1, sys::Clone{}, sh2).ok());
    REQUIRE(w->call(sh2, sys::Clone{kThread}, sh3).ok());
    CHECK(w->call(sh2, sys::Exit{0}).ended);
    CHECK(look_at(*w, sh2).state == State::zombie);
    CHECK(w->call(sh1, sys::Wait4{-1, WAIT::NOHANG}).value == 0);
    CHECK(w->call(sh3, sys::Getpid{}).value == 3);
    CHECK(w->call(sh3, sys::Exit{0}).ended);
    CHECK(w->call(sh1, sys::Wait4{-1, WAIT::NOHANG}).value == 3);
}

TEST_CASE("a process with several threads does not change its PID namespace for its children's") {
    const auto w = host_world();
    if (!w) return;
    REQUIRE(w->call(sh1, sys::Clone{kThread}, sh2).ok());
    CHECK(w->call(sh1, sys::Unshare{CLONE::NEWUSER}).error == E::INVAL);
    CHECK(w->call(sh1, sys::Clone{CLONE::NEWPID | kThread}, sh3).error == E::INVAL);
}

TEST_CASE("execve runs the same program again and the actor goes on") {
    const auto w = host_world();
    if (!w) return;
    REQUIRE(w->call(sh1, sys::Openat{AT::FDCWD, "/", O::RDONLY | O::CLOEXEC, 0}).value == 3);
    REQUIRE(w->call(sh1, sys::Openat{AT::FDCWD, "/proc", O::RDONLY, 0}).value == 4);
    REQUIRE(w->call(sh1, sys::RtSigaction{SIG::TERM, handler()}).ok());
    REQUIRE(w->call(sh1, sys::RtSigaction{SIG::HUP, KSigaction{kSigIgn, 0, 0}}).ok());
    const Outcome again = w->call(sh1, sys::Execve{"/proc/self/exe"});
    CHECK(again.ok());
    CHECK(again.why == "");
    CHECK(w->call(sh1, sys::Getpid{}).value == 2);
    CHECK(w->call(sh1, sys::Fchdir{3}).error == E::BADF);
    CHECK(w->call(sh1, sys::Fchdir{4}).ok());
    sys::RtSigaction ask{SIG::TERM, std::nullopt, OutPtr::somewhere};
    CHECK(w->call(sh1, ask).out.get<KSigaction>().handler == kSigDfl);
    ask.sig = SIG::HUP;
    CHECK(w->call(sh1, ask).out.get<KSigaction>().handler == kSigIgn);
    // What it opens next is the first free one: nothing of ours is left open.
    CHECK(w->call(sh1, sys::Openat{AT::FDCWD, "/", O::RDONLY, 0}).value == 3);
    CHECK(w->call(sh1, sys::Clone{}, sh2).value == 3);
    CHECK(w->call(sh2, sys::Execve{"/proc/self/exe"}).ok());
    CHECK(w->call(sh2, sys::Execve{"/proc/self/exe"}).ok());
    CHECK(w->call(sh2, sys::Getppid{}).value == 2);
    CHECK(w->call(sh2, sys::ExitGroup{0}).ended);
    CHECK(w->call(sh1, sys::Wait4{}).value == 3);
}

TEST_CASE("a program that is not there, or none, is not run") {
    const auto w = host_world();
    if (!w) return;
    CHECK(w->call(sh1, sys::Execve{"/nothing"}).error == E::NOENT);
    CHECK(w->call(sh1, sys::Execve{nullptr}).error == E::FAULT);
    CHECK(w->call(sh1, sys::Execve{"/proc"}).error == E::ACCES);
    REQUIRE(w->call(sh1, sys::Openat{AT::FDCWD, "/f", O::CREAT | O::WRONLY, 0644}).ok());
    CHECK(w->call(sh1, sys::Execve{"/f"}).error == E::ACCES);
    REQUIRE(w->call(sh1, sys::Umount2{"/proc", UMOUNT::DETACH}).ok());
    CHECK(w->call(sh1, sys::Execve{"/proc/self/exe"}).error == E::NOENT);
}

TEST_CASE("execve of a thread ends the others and makes it the leader") {
    const auto w = host_world();
    if (!w) return;
    REQUIRE(w->call(sh1, sys::Clone{}, sh2).ok());
    REQUIRE(w->call(sh2, sys::Clone{kThread}, sh3).ok());
    CHECK(w->call(sh3, sys::Execve{"/proc/self/exe"}).ok());
    CHECK(w->call(sh3, sys::Gettid{}).value == 3);
    CHECK(look_at(*w, sh2).state == State::gone);
    CHECK(look_at(*w, sh3).nspid == std::vector<i32>{3});
    CHECK(w->call(sh3, sys::ExitGroup{1}).ended);
    CHECK(look_at(*w, sh3).state == State::zombie);
    CHECK(w->call(sh1, sys::Wait4{}).value == 3);
}

TEST_CASE("a parent that vforks wakes when its child runs a program") {
    const auto w = host_world();
    if (!w) return;
    const Outcome slept = w->call(sh1, sys::Clone{CLONE::VM | CLONE::VFORK | SIG::CHLD}, sh2);
    CHECK(slept.blocked);
    CHECK(slept.value == 3);
    CHECK(w->call(sh2, sys::Execve{"/proc/self/exe"}).ok());
    const auto back = w->resume(sh1);
    REQUIRE(back);
    CHECK(back->value == 3);
    CHECK(w->call(sh2, sys::Getpid{}).value == 3);
}

TEST_CASE("clone writes a pidfd and the number of the child where it is told to") {
    const auto w = host_world();
    if (!w) return;
    const Outcome one = w->call(sh1, sys::Clone{CLONE::PIDFD | SIG::CHLD, OutPtr::somewhere}, sh2);
    REQUIRE(one.value == 3);
    CHECK(one.out.get<CloneBuf>().pidfd == 3);
    sys::Clone3 c;
    c.flags = CLONE::PIDFD | CLONE::PARENT_SETTID;
    c.exit_signal = SIG::CHLD;
    c.pidfd = c.parent_tid = OutPtr::somewhere;
    const Outcome two = w->call(sh1, c, sh3);
    REQUIRE(two.value == 4);
    CHECK(two.out.get<CloneBuf>() == CloneBuf{4, 4});
    CHECK(w->call(sh1, sys::PidfdSendSignal{4, SIG::KILL, std::nullopt}).ok());
    CHECK(look_at(*w, sh3).state == State::zombie);
    c.pidfd = OutPtr::bad;
    CHECK(w->call(sh1, c, Actor{5}).error == E::FAULT);
}

TEST_CASE("waitid tells how a child ended, and WNOWAIT leaves it") {
    const auto w = host_world();
    if (!w) return;
    REQUIRE(w->call(sh1, sys::Clone{}, sh2).ok());
    sys::Waitid wait{P::ALL, 0, OutPtr::somewhere, WAIT::EXITED};
    CHECK(w->call(sh1, wait).blocked);
    CHECK(w->call(sh2, sys::ExitGroup{7}).ended);
    const auto back = w->resume(sh1);
    REQUIRE(back);
    CHECK(back->out.get<Siginfo>() == Siginfo{SIG::CHLD, CLD::EXITED, 3, 0, 7});
    REQUIRE(w->call(sh1, sys::Clone{}, sh3).ok());
    REQUIRE(w->call(sh1, sys::Kill{4, SIG::KILL}).ok());
    wait.options |= WAIT::NOWAIT;
    for (int turn = 0; turn < 2; ++turn)
        CHECK(w->call(sh1, wait).out.get<Siginfo>() == Siginfo{SIG::CHLD, CLD::KILLED, 4, 0, SIG::KILL});
    wait.options = WAIT::EXITED | WAIT::NOHANG;
    CHECK(w->call(sh1, wait).ok());
    CHECK(w->call(sh1, wait).error == E::CHILD);
}

TEST_CASE("pause sleeps until a signal is handled, and not for one that is ignored") {
    const auto w = host_world();
    if (!w) return;
    REQUIRE(w->call(sh1, sys::Clone{}, sh2).ok());
    REQUIRE(w->call(sh2, sys::RtSigaction{SIG::USR1, handler()}).ok());
    REQUIRE(w->call(sh2, sys::RtSigaction{SIG::USR2, KSigaction{kSigIgn, 0, 0}}).ok());
    CHECK(w->call(sh2, sys::Pause{}).blocked);
    CHECK(w->call(sh1, sys::Kill{3, SIG::USR2}).ok());
    CHECK_FALSE(w->resume(sh2));
    CHECK(w->call(sh1, sys::Kill{3, SIG::USR1}).ok());
    const auto back = w->resume(sh2);
    REQUIRE(back);
    CHECK(back->error == E::INTR);
    // An actor between two calls handles one too, and knows nothing of it.
    CHECK(w->call(sh1, sys::Kill{3, SIG::USR1}).ok());
    CHECK(w->call(sh2, sys::Getpid{}).value == 3);
}

TEST_CASE("a blocked signal is pending until it is waited for") {
    const auto w = host_world();
    if (!w) return;
    REQUIRE(w->call(sh1, sys::Clone{}, sh2).ok());
    const u64 usr1 = u64{1} << (SIG::USR1 - 1);
    CHECK(w->call(sh2, sys::RtSigprocmask{SIG_HOW::BLOCK, usr1}).ok());
    sys::RtSigtimedwait wait{usr1, OutPtr::somewhere, Timespec{}};
    CHECK(w->call(sh2, wait).error == E::AGAIN);
    CHECK(w->call(sh1, sys::Kill{3, SIG::USR1}).ok());
    CHECK(w->call(sh2, sys::RtSigpending{}).out.get<SigsetBuf>().set == usr1);
    wait.uts.reset();
    const Outcome got = w->call(sh2, wait);
    CHECK(got.value == SIG::USR1);
    CHECK(got.out.get<Siginfo>() == Siginfo{SIG::USR1, SI::USER, 2, 0, 0});
    CHECK(w->call(sh2, wait).blocked);
    CHECK(w->call(sh1, sys::Tgkill{3, 3, SIG::USR1}).ok());
    const auto back = w->resume(sh2);
    REQUIRE(back);
    CHECK(back->out.get<Siginfo>().code == SI::TKILL);
    // Let through again, it ends the process.
    CHECK(w->call(sh1, sys::Kill{3, SIG::USR1}).ok());
    CHECK(w->call(sh2, sys::RtSigprocmask{SIG_HOW::UNBLOCK, usr1}).ended);
}

TEST_CASE("an action is told as it was set") {
    const auto w = host_world();
    if (!w) return;
    const u64 mask = u64{1} << (SIG::USR2 - 1);
    sys::RtSigaction set{SIG::USR1, KSigaction{kSigHandler, SA::RESTART, mask}, OutPtr::somewhere};
    CHECK(w->call(sh1, set).out.get<KSigaction>() == KSigaction{});
    CHECK(w->call(sh1, set).out.get<KSigaction>() == *set.act);
    set.act->flags |= SA::RESTORER;
    CHECK(w->call(sh1, set).out.get<KSigaction>().flags == SA::RESTART);
    CHECK(w->call(sh1, set).out.get<KSigaction>().flags == (SA::RESTART | SA::RESTORER));
    set.sig = SIG::KILL;
    CHECK(w->call(sh1, set).error == E::INVAL);
}

TEST_CASE("sessions and groups have the numbers of their leaders") {
    const auto w = host_world();
    if (!w) return;
    REQUIRE(w->call(sh1, sys::Clone{}, sh2).ok());
    CHECK(w->call(sh2, sys::Getpgid{0}).value == 1);
    CHECK(w->call(sh2, sys::Getsid{0}).value == 1);
    CHECK(w->call(sh2, sys::Setpgid{0, 0}).ok());
    CHECK(w->call(sh2, sys::Getpgrp{}).value == 3);
    CHECK(w->call(sh2, sys::Setsid{}).error == E::PERM);
    REQUIRE(w->call(sh1, sys::Clone{}, sh3).ok());
    CHECK(w->call(sh3, sys::Setsid{}).value == 4);
    CHECK(w->call(sh1, sys::Setpgid{4, 3}).error == E::PERM);
    CHECK(w->call(sh1, sys::Kill{-3, SIG::KILL}).ok());
    CHECK(look_at(*w, sh2).state == State::zombie);
}

TEST_CASE("an orphan falls to the nearest subreaper, and a parent's end can be a signal") {
    const auto w = host_world();
    if (!w) return;
    CHECK(w->call(sh1, sys::Prctl{PR::SET_CHILD_SUBREAPER, 1}).ok());
    const sys::Prctl ask{PR::GET_CHILD_SUBREAPER, static_cast<u64>(OutPtr::somewhere)};
    CHECK(w->call(sh1, ask).out.get<NumberBuf>().value == 1);
    REQUIRE(w->call(sh1, sys::Clone{}, sh2).ok());
    REQUIRE(w->call(sh2, sys::Clone{}, sh3).ok());
    REQUIRE(w->call(sh2, sys::Clone{}, Actor{5}).ok());
    CHECK(w->call(sh3, sys::Prctl{PR::SET_PDEATHSIG, SIG::KILL}).ok());
    CHECK(w->call(sh2, sys::ExitGroup{0}).ended);
    CHECK(look_at(*w, sh3).state == State::zombie);
    CHECK(w->call(Actor{5}, sys::Getppid{}).value == 2);
}

TEST_CASE("a namespace's file tells its type, its owner and its relatives") {
    const auto w = host_world();
    if (!w) return;
    REQUIRE(w->call(sh1, sys::Openat{AT::FDCWD, "/proc/self/ns/uts", O::RDONLY, 0}).value == 3);
    CHECK(w->call(sh1, sys::Ioctl{3, NS::GET_NSTYPE}).value == CLONE::NEWUTS);
    CHECK(w->call(sh1, sys::Ioctl{3, NS::GET_PARENT}).error == E::INVAL);
    CHECK(w->call(sh1, sys::Ioctl{3, NS::GET_USERNS}).value == 4);
    const sys::Ioctl owner{4, NS::GET_OWNER_UID, static_cast<u64>(OutPtr::somewhere)};
    CHECK(w->call(sh1, owner).out.get<NumberBuf>().value == 0);
    REQUIRE(w->call(sh1, sys::Openat{AT::FDCWD, "/proc/self/ns/pid", O::RDONLY, 0}).value == 5);
    CHECK(w->call(sh1, sys::Ioctl{5, NS::GET_PARENT}).error == E::PERM); // it is outside
}

TEST_CASE("an actor without privileges goes on being commanded") {
    const auto w = host_world();
    if (!w) return;
    REQUIRE(w->call(sh1, sys::Clone{CLONE::NEWUSER | CLONE::NEWPID | SIG::CHLD}, sh2).ok());
    CHECK(w->call(sh2, sys::Getpid{}).value == 1);
    CHECK(w->call(sh2, sys::Getuid{}).value == 65534);
    CHECK(w->call(sh2, sys::Clone{CLONE::NEWPID | SIG::CHLD}, sh3).ok());
    CHECK(look_at(*w, sh3).nspid == std::vector<i32>{4, 2, 1});
    CHECK(w->call(sh3, sys::Execve{"/proc/self/exe"}).ok());
    CHECK(w->call(sh3, sys::Getpid{}).value == 1);
    CHECK(w->call(sh2, sys::ExitGroup{0}).ended);
    CHECK(look_at(*w, sh3).state == State::gone);
}
