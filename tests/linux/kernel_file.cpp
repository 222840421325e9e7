// Where `explain` says that something is decided.

#include "sim/linux/kernel_file.hpp"

#include "tests/catch.hpp"

using namespace nslab;

TEST_CASE("a function is named as the kernel does, in the file where it lies there") {
    const auto words = [](const char* function, const char* file) {
        const KernelPlace place = kernel_place(function, file);
        return place.function + " " + place.file;
    };
    CHECK(words("can_umount", "/x/sim/linux/fs/umount.cpp") == "can_umount fs/namespace.c");
    CHECK(words("propagate_mount_busy", "sim/linux/fs/umount.cpp") == "propagate_mount_busy fs/pnode.c");
    CHECK(words("detach_mounts", "sim/linux/fs/umount.cpp") == "__detach_mounts fs/namespace.c");
    CHECK(words("sys_kill", "sim/linux/kernel/kill.cpp") == "sys_kill kernel/signal.c");
    CHECK(words("", "sim/linux/fs/open.cpp") == " fs/open.c");
}
