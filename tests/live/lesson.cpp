// A lesson that is played while it is written: what is kept, what is not, and the way back and forth.

#include <sstream>

#include "sim/live/complete.hpp"
#include "sim/live/desk.hpp"
#include "sim/live/look.hpp"
#include "tests/catch.hpp"

using namespace nslab;
using namespace nslab::live;

namespace {

/// A lesson with a desk, that remembers what is printed.
struct Class {
    Lesson lesson;
    std::ostringstream out;
    Desk desk;
    std::string saved;

    explicit Class(const std::string& file = "", bool seen = false, bool check = false)
        : lesson(options(file, check)), desk(lesson, Style{}, out, seen) {
        desk.save = [this](const std::string&, const std::string& text, bool) { saved = text; };
    }
    static LessonOptions options(const std::string& file, bool check) {
        LessonOptions o;
        o.text = file;
        o.check = check;
        return o;
    }
    /// What is printed for these lines.
    std::string say(const std::string& lines) {
        out.str("");
        std::istringstream in(lines);
        for (std::string line; std::getline(in, line);) desk.obey(line);
        return out.str();
    }
    std::string text() {
        say("save x.scn");
        return saved;
    }
};

bool told(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::string verdict_of(const std::string& text) {
    const ParseResult parsed = parse("saved.scn", text);
    if (!parsed.ok()) return "broken: " + render(parsed.diagnostics[0], "saved.scn", text);
    const auto model = make_model(parsed.scenario.boot, Release{});
    const PlayReport report = play(parsed.scenario, *model, nullptr);
    return std::string(to_string(report.verdict)) + report.message;
}

} // namespace

TEST_CASE("what fails in a live terminal is its outcome, and is saved as one") {
    Class c;
    c.say("mkdir /a\nmount -t tmpfs disk /a\ncd /a\numount /a  # who is in there?\n"
          "sh1: umount2(\"/a\", 0)\ncat nothing\nfalse");
    CHECK(c.lesson.played() == 7);
    CHECK(c.text() == "sh1# mkdir /a\nsh1# mount -t tmpfs disk /a\nsh1# cd /a\n"
                      "sh1# umount /a                          # EBUSY: who is in there?\n"
                      "sh1: umount2(\"/a\", 0) = -1 EBUSY\n"
                      "sh1# cat nothing                        # ENOENT\n"
                      "sh1# false                              # FAIL\n");
    CHECK(verdict_of(c.saved) == "good");
}

TEST_CASE("a line that is wrong, or not what it says, is not kept and changes nothing") {
    Class c;
    c.say("mkdir /a\nmount -t tmpfs disk /a");
    CHECK(told(c.say("mount --make-shred /a"), "shell:3:12: mount: unknown option --make-shred\n"
                                               "    sh1# mount --make-shred /a\n"
                                               "               ^~~~~~~~~~~~ did you mean --make-shared?\n"));
    CHECK(told(c.say("umount /a  # EBUSY"), "expected EBUSY, but it succeeded"));
    CHECK(told(c.say("expect sh1: /a is mounted"), "# holds"));
    CHECK(told(c.say("expect sh1: /a is shared"), "/a is private"));
    CHECK(told(c.say("sh7# pwd"), "there is no actor sh7"));
    CHECK(c.lesson.played() == 3);
    CHECK_FALSE(c.desk.all_kept());
}

TEST_CASE("undo and redo go back and forth over everything that a step makes") {
    Class c;
    c.say("mkdir /a\nunshare -m sh2 &\nsh2# mount -t tmpfs disk /a\nsh2# cd /a");
    CHECK(c.lesson.actor() == "sh2");
    c.say("undo 3");
    CHECK(c.lesson.living() == std::vector<std::string>{"sh1"});
    CHECK(c.lesson.actor() == "sh1");
    c.say("redo 2");
    CHECK(told(c.say("expect sh2: /a is mounted"), "# holds"));
    CHECK(told(c.say("redo"), "nothing lies ahead")); // another line has been typed meanwhile
    c.say("goto 0\ngoto 3");
    CHECK(told(c.say("expect sh2: /a is mounted"), "# holds"));
    CHECK(told(c.say("undo 9\nundo"), "nothing has been played"));
}

TEST_CASE("a line that is not kept does not take away what can be played again") {
    Class c;
    c.say("mkdir /a\nmkdir /b\nundo\nexpect sh1: /a is mounted\nno such line");
    CHECK(c.lesson.played() == 1);
    CHECK(c.lesson.ahead() == 1);
    c.say("redo");
    CHECK(c.lesson.played() == 2);
    c.say("undo\nmkdir /c");
    CHECK(c.lesson.ahead() == 0);
}

TEST_CASE("processes are made, killed, waited for and brought back") {
    Class c;
    c.say("unshare --pid --fork sh2 &\nsh2# fork sh3 &\nsh2# fork sh4 &\nsh3# exit\nsh2# wait\n"
          "sh1: kill(sh2, SIGKILL) = 0");
    CHECK(c.lesson.living() == std::vector<std::string>{"sh1"});
    CHECK(c.desk.prompt() == "sh1# ");
    c.say("undo 2");
    CHECK(c.lesson.living() == std::vector<std::string>{"sh1", "sh2.unshare", "sh2", "sh4"});
    CHECK(told(c.say("sh2# echo $$"), "1\n"));
    CHECK(told(c.say("sh1: kill(sh2, SIGKILL) = 0\nwhy"), "signal 9 ends process"));
    CHECK(verdict_of(c.text()) == "good");
}

TEST_CASE("a file is stepped; what is typed in between comes between its steps") {
    const std::string file = "title: A lesson\n\n# First.\nsh1# mkdir /a\n\n# Twice.\nrepeat 2 as $i\n    sh1# mkdir "
                             "/a/$i\nend\nsh1# rmdir /a   # ENOTEMPTY\n\n# That was it.\n";
    Class c(file);
    CHECK(c.lesson.ahead() == 4);
    CHECK(told(c.say("next"), "# First.\nsh1# mkdir /a "));
    CHECK(told(c.say("touch /a/mine"), "touch"));
    CHECK(told(c.say("next"), "[i=2]"));
    CHECK(told(c.say("play"), "# ENOTEMPTY"));
    CHECK(c.text() == "title: A lesson\n\n# First.\nsh1# mkdir /a\nsh1# touch /a/mine\n\n# Twice.\nrepeat 2 as $i\n    "
                      "sh1# mkdir /a/$i\nend\nsh1# rmdir /a   # ENOTEMPTY\n\n# That was it.\n");
    CHECK(verdict_of(c.saved) == "good");
    c.say("goto 0\nplay");
    CHECK(c.text() == "title: A lesson\n\n# First.\nsh1# mkdir /a\n\n# Twice.\nrepeat 2 as $i\n    sh1# mkdir /a/$i\n"
                      "end\nsh1# rmdir /a   # ENOTEMPTY\n\n# That was it.\n");
}

TEST_CASE("what lies ahead may no longer fit; it is told and stays ahead") {
    Class c("sh1# mkdir /a\nsh1# unshare -m sh2 &\nsh2# pwd\n");
    c.say("next\nunshare -m sh2 &");
    CHECK(told(c.say("next"), "sh2 is there already since line 2"));
    CHECK(c.lesson.ahead() == 2);
    CHECK(told(c.say("undo\nnext\nnext"), "sh2# pwd"));
}

TEST_CASE("narration, heads and repeats are typed as in a file") {
    Class c;
    c.say("boot: systemd\n# A caption.\nmkdir /a\nrepeat 2 as $i\nsh1# mkdir /a/$i\nend");
    CHECK(c.lesson.scenario().boot.kind == BootOptions::Kind::systemd);
    CHECK(c.text() == "boot: systemd\n\n# A caption.\nsh1# mkdir /a\nrepeat 2 as $i\nsh1# mkdir /a/$i\nend\n");
    CHECK(verdict_of(c.saved) == "good");
    CHECK(told(c.say("repeat 2 as $i\nmkdir /b"), "a prompt, a call or a statement is expected"));
    CHECK(c.desk.prompt() == "> ");
    CHECK(told(c.say("boot: plain"), "stands above the first step"));
}

TEST_CASE("the terminal in front is that of whoever acts, is waited for, or is left") {
    Class c;
    c.say("unshare -m sh2");
    CHECK(c.desk.prompt() == "sh2# ");
    CHECK(told(c.say("sh1# pwd"), "sh1 waits for sh2 since line 1"));
    c.say("exit");
    CHECK(c.desk.prompt() == "sh1# ");
    c.say("unshare -m sh3 &");
    CHECK(c.desk.prompt() == "sh1# ");
    c.say("sh3#");
    CHECK(c.desk.prompt() == "sh3# ");
}

TEST_CASE("the terminal of an ordinary user has a dollar in its prompt") {
    Class c;
    c.say("setpriv --reuid 1000 --clear-groups sh2");
    CHECK(c.desk.prompt() == "sh2$ ");
    c.say("mkdir /a");
    CHECK(told(c.text(), "sh2$ mkdir /a"));
    c.say("unshare --user --map-root-user sh3");
    CHECK(c.desk.prompt() == "sh3# ");
}

TEST_CASE("how an actor ends is no failure of the command that waited for it") {
    Class c;
    c.say("unshare -m sh2\nexit 3\nmkdir /a");
    CHECK(c.text() == "sh1# unshare -m sh2\nsh2# exit 3\nsh1# mkdir /a\n");
    CHECK(verdict_of(c.saved) == "good");
}

TEST_CASE("who sees a file, and whether it is the same one") {
    Class c;
    c.say("mkdir /a\nunshare -m sh2 &\nunshare -m sh3 &\nsh2# mount -t tmpfs disk /a\nsh3# mount -t tmpfs disk /a\n"
          "sh2# touch /a/f");
    CHECK(c.say("who /a/f") == "sh2# who /a/f\n/a/f\n    sh2 sees a file\n"
                               "    sh1 and sh3 do not: No such file or directory\n");
    CHECK(told(c.say("who /a"), "    sh1 sees a directory\n    sh2 sees a directory, another one\n"));
}

TEST_CASE("why gives calls, functions and edges of propagation") {
    Class c;
    c.say("mkdir /a\nmount -t tmpfs d /a\nmount --make-shared /a\nunshare -m --propagation unchanged sh2 &\n"
          "mkdir /a/b\nmount -t tmpfs e /a/b");
    const std::string why = c.say("why");
    CHECK(told(why, "mount(\"e\", \"/a/b\", \"tmpfs\""));
    CHECK(told(why, "fs/pnode.c"));
}

TEST_CASE("on a screen only what the person did not type is printed") {
    Class c("", true);
    CHECK(c.say("mkdir /a") == "");
    CHECK(c.say("umount /a") == "umount: /a: not mounted.\n# EINVAL: not a mount point\n");
    CHECK(c.say("expect sh1: 2 mounts") == "# holds\n");
}

TEST_CASE("commands, options, actors and paths complete") {
    Class c;
    c.say("mkdir /mnt /media\ntouch /mnt/file\nunshare -m sh2 &");
    const auto complete = [&](const std::string& line) { return completions(c.lesson, line, desk_words()); };
    using Words = std::vector<std::string>;
    CHECK(complete("umo") == Words{"umount"});
    CHECK(complete("und") == Words{"undo"});
    CHECK(complete("sh2# umo") == Words{"umount"});
    CHECK(complete("mount --make-s") == Words{"--make-shared", "--make-slave"});
    CHECK(complete("unshare --prop") == Words{"--propagation="});
    CHECK(complete("ls /m") == Words{"/media/", "/mnt/"});
    CHECK(complete("who /mnt/f") == Words{"/mnt/file"});
    CHECK(complete("kill sh") == Words{"sh1", "sh2"});
    CHECK(complete("sh1: umount") == Words{"umount(", "umount2("});
    c.say("cd /mnt");
    CHECK(complete("rm f") == Words{"file"});
    const std::string before = c.text();
    CHECK(c.text() == before); // to look changes nothing
}

TEST_CASE("many undone steps are played again in no time") {
    Class c;
    std::string lines = "mkdir /a\n";
    for (int i = 0; i < 500; ++i) lines += "mount -t tmpfs d /a\n";
    c.say(lines);
    c.say("undo");
    CHECK(c.lesson.played() == 500);
}
