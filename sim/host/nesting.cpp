// PID namespaces nest 32 deep and user namespaces 33, below the first ones of the machine. The model's world begins
// where one of root's does on a bare machine: one PID namespace and no user namespace below these. An ordinary user's
// lies deeper, and so does one in a container; how much deeper the kernel does not tell. What may fail for that reason
// alone is no difference: the step is skipped, by name.

#include "sim/host/world.hpp"
#include "sim/linux/uapi/flags.hpp"

namespace nslab::host {

namespace {

/// The namespaces that a call makes.
struct MakesNamespaces {
    u64 operator()(const sys::Unshare& c) const { return c.unshare_flags; }
    u64 operator()(const sys::Clone& c) const { return c.flags; }
    u64 operator()(const sys::Clone3& c) const { return c.flags; }
    template <class Other> u64 operator()(const Other&) const { return 0; }
};

} // namespace

void World::as_deep_as_it_lies(const Syscall& c, Outcome& o) const {
    if (o.error != E::NOSPC) return;
    const u64 made = std::visit(MakesNamespaces{}, c);
    const char* why = nullptr;
    if (made & CLONE::NEWPID && !in_first_pid_ns_) why = "in a container the world lies some PID namespaces deeper";
    if (made & CLONE::NEWUSER && !in_first_user_ns_) why = "in a container the world lies some user namespaces deeper";
    if (made & CLONE::NEWUSER && rootless_) why = "without root the world lies one user namespace deeper";
    if (!why) return;
    o = Outcome{};
    o.skipped = true;
    o.why = why;
}

} // namespace nslab::host
