// Paths: `..`, symlinks, slashes at the end, names that are too long, roots that limit.

#include "tests/linux/vfs/text.hpp"

using namespace nslab;
using vfs_test::Machine;

TEST_CASE("a path goes through symlinks, relative to where they are") {
    Machine m;
    m.play(R"(
        mkdir("/a", 0755) = 0
        mkdir("/a/b", 0755) = 0
        mkdir("/a/b/c", 0755) = 0
        symlink("b/c", "/a/l") = 0
        symlink("/a/l", "/m") = 0
        mkdir("/m/x", 0755) = 0
        rmdir("/a/b/c/x") = 0
        symlink("../b", "/a/up") = 0
        access("/a/up", F_OK) = -1 ENOENT
    )");
}

TEST_CASE("forty symlinks are followed, and not one more") {
    Machine m;
    m.play(R"(
        mkdir("/d", 0755) = 0
        symlink("/d", "/l0") = 0
    )");
    for (int i = 1; i <= 40; ++i)
        m.play("symlink(\"/l" + std::to_string(i - 1) + "\", \"/l" + std::to_string(i) + "\") = 0");
    m.play(R"(
        chdir("/l39") = 0
        chdir("/l40") = -1 ELOOP
        symlink("loop", "/loop") = 0
        chdir("/loop") = -1 ELOOP
        unlink("/loop") = 0
    )");
}

TEST_CASE("a slash at the end asks for a directory and follows the last symlink") {
    Machine m;
    m.play(R"(
        mkdir("/d", 0755) = 0
        symlink("d", "/l") = 0
        open("/f", O_CREAT|O_WRONLY, 0644) = 3
        symlink("f", "/lf") = 0
        access("/f/", F_OK) = -1 ENOTDIR
        readlink("/l/", "", 9) = -1 EINVAL
        readlink("/lf/", "", 9) = -1 ENOTDIR
        unlink("/l/") = -1 ENOTDIR
        unlink("/d/") = -1 EISDIR
        mkdir("/new/", 0755) = 0
        symlink("x", "/newer/") = -1 ENOENT
        rename("/f", "/g/") = -1 ENOTDIR
        rename("/d", "/e/") = 0
        open("/f/", O_CREAT|O_WRONLY, 0644) = -1 EISDIR
    )");
}

TEST_CASE("the dot-dot stops at the root of the process, also behind its back") {
    Machine m;
    m.play(R"(
        mkdir("/jail", 0755) = 0
        mkdir("/jail/in", 0755) = 0
        chroot("/jail") = 0
        chdir("/") = 0
        chdir("../../..") = 0
        access("in", F_OK) = 0
    )");
    CHECK(m.bytes(R"(getcwd("", 100))") == "/");
}

TEST_CASE("who is outside of his root goes up freely and reads that it is unreachable") {
    Machine m;
    m.play(R"(
        mkdir("/jail", 0755) = 0
        mkdir("/d", 0755) = 0
        chdir("/d") = 0
        chroot("/jail") = 0
    )");
    CHECK(m.bytes(R"(getcwd("", 100))") == "(unreachable)/d");
    m.play(R"(
        chdir("..") = 0
        chroot(".") = 0
        access("/jail", F_OK) = 0
    )");
}

TEST_CASE("names end at 255 bytes, paths at 4095") {
    Machine m;
    const std::string name(255, 'n');
    m.play("mkdir(\"/" + name + "\", 0755) = 0");
    m.play("mkdir(\"/" + name + "n\", 0755) = -1 ENAMETOOLONG");
    m.play("access(\"/proc/" + name + "n\", F_OK) = -1 ENOENT");
    std::string path(4095, '/');
    m.play("access(\"" + path + "\", F_OK) = 0");
    m.play("access(\"" + path + "/\", F_OK) = -1 ENAMETOOLONG");
}

TEST_CASE("empty paths, bad pointers and descriptors that lead nowhere") {
    Machine m;
    m.play(R"(
        access("", F_OK) = -1 ENOENT
        access(BAD, F_OK) = -1 EFAULT
        access(NULL, F_OK) = -1 EFAULT
        openat(9, "x", O_RDONLY) = -1 EBADF
        openat(9, "/proc", O_RDONLY) = 3
        open("/f", O_CREAT|O_WRONLY, 0644) = 4
        openat(4, "x", O_RDONLY) = -1 ENOTDIR
        open_tree(AT_FDCWD, NULL, AT_EMPTY_PATH) = -1 EFAULT
        fchdir(4) = -1 ENOTDIR
        fchdir(5) = -1 EBADF
    )");
}

TEST_CASE("a directory moved out of what a bind mount shows has no way up") {
    Machine m;
    m.play(R"(
        mkdir("/a", 0755) = 0
        mkdir("/a/b", 0755) = 0
        mkdir("/a/b/c", 0755) = 0
        mkdir("/mnt", 0755) = 0
        mount("/a/b", "/mnt", NULL, MS_BIND, NULL) = 0
        chdir("/mnt/c") = 0
        rename("/a/b/c", "/a/c") = 0
        access("..", F_OK) = -1 ENOENT
    )");
    CHECK(m.bytes(R"(getcwd("", 100))") == "(unreachable)/");
}

TEST_CASE("magic links of proc jump, and nosymfollow stops them and the others") {
    Machine m;
    m.play(R"(
        mkdir("/d", 0755) = 0
        chdir("/d") = 0
        mkdir("/proc/self/cwd/x", 0755) = 0
        access("/d/x", F_OK) = 0
        open("/d", O_RDONLY|O_DIRECTORY) = 3
        rmdir("/proc/self/fd/3/x") = 0
        mount(NULL, "/proc", NULL, MS_REMOUNT|MS_BIND|MS_NOSYMFOLLOW, NULL) = 0
        access("/proc/self/cwd", F_OK) = -1 ELOOP
        access("/proc/2/cwd", F_OK) = -1 ELOOP
        readlink("/proc/2/cwd", "", 100) = 2
    )");
}

TEST_CASE("a failed look-up is a use of the mount for MNT_EXPIRE") {
    Machine m;
    m.play(R"(
        mkdir("/d", 0755) = 0
        mount("x", "/d", "tmpfs", 0, NULL) = 0
        umount2("/d", MNT_EXPIRE) = -1 EAGAIN
        access("/d/none", F_OK) = -1 ENOENT
        umount2("/d", MNT_EXPIRE) = -1 EAGAIN
        umount2("/d", MNT_EXPIRE) = 0
    )");
}
