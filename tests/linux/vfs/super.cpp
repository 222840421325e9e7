// Super blocks: options and how mountinfo shows them, what is shared, what becomes read-only, what is left at the end.

#include "tests/linux/vfs/text.hpp"

using namespace nslab;
using vfs_test::Machine;

namespace {

/// Mounts with that data on a fresh place; what mountinfo shows, or the errno.
std::string mounted(const std::string& type, const std::string& data) {
    Machine m;
    m.play(R"(mkdir("/d", 0755) = 0)");
    const auto done = sys_mount(m.k, m.actors["sh1"], "src", "/d", type, 0, data);
    return done ? m.options("/d") : std::string(errno_name(done.error().code));
}

} // namespace

TEST_CASE("tmpfs shows the options that are not the default") {
    CHECK(mounted("tmpfs", "") == "tmpfs src rw");
    CHECK(mounted("tmpfs", "size=1M") == "tmpfs src rw,size=1024k");
    CHECK(mounted("tmpfs", "size=5000") == "tmpfs src rw,size=8k");
    CHECK(mounted("tmpfs", "nr_blocks=3") == "tmpfs src rw,size=12k");
    CHECK(mounted("tmpfs", "size=0") == "tmpfs src rw,size=0k");
    CHECK(mounted("tmpfs", "nr_inodes=10k,mode=0") == "tmpfs src rw,nr_inodes=10240,mode=000");
    CHECK(mounted("tmpfs", "mode=1777,uid=5,gid=0x10") == "tmpfs src rw,uid=5,gid=16");
    CHECK(mounted("tmpfs", "inode64,huge=always,noswap") == "tmpfs src rw,inode64,huge=always,noswap");
    CHECK(mounted("tmpfs", "inode64,inode32") == "tmpfs src rw");
    CHECK(mounted("tmpfs", "ro,sync,dirsync,lazytime") == "tmpfs src ro,sync,dirsync,lazytime");
    CHECK(mounted("tmpfs", ",,ro,rw,=x,") == "tmpfs src rw");
}

TEST_CASE("tmpfs refuses what it does not know, and values that are none") {
    for (const char* data : {"bogus", "size=1x", "size=", "size", "mode=8", "mode=", "uid=-1", "gid=x", "huge=x",
                             "inode64=1", "nr_inodes=1q", "casefold", "quota", "source=x"}) {
        INFO(data);
        CHECK(mounted("tmpfs", data) == "EINVAL");
    }
}

TEST_CASE("the other types and their options") {
    CHECK(mounted("ramfs", "mode=700,whatever=1,nonsense") == "ramfs src rw,mode=700");
    CHECK(mounted("ramfs", "mode=x") == "EINVAL");
    CHECK(mounted("proc", "hidepid=2,subset=pid,gid=5") == "proc src rw,gid=5,hidepid=invisible,subset=pid");
    CHECK(mounted("proc", "hidepid=off") == "proc src rw");
    CHECK(mounted("proc", "hidepid=3") == "EINVAL");
    CHECK(mounted("proc", "subset=x") == "EINVAL");
    CHECK(mounted("devpts", "") == "devpts src rw,mode=600,ptmxmode=000");
    CHECK(mounted("devpts", "newinstance,gid=5,mode=620,ptmxmode=666,max=4") ==
          "devpts src rw,gid=5,mode=620,ptmxmode=666,max=4");
    CHECK(mounted("mqueue", "ro") == "mqueue src rw"); // it was there before
    CHECK(mounted("mqueue", "size=1") == "EINVAL");
    CHECK(mounted("sysfs", "x") == "EINVAL");
    CHECK(mounted("cgroup2", "nsdelegate,memory_recursiveprot") == "cgroup2 src rw");
    CHECK(mounted("cgroup2", "nsdelegate=1") == "EINVAL");
    CHECK(mounted("nope", "") == "ENODEV");
    CHECK(mounted("nsfs", "") == "ENODEV");
}

TEST_CASE("tmpfs, ramfs, proc and devpts are new each time, and sysfs, mqueue and cgroup2 are shared") {
    for (const char* type : {"tmpfs", "ramfs", "proc", "devpts", "sysfs", "mqueue", "cgroup2"}) {
        INFO(type);
        Machine m;
        m.play(R"(
            mkdir("/a", 0755) = 0
            mkdir("/b", 0755) = 0
        )");
        REQUIRE(sys_mount(m.k, m.actors["sh1"], "x", "/a", type, 0, nullptr));
        REQUIRE(sys_mount(m.k, m.actors["sh1"], "y", "/b", type, 0, nullptr));
        const std::string name = type;
        const bool shared = name == "sysfs" || name == "mqueue" || name == "cgroup2";
        CHECK((m.stat("/a").st_dev == m.stat("/b").st_dev) == shared);
    }
}

