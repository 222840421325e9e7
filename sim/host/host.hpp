#pragma once
// The other Backend: the kernel that this machine runs, inside a sandbox of our own. Each actor is a process ("agent")
// in fresh namespaces that makes raw system calls on command; the caller of make_host() is their supervisor.

#include <memory>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "sim/backend/backend.hpp"

namespace nslab {

struct HostOptions {
    u32 max_actors = 128;          // processes at the same time, init and zombies included
    int cpu = -1;                  // the processor of all actors and of their supervisor; -1: where the caller runs now
    u32 step_limit_ms = 10000;     // a call that neither returns nor sleeps for this long is an error
    bool user_namespace = false;   // make one although we are root
    bool read_root_and_cwd = true; // observe() reads the links, which costs a little
    bool counts = true;            // and the reference counts, where they can be had
};

/// What this machine forbids: which call gave which errno, and what would allow it.
struct HostRefusal {
    std::string what; // "clone3(CLONE_NEWUSER|CLONE_NEWNS|...) = -1 EPERM"
    E error = E::OK;
    std::vector<std::string> hints; // each one line: "sysctl kernel.unprivileged_userns_clone is 0; set it to 1"
};

/// A world that begins as the design says ("The world at boot"), with init and sh1 waiting for calls. It lives as long
/// as the Backend, and not longer than the thread that called: when that dies, by whatever signal, the kernel kills
/// init and so everything. While it lives the calling thread runs on one processor, the one of the actors. `boot:
/// mountinfo` is the model's alone and refused here.
tl::expected<std::unique_ptr<Backend>, HostRefusal> make_host(const BootOptions& boot, const HostOptions& options = {});

/// For a model that is compared with this machine: with as much memory.
BootOptions of_this_machine(BootOptions boot);

/// Why observations have no reference counts on this machine, in a line; empty where they have. The first who asks
/// loads what reads them, for all processes that are forked afterwards.
std::string counts_refusal();

/// Whether nslab was built with what reads them: "with reference counts by BPF", "without ..., because ...".
std::string counts_built();

/// The refusal in lines, for a person.
std::string to_string(const HostRefusal& refusal);

} // namespace nslab
