// Nothing outlives a world: not when it ends, not when its supervisor is killed at whatever moment.

#include "tests/host/host.hpp"

#include <csignal>
#include <fstream>
#include <sstream>

#include <dirent.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace nslab;

namespace {

std::string text_of(const char* path) {
    std::ifstream file(path);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

/// Plays until it is killed.
[[noreturn]] void supervise() {
    for (;;) {
        auto w = make_host({}, {});
        if (!w) _exit(77);
        for (u32 n = 0; n < 20; ++n) {
            (*w)->call(Actor::sh1, sys::Clone{CLONE::NEWNS | CLONE::NEWPID | 17}, Actor{10 + n});
            (*w)->call(Actor{10 + n}, sys::Clone{17}, Actor{100 + n});
            (*w)->call(Actor{10 + n}, sys::Wait4{});
            (*w)->observe();
        }
    }
}

/// Everything that is left of killed worlds becomes a child of ours, since we are their nearest subreaper. Whether all
/// of it has ended.
bool all_end() {
    for (int turns = 0; turns < 5000; ++turns) {
        const pid_t pid = waitpid(-1, nullptr, WNOHANG | __WALL);
        if (pid < 0) return true;
        if (pid == 0) usleep(1000);
    }
    return false;
}

std::size_t count_entries(const std::string& dir, int depth) {
    DIR* d = opendir(dir.c_str());
    if (!d) return 0;
    std::size_t n = 0;
    while (const dirent* e = readdir(d)) {
        if (e->d_name[0] == '.' || e->d_type != DT_DIR) continue;
        n += 1 + (depth > 0 ? count_entries(dir + "/" + e->d_name, depth - 1) : 0);
    }
    closedir(d);
    return n;
}

} // namespace

TEST_CASE("killing the supervisor at any moment leaves no process") {
    if (!host_world()) return;
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    u32 seed = 1;
    for (int round = 0; round < 40; ++round) {
        const pid_t pid = fork();
        if (pid == 0) supervise();
        seed = seed * 1103515245 + 12345;
        usleep(round < 20 ? seed % 4000 : seed % 40000); // while it boots, and while it plays
        kill(pid, SIGKILL);
        CHECK(all_end());
    }
    prctl(PR_SET_CHILD_SUBREAPER, 0);
}

TEST_CASE("the end of a world leaves the machine as it was") {
    const auto listing = [] {
        return text_of("/proc/self/mountinfo") + text_of("/proc/sys/kernel/core_pattern") +
               text_of("/proc/self/cgroup") + text_of("/proc/sys/kernel/hostname") +
               std::to_string(count_entries("/sys/fs/cgroup", 4));
    };
    const std::string before = listing();
    const std::size_t open_before = count_entries("/proc/self/fd", 0);
    if (auto w = host_world()) {
        w->call(Actor::sh1, sys::Mkdirat{AT::FDCWD, "/a", 0755});
        w->call(Actor::sh1, sys::Mount{"disk", "/a", "tmpfs", 0, nullptr});
        w->call(Actor::sh1, sys::Mount{nullptr, "/", nullptr, MS::REC | MS::SHARED, nullptr});
        w->observe();
    }
    CHECK(listing() == before);
    CHECK(count_entries("/proc/self/fd", 0) == open_before);
    CHECK(waitpid(-1, nullptr, WNOHANG | __WALL) == -1);
}

TEST_CASE("observing leaves no descriptor open and changes nothing that is observed") {
    const auto w = host_world();
    if (!w) return;
    w->call(Actor::sh1, sys::Mkdirat{AT::FDCWD, "/a", 0755});
    w->call(Actor::sh1, sys::Mount{"disk", "/a", "tmpfs", 0, nullptr});
    const std::string first = w->observe().actors[1].mountinfo;
    CHECK(w->observe().actors[1].mountinfo == first);
    // The mark of MNT_EXPIRE would be cleared by a look at the mount.
    CHECK(w->call(Actor::sh1, sys::Umount2{"/a", UMOUNT::EXPIRE}).error == E::AGAIN);
    w->observe();
    CHECK(w->call(Actor::sh1, sys::Umount2{"/a", UMOUNT::EXPIRE}).ok());
}

TEST_CASE("an ordinary wait of the caller does not see init") {
    const auto w = host_world();
    if (!w) return;
    CHECK(waitpid(-1, nullptr, WNOHANG) == -1);
}
