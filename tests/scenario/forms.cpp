// Each form of the language, read.

#include "tests/scenario/scenario.hpp"

using namespace nslab;
using namespace nslab::test;

using Kind = ExpectStep::Kind;

TEST_CASE("heads") {
    const auto r = parse("t.scn", "# About the file, and no caption.\n"
                                  "title: What's \"shared\"? See moby #27381   # a remark\n"
                                  "source: mount_namespaces(7), Shared subtrees\n"
                                  "boot: systemd  # everything shared\n"
                                  "sysctl: fs.mount-max=100\n"
                                  "kernel: since 6.8 until 6.12\n"
                                  "\n"
                                  "sh1# pwd\n");
    REQUIRE(r.diagnostics.empty());
    const Scenario& s = r.scenario;
    CHECK(s.title == "What's \"shared\"? See moby #27381");
    CHECK(s.source == "mount_namespaces(7), Shared subtrees");
    CHECK(s.boot.kind == BootOptions::Kind::systemd);
    CHECK(s.boot.mount_max == 100);
    CHECK(s.sysctls == std::vector<std::pair<std::string, std::string>>{{"fs.mount-max", "100"}});
    CHECK(s.kernel_since == Release{6, 8, 0});
    CHECK(s.kernel_until == Release{6, 12, 0xffff});
    CHECK(s.steps[0].narration.empty());
}

TEST_CASE("saved mountinfo: the files stand for sh1, sh2 ...") {
    const auto r = parse("t.scn", "boot: mountinfo host.txt \"a container.txt\"\nsh2# pwd\n");
    REQUIRE(r.diagnostics.empty());
    CHECK(r.scenario.boot_files == std::vector<std::string>{"host.txt", "a container.txt"});
    CHECK(r.scenario.actors == std::vector<std::string>{"sh1", "sh2"});
}

TEST_CASE("comments on lines of their own are the captions of the step below") {
    const auto r = parse("t.scn", "sh1# pwd   # no caption\n"
                                  "# One.\n"
                                  "#   Two.\n"
                                  "\n"
                                  "# Another paragraph.\n"
                                  "sh1# pwd\n"
                                  "# The end.\n");
    REQUIRE(r.diagnostics.empty());
    CHECK(r.scenario.steps[0].narration.empty());
    CHECK(r.scenario.steps[1].narration == std::vector<std::string>{"One.", "  Two.", "", "Another paragraph."});
    CHECK(r.scenario.closing == std::vector<std::string>{"The end."});
}

TEST_CASE("words are quoted as in sh") {
    const auto words = [](const std::string& line) { return words_of(steps("sh1# " + line)[0]); };
    CHECK(words("mkdir /a  /b\t/c") == "[mkdir][/a][/b][/c]");
    CHECK(words("mkdir 'a b' \"c d\" e\\ f '' \"\"") == "[mkdir][a b][c d][e f][][]");
    CHECK(words("mkdir a'b'\"c\"") == "[mkdir][abc]");
    CHECK(words("mkdir '$x' \\$x \"\\$x\" $ \"a\\b\"") == "[mkdir][$x][$x][$x][$][a\\b]");
    CHECK(words("mkdir a#b '#' # c") == "[mkdir][a#b][#]");
    CHECK(words("mkdir '*' \"a|b\" \\;") == "[mkdir][*][a|b][;]");
    CHECK(words("mkdir $$ $sh1 ${sh1}x $sh1@init \"${sh1@init}\"") ==
          "[mkdir][<$>][<sh1>][<sh1>x][<sh1@init>][<sh1@init>]");
}

TEST_CASE("the prompt says who types") {
    const auto all = steps("sh1# pwd\nsh1$ pwd\n");
    CHECK_FALSE(as<CommandStep>(all[0]).as_user);
    CHECK(as<CommandStep>(all[1]).as_user);
}

