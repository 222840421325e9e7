// docs/coverage-processes.md against the files.

#include "tests/coverage/page.hpp"

using namespace nslab::coverage;
namespace fs = std::filesystem;

namespace {
const fs::path kPage = fs::path(NSLAB_SOURCE_DIR) / "docs" / "coverage-processes.md";
const fs::path kScenarios = fs::path(NSLAB_SOURCE_DIR) / "scenarios";
} // namespace

TEST_CASE(
    "coverage of processes: each row names scenarios that exist, or says why there are none; and each has a row") {
    const Rows rows = check_rows(kPage, kScenarios, 3, [](const std::string&) { return true; });
    CHECK(rows.ids.size() > 80);
    for (int situation = 23; situation <= 26; ++situation)
        CHECK(rows.ids.count("situation-" + std::to_string(situation)) == 1);
    for (const std::string folder :
         {"pid/man", "pid/situations", "pid/lessons", "nsproxy/man", "nsproxy/situations", "nsproxy/lessons"})
        for (const auto& name :
             fs::exists(kScenarios / folder) ? scenarios_below(kScenarios / folder) : std::vector<std::string>()) {
            CAPTURE(folder, name);
            CHECK(rows.scenarios.count(folder + "/" + name) == 1);
        }
}
