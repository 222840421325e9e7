// Making and removing names: which errno wins, and what is counted.

#include "tests/linux/vfs/text.hpp"

using namespace nslab;
using vfs_test::Machine;

TEST_CASE("mkdir: what exists matters more than that the mount is read-only") {
    Machine m;
    m.play(R"(
        mkdir("/d", 0755) = 0
        mkdir("/d/x", 0755) = 0
        mount("/d", "/d", NULL, MS_BIND, NULL) = 0
        mount(NULL, "/d", NULL, MS_REMOUNT|MS_BIND|MS_RDONLY, NULL) = 0
        mkdir("/d/x", 0755) = -1 EEXIST
        mkdir("/d/y", 0755) = -1 EROFS
        mkdir("/d/none/y", 0755) = -1 ENOENT
        mkdir("/d/.", 0755) = -1 EEXIST
        mkdir("/", 0755) = -1 EEXIST
        rmdir("/d/none") = -1 EROFS
        open("/d/new", O_CREAT|O_WRONLY, 0644) = -1 EROFS
        open("/d/x", O_RDONLY) = 3
        access("/d/x", W_OK) = -1 EROFS
        chmod("/d/x", 0700) = -1 EROFS
        utimensat(AT_FDCWD, "/d/x", NULL, 0) = -1 EROFS
    )");
}

TEST_CASE("rmdir and unlink: the end of the path, kinds, contents") {
    Machine m;
    m.play(R"(
        mkdir("/d", 0755) = 0
        mkdir("/d/e", 0755) = 0
        open("/f", O_CREAT|O_WRONLY, 0644) = 3
        rmdir("/d/..") = -1 ENOTEMPTY
        rmdir("/d/.") = -1 EINVAL
        rmdir("/") = -1 EBUSY
        rmdir("/f") = -1 ENOTDIR
        rmdir("/d") = -1 ENOTEMPTY
        rmdir("/none") = -1 ENOENT
        unlink("/d") = -1 EISDIR
        unlink("/d/.") = -1 EISDIR
        unlink("/f/") = -1 ENOTDIR
        unlinkat(AT_FDCWD, "/f", 1) = -1 EINVAL
        unlink("/f") = 0
        rmdir("/d/e") = 0
        rmdir("/d") = 0
    )");
}

TEST_CASE("a removed directory lives on for who is in it, and takes no names") {
    Machine m;
    m.play(R"(
        mkdir("/d", 0755) = 0
        chdir("/d") = 0
        rmdir("/d") = 0
        getcwd("", 100) = -1 ENOENT
        mkdir("x", 0755) = -1 ENOENT
        open("x", O_CREAT|O_WRONLY, 0644) = -1 ENOENT
        open(".", O_RDONLY) = 3
        getdents64(3, [], 1000) = -1 ENOENT
        access("..", F_OK) = 0
    )");
    CHECK(m.bytes(R"(readlink("/proc/self/cwd", "", 100))") == "/d (deleted)");
}

TEST_CASE("a directory's links and size follow what is in it, and modes follow the umask") {
    Machine m;
    m.play(R"(
        mkdir("/d", 0777) = 0
        mkdir("/d/sub", 02775) = 0
        symlink("x", "/d/l") = 0
        open("/d/f", O_CREAT|O_WRONLY, 0666) = 3
        umask(077) = 18
        mkdir("/d/private", 01777) = 0
    )");
    const StatBuf d = m.stat("/d");
    CHECK(d.st_mode == 0040755);
    CHECK(d.st_nlink == 4);
    CHECK(d.st_size == 40 + 4 * 20);
    CHECK(m.stat("/d/sub").st_mode == 0040755); // mkdir takes the sticky bit and no other
    CHECK(m.stat("/d/l").st_mode == 0120777);
    CHECK(m.stat("/d/l").st_size == 1);
    CHECK(m.stat("/d/f").st_mode == 0100644);
    CHECK(m.stat("/d/private").st_mode == 0041700);
}

TEST_CASE("a set-group-ID directory hands the bit down to directories") {
    Machine m;
    m.play(R"(
        mkdir("/d", 0755) = 0
        chmod("/d", 02755) = 0
        mkdir("/d/sub", 0755) = 0
        open("/d/f", O_CREAT|O_WRONLY, 0644) = 3
    )");
    CHECK(m.stat("/d/sub").st_mode == 0042755);
    CHECK(m.stat("/d/f").st_mode == 0100644);
}

TEST_CASE("link: not of directories, not across mounts even of one file system, not of what is gone") {
    Machine m;
    m.play(R"(
        mkdir("/d", 0755) = 0
        mkdir("/e", 0755) = 0
        mount("/d", "/e", NULL, MS_BIND, NULL) = 0
        open("/d/f", O_CREAT|O_WRONLY, 0644) = 3
        link("/d/f", "/d/g") = 0
        link("/d/f", "/d/g") = -1 EEXIST
        link("/d/f", "/e/h") = -1 EXDEV
        link("/d", "/d2") = -1 EPERM
        link("/none", "/x") = -1 ENOENT
        unlink("/d/f") = 0
        linkat(AT_FDCWD, "/proc/self/fd/3", AT_FDCWD, "/x", AT_SYMLINK_FOLLOW) = 0
        unlink("/d/g") = 0
        unlink("/x") = 0
        linkat(AT_FDCWD, "/proc/self/fd/3", AT_FDCWD, "/x", AT_SYMLINK_FOLLOW) = -1 ENOENT
    )");
}

TEST_CASE("directories of proc, sysfs, devpts and mqueue take what their types allow") {
    Machine m;
    m.play(R"(
        mkdir("/sys", 0755) = 0
        mkdir("/pts", 0755) = 0
        mkdir("/mq", 0755) = 0
        mount("sysfs", "/sys", "sysfs", 0, NULL) = 0
        mount("devpts", "/pts", "devpts", 0, NULL) = 0
        mount("mqueue", "/mq", "mqueue", 0, NULL) = 0
        mkdir("/proc/x", 0755) = -1 ENOENT
        open("/proc/x", O_CREAT|O_WRONLY, 0644) = -1 ENOENT
        rmdir("/proc/2") = -1 EPERM
        rmdir("/proc/self") = -1 ENOTDIR
        unlink("/proc/mounts") = -1 EPERM
        chmod("/proc/2", 0700) = -1 EPERM
        mkdir("/sys/x", 0755) = -1 EPERM
        open("/sys/x", O_CREAT|O_WRONLY, 0644) = -1 EACCES
        rmdir("/sys/fs") = -1 EPERM
        mount("x", "/sys/fs/cgroup", "tmpfs", 0, NULL) = 0
        rmdir("/sys/fs/cgroup") = -1 EBUSY
        rename("/sys/fs", "/sys/y") = -1 EPERM
        mkdir("/pts/x", 0755) = -1 EPERM
        open("/pts/x", O_CREAT|O_WRONLY, 0644) = -1 EACCES
        unlink("/pts/ptmx") = -1 EPERM
        mkdir("/mq/x", 0755) = -1 EPERM
        symlink("a", "/mq/x") = -1 EPERM
        open("/mq/x", O_CREAT|O_RDWR, 0644) = 3
        rename("/mq/x", "/mq/y") = -1 EPERM
        write(3, "a", 1) = -1 EINVAL
        unlink("/mq/x") = 0
    )");
}