TEST_CASE("output goes into files behind echo and printf") {
    const auto all = steps("sh1# echo a > /f\nsh1# printf 'a b' >>\"/f g\"\nsh1# echo a '>' b\n");
    CHECK(words_of(all[0]) == "[echo][a]");
    CHECK(written(as<CommandStep>(all[0]).redirect->text) == "/f");
    CHECK_FALSE(as<CommandStep>(all[0]).append);
    CHECK(written(as<CommandStep>(all[1]).redirect->text) == "/f g");
    CHECK(as<CommandStep>(all[1]).append);
    CHECK_FALSE(as<CommandStep>(all[2]).redirect);
}

TEST_CASE("a new actor is the last word of a command that makes one") {
    const auto all = steps("sh1# unshare -m sh2 &\nsh2# unshare --mount --fork sh3\nsh3# exit\nsh2# pwd\n"
                           "sh1# unshare -m mount -t tmpfs disk mnt\n");
    CHECK(as<CommandStep>(all[0]).new_actor == "sh2");
    CHECK(as<CommandStep>(all[0]).background);
    CHECK(words_of(all[0]) == "[unshare][-m]");
    CHECK(as<CommandStep>(all[1]).new_actor == "sh3");
    CHECK_FALSE(as<CommandStep>(all[1]).background);
    CHECK(as<CommandStep>(all[4]).new_actor.empty());
    CHECK(words_of(all[4]) == "[unshare][-m][mount][-t][tmpfs][disk][mnt]");
}

namespace {

std::string outcomes(const std::string& line) {
    std::string out;
    const auto all = steps(line);
    for (const auto& o : all[0].outcomes) {
        if (!out.empty()) out += "; ";
        if (o.kind == ExpectedOutcome::Kind::success) out += "success";
        if (o.kind == ExpectedOutcome::Kind::error) out += errno_name(o.error);
        if (o.kind == ExpectedOutcome::Kind::program_failure) out += "FAIL";
        if (o.kind == ExpectedOutcome::Kind::value)
            out += o.value->kind == Expr::Kind::take ? "?" + o.value->name
                   : o.value->name.empty()           ? std::to_string(o.value->number)
                                                     : o.value->name;
        if (o.since) out += " since " + to_string(*o.since);
        if (o.until) out += " until " + to_string(*o.until);
    }
    return out;
}

} // namespace

TEST_CASE("the outcome of a command stands in its comment") {
    CHECK(outcomes("sh1# umount /a").empty());
    CHECK(outcomes("sh1# umount /a # a remark about EBUSY").empty());
    CHECK(outcomes("sh1# umount /a # EBUSY") == "EBUSY");
    CHECK(outcomes("sh1# umount /a #EBUSY, as umount(2) says") == "EBUSY");
    CHECK(outcomes("sh1# umount /a # EBUSY: it is the root") == "EBUSY");
    CHECK(outcomes("sh1# umount /a # FAIL") == "FAIL");
    CHECK(outcomes("sh1# umount /a # EINVAL since 6.18, ENOENT until 6.17") ==
          "EINVAL since 6.18; ENOENT until 6.17.65535");
    CHECK(outcomes("sh1# umount /a # EINVAL since 6.18.3 until 6.18.20 (a regression)") ==
          "EINVAL since 6.18.3 until 6.18.20");
    CHECK(outcomes("sh1# umount /a # 0 until 6.16, EINVAL since 6.17") ==
          "success until 6.16.65535; EINVAL since 6.17");
    CHECK(outcomes("sh1# umount /a # 0 is what it returns").empty());
    CHECK(outcomes("sh1# umount /a # EVERYTHING is shared").empty());
    CHECK(outcomes("sh1# umount /a # EASY").empty());
}

