// A scenario comes from a stranger and we may be root: what it tries to do to the machine is refused, one rule a test.

#include "tests/host/host.hpp"

#include <fstream>
#include <sstream>

using namespace nslab;

namespace {

std::string machine_file(const char* path) {
    std::ifstream file(path);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

Outcome open_in(Backend& w, const char* path, u32 flags, i32 dfd = AT::FDCWD) {
    return w.call(sh1, sys::Openat{dfd, path, flags, 0644});
}
Outcome mount_in(Backend& w, const char* type, const char* target, u64 flags = 0) {
    w.call(sh1, sys::Mkdirat{AT::FDCWD, target, 0755});
    return w.call(sh1, sys::Mount{type, target, type, flags, nullptr});
}

/// A world with the machine's cgroup2 at /cg; nothing where there is none.
std::unique_ptr<Backend> world_with_cgroup2() {
    auto w = host_world();
    if (w && !mount_in(*w, "cgroup2", "/cg").ok()) {
        WARN("skipped: this machine has no cgroup2");
        w.reset();
    }
    return w;
}

} // namespace

TEST_CASE("a sysctl of the machine cannot be opened for writing") {
    const auto w = host_world();
    if (!w) return;
    const std::string before = machine_file("/proc/sys/kernel/core_pattern");
    for (const u32 flags : {O::WRONLY, O::RDWR, O::WRONLY | O::TRUNC, O::RDONLY | O::TRUNC, O::WRONLY | O::CREAT})
        CHECK(open_in(*w, "/proc/sys/kernel/core_pattern", flags).skipped);
    CHECK_FALSE(open_in(*w, "/proc/sysrq-trigger", O::WRONLY).ok());
    CHECK(machine_file("/proc/sys/kernel/core_pattern") == before);
}

TEST_CASE("a sysctl can be read") {
    const auto w = host_world();
    if (!w) return;
    CHECK(open_in(*w, "/proc/sys/kernel/core_pattern", O::RDONLY).ok());
}

TEST_CASE("a symbolic link does not lead to a sysctl for writing") {
    const auto w = host_world();
    if (!w) return;
    REQUIRE(w->call(sh1, sys::Symlinkat{"/proc/sys/kernel/core_pattern", AT::FDCWD, "/uid_map"}).ok());
    CHECK(open_in(*w, "/uid_map", O::WRONLY).skipped);
    REQUIRE(w->call(sh1, sys::Symlinkat{"uid_map", AT::FDCWD, "/far"}).ok());
    CHECK(open_in(*w, "/far", O::WRONLY | O::CREAT).skipped);
}

TEST_CASE("a bind of a sysctl under a permitted name is no permitted file") {
    const auto w = host_world();
    if (!w) return;
    REQUIRE(w->call(sh1, sys::Mount{"/proc/sys/kernel/core_pattern", "/proc/self/uid_map", nullptr, MS::BIND, nullptr})
                .ok());
    CHECK(open_in(*w, "/proc/self/uid_map", O::WRONLY).skipped);
}

TEST_CASE("a descriptor opened for reading is not opened again for writing through /proc/self/fd") {
    const auto w = host_world();
    if (!w) return;
    const Outcome fd = open_in(*w, "/proc/sys/kernel/core_pattern", O::RDONLY);
    REQUIRE(fd.value == 3);
    CHECK(open_in(*w, "/proc/self/fd/3", O::WRONLY).skipped);
    REQUIRE(open_in(*w, "/proc/sys/kernel", O::PATH).value == 4);
    CHECK(open_in(*w, "core_pattern", O::WRONLY, 4).skipped);
}

TEST_CASE("files of the world's own namespaces are written to") {
    const auto w = host_world();
    if (!w) return;
    CHECK(open_in(*w, "/proc/self/uid_map", O::WRONLY).ok());
    CHECK(open_in(*w, "/proc/self/setgroups", O::WRONLY).ok());
    const Outcome fd = open_in(*w, "/proc/sys/kernel/hostname", O::WRONLY);
    CHECK_FALSE(fd.skipped);
    if (!fd.ok()) return; // the file is root's
    const std::string before = machine_file("/proc/sys/kernel/hostname");
    CHECK(w->call(sh1, sys::Write{static_cast<i32>(fd.value), "darlene"}).ok());
    CHECK(machine_file("/proc/sys/kernel/hostname") == before);
}

TEST_CASE("the limits of /proc/sys/user are written to in a user namespace of the scenario's own only") {
    const auto w = host_world();
    if (!w) return;
    const char* limit = "/proc/sys/user/max_user_namespaces";
    CHECK(open_in(*w, limit, O::WRONLY).skipped);
    const i32 fd = static_cast<i32>(open_in(*w, limit, O::RDONLY).value);
    REQUIRE(w->call(sh1, sys::Unshare{CLONE::NEWUSER}).ok());
    if (open_in(*w, limit, O::WRONLY).skipped) WARN("skipped: this kernel does not tell a process its user namespace");
    // What was found before is still the machine's.
    CHECK(open_in(*w, ("/proc/self/fd/" + std::to_string(fd)).c_str(), O::WRONLY).skipped);
}

TEST_CASE("the memory and the environment of our own processes are not read") {
    const auto w = host_world();
    if (!w) return;
    for (const char* path : {"/proc/1/mem", "/proc/1/environ", "/proc/self/mem", "/proc/kmsg", "/proc/kcore"}) {
        const Outcome o = open_in(*w, path, O::RDONLY);
        CHECK((o.skipped || o.error == E::NOENT));
    }
    CHECK(open_in(*w, "/proc/self/mem", O::RDWR).skipped);
}

TEST_CASE("the program behind /proc/self/exe is not changed or opened") {
    const auto w = host_world();
    if (!w) return;
    CHECK(open_in(*w, "/proc/self/exe", O::WRONLY).skipped);
    CHECK(open_in(*w, "/proc/self/exe", O::RDONLY).skipped);
    CHECK(w->call(sh1, sys::Fchmodat{AT::FDCWD, "/proc/self/exe", 0777}).skipped);
    CHECK(w->call(sh1, sys::Utimensat{AT::FDCWD, "/proc/self/exe"}).skipped);
    REQUIRE(open_in(*w, "/file", O::CREAT | O::RDWR).ok());
    CHECK(w->call(sh1, sys::Mount{"/proc/self/exe", "/file", nullptr, MS::BIND, nullptr}).error == E::INVAL);
}

TEST_CASE("the memory that commands an agent is not opened through /proc") {
    const auto w = host_world();
    if (!w) return;
    const Outcome dir = open_in(*w, "/proc/self/map_files", O::RDONLY | O::DIRECTORY);
    REQUIRE(dir.ok());
    const Outcome list = w->call(sh1, sys::Getdents64{static_cast<i32>(dir.value)});
    if (!list.ok()) return; // needs privilege
    for (const DirEntry& e : list.out.get<Entries>().entries)
        if (e.name[0] != '.') CHECK_FALSE(open_in(*w, e.name.c_str(), O::RDWR, static_cast<i32>(dir.value)).ok());
    CHECK(open_in(*w, "/proc/self/fd/0", O::RDWR).skipped);
    CHECK(w->call(sh1, sys::Write{0, "x"}).error == E::BADF);
}

TEST_CASE("no cgroup of the machine is made, removed, renamed or written to") {
    const auto w = world_with_cgroup2();
    if (!w) return;
    CHECK(w->call(sh1, sys::Mkdirat{AT::FDCWD, "/cg/nslab", 0755}).skipped);
    CHECK(w->call(sh1, sys::Mkdirat{AT::FDCWD, "/cg/nslab/", 0755}).skipped);
    CHECK(w->call(sh1, sys::Unlinkat{AT::FDCWD, "/cg/nslab", AT::REMOVEDIR}).skipped);
    CHECK(w->call(sh1, sys::Renameat2{AT::FDCWD, "/cg/a", AT::FDCWD, "/b", 0}).skipped);
    CHECK(w->call(sh1, sys::Renameat2{AT::FDCWD, "/a", AT::FDCWD, "/cg/b", 0}).skipped);
    CHECK(open_in(*w, "/cg/cgroup.procs", O::WRONLY).skipped);
    REQUIRE(w->call(sh1, sys::Chdir{"/cg"}).ok());
    CHECK(w->call(sh1, sys::Mkdirat{AT::FDCWD, "nslab", 0755}).skipped);
    REQUIRE(open_in(*w, "/cg", O::PATH).value == 3);
    CHECK(w->call(sh1, sys::Mkdirat{3, "nslab", 0755}).skipped);
}

TEST_CASE("a full table of descriptors does not hide what a path leads to") {
    const auto w = world_with_cgroup2();
    if (!w) return;
    while (w->call(sh1, sys::Dup{0}).ok()) {}
    CHECK(w->call(sh1, sys::Mkdirat{AT::FDCWD, "/cg/nslab", 0755}).skipped);
    CHECK(w->call(sh1, sys::Mount{nullptr, "/cg", nullptr, MS::REMOUNT | MS::RDONLY, nullptr}).skipped);
}

TEST_CASE("the super block of the machine's cgroup2 is not remounted, by any of the ways") {
    const auto w = world_with_cgroup2();
    if (!w) return;
    CHECK(w->call(sh1, sys::Mount{nullptr, "/cg", nullptr, MS::REMOUNT | MS::RDONLY, nullptr}).skipped);
    CHECK(w->call(sh1, sys::Fspick{AT::FDCWD, "/cg", 0}).skipped);
    REQUIRE(open_in(*w, "/cg", O::PATH).value == 3);
    CHECK(w->call(sh1, sys::Fspick{3, "", FSPICK::EMPTY_PATH}).skipped);
    // The mount's own flags are nobody else's.
    CHECK(w->call(sh1, sys::Mount{nullptr, "/cg", nullptr, MS::REMOUNT | MS::BIND | MS::RDONLY, nullptr}).ok());
    // umount of one's own root means making it read-only.
    REQUIRE(w->call(sh1, sys::Chroot{"/cg"}).ok());
    CHECK(w->call(sh1, sys::Umount2{"/", 0}).skipped);
}

TEST_CASE("a context of the machine's cgroup2 does not reconfigure it") {
    const auto w = world_with_cgroup2();
    if (!w) return;
    const auto fd = static_cast<i32>(w->call(sh1, sys::Fsopen{"cgroup2", 0}).value);
    REQUIRE(w->call(sh1, sys::Fsconfig{fd, FSCONFIG::CMD_CREATE, nullptr, nullptr, 0}).ok());
    REQUIRE(w->call(sh1, sys::Fsmount{fd, 0, 0}).ok());
    REQUIRE(w->call(sh1, sys::Fsconfig{fd, FSCONFIG::SET_FLAG, "ro", nullptr, 0}).ok());
    CHECK(w->call(sh1, sys::Fsconfig{fd, FSCONFIG::CMD_RECONFIGURE, nullptr, nullptr, 0}).skipped);
}

TEST_CASE("types that the model does not know are not mounted") {
    const auto w = host_world();
    if (!w) return;
    for (const char* type : {"ext4", "overlay", "devtmpfs", "cgroup", "debugfs", "fuse.x", "securityfs", "nfs"}) {
        CHECK(mount_in(*w, type, "/m").skipped);
        CHECK(w->call(sh1, sys::Fsopen{type, 0}).skipped);
    }
    CHECK(mount_in(*w, "nosuchfs", "/m").error == E::NODEV);
}

TEST_CASE("files of sysfs are neither read nor written") {
    const auto w = host_world();
    if (!w || !mount_in(*w, "sysfs", "/sys").ok()) return;
    CHECK(open_in(*w, "/sys/kernel/uevent_seqnum", O::WRONLY).skipped);
    CHECK(open_in(*w, "/sys/kernel/uevent_seqnum", O::RDONLY).skipped);
    CHECK(open_in(*w, "/sys/kernel", O::RDONLY | O::DIRECTORY).ok());
    CHECK(w->call(sh1, sys::Fchmodat{AT::FDCWD, "/sys/kernel", 0777}).skipped);
}

TEST_CASE("a terminal of devpts is not opened") {
    const auto w = host_world();
    if (!w || !mount_in(*w, "devpts", "/pts").ok()) return;
    CHECK(open_in(*w, "/pts/ptmx", O::RDWR).skipped);
    CHECK(open_in(*w, "/pts/ptmx", O::RDONLY).skipped);
}

TEST_CASE("the machine's rootfs, below everything, is not written to") {
    const auto w = host_world();
    if (!w) return;
    const Outcome self = open_in(*w, "/proc/self/ns/mnt", O::RDONLY);
    REQUIRE(self.value == 3);
    if (!w->call(sh1, sys::Umount2{"/", UMOUNT::DETACH}).ok()) return; // locked in a user namespace
    REQUIRE(w->call(sh1, sys::Setns{3, CLONE::NEWNS}).ok());
    CHECK(w->call(sh1, sys::Mkdirat{AT::FDCWD, "/nslab", 0755}).skipped);
    CHECK(open_in(*w, "/nslab", O::WRONLY | O::CREAT).skipped);
    CHECK(w->call(sh1, sys::Mount{nullptr, "/", nullptr, MS::REMOUNT | MS::RDONLY, nullptr}).skipped);
    CHECK(w->call(sh1, sys::Umount2{"/", 0}).skipped);
}

TEST_CASE("kill reaches nobody outside") {
    const auto w = host_world();
    if (!w) return;
    // Process group 0 is the sender's; ours would be the test's own, were it not for setsid().
    CHECK(w->call(sh1, sys::Clone{}, Actor{3}).ok());
    CHECK(w->call(Actor{3}, sys::Kill{0, SIG::KILL}).ended);
    CHECK_FALSE(w->alive(sh1));
}

TEST_CASE("a file behind a dangling link is made where the link leads") {
    const auto w = host_world();
    if (!w) return;
    REQUIRE(w->call(sh1, sys::Symlinkat{"/proc/new", AT::FDCWD, "/bad"}).ok());
    CHECK(open_in(*w, "/bad", O::WRONLY | O::CREAT).skipped);
    REQUIRE(w->call(sh1, sys::Symlinkat{"new", AT::FDCWD, "/good"}).ok());
    CHECK(open_in(*w, "/good", O::WRONLY | O::CREAT).ok());
}

TEST_CASE("init keeps the credentials on which its life hangs") {
    const auto w = host_world();
    if (!w) return;
    CHECK(w->call(Actor::init, sys::Unshare{CLONE::NEWUSER}).skipped);
}

TEST_CASE("there is an end to the number of processes") {
    HostOptions options;
    options.max_actors = 8;
    const auto w = host_world({}, options);
    if (!w) return;
    for (u32 n = 3; n <= 8; ++n) CHECK(w->call(sh1, sys::Clone{}, Actor{n}).ok());
    CHECK(w->call(sh1, sys::Clone{}, Actor{9}).skipped);
}
