#pragma once
// One step in one world: a command in its actor's terminal, a call, an expectation. What sleeps is kept and taken up
// again when its call has ended.

#include <memory>

#include "sim/replay/side.hpp"
#include "sim/replay/terminal.hpp"

namespace nslab {

struct PlayOptions {
    bool record = false;             // every call of every step
    bool mountinfo = false;          // of each living actor after every step
    std::string mountinfo_of;        // of this actor, at the end
    bool trees = true;               // of all actors, at the end
    decltype(Side::on_call) on_call; // told of every call in the model
    // Shown the model's world before the first step, and after each when all that follows from it has happened.
    std::function<void(const Side&)> on_begin;
    std::function<void(const Side&, const StepReport&)> on_step;
};

/// Plays the steps of one scenario in one world.
class Performer {
  public:
    Performer(const Scenario& scenario, Side& side, PlayOptions options);

    /// Plays a step and judges it by what it expects. A mistake of the scenario comes back as a failure.
    StepResult play(std::size_t step);

    /// Takes up what slept and can go on; the steps that have ended so, with their results. `went_on`: whether
    /// something did, be it only to sleep again.
    std::vector<std::pair<std::size_t, StepResult>> take_up(bool& went_on);

    /// The step in which this process still sleeps, or that it cannot begin another for; nothing where it is free.
    std::optional<std::size_t> busy_with(Actor who) const;
    std::vector<std::size_t> sleeping() const;

    Side& side() { return side_; }

  private:
    struct Sleeper {
        std::size_t step;
        Actor actor;                             // whose step it is
        Actor process;                           // that sleeps: the actor, or a child that its command made
        std::unique_ptr<ActorTerminal> terminal; // of a command
        std::optional<Expr> call;                // of a call
        std::vector<i32> opened;                 // descriptors to close after it
        std::vector<CallRecord> calls;
    };

    void command(Sleeper& job, const Step& step, StepResult& result);
    void call(Sleeper& job, const Step& step, StepResult& result);
    void finish_call(Sleeper& job, const Step& step, const Outcome& outcome, StepResult& result);
    void nested(Sleeper& job, Expr& expr);
    void run(Sleeper job, StepResult& result);
    void observe(StepResult& result);

    const Scenario& scenario_;
    Side& side_;
    PlayOptions options_;
    std::vector<Sleeper> sleepers_;
};

/// Whether the release lies in a range as a scenario writes it, both ends included.
bool holds_for(const Release& release, const std::optional<Release>& since, const std::optional<Release>& until);

/// What `outcomes` expects for this release: nothing where it expects success.
const ExpectedOutcome* expected_for(const std::vector<ExpectedOutcome>& outcomes, const Release& release);

/// What is not as the step expects, as a clause ("expected EBUSY, but it succeeded"); empty where all is.
std::string judge(const Step& step, const StepResult& result, const Release& release);

} // namespace nslab
