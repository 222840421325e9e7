// docs/coverage-processes.md against the files.

#include <algorithm>
#include <set>
#include <sstream>

#include "tests/coverage/page.hpp"

using namespace nslab::coverage;
namespace fs = std::filesystem;

namespace {
const fs::path kPage = fs::path(NSLAB_SOURCE_DIR) / "docs" / "coverage-processes.md";
const fs::path kScenarios = fs::path(NSLAB_SOURCE_DIR) / "scenarios";
} // namespace

TEST_CASE("coverage of processes: each row names scenarios that exist, or says why there are none") {
    std::set<std::string> ids;
    const auto rows = table_rows(kPage, 3);
    CHECK(rows.size() > 80);
    for (const auto& row : rows) {
        CAPTURE(row[0], row[2]);
        CHECK(ids.insert(row[0]).second);
        if (starts_with(row[2], "none: ")) {
            CHECK(row[2].size() > 12);
            continue;
        }
        const auto names = between_backticks(row[2]);
        CHECK(!names.empty());
        for (const auto& name : names) {
            CAPTURE(name);
            CHECK(fs::exists(kScenarios / (name + ".scn")));
        }
    }
    for (int situation = 23; situation <= 26; ++situation)
        CHECK(ids.count("situation-" + std::to_string(situation)) == 1);
}

TEST_CASE("coverage of processes: each scenario of the folders has a row") {
    std::set<std::string> named;
    for (const auto& row : table_rows(kPage, 3))
        for (const auto& name : between_backticks(row[2])) named.insert(name);
    for (const std::string folder :
         {"pid/man", "pid/situations", "pid/lessons", "nsproxy/man", "nsproxy/situations", "nsproxy/lessons"})
        for (const auto& name :
             fs::exists(kScenarios / folder) ? scenarios_below(kScenarios / folder) : std::vector<std::string>()) {
            CAPTURE(folder, name);
            CHECK(named.count(folder + "/" + name) == 1);
        }
}
