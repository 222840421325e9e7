// fsopen(2), fsconfig(2), fspick(2): phases, arguments, options.

#include "tests/linux/vfs/text.hpp"

using namespace nslab;
using vfs_test::Machine;

TEST_CASE("a file system is configured, made and mounted by descriptor") {
    Machine m;
    m.play(R"(
        mkdir("/d", 0755) = 0
        fsopen("tmpfs", FSOPEN_CLOEXEC) = 3
        fsmount(3, 0, 0) = -1 EINVAL
        fsconfig(3, FSCONFIG_SET_STRING, "source", "disk", 0) = 0
        fsconfig(3, FSCONFIG_SET_STRING, "source", "disk", 0) = -1 EINVAL
        fsconfig(3, FSCONFIG_SET_STRING, "size", "1M", 0) = 0
        fsconfig(3, FSCONFIG_SET_FLAG, "ro", NULL, 0) = 0
        fsconfig(3, FSCONFIG_SET_FLAG, "bogus", NULL, 0) = -1 EINVAL
        fsconfig(3, FSCONFIG_CMD_RECONFIGURE, NULL, NULL, 0) = -1 EBUSY
        fsconfig(3, FSCONFIG_CMD_CREATE, NULL, NULL, 0) = 0
        fsconfig(3, FSCONFIG_SET_FLAG, "rw", NULL, 0) = -1 EBUSY
        fsconfig(3, FSCONFIG_CMD_CREATE, NULL, NULL, 0) = -1 EBUSY
        fsmount(3, 0, 0) = 4
        fsmount(3, 0, 0) = -1 EBUSY
        move_mount(4, "", AT_FDCWD, "/d", MOVE_MOUNT_F_EMPTY_PATH) = 0
    )");
    CHECK(m.options("/d") == "tmpfs disk ro,size=1024k");
    m.play(R"(
        fsconfig(3, FSCONFIG_SET_FLAG, "rw", NULL, 0) = 0
        fsconfig(3, FSCONFIG_CMD_RECONFIGURE, NULL, NULL, 0) = 0
        mkdir("/d/x", 0755) = 0
    )");
}

TEST_CASE("fsconfig: arguments that do not go with the command") {
    Machine m;
    m.play(R"(
        fsopen("tmpfs", 2) = -1 EINVAL
        fsopen("nope", 0) = -1 ENODEV
        fsopen(NULL, 0) = -1 EFAULT
        fsopen("tmpfs", 0) = 3
        fsconfig(-1, FSCONFIG_SET_FLAG, "ro", NULL, 0) = -1 EINVAL
        fsconfig(9, FSCONFIG_SET_FLAG, "ro", NULL, 0) = -1 EBADF
        fsconfig(9, 9, "ro", NULL, 0) = -1 EOPNOTSUPP
        fsconfig(3, FSCONFIG_SET_FLAG, "ro", "x", 0) = -1 EINVAL
        fsconfig(3, FSCONFIG_SET_FLAG, NULL, NULL, 0) = -1 EINVAL
        fsconfig(3, FSCONFIG_SET_STRING, "size", NULL, 0) = -1 EINVAL
        fsconfig(3, FSCONFIG_SET_STRING, "size", BAD, 0) = -1 EFAULT
        fsconfig(3, FSCONFIG_SET_STRING, "size", "1M", 1) = -1 EINVAL
        fsconfig(3, FSCONFIG_SET_PATH, "source", "", -100) = -1 ENOENT
        fsconfig(3, FSCONFIG_SET_PATH, "source", "/", -100) = -1 EINVAL
        fsconfig(3, FSCONFIG_SET_FD, "source", NULL, 9) = -1 EBADF
        fsconfig(3, FSCONFIG_CMD_CREATE, "x", NULL, 0) = -1 EINVAL
        open("/proc", O_RDONLY) = 4
        fsconfig(4, FSCONFIG_SET_FLAG, "ro", NULL, 0) = -1 EINVAL
        write(3, "x", 1) = -1 EINVAL
        lseek(3, 0, SEEK_SET) = -1 ESPIPE
        fchdir(3) = -1 ENOTDIR
        openat(3, "x", O_RDONLY) = -1 ENOTDIR
    )");
}

TEST_CASE("an exclusive one is EBUSY where the super block exists, and the context is lost") {
    Machine m;
    m.play(R"(
        fsopen("mqueue", 0) = 3
        fsconfig(3, FSCONFIG_CMD_CREATE_EXCL, NULL, NULL, 0) = -1 EBUSY
        fsconfig(3, FSCONFIG_CMD_CREATE, NULL, NULL, 0) = -1 EBUSY
        fsopen("tmpfs", 0) = 4
        fsconfig(4, FSCONFIG_CMD_CREATE_EXCL, NULL, NULL, 0) = 0
    )");
}

TEST_CASE("fspick takes the place where a mount begins, and reconfigures it") {
    Machine m;
    m.play(R"(
        mkdir("/d", 0755) = 0
        mkdir("/e", 0755) = 0
        fspick(AT_FDCWD, "/d", 0) = -1 EINVAL
        mount("x", "/d", "tmpfs", 0, NULL) = 0
        fspick(AT_FDCWD, "/d", 16) = -1 EINVAL
        fspick(AT_FDCWD, "/d", FSPICK_CLOEXEC) = 3
        fsconfig(3, FSCONFIG_CMD_CREATE, NULL, NULL, 0) = -1 EBUSY
        fsconfig(3, FSCONFIG_SET_FLAG, "ro", NULL, 0) = 0
        fsconfig(3, FSCONFIG_CMD_RECONFIGURE, NULL, NULL, 0) = 0
        mkdir("/d/x", 0755) = -1 EROFS
        fsconfig(3, FSCONFIG_SET_FLAG, "noswap", NULL, 0) = 0
        fsconfig(3, FSCONFIG_CMD_RECONFIGURE, NULL, NULL, 0) = -1 EINVAL
        fsconfig(3, FSCONFIG_CMD_RECONFIGURE, NULL, NULL, 0) = -1 EBUSY
        umount2("/d", 0) = 0
    )");
    CHECK(m.k.supers.size() == 5); // nsfs, rootfs, /, proc, and the one that the descriptor holds
    m.play("close(3) = 0");
    CHECK(m.k.supers.size() == 4);
}
