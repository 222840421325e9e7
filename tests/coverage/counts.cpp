// docs/counts.md against the files.

#include <set>

#include "tests/coverage/page.hpp"

using namespace nslab::coverage;
namespace fs = std::filesystem;

namespace {
const fs::path kPage = fs::path(NSLAB_SOURCE_DIR) / "docs" / "counts.md";
const fs::path kScenarios = fs::path(NSLAB_SOURCE_DIR) / "scenarios";
} // namespace

TEST_CASE("counts: each holder has a scenario that speaks of a count, or the reason why there is none") {
    std::set<std::string> ids, named;
    for (const auto& row : table_rows(kPage, 4)) {
        CAPTURE(row[0], row[3]);
        CHECK(ids.insert(row[0]).second);
        if (starts_with(row[3], "none: ")) {
            CHECK(row[3].size() > 12);
            continue;
        }
        for (const auto& name : between_backticks(row[3])) {
            CAPTURE(name);
            REQUIRE(fs::exists(kScenarios / (name + ".scn")));
            CHECK(contents(kScenarios / (name + ".scn")).find("has count") != std::string::npos);
            named.insert(name);
        }
    }
    CHECK(ids.size() > 30);
    for (const auto& name : scenarios_below(kScenarios / "nsproxy" / "counts")) {
        CAPTURE(name);
        CHECK(named.count("nsproxy/counts/" + name) == 1);
    }
}
