// setns(2), and what holds a namespace.

#include "tests/linux/kernel/task_world.hpp"

using namespace nslab;

TEST_CASE("setns: the errnos of a wrong descriptor and a wrong type") {
    TaskWorld w;
    CHECK(error_of(sys_setns(w.k, w.sh1, 77, 0)) == E::BADF);
    CHECK(error_of(sys_setns(w.k, w.sh1, w.open(w.sh1, "/"), 0)) == E::INVAL);
    const i32 uts = w.open(w.sh1, "/proc/1/ns/uts");
    CHECK(error_of(sys_setns(w.k, w.sh1, uts, CLONE::NEWNET)) == E::INVAL);
    CHECK(error_of(sys_setns(w.k, w.sh1, w.open(w.sh1, "/proc/1/ns/uts", O::PATH), 0)) == E::BADF);
    CHECK(error_of(sys_setns(w.k, w.sh1, w.open(w.sh1, "/proc/1/ns/user"), 0)) == E::INVAL); // is in it already
    const auto pidfd = static_cast<i32>(*sys_pidfd_open(w.k, w.sh1, 1, 0));
    CHECK(error_of(sys_setns(w.k, w.sh1, pidfd, 0)) == E::INVAL);
    CHECK(error_of(sys_setns(w.k, w.sh1, pidfd, CLONE::FS)) == E::INVAL);
}

TEST_CASE("setns: into one namespace by its file, and with an nsproxy of one's own") {
    TaskWorld w;
    const Id<Task> child = w.clone(w.sh1, CLONE::NEWUTS | SIG::CHLD);
    const i32 fd = w.open(w.sh1, "/proc/3/ns/uts");
    REQUIRE(sys_setns(w.k, w.sh1, fd, CLONE::NEWUTS));
    CHECK(w.nsproxy(w.sh1).uts_ns == w.nsproxy(child).uts_ns);
    CHECK(w.nsproxy(w.sh1).count == 1);
    CHECK(w.k[w.nsproxy(child).uts_ns].ns.count == 3); // two nsproxies and the open file
}

TEST_CASE("setns: by a pidfd into several at once") {
    TaskWorld w;
    const Id<Task> child = w.clone(w.sh1, CLONE::NEWNS | CLONE::NEWUTS | CLONE::NEWNET | SIG::CHLD);
    const auto fd = static_cast<i32>(*sys_pidfd_open(w.k, w.sh1, 3, 0));
    REQUIRE(sys_setns(w.k, w.sh1, fd, CLONE::NEWNS | CLONE::NEWUTS));
    CHECK(w.nsproxy(w.sh1).mnt_ns == w.nsproxy(child).mnt_ns);
    CHECK(w.nsproxy(w.sh1).uts_ns == w.nsproxy(child).uts_ns);
    CHECK(w.nsproxy(w.sh1).net_ns != w.nsproxy(child).net_ns);
    CHECK(w.k[w.at(w.sh1).fs].root == w.k[w.at(child).fs].root);
}

TEST_CASE("setns: a mount namespace is refused to who shares root and working directory, and nothing changes") {
    TaskWorld w;
    w.clone(w.sh1, CLONE::FS | SIG::CHLD);
    const Nsproxy before = w.nsproxy(w.sh1);
    const i32 fd = w.open(w.sh1, "/proc/1/ns/mnt");
    CHECK(error_of(sys_setns(w.k, w.sh1, fd, 0)) == E::INVAL);
    CHECK(w.nsproxy(w.sh1).mnt_ns == before.mnt_ns);
    CHECK(w.nsproxy(w.sh1).count == before.count);
}

TEST_CASE("setns: a new time namespace is refused to who shares memory") {
    TaskWorld w;
    REQUIRE(sys_unshare(w.k, w.sh1, CLONE::NEWTIME));
    const i32 fd = w.open(w.sh1, "/proc/self/ns/time_for_children");
    const Id<Task> sharer = w.clone(w.sh1, CLONE::VM | SIG::CHLD);
    CHECK(error_of(sys_setns(w.k, w.sh1, fd, 0)) == E::USERS);
    sys_exit_group(w.k, sharer, 0);
    REQUIRE(sys_setns(w.k, w.sh1, fd, 0));
    CHECK(w.nsproxy(w.sh1).time_ns == w.nsproxy(w.sh1).time_ns_for_children);
}

TEST_CASE("an open file of a namespace keeps it alive, and its inode number is given again afterwards") {
    TaskWorld w;
    const Id<Task> child = w.clone(w.sh1, CLONE::NEWNS | SIG::CHLD);
    const u32 inum = w.k[w.nsproxy(child).mnt_ns].ns.inum;
    const i32 fd = w.open(w.sh1, "/proc/3/ns/mnt");
    REQUIRE(sys_kill(w.k, w.sh1, 3, SIG::KILL));
    REQUIRE(sys_wait4(w.k, w.sh1, 3, 0));
    CHECK(w.k.mnt_namespaces.size() == 2);
    CHECK(w.readlink(w.sh1, "/proc/self/fd/" + std::to_string(fd)) == "mnt:[" + std::to_string(inum) + "]");
    REQUIRE(sys_close(w.k, w.sh1, fd));
    CHECK(w.k.mnt_namespaces.size() == 1);
    REQUIRE(sys_unshare(w.k, w.sh1, CLONE::NEWUTS));
    CHECK(w.k[w.nsproxy(w.sh1).uts_ns].ns.inum == inum);
}

TEST_CASE("a namespace that is bind mounted outlives its processes") {
    TaskWorld w;
    const Id<Task> child = w.clone(w.sh1, CLONE::NEWUTS | SIG::CHLD);
    const std::string link = w.readlink(w.sh1, "/proc/3/ns/uts");
    REQUIRE(sys_openat(w.k, w.sh1, AT::FDCWD, "/uts", O::CREAT, 0644));
    REQUIRE(sys_mount(w.k, w.sh1, "/proc/3/ns/uts", "/uts", nullptr, MS::BIND, nullptr));
    sys_exit_group(w.k, child, 0);
    REQUIRE(sys_wait4(w.k, w.sh1, 3, 0));
    const i32 fd = w.open(w.sh1, "/uts");
    REQUIRE(sys_setns(w.k, w.sh1, fd, CLONE::NEWUTS));
    CHECK(w.readlink(w.sh1, "/proc/self/ns/uts") == link);
    REQUIRE(sys_close(w.k, w.sh1, fd));
    REQUIRE(sys_umount(w.k, w.sh1, "/uts", 0));
    CHECK(w.k[w.nsproxy(w.sh1).uts_ns].ns.count == 1);
}
