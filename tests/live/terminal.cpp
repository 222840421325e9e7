// nslab shell as a person meets it: through a pseudo-terminal, key by key.

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <string>

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/catch.hpp"

#ifdef NSLAB_BINARY

namespace {

/// The program at one end of a pseudo-terminal, the test at the other.
class Screen {
  public:
    explicit Screen(std::vector<std::string> arguments) {
        winsize size{};
        size.ws_row = 24;
        size.ws_col = 200;
        pid_ = forkpty(&fd_, nullptr, nullptr, &size);
        REQUIRE(pid_ >= 0);
        if (pid_ != 0) return;
        setenv("TERM", "xterm", 1);
        setenv("LC_ALL", "C.UTF-8", 1);
        setenv("NO_COLOR", "1", 1);
        setenv("HOME", "/nonexistent", 1);           // nobody's .editrc
        setenv("ASAN_OPTIONS", "detect_leaks=0", 1); // libedit keeps two strings of its own at its end
        std::vector<char*> argv;
        arguments.insert(arguments.begin(), {NSLAB_BINARY, "shell"});
        for (std::string& a : arguments) argv.push_back(a.data());
        argv.push_back(nullptr);
        execv(NSLAB_BINARY, argv.data());
        _exit(127);
    }
    Screen(const Screen&) = delete;
    Screen& operator=(const Screen&) = delete;
    ~Screen() {
        close(fd_);
        if (pid_ > 0) {
            kill(pid_, SIGKILL);
            waitpid(pid_, nullptr, 0);
        }
    }

    void type(const std::string& keys) {
        REQUIRE(write(fd_, keys.data(), keys.size()) == static_cast<ssize_t>(keys.size()));
    }

    /// The window has another size from now on, and the program is told.
    void resize(unsigned short rows, unsigned short columns) {
        winsize size{};
        size.ws_row = rows;
        size.ws_col = columns;
        REQUIRE(ioctl(fd_, TIOCSWINSZ, &size) == 0);
    }

    /// Reads until `text` has been printed, and returns all before it; what follows is for the next call. A minute
    /// without it is a failure.
    std::string until(const std::string& text) {
        const auto end = std::chrono::steady_clock::now() + std::chrono::minutes(1);
        for (;;) {
            const auto at = screen_.find(text);
            if (at != std::string::npos) {
                std::string before = screen_.substr(0, at);
                screen_.erase(0, at + text.size());
                return before;
            }
            pollfd p{fd_, POLLIN, 0};
            char buffer[4096];
            const bool ready = poll(&p, 1, 1000) > 0;
            const ssize_t n = ready ? read(fd_, buffer, sizeof buffer) : 0;
            if (n > 0) screen_.append(buffer, static_cast<std::size_t>(n));
            INFO("waiting for: " << text << "\nscreen: " << screen_);
            if (n < 0 || std::chrono::steady_clock::now() > end) FAIL("it never came");
        }
    }

    /// Reads until the prompt of an actor stands at the begin of a line. What is typed comes back as it pleases the
    /// editor, so nobody waits for that.
    void prompt(const std::string& actor) { until("\n" + actor + "# "); }

    /// Waits for its end, a minute at most. `keys` are typed each second until it comes: a ^D that meets the terminal
    /// between two lines, while it is not the editor's, is nobody's, or lies in the next line as a NUL.
    int status(const std::string& keys = "") {
        int status = 0;
        char buffer[4096];
        const auto end = std::chrono::steady_clock::now() + std::chrono::minutes(1);
        for (ssize_t n = 1; n > 0;) { // EIO once the other end is closed
            if (std::chrono::steady_clock::now() > end) FAIL("it does not end");
            pollfd p{fd_, POLLIN, 0};
            if (poll(&p, 1, 1000) > 0)
                n = read(fd_, buffer, sizeof buffer);
            else if (!keys.empty())
                n = write(fd_, keys.data(), keys.size());
        }
        waitpid(std::exchange(pid_, -1), &status, 0);
        return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }

  private:
    int fd_ = -1;
    pid_t pid_ = -1;
    std::string screen_;
};

/// A bare root, as debootstrap makes it, has no devpts mounted.
bool no_terminal() {
    const int fd = posix_openpt(O_RDWR | O_NOCTTY);
    if (fd >= 0) {
        close(fd);
        return false;
    }
    WARN("skipped: there are no pseudo-terminals here: mount -t devpts devpts /dev/pts");
    return true;
}

} // namespace