TEST_CASE("the outcome of a call is its result") {
    CHECK(outcomes("sh1: umount2(\"/a\", 0)").empty());
    CHECK(outcomes("sh1: umount2(\"/a\", 0) = 0") == "0");
    CHECK(outcomes("sh1: umount2(\"/a\", 0) = -1 EBUSY (Device or resource busy)") == "EBUSY");
    CHECK(outcomes("sh1: umount2(\"/a\", 0) = -EBUSY") == "EBUSY");
    CHECK(outcomes("sh1: umount2(\"/a\", 0) = 0 until 6.16, -1 EINVAL since 6.17") ==
          "0 until 6.16.65535; EINVAL since 6.17");
    CHECK(outcomes("sh1: getpid() = ?pid\nsh1: kill(pid, 0)\n") == "?pid");
    CHECK(outcomes("sh1: getpid() = sh1") == "sh1");
    CHECK(outcomes("sh1: exit_group(0) = ?").empty());
    CHECK(outcomes("sh1: open(\"/a\") = 3</a>").size() == 1);
}

TEST_CASE("repeat is unrolled, and nests") {
    const auto all = steps("# Once.\n"
                           "repeat 2 as $i\n"
                           "  # Inside.\n"
                           "  repeat 3 as $j\n"
                           "    sh1# mkdir /d${i}_$j\n"
                           "  end\n"
                           "  sh1# ls /d$i\n"
                           "end\n");
    REQUIRE(all.size() == 8);
    CHECK(all[0].narration == std::vector<std::string>{"Once.", "Inside."});
    CHECK(all[1].narration.empty());
    CHECK(all[5].loop == std::vector<std::pair<std::string, i64>>{{"i", 2}, {"j", 2}});
    CHECK(words_of(all[5]) == "[mkdir][/d<i>_<j>]");
    CHECK(all[7].at.line == 7);
}

TEST_CASE("show and draw") {
    const auto all = steps("show\nshow sh1   # his\ndraw before-the_umount2\n");
    CHECK(as<ShowStep>(all[0]).actor.empty());
    CHECK(as<ShowStep>(all[1]).actor == "sh1");
    CHECK(as<DrawStep>(all[2]).name == "before-the_umount2");
    const auto holders = steps("show holders net of sh1   # whose\nshow holders pid_for_children of sh1\n");
    CHECK(as<ShowStep>(holders[0]).holders == "net");
    CHECK(as<ShowStep>(holders[0]).actor == "sh1");
    CHECK(as<ShowStep>(holders[1]).holders == "pid_for_children");
}

namespace {

/// One claim as "kind[!] actor path | other_actor other_path | word number".
std::string claim(const Step& step) {
    static const char* const names[] = {
        "mounted",    "sees",        "same_tree", "propagation", "peer_of",   "master", "propagate_from", "parent",
        "same_super", "mount_count", "same_ns",   "prints",      "mountinfo", "alive",  "status",         "child",
        "reaper",     "may_signal",  "pid",       "no_pid",      "ref_count", "held_by"};
    const auto& e = as<ExpectStep>(step);
    std::string out = std::string(names[static_cast<int>(e.kind)]) + (e.negated ? "!" : "") + " " + e.actor;
    if (!e.path.text.empty()) out += " " + written(e.path.text);
    if (!e.other_actor.empty() || !e.other_path.text.empty())
        out += " | " + e.other_actor + ":" + written(e.other_path.text);
    if (!e.word.empty()) out += " | " + e.word;
    if (e.kind == Kind::mount_count || (e.kind == Kind::status && e.number)) out += " | " + std::to_string(e.number);
    for (const Word& w : e.words) out += " [" + written(w.text) + "]";
    if (e.kind == Kind::prints || e.kind == Kind::mountinfo) out += " | \"" + written(e.text.text) + "\"";
    return out;
}

std::string claims(const std::string& line) {
    std::string out;
    for (const Step& step : steps("sh1# unshare -m sh2 &\nsh2: g = getpid()\n" + line + "\nsh2: kill(g, 0)\n"))
        if (std::holds_alternative<ExpectStep>(step.what)) out += (out.empty() ? "" : "; ") + claim(step);
    return out;
}

} // namespace

