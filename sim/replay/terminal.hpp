#pragma once
// The terminal of one actor in one world, for the commands of sim/shell. A command that sleeps in a call (wait) is left
// by an exception; once the call has ended the command runs again from its start, and is given what its calls came to
// before instead of making them again. Commands depend on nothing else, so they arrive at the same place.

#include <map>
#include <string>
#include <vector>

#include "sim/replay/side.hpp"
#include "sim/shell/shell.hpp"

namespace nslab {

class ActorTerminal final : public Terminal {
  public:
    /// Thrown out of a command: its process sleeps, or is no more.
    struct Asleep {
        Actor who;
    };
    struct Ended {};

    ActorTerminal(Side& side, Actor who) : side_(side), stack_{who} {}

    Outcome call(const Syscall& c) override;
    Outcome probe(const Syscall& c) override;
    void blame(const Outcome& o) override { failed = o; }
    std::optional<i32> fork(u64 flags, const std::string& name) override;
    void back() override;
    void enter(i32 pid) override;
    std::vector<i32> jobs() override;
    void wait_and_exit(i32 pid, bool stops_along) override;
    void out(std::string_view text) override { output += text; }
    void err(std::string_view text) override { errors += text; }
    Release release() const override { return side_.release(); }

    /// The call that slept has ended with `o`; the command begins again.
    void again(Outcome o);

    std::string output, errors;
    Outcome failed;      // the last call that failed and was not meant to
    std::string skipped; // why a call was not performed
    // By the process that forked and the PID that it was told: in another PID namespace it may be another child's.
    std::map<std::pair<Actor, i32>, Actor> made;

  private:
    struct Past {
        Outcome outcome;
        Actor child = Actor::none;
        std::vector<i32> jobs{};
    };
    Outcome perform(const Syscall& c, bool counts);

    Side& side_;
    std::vector<Actor> stack_; // the process that the calls are of is its last
    std::vector<Past> past_;
    std::size_t next_ = 0; // in past_; beyond it calls are made
};

/// The words with their names expanded, an actor's bare name too where the command takes PIDs. NULL for no command.
const CommandRow* expand_command(const Side& side, Actor who, const std::vector<Word>& words,
                                 std::vector<std::string>& argv);

} // namespace nslab
