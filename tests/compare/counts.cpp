#include "tests/catch.hpp"

#include "sim/compare/counts.hpp"

using namespace nslab;

namespace {

/// Processes with these nsproxies and counts of them, in the order of their numbers.
Observation observed(std::initializer_list<std::pair<u64, u32>> nsproxies) {
    Observation o;
    u32 number = 2;
    for (const auto& [nsproxy, count] : nsproxies) {
        ActorObservation a;
        a.actor = Actor{number++};
        a.nsproxy = nsproxy;
        a.nsproxy_count = count;
        o.actors.push_back(a);
    }
    return o;
}

std::vector<std::string> counts(const Observation& model, const Observation& kernel) {
    Bijection ids;
    return compare_counts(model, kernel, ids,
                          [](Actor who) { return "sh" + std::to_string(static_cast<u32>(who) - 1); });
}

} // namespace

TEST_CASE("who shares an nsproxy must share it in both worlds") {
    CHECK(counts(observed({{1, 3}, {1, 3}}), observed({{900, 3}, {900, 3}})).empty());
    CHECK(counts(observed({{1, 3}, {1, 3}}), observed({{900, 3}, {800, 3}})) ==
          std::vector<std::string>{"sh2 shares its nsproxy with sh1 in the model and with nobody in the kernel"});
    CHECK(counts(observed({{1, 3}, {2, 3}}), observed({{900, 3}, {900, 3}})) ==
          std::vector<std::string>{"sh2 shares its nsproxy with nobody in the model and with sh1 in the kernel"});
}

TEST_CASE("the count of a shared nsproxy is told once") {
    CHECK(counts(observed({{1, 3}, {1, 3}}), observed({{900, 2}, {900, 2}})) ==
          std::vector<std::string>{"the nsproxy of sh1 is held 3 times in the model and 2 times in the kernel"});
}

TEST_CASE("a count that one world does not know is not compared") {
    Observation model = observed({{1, 1}}), kernel = observed({{900, 1}});
    model.actors[0].counts.uts = 1;
    kernel.actors[0].ns.uts = 4026532000;
    CHECK(counts(model, kernel).empty());
    kernel.actors[0].counts.uts = 2;
    CHECK(counts(model, kernel) ==
          std::vector<std::string>{"the uts namespace of sh1 is held once in the model and 2 times in the kernel"});
    kernel.actors[0].nsproxy = 0;
    CHECK(counts(model, kernel).empty());
}
