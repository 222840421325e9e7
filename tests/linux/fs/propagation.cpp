// Propagation in the model, one claim a test. What the running kernel does is compared by the scenarios.

#include <algorithm>

#include "tests/linux/world.hpp"

using namespace nslab;

TEST_CASE("at boot there are / and /proc, and nothing else is to be seen") {
    World w;
    REQUIRE(w.mounts("/") == 1);
    REQUIRE(w.mounts("/proc") == 1);
    const std::string all = show_mountinfo(w.k, w.sh1);
    REQUIRE(std::count(all.begin(), all.end(), '\n') == 2);
    REQUIRE(audit(w.k).empty());
}

TEST_CASE("a mount made under one peer appears under the other") {
    World w;
    w.mkdir("/a");
    w.tmpfs("/a");
    w.mkdir("/a/x");
    w.change("/a", MS::SHARED);
    const Id<Task> sh2 = w.child_ns();
    w.tmpfs("/a/x", sh2);
    REQUIRE(w.mounts("/a/x") == 1);
    w.umount("/a/x");
    REQUIRE(w.mounts("/a/x", sh2) == 0);
}

TEST_CASE("a slave receives from its master and sends nothing back") {
    World w;
    w.mkdir("/a");
    w.mkdir("/b");
    w.tmpfs("/a");
    w.mkdir("/a/x");
    w.mkdir("/a/y");
    w.change("/a", MS::SHARED);
    w.bind("/a", "/b");
    w.change("/b", MS::SLAVE);
    w.tmpfs("/a/x");
    REQUIRE(w.mounts("/b/x") == 1);
    w.tmpfs("/b/y");
    REQUIRE(w.mounts("/a/y") == 0);
}

TEST_CASE("peer group numbers are used again, smallest first") {
    World w;
    for (const char* d : {"/a", "/b", "/c"}) {
        w.mkdir(d);
        w.tmpfs(d);
        w.change(d, MS::SHARED);
    }
    REQUIRE(w.mountinfo("/b").find("shared:2 ") != std::string::npos);
    w.umount("/a");
    w.mkdir("/d");
    w.tmpfs("/d");
    w.change("/d", MS::SHARED);
    REQUIRE(w.mountinfo("/d").find("shared:1 ") != std::string::npos);
}

TEST_CASE("the last peer that becomes a slave has no master and is private") {
    World w;
    w.mkdir("/a");
    w.tmpfs("/a");
    w.change("/a", MS::SHARED);
    w.change("/a", MS::SLAVE);
    REQUIRE(w.mountinfo("/a").find("shared") == std::string::npos);
    REQUIRE(w.mountinfo("/a").find("master") == std::string::npos);
}

TEST_CASE("an unbindable mount is not bound, and rbind prunes it with all below") {
    World w;
    for (const char* d : {"/a", "/b", "/c"}) w.mkdir(d);
    w.tmpfs("/a");
    w.mkdir("/a/u");
    w.tmpfs("/a/u");
    w.change("/a/u", MS::UNBINDABLE);
    REQUIRE(w.fails(sys::Mount{"/a/u", "/b", Str{}, MS::BIND, Str{}}) == E::INVAL);
    w.bind("/a", "/c", MS::REC);
    REQUIRE(w.mounts("/c") == 1);
    REQUIRE(w.mounts("/c/u") == 0);
}

TEST_CASE("a copied namespace forgets that a mount was unbindable from 6.17 to 7.1") {
    for (const bool forgets : {true, false}) {
        World w(forgets ? Release{6, 18, 0} : Release{6, 12, 0});
        w.mkdir("/a");
        w.tmpfs("/a");
        w.change("/a", MS::UNBINDABLE);
        const Id<Task> sh2 = w.child_ns();
        REQUIRE((w.mountinfo("/a", sh2).find("unbindable") == std::string::npos) == forgets);
    }
}

TEST_CASE("what is mounted on the source of a propagated mount is tucked under the copy's cover") {
    World w;
    w.mkdir("/a");
    w.mkdir("/b");
    w.tmpfs("/a");
    w.mkdir("/a/x");
    w.change("/a", MS::SHARED);
    w.bind("/a", "/b");
    w.change("/b", MS::SLAVE);
    w.tmpfs("/b/x");
    w.tmpfs("/a/x"); // arrives beneath what /b/x holds already
    REQUIRE(w.mounts("/b/x") == 2);
    w.umount("/a/x");
    REQUIRE(w.mounts("/b/x") == 1);
}

TEST_CASE("umount is busy while a mount is below, a directory is current, or a copy is in use") {
    World w;
    w.mkdir("/a");
    w.tmpfs("/a");
    w.mkdir("/a/x");
    w.tmpfs("/a/x");
    REQUIRE(w.fails(sys::Umount2{"/a", 0}) == E::BUSY);
    w.umount("/a/x");
    w.change("/a", MS::SHARED);
    const Id<Task> sh2 = w.child_ns();
    w.tmpfs("/a/x");
    w.ok(sys::Chdir{"/a/x"}, sh2);
    REQUIRE(w.fails(sys::Umount2{"/a/x", 0}) == E::BUSY);
    w.ok(sys::Chdir{"/"}, sh2);
    w.umount("/a/x");
}

TEST_CASE("mount-max is counted in every namespace that would receive") {
    World w;
    w.mkdir("/a");
    w.tmpfs("/a");
    w.mkdir("/a/x");
    w.change("/a", MS::SHARED);
    const Id<Task> sh2 = w.child_ns();
    w.mkdir("/b");
    w.ok(sys::Mount{"disk", "/b", "tmpfs", 0, Str{}}, sh2);
    w.k.sysctl_mount_max = 5; // rootfs, /, /proc, /a and in sh2 also /b
    REQUIRE(w.fails(sys::Mount{"disk", "/a/x", "tmpfs", 0, Str{}}) == E::NOSPC);
    REQUIRE(w.mounts("/a/x") == 0);
    REQUIRE(w.mounts("/a/x", sh2) == 0);
}

TEST_CASE("a detached tree ends with its last descriptor, and not when it has been attached") {
    World w;
    for (const char* d : {"/a", "/b"}) w.mkdir(d);
    w.tmpfs("/a");
    const auto before = w.k.mounts.size();
    const i64 t = w.ok(sys::OpenTree{AT::FDCWD, "/a", OPEN_TREE::CLONE});
    REQUIRE(t == 3);
    REQUIRE(w.k.mounts.size() == before + 1);
    w.ok(sys::Close{3});
    REQUIRE(w.k.mounts.size() == before);
    w.ok(sys::OpenTree{AT::FDCWD, "/a", OPEN_TREE::CLONE});
    w.ok(sys::MoveMount{3, "", AT::FDCWD, "/b", MOVE_MOUNT::F_EMPTY_PATH});
    w.ok(sys::Close{3});
    REQUIRE(w.mounts("/b") == 1);
}

TEST_CASE("a copy of a Kernel goes its own way") {
    World w;
    w.mkdir("/a");
    const Kernel kept = w.k;
    w.tmpfs("/a");
    REQUIRE(w.mounts("/a") == 1);
    REQUIRE(show_mountinfo(kept, w.sh1).find(" /a ") == std::string::npos);
    REQUIRE(audit(kept).empty());
    w.k = kept;
    REQUIRE(w.mounts("/a") == 0);
}