TEST_CASE("a queue outlives all mounts of its file system") {
    Machine m;
    m.play(R"(
        mkdir("/mq", 0755) = 0
        mount("x", "/mq", "mqueue", 0, NULL) = 0
        open("/mq/q", O_CREAT|O_RDONLY, 0644) = 3
        close(3) = 0
        umount2("/mq", 0) = 0
        access("/mq/q", F_OK) = -1 ENOENT
        mount("x", "/mq", "mqueue", 0, NULL) = 0
        access("/mq/q", F_OK) = 0
    )");
}

TEST_CASE("remount: read-only only where nobody writes and nothing removed is held") {
    Machine m;
    m.play(R"(
        mkdir("/d", 0755) = 0
        mkdir("/e", 0755) = 0
        mount("x", "/d", "tmpfs", 0, NULL) = 0
        mount("/d", "/e", NULL, MS_BIND, NULL) = 0
        open("/e/f", O_CREAT|O_WRONLY, 0644) = 3
        mount(NULL, "/d", NULL, MS_REMOUNT|MS_RDONLY, NULL) = -1 EBUSY
        close(3) = 0
        open("/d/f", O_RDONLY) = 3
        unlink("/d/f") = 0
        mount(NULL, "/d", NULL, MS_REMOUNT|MS_RDONLY, NULL) = -1 EBUSY
        close(3) = 0
        mount(NULL, "/d", NULL, MS_REMOUNT|MS_RDONLY, NULL) = 0
        mkdir("/e/x", 0755) = -1 EROFS
        mount(NULL, "/d", NULL, MS_REMOUNT, "dirsync") = -1 EINVAL
        mount(NULL, "/d", NULL, MS_REMOUNT, "size=1M,sync") = 0
        mkdir("/e/x", 0755) = 0
    )");
    CHECK(m.options("/d") == "tmpfs x rw,sync,size=1024k");
}

TEST_CASE("a tmpfs ends where size= and nr_inodes= say") {
    Machine m;
    m.play(R"(
        mkdir("/d", 0755) = 0
        mount("x", "/d", "tmpfs", 0, "size=8k,nr_inodes=3") = 0
        open("/d/f", O_CREAT|O_WRONLY, 0644) = 3
        mkdir("/d/x", 0755) = 0
        mkdir("/d/y", 0755) = -1 ENOSPC
        link("/d/f", "/d/g") = -1 ENOSPC
        rmdir("/d/x") = 0
        link("/d/f", "/d/g") = 0
        mount(NULL, "/d", NULL, MS_REMOUNT, "nr_inodes=2") = -1 EINVAL
    )");
    const Id<Task> sh1 = m.actors["sh1"];
    CHECK(sys_write(m.k, sh1, 3, std::string(5000, 'x')).value() == 5000);
    CHECK(sys_write(m.k, sh1, 3, std::string(5000, 'x')).value() == 3192);
    CHECK(sys_write(m.k, sh1, 3, "x").error().code == E::NOSPC);
    m.play(R"(mount(NULL, "/d", NULL, MS_REMOUNT, "size=4k") = -1 EINVAL)");
}

TEST_CASE("device numbers are used again, and nothing of a super block stays behind") {
    Machine m;
    m.play(R"(
        mkdir("/d", 0755) = 0
        mkdir("/e", 0755) = 0
        mount("x", "/d", "tmpfs", 0, NULL) = 0
    )");
    const u64 dev = m.stat("/d").st_dev;
    const std::size_t dentries = m.k.dentries.size(), inodes = m.k.inodes.size();
    m.play(R"(
        mkdir("/d/a", 0755) = 0
        mkdir("/d/a/b", 0755) = 0
        symlink("x", "/d/a/l") = 0
        umount2("/d", 0) = 0
        mount("x", "/e", "ramfs", 0, NULL) = 0
    )");
    CHECK(m.stat("/e").st_dev == dev);
    CHECK(m.k.dentries.size() == dentries);
    CHECK(m.k.inodes.size() == inodes);
}
