#pragma once
// The small world of which every sequence of operations is played: three directories, two file systems, two mount
// namespaces whose roots are peers, and what mount(2), umount2(2) and move_mount(2) can do there.

#include <array>
#include <vector>

#include "sim/fuzz/step.hpp"

namespace nslab::fuzz {

/// Who makes the namespaces and nothing else, and the two who act, each in a namespace of its own.
inline constexpr Actor kMaker = Actor::sh1, kFirst = Actor{3}, kSecond = Actor{4};

/// What every sequence begins with: the directories, which stay, and then the two processes, which are made anew for
/// each sequence. Both always have the same PIDs.
std::vector<Step> small_world_directories();
std::vector<Step> small_world_processes();

inline constexpr std::size_t kMostOperations = 192;

/// Every operation, in an order that stays.
const std::vector<Step>& operations();

/// The ways to rename the directories and the namespaces, each as the operation that each operation becomes. The first
/// renames nothing.
const std::vector<std::vector<u8>>& renamings();

/// How many sequences of exactly `length` operations there are, and how many where those that differ by a renaming
/// only count once. Source: Burnside's lemma.
double sequences_written(u32 length);
double sequences_renamed(u32 length);

} // namespace nslab::fuzz
