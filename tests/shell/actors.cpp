// The processes that commands make: which calls are made in which of them.

#include "tests/catch.hpp"
#include "tests/shell/recorder.hpp"

namespace nslab::test {
namespace {

std::string played(const std::vector<std::string>& argv, const std::string& actor, bool background,
                   const std::map<std::string, E>& failures = {}) {
    Recorder world;
    world.failures = failures;
    world.directories = {"/a"};
    find_command(argv[0])->run(world, Invocation{argv, actor, background});
    std::string text;
    for (const std::string& call : world.calls) text += call + "\n";
    return text;
}

} // namespace

TEST_CASE("unshare with an actor forks once, and the terminal waits unless told to go on") {
    CHECK(played({"unshare", "-m"}, "sh2", true) == "fork sh2\n"
                                                    "unshare(CLONE_NEWNS)\n"
                                                    "mount(\"none\", \"/\", NULL, MS_REC|MS_PRIVATE, NULL)\n"
                                                    "back\n");
    CHECK(played({"unshare", "-m", "--propagation", "unchanged", "sh2"}, "sh2", false) == "fork sh2\n"
                                                                                          "unshare(CLONE_NEWNS)\n"
                                                                                          "back\n"
                                                                                          "wait4(101, ..., 0, NULL)\n");
}

TEST_CASE("unshare --fork leaves a process in the middle, which waits for the actor") {
    CHECK(played({"unshare", "-fp"}, "sh2", true) == "fork sh2.unshare\n"
                                                     "unshare(CLONE_NEWPID)\n"
                                                     "rt_sigprocmask(SIG_BLOCK, [INT TERM], ..., 8)\n"
                                                     "fork sh2\n"
                                                     "back\n"
                                                     "enter\n"
                                                     "rt_sigprocmask(SIG_SETMASK, [], NULL, 8)\n"
                                                     "back\n"
                                                     "wait and exit\n"
                                                     "back\n");
}

TEST_CASE("an unshare that fails ends the process that was to become the actor") {
    CHECK(played({"unshare", "-m"}, "sh2", true, {{"unshare", E::PERM}}) == "fork sh2\n"
                                                                            "unshare(CLONE_NEWNS)\n"
                                                                            "exit_group(1)\n"
                                                                            "back\n");
}

TEST_CASE("a command behind unshare runs in an unnamed child that exits") {
    CHECK(played({"unshare", "-u", "umount", "/a"}, "", false) == "fork \n"
                                                                  "unshare(CLONE_NEWUTS)\n"
                                                                  "umount2(\"/a\", 0)\n"
                                                                  "exit_group(0)\n"
                                                                  "back\n"
                                                                  "wait4(101, ..., 0, NULL)\n");
}

TEST_CASE("what a tool runs begins by execve, an actor or a command, and what fork makes does not") {
    const auto programs = [](const std::vector<std::string>& argv, const std::string& actor) {
        Recorder world;
        find_command(argv[0])->run(world, Invocation{argv, actor, true});
        return world.programs;
    };
    using Names = std::vector<std::string>;
    CHECK(programs({"unshare", "-m"}, "sh2") == Names{"nslab"});
    CHECK(programs({"unshare", "-fp"}, "sh2") == Names{"nslab"}); // but not the process in the middle
    CHECK(programs({"unshare", "-m", "umount", "/a"}, "") == Names{"umount"});
    CHECK(programs({"unshare", "-m", "setsid", "true"}, "") == Names{"setsid", "true"});
    CHECK(programs({"setpriv", "--nnp"}, "sh2") == Names{"nslab"});
    CHECK(programs({"chroot", "/a"}, "sh2") == Names{"nslab"});
    CHECK(programs({"chroot", "/a"}, "").empty());
    CHECK(programs({"exec", "umount", "/a"}, "") == Names{"umount"});
    CHECK(programs({"fork", "sh2"}, "sh2").empty());
}

TEST_CASE("chroot alone changes the actor itself") {
    CHECK(played({"chroot", "/new"}, "", false) == "chroot(\"/new\")\nchdir(\"/\")\n");
    CHECK(played({"chroot", "/new"}, "sh2", true) == "fork sh2\nchroot(\"/new\")\nchdir(\"/\")\nback\n");
}

TEST_CASE("exec plays its command and exits with its status") {
    CHECK(played({"exec", "umount", "/a"}, "", false) == "umount2(\"/a\", 0)\nexit_group(0)\n");
    CHECK(played({"exec", "false"}, "", false) == "exit_group(1)\n");
}

TEST_CASE("wait and kill speak to processes by their PIDs") {
    CHECK(played({"wait", "17"}, "", false) == "wait4(17, ..., 0, NULL)\n");
    CHECK(played({"wait"}, "", false).empty()); // what nobody waits for is no step of its own
    CHECK(played({"kill", "-9", "17", "18"}, "", false) == "kill(17, SIGKILL)\nkill(18, SIGKILL)\n");
    CHECK(played({"kill", "-s", "usr1", "--", "-4"}, "", false) == "kill(-4, SIGUSR1)\n");
}

} // namespace nslab::test
