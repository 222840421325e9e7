// Numbers of tasks and pidfds.

#include "tests/linux/kernel/task_world.hpp"

using namespace nslab;

TEST_CASE("PIDs count up, and a free one is not taken again before the counter wraps") {
    TaskWorld w;
    sys_exit_group(w.k, w.clone(w.sh1), 0);
    REQUIRE(sys_wait4(w.k, w.sh1, 3, 0)->pid == 3);
    CHECK(w.at(w.clone(w.sh1)).pid == 4);
}

TEST_CASE("PIDs wrap at pid_max to 300") {
    TaskWorld w;
    w.k[task_active_pid_ns(w.k, w.sh1)].pid_max = 1000;
    w.k[task_active_pid_ns(w.k, w.sh1)].last_pid = 998;
    CHECK(w.at(w.clone(w.sh1)).pid == 999);
    CHECK(w.at(w.clone(w.sh1)).pid == 300);
    CHECK(w.at(w.clone(w.sh1)).pid == 301);
}

TEST_CASE("EAGAIN when no PID is free") {
    TaskWorld w;
    w.k[task_active_pid_ns(w.k, w.sh1)].pid_max = 302;
    w.k[task_active_pid_ns(w.k, w.sh1)].last_pid = 301;
    CHECK(w.at(w.clone(w.sh1)).pid == 300);
    CHECK(w.at(w.clone(w.sh1)).pid == 301);
    CHECK(error_of(sys_clone(w.k, w.sh1, clone_args(SIG::CHLD))) == E::AGAIN);
}

TEST_CASE("pidfd_open: flags, then the number, then whether somebody is there") {
    TaskWorld w;
    CHECK(error_of(sys_pidfd_open(w.k, w.sh1, 99, 1)) == E::INVAL);
    CHECK(error_of(sys_pidfd_open(w.k, w.sh1, 0, 0)) == E::INVAL);
    CHECK(error_of(sys_pidfd_open(w.k, w.sh1, 99, 0)) == E::SRCH);
    CHECK(sys_pidfd_open(w.k, w.sh1, 1, 0).value() == 3);
    CHECK(w.readlink(w.sh1, "/proc/self/fd/3") == "anon_inode:[pidfd]");
}

TEST_CASE("a pidfd stays with its process, not with the number") {
    TaskWorld w;
    const Id<Task> child = w.clone(w.sh1);
    const auto fd = static_cast<i32>(*sys_pidfd_open(w.k, w.sh1, 3, 0));
    sys_exit_group(w.k, child, 0);
    CHECK(error_of(sys_setns(w.k, w.sh1, fd, CLONE::NEWUTS)) == E::SRCH); // a zombie
    REQUIRE(sys_wait4(w.k, w.sh1, 3, 0));
    w.k[task_active_pid_ns(w.k, w.sh1)].last_pid = 2;
    REQUIRE(w.at(w.clone(w.sh1)).pid == 3);
    CHECK(error_of(sys_setns(w.k, w.sh1, fd, CLONE::NEWUTS)) == E::SRCH);
}
