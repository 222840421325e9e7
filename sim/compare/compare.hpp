#pragma once
// Two worlds after the same step: what differs, in a person's words.

#include <functional>
#include <string>
#include <vector>

#include "sim/backend/backend.hpp"
#include "sim/compare/bijection.hpp"

namespace nslab {

/// How the processes of an observation are called in messages.
using ActorName = std::function<std::string(Actor)>;

/// All that differs between what is observed in the model and in the kernel, a line each; none where they agree.
std::vector<std::string> compare(const Observation& model, const Observation& kernel, Bijection& ids,
                                 const ActorName& name);

/// What a call came to in each: value or errno, and what it wrote. `ns_id`: a number that it wrote is the id of a
/// namespace.
std::vector<std::string> compare(const Outcome& model, const Outcome& kernel, Bijection& ids, bool ns_id = false);

/// What was printed: equal, apart from the numbers of namespaces and those in lines of mountinfo.
std::vector<std::string> compare_text(const std::string& model, const std::string& kernel, Bijection& ids);

/// How two worlds are called in messages.
struct Sides {
    std::string one = "the model", two = "the kernel";
};

/// Two texts of /proc/PID/mountinfo, line by line and in order. `whose` begins each message.
std::vector<std::string> compare_mountinfo(const std::string& one, const std::string& two, Bijection& ids,
                                           const std::string& whose, const Sides& sides = {});

} // namespace nslab
