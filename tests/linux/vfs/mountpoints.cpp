// Names that are mount points: EBUSY where the caller's own mount namespace has the mount, otherwise what is mounted
// goes.

#include "tests/linux/vfs/text.hpp"

using namespace nslab;
using vfs_test::Machine;

TEST_CASE("a mount point of one's own namespace is neither removed nor renamed") {
    Machine m;
    m.play(R"(
        mkdir("/d", 0755) = 0
        mkdir("/e", 0755) = 0
        open("/f", O_CREAT|O_WRONLY, 0644) = 3
        mount("x", "/d", "tmpfs", 0, NULL) = 0
        mount("/d", "/f", NULL, MS_BIND, NULL) = -1 ENOTDIR
        mount("/proc/mounts", "/f", NULL, MS_BIND, NULL) = 0
        rmdir("/d") = -1 EBUSY
        rename("/d", "/g") = -1 EBUSY
        rename("/e", "/d") = -1 EBUSY
        unlink("/f") = -1 EBUSY
        umount2("/d", 0) = 0
        umount2("/f", 0) = 0
        unlink("/f") = 0
        rmdir("/d") = 0
    )");
}

TEST_CASE("a mount point of another namespace is removed, and what is mounted there is umounted") {
    Machine m;
    m.play(R"(
        mkdir("/d", 0755) = 0
        mkdir("/e", 0755) = 0
    )");
    m.child("sh2");
    m.play(R"(
        sh2: mount("x", "/d", "tmpfs", 0, NULL) = 0
        sh2: mkdir("/d/in", 0755) = 0
        sh2: mount("y", "/d/in", "tmpfs", 0, NULL) = 0
        sh2: rmdir("/d") = -1 EBUSY
        rmdir("/d") = 0
        sh2: access("/d", F_OK) = -1 ENOENT
        mkdir("/d", 0755) = 0
        sh2: mount("x", "/d", "tmpfs", 0, NULL) = 0
        rename("/d", "/g") = 0
        sh2: rmdir("/g") = -1 EBUSY
        sh2: mkdir("/g/still", 0755) = 0
        rename("/e", "/g") = 0
        sh2: access("/g/still", F_OK) = -1 ENOENT
    )");
    // What was umounted is gone, super blocks and all.
    CHECK(show_mountinfo(m.k, m.actors["sh2"]).find("- tmpfs x") == std::string::npos);
    u32 supers = 0;
    m.k.supers.each([&](Id<SuperBlock>, const SuperBlock& sb) { supers += sb.type == FsType::tmpfs; });
    CHECK(supers == 1);
}

TEST_CASE("a lazily umounted tree stays for who is in it") {
    Machine m;
    m.play(R"(
        mkdir("/d", 0755) = 0
        mount("x", "/d", "tmpfs", 0, NULL) = 0
        mkdir("/d/in", 0755) = 0
        chdir("/d/in") = 0
        umount2("/d", 0) = -1 EBUSY
        umount2("/d", MNT_DETACH) = 0
        mkdir("new", 0755) = 0
        access("../in/new", F_OK) = 0
        access("../../in", F_OK) = 0
    )");
    CHECK(m.bytes(R"(getcwd("", 100))") == "(unreachable)/in");
}

TEST_CASE("the dot is what one stands in, and what covers it only for umount") {
    Machine m;
    m.play(R"(
        mkdir("/d", 0755) = 0
        chdir("/d") = 0
        mount("x", ".", "tmpfs", 0, NULL) = 0
        mkdir("below", 0755) = 0
        access("/d/below", F_OK) = -1 ENOENT
        umount2(".", 0) = 0
        access("/d/below", F_OK) = 0
    )");
}
