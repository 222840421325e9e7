// rename(2) and renameat2(2).

#include "tests/linux/vfs/text.hpp"

using namespace nslab;
using vfs_test::Machine;

TEST_CASE("rename: nothing comes to lie below itself") {
    Machine m;
    m.play(R"(
        mkdir("/a", 0755) = 0
        mkdir("/a/b", 0755) = 0
        mkdir("/a/b/c", 0755) = 0
        rename("/a", "/a/b/x") = -1 EINVAL
        rename("/a/b/c", "/a/b") = -1 ENOTEMPTY
        rename("/a/b/c", "/a") = -1 ENOTEMPTY
        renameat2(AT_FDCWD, "/a/b/c", AT_FDCWD, "/a", RENAME_EXCHANGE) = -1 EINVAL
        rename("/a/b/c/.", "/x") = -1 EBUSY
        rename("/a", "/a/b/..") = -1 EBUSY
        renameat2(AT_FDCWD, "/a", AT_FDCWD, "/a/b/..", RENAME_NOREPLACE) = -1 EEXIST
    )");
}

TEST_CASE("rename: what is in the way goes, where it is of the same kind and empty") {
    Machine m;
    m.play(R"(
        mkdir("/a", 0755) = 0
        mkdir("/b", 0755) = 0
        mkdir("/b/in", 0755) = 0
        open("/f", O_CREAT|O_WRONLY, 0644) = 3
        open("/g", O_CREAT|O_WRONLY, 0644) = 4
        rename("/a", "/b") = -1 ENOTEMPTY
        rename("/a", "/f") = -1 ENOTDIR
        rename("/f", "/a") = -1 EISDIR
        rename("/b", "/a") = 0
        access("/a/in", F_OK) = 0
        rename("/f", "/g") = 0
        access("/f", F_OK) = -1 ENOENT
        rename("/none", "/x") = -1 ENOENT
    )");
    CHECK(m.stat("/").st_nlink == 4); // ., .., proc, a
}

TEST_CASE("rename: two names of one file stay both") {
    Machine m;
    m.play(R"(
        open("/f", O_CREAT|O_WRONLY, 0644) = 3
        link("/f", "/g") = 0
        rename("/f", "/g") = 0
        access("/f", F_OK) = 0
        access("/g", F_OK) = 0
    )");
}

TEST_CASE("renameat2: flags") {
    Machine m;
    m.play(R"(
        mkdir("/a", 0755) = 0
        mkdir("/a/in", 0755) = 0
        open("/f", O_CREAT|O_WRONLY, 0644) = 3
        renameat2(AT_FDCWD, "/a", AT_FDCWD, "/f", RENAME_NOREPLACE) = -1 EEXIST
        renameat2(AT_FDCWD, "/a", AT_FDCWD, "/x", RENAME_EXCHANGE) = -1 ENOENT
        renameat2(AT_FDCWD, "/a", AT_FDCWD, "/f", RENAME_EXCHANGE|RENAME_NOREPLACE) = -1 EINVAL
        renameat2(AT_FDCWD, "/a", AT_FDCWD, "/f", RENAME_EXCHANGE) = 0
        access("/f/in", F_OK) = 0
        open("/a", O_RDONLY|O_DIRECTORY) = -1 ENOTDIR
    )");
}

TEST_CASE("rename: across mounts is EXDEV, also of one file system") {
    Machine m;
    m.play(R"(
        mkdir("/a", 0755) = 0
        mkdir("/b", 0755) = 0
        mkdir("/a/x", 0755) = 0
        mount("/a", "/b", NULL, MS_BIND, NULL) = 0
        rename("/a/x", "/b/y") = -1 EXDEV
        rename("/b/x", "/b/y") = 0
        access("/a/y", F_OK) = 0
    )");
}

TEST_CASE("what is open or mounted follows a rename") {
    Machine m;
    m.play(R"(
        mkdir("/a", 0755) = 0
        mkdir("/a/m", 0755) = 0
        mount("x", "/a/m", "tmpfs", 0, NULL) = 0
        chdir("/a/m") = 0
        rename("/a", "/b") = 0
        access("/b/m", F_OK) = 0
        umount2("/b/m", 0) = -1 EBUSY
    )");
    CHECK(m.bytes(R"(getcwd("", 100))") == "/b/m");
}
