#pragma once
// Scenarios from a seed. One seed gives a family of them: each begins with something that an earlier one of its family
// found, or anew. What a seed gives depends on nothing but the options, so any of them can be made again.

#include <functional>
#include <string>
#include <vector>

#include "sim/backend/model.hpp"
#include "sim/fuzz/features.hpp"
#include "sim/fuzz/random.hpp"
#include "sim/fuzz/step.hpp"

namespace nslab::fuzz {

struct Making {
    u32 depth = 40;                 // steps of a scenario
    u32 actors = 3;                 // that live at the same time
    std::vector<std::string> calls; // by the kernel's name; empty: all
    Release release;                // that the model plays
};

/// What --calls may name.
std::vector<std::string> known_calls();

/// Scenarios of one seed.
inline constexpr u32 kFamily = 64;

class Family {
  public:
    Family(const Making& making, u64 seed);

    /// Told of every step that the model has made.
    using Watcher = std::function<void(const ModelBackend& model, const Step& step, const Outcome& o)>;

    /// Makes the next scenario, playing it in a model. `known` of its first steps are those of an earlier one.
    Play make(std::size_t& known, const Watcher& watch = {});

    const Features& features() const { return features_; }

  private:
    struct World;
    void choose_mood();
    static bool crowded(const World& w);
    bool perform(World& w, Step step, const Watcher& watch);
    void explore(World& w, const Watcher& watch);
    Syscall any_call(World& w, Actor who);

    const Making& making_;
    Random random_;
    Features features_;
    std::vector<Play> found_; // beginnings that showed something new
    std::vector<u32> odds_;   // of each kind of call, for the scenario that is being made
    u32 odds_sum_ = 0;
};

} // namespace nslab::fuzz
