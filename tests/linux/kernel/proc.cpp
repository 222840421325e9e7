// /proc as tasks come and go.

#include "tests/linux/kernel/task_world.hpp"

using namespace nslab;

TEST_CASE("/proc/self is the reader's number") {
    TaskWorld w;
    CHECK(w.readlink(w.sh1, "/proc/self") == "2");
    CHECK(w.readlink(w.init, "/proc/self") == "1");
    CHECK(w.readlink(w.sh1, "/proc/thread-self") == "2/task/2");
    CHECK(w.readlink(w.sh1, "/proc/mounts") == "self/mounts");
}

TEST_CASE("/proc/PID/ns: same namespace, same text") {
    TaskWorld w;
    w.clone(w.sh1, CLONE::NEWNET | SIG::CHLD);
    CHECK(w.readlink(w.sh1, "/proc/3/ns/mnt") == w.readlink(w.sh1, "/proc/self/ns/mnt"));
    CHECK(w.readlink(w.sh1, "/proc/3/ns/net") != w.readlink(w.sh1, "/proc/self/ns/net"));
    CHECK(w.readlink(w.sh1, "/proc/3/ns/pid_for_children") == w.readlink(w.sh1, "/proc/1/ns/pid"));
    CHECK(w.readlink(w.sh1, "/proc/3/ns/nothing") == "ENOENT");
}

TEST_CASE("/proc of a zombie: its number and user namespace are left") {
    TaskWorld w;
    sys_exit_group(w.k, w.clone(w.sh1), 0);
    CHECK(w.readlink(w.sh1, "/proc/3/ns/mnt") == "ENOENT");
    CHECK(w.readlink(w.sh1, "/proc/3/ns/pid") == w.readlink(w.sh1, "/proc/1/ns/pid"));
    CHECK(w.readlink(w.sh1, "/proc/3/cwd") == "ENOENT");
    CHECK(w.cat(w.sh1, "/proc/3/mountinfo") == "EINVAL");
    CHECK(w.cat(w.sh1, "/proc/3/status").find("State:\tZ (zombie)\n") != std::string::npos);
    REQUIRE(sys_wait4(w.k, w.sh1, 3, 0));
    CHECK(w.cat(w.sh1, "/proc/3/status") == "ENOENT");
}

TEST_CASE("an open mountinfo holds the namespace that it shows") {
    TaskWorld w;
    const Id<Task> child = w.clone(w.sh1, CLONE::NEWNS | SIG::CHLD);
    const i32 fd = w.open(w.sh1, "/proc/3/mountinfo");
    sys_exit_group(w.k, child, 0);
    REQUIRE(sys_wait4(w.k, w.sh1, 3, 0));
    CHECK(w.k.mnt_namespaces.size() == 2);
    CHECK(sys_read(w.k, w.sh1, fd, 65536)->find(" - proc proc rw") != std::string::npos);
    REQUIRE(sys_close(w.k, w.sh1, fd));
    CHECK(w.k.mnt_namespaces.size() == 1);
}

TEST_CASE("a file of a task that has been reaped says ESRCH") {
    TaskWorld w;
    const Id<Task> child = w.clone(w.sh1);
    const i32 fd = w.open(w.sh1, "/proc/3/status");
    sys_exit_group(w.k, child, 0);
    REQUIRE(sys_wait4(w.k, w.sh1, 3, 0));
    CHECK(error_of(sys_read(w.k, w.sh1, fd, 10)) == E::SRCH);
}

TEST_CASE("what is mounted on a task's directory goes with the task") {
    TaskWorld w;
    const Id<Task> child = w.clone(w.sh1);
    REQUIRE(sys_mount(w.k, w.sh1, "none", "/proc/3/ns", "tmpfs", 0, nullptr));
    const u32 mounts = w.k[w.nsproxy(w.sh1).mnt_ns].nr_mounts;
    sys_exit_group(w.k, child, 0);
    CHECK(w.k[w.nsproxy(w.sh1).mnt_ns].nr_mounts == mounts);
    REQUIRE(sys_wait4(w.k, w.sh1, 3, 0));
    CHECK(w.k[w.nsproxy(w.sh1).mnt_ns].nr_mounts == mounts - 1);
}

