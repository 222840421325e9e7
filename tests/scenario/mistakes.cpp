// Each complaint, as it is printed.

#include "tests/scenario/scenario.hpp"

using namespace nslab;
using namespace nslab::test;

namespace {

/// A text without the indentation of this file, its lines beginning behind a bar.
std::string text(std::string_view barred) {
    std::string out;
    for (std::size_t at = barred.find('|'); at != std::string_view::npos;) {
        const auto end = barred.find('\n', at);
        out += barred.substr(at + 1, end - at - 1);
        out += '\n';
        if (end == std::string_view::npos) break;
        at = barred.find('|', end);
    }
    return out;
}

/// Only the messages and hints: "3:6: unknown call closse (did you mean close?)", one a line.
std::string brief(const std::string& scenario) {
    std::string out;
    for (const Diagnostic& d : parse("t.scn", scenario).diagnostics)
        out += std::to_string(d.at.line) + ":" + std::to_string(d.at.column) + ": " + (d.warning ? "warning: " : "") +
               d.message + (d.hint.empty() ? "" : " (" + d.hint + ")") + "\n";
    return out;
}

} // namespace

TEST_CASE("a complaint has its place, the line, a caret and a hint") {
    CHECK(complaints("sh1# pwd\n"
                     "sh1# mount --make-shred /mnt\n") == text(R"(
        |t.scn:2:12: mount: unknown option --make-shred
        |    sh1# mount --make-shred /mnt
        |               ^~~~~~~~~~~~ did you mean --make-shared?)"));
    CHECK(complaints("sh1: closse(3)\n") == text(R"(
        |t.scn:1:6: unknown call closse
        |    sh1: closse(3)
        |         ^~~~~~ did you mean close?)"));
}

TEST_CASE("all mistakes are told at once, in the order of their places") {
    CHECK(brief("titel: x\n"
                "sh1# umont /a\n"
                "sh1: mount(\"a\", \"/b\", \"tmpfs\", MS_BINDD, NULL) = -1 EBUSSY\n"
                "expect sh1: /a is shard\n") == "1:1: unknown head titel (did you mean title?)\n"
                                                "2:6: unknown command umont (did you mean umount?)\n"
                                                "3:32: unknown flag MS_BINDD (did you mean MS_BIND?)\n"
                                                "3:53: no errno is named EBUSSY (did you mean EBUSY?)\n"
                                                "4:19: mounted, shared, private, slave, unbindable, peer of or on the "
                                                "same super block as is expected (did you mean shared?)\n");
}

TEST_CASE("tabs and letters of several bytes keep the caret below its place") {
    CHECK(complaints("sh1#\tumont /ä\n") ==
          "t.scn:1:6: unknown command umont\n    sh1#\tumont /ä\n        \t^~~~~ did you mean umount?\n");
    CHECK(complaints("sh1: open(\"/ä\", O_RDONLLY)\n") == text(R"(
        |t.scn:1:18: unknown flag O_RDONLLY
        |    sh1: open("/ä", O_RDONLLY)
        |                    ^~~~~~~~~ did you mean O_RDONLY?)"));
}

TEST_CASE("of a long line the part around the mistake is shown") {
    const std::string shown =
        complaints("sh1# mkdir " + std::string(5000, 'a') + " | " + std::string(5000, 'b') + "\n");
    CHECK(shown.substr(0, shown.find('\n')) == "t.scn:1:5013: there are no pipes");
    CHECK(shown.size() < 300);
    CHECK(shown.find("aaa | bbb") != std::string::npos);
}

TEST_CASE("mistakes in heads") {
    CHECK(brief("boot: plian\n") == "1:7: boot: plain, systemd or mountinfo FILE is expected (did you mean plain?)\n");
    CHECK(brief("boot: mountinfo\n") == "1:7: a file is expected behind mountinfo\n");
    CHECK(brief("boot: plain x\n") == "1:13: nothing more is expected here\n");
    CHECK(brief("title: a\ntitle: b\n") == "2:1: title: is given twice\n");
    CHECK(brief("title:\n") == "1:7: title: a text is expected\n");
    CHECK(brief("sh1# pwd\ntitle: b\n") == "2:1: title: stands above the first step\n");
    CHECK(brief("sysctl: fs.mount-mox=5\n") == "1:9: unknown sysctl fs.mount-mox (did you mean fs.mount-max?)\n");
    CHECK(brief("sysctl: fs.mount-max=0\n") == "1:9: fs.mount-max is a number from 1 on\n");
    CHECK(brief("sysctl: fs.mount-max\n") == "1:9: NAME=VALUE is expected (such as sysctl: fs.mount-max=100)\n");
    CHECK(brief("kernel: 6.8\n") == "1:9: since or until and a release are expected (such as kernel: since 6.15)\n");
    CHECK(brief("kernel: since six\n") == "1:15: this is no release (such as 6.18 or 6.12.41)\n");
    CHECK(brief("kernel: since 6.9 until 6.8\n") == "1:19: no release is both since and until these\n");
}

TEST_CASE("mistakes in lines that are nothing") {
    CHECK(brief("foo bar\n") ==
          "1:1: a prompt, a call or a statement is expected (such as sh1# mount ... or sh1: mount(...))\n");
    CHECK(brief("expct sh1: /a is mounted\n") ==
          "1:1: a prompt, a call or a statement is expected (did you mean expect?)\n");
    CHECK(brief("chdir(\"/a\") = 0\n") == "1:1: who makes this call? (put an actor in front: sh1: ...)\n");
    CHECK(brief("1234 chdir(\"/a\") = 0\n") == "1:1: who makes this call? (put an actor in front: sh1: ...)\n");
    CHECK(brief("show# pwd\n") == "1:1: show cannot be an actor (it is a word of the language)\n");
    CHECK(brief("Sh1# pwd\n") == "1:1: Sh1 cannot be an actor (an actor is a word of small letters, digits and _)\n");
    CHECK(brief("sh1#\n") == "1:5: a command is expected\n");
}

TEST_CASE("what a shell would do and a scenario does not") {
    CHECK(brief("sh1# ls | cat\n") == "1:9: there are no pipes\n");
    CHECK(brief("sh1# ls *\n") == "1:9: there are no globs; quote the character where it is meant\n");
    CHECK(brief("sh1# ls {a,b}\n") == "1:9: braces are not expanded; write the words out or quote them\n");
    CHECK(brief("sh1# ls ~\n") == "1:9: ~ is nobody's home here; quote it where it is meant\n");
    CHECK(brief("sh1# ls $(pwd)\n") == "1:9: a command cannot be put into another one's line (\\$ is a dollar)\n");
    CHECK(brief("sh1# ls /a; pwd\n") == "1:11: one command a line\n");
    CHECK(brief("sh1# ls && pwd\n") == "1:9: one command a line\n1:9: & is for a new actor at the end of the line "
                                       "(unshare -m sh2 &)\n1:12: nothing may follow the &\n");
    CHECK(brief("sh1# cat < /a\n") == "1:10: input cannot be redirected\n");
    CHECK(brief("sh1# cat /a > /b\n") == "1:13: only echo and printf write into files\n");
    CHECK(brief("sh1# echo a >\n") == "1:13: a file is expected behind the >\n");
    CHECK(brief("sh1# echo 'a\n") == "1:11: the quote is not closed (on the same line)\n");
    CHECK(brief("sh1# echo \"a\n") == "1:11: the quote is not closed (on the same line)\n");
    CHECK(brief("sh1# ls \\\n") == "1:9: a line cannot be continued on the next one\n");
    CHECK(brief("sh1# ls $HOME\n") == "1:9: a name begins with a small letter (\\$ is a dollar)\n");
    CHECK(brief("sh1# ls ${x\n") == "1:9: ${ wants a name and a } (such as ${i})\n");
    CHECK(brief("sh1# mkdir /a &\n") == "1:15: & is for a new actor at the end of the line (unshare -m sh2 &)\n");
}

TEST_CASE("an errno that is nearly one is a mistake, not a remark") {
    CHECK(brief("sh1# umount /a # EBUSSY\n") == "1:18: no errno is named EBUSSY (did you mean EBUSY?)\n");
    CHECK(brief("sh1: chdir(\"/a\") = -1 EWHAT\n") == "1:23: no errno is named EWHAT (such as EINVAL)\n");
    CHECK(brief("sh1: chdir(\"/a\") = -1\n") == "1:22: an errno is expected (such as EINVAL)\n");
    CHECK(brief("sh1: chdir(\"/a\") = EBUSY\n") == "1:20: a failure is written as strace does (= -1 EBUSY)\n");
    CHECK(brief("sh1: chdir(\"/a\")  # EBUSY\n") ==
          "1:19: the result of a call stands behind a = (such as = -1 EBUSY)\n");
    CHECK(brief("sh1: chdir(\"/a\") =\n") == "1:19: a result is expected (such as = 0 or = -1 EINVAL)\n");
    CHECK(brief("sh1: chdir(\"/a\") = 0 0\n") == "1:22: nothing more is expected here (a comment begins with #)\n");
}

TEST_CASE("mistakes in calls") {
    CHECK(brief("sh1: mount(\"a\", \"/b\", \"tmpfs\", 0)\n") ==
          "1:6: mount: the argument data is missing (mount(source, target, filesystemtype, mountflags, data))\n");
    CHECK(brief("sh1: chdir(\"/a\", 5)\n") == "1:18: chdir: too many arguments (chdir(path))\n");
    CHECK(brief("sh1: chdir(abc)\n") == "1:12: chdir: path is a string (write \"abc\")\n");
    CHECK(brief("sh1: close(\"3\")\n") == "1:12: close: fd is a descriptor (such as AT_FDCWD)\n");
    CHECK(brief("sh1: umount2(\"/a\", MNT_DETATCH)\n") ==
          "1:20: unknown flag MNT_DETATCH (did you mean MNT_DETACH?)\n");
    CHECK(brief("sh1: umount2(\"/a\", MS_MOVE)\n") == "1:20: warning: MS_MOVE is no flag of umount2's flags\n");
    CHECK(brief("sh1: stat(\"/a\", {st_inoo=5})\n") == "1:18: there is no member st_inoo (did you mean st_ino?)\n");
    CHECK(brief("sh1: stat(\"/a\", {st_ino=5, st_ino=5})\n") == "1:28: the member st_ino is given twice\n");
    CHECK(brief("sh1: stat(\"/a\", {5})\n") == "1:18: a member's name and = are expected (such as st_dev=)\n");
    CHECK(brief("sh1: clone(flag=SIGCHLD)\n") == "1:6: clone: the argument flags is missing (clone(flags=))\n1:12: "
                                                 "clone has no argument flag (did you mean flags?)\n");
    CHECK(brief("sh1: close(?x)\n") ==
          "1:12: ?x takes what a call wrote, and fd is given to it\n1:12: warning: x is never used\n");
    CHECK(brief("sh1: chdir(\"/a\n") == "1:12: the quote is not closed (on the same line)\n");
    CHECK(brief("sh1: chdir(\"/a\"  # x\n") == "1:11: the ( is not closed\n");
    CHECK(brief("sh1: chdir(\"/a\" \"/b\")\n") == "1:17: a comma or ) is expected\n");
    CHECK(brief("sh1: chdir(\"\\q\")\n") == "1:13: unknown escape (\\n \\t \\\\ \\\" \\$ \\101 \\x41 are known)\n");
    CHECK(brief("sh1: chdir(\"/a\\0b\")\n") == "1:12: a NUL inside a string that the call reads up to its NUL\n");
    CHECK(brief("sh1: chdir(\"/a\"...)\n") ==
          "1:12: strace has cut this string short (strace -s 4096 shows it whole)\n");
    CHECK(brief("sh1: close(089)\n") == "1:12: this is no number (a 0 in front makes it octal)\n");
    CHECK(brief("sh1: close(99999999999999999999)\n") == "1:12: the number does not fit into 64 bits\n");
    CHECK(brief("sh1: write(1, \"abc\", 4)\n") == "1:22: the string holds 3 bytes\n");
    CHECK(brief("sh1: wait4(-1, <unfinished ...>\n") ==
          "1:16: strace has cut this call in two (strace -ff, or join the two lines)\n");
    CHECK(brief("sh1: <... wait4 resumed>, 0, NULL) = 5\n") ==
          "1:6: strace has cut this call in two (strace -ff, or join the two lines)\n");
    CHECK(brief("sh1: +++ exited with 0 +++\n") == "1:6: this line of strace is no call (take it out)\n");
    CHECK(brief("sh1: T = getpid()\n") == "1:6: T is no name (a name is of small letters, digits and _)\n");
    CHECK(brief("sh1: 5\n") == "1:6: a call is expected\n");
    CHECK(brief("sh1:\n") == "1:5: a call is expected (such as sh1: chdir(\"/a\") = 0)\n");
    CHECK(brief("sh1: utimensat(AT_FDCWD, \"/a\", NULL, 256)\n") ==
          "1:38: utimensat is modelled with 0 as flags only\n");
}

TEST_CASE("mistakes in expectations") {
    CHECK(brief("expect\n") == "1:7: an actor is expected (expect sh1: /a is mounted)\n");
    CHECK(brief("expect sh1\n") ==
          "1:11: a colon, sees, is, and, exited, was killed by or may is expected behind the actor (expect sh1: /a is "
          "mounted)\n");
    CHECK(brief("expect sh1: /a is mounted, peer\n") ==
          "1:32: is, is not, shows the same as or does not show the same as is expected (/a is mounted, /a is shared, "
          "/a shows the same "
          "as /b, the parent of /a is /, 5 mounts, cat /f prints \"x\" ...)\n");
    CHECK(brief("expect sh1: peer of /b\n") == "1:13: of which place? (/a is peer ...)\n");
    CHECK(brief("expect sh1: /a is peer of\n") == "1:26: a place is expected (such as /a or sh2:/a)\n");
    CHECK(brief("expect sh1: /a is mounted since x\n") == "1:33: this is no release (such as 6.18 or 6.12.41)\n");
    CHECK(brief("expect sh1: /a is mounted again\n") == "1:27: nothing more is expected here\n");
    CHECK(brief("expect sh1 is aslep\n") ==
          "1:15: alive, running, asleep, stopped, a zombie, gone, a child of or the child reaper of is expected (did "
          "you mean asleep?)\n");
    CHECK(brief("expect sh1 is a child of 5\n") == "1:26: an actor is expected (such as sh2)\n");
    CHECK(brief("expect sh1 is a child of sh7\n").substr(0, 5) == "1:26:");
    CHECK(brief("expect sh1 was killed by SIGNOPE\n") == "1:26: a signal is expected (such as SIGKILL)\n");
    CHECK(brief("expect sh1 exited with -1\n") == "1:24: a number is expected (or a name: $n)\n");
    CHECK(brief("expect sh1 may kill init\n") == "1:16: signal is expected (expect sh1 may signal sh2)\n");
    CHECK(brief("expect sh1: pid of init is\n") == "1:27: a number is expected (or a name: $n)\n");
    CHECK(brief("expect sh1: pid of init is 1 2\n") == "1:30: nothing more is expected here\n");
    CHECK(brief("expect sh1: /x has count\n") == "1:25: a number is expected (or a name: $n)\n");
    CHECK(brief("expect sh1: net is held by file of\n") == "1:35: an actor is expected (net is held by file of sh1)\n");
    CHECK(brief("expect sh1: nsproxy has 2\n") == "1:25: count and a number are expected (nsproxy has count 2)\n");
    CHECK(brief("expect sh1 and init share mmt\n") == "1:27: a type of namespace is expected (did you mean mnt?)\n");
    CHECK(brief("expect sh1: cat /a prints x\n") == "1:27: a text in double quotes is expected (or nothing)\n");
    CHECK(brief("expect sh1: mountinfo of /a is x\n") ==
          "1:32: a line in quotes is expected (such as '?m ?p 0:?d / /a rw,relatime - tmpfs disk rw')\n");
    CHECK(brief("expect sh1: umount /a prints \"\"\n") ==
          "1:13: umount changes the world; an expectation only looks\n");
    CHECK(brief("expect sh1: catt /a prints \"\"\n") == "1:13: unknown command catt (did you mean cat?)\n");
    CHECK(brief("expect sh1: ls --colr /a prints \"\"\n").substr(0, 5) == "1:16:");
}

TEST_CASE("mistakes in what is shown") {
    CHECK(brief("show sh9\n").substr(0, 4) == "1:6:");
    CHECK(brief("show holders nett of sh1\n") == "1:14: a type of namespace is expected (did you mean net?)\n");
    CHECK(brief("show holders net sh1\n") == "1:21: of and an actor are expected (show holders net of sh1)\n");
    CHECK(brief("show holders net of\n") == "1:20: an actor is expected (show holders net of sh1)\n");
    CHECK(brief("show holders net of sh1 sh2\n") == "1:25: nothing more is expected here\n");
}

TEST_CASE("mistakes in repeats") {
    CHECK(brief("end\n") == "1:1: no repeat is open here\n");
    CHECK(brief("repeat 3 as $i\nsh1# pwd\n") == "1:1: this repeat has no end (a line end closes it)\n");
    CHECK(brief("repeat 3 as $i\nend\n") == "1:1: warning: nothing is repeated\n");
    CHECK(brief("repeat x as $i\nsh1# pwd\nend\n").find("1:8: repeat wants a number (repeat 3 as $i)\n") == 0);
    CHECK(brief("repeat 3\nsh1# pwd\nend\n") == "1:9: as and a name are expected (repeat 3 as $i)\n");
    CHECK(brief("repeat 0 as $i\nsh1# pwd\nend\n") == "1:8: repeat wants a number from 1 on\n");
    CHECK(brief("repeat 3 as $i\nrepeat 3 as $i\nsh1# pwd\nend\nend\n") ==
          "2:13: the repeat around this one has $i already\n");
    CHECK(brief("repeat 200 as $i\nrepeat 200 as $j\nsh1# pwd\nend\nend\n") ==
          "3:1: the scenario has more than 20000 steps\n");
}
