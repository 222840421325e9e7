// Every scenario plays in the model as it says, and the audit holds after each of its steps.

#include <filesystem>
#include <fstream>
#include <sstream>

#include "sim/backend/model.hpp"
#include "sim/linux/audit.hpp"
#include "sim/replay/player.hpp"
#include "tests/catch.hpp"

using namespace nslab;

TEST_CASE("every scenario plays in the model, audited step by step") {
    int played = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(NSLAB_SOURCE_DIR "/scenarios")) {
        if (entry.path().extension() != ".scn") continue;
        std::ostringstream text;
        text << std::ifstream(entry.path()).rdbuf();
        const ParseResult parsed = parse(entry.path().string(), text.str());
        INFO(entry.path().string());
        REQUIRE(parsed.ok());
        if (!parsed.scenario.boot_files.empty()) continue; // they have a test of their own, which reads the files
        const auto model = make_model(parsed.scenario.boot, Release{});
        const PlayReport report = play(parsed.scenario, *model, nullptr, {}, [&](const StepReport&) {
            const auto complaints = audit(model->kernel());
            for (const auto& complaint : complaints) UNSCOPED_INFO(complaint);
            REQUIRE(complaints.empty());
        });
        CHECK(report.verdict == Verdict::good);
        ++played;
    }
    REQUIRE(played >= 100);
}
