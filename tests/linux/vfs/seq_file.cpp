// Reading what consists of records, in pieces.

#include "tests/linux/world.hpp"

namespace nslab {

namespace {

/// What one read(2) gives.
std::string read(World& w, i32 fd, u64 count = 65536) {
    const Outcome o = w.call(sys::Read{fd, count});
    REQUIRE(o.ok());
    return o.out.get<Bytes>().data;
}
std::string rest(World& w, i32 fd, u64 count = 65536) {
    std::string all, some;
    while (!(some = read(w, fd, count)).empty()) all += some;
    return all;
}
i32 open(World& w, const char* path) { return static_cast<i32>(w.ok(sys::Openat{AT::FDCWD, path, O::RDONLY, 0})); }

} // namespace

TEST_CASE("a read of mountinfo gives whole lines and at most a page of them") {
    World w;
    w.mkdir("/a");
    for (u32 i = 0; i < 100; ++i) w.tmpfs("/a");
    const std::string all = show_mountinfo(w.k, w.sh1);
    const i32 fd = open(w, "/proc/self/mountinfo");
    const std::string first = read(w, fd);
    REQUIRE(first.size() < 4096);
    REQUIRE(first.size() > 3900);
    REQUIRE(first.back() == '\n');
    REQUIRE(first + rest(w, fd) == all);
    // In pieces, however small, it is the same.
    w.ok(sys::Lseek{fd, 0, 0});
    REQUIRE(rest(w, fd, 7) == all);
    w.ok(sys::Lseek{fd, 4200, 0});
    REQUIRE(rest(w, fd) == all.substr(4200));
}

TEST_CASE("a record that is longer than a page is read all the same") {
    World w;
    const std::string name(200, 'n');
    std::string path;
    for (u32 i = 0; i < 15; ++i) w.mkdir(path += "/" + name);
    w.ok(sys::Chdir{path});
    path.clear();
    for (u32 i = 0; i < 15; ++i) w.mkdir((path += (path.empty() ? "" : "/") + name));
    w.ok(sys::Mount{"disk", path, "tmpfs", 0, nullptr});
    REQUIRE(show_mountinfo(w.k, w.sh1).size() > 6000);
    REQUIRE(rest(w, open(w, "/proc/self/mountinfo")) == show_mountinfo(w.k, w.sh1));
}

TEST_CASE("who reads on sees the mounts that have come since, and not those that lie before them") {
    World w;
    w.mkdir("/a");
    const i32 fd = open(w, "/proc/self/mountinfo");
    REQUIRE(rest(w, fd) == show_mountinfo(w.k, w.sh1));
    w.ok(sys::MountSetattr{AT::FDCWD, "/", 0, MountAttr{MOUNT_ATTR::NODEV, 0, 0, 0}});
    REQUIRE(read(w, fd).empty());
    w.tmpfs("/a");
    REQUIRE(read(w, fd) == w.mountinfo("/a"));
    REQUIRE(read(w, fd).empty());
}

TEST_CASE("half a line that was read stays as it was made") {
    World w;
    w.mkdir("/a");
    w.tmpfs("/a");
    const std::string before = w.mountinfo("/a");
    const i32 fd = open(w, "/proc/self/mountinfo");
    w.ok(sys::Lseek{fd, static_cast<i64>(show_mountinfo(w.k, w.sh1).size() - before.size()), 0});
    REQUIRE(read(w, fd, 4) == before.substr(0, 4));
    w.umount("/a");
    REQUIRE(read(w, fd) == before.substr(4));
    REQUIRE(read(w, fd).empty());
}

} // namespace nslab
