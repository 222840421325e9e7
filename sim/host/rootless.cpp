// A world made by an ordinary user: one user and one group have a name in it, and what belongs to the machine's root
// belongs to nobody. What fails for that reason alone is no
// difference: the step is skipped, by name.

#include "sim/host/world.hpp"
#include "sim/linux/uapi/flags.hpp"

namespace nslab::host {

namespace {

constexpr const char* kOneUser = "without root only one user and one group have a name in the world";
constexpr const char* kNobodys = "without root what belongs to the machine's root belongs to nobody here";
constexpr u32 kOverflowId = 65534;

/// Why a call that failed with `error` would not have failed in a world of root; NULL where it would.
struct Reason {
    E error;

    const char* ids() const { return error == E::INVAL ? kOneUser : nullptr; }

    const char* operator()(const sys::Setresuid&) const { return ids(); }
    const char* operator()(const sys::Setresgid&) const { return ids(); }
    const char* operator()(const sys::Setgroups&) const { return error == E::PERM ? kOneUser : ids(); }
    // Of all files only maps of ids and setgroups are written with EPERM.
    const char* operator()(const sys::Write&) const { return error == E::PERM ? kOneUser : nullptr; }
    const char* operator()(const sys::Mount& c) const {
        const bool whole = c.filesystemtype.text == "sysfs" || c.filesystemtype.text == "proc";
        return error == E::PERM && whole
                   ? "without root a new proc or sysfs must show no more than those of the machine"
                   : nullptr;
    }
    const char* operator()(const sys::Faccessat& c) const {
        return error == E::ACCES && c.filename.text.starts_with("/proc/") ? kNobodys : nullptr;
    }
    template <class Other> const char* operator()(const Other&) const { return nullptr; }
};

} // namespace

void World::as_ordinary_user(const Agent& agent, const Syscall& c, Outcome& o) const {
    if (!o.ok()) {
        const char* const why = std::visit(Reason{o.error}, c);
        if (!why) return;
        o = Outcome{};
        o.skipped = true;
        o.why = why;
        return;
    }
    // The first user namespace has a name for its own root only.
    auto* const st = o.out.get_if<StatBuf>();
    if (!st || st->st_uid != kOverflowId || st->st_gid != kOverflowId) return;
    if (shared_->user_ns == 0 || link_number(agent.proc.get(), "ns/user") == shared_->user_ns)
        st->st_uid = st->st_gid = 0;
}

} // namespace nslab::host
