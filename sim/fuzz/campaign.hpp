#pragma once
// Many machine-made scenarios: in processes of their own, counted, and shrunk where one shows a difference.

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "sim/fuzz/duel.hpp"
#include "sim/fuzz/family.hpp"
#include "sim/fuzz/results.hpp"

namespace nslab::fuzz {

enum class Against : u8 {
    nothing, // the model alone, as fast as it goes
    audit,   // the model alone, audited after every step
    kernel   // the model beside this machine's kernel
};

struct Sequences;

struct Campaign {
    Making making;
    const Sequences* sequences = nullptr; // instead of scenarios by chance; a "seed" is then a part of them
    Against against = Against::kernel;
    u64 seed = 1;
    std::optional<u64> runs; // scenarios; none: without end
    std::optional<std::chrono::milliseconds> time;
    bool goes_on = false;  // later: of a seed that was not finished only what it found counts
    unsigned jobs = 1;     // processes; against the kernel they share one processor
    std::size_t most = 10; // ends after so many differences
    std::string kernel;    // the release of this machine, for the results
};

/// Told about once a second, and at the end.
using Telling = std::function<void(const Results& so_far)>;

/// Plays on from what `results` holds already until the campaign is over or `stop` says so. Throws NoSandbox, and
/// std::runtime_error with one line for what else keeps it from going on.
void run_campaign(const Campaign& campaign, Results& results, const std::function<bool()>& stop, const Telling& tell);

/// One seed, in this process: `scenarios` of its family, calling `enough` between them.
Results play_seed(const Campaign& campaign, u64 seed, u32 scenarios, const std::function<bool()>& enough);

} // namespace nslab::fuzz
