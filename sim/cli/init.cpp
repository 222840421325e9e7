// nslab as the first process of a machine: `nslab init FILE|DIR...`, for test kernels that boot with nothing else in
// their initramfs. It mounts what check needs, checks the scenarios, says how that ended and turns the machine off. Not
// in the list of subcommands: anywhere else it refuses.

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <string>
#include <vector>

#include <fmt/core.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim/cli/commands.hpp"

namespace nslab {
namespace {

void mount_at(const char* type, const char* directory) {
    mkdir(directory, 0755);
    // The kernel may have mounted devtmpfs by itself.
    if (mount(type, directory, type, 0, nullptr) != 0 && errno != EBUSY) {
        fmt::print("# nslab init: {} at {}: {}\n", type, directory, std::strerror(errno));
    }
}

constexpr const char* kComplaints = "/tmp/complaints";

/// Runs `nslab check` and waits for it, reaping whatever else falls to the first process meanwhile.
int check(const std::vector<std::string>& paths) {
    const pid_t child = fork();
    if (child == 0) {
        // The console is a terminal, but nobody watches: no progress is drawn where complaints go to a file.
        if (std::freopen(kComplaints, "w", stderr) == nullptr) _exit(127);
        // A comparison that differs is taken again for two seconds, in which others can be played.
        std::string program = "nslab", command = "check", format = "--format=ktap", jobs = "--jobs=8";
        std::vector<std::string> words = paths;
        std::vector<char*> argv = {program.data(), command.data(), format.data(), jobs.data()};
        for (std::string& word : words) argv.push_back(word.data());
        argv.push_back(nullptr);
        execv("/proc/self/exe", argv.data());
        _exit(127);
    }
    int status = 0;
    for (pid_t pid = 0; pid != child;) {
        pid = wait(&status);
        if (pid < 0 && errno != EINTR) return 127;
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int init(const std::vector<std::string>& paths) {
    if (getpid() != 1) {
        fmt::print(stderr, "nslab: init: this is for the first process of a test machine, which it turns off\n");
        return 2;
    }
    mount_at("proc", "/proc");
    mount_at("sysfs", "/sys");
    mount_at("devtmpfs", "/dev");
    mount_at("tmpfs", "/tmp");
    const int status = check(paths);
    std::ifstream complaints(kComplaints);
    for (std::string line; std::getline(complaints, line);) fmt::print("# {}\n", line);
    fmt::print("# nslab init: exit status {}\n", status);
    std::fflush(stdout);
    sync();
    reboot(RB_POWER_OFF);
    return 2; // the kernel panics now, since its first process ends
}

} // namespace

void add_init(CLI::App& app, int& status) {
    auto paths = std::make_shared<std::vector<std::string>>();
    CLI::App* sub =
        app.add_subcommand("init", "Be the first process of a test machine: check scenarios, then turn it off");
    sub->group(""); // not listed
    sub->add_option("FILE", *paths, "scenarios, or directories of them")->required();
    sub->callback([paths, &status] { status = init(*paths); });
}

} // namespace nslab
