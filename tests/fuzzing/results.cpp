// Results of campaigns: counting, files, merging.

#include "sim/fuzz/results.hpp"

#include "sim/fuzz/random.hpp"
#include "tests/catch.hpp"

using namespace nslab;
using namespace nslab::fuzz;

namespace {

Results part(u64 first, u64 last) {
    Results r;
    r.model = "6.18.0";
    r.against = "audit";
    r.depth = 40;
    r.actors = 3;
    for (u64 seed = first; seed <= last; ++seed) {
        r.add_seed(seed);
        r.states.add(mix(seed));
    }
    r.scenarios = last - first + 1;
    r.steps = 40 * r.scenarios;
    return r;
}

} // namespace

TEST_CASE("fuzz: seeds that are done are ranges, whatever the order they come in") {
    Results r;
    for (const u64 seed : {5U, 7U, 6U, 1U, 2U, 9U, 9U}) r.add_seed(seed);
    CHECK(r.seeds == std::vector<std::pair<u64, u64>>{{1, 2}, {5, 7}, {9, 9}});
    CHECK(r.done(6));
    CHECK(!r.done(8));
}

TEST_CASE("fuzz: distinct things are counted exactly while they are few, and nearly so when they are many") {
    Distinct few, many;
    for (u64 i = 0; i < 3000; ++i) few.add(mix(i % 1000));
    CHECK(few.count() == 1000);
    for (u64 i = 0; i < 200000; ++i) many.add(mix(i));
    CHECK(many.count() > 180000);
    CHECK(many.count() < 220000);
}

TEST_CASE("fuzz: merged results are those of one campaign over all seeds") {
    const Results all = merge({{"one", part(1, 10)}, {"two", part(21, 30)}, {"three", part(11, 20)}});
    CHECK(to_json(all) == to_json(part(1, 30)));
}

TEST_CASE("fuzz: a file of results is read back as it was") {
    Results r = part(1, 3);
    r.found.push_back({2, 5, "EBUSY is 0", "title: x\n", 4, true, true});
    r.strange.push_back({3, 1, "once", "", 9, false, false});
    r.extent = {27, 9, {1, 2, 3}, 14};
    r.pairs = 14;
    CHECK(to_json(from_json(to_json(r), "a")) == to_json(r));
    CHECK_THROWS_WITH(from_json("{}", "a.json"), Catch::Matchers::StartsWith("a.json: not a file of results"));
    CHECK_THROWS_WITH(from_json("nonsense", "a.json"), Catch::Matchers::StartsWith("a.json: not a file of results"));
}

TEST_CASE("fuzz: what is not one campaign is not merged") {
    CHECK_THROWS_WITH(merge({{"one", part(1, 10)}, {"two", part(10, 12)}}), "two: seed 10 was merged already");
    Results other = part(11, 12);
    other.depth = 50;
    CHECK_THROWS_WITH(merge({{"one", part(1, 10)}, {"two", other}}),
                      "two: --depth is 50, but 40 in one: not one campaign");
}