TEST_CASE("expect: places") {
    CHECK(claims("expect sh1: /a is mounted") == "mounted sh1 /a");
    CHECK(claims("expect sh1: /a is not mounted, /b is mounted") == "mounted! sh1 /a; mounted sh1 /b");
    CHECK(claims("expect sh1: '/a b' is mounted") == "mounted sh1 /a b");
    CHECK(claims("expect sh1 sees /a/f") == "sees sh1 /a/f");
    CHECK(claims("expect sh1 does not see /a, /b") == "sees! sh1 /a; sees! sh1 /b");
    CHECK(claims("expect sh1: /a shows the same as /b") == "same_tree sh1 /a | :/b");
    CHECK(claims("expect sh1: /a does not show the same as sh2:/b") == "same_tree! sh1 /a | sh2:/b");
    CHECK(claims("expect sh1: /a is on the same super block as sh2:/a") == "same_super sh1 /a | sh2:/a");
    CHECK(claims("expect sh1: /a is on another super block than /b") == "same_super! sh1 /a | :/b");
    CHECK(claims("expect sh1: the parent of /a is /") == "parent sh1 /a | :/");
    CHECK(claims("expect sh1: the parent of /a is not /b") == "parent! sh1 /a | :/b");
}

TEST_CASE("expect: propagation, several claims in one line") {
    CHECK(claims("expect sh1: /a is shared, peer of sh2:/a, slave of /c") ==
          "propagation sh1 /a | shared; peer_of sh1 /a | sh2:/a; master sh1 /a | :/c");
    CHECK(claims("expect sh1: /a is private, /b is not slave, /c is unbindable") ==
          "propagation sh1 /a | private; propagation! sh1 /b | slave; propagation sh1 /c | unbindable");
    CHECK(claims("expect sh1: /a is shared and slave") == "propagation sh1 /a | shared and slave");
    CHECK(claims("expect sh1: /a is a peer of /b, not peer of /c") == "peer_of sh1 /a | :/b; peer_of! sh1 /a | :/c");
    CHECK(claims("expect sh1: /a is a slave of sh2:/b, not slave of /c") ==
          "master sh1 /a | sh2:/b; master! sh1 /a | :/c");
    CHECK(claims("expect sh1: /a is slave, its master is sh2:/b") ==
          "propagation sh1 /a | slave; master sh1 /a | sh2:/b");
    CHECK(claims("expect sh1: the master of /a is sh2:/b") == "master sh1 /a | sh2:/b");
    CHECK(claims("expect sh1: /a is slave, propagate_from sh2:/b") ==
          "propagation sh1 /a | slave; propagate_from sh1 /a | sh2:/b");
    CHECK(claims("expect sh1: /a is slave, no propagate_from") == "propagation sh1 /a | slave; propagate_from! sh1 /a");
    CHECK(claims("expect sh1: /a has no propagate_from") == "propagate_from! sh1 /a");
    CHECK(claims("expect sh1: /a is mounted, shared, not slave, not on the same super block as /b") ==
          "mounted sh1 /a; propagation sh1 /a | shared; propagation! sh1 /a | slave; same_super! sh1 /a | :/b");
    CHECK(claims("expect sh1: /a is not on another super block than /b") == "same_super sh1 /a | :/b");
    // A file may be called like a state.
    CHECK(claims("expect sh1: /a is mounted, shared is not mounted") == "mounted sh1 /a; mounted! sh1 shared");
}

TEST_CASE("expect: the rest") {
    CHECK(claims("expect sh1: 5 mounts") == "mount_count sh1 | 5");
    CHECK(claims("expect sh1: 1 mount, / is private") == "mount_count sh1 | 1; propagation sh1 / | private");
    CHECK(claims("expect sh1 and sh2 share uts, ipc") == "same_ns sh1 | sh2: | uts; same_ns sh1 | sh2: | ipc");
    CHECK(claims("expect sh1 and sh2 do not share mnt") == "same_ns! sh1 | sh2: | mnt");
    CHECK(claims("expect sh1: cat /a prints \"x\\ty\\n\"") == "prints sh1 [cat] [/a] | \"x\ty\n\"");
    CHECK(claims("expect sh1: ls '/a b' does not print \"x\"") == "prints! sh1 [ls] [/a b] | \"x\"");
    CHECK(claims("expect sh1: ls /a prints nothing") == "prints sh1 [ls] [/a] | \"\"");
    CHECK(claims("expect sh1: mountinfo of /a is '?m 0:?d / /a\\040b rw shared:$g'") ==
          "mountinfo sh1 /a | \"?m 0:?d / /a\\040b rw shared:$g\"");
    CHECK(claims("expect sh1: mountinfo of /a is \"/ /a rw shared:$g\"") ==
          "mountinfo sh1 /a | \"/ /a rw shared:<g>\"");
    CHECK(claims("expect sh2 is running") == "alive sh2 | running");
    CHECK(claims("expect sh2 is not a zombie") == "alive! sh2 | zombie");
    CHECK(claims("expect sh2 is gone") == "alive sh2 | gone");
    CHECK(claims("expect init: /a is mounted") == "mounted init /a");
}

