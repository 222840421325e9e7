// Namespaces as objects: a count, an owner, an inode number and an id. Follows kernel/nscommon.c and kernel/nstree.c of
// Linux 6.18. What is inside a UTS, IPC, PID, network, user, cgroup or time namespace comes with its own slice; the
// trees in which the kernel looks namespaces up by id are left out, since nothing here does.

#include "sim/linux/kernel/nscommon.hpp"

#include "sim/linux/fs/internal.hpp"
#include "sim/linux/kernel/ucount.hpp"

namespace nslab {

/// The inode number that all anonymous mount namespaces have. Source: include/uapi/linux/nsfs.h, MNT_NS_ANON_INO.
static constexpr u32 kMntNsAnonIno = 0xEFFFFFF7;

void ns_alloc(Kernel& k, NsCommon& ns, bool anonymous) {
    ns.count = 1;
    if (anonymous) {
        ns.inum = kMntNsAnonIno;
        return;
    }
    ns.inum = k.ns_inum_ida.alloc();
    ns.ns_id = ++k.ns_id_seq;
}

void ns_free(Kernel& k, NsCommon& ns) {
    if (ns.inum != kMntNsAnonIno) k.ns_inum_ida.free(ns.inum);
}

void note_new_namespace(Kernel& k, Id<Namespace> ns) {
    k.note([&] { return "a new namespace: " + ns_link_text(k, k[ns].type, ns.index); }, "new_namespace");
}

Id<Namespace> new_namespace(Kernel& k, NsType type, Id<Namespace> owner, Id<Ucounts> ucounts) {
    return make_namespace(k, type, owner, ucounts).id;
}

void free_namespace(Kernel& k, Id<Namespace> ns) {
    // The last reference to a nested user or PID namespace may be the last one to those around it.
    do {
        Namespace& space = k[ns];
        const NsType type = space.type;
        k.note([&] { return "nothing holds " + ns_link_text(k, type, ns.index) + " any more"; });
        const Id<Namespace> owner = space.ns.user_ns, parent = space.parent;
        const Id<Ucounts> ucounts = space.ns.ucounts;
        if (type == NsType::ipc) mq_put_mnt(k, ns);
        if (type == NsType::net) sysfs_forget_net(k, ns);
        ns_free(k, space.ns);
        k.namespaces.free(ns);
        if (ucounts) dec_ucount(k, ucounts, ucount_type(type));
        if (owner) put_namespace(k, owner);
        ns = parent;
    } while (ns && --k[ns].ns.count == 0);
}

} // namespace nslab