TEST_CASE("a lesson is typed at a terminal, with completion, history and the way back") {
    if (no_terminal()) return;
    Screen t({});
    t.prompt("sh1");
    t.type("mkdir /mnt /data\n");
    t.prompt("sh1");
    t.type("mou\t\t"); // mount is what both begin with; then mount and mountpoint are listed
    t.until("mountpoint");
    t.type(" -t tmpfs disk /mn\t"); // completes the path
    t.until("t/");
    t.type("\n");
    t.prompt("sh1");
    t.type("unshare -m --propagation unchanged sh2 &\n");
    t.prompt("sh1");
    t.type("sh2# cd /mnt\n");
    t.prompt("sh2");
    t.type("cd /\n");
    t.prompt("sh2");
    t.type("\x1b[A\x1b[A\n"); // twice up: cd /mnt again
    t.prompt("sh2");
    t.type("pwd\n");
    t.until("\n/mnt");
    t.prompt("sh2");
    t.type("umount /mnt\n");
    t.until("target is busy");
    t.until("# EBUSY");
    t.prompt("sh2");
    t.type("undo\n");
    t.until("back at step");
    t.prompt("sh2");
    t.type("this is never obeyed\x03"); // ^C gives the line up
    t.until("^C");
    t.prompt("sh2");
    t.type("mount --make-shred /mnt\n");
    t.until("did you mean --make-shared?");
    t.prompt("sh2");
    t.type("\x04");                   // ^D
    CHECK(t.status("\x15\x04") == 0); // ^U, ^D
}

TEST_CASE("Enter goes on through a file that is stepped") {
    if (no_terminal()) return;
    Screen t({"--step", std::string(NSLAB_SOURCE_DIR) + "/scenarios/mount/surprises/lazy-umount-shared-parent.scn"});
    t.until("umount -l under a shared mount");
    t.prompt("sh1");
    t.type("\n");
    t.until("mkdir /data");
    t.prompt("sh1");
    t.type("play\n");
    t.until("sh2# cat file");
    t.prompt("sh2");
    t.type("who /data/file\n");
    t.until("No such file");
    t.prompt("sh2");
    t.type("quit\n");
    CHECK(t.status() == 0);
}

TEST_CASE("a terminal of processes: they come and go at the prompt, also backwards") {
    if (no_terminal()) return;
    Screen t({});
    t.prompt("sh1");
    t.type("unshare --pid --fork sh2 &\n");
    t.prompt("sh1");
    t.type("sh2# fork sh3 &\n");
    t.prompt("sh2");
    t.type("sh3#\n"); // its terminal comes to the front
    t.prompt("sh3");
    t.type("echo $$\n");
    t.until("\n2");
    t.prompt("sh3");
    t.type("exit\n"); // back to who made it
    t.prompt("sh2");
    t.type("wait\n");
    t.prompt("sh2");
    t.type("sh1: kill(sh2, SIGKILL)\n");
    t.prompt("sh1");
    t.type("undo 3\n");
    t.until("back at step");
    t.type("sh3\n");
    t.prompt("sh3");
    t.type("quit\n");
    CHECK(t.status() == 0);
}

TEST_CASE("with --check the kernel hears each line too, and goes back with the model") {
    if (no_terminal()) return;
    if (geteuid() != 0 || std::system("unshare --mount --pid --fork true 2>/dev/null") != 0) {
        WARN("skipped: this needs root and namespaces");
        return;
    }
    Screen t({"--check"});
    t.prompt("sh1");
    t.type("mount --make-shared /\n");
    t.until("the kernel agrees");
    t.prompt("sh1");
    t.type("fork sh2 &\n");
    t.until("the kernel agrees");
    t.prompt("sh1");
    t.type("kill sh2\n");
    t.until("the kernel agrees");
    t.prompt("sh1");
    t.type("undo 2\n");
    t.until("back at step 1 of 3");
    t.prompt("sh1");
    t.type("fork sh3 &\n"); // the PID that sh2 had is free again, in both worlds
    t.until("the kernel agrees");
    t.prompt("sh1");
    t.type("umount /nowhere\n");
    t.until("ENOENT");
    t.until("the kernel agrees");
    t.prompt("sh1");
    t.type("quit\n");
    CHECK(t.status() == 0);
}

TEST_CASE("many lines pasted at once are typed one after another, and a window that changes loses nothing") {
    if (no_terminal()) return;
    Screen t({});
    t.prompt("sh1");
    std::string lines;
    for (int i = 0; i < 12; ++i) lines += "mkdir /pasted" + std::to_string(i) + "\n";
    t.type(lines + "ls -d /pasted11\n");
    t.until("\n/pasted11");
    t.prompt("sh1");
    t.type("mkdir /half");
    t.resize(10, 20);
    t.type("way /" + std::string(120, 'x') + "\n"); // longer than the window is wide, several times
    t.prompt("sh1");
    t.resize(50, 200);
    t.type("ls -d /halfway\n");
    t.until("\n/halfway");
    t.prompt("sh1");
    t.type("list\n");
    t.until("15  sh1# ls -d /halfway");
    t.type("quit\n");
    CHECK(t.status() == 0);
}

#endif
