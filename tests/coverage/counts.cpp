// docs/counts.md against the files.

#include "tests/coverage/page.hpp"

using namespace nslab::coverage;
namespace fs = std::filesystem;

namespace {
const fs::path kPage = fs::path(NSLAB_SOURCE_DIR) / "docs" / "counts.md";
const fs::path kScenarios = fs::path(NSLAB_SOURCE_DIR) / "scenarios";
} // namespace

TEST_CASE("counts: each holder has a scenario that speaks of a count, or the reason why there is none") {
    const Rows rows = check_rows(kPage, kScenarios, 4, [](const std::string& scenario) {
        return scenario.find("has count") != std::string::npos;
    });
    CHECK(rows.ids.size() > 30);
    for (const auto& name : scenarios_below(kScenarios / "nsproxy" / "counts")) {
        CAPTURE(name);
        CHECK(rows.scenarios.count("nsproxy/counts/" + name) == 1);
    }
}
