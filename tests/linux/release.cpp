// Releases and the table of what differs between them.

#include <filesystem>

#include "sim/linux/release.hpp"
#include "tests/catch.hpp"

using namespace nslab;

TEST_CASE("releases are read as uname writes them") {
    REQUIRE(parse_release("6.18.44-fc-v669") == Release{6, 18, 44});
    REQUIRE(parse_release("6.1.0-49-amd64") == Release{6, 1, 0});
    REQUIRE(parse_release("6.18") == Release{6, 18, 0});
    REQUIRE_FALSE(parse_release("six"));
    REQUIRE_FALSE(parse_release("6"));
    REQUIRE(to_string(Release{6, 18, 0}) == "6.18");
}

TEST_CASE("the rows of the table stand in the order of their enum, and each names a scenario that is there") {
    std::size_t i = 0;
    for (const BehaviourRow& row : behaviours()) {
        INFO(row.name);
        REQUIRE(static_cast<std::size_t>(row.behaviour) == i++);
        REQUIRE(std::filesystem::exists(std::filesystem::path(NSLAB_SOURCE_DIR) / "scenarios" / row.scenario));
    }
}

TEST_CASE("a behaviour holds inside its range of releases only") {
    REQUIRE(has(Release{6, 18, 44}, Behaviour::unbindable_lost_in_copy));
    REQUIRE_FALSE(has(Release{6, 16, 9}, Behaviour::unbindable_lost_in_copy));
    REQUIRE_FALSE(has(Release{7, 2, 0}, Behaviour::unbindable_lost_in_copy));
    REQUIRE(has(Release{6, 8, 0}, Behaviour::mountinfo_in_id_order));
}
