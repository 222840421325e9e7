// Scenarios that begin from saved mountinfo play as they say, and the audit holds after each of their steps.

#include <filesystem>
#include <fstream>
#include <sstream>

#include "sim/backend/model.hpp"
#include "sim/linux/audit.hpp"
#include "sim/replay/player.hpp"
#include "tests/catch.hpp"

using namespace nslab;

TEST_CASE("every scenario of a saved machine plays in the model, audited step by step") {
    const auto text_of = [](const std::filesystem::path& file) {
        std::ostringstream text;
        text << std::ifstream(file).rdbuf();
        return text.str();
    };
    int played = 0;
    for (const auto& entry : std::filesystem::directory_iterator(NSLAB_SOURCE_DIR "/scenarios/saved")) {
        if (entry.path().extension() != ".scn") continue;
        INFO(entry.path().string());
        ParseResult parsed = parse(entry.path().string(), text_of(entry.path()));
        REQUIRE(parsed.ok());
        for (const std::string& file : parsed.scenario.boot_files)
            parsed.scenario.boot.mountinfo.emplace_back("sh" +
                                                            std::to_string(parsed.scenario.boot.mountinfo.size() + 1),
                                                        text_of(entry.path().parent_path() / file));
        const auto model = make_model(parsed.scenario.boot, Release{});
        const PlayReport report = play(parsed.scenario, *model, nullptr, {}, [&](const StepReport&) {
            const auto complaints = audit(model->kernel());
            for (const auto& complaint : complaints) UNSCOPED_INFO(complaint);
            REQUIRE(complaints.empty());
        });
        INFO(report.message);
        CHECK(report.verdict == Verdict::good);
        ++played;
    }
    REQUIRE(played >= 6);
}
