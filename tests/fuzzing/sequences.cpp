// All sequences of the small world.

#include "sim/fuzz/sequences.hpp"

#include <algorithm>
#include <set>

#include "sim/linux/canonical.hpp"
#include "tests/catch.hpp"

using namespace nslab;
using namespace nslab::fuzz;

namespace {

void perform(const Beginning& begin, Kernel& k, u8 operation) {
    const fuzz::Step& step = operations()[operation];
    syscall(k, step.who == kFirst ? begin.first : begin.second, step.call);
}

} // namespace

TEST_CASE("fuzz: a renaming exchanges operations, and the twelve of them are a group") {
    REQUIRE(renamings().size() == 12);
    const std::set<std::vector<u8>> all(renamings().begin(), renamings().end());
    CHECK(all.size() == 12);
    for (const auto& one : renamings()) {
        CHECK(std::set<u8>(one.begin(), one.end()).size() == operations().size());
        for (const auto& two : renamings()) {
            std::vector<u8> both;
            for (const u8 operation : one) both.push_back(two[operation]);
            CHECK(all.contains(both));
        }
    }
    for (u8 i = 0; i < operations().size(); ++i) CHECK(renamings()[0][i] == i);
}

TEST_CASE("fuzz: sequences up to renaming are counted as they can be counted one by one") {
    std::set<u8> one;
    std::set<std::pair<u8, u8>> two;
    const auto count = static_cast<u8>(operations().size());
    for (u8 a = 0; a < count; ++a) {
        u8 least = a;
        for (const auto& r : renamings()) least = std::min(least, r[a]);
        one.insert(least);
        for (u8 b = 0; b < count; ++b) {
            std::pair<u8, u8> pair{a, b};
            for (const auto& r : renamings()) pair = std::min(pair, {r[a], r[b]});
            two.insert(pair);
        }
    }
    CHECK(sequences_renamed(1) == static_cast<double>(one.size()));
    CHECK(sequences_renamed(2) == static_cast<double>(two.size()));
}

TEST_CASE("fuzz: no sequence of two operations leads to a state that the sequences up to renaming do not lead to") {
    const Sequences all = all_sequences(2, Release{});
    const Beginning begin = beginning(Release{});
    std::set<u64> named; // every state under each of its names
    std::set<u64> states;
    for (const Sequence& s : all.all) {
        std::set<u64> names;
        for (const auto& renaming : renamings()) {
            Kernel k = begin.kernel;
            for (u8 i = 0; i < s.length; ++i) perform(begin, k, renaming[s.operations[i]]);
            names.insert(canonical_hash(k));
        }
        states.insert(*names.begin());
        named.insert(names.begin(), names.end());
    }
    CHECK(states.size() == all.states[0] + all.states[1] + all.states[2]);
    std::set<u64> written;
    const auto count = static_cast<u8>(operations().size());
    for (u8 a = 0; a < count; ++a) {
        Kernel after_one = begin.kernel;
        perform(begin, after_one, a);
        written.insert(canonical_hash(after_one));
        for (u8 b = 0; b < count; ++b) {
            Kernel k = after_one;
            perform(begin, k, b);
            written.insert(canonical_hash(k));
        }
    }
    CHECK(written == named);
}

TEST_CASE("fuzz: what is said to change nothing changes nothing") {
    const Sequences all = all_sequences(2, Release{});
    const Beginning begin = beginning(Release{});
    u64 idle = 0;
    for (const Sequence& s : all.all) {
        Kernel k = begin.kernel;
        for (u8 i = 0; i < s.length; ++i) perform(begin, k, s.operations[i]);
        const u64 before = canonical_hash(k);
        for (u8 i = 0; i < operations().size(); ++i) {
            if (!all.idle[s.idle][i]) continue;
            ++idle;
            perform(begin, k, i);
        }
        REQUIRE(canonical_hash(k) == before);
    }
    // Everything is somewhere: each play but the empty one ends with an operation of its own.
    CHECK(idle + all.all.size() - 1 == all.pairs);
}
