#pragma once
// A machine-made scenario: calls of actors, and nothing else.

#include <vector>

#include "sim/backend/backend.hpp"

namespace nslab::fuzz {

struct Step {
    Actor who = Actor::sh1;
    Syscall call;
    Actor child = Actor::none; // the number of the process that the call makes
};

struct Play {
    BootOptions boot;
    std::vector<Step> steps;
};

/// Whether the call makes a process.
inline bool makes_process(const Syscall& c) {
    return std::holds_alternative<sys::Clone>(c) || std::holds_alternative<sys::Clone3>(c);
}

/// Whether it has made one. Who sleeps in vfork(2) has made it already.
inline bool made_process(const Syscall& c, const Outcome& o) {
    return makes_process(c) && (o.ok() || (o.blocked && o.value > 0));
}

} // namespace nslab::fuzz
