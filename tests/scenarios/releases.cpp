// The scenarios of mounts play in the model as they say on older releases too, as far as they are for them.

#include <filesystem>
#include <fstream>
#include <sstream>

#include "sim/backend/model.hpp"
#include "sim/linux/audit.hpp"
#include "sim/replay/perform.hpp"
#include "sim/replay/player.hpp"
#include "tests/catch.hpp"

using namespace nslab;

TEST_CASE("scenarios of mounts are as expected in the model of 6.1, 6.12 and 6.16") {
    int played = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(NSLAB_SOURCE_DIR "/scenarios/mount")) {
        if (entry.path().extension() != ".scn") continue;
        std::ostringstream text;
        text << std::ifstream(entry.path()).rdbuf();
        const Scenario scenario = parse(entry.path().string(), text.str()).scenario;
        for (const Release release : {Release{6, 1, 0}, Release{6, 12, 95}, Release{6, 16, 0}}) {
            if (!holds_for(release, scenario.kernel_since, scenario.kernel_until)) continue;
            INFO(entry.path().string() << " on " << to_string(release));
            const auto model = make_model(scenario.boot, release);
            const PlayReport report = play(scenario, *model, nullptr, {});
            CHECK(report.verdict == Verdict::good);
            for (const auto& complaint : audit(model->kernel())) UNSCOPED_INFO(complaint);
            CHECK(audit(model->kernel()).empty());
            ++played;
        }
    }
    REQUIRE(played > 900);
}
