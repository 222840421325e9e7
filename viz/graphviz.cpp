#include "viz/graphviz.hpp"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>

extern char** environ;

namespace nslab::viz {

namespace {

constexpr const char* kMissing = "dot is not installed here (Debian: apt-get install graphviz); a drawing can still be "
                                 "written as NAME.dot";

struct Pipe {
    int end[2] = {-1, -1};
    Pipe() {
        if (pipe2(end, O_CLOEXEC) != 0) throw GraphvizError(fmt::format("no pipe to dot: {}", std::strerror(errno)));
    }
    Pipe(const Pipe&) = delete;
    Pipe& operator=(const Pipe&) = delete;
    ~Pipe() {
        shut(0);
        shut(1);
    }
    void shut(int which) {
        if (end[which] >= 0) close(end[which]);
        end[which] = -1;
    }
};

/// The child, which does not outlive us: killed and waited for where it is still there.
struct Child {
    pid_t pid = -1;
    int status = 0;
    ~Child() {
        if (pid < 0) return;
        kill(pid, SIGKILL);
        wait();
    }
    void wait() {
        while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {}
        pid = -1;
    }
};

/// Reads what is there. False at the end.
bool drain(int fd, std::string& into) {
    char chunk[65536];
    const ssize_t n = read(fd, chunk, sizeof chunk);
    if (n > 0) into.append(chunk, static_cast<std::size_t>(n));
    return n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR));
}

void spawn(Child& child, const std::vector<std::string>& arguments, Pipe& in, Pipe& out, Pipe& err) {
    std::vector<char*> argv{const_cast<char*>("dot")};
    for (const std::string& a : arguments) argv.push_back(const_cast<char*>(a.c_str()));
    argv.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, in.end[0], 0);
    posix_spawn_file_actions_adddup2(&actions, out.end[1], 1);
    posix_spawn_file_actions_adddup2(&actions, err.end[1], 2);
    const int error = posix_spawnp(&child.pid, "dot", &actions, nullptr, argv.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    if (error != 0) {
        child.pid = -1;
        throw GraphvizError(error == ENOENT ? kMissing : fmt::format("dot cannot be run: {}", std::strerror(error)));
    }
}

} // namespace

GraphvizResult run_dot(const std::vector<std::string>& arguments, const std::string& input,
                       std::chrono::milliseconds limit) {
    const auto end = std::chrono::steady_clock::now() + limit;
    Pipe in, out, err;
    Child child;
    spawn(child, arguments, in, out, err);
    in.shut(0);
    out.shut(1);
    err.shut(1);
    fcntl(in.end[1], F_SETFL, O_NONBLOCK);

    GraphvizResult result;
    std::size_t written = 0;
    while (out.end[0] >= 0 || err.end[0] >= 0) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
        if (left.count() <= 0)
            throw GraphvizError(fmt::format("dot has not laid out the drawing within {} s; draw fewer things, or "
                                            "write NAME.dot and give it more time",
                                            std::chrono::duration_cast<std::chrono::seconds>(limit).count()));
        if (written == input.size()) in.shut(1);
        pollfd fds[3] = {{in.end[1], POLLOUT, 0}, {out.end[0], POLLIN, 0}, {err.end[0], POLLIN, 0}};
        if (poll(fds, 3, static_cast<int>(left.count())) < 0 && errno != EINTR)
            throw GraphvizError(fmt::format("dot cannot be read: {}", std::strerror(errno)));
        if (fds[0].revents != 0) {
            const ssize_t n = write(in.end[1], input.data() + written, input.size() - written);
            if (n > 0) written += static_cast<std::size_t>(n);
            if (n < 0 && errno != EAGAIN && errno != EINTR) written = input.size(); // it has ended; its words tell why
        }
        if (fds[1].revents != 0 && !drain(out.end[0], result.output)) out.shut(0);
        if (fds[2].revents != 0 && !drain(err.end[0], result.warnings)) err.shut(0);
    }
    child.wait();
    if (!WIFEXITED(child.status) || WEXITSTATUS(child.status) != 0) {
        if (WIFEXITED(child.status) && WEXITSTATUS(child.status) == 127) throw GraphvizError(kMissing);
        throw GraphvizError(fmt::format("dot failed: {}", result.warnings.substr(0, result.warnings.find('\n'))));
    }
    return result;
}

} // namespace nslab::viz
