// Scenarios that wait for the model: written from the manual pages, with calls that it did not play yet when they were
// written. One that plays, and agrees with a kernel under `nslab check`, moves to the same place below scenarios/ and
// into its row of docs/coverage-processes.md.

#include "sim/scenario/scenario.hpp"
#include "tests/coverage/page.hpp"

using namespace nslab;

TEST_CASE("each scenario that waits for the model reads without complaint, and does not stand among the others") {
    const std::filesystem::path root = NSLAB_SOURCE_DIR;
    for (const auto& name : coverage::scenarios_below(root / "tests" / "scenarios" / "waiting")) {
        CAPTURE(name);
        const auto text = coverage::contents(root / "tests" / "scenarios" / "waiting" / (name + ".scn"));
        const auto parsed = parse(name, text);
        CHECK(parsed.diagnostics.empty());
        CHECK(!parsed.scenario.title.empty());
        CHECK(!parsed.scenario.source.empty());
        CHECK_FALSE(std::filesystem::exists(root / "scenarios" / (name + ".scn")));
    }
}