TEST_CASE("expect: processes") {
    CHECK(claims("expect sh1 and sh2 share nsproxy") == "same_ns sh1 | sh2: | nsproxy");
    CHECK(claims("expect sh2 is alive") == "alive sh2 | alive");
    CHECK(claims("expect sh2 is stopped") == "alive sh2 | stopped");
    CHECK(claims("expect sh2 is not asleep") == "alive! sh2 | asleep");
    CHECK(claims("expect sh2 is a child of sh1") == "child sh2 | sh1:");
    CHECK(claims("expect sh2 is not a child of init") == "child! sh2 | init:");
    CHECK(claims("expect init is the child reaper of sh2") == "reaper init | sh2:");
    CHECK(claims("expect sh2 exited with 3") == "status sh2 | exited [3]");
    CHECK(claims("expect sh2 was killed by SIGKILL") == "status sh2 | killed | 9");
    CHECK(claims("expect sh2 was not killed by SIGTERM") == "status! sh2 | killed | 15");
    CHECK(claims("expect sh1 may signal sh2, init") == "may_signal sh1 | sh2:; may_signal sh1 | init:");
    CHECK(claims("expect sh2 may not signal sh1") == "may_signal! sh2 | sh1:");
    CHECK(claims("expect sh1: pid of sh2 is 3, ppid of sh2 is 2, sid is $g") ==
          "pid sh1 | sh2: | pid [3]; pid sh1 | sh2: | ppid [2]; pid sh1 | sid [<g>]");
    CHECK(claims("expect sh1: NSpid of sh2 is 5 2 1, pgid is not 3") ==
          "pid sh1 | sh2: | NSpid [5] [2] [1]; pid! sh1 | pgid [3]");
    CHECK(claims("expect sh2: sh1 has no pid") == "no_pid sh2 | sh1:");
    CHECK(claims("expect sh1: nsproxy has count 2, net has not count 3, pid has count 1") ==
          "ref_count sh1 | nsproxy [2]; ref_count! sh1 | net [3]; ref_count sh1 | pid [1]");
    const auto held = steps("expect sh1: net is held by sh1 and init and file of sh1 and mount /a and mount '/b c'\n");
    CHECK(claim(held[0]) == "held_by sh1 | net [/a] [/b c]");
    CHECK(as<ExpectStep>(held[0]).holders == std::vector<std::string>{"sh1", "init", "file of sh1"});
    const auto file = steps("expect sh1: /run/netns/x has count 2, /a has not count 3\n");
    CHECK(claim(file[0]) == "ref_count sh1 /run/netns/x [2]");
    CHECK(claim(file[1]) == "ref_count! sh1 /a [3]");
}

TEST_CASE("expect: for some releases only") {
    const auto all = steps("expect sh1: /a is mounted, /b is mounted since 6.8 until 6.16  # a remark\n"
                           "expect sh1: ls prints \"since\" since 6.8\n");
    for (std::size_t i : {0U, 1U}) {
        CHECK(as<ExpectStep>(all[i]).since == Release{6, 8, 0});
        CHECK(as<ExpectStep>(all[i]).until == Release{6, 16, 0xffff});
    }
    CHECK(as<ExpectStep>(all[2]).since == Release{6, 8, 0});
}
