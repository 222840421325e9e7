#include "sim/backend/mountinfo.hpp"

#include "tests/catch.hpp"

namespace nslab::test {

TEST_CASE("a line of mountinfo is read and written back as it was") {
    for (const char* text :
         {"80 1 0:50 / / rw,relatime - tmpfs none rw,size=10k", "81 80 0:51 / /proc rw shared:1 - proc proc rw",
          "93 90 0:54 /s\\040ub /a/b\\011c\\012d\\134e rw shared:3 master:2 propagate_from:1 - ramfs x\\043y rw",
          "85 80 8:17 / /u ro unbindable - ext4 /dev/sda1 rw,errors=remount-ro",
          "9 8 0:4 mnt:[4026531841] /f rw - nsfs nsfs rw"}) {
        const auto line = parse_mountinfo_line(text);
        REQUIRE(line);
        CHECK(to_string(*line) == text);
    }
}

TEST_CASE("escapes of mountinfo are undone, and fields found") {
    const auto line = parse_mountinfo_line(
        "93 90 8:54 /s\\040ub /b\\134 rw,nosuid shared:3 master:2 propagate_from:1 - ramfs x\\043y ro\n");
    REQUIRE(line);
    CHECK(line->id == 93);
    CHECK(line->parent == 90);
    CHECK(line->major == 8);
    CHECK(line->minor == 54);
    CHECK(line->root == "/s ub");
    CHECK(line->mount_point == "/b\\");
    CHECK(line->shared == 3);
    CHECK(line->master == 2);
    CHECK(line->propagate_from == 1);
    CHECK_FALSE(line->unbindable);
    CHECK(line->source == "x#y");
    CHECK(line->super_options == "ro");
}

TEST_CASE("what is no line of mountinfo is left out") {
    CHECK_FALSE(parse_mountinfo_line(""));
    CHECK_FALSE(parse_mountinfo_line("80 1 0:50 / / rw"));
    CHECK_FALSE(parse_mountinfo_line("80 1 0 / / rw - tmpfs none rw"));
    CHECK_FALSE(parse_mountinfo_line("x 1 0:5 / / rw - tmpfs none rw"));
    CHECK_FALSE(parse_mountinfo_line("80 1 0:50 / / rw shared:x - tmpfs none rw"));
    CHECK(parse_mountinfo("nonsense\n80 1 0:50 / / rw - tmpfs none rw\n\n").size() == 1);
    // Fields that later kernels may add are passed over.
    CHECK(parse_mountinfo_line("80 1 0:50 / / rw future:7 - tmpfs none rw"));
}

} // namespace nslab::test
