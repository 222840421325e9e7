#pragma once
// One world while a scenario plays in it: its processes by name and number, the values that names took there, and the
// calls. Two worlds that play the same scenario have a Side each, since a number of one means nothing in the other.

#include <functional>
#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "sim/replay/report.hpp"
#include "sim/scenario/scenario.hpp"

namespace nslab {

/// A mistake of the scenario that only playing shows, such as a PID where none is.
struct PlayError : std::runtime_error {
    Span at;
    PlayError(Span where, const std::string& message) : std::runtime_error(message), at(where) {}
};

class Side {
  public:
    struct Process {
        std::string name; // of the actor; empty for an unnamed one
        Actor parent = Actor::none;
        std::vector<i32> nspid;        // its PID in each namespace from the world's inwards
        std::vector<u64> pid_ns;       // those namespaces; 0 stands for the world's
        Actor waits_for = Actor::none; // of the process in the middle of `unshare --fork`: its child
        bool reaping = false;          // it sleeps in the wait for it
        bool stops_along = false;      // and is stopped when its child is
        bool stopped_itself = false;   // so it has done
    };

    /// `first` are the processes that the world begins with besides init: sh1, and others from saved mountinfo.
    explicit Side(Backend& backend, std::size_t first = 1);

    /// Performs a call. `looks` says that a tool only wants to know.
    Outcome call(Actor who, const Syscall& c, Actor child = Actor::none, bool looks = false);
    /// The same for an expectation: it changes nothing and is not recorded.
    Outcome look(Actor who, const Syscall& c);
    /// The backend's answer to a call that slept, recorded like a call.
    std::optional<Outcome> resume(Actor who);

    /// Makes a process by `c` and enters it under `name`. The outcome is that of the call.
    Outcome make_process(Actor who, const Syscall& c, const std::string& name, Actor& made);

    /// What the world looks like after the last call.
    const Observation& observation();
    void forget_observation() { fresh_ = false; }
    const ActorObservation* observed(Actor who);

    Actor actor(const std::string& name) const; // Actor::none where there is none of this name
    Process& process(Actor who) { return processes_.at(who); }
    const std::map<Actor, Process>& processes() const { return processes_; }
    bool alive(Actor who) { return backend_.alive(who); }

    /// The PID of `who` in the PID namespace of `seen_by`; nothing where it has none there.
    std::optional<i32> pid(Actor who, Actor seen_by) const;

    /// The processes that `who` has made and that are not reaped yet, as it sees them.
    std::vector<i32> jobs(Actor who);

    /// Processes in the middle of `unshare --fork` whose child has ended reap it, and end as it did.
    void reap();

    // Names ----------------------------------------------------------------------------------------------------------
    std::map<std::string, i64> values;
    /// What a name is for `who`: a value, an actor's PID ("sh2", "sh2@sh1").
    std::optional<i64> value(const std::string& name, Actor who) const;
    std::string expand(const Text& text, Actor who) const;
    Names names(Actor who) const;

    Backend& backend() { return backend_; }
    Release release() const { return backend_.release(); }

    std::vector<CallRecord>* record = nullptr; // where calls are recorded, if anywhere
    /// Told of every call that is no look, in order: once more, `resumed`, when one that slept has ended.
    std::function<void(Actor who, const Syscall& c, const Outcome& o, Actor child, bool resumed)> on_call;

  private:
    void enter(Actor made, Actor parent, const std::string& name, i32 pid);
    bool stop_along(Actor who, Process& p);
    void end_as(Actor who, i32 status, bool nsenter);
    void record_call(const Syscall& c, const Outcome& o, bool looks = false);

    Backend& backend_;
    std::map<std::string, Actor> by_name_;
    std::map<Actor, Process> processes_;
    std::map<Actor, Syscall> sleeping_; // the call that a process sleeps in
    u32 next_ = 0;                      // number of the next process
    bool deep_ = false;                 // PID namespaces are in play, so that a PID is no longer what clone returned
    bool stops_ = false;                // somebody may be stopped
    bool fresh_ = false;
    Observation observation_;
};

/// Whether a call changes nothing and gives nothing to go on with, so that what is told of a tool is shorter without
/// it.
bool only_asks(const Syscall& c);

/// "0", "3", "-1 EBUSY", "?".
std::string result_text(const Outcome& o);

} // namespace nslab
