// Scenarios from a seed.

#include "sim/fuzz/family.hpp"

#include "sim/linux/audit.hpp"
#include "sim/syscall/calls.hpp"
#include "tests/catch.hpp"
#include <algorithm>

using namespace nslab;
using namespace nslab::fuzz;

namespace {

std::string text_of(const Play& play) {
    std::string text;
    for (const Step& step : play.steps)
        text += std::to_string(static_cast<u32>(step.who)) + " " + to_string(step.call) + "\n";
    return text;
}

std::string family_text(const Making& making, u64 seed, u32 scenarios) {
    Family family(making, seed);
    std::string text;
    std::size_t known = 0;
    for (u32 i = 0; i < scenarios; ++i) text += text_of(family.make(known));
    return text;
}

} // namespace

TEST_CASE("fuzz: a seed gives the same scenarios again, and another seed gives others") {
    const Making making;
    CHECK(family_text(making, 7, 20) == family_text(making, 7, 20));
    CHECK(family_text(making, 7, 20) != family_text(making, 8, 20));
}

TEST_CASE("fuzz: the random numbers are the same on every machine") {
    Random random(1);
    CHECK(random.next() == 0x910a2dec89025cc1);
    CHECK(random.below(1000) == 745);
}

TEST_CASE("fuzz: a scenario that begins with what was found is found again step by step") {
    const Making making;
    Family family(making, 3);
    std::vector<std::string> texts;
    std::size_t known = 0, begun = 0;
    for (u32 i = 0; i < kFamily; ++i) {
        const Play play = family.make(known);
        if (known) {
            ++begun;
            Play beginning = play;
            beginning.steps.resize(known);
            const std::string text = text_of(beginning);
            CHECK(std::any_of(texts.begin(), texts.end(), [&](const auto& t) { return t.starts_with(text); }));
        }
        texts.push_back(text_of(play));
    }
    CHECK(begun > kFamily / 4);
}

TEST_CASE("fuzz: every call of the model is a kind") {
    const auto known = known_calls();
    for (const describe::CallRow& row : describe::calls()) {
        const std::string name(describe::row_of(row.blank()).name);
        INFO(name);
        CHECK(std::find(known.begin(), known.end(), name) != known.end());
    }
}

TEST_CASE("fuzz: --calls leaves out all others but the first three directories") {
    Making making;
    making.calls = {"mount", "umount2"};
    Family family(making, 5);
    std::size_t known = 0;
    for (u32 i = 0; i < 10; ++i)
        for (const Step& step : family.make(known).steps)
            CHECK(
                (name_of(step.call) == "mount" || name_of(step.call) == "umount2" || name_of(step.call) == "mkdirat"));
}

TEST_CASE("fuzz: no more actors live than were asked for") {
    Making making;
    making.actors = 2;
    Family family(making, 5);
    std::size_t known = 0;
    for (u32 i = 0; i < 20; ++i)
        family.make(known, [](const ModelBackend& model, const Step&, const Outcome&) {
            u32 living = 0;
            model.kernel().tasks.each(
                [&](auto, const Task& t) { living += t.exit_state == ExitState::running && !t.exiting; });
            REQUIRE(living <= 3); // and init
        });
}

TEST_CASE("fuzz: the audit holds after every step of some seeds") {
    const Making making;
    for (u64 seed = 1; seed <= 3; ++seed) {
        Family family(making, seed);
        std::size_t known = 0;
        for (u32 i = 0; i < 16; ++i)
            family.make(known, [&](const ModelBackend& model, const Step& step, const Outcome&) {
                const auto complaints = audit(model.kernel());
                INFO("seed " << seed << ": " << to_string(step.call));
                for (const auto& complaint : complaints) UNSCOPED_INFO(complaint);
                REQUIRE(complaints.empty());
            });
    }
}
