// How many namespaces a user has made, in each user namespace. Follows kernel/ucount.c of Linux 6.18, as far as
// namespaces are counted; rlimits and inotify are left out.

#include "sim/linux/kernel/ucount.hpp"

#include "sim/linux/kernel/internal.hpp"

namespace nslab {

namespace {

constexpr std::string_view kNames[] = {"max_user_namespaces",   "max_pid_namespaces", "max_uts_namespaces",
                                       "max_ipc_namespaces",    "max_net_namespaces", "max_mnt_namespaces",
                                       "max_cgroup_namespaces", "max_time_namespaces"};
static_assert(std::size(kNames) == kUcountTypes);

} // namespace

std::string_view ucount_name(UcountType type) { return kNames[static_cast<std::size_t>(type)]; }

Id<Ucounts> find_ucounts(Kernel& k, Id<Namespace> user_ns, u32 uid) {
    Namespace& space = k[user_ns];
    for (Id<Ucounts> id = space.users; id;) {
        Ucounts& u = k[id];
        if (u.uid == uid) {
            ++u.count;
            return id;
        }
        id = u.next;
    }
    const auto [made, u] = k.ucounts.emplace();
    u.ns = user_ns;
    u.uid = uid;
    u.count = 1;
    u.next = std::exchange(space.users, made);
    ++space.ns.count;
    return made;
}

void free_ucounts(Kernel& k, Id<Ucounts> ucounts) {
    const Ucounts u = std::as_const(k)[ucounts];
    Id<Ucounts>* link = &k[u.ns].users;
    while (*link != ucounts) link = &k[*link].next;
    *link = u.next;
    k.ucounts.free(ucounts);
    put_namespace(k, u.ns);
}

tl::unexpected<Error> undo_inc_ucount(Kernel& k, Id<Ucounts> ucounts, Id<Ucounts> full, std::size_t type) {
    for (Id<Ucounts> iter = ucounts; iter != full; iter = k[k[iter].ns].ns.ucounts) --k[iter].ucount[type];
    put_ucounts(k, ucounts);
    return fail(E::NOSPC, "the user has as many namespaces of this type as /proc/sys/user allows", "inc_ucount");
}

} // namespace nslab
