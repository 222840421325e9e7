#include <csignal>

#include "tests/catch.hpp"

#include "sim/replay/jobs.hpp"
#include "sim/replay/result.hpp"
#include "tests/replay/fake.hpp"

using namespace nslab;
using namespace nslab::test;

namespace {

ScenarioResult result(const std::string& file, Verdict verdict, const std::string& message = "") {
    ScenarioResult r;
    r.file = file;
    r.title = "a claim";
    r.verdict = verdict;
    r.message = message;
    return r;
}

} // namespace

TEST_CASE("ktap has a line a scenario, and what went wrong before it") {
    ScenarioResult skipped = result("c.scn", Verdict::nothing);
    skipped.skipped = "no user namespaces here";
    CHECK(ktap({result("a.scn", Verdict::good), result("b.scn", Verdict::failed, "b.scn:1: x\n"), skipped}) ==
          "KTAP version 1\n1..3\nok 1 a.scn # a claim\n# b.scn:1: x\nnot ok 2 b.scn # a claim\n"
          "ok 3 c.scn # SKIP no user namespaces here\n");
}

TEST_CASE("junit escapes what XML reserves") {
    const std::string xml = junit({result("a.scn", Verdict::failed, "expected <x> & \"y\"")});
    CHECK(xml.find("&lt;x&gt; &amp;") != std::string::npos);
    CHECK(xml.find("failures=\"1\"") != std::string::npos);
}

TEST_CASE("the exit status of many is that of the worst") {
    const auto good = result("a", Verdict::good), failed = result("b", Verdict::failed),
               broken = result("c", Verdict::broken), other = result("d", Verdict::other_release),
               nothing = result("e", Verdict::nothing);
    CHECK(exit_status({good, nothing}) == 0);
    CHECK(exit_status({nothing, nothing}) == 4);
    CHECK(exit_status({good, other}) == 3);
    CHECK(exit_status({failed, other}) == 1);
    CHECK(exit_status({failed, broken}) == 2);
}

TEST_CASE("a log names scenarios by their texts") {
    CHECK(scenario_hash("a") == scenario_hash("a"));
    CHECK(scenario_hash("a") != scenario_hash("b"));
}

TEST_CASE("a log has each step with its outcome") {
    Fake model;
    model.script["umount2(\"/a\", 0)"] = error(E::BUSY);
    model.mountinfo[Actor::sh1] = "20 19 0:30 / / rw - tmpfs none rw\n";
    const Scenario s = scenario("title: T\n\nsh1: umount2(\"/a\", 0) = -1 EBUSY\nsh1: getpid()\n");
    PlayOptions options;
    options.mountinfo = true;
    const auto log = play_log(s, play(s, model, nullptr, options), "");
    REQUIRE(log["steps"].size() == 2);
    CHECK(log["title"] == "T");
    CHECK(log["steps"][0]["line"] == 3);
    CHECK(log["steps"][0]["actor"] == "sh1");
    CHECK(log["steps"][0]["outcome"] == "EBUSY");
    CHECK(log["steps"][0]["message"] == "Device or resource busy");
    CHECK(log["steps"][1]["outcome"] == 0);
    CHECK(log["steps"][1]["mountinfo"]["sh1"] == "20 19 0:30 / / rw - tmpfs none rw\n");
}

TEST_CASE("a job that is killed takes nothing along and says so") {
    std::vector<std::string> order;
    const auto results = run_jobs(
        3, 2,
        [](std::size_t i) {
            if (i == 1) raise(SIGKILL);
            return result("f" + std::to_string(i), Verdict::good);
        },
        [](std::size_t i) { return "f" + std::to_string(i); },
        [&](const ScenarioResult& r) { order.push_back(r.file); }, {});
    CHECK(order == std::vector<std::string>{"f0", "f1", "f2"});
    CHECK(results[0].verdict == Verdict::good);
    CHECK(results[1].verdict == Verdict::failed);
    CHECK(results[1].message.find("signal 9") != std::string::npos);
    CHECK(results[2].verdict == Verdict::good);
}
