#pragma once
// Judges an `expect` in one world: on its Observation, and for what is seen or shown by calls that only look.

#include "sim/replay/side.hpp"

namespace nslab {

/// What one side did not make a call for: the step is skipped there, and has not failed.
struct Unplayed : PlayError {
    using PlayError::PlayError;
};

/// The result's `failure` says what is the case instead; it is empty where the expectation holds.
StepResult judge_expect(Side& side, const Step& step, const ExpectStep& expect);

/// The same for what is said of processes, from ExpectStep::Kind::alive on: what is the case instead, or nothing.
std::string judge_processes(Side& side, const Step& step, const ExpectStep& expect);

/// The one of a type, as /proc/PID/ns names it.
u64 namespace_of(const NamespaceIds& ns, const std::string& type);

/// The first difference between what two places show, as `diff -r` finds it; empty where they show the same tree.
std::string tree_difference(Side& side, Actor one, const std::string& path, Actor two, const std::string& other);

/// Whether the fields of `pattern` stand in `line` next to each other. `?name` in it takes a number.
bool match_excerpt(const std::string& pattern, const std::string& line, std::map<std::string, i64>& takes);

} // namespace nslab
