#pragma once
// The kernel's own reference counts, which no file of /proc shows, by a program of ours in the kernel (bpf/).

#include <optional>
#include <string>
#include <vector>

#include "sim/host/bpf/record.h"
#include "sim/linux/uapi/flags.hpp"

namespace nslab::host {

struct Counts {
    std::vector<nslab_task> tasks; // all of the world, threads and zombies too, in the order of their PIDs
    std::vector<nslab_ns> known;   // what was asked for, as it is now
};

/// Reads what the tasks with a number in the PID namespace `pid_inum` hold, and what is at the addresses `known` of
/// namespaces. Nothing where counts cannot be had; see counts_refusal().
std::optional<Counts> read_counts(u32 pid_inum, const std::vector<u64>& known);

} // namespace nslab::host
