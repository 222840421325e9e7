#pragma once
// Plays a scenario on the model, and on a kernel in lockstep with it: each step on the model, then on the kernel, then
// both are observed and compared.

#include <functional>
#include <memory>

#include "sim/compare/compare.hpp"
#include "sim/replay/perform.hpp"

namespace nslab {

/// Told after every step, so that what is long can be watched.
using StepListener = std::function<void(const StepReport&)>;

/// A scenario that is played step by step. More steps may be put behind those that it has.
class Player {
  public:
    Player(const Scenario& scenario, Backend& model, Backend* host, const PlayOptions& options);

    /// Plays the next step of the scenario; there must be one, and the play must not have ended.
    const StepReport& next();
    /// Whether a step failed or the worlds differ, so that nothing can follow.
    bool ended() const { return ended_; }
    const PlayReport& report() const { return report_; }
    /// What all came to. The player is of no use after it.
    PlayReport finish();

    Side& model() { return model_side_; }

  private:
    void settle(Performer& world, StepResult StepReport::*result, StepReport& now);
    void compare_step(StepReport& now);
    std::vector<std::string> differences(StepReport& now);
    bool ends_here(StepReport& now);
    void asleep_at_the_end();
    Verdict verdict_of(const StepReport& now) const;

    const Scenario& scenario_;
    Side model_side_;
    std::unique_ptr<Side> host_side_;
    Performer model_;
    std::unique_ptr<Performer> host_; // NULL from where the host cannot go on
    PlayOptions options_;
    Bijection ids_;
    PlayReport report_;
    bool ended_ = false;
};

/// Plays all steps, or until one fails or the worlds differ. `host` may be NULL: then only the model plays.
PlayReport play(const Scenario& scenario, Backend& model, Backend* host, const PlayOptions& options = {},
                const StepListener& listener = {});

} // namespace nslab
