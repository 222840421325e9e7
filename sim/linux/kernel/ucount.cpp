// How many namespaces a user has made, in each user namespace. Follows kernel/ucount.c of Linux 6.18, as far as
// namespaces are counted; rlimits and inotify are left out.

#include "sim/linux/kernel/internal.hpp"
#include "sim/linux/kernel/user_namespace.hpp"

namespace nslab {

namespace {

constexpr std::string_view kNames[] = {"max_user_namespaces",   "max_pid_namespaces", "max_uts_namespaces",
                                       "max_ipc_namespaces",    "max_net_namespaces", "max_mnt_namespaces",
                                       "max_cgroup_namespaces", "max_time_namespaces"};
static_assert(std::size(kNames) == kUcountTypes);

} // namespace

UcountType ucount_type(NsType type) {
    switch (type) {
    case NsType::user: return UcountType::user;
    case NsType::pid: return UcountType::pid;
    case NsType::uts: return UcountType::uts;
    case NsType::ipc: return UcountType::ipc;
    case NsType::net: return UcountType::net;
    case NsType::cgroup: return UcountType::cgroup;
    case NsType::time: return UcountType::time;
    case NsType::mnt:
    case NsType::none: break;
    }
    return UcountType::mnt;
}

std::string_view ucount_name(UcountType type) { return kNames[static_cast<std::size_t>(type)]; }

Id<Ucounts> alloc_ucounts(Kernel& k, Id<Namespace> user_ns, u32 uid, Id<Ucounts> guess) {
    const auto is_it = [&](const Ucounts& u) { return u.ns == user_ns && u.uid == uid; };
    Id<Ucounts> found;
    if (guess && is_it(std::as_const(k)[guess])) [[likely]]
        found = guess;
    else
        std::as_const(k.ucounts).each([&](Id<Ucounts> id, const Ucounts& u) {
            if (is_it(u)) found = id;
        });
    if (found) {
        ++k[found].count;
        return found;
    }
    const Id<Ucounts> made = k.ucounts.alloc();
    Ucounts& u = k[made];
    u.ns = user_ns;
    u.uid = uid;
    u.count = 1;
    get_namespace(k, user_ns);
    return made;
}

void get_ucounts(Kernel& k, Id<Ucounts> ucounts) { ++k[ucounts].count; }

void put_ucounts(Kernel& k, Id<Ucounts> ucounts) {
    if (--k[ucounts].count > 0) return;
    const Id<Namespace> ns = k[ucounts].ns;
    k.ucounts.free(ucounts);
    put_namespace(k, ns);
}

Result<Id<Ucounts>> inc_ucount(Kernel& k, Id<Namespace> user_ns, const Cred& maker, UcountType type) {
    const auto t = static_cast<std::size_t>(type);
    const Kernel& c = k;
    const Id<Ucounts> ucounts = alloc_ucounts(k, user_ns, maker.euid, maker.ucounts);
    for (Id<Ucounts> iter = ucounts; iter;) {
        Ucounts& u = k[iter];
        const Namespace& ns = c[u.ns];
        if (u.ucount[t] >= ns.ucount_max[t]) [[unlikely]] {
            for (Id<Ucounts> undo = ucounts; undo != iter; undo = c[c[undo].ns].ns.ucounts) --k[undo].ucount[t];
            put_ucounts(k, ucounts);
            return fail(E::NOSPC, "the user has as many namespaces of this type as /proc/sys/user allows");
        }
        ++u.ucount[t];
        iter = ns.ns.ucounts;
    }
    return ucounts;
}

void dec_ucount(Kernel& k, Id<Ucounts> ucounts, UcountType type) {
    const auto t = static_cast<std::size_t>(type);
    for (Id<Ucounts> iter = ucounts; iter; iter = k[k[iter].ns].ns.ucounts) --k[iter].ucount[t];
    put_ucounts(k, ucounts);
}

} // namespace nslab
