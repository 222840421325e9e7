// docs/refusals.md against the files: each row has a scenario that expects the row's errno, or says why there is none;
// each scenario of the folder has a row.

#include <algorithm>
#include <filesystem>
#include <set>
#include <string>

#include "tests/catch.hpp"
#include "tests/coverage/page.hpp"

using namespace nslab;
using namespace nslab::coverage;
namespace fs = std::filesystem;

namespace {

const fs::path kRoot = NSLAB_SOURCE_DIR;
const fs::path kRefusals = kRoot / "scenarios" / "nsproxy" / "refusals";

/// id, what, errno, who, scenario.
std::vector<std::vector<std::string>> rows() { return table_rows(kRoot / "docs" / "refusals.md", 5); }

} // namespace

TEST_CASE("refusals: every row has a scenario that shows its errno, or the reason why there is none") {
    std::set<std::string> ids;
    for (const auto& row : rows()) {
        CAPTURE(row[0], row[4]);
        CHECK(ids.insert(row[0]).second);
        CHECK(row[3].find("()") != std::string::npos);
        if (starts_with(row[4], "none: ")) {
            CHECK(row[4].size() > 12);
            continue;
        }
        const auto names = between_backticks(row[4]);
        CHECK(!names.empty());
        bool shown = !starts_with(row[2], "E");
        for (const auto& name : names) {
            CAPTURE(name);
            const fs::path file = kRefusals / (name + ".scn");
            REQUIRE(fs::exists(file));
            const std::string text = contents(file);
            shown = shown || text.find("-1 " + row[2]) != std::string::npos ||
                    text.find("# " + row[2]) != std::string::npos;
        }
        CHECK(shown);
    }
    CHECK(ids.size() > 70);
}

TEST_CASE("refusals: every scenario of the folder is named by a row") {
    std::set<std::string> named;
    for (const auto& row : rows())
        for (const auto& name : between_backticks(row[4])) named.insert(name);
    for (const auto& name : scenarios_below(kRefusals)) {
        CAPTURE(name);
        CHECK(named.count(name) == 1);
    }
}
