#pragma once
// What a campaign came to, as a value and as a file. Results of campaigns over different seeds can be merged.

#include <string>
#include <utility>
#include <vector>

#include "sim/linux/uapi/flags.hpp"

namespace nslab::fuzz {

/// How many different ones there were, without keeping them all: the smallest of their hashes tell.
class Distinct {
  public:
    static constexpr std::size_t kKept = 1024;
    void add(u64 hash);
    void merge(const Distinct& other);
    /// Exact up to kKept, about 3 % off beyond.
    u64 count() const;
    const std::vector<u64>& kept() const { return kept_; }

  private:
    std::vector<u64> kept_; // ascending
};

/// A difference, or what the audit complained of.
struct Found {
    u64 seed = 0;
    u32 number = 0;         // of the scenario in its family
    std::string message;    // in one line
    std::string scenario;   // shrunk, as a file
    u32 steps = 0;          // of it
    bool repeats = true;    // seen again in a fresh world
    bool reproduces = true; // `nslab check` would see it in that file too
};

/// How many sequences of operations there are to a depth, where all of them are played.
struct Extent {
    double written = 0, renamed = 0; // sequences, and those that differ by more than a renaming
    std::vector<u64> states;         // up to renaming, that were not there before, by how many operations they take
    u64 pairs = 0;                   // of a state and an operation in it: what there is to compare
    friend bool operator==(const Extent&, const Extent&) = default;
};

struct Results {
    // What must be the same in results that merge.
    std::string model, kernel, against, calls;
    u32 depth = 0, actors = 0;
    Extent extent; // of all sequences; nothing where scenarios are made by chance

    std::vector<std::pair<u64, u64>> seeds; // ranges of seeds that are done, both ends included, ascending
    u64 scenarios = 0, steps = 0, compared = 0, pairs = 0, skipped = 0, cut_short = 0, again = 0;
    double seconds = 0;
    Distinct states, branches;
    std::vector<Found> found;   // each repeats
    std::vector<Found> strange; // seen once, and not again when played from the start

    void add_seed(u64 seed);
    bool done(u64 seed) const;
    /// Adds what a part of the same campaign came to, leaving the seeds alone.
    void add(const Results& part);
};

std::string to_json(const Results& r);
/// Throws std::runtime_error with one line that begins with `file`.
Results from_json(const std::string& text, const std::string& file);

/// All as one. Throws std::runtime_error where two cannot be one campaign: other options, or a seed in both.
Results merge(const std::vector<std::pair<std::string, Results>>& parts);

} // namespace nslab::fuzz
