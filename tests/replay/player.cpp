#include "tests/catch.hpp"

#include "tests/replay/fake.hpp"

using namespace nslab;
using namespace nslab::test;

namespace {

PlayReport run(Fake& model, const std::string& text) { return play(scenario(text), model, nullptr); }

} // namespace

TEST_CASE("a step that fails without being expected to ends the scenario at its line") {
    Fake model;
    model.script[R"(umount2("/a", 0))"] = error(E::BUSY);
    const PlayReport r = run(model, "sh1: umount2(\"/a\", 0)\nsh1: umount2(\"/b\", 0)\n");
    CHECK(r.verdict == Verdict::failed);
    CHECK(r.steps.size() == 1);
    CHECK(says(r.message, "t.scn:1: sh1: umount2(\"/a\", 0)"));
    CHECK(says(r.message, "expected success, but got EBUSY"));
}

TEST_CASE("a step that fails as expected is good") {
    Fake model;
    model.script[R"(umount2("/a", 0))"] = error(E::BUSY);
    CHECK(run(model, "sh1: umount2(\"/a\", 0) = -1 EBUSY\n").verdict == Verdict::good);
}

TEST_CASE("a step that succeeds against expectation ends the scenario") {
    Fake model;
    const PlayReport r = run(model, "sh1: umount2(\"/a\", 0) = -1 EBUSY\n");
    CHECK(r.verdict == Verdict::failed);
    CHECK(says(r.message, "expected EBUSY, but it returned 0"));
}

TEST_CASE("another errno than the expected one ends the scenario") {
    Fake model;
    model.script[R"(umount2("/a", 0))"] = error(E::INVAL);
    CHECK(says(run(model, "sh1: umount2(\"/a\", 0) = -1 EBUSY\n").message, "expected EBUSY, but got EINVAL"));
}

TEST_CASE("what is expected depends on the release that plays") {
    const std::string text = "sh1: umount2(\"/a\", 0) = -1 EINVAL since 6.18, 0 until 6.17\n";
    Fake old("model", {6, 17, 13});
    CHECK(run(old, text).verdict == Verdict::good);
    Fake now("model", {6, 18, 0});
    CHECK(run(now, text).verdict == Verdict::failed);
}

TEST_CASE("a release with all its stable ones lies in a range that ends with it") {
    CHECK(holds_for({6, 17, 9}, std::nullopt, Release{6, 17, 0}));
    CHECK_FALSE(holds_for({6, 17, 9}, std::nullopt, Release{6, 17, 8}));
    CHECK_FALSE(holds_for({6, 17, 9}, Release{6, 18, 0}, std::nullopt));
}

TEST_CASE("a descriptor that is opened inside another call is closed behind it") {
    Fake model;
    run(model, "sh1: setns(open(\"/proc/1/ns/mnt\", O_RDONLY), CLONE_NEWNS) = 0\n");
    REQUIRE(model.log.size() == 3);
    CHECK(says(model.log[0], "open"));
    CHECK(says(model.log[1], "setns(3,"));
    CHECK(says(model.log[2], "close(3)"));
}

TEST_CASE("a call inside another that fails ends the scenario, whatever the outer one is expected to be") {
    Fake model;
    model.script[to_string(sys::Openat{AT::FDCWD, "/no", O::RDONLY, 0})] = error(E::NOENT);
    const PlayReport r = run(model, "sh1: setns(open(\"/no\", O_RDONLY), CLONE_NEWNS) = -1 ENOENT\n");
    CHECK(r.verdict == Verdict::failed);
    CHECK(says(r.message, "inside failed with ENOENT"));
}

TEST_CASE("a name takes what a call returns and gives it to the next") {
    Fake model;
    run(model, "sh1: t = open_tree(AT_FDCWD, \"/a\", OPEN_TREE_CLONE)\nsh1: close(t) = 0\n");
    CHECK(model.log.back() == "2: close(3)");
}

TEST_CASE("a call that makes a process makes an actor, whose name is its PID") {
    Fake model;
    run(model, "sh1: sh2 = clone(child_stack=NULL, flags=SIGCHLD)\nsh2: getpid()\nsh1: kill(sh2, SIGKILL) = 0\n");
    CHECK(model.log.back() == "2: kill(3, SIGKILL)");
    CHECK(model.log[1] == "3: getpid()");
}

TEST_CASE("a terminal waits for the actor that it runs in front") {
    Fake model;
    const PlayReport r = run(model, "sh1# unshare -m sh2\nsh2# exit 3\nsh1# cd /\n");
    CHECK(r.message == "");
    CHECK(r.verdict == Verdict::good);
    // The wait began with the command and ended with the actor.
    REQUIRE(r.steps.size() == 3);
    CHECK(r.steps[1].resumed == std::vector<std::size_t>{0});
}

TEST_CASE("a call that still sleeps at the end is a failure with its reason") {
    Fake model;
    const PlayReport r = run(
        model, "sh1: sh2 = clone(child_stack=NULL, flags=SIGCHLD)\nsh1: wait4(sh2, NULL, 0, NULL)\nsh2: getpid()\n");
    CHECK(r.verdict == Verdict::failed);
    CHECK(says(r.message, "t.scn:2"));
    CHECK(says(r.message, "sleeps"));
}

TEST_CASE("a call that sleeps goes on when it can, and is judged then") {
    Fake model;
    const PlayReport r = run(model, "sh1: sh2 = clone(child_stack=NULL, flags=SIGCHLD)\n"
                                    "sh1: wait4(sh2, NULL, 0, NULL) = sh2\nsh2: exit_group(0)\n");
    CHECK(r.message == "");
    CHECK(r.steps[1].model.played);
    CHECK(r.steps[1].model.value == 3);
}

TEST_CASE("an actor that has ended can do nothing more") {
    Fake model;
    const PlayReport r =
        run(model, "sh1: sh2 = clone(child_stack=NULL, flags=SIGCHLD)\nsh1: kill(sh2, SIGKILL) = 0\nsh2: getpid()\n");
    CHECK(says(r.message, "t.scn:3"));
    CHECK(says(r.message, "sh2 has ended"));
}
