#pragma once
// Who is there while a scenario is read from its first step to its last: actors that come, wait, exit, or may have been
// killed.

#include <map>
#include <set>

#include "sim/scenario/internal.hpp"

namespace nslab::scenario {

struct Person {
    enum class Life : u8 {
        running,
        waiting, // for a child in the foreground
        ended,
        never,  // the step that would make it is expected to fail
        unsure, // killed perhaps; only the play can tell
    } life = Life::running;
    std::string parent, waits_for;
    std::string maker;         // the command that made it
    u32 born = 0, changed = 0; // lines
    Span at;                   // where its name stands
    bool mentioned = false;
};

inline std::string line_text(u32 line) { return "line " + std::to_string(line); }

class People {
  public:
    People(Scenario& scenario, Complaints& complaints) : scenario_(scenario), complaints_(complaints) {}

  protected:
    // What is made anywhere, for "comes only in line 12".
    void foresee(const Step& step);
    Person& person(const std::string& name, Span at);
    /// Where `word` stands in the step's line.
    Span find(std::string_view word, std::size_t from = 0) const;
    /// The process that `name` means; "sh2.unshare" is the one between sh2 and its parent.
    Person* mention(const std::string& name);
    void unknown_actor(const std::string& name, Span at);
    /// The one whose line this is: there, awake, and known.
    Person* acts(const std::string& name);
    /// One of whom something is said.
    void spoken_of(const std::string& name, bool may_be_gone);
    /// Whether the step fails in all releases, in some, in none.
    enum class Fails : u8 { never, sometimes, always };
    Fails fails() const;
    void born(const std::string& name, Span at, const std::string& maker, bool parent_waits);
    /// `name` ends: who waited for it goes on. Its children may have been killed with it, if it was PID 1 for them.
    void ends(const std::string& name, Person::Life life);
    void everybody_unsure();

    Scenario& scenario_;
    Complaints& complaints_;
    const Step* step_ = nullptr; // the one that is looked at
    std::map<std::string, Person> people_;
    std::map<std::string, u32> later_; // what is made anywhere, and in which line
    std::set<std::string> told_;       // who has been told to be missing
};

} // namespace nslab::scenario
