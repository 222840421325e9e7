// Process groups and sessions, and what they are called in each PID namespace.

#include "sim/linux/kernel/internal.hpp"
#include "tests/linux/world.hpp"

using namespace nslab;

TEST_CASE("setsid: a session and a group of one's own, but not for who leads a group") {
    World w;
    const Id<Task> a = w.child();
    CHECK(w.ok(sys::Setsid{}, a) == 3);
    CHECK(w.ok(sys::Getsid{0}, a) == 3);
    CHECK(w.ok(sys::Getpgid{0}, a) == 3);
    CHECK(w.fails(sys::Setsid{}, a) == E::PERM);
    const Id<Task> b = w.child(a);
    CHECK(w.ok(sys::Getsid{0}, b) == 3); // inherited
    CHECK(w.ok(sys::Getsid{4}) == 3);    // and seen by others
    w.ok(sys::Setpgid{0, 0}, b);
    CHECK(w.fails(sys::Setsid{}, b) == E::PERM);
}

TEST_CASE("setpgid: of oneself and one's children, within the session") {
    World w;
    const Id<Task> a = w.child(), b = w.child();
    const Id<Task> grandchild = w.child(a);
    w.ok(sys::Setpgid{w.k[a].pid, 0});
    CHECK(w.ok(sys::Getpgid{w.k[a].pid}) == 3);
    w.ok(sys::Setpgid{w.k[b].pid, 3});
    CHECK(w.ok(sys::Getpgid{w.k[b].pid}) == 3);
    CHECK(w.fails(sys::Setpgid{w.k[grandchild].pid, 0}) == E::SRCH);
    CHECK(w.fails(sys::Setpgid{0, 99}) == E::PERM); // no such group in the session
    CHECK(w.fails(sys::Setpgid{0, -1}) == E::INVAL);
    w.ok(sys::Setsid{}, b);
    CHECK(w.fails(sys::Setpgid{w.k[b].pid, 0}) == E::PERM); // in another session now
    CHECK(w.fails(sys::Setpgid{0, 0}, b) == E::PERM);       // and its leader
}

TEST_CASE("setpgid: not of a child that has called execve") {
    World w;
    const Id<Task> a = w.child();
    w.ok(sys::Execve{"/proc/self/exe"}, a);
    CHECK(w.fails(sys::Setpgid{w.k[a].pid, 0}) == E::ACCES);
    w.ok(sys::Setpgid{0, 0}, a);
}

TEST_CASE("a group lives as long as somebody is in it, without its leader") {
    World w;
    const Id<Task> a = w.child();
    w.ok(sys::Setpgid{0, 0}, a);
    const Id<Task> b = w.child(a);
    w.call(sys::ExitGroup{0}, a);
    w.ok(sys::Wait4{3, 0});
    CHECK(!find_task_by_vpid(w.k, w.sh1, 3));
    CHECK(w.ok(sys::Getpgid{w.k[b].pid}) == 3);
    // Its number is taken: nobody gets it, though no process has it.
    CHECK(bool(find_pid_ns(w.k, 3, task_active_pid_ns(w.k, w.sh1))));
    w.ok(sys::Kill{-3, SIG::KILL});
    CHECK(!find_pid_ns(w.k, 3, task_active_pid_ns(w.k, w.sh1)));
}

TEST_CASE("a group and a session from outside of the PID namespace are 0 inside") {
    World w;
    const Id<Task> a = w.child({}, CLONE::NEWPID | SIG::CHLD);
    CHECK(w.ok(sys::Getpid{}, a) == 1);
    CHECK(w.ok(sys::Getpgid{0}, a) == 0);
    CHECK(w.ok(sys::Getsid{0}, a) == 0);
    w.ok(sys::Setsid{}, a);
    CHECK(w.ok(sys::Getsid{0}, a) == 1);
    CHECK(w.ok(sys::Getsid{w.k[a].pid}) == w.k[a].pid);
}
