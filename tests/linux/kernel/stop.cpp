// Stopping and going on.

#include "sim/linux/audit.hpp"
#include "tests/linux/kernel/task_world.hpp"

using namespace nslab;

namespace {

bool stopped(const TaskWorld& w, Id<Task> task) { return (w.k[task].jobctl & JOBCTL::STOPPED) != 0; }

} // namespace

TEST_CASE("stop: all threads of a process stop, and the parent is told by the last one") {
    TaskWorld w;
    const Id<Task> child = w.clone(w.sh1);
    const Id<Task> thread = w.clone(child, CLONE::VM | CLONE::SIGHAND | CLONE::THREAD);
    REQUIRE(sys_kill(w.k, w.sh1, 3, SIG::STOP));
    CHECK(stopped(w, child));
    CHECK(stopped(w, thread));
    CHECK(audit(w.k).empty());
    const Waited told = *sys_wait4(w.k, w.sh1, -1, WAIT::UNTRACED);
    CHECK(told.status == (SIG::STOP << 8 | 0x7f));
    CHECK(!sys_wait4(w.k, w.sh1, -1, WAIT::UNTRACED | WAIT::NOHANG)->found);
    REQUIRE(sys_kill(w.k, w.sh1, 3, SIG::CONT));
    CHECK(!stopped(w, child));
    CHECK(!stopped(w, thread));
    CHECK(sys_wait4(w.k, w.sh1, -1, WAIT::CONTINUED)->status == 0xffff);
}

TEST_CASE("stop: a thread that sleeps in vfork has yet to stop, and SIGCONT takes that back") {
    TaskWorld w;
    const Id<Task> child = w.clone(w.sh1);
    const Id<Task> thread = w.clone(child, CLONE::VM | CLONE::SIGHAND | CLONE::THREAD);
    const Id<Task> kid = w.clone(thread, CLONE::VM | CLONE::VFORK | SIG::CHLD);
    REQUIRE(sys_kill(w.k, w.sh1, 3, SIG::STOP));
    CHECK(stopped(w, child));
    CHECK(!stopped(w, thread));
    CHECK(w.k[w.k[child].signal].group_stop_count == 1);
    CHECK(!sys_wait4(w.k, w.sh1, -1, WAIT::UNTRACED | WAIT::NOHANG)->found);
    CHECK(audit(w.k).empty());
    REQUIRE(sys_kill(w.k, w.sh1, 3, SIG::CONT));
    CHECK(w.k[w.k[child].signal].group_stop_count == 0);
    sys_exit_group(w.k, kid, 0);
    CHECK(!stopped(w, thread));
    CHECK(audit(w.k).empty());
}

TEST_CASE("stop: a thread that ends is no longer waited for by a stop") {
    TaskWorld w;
    const Id<Task> child = w.clone(w.sh1);
    const Id<Task> thread = w.clone(child, CLONE::VM | CLONE::SIGHAND | CLONE::THREAD);
    w.clone(thread, CLONE::VM | CLONE::VFORK | SIG::CHLD);
    REQUIRE(sys_kill(w.k, w.sh1, 3, SIG::STOP));
    REQUIRE(sys_kill(w.k, w.sh1, 3, SIG::KILL));
    CHECK(w.at(child).exit_state == ExitState::zombie);
    CHECK(sys_wait4(w.k, w.sh1, -1, 0)->status == SIG::KILL);
    CHECK(audit(w.k).empty());
}
