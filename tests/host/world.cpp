// The world on the running kernel: how it begins, and what its calls come to.

#include "tests/host/host.hpp"

using namespace nslab;

TEST_CASE("a world begins with a tmpfs, /proc and two processes") {
    const auto w = host_world();
    if (!w) return;
    const Observation o = w->observe();
    REQUIRE(o.actors.size() == 2);
    CHECK(o.actors[0].pid == 1);
    CHECK(o.actors[1].pid == 2);
    for (const ActorObservation& a : o.actors) {
        CHECK(a.root == "/");
        CHECK(a.cwd == "/");
        const auto lines = lines_of(a.mountinfo);
        REQUIRE(lines.size() == 2);
        CHECK(lines[0].find(" / / rw,relatime - tmpfs none rw") != std::string::npos);
        CHECK(lines[1].find(" / /proc rw,relatime - proc proc rw") != std::string::npos);
    }
    if (!o.whole_trees) return;
    REQUIRE(o.trees.size() == 1);
    REQUIRE(o.trees[0].mounts.size() == 2);
    CHECK(o.trees[0].mounts[0].fs_type == "tmpfs");
    CHECK(o.trees[0].mounts[1].parent == o.trees[0].mounts[0].id);
}

TEST_CASE("booted as under systemd, both mounts are shared") {
    BootOptions boot;
    boot.kind = BootOptions::Kind::systemd;
    const auto w = host_world(boot);
    if (!w) return;
    for (const std::string& line : lines_of(w->observe().actors[1].mountinfo))
        CHECK(line.find(" shared:") != std::string::npos);
}

TEST_CASE("the first descriptor that an actor opens is 3") {
    const auto w = host_world();
    if (!w) return;
    CHECK(w->call(Actor::sh1, sys::Openat{AT::FDCWD, "/proc", O::RDONLY, 0}).value == 3);
}

TEST_CASE("a mount appears in mountinfo and in the whole tree, and goes with its umount") {
    const auto w = host_world();
    if (!w) return;
    CHECK(w->call(Actor::sh1, sys::Mkdirat{AT::FDCWD, "/a", 0755}).ok());
    CHECK(w->call(Actor::sh1, sys::Mount{"disk", "/a", "tmpfs", 0, nullptr}).ok());
    CHECK(lines_of(w->observe().actors[1].mountinfo).size() == 3);
    CHECK(w->call(Actor::sh1, sys::Umount2{"/a", 0}).ok());
    CHECK(lines_of(w->observe().actors[1].mountinfo).size() == 2);
}

TEST_CASE("a child in a new mount namespace has its own tree") {
    const auto w = host_world();
    if (!w) return;
    const Actor sh2{3};
    const Outcome made = w->call(Actor::sh1, sys::Clone{CLONE::NEWNS | static_cast<u64>(SIG::CHLD)}, sh2);
    CHECK(made.value == 3);
    const Observation o = w->observe();
    REQUIRE(o.actors.size() == 3);
    CHECK(o.actors[2].ns.mnt != o.actors[1].ns.mnt);
    CHECK(o.actors[2].ns.uts == o.actors[1].ns.uts);
    if (o.whole_trees) CHECK(o.trees.size() == 2);
}

TEST_CASE("a parent that waits sleeps until its child exits") {
    const auto w = host_world();
    if (!w) return;
    const Actor sh2{3};
    REQUIRE(w->call(Actor::sh1, sys::Clone{}, sh2).ok());
    CHECK(w->call(Actor::sh1, sys::Wait4{}).blocked);
    CHECK_FALSE(w->resume(Actor::sh1));
    CHECK(w->call(sh2, sys::ExitGroup{7}).ended);
    const auto waited = w->resume(Actor::sh1);
    REQUIRE(waited);
    CHECK(waited->value == 3);
    CHECK(waited->out.get<WaitBuf>().status == 7 << 8);
    CHECK_FALSE(w->alive(sh2));
}
