#include "tests/catch.hpp"

#include "tests/replay/fake.hpp"

using namespace nslab;
using namespace nslab::test;

namespace {

const char* const kRoot = "20 19 0:30 / / rw,relatime - tmpfs none rw\n";
const char* const kBoth = "20 19 0:30 / / rw,relatime - tmpfs none rw\n21 20 0:31 / /a rw,relatime - tmpfs disk rw\n";

struct Worlds {
    Fake model{"model"}, kernel{"kernel", {6, 18, 44}};
    PlayReport play(const std::string& text) { return nslab::play(scenario(text), model, &kernel); }
};

} // namespace

TEST_CASE("two worlds that say the same agree in every step") {
    Worlds w;
    w.model.mountinfo[Actor::sh1] = w.kernel.mountinfo[Actor::sh1] = kBoth;
    const PlayReport r = w.play("sh1: getpid()\nsh1: chdir(\"/a\") = 0\n");
    CHECK(r.message == "");
    CHECK(r.verdict == Verdict::good);
    CHECK(r.compared() == 2);
    CHECK(r.agreed() == 2);
    CHECK(r.again() == 0);
}

TEST_CASE("another errno in the kernel is a difference, told with both") {
    Worlds w;
    w.model.script["umount2(\"/a\", 0)"] = error(E::BUSY);
    const PlayReport r = w.play("sh1: umount2(\"/a\", 0) = -1 EBUSY\n");
    CHECK(r.verdict == Verdict::failed);
    CHECK(r.differing() == 1);
    CHECK(says(r.message, "the model says EBUSY, this kernel says 0"));
    CHECK(says(r.message, "6.18.44"));
}

TEST_CASE("a difference on a release that the model does not know is told, and is not a failure") {
    Fake model, kernel("kernel", {5, 10, 0});
    kernel.script["umount2(\"/a\", 0)"] = error(E::INVAL);
    const PlayReport r = play(scenario("sh1: umount2(\"/a\", 0) = 0\n"), model, &kernel);
    CHECK(r.verdict == Verdict::other_release);
    CHECK(exit_status(r.verdict) == 3);
    CHECK(says(r.message, "not the model's release"));
}

TEST_CASE("a comparison that agrees when it is taken again is counted, and no difference") {
    Worlds w;
    w.model.mountinfo[Actor::sh1] = kRoot;
    int looks = 0;
    w.kernel.on_observe = [&](Fake& kernel) { kernel.mountinfo[Actor::sh1] = ++looks < 3 ? kBoth : kRoot; };
    const PlayReport r = w.play("sh1: getpid()\n");
    CHECK(r.message == "");
    CHECK(r.again() == 1);
    CHECK(r.agreed() == 1);
}

TEST_CASE("a mount that only one world has is named") {
    Worlds w;
    w.model.mountinfo[Actor::sh1] = kRoot;
    w.kernel.mountinfo[Actor::sh1] = kBoth;
    const PlayReport r = w.play("sh1: getpid()\n");
    CHECK(says(r.message, "the kernel has a mount that the model lacks: /a (tmpfs disk)"));
}

TEST_CASE("from a step that the machine cannot perform on, only the model plays") {
    Worlds w;
    Outcome refused;
    refused.skipped = true;
    refused.why = "the sandbox refuses it";
    w.kernel.script["chdir(\"/a\")"] = refused;
    const PlayReport r = w.play("sh1: getpid()\nsh1: chdir(\"/a\") = 0\nsh1: chdir(\"/b\") = 0\n");
    CHECK(r.verdict == Verdict::good);
    CHECK(r.compared() == 1);
    CHECK(r.agreed() == 1);
    CHECK(r.skipped == "line 2: the sandbox refuses it");
    CHECK(w.model.log.back() == "2: chdir(\"/b\")");
    CHECK(w.kernel.log.back() == "2: chdir(\"/a\")");
}

TEST_CASE("a step that was skipped is not judged by what it is expected to come to") {
    Worlds w;
    Outcome refused;
    refused.skipped = true;
    w.model.script["chdir(\"/a\")"] = error(E::NOENT);
    w.kernel.script["chdir(\"/a\")"] = refused;
    const PlayReport r = w.play("sh1: getpid()\nsh1: chdir(\"/a\") = -1 ENOENT\n");
    CHECK(r.message == "");
    CHECK(r.verdict == Verdict::good);
}

TEST_CASE("where nothing was compared the verdict says so") {
    Worlds w;
    Outcome refused;
    refused.skipped = true;
    w.kernel.script["getpid()"] = refused;
    CHECK(w.play("sh1: getpid()\n").verdict == Verdict::nothing);
}
