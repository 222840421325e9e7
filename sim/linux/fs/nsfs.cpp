// The file system whose files are namespaces. Follows fs/nsfs.c and path_from_stashed() of fs/libfs.c, Linux 6.18. A
// namespace has at most one dentry at a time; it holds the namespace, and the namespace finds it again. The ioctls and
// file handles are left out.

#include "sim/linux/fs/internal.hpp"
#include "sim/linux/kernel/internal.hpp"

namespace nslab {

const NsCommon& ns_common(const Kernel& k, NsType type, u32 ns_index) {
    if (type == NsType::mnt) return k[Id<MntNamespace>{ns_index}].ns;
    return k[Id<Namespace>{ns_index}].ns;
}

NsCommon& ns_common(Kernel& k, NsType type, u32 ns_index) {
    if (type == NsType::mnt) return k[Id<MntNamespace>{ns_index}].ns;
    return k[Id<Namespace>{ns_index}].ns;
}

void put_ns(Kernel& k, NsType type, u32 ns_index) {
    if (type == NsType::mnt)
        put_mnt_ns(k, Id<MntNamespace>{ns_index});
    else
        put_namespace(k, Id<Namespace>{ns_index});
}

HeldPath ns_get_path(Kernel& k, NsType type, u32 ns_index) {
    NsCommon& ns = ns_common(k, type, ns_index);
    Id<Dentry> dentry = ns.stashed;
    if (dentry) {
        dget(k, dentry);
    } else {
        const Id<Inode> inode = new_inode(k, k.nsfs_sb, InodeKind::ns_file, 0444);
        k[inode].i_ino = ns.inum;
        k[inode].ns_type = type;
        k[inode].ns_index = ns_index;
        dentry = d_make_root(k, inode);
        ns.stashed = dentry;
        ++ns.count; // the dentry's
    }
    mntget(k, k.nsfs_mnt);
    return HeldPath(k, Path{k.nsfs_mnt, dentry});
}

void nsfs_evict(Kernel& k, NsType type, u32 ns_index) {
    ns_common(k, type, ns_index).stashed = {};
    put_ns(k, type, ns_index);
}

std::string_view ns_type_name(NsType type) {
    switch (type) {
    case NsType::mnt: return "mnt";
    case NsType::uts: return "uts";
    case NsType::ipc: return "ipc";
    case NsType::pid: return "pid";
    case NsType::net: return "net";
    case NsType::user: return "user";
    case NsType::cgroup: return "cgroup";
    case NsType::time: return "time";
    case NsType::none: break;
    }
    return "?";
}

std::string ns_link_text(const Kernel& k, NsType type, u32 ns_index) {
    return std::string(ns_type_name(type)) + ":[" + std::to_string(ns_common(k, type, ns_index).inum) + "]";
}

} // namespace nslab
