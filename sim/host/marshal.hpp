#pragma once
// A system call as data into an order for an agent, and what the agent brought back into an Outcome.

#include <optional>
#include <string>

#include "sim/backend/backend.hpp"
#include "sim/host/slot.hpp"

namespace nslab::host {

/// What the supervisor knows of the machine and of the world when it judges a call.
struct MachineFacts {
    bool cgroup2_visible = false; // the machine has mounted a cgroup2 already; a first mount would show machine-wide
    bool cores_leave = false;     // core dumps go to a program of the machine's, whatever the limits
    bool rootless = false;        // the world is an ordinary user's
    bool cgroup2_context = false; // the world has made an fs_context of a cgroup2, whose super block is the machine's
};

/// Writes `c` into the slot of the process that is to make it. Where the sandbox refuses the call, or the slot is too
/// small for it, the reason instead.
std::optional<std::string> marshal(Slot& slot, const Syscall& c, u32 child_slot, MachineFacts& facts, bool by_init);

/// What became of it.
Outcome unmarshal(const Slot& slot, const Syscall& c);

/// The reason of a refusal that the agent found.
std::string to_string(Refused refused);

} // namespace nslab::host
