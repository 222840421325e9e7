// The works of `nslab bench`.

#include "sim/bench/works.hpp"

#include <algorithm>

namespace nslab {

namespace {

Syscall make_dir(const std::string& path) { return sys::Mkdirat{AT::FDCWD, path, 0755}; }
Syscall bind_mount(const std::string& from, const std::string& to, u64 more = 0) {
    return sys::Mount{from, to, Str{}, MS::BIND | more, Str{}};
}
Syscall change(const std::string& path, u64 type) { return sys::Mount{Str{}, path, Str{}, type, Str{}}; }
Syscall tmpfs(const std::string& path) { return sys::Mount{"disk", path, "tmpfs", 0, Str{}}; }
Syscall unmount(const std::string& path, u32 flags = 0) { return sys::Umount2{path, flags}; }
std::string numbered(const char* folder, std::uint32_t i) { return std::string(folder) + "/" + std::to_string(i); }

/// /p shared with `peers` peers in all, the others at /d/1, /d/2 ...
void make_peers(Machine& m, std::uint32_t peers) {
    for (const char* d : {"/p", "/d"}) m.call(make_dir(d));
    m.call(tmpfs("/p"));
    m.call(make_dir("/p/x"));
    m.call(change("/p", MS::SHARED));
    for (std::uint32_t i = 1; i < peers; ++i) {
        m.call(make_dir(numbered("/d", i)));
        m.call(bind_mount("/p", numbered("/d", i)));
    }
}

/// /t with `mounts` mounts in it, itself included, all private.
void make_tree(Machine& m, std::uint32_t mounts) {
    for (const char* d : {"/t", "/u"}) m.call(make_dir(d));
    m.call(tmpfs("/t"));
    for (std::uint32_t i = 1; i < mounts; ++i) {
        m.call(make_dir(numbered("/t", i)));
        m.call(bind_mount("/u", numbered("/t", i)));
    }
}

/// /c/0 shared, /c/1 its slave and shared itself, /c/2 the slave of that, and so on.
void make_chain(Machine& m, std::uint32_t length) {
    m.call(make_dir("/c"));
    m.call(make_dir("/c/0"));
    m.call(tmpfs("/c/0"));
    m.call(make_dir("/c/0/x"));
    m.call(change("/c/0", MS::SHARED));
    for (std::uint32_t i = 1; i < length; ++i) {
        m.call(make_dir(numbered("/c", i)));
        m.call(bind_mount(numbered("/c", i - 1), numbered("/c", i)));
        m.call(change(numbered("/c", i), MS::SLAVE));
        m.call(change(numbered("/c", i), MS::SHARED));
    }
}

} // namespace

std::vector<Work> works() {
    std::vector<Work> all;
    for (const std::uint32_t peers : {1U, 10U, 100U, 1000U, 10000U}) {
        const int rounds = peers >= 10000 ? 5 : 15;
        all.push_back({"mount under peers",
                       peers,
                       rounds,
                       [=](Machine& m) { make_peers(m, peers); },
                       {tmpfs("/p/x")},
                       {unmount("/p/x")}});
        all.push_back({"mount and umount under peers",
                       peers,
                       rounds,
                       [=](Machine& m) { make_peers(m, peers); },
                       {tmpfs("/p/x"), unmount("/p/x")},
                       {}});
    }
    all.push_back({"rbind of a tree",
                   10000,
                   5,
                   [](Machine& m) {
                       make_tree(m, 10000);
                       m.call(make_dir("/r"));
                   },
                   {bind_mount("/t", "/r", MS::REC)},
                   {unmount("/r", UMOUNT::DETACH)}});
    all.push_back({"unshare(CLONE_NEWNS) with mounts",
                   10000,
                   5,
                   [](Machine& m) { make_tree(m, 10000); },
                   {sys::Unshare{CLONE::NEWNS}},
                   {}});
    all.push_back({"mount into a chain of slaves",
                   1000,
                   9,
                   [](Machine& m) { make_chain(m, 1000); },
                   {tmpfs("/c/0/x")},
                   {unmount("/c/0/x")}});
    return all;
}

std::int64_t run_work(const Work& work, Machine& machine) {
    work.prepare(machine);
    std::vector<std::int64_t> times;
    for (int round = 0; round < work.rounds; ++round) {
        const std::int64_t begin = machine.now();
        for (const Syscall& c : work.timed) machine.call(c);
        times.push_back(machine.now() - begin);
        for (const Syscall& c : work.undo) machine.call(c);
    }
    std::nth_element(times.begin(), times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2), times.end());
    return times[times.size() / 2];
}

} // namespace nslab
