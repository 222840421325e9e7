// What nslab bench measures. Times are no subject of a test: machines differ.

#include <set>

#include "sim/bench/works.hpp"
#include "tests/catch.hpp"

using namespace nslab;

TEST_CASE("nslab bench has a row of unshare and of setns for each kind of namespace", "[bench]") {
    std::set<std::string> names;
    for (const Work& work : works()) names.insert(work.name);
    for (const char* kind : {"mnt", "uts", "ipc", "pid", "net", "user", "cgroup", "time"}) {
        INFO(kind);
        REQUIRE(names.contains(std::string("unshare ") + kind));
        REQUIRE(names.contains(std::string("setns ") + kind));
    }
}

TEST_CASE("A mount takes at most 128 bytes of the model, its share of tables and hash included", "[bench]") {
    const BenchRow row = measure_memory(200000);
    REQUIRE(row.size >= 200000);
    REQUIRE(row.bytes);
    REQUIRE(*row.bytes <= 128);
}
