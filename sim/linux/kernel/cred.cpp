// Credentials as counted objects. Follows kernel/cred.c of Linux 6.18.

#include "sim/linux/kernel/internal.hpp"

namespace nslab {

Id<Cred> prepare_creds(Kernel& k, Id<Cred> old) {
    const Id<Cred> id = k.creds.alloc();
    k[id] = std::as_const(k)[old];
    k[id].usage = 1;
    get_namespace(k, k[id].user_ns);
    return id;
}

void put_cred(Kernel& k, Id<Cred> cred) {
    if (--k[cred].usage > 0) return;
    const Id<Namespace> user_ns = k[cred].user_ns;
    k.creds.free(cred);
    put_namespace(k, user_ns);
}

void commit_creds(Kernel& k, Id<Task> task, Id<Cred> made) { put_cred(k, std::exchange(k[task].cred, made)); }

} // namespace nslab
