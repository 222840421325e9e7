#pragma once
// Every sequence of operations in the small world, up to renaming. Sequences that lead to the same state go on alike,
// so each state is gone on from just once, and what is played is every operation in every state.

#include <array>
#include <bitset>
#include <functional>
#include <vector>

#include "sim/fuzz/small_world.hpp"
#include "sim/linux/kernel.hpp"

namespace nslab::fuzz {

inline constexpr u32 kLongest = 8;

/// Operations that lead to a state, the last of them not compared elsewhere; and those that change nothing there.
struct Sequence {
    std::array<u8, kLongest> operations{};
    u8 length = 0;
    u32 idle = 0; // into Sequences::idle; 0: none are compared here
};

struct Sequences {
    u32 depth = 0;
    std::vector<u64> states; // that were not there before, by the number of operations that they take
    u64 pairs = 0;           // of a state with fewer operations than `depth`, and an operation
    std::vector<Sequence> all;
    std::vector<std::bitset<kMostOperations>> idle = {{}};
};

/// Told now and then how far it has come; false stops it.
using Watching = std::function<bool(const Sequences& so_far)>;

/// All sequences of up to `depth` operations, as the model of `release` sees them. In the order of their lengths, the
/// same on every machine. Throws std::logic_error where two sequences that differ by a renaming only do not come to
/// the same.
Sequences all_sequences(u32 depth, Release release, const Watching& watch = {});

/// The state with which a sequence begins, and the task of each who acts.
struct Beginning {
    Kernel kernel;
    Id<Task> first, second;
};
Beginning beginning(Release release);

} // namespace nslab::fuzz
