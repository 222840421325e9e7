// Ids as an id-mapped mount shows them. Follows fs/mnt_idmapping.c of Linux 6.18. What a mount shows is an id of the
// first user namespace again, so that it is compared with those of credentials.

#include "sim/linux/fs/internal.hpp"
#include "sim/linux/kernel/internal.hpp"
#include "sim/linux/kernel/user_namespace.hpp"

namespace nslab {

namespace {

using Extents = std::vector<UidGidExtent>;

/// Source: make_vfsuid(), make_vfsgid().
u32 make_vfsid(const Kernel& k, const Extents& map, Id<Namespace> fs_userns, IdKind kind, u32 kid) {
    const u32 id = fs_userns == k.init_user_ns ? kid : from_kid(k, fs_userns, kind, kid);
    return id == kInvalidId ? kInvalidId : map_id_down(map, id);
}

/// Source: from_vfsuid(), from_vfsgid().
u32 from_vfsid(const Kernel& k, const Extents& map, Id<Namespace> fs_userns, IdKind kind, u32 vfsid) {
    const u32 id = map_id_up(map, vfsid);
    return id == kInvalidId || fs_userns == k.init_user_ns ? id : make_kid(k, fs_userns, kind, id);
}

} // namespace

VfsIds i_into_vfsids(const Kernel& k, const MntIdmap* idmap, const Inode& inode) {
    if (!idmap) return {inode.i_uid, inode.i_gid};
    const Id<Namespace> fs_userns = k[inode.i_sb].s_user_ns;
    return {make_vfsid(k, idmap->uid_map, fs_userns, IdKind::uid, inode.i_uid),
            make_vfsid(k, idmap->gid_map, fs_userns, IdKind::gid, inode.i_gid)};
}

VfsIds mapped_fsids(const Kernel& k, Id<Task> task, const MntIdmap* idmap, Id<SuperBlock> sb) {
    const Cred& cred = task_cred(k, task);
    if (!idmap) return {cred.fsuid, cred.fsgid};
    const Id<Namespace> fs_userns = k[sb].s_user_ns;
    return {from_vfsid(k, idmap->uid_map, fs_userns, IdKind::uid, cred.fsuid),
            from_vfsid(k, idmap->gid_map, fs_userns, IdKind::gid, cred.fsgid)};
}

std::string statmount_mnt_idmap(const Extents& map, const Extents& of_caller) {
    std::string lines;
    for (const UidGidExtent& e : map) {
        const u32 lower = map_id_range_up(of_caller, e.lower_first, e.count);
        if (lower == kInvalidId) continue;
        if (!lines.empty()) lines += '\n';
        lines += std::to_string(e.first) + ' ' + std::to_string(lower) + ' ' + std::to_string(e.count);
    }
    return lines;
}

} // namespace nslab
