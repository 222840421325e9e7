// openat(2), reading, writing, listing.

#include "tests/linux/vfs/text.hpp"

using namespace nslab;
using vfs_test::Machine;

TEST_CASE("open: flags that contradict each other or the name") {
    Machine m;
    m.play(R"(
        mkdir("/d", 0755) = 0
        symlink("d", "/l") = 0
        symlink("none", "/dangling") = 0
        open("/d", O_WRONLY) = -1 EISDIR
        open("/d", O_RDONLY|O_TRUNC) = -1 EISDIR
        open("/d", O_CREAT|O_RDONLY, 0644) = -1 EISDIR
        open("/d", O_CREAT|O_EXCL|O_RDONLY, 0644) = -1 EEXIST
        open("/d", O_CREAT|O_DIRECTORY|O_RDONLY, 0644) = -1 EINVAL
        open("/l", O_RDONLY|O_NOFOLLOW) = -1 ELOOP
        open("/l", O_RDONLY|O_NOFOLLOW|O_DIRECTORY) = -1 ENOTDIR
        open("/dangling", O_CREAT|O_EXCL|O_WRONLY, 0644) = -1 EEXIST
        open("/none", O_RDONLY) = -1 ENOENT
        open("/dangling", O_CREAT|O_WRONLY, 0644) = 3
        access("/none", F_OK) = 0
        open("/d/.", O_CREAT|O_WRONLY, 0644) = -1 EISDIR
        open("/none", O_RDONLY|O_DIRECTORY) = -1 ENOTDIR
    )");
}

TEST_CASE("a descriptor of O_PATH leads somewhere and can do nothing else") {
    Machine m;
    m.play(R"(
        mkdir("/d", 0755) = 0
        open("/d", O_PATH) = 3
        read(3, "", 10) = -1 EBADF
        getdents64(3, [], 1000) = -1 EBADF
        fchdir(3) = 0
        openat(3, "f", O_CREAT|O_WRONLY, 0644) = 4
        symlink("x", "l") = 0
        open("l", O_PATH|O_NOFOLLOW) = 5
        readlinkat(5, "", "", 10) = 1
        dup(5) = 6
        close(5) = 0
        close(5) = -1 EBADF
        open("/d", O_RDONLY) = 5
    )");
}

TEST_CASE("what is written is read, wherever the place is set") {
    Machine m;
    m.play(R"(
        open("/f", O_CREAT|O_RDWR, 0644) = 3
        write(3, "hello", 5) = 5
        lseek(3, 2, SEEK_END) = 7
        write(3, "!", 1) = 1
        lseek(3, 0, SEEK_SET) = 0
    )");
    CHECK(m.bytes("read(3, \"\", 100)") == std::string("hello\0\0!", 8));
    m.play(R"(
        ftruncate(3, 3) = 0
        lseek(3, 0, SEEK_END) = 3
        lseek(3, -4, SEEK_END) = -1 EINVAL
        read(3, "", 10) = 0
        open("/f", O_WRONLY|O_APPEND) = 4
        write(4, "p", 1) = 1
        read(4, "", 10) = -1 EBADF
        open("/f", O_RDONLY) = 5
        write(5, "x", 1) = -1 EBADF
        ftruncate(5, 0) = -1 EINVAL
    )");
    CHECK(m.bytes("read(5, \"\", 100)") == "help");
    m.play(R"(
        open("/f", O_WRONLY|O_TRUNC) = 6
        lseek(3, 0, SEEK_END) = 0
    )");
}

TEST_CASE("O_TMPFILE has no name until it is linked") {
    Machine m;
    m.play(R"(
        mkdir("/d", 0755) = 0
        open("/d", O_TMPFILE|O_RDONLY, 0600) = -1 EINVAL
        open("/proc", O_TMPFILE|O_RDWR, 0600) = -1 EOPNOTSUPP
        open("/d", O_TMPFILE|O_RDWR, 0600) = 3
        linkat(AT_FDCWD, "/proc/self/fd/3", AT_FDCWD, "/d/named", AT_SYMLINK_FOLLOW) = 0
        open("/d", O_TMPFILE|O_EXCL|O_RDWR, 0600) = 4
        linkat(AT_FDCWD, "/proc/self/fd/4", AT_FDCWD, "/d/other", AT_SYMLINK_FOLLOW) = -1 ENOENT
    )");
    CHECK(m.ls("/d") == "named");
}

TEST_CASE("tmpfs lists the newest name first, and a renamed one is new") {
    Machine m;
    m.play(R"(
        mkdir("/d", 0755) = 0
        mkdir("/d/a", 0755) = 0
        mkdir("/d/b", 0755) = 0
        mkdir("/d/c", 0755) = 0
    )");
    CHECK(m.ls("/d") == "c b a");
    m.play(R"(rename("/d/a", "/d/z") = 0)");
    CHECK(m.ls("/d") == "z c b");
}

TEST_CASE("a listing in pieces goes on where it was, also when names come and go") {
    Machine m;
    m.play(R"(
        mkdir("/d", 0755) = 0
        mkdir("/d/a", 0755) = 0
        mkdir("/d/b", 0755) = 0
        mkdir("/d/c", 0755) = 0
        open("/d", O_RDONLY|O_DIRECTORY) = 3
        getdents64(3, [], 10) = -1 EINVAL
    )");
    const auto names = [&](u64 size) {
        std::string out;
        const auto entries = sys_getdents64(m.k, m.actors["sh1"], 3, size);
        for (const DirEntry& e : entries.value()) out += e.name + " ";
        return out;
    };
    CHECK(names(72) == ". .. c ");
    m.play(R"(
        mkdir("/d/new", 0755) = 0
        rmdir("/d/b") = 0
    )");
    CHECK(names(72) == "a ");
    CHECK(names(72).empty());
}

TEST_CASE("a namespace file is read by nobody and written by nobody") {
    Machine m;
    m.play(R"(
        open("/proc/self/ns/mnt", O_RDONLY) = 3
        read(3, "", 10) = -1 EINVAL
        lseek(3, 0, SEEK_SET) = -1 ESPIPE
        open("/proc/self/ns/mnt", O_RDWR) = -1 EPERM
        utimensat(3, NULL, NULL, 0) = -1 EPERM
        open("/proc/self/ns/mnt", O_RDONLY|O_DIRECTORY) = -1 ENOTDIR
    )");
}
