// Actors and names, followed through a scenario before it is played.

#include "tests/scenario/scenario.hpp"

using namespace nslab;
using namespace nslab::test;

TEST_CASE("an actor that nobody made is a mistake, and told once") {
    CHECK(complaints("sh2# pwd\nsh2# pwd\n") == "t.scn:1:1: there is no actor sh2\n"
                                                "    sh2# pwd\n"
                                                "    ^~~ did you mean sh1?\n");
    CHECK(complaints("kid# pwd\nsh1# unshare -m kid &\n") == "t.scn:1:1: there is no actor kid\n"
                                                             "    kid# pwd\n"
                                                             "    ^~~ it comes only in line 2\n");
    CHECK(complaints("expect sh1 and kid share mnt\n") == "t.scn:1:16: there is no actor kid\n"
                                                          "    expect sh1 and kid share mnt\n"
                                                          "                   ^~~ sh1# unshare ... kid & makes one\n");
    CHECK(complaints("sh1# kill kid\n") == "t.scn:1:11: there is no actor kid\n"
                                           "    sh1# kill kid\n"
                                           "              ^~~ sh1# unshare ... kid & makes one\n");
}

TEST_CASE("a parent waits for a child in the foreground until it exits") {
    CHECK(complaints("sh1# unshare -m sh2\nsh1# pwd\nsh1# pwd\nsh2# exit\n") ==
          "t.scn:2:1: sh1 waits for sh2 since line 1\n"
          "    sh1# pwd\n"
          "    ^~~ exit sh2 first, or end line 1 with &\n");
    CHECK(complaints("sh1# unshare -m sh2\nsh2# exit\nsh1# pwd\n").empty());
    CHECK(complaints("sh1# unshare -m sh2 &\nsh1# pwd\nsh2# pwd\n").empty());
    CHECK(complaints("sh1: c = vfork()\nsh1: getpid()\n") == "t.scn:2:1: sh1 waits for c since line 1\n"
                                                             "    sh1: getpid()\n"
                                                             "    ^~~ exit c first, or end line 1 with &\n");
    CHECK(complaints("sh1: c = vfork()\nc: exit_group(0)\nsh1: getpid()\n").empty());
}

TEST_CASE("who has exited does nothing any more") {
    CHECK(complaints("sh1# unshare -m sh2 &\nsh2# exit\nsh2# pwd\n") == "t.scn:3:1: sh2 has exited in line 2\n"
                                                                        "    sh2# pwd\n"
                                                                        "    ^~~\n");
    CHECK(complaints("sh1# unshare -m sh2 &\nsh2# exit\nexpect sh2 is a zombie\nsh1# wait sh2\nexpect sh2 is gone\n")
              .empty());
    CHECK_FALSE(complaints("sh1# unshare -m sh2 &\nsh2# exit\nexpect sh2: /a is mounted\n").empty());
}

TEST_CASE("who may have been killed is not judged before the play") {
    CHECK(complaints("sh1# unshare -m sh2 &\nsh1# kill sh2\nsh2# pwd\n").empty());
    CHECK(complaints("sh1# unshare -m sh2\nsh2# unshare -m sh3 &\nsh3: kill(sh2, SIGKILL) = 0\nsh1# pwd\n").empty());
}

TEST_CASE("an actor whose making is expected to fail never comes") {
    CHECK(complaints("sh1# unshare -m sh2 &  # EPERM\nsh2# pwd\n") ==
          "t.scn:2:1: sh2 never comes to life: line 1 is expected to fail\n"
          "    sh2# pwd\n"
          "    ^~~\n");
    CHECK(complaints("sh1# unshare -m sh2  # EPERM\nsh1# pwd\n").empty());
    CHECK(complaints("sh1# unshare -m sh2 &  # EPERM until 6.8\nsh2# pwd\n").empty());
}

TEST_CASE("an actor's name is nobody else's") {
    CHECK(complaints("sh1# unshare -m sh2 &\nsh2# unshare -m sh2 &\n") ==
          "t.scn:2:17: sh2 is there already since line 1\n"
          "    sh2# unshare -m sh2 &\n"
          "                    ^~~ a new actor needs a new name\n");
    CHECK(complaints("sh1: f = getpid()\nsh1# unshare -m f &\nsh1: kill(f, 0)\n")
              .find("f is a name already, since line 1") != std::string::npos);
    CHECK(complaints("sh1: sh1 = getpid()\n") == "t.scn:1:6: sh1 is an actor\n"
                                                 "    sh1: sh1 = getpid()\n"
                                                 "         ^~~ a name is another word\n");
    CHECK(complaints("sh1: mount = fork()\n") == "t.scn:1:6: mount cannot be an actor\n"
                                                 "    sh1: mount = fork()\n"
                                                 "         ^~~~~ it is a command or a word of the language\n");
    CHECK(complaints("sh1# unshare -m end &\nend# pwd\n").find("end is a word of the language and no actor") !=
          std::string::npos);
}

