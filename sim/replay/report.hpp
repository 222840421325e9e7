#pragma once
// What a played scenario came to, as values: one report a scenario, in it one entry a step, in it one result a world.
// All that is printed, in whatever form, is made from these.

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sim/scenario/scenario.hpp"

namespace nslab {

/// One system call that a step made, for those who want to see each.
struct CallRecord {
    std::string call;   // as strace prints it
    std::string result; // "0", "3", "-1 EBUSY", "?" for one that sleeps or does not return
    std::string why, function, file;
    std::vector<std::string> reasons;
    bool looks = false; // made by a tool that only wants to know
};

/// What one step came to in one world.
struct StepResult {
    bool played = false;             // the world performed it, to its end
    bool asleep = false;             // a call of it sleeps still
    i64 value = 0;                   // what a call returned, where it succeeded
    E error = E::OK;                 // of the call, or of the last call of the command that failed
    int status = 0;                  // exit status of a command
    std::string output;              // printed on standard output
    std::string message;             // printed on standard error, without its last newline
    std::string skipped;             // why it was not performed
    std::string failure;             // in what it is not as the scenario expects; empty where all is well
    std::string why, function, file; // of the error, where the world knows
    std::vector<CallRecord> calls;   // only where asked for
    std::vector<std::pair<std::string, std::string>> mountinfo; // of each living actor after it; only where asked for
    std::optional<Outcome> call;                                // of a call, whole: what it wrote is compared

    bool failed() const { return error != E::OK || status != 0; }
};

/// A step in the world or worlds that played it.
struct StepReport {
    std::size_t step = 0; // index in Scenario::steps
    StepResult model, host;
    std::vector<std::string> differences; // a line each, in a person's words
    bool compared = false;
    unsigned again = 0;               // comparisons that were taken again before they agreed, or were given up
    std::vector<std::size_t> resumed; // steps whose sleeping call has ended during this one
};

enum class Verdict : u8 {
    good,          // every step as expected, every comparison agrees
    failed,        // an expectation failed, or the worlds differ
    other_release, // they differ, and the model was not made with this release in view
    nothing,       // nothing could be compared, or the scenario is not for this release
    broken,        // the file has mistakes, or cannot be read
};
int exit_status(Verdict v);
/// "good", "failed" ... as the logs write it.
std::string_view to_string(Verdict v);

/// A whole scenario.
struct PlayReport {
    std::vector<StepReport> steps;
    Verdict verdict = Verdict::good;
    bool with_host = false;
    Release model_release, host_release;
    std::string message; // why the play ended before its time, rendered with the line; empty where it did not
    std::string skipped; // why the host did not play (the rest of) the scenario
    std::vector<std::pair<Actor, std::string>> actors; // every process of the model that has a name
    std::string trees;                                 // the mount namespaces at the end, as findmnt shows them
    std::string mountinfo;                             // of the actor that was asked for

    std::size_t compared() const, agreed() const, differing() const, again() const, skipped_steps() const;
};

} // namespace nslab
