// States that differ only in numbers are one state.

#include "sim/linux/canonical.hpp"

#include "tests/catch.hpp"
#include "tests/linux/world.hpp"

using namespace nslab;

TEST_CASE("canonical: a mount that came and went leaves no trace, though ids and devices have moved on") {
    World a, b;
    a.mkdir("/a");
    b.mkdir("/a");
    a.tmpfs("/a");
    CHECK(canonical(a.k) != canonical(b.k));
    a.umount("/a");
    CHECK(canonical(a.k) == canonical(b.k));
    CHECK(canonical_hash(a.k) == canonical_hash(b.k));
}

TEST_CASE("canonical: groups are told by who is in them, not by their numbers") {
    World a, b;
    a.change("/", MS::SHARED);
    a.change("/proc", MS::SHARED);
    b.change("/proc", MS::SHARED);
    b.change("/", MS::SHARED);
    CHECK(canonical(a.k) == canonical(b.k));
    b.change("/", MS::PRIVATE);
    CHECK(canonical(a.k) != canonical(b.k));
}

TEST_CASE("canonical: an expiry mark, a flag, a working directory and an open file each make another state") {
    const Syscall calls[] = {sys::Umount2{"/proc", UMOUNT::EXPIRE}, sys::Chdir{"/proc"},
                             sys::Openat{AT::FDCWD, "/", O::RDONLY, 0},
                             sys::Mount{"none", "/proc", nullptr, MS::REMOUNT | MS::BIND | MS::NOEXEC, nullptr}};
    for (const Syscall& call : calls) {
        World a, b;
        a.call(call);
        INFO(to_string(call));
        CHECK(canonical(a.k) != canonical(b.k));
    }
}
