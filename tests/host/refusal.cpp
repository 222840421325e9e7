// What is said on a machine that forbids namespaces: each test makes such a machine of a child process.

#include "tests/host/host.hpp"

#include <functional>

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace nslab;

namespace {

/// The refusal as text, in a process that `prepare` has made a poorer one; empty where a world was made, or
/// "unprepared".
std::string refusal_after(const std::function<bool()>& prepare) {
    int ends[2];
    REQUIRE(pipe(ends) == 0);
    const pid_t pid = fork();
    if (pid == 0) {
        std::string text = "unprepared";
        if (prepare()) {
            auto made = make_host({}, {});
            text = made ? "" : to_string(made.error());
        }
        _exit(write(ends[1], text.data(), text.size()) < 0);
    }
    close(ends[1]);
    std::string text(4096, 0);
    const ssize_t n = read(ends[0], text.data(), text.size());
    close(ends[0]);
    waitpid(pid, nullptr, 0);
    text.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
    return text;
}

bool put(const char* path, const char* text) {
    const int fd = open(path, O_WRONLY);
    const bool done = fd >= 0 && write(fd, text, std::string(text).size()) > 0;
    if (fd >= 0) close(fd);
    return done;
}

} // namespace

TEST_CASE("a limit of namespaces is named with the sysctl that sets it") {
    // The limit is set in a user namespace of the child's own; the machine's stays.
    const std::string text =
        refusal_after([] { return unshare(CLONE_NEWUSER) == 0 && put("/proc/sys/user/max_mnt_namespaces", "0"); });
    if (text == "unprepared") {
        WARN("skipped: no user namespaces here");
        return;
    }
    CHECK(text.find("clone3(") != std::string::npos);
    CHECK(text.find("user.max_mnt_namespaces is 0") != std::string::npos);
}

TEST_CASE("a seccomp filter is named as what forbids clone3") {
    const std::string text = refusal_after([] {
        sock_filter filter[] = {
            BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
            BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone3, 0, 1),
            BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | 1),
            BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        };
        const sock_fprog program{4, filter};
        return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
    });
    CHECK(text.find("EPERM") != std::string::npos);
    CHECK(text.find("seccomp") != std::string::npos);
}

TEST_CASE("a chroot does not keep the supervisor from making a world") {
    const std::string text = refusal_after([] {
        return unshare(CLONE_NEWNS) == 0 && mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
               mount("none", "/mnt", "tmpfs", 0, nullptr) == 0 && mkdir("/mnt/d", 0755) == 0 &&
               mkdir("/mnt/d/proc", 0755) == 0 &&
               mount("/proc", "/mnt/d/proc", nullptr, MS_BIND | MS_REC, nullptr) == 0 && chroot("/mnt/d") == 0 &&
               chdir("/") == 0;
    });
    if (text == "unprepared") {
        WARN("skipped: only root makes a chroot");
        return;
    }
    CHECK(text.empty());
}

TEST_CASE("a saved mountinfo is the model's alone") {
    BootOptions boot;
    boot.kind = BootOptions::Kind::mountinfo;
    CHECK_FALSE(make_host(boot));
}
