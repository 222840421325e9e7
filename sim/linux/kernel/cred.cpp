// Credentials as counted objects. Follows kernel/cred.c of Linux 6.18.

#include <algorithm>

#include "sim/linux/kernel/internal.hpp"
#include "sim/linux/kernel/ucount.hpp"
#include "sim/linux/kernel/user_namespace.hpp"

namespace nslab {

/// Source: kernel/groups.c, groups_search().
static bool groups_search(const Cred& cred, u32 gid) {
    return std::find(cred.group_info.begin(), cred.group_info.end(), gid) != cred.group_info.end();
}
bool in_group_p(const Cred& cred, u32 gid) { return cred.fsgid == gid || groups_search(cred, gid); }
bool in_egroup_p(const Cred& cred, u32 gid) { return cred.egid == gid || groups_search(cred, gid); }

Id<Cred> prepare_creds(Kernel& k, Id<Cred> old) {
    const auto made = k.creds.emplace(std::as_const(k)[old]);
    made.object.usage = 1;
    get_namespace(k, made.object.user_ns);
    get_ucounts(k, made.object.ucounts);
    return made.id;
}

void put_cred(Kernel& k, Id<Cred> cred) {
    Cred& c = k[cred];
    if (--c.usage > 0) return;
    const Id<Namespace> user_ns = c.user_ns;
    const Id<Ucounts> ucounts = c.ucounts;
    k.creds.free(cred);
    put_ucounts(k, ucounts);
    put_namespace(k, user_ns);
}

/// Whether whoever has `set` may do all in `user_ns` anyway, as it lies below one that he has made.
static bool owns_around(const Kernel& k, const Cred& set, Id<Namespace> user_ns) {
    for (Id<Namespace> ns = user_ns; k[ns].parent; ns = k[ns].parent)
        if (set.user_ns == k[ns].parent && k[ns].owner == set.euid) return true;
    return false;
}

/// Whether `subset` can do nothing that `set` cannot. Source: cred_cap_issubset().
static bool cred_cap_issubset(const Kernel& k, const Cred& set, const Cred& subset) {
    if (set.user_ns == subset.user_ns) return (subset.cap_permitted & ~set.cap_permitted) == 0;
    return owns_around(k, set, subset.user_ns);
}

/// Others of the same user may not look into the process any more.
static void forbid_dumps(Kernel& k, Task& task) {
    if (task.mm) k[task.mm].dumpable = false; // fs.suid_dumpable is 0
    task.pdeath_signal = 0;
}

void commit_creds(Kernel& k, Id<Task> id, Id<Cred> made) {
    Task& task = k[id];
    const Cred& old = std::as_const(k)[task.cred];
    const Cred& now = std::as_const(k)[made];
    if (old.euid != now.euid || old.egid != now.egid || old.fsuid != now.fsuid || old.fsgid != now.fsgid ||
        !cred_cap_issubset(k, old, now))
        forbid_dumps(k, task);
    put_cred(k, std::exchange(task.cred, made));
}

void commit_user_ns(Kernel& k, Id<Task> id, Id<Namespace> user_ns) {
    Task& task = k[id];
    const Cred& cred = std::as_const(k)[task.cred];
    if (cred.usage > 1) {
        const Id<Cred> made = prepare_creds(k, task.cred);
        set_user_ns(k, made, user_ns);
        return commit_creds(k, id, made);
    }
    // Nobody else has them: they become what a copy of them would be.
    if (!owns_around(k, cred, user_ns)) forbid_dumps(k, task);
    set_user_ns(k, task.cred, user_ns);
}

} // namespace nslab