TEST_CASE("who stays in the directory of a reaped task finds nothing there") {
    TaskWorld w;
    const Id<Task> child = w.clone(w.sh1);
    REQUIRE(sys_chdir(w.k, w.sh1, "/proc/3/ns"));
    sys_exit_group(w.k, child, 0);
    REQUIRE(sys_wait4(w.k, w.sh1, 3, 0));
    CHECK(w.readlink(w.sh1, "mnt") == "ENOENT");
    w.k[task_active_pid_ns(w.k, w.sh1)].last_pid = 2;
    REQUIRE(w.at(w.clone(w.sh1)).pid == 3);
    CHECK(w.readlink(w.sh1, "mnt") == "ENOENT"); // the directory is the old process's
    CHECK(w.readlink(w.sh1, "/proc/3/ns/mnt") == w.readlink(w.sh1, "/proc/1/ns/mnt"));
}

TEST_CASE("/proc/PID/fd leads to what is open, and nothing is mounted on it") {
    TaskWorld w;
    REQUIRE(sys_mkdirat(w.k, w.sh1, AT::FDCWD, "/d", 0755));
    const i32 fd = w.open(w.sh1, "/d", O::PATH);
    CHECK(w.readlink(w.sh1, "/proc/self/fd/3") == "/d");
    CHECK(w.readlink(w.init, "/proc/self/fd/3") == "ENOENT");
    REQUIRE(sys_chdir(w.k, w.sh1, "/proc/2/fd/3"));
    CHECK(sys_getcwd(w.k, w.sh1).value() == "/d");
    REQUIRE(sys_close(w.k, w.sh1, fd));
    CHECK(w.readlink(w.sh1, "/proc/self/fd/3") == "ENOENT");
}

TEST_CASE("/proc/sys is there to be mounted over and to be set") {
    TaskWorld w;
    CHECK(w.cat(w.sh1, "/proc/sys/fs/mount-max") == "100000\n");
    const auto fd = static_cast<i32>(*sys_openat(w.k, w.sh1, AT::FDCWD, "/proc/sys/fs/mount-max", O::WRONLY, 0));
    CHECK(error_of(sys_write(w.k, w.sh1, fd, "0\n")) == E::INVAL);
    CHECK(error_of(sys_write(w.k, w.sh1, fd, "12x")) == E::INVAL);
    CHECK(sys_write(w.k, w.sh1, fd, "12 x").value() == 3); // what follows the number is left
    REQUIRE(sys_close(w.k, w.sh1, fd));
    CHECK(w.k.sysctl_mount_max == 12);
    REQUIRE(sys_mount(w.k, w.sh1, "none", "/proc/sys", "tmpfs", 0, nullptr));
    CHECK(w.cat(w.sh1, "/proc/sys/fs/mount-max") == "ENOENT");
}

TEST_CASE("another user may not look at the links of root's processes") {
    TaskWorld w;
    const Id<Task> child = w.clone(w.sh1);
    w.become_user(child, 1000);
    CHECK(w.readlink(child, "/proc/1/cwd") == "EACCES");
    CHECK(w.readlink(child, "/proc/1/ns/mnt") == "EACCES");
    CHECK(w.readlink(child, "/proc/self/ns/mnt") != "EACCES");
}

TEST_CASE("ns_last_pid chooses the next PID") {
    TaskWorld w;
    const auto fd = static_cast<i32>(*sys_openat(w.k, w.sh1, AT::FDCWD, "/proc/sys/kernel/ns_last_pid", O::WRONLY, 0));
    CHECK(sys_write(w.k, w.sh1, fd, "700").value() == 3);
    CHECK(w.cat(w.sh1, "/proc/sys/kernel/ns_last_pid") == "700\n");
    CHECK(w.at(w.clone(w.sh1)).pid == 701);
}

TEST_CASE("subset=pid shows tasks and nothing else") {
    TaskWorld w;
    REQUIRE(sys_mkdirat(w.k, w.sh1, AT::FDCWD, "/p", 0755));
    REQUIRE(sys_mount(w.k, w.sh1, "none", "/p", "proc", 0, "subset=pid"));
    CHECK(w.readlink(w.sh1, "/p/self") == "2");
    CHECK(w.readlink(w.sh1, "/p/mounts") == "ENOENT");
    CHECK(w.cat(w.sh1, "/p/1/setgroups") == "allow\n");
}