TEST_CASE("a new actor without a line of its own may be a slip") {
    CHECK(complaints("sh1# unshare -m mnt &\n") == "t.scn:1:17: warning: the new actor mnt has no line of its own\n"
                                                   "    sh1# unshare -m mnt &\n"
                                                   "                    ^~~ is it a slip?\n");
    CHECK(complaints("sh1# unshare -m sh2 &\nexpect sh1 and sh2 do not share mnt\n").empty());
    CHECK(complaints("sh1: c = fork()\n").empty());
}

TEST_CASE("calls that make a process make an actor") {
    const auto r = parse("t.scn", "sh1: a = fork()\nsh1: b = clone3({flags=CLONE_NEWNS, exit_signal=SIGCHLD}, 88)\n"
                                  "a# pwd\nb: getpid()\n");
    CHECK(r.diagnostics.empty());
    CHECK(r.scenario.actors == std::vector<std::string>{"sh1", "a", "b"});
}

TEST_CASE("the process between a new actor and its parent has a name") {
    CHECK(complaints(
              "sh1# unshare -m --fork sh2 &\nexpect sh2.unshare is running\nsh2# exit\nsh1: kill(${sh2.unshare}, 0)\n")
              .empty());
    CHECK(complaints("sh1# unshare -m --fork sh2 &\nexpect sh2.nsenter is running\n")
              .find("there is no actor sh2.nsenter") != std::string::npos);
}

TEST_CASE("a name has a value before it is used, and is used after it has one") {
    CHECK(complaints("sh1: close(t)\nsh1: t = getpid()\n") == "t.scn:1:12: unknown name t\n"
                                                              "    sh1: close(t)\n"
                                                              "               ^ it gets its value only in line 2\n"
                                                              "t.scn:2:6: warning: t is never used\n"
                                                              "    sh1: t = getpid()\n"
                                                              "         ^\n");
    CHECK(complaints("sh1: file = open(\"/a\")\nsh1: close(fiel)\n").find("unknown name fiel") != std::string::npos);
    CHECK(complaints("sh1: file = open(\"/a\")\nsh1: close(fiel)\n").find("did you mean file?") != std::string::npos);
    CHECK(complaints("sh1# mkdir /a$x\n") == "t.scn:1:14: unknown name x\n"
                                             "    sh1# mkdir /a$x\n"
                                             "                 ^~ a name gets its value before: x = ...\n");
    CHECK(complaints("sh1: t = getpid()\nsh1: t = getpid()\nsh1: kill(t, 0)\n") ==
          "t.scn:1:6: warning: t is never used\n"
          "    sh1: t = getpid()\n"
          "         ^\n");
    CHECK(complaints("sh1: stat(\"/a\", {st_ino=?i})\nsh1: stat(\"/b\", {st_ino=i})\n").empty());
    CHECK(complaints("sh1: getpid() = ?i\nsh1: getpid() = i\n").empty());
    CHECK(complaints("expect sh1: mountinfo of /a is 'shared:?g'\nexpect sh1: mountinfo of /b is \"master:$g\"\n")
              .empty());
}

TEST_CASE("a wrong line is told once, and what it would have made is not missed") {
    CHECK(complaints("sh1# unsahre -m sh2 &\nsh2# pwd\n") == "t.scn:1:6: unknown command unsahre\n"
                                                             "    sh1# unsahre -m sh2 &\n"
                                                             "         ^~~~~~~ did you mean unshare?\n");
    CHECK(complaints("sh1: t = open(\"/a\nsh1: close(t)\n") == "t.scn:1:15: the quote is not closed\n"
                                                               "    sh1: t = open(\"/a\n"
                                                               "                  ^ on the same line\n");
}

TEST_CASE("the number of a repeat is known inside of it only") {
    CHECK(complaints("repeat 2 as $i\nsh1# mkdir /a$i\nend\n").empty());
    CHECK(complaints("repeat 2 as $i\nsh1# mkdir /a\nend\nsh1# mkdir /b$i\n").find("4:14: unknown name i") !=
          std::string::npos);
    CHECK(complaints("repeat 2 as $i\nsh1: i = getpid()\nend\n").find("$i is the number of the repeat") !=
          std::string::npos);
}

TEST_CASE("a call that the releases of the head do not have yet") {
    CHECK(complaints("kernel: until 5.10\nsh1: statmount({mnt_id=5, param=1})\n") ==
          "t.scn:2:6: statmount is there since 6.8, and the scenario is for releases before it\n"
          "    sh1: statmount({mnt_id=5, param=1})\n"
          "         ^~~~~~~~~\n");
    CHECK(complaints("kernel: since 6.1\nsh1: statmount({mnt_id=5, param=1})\n") ==
          "t.scn:2:6: warning: statmount is there since 6.8\n"
          "    sh1: statmount({mnt_id=5, param=1})\n"
          "         ^~~~~~~~~ kernel: since 6.8\n");
    CHECK(complaints("kernel: since 6.8\nsh1: statmount({mnt_id=5, param=1})\n").empty());
}
