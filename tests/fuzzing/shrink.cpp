// What is left of a scenario when nothing can be left out.

#include "sim/fuzz/shrink.hpp"

#include "sim/backend/model.hpp"
#include "sim/fuzz/write.hpp"
#include "sim/scenario/scenario.hpp"
#include "tests/catch.hpp"

using namespace nslab;
using namespace nslab::fuzz;

namespace {

/// Plays in the model; the last umount that says EBUSY is the "difference".
DuelResult busy(const Play& play) {
    DuelResult r;
    const auto model = make_model(play.boot, Release{});
    for (std::size_t i = 0; i < play.steps.size(); ++i) {
        const fuzz::Step& s = play.steps[i];
        r.kernel.push_back(model->call(s.who, s.call, s.child));
        if (std::holds_alternative<sys::Umount2>(s.call) && r.kernel.back().error == E::BUSY) {
            r.difference = Difference{i, {"it is busy"}};
            break;
        }
    }
    return r;
}

Play long_one() {
    const Actor sh1 = Actor::sh1, sh2{3}, sh3{4};
    Play play;
    play.boot.kind = BootOptions::Kind::systemd;
    play.steps = {
        {sh1, sys::Mkdirat{AT::FDCWD, "/a", 0755}, {}},
        {sh1, sys::Mkdirat{AT::FDCWD, "/b", 0755}, {}},
        {sh1, sys::Openat{AT::FDCWD, "/b", O::PATH, 0}, {}}, // 3, and in the way
        {sh1, sys::Clone{SIG::CHLD}, sh2},
        {sh1, sys::Clone{SIG::CHLD}, sh3},
        {sh2, sys::Mount{"disk", "/a", "tmpfs", MS::NOSUID | MS::NOEXEC, nullptr}, {}},
        {sh3, sys::Chdir{"/b"}, {}},
        {sh2, sys::Openat{AT::FDCWD, "/a", O::PATH, 0}, {}}, // 4
        {sh2, sys::Fchdir{4}, {}},
        {sh2, sys::Close{4}, {}},
        {sh1, sys::Umount2{"/a", 0}, {}},
        {sh1, sys::Getcwd{}, {}},
    };
    return play;
}

} // namespace

TEST_CASE("fuzz: no step and no actor is left that is not needed, and descriptors move up") {
    DuelResult result = busy(long_one());
    REQUIRE(result.difference);
    const Play small = shrink(long_one(), busy, result);
    std::string text;
    for (const fuzz::Step& s : small.steps) text += to_string(s.call) + "\n";
    CHECK(text == "mkdirat(AT_FDCWD, \"/a\", 0755)\n"
                  "mount(\"disk\", \"/a\", \"tmpfs\", 0, NULL)\n"
                  "openat(AT_FDCWD, \"/a\", O_RDONLY)\n"
                  "umount2(\"/a\", 0)\n");
    CHECK(small.boot.kind == BootOptions::Kind::plain);
    CHECK(busy(small).difference);
    for (std::size_t i = 0; i < small.steps.size(); ++i) {
        Play fewer = small;
        fewer.steps.erase(fewer.steps.begin() + static_cast<std::ptrdiff_t>(i));
        CHECK(!busy(fewer).difference);
    }
}

TEST_CASE("fuzz: PIDs move up like descriptors, in paths too, and members of structures are left out") {
    const Actor sh1 = Actor::sh1, sh2{3}, sh3{4};
    sys::Clone3 made;
    made.flags = CLONE::NEWUTS | CLONE::CLEAR_SIGHAND | CLONE::NEWNS;
    made.exit_signal = SIG::CHLD;
    Play play;
    play.steps = {
        {sh1, sys::Clone{SIG::CHLD}, sh2}, // 3, and in the way
        {sh1, made, sh3},                  // 4
        {sh1, sys::Openat{AT::FDCWD, "/proc/4/ns/mnt", O::RDONLY}, {}},
        {sh1, sys::Kill{4, SIG::KILL}, {}},
    };
    // The "difference" is a killed process in a mount namespace of its own, whose file is open.
    const Judge judge = [](const Play& p) {
        DuelResult r;
        const auto model = make_model(p.boot, Release{});
        bool open = false;
        for (std::size_t i = 0; i < p.steps.size(); ++i) {
            const fuzz::Step& s = p.steps[i];
            r.kernel.push_back(model->call(s.who, s.call, s.child));
            open |= std::holds_alternative<sys::Openat>(s.call) && r.kernel.back().ok();
            if (std::holds_alternative<sys::Kill>(s.call) && r.kernel.back().ok() && open &&
                model->kernel().mnt_namespaces.size() > 1) {
                r.difference = Difference{i, {"it is killed"}};
                break;
            }
        }
        return r;
    };
    DuelResult result = judge(play);
    REQUIRE(result.difference);
    const Play small = shrink(play, judge, result);
    std::string text;
    for (const fuzz::Step& s : small.steps) text += to_string(s.call) + "\n";
    CHECK(text.find("clone3({flags=CLONE_NEWNS, ") == 0);
    CHECK(text.find("openat(AT_FDCWD, \"/proc/3/ns/mnt\", O_RDONLY)\nkill(3, ") != std::string::npos);
}

TEST_CASE("fuzz: what was found is written as a scenario that the parser reads and the model plays") {
    const Play play = long_one();
    const DuelResult result = busy(play);
    const std::string text = scenario_text(play, result, "A title", "a test");
    INFO(text);
    const ParseResult parsed = parse("found.scn", text);
    REQUIRE(parsed.ok());
    CHECK(parsed.scenario.boot.kind == BootOptions::Kind::systemd);
    CHECK(parsed.scenario.actors == std::vector<std::string>{"sh1", "sh2", "sh3"});
    CHECK(text.find("# it is busy\nsh1: umount2(\"/a\", 0) = -1 EBUSY\n") != std::string::npos);
    CHECK(text.find("sh1: sh2 = clone(child_stack=NULL, flags=SIGCHLD)\n") != std::string::npos);
}
