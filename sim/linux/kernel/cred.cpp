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

/// Whether `subset` can do nothing that `set` cannot. Source: cred_cap_issubset().
static bool cred_cap_issubset(const Kernel& k, const Cred& set, const Cred& subset) {
    if (set.user_ns == subset.user_ns) return (subset.cap_permitted & ~set.cap_permitted) == 0;
    for (Id<Namespace> ns = subset.user_ns; k[ns].parent; ns = k[ns].parent)
        if (set.user_ns == k[ns].parent && k[ns].owner == set.euid) return true;
    return false;
}

void commit_creds(Kernel& k, Id<Task> task, Id<Cred> made) {
    const Cred& old = task_cred(k, task);
    const Cred& now = std::as_const(k)[made];
    if (old.euid != now.euid || old.egid != now.egid || old.fsuid != now.fsuid || old.fsgid != now.fsgid ||
        !cred_cap_issubset(k, old, now)) {
        if (k[task].mm) k[k[task].mm].dumpable = false; // fs.suid_dumpable is 0
        k[task].pdeath_signal = 0;
    }
    put_cred(k, std::exchange(k[task].cred, made));
}

} // namespace nslab
