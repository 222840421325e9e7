// Nested PID namespaces: numbers in each level, the init and the end of everybody.

#include "tests/linux/kernel/task_world.hpp"

using namespace nslab;

TEST_CASE("a task has a number in every PID namespace that contains it") {
    TaskWorld w;
    Id<Task> at = w.sh1;
    constexpr u32 kDeepest = kMaxPidNsLevel - 1; // the world itself lies one below the machine's first one
    for (u32 level = 1; level <= kDeepest; ++level) at = w.clone(at, CLONE::NEWPID | SIG::CHLD);
    const Pid& pid = w.k[task_pid(w.k, at)];
    CHECK(pid.level == kDeepest);
    CHECK(pid.numbers[0] == 33);
    CHECK(pid.numbers[1] == 31);
    CHECK(pid.numbers[kDeepest] == 1);
    CHECK(error_of(sys_clone(w.k, at, clone_args(CLONE::NEWPID | SIG::CHLD))) == E::NOSPC);
    CHECK(*sys_getppid(w.k, at) == 0);
    REQUIRE(sys_kill(w.k, w.sh1, 3, SIG::KILL));
    CHECK(w.k.tasks.size() == 3); // init, sh1 and a zombie
}

TEST_CASE("an init that ends takes everybody along and leaves one zombie") {
    TaskWorld w;
    const Id<Task> init = w.clone(w.sh1, CLONE::NEWPID | SIG::CHLD);
    for (int i = 0; i < 100; ++i) w.clone(w.clone(init));
    sys_exit_group(w.k, init, 3);
    CHECK(w.k[init].exit_state == ExitState::zombie);
    CHECK(w.k.tasks.size() == 3);
    CHECK(sys_wait4(w.k, w.sh1, -1, 0).value().status == 3 << 8);
    CHECK(w.k.tasks.size() == 2);
}

TEST_CASE("an init waits in its exit for a child inside of a parent outside") {
    TaskWorld w;
    const Id<Task> init = w.clone(w.sh1, CLONE::NEWPID | SIG::CHLD);
    const Id<Task> outside = w.clone(w.sh1);
    const i32 fd = w.open(outside, "/proc/3/ns/pid");
    REQUIRE(sys_setns(w.k, outside, fd, CLONE::NEWPID));
    const Id<Task> inside = w.clone(outside);
    CHECK(*sys_getpid(w.k, inside) == 2);
    sys_exit_group(w.k, init, 0);
    CHECK(w.k[init].sleep == Sleep::zap_pid_ns);
    CHECK(w.k[inside].exit_state == ExitState::zombie);
    CHECK(sys_wait4(w.k, outside, 5, 0).value().pid == 5);
    CHECK(w.k[init].exit_state == ExitState::zombie);
}

TEST_CASE("a thread that is blocked for a signal of init's leaves the init alive") {
    TaskWorld w;
    const Id<Task> init = w.clone(w.sh1, CLONE::NEWPID | SIG::CHLD);
    const Id<Task> thread = w.clone(init, CLONE::VM | CLONE::SIGHAND | CLONE::THREAD);
    REQUIRE(sys_rt_sigprocmask(w.k, thread, SIG_HOW::BLOCK, sig_bit(SIG::TERM), kSigsetSize));
    REQUIRE(sys_tgkill(w.k, thread, 1, 2, SIG::TERM));
    REQUIRE(sys_rt_sigprocmask(w.k, thread, SIG_HOW::SETMASK, u64{0}, kSigsetSize));
    CHECK(w.k[init].exit_state == ExitState::running);
    CHECK(w.k[thread].exit_state == ExitState::running);
}

TEST_CASE("the reaper of a PID namespace is another thread once its leader has exited") {
    TaskWorld w;
    const Id<Task> init = w.clone(w.sh1, CLONE::NEWPID | SIG::CHLD);
    const Id<Task> thread = w.clone(init, CLONE::VM | CLONE::SIGHAND | CLONE::THREAD);
    const Id<Task> child = w.clone(init);
    sys_exit(w.k, init, 0);
    CHECK(w.k[child].real_parent == thread);
    CHECK(w.k[task_active_pid_ns(w.k, child)].child_reaper == thread);
    sys_exit(w.k, thread, 5);
    CHECK(sys_wait4(w.k, w.sh1, -1, 0).value().status == 5 << 8);
    CHECK(w.k.tasks.size() == 2);
}

TEST_CASE("execve by a thread: the others end and it is the leader") {
    TaskWorld w;
    const Id<Task> leader = w.clone(w.sh1);
    const Id<Task> child = w.clone(leader);
    const Id<Task> thread = w.clone(leader, CLONE::VM | CLONE::FS | CLONE::FILES | CLONE::SIGHAND | CLONE::THREAD);
    w.clone(leader, CLONE::VM | CLONE::FS | CLONE::FILES | CLONE::SIGHAND | CLONE::THREAD);
    REQUIRE(sys_execve(w.k, thread, "/proc/self/exe"));
    CHECK(*sys_gettid(w.k, thread) == 3);
    CHECK(thread_group_empty(w.k, thread));
    CHECK(w.k[child].real_parent == thread);
    CHECK(w.k[w.sh1].children == thread);
}
