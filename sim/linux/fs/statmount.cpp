// statmount(2) and listmount(2). Follows their part of fs/namespace.c of Linux 6.18. Left out: option arrays, which no
// scenario can see, and the size of the caller's buffer, which is always large enough.

#include "sim/linux/fs/mount.hpp"
#include "sim/linux/kernel/user_namespace.hpp"
#include "sim/linux/syscalls.hpp"

namespace nslab {

namespace {

Result<> check_mnt_id_req(const MntIdReq& req) {
    // The first valid unique id is the offset + 1; LSMT_ROOT is above.
    if (req.mnt_id <= kMntUniqueIdOffset) return fail(E::INVAL, "no unique mount id is so small", "copy_mnt_id_req");
    return {};
}

Result<Id<MntNamespace>> grab_requested_mnt_ns(const Kernel& k, Id<Task> task, const MntIdReq& req) {
    if (!req.mnt_ns_id) return current_mnt_ns(k, task);
    Id<MntNamespace> found;
    k.mnt_namespaces.each([&](Id<MntNamespace> id, const MntNamespace& ns) {
        if (!ns.anon && ns.ns.ns_id == req.mnt_ns_id) found = id;
    });
    if (!found) return fail(E::NOENT, "there is no mount namespace of this id");
    return found;
}

Id<Mount> lookup_mnt_in_ns(const Kernel& k, u64 id, Id<MntNamespace> ns) {
    for (Id<Mount> m = k[ns].mounts_first; m; m = k[m].mnt_ns_next)
        if (k[m].mnt_id_seq + kMntUniqueIdOffset == id) return m;
    return {};
}

/// The caller's root in its own namespace; elsewhere what is mounted on the first mount, which nobody sees.
Result<Path> grab_requested_root(const Kernel& k, Id<Task> task, Id<MntNamespace> ns) {
    if (ns == current_mnt_ns(k, task)) return k[k[task].fs].root;
    if (const Id<Mount> m = first_mount_for_others(k, ns)) return Path{m, k[m].mnt_root};
    return fail(E::NOENT, "nothing is mounted on the first mount of the namespace");
}

u64 mnt_to_attr_flags(u32 flags) {
    u64 attr = 0;
    if (flags & MNT::READONLY) attr |= MOUNT_ATTR::RDONLY;
    if (flags & MNT::NOSUID) attr |= MOUNT_ATTR::NOSUID;
    if (flags & MNT::NODEV) attr |= MOUNT_ATTR::NODEV;
    if (flags & MNT::NOEXEC) attr |= MOUNT_ATTR::NOEXEC;
    if (flags & MNT::NODIRATIME) attr |= MOUNT_ATTR::NODIRATIME;
    if (flags & MNT::NOSYMFOLLOW) attr |= MOUNT_ATTR::NOSYMFOLLOW;
    if (flags & MNT::NOATIME)
        attr |= MOUNT_ATTR::NOATIME;
    else if (!(flags & MNT::RELATIME))
        attr |= MOUNT_ATTR::STRICTATIME;
    if (flags & MNT::IDMAPPED) attr |= MOUNT_ATTR::IDMAP;
    return attr;
}

u64 mnt_to_propagation_flags(const Kernel& k, Id<Mount> m) {
    u64 propagation = 0;
    if (is_mnt_shared(k, m)) propagation |= MS::SHARED;
    if (is_mnt_slave(k, m)) propagation |= MS::SLAVE;
    if (is_mnt_unbindable(k, m)) propagation |= MS::UNBINDABLE;
    return propagation ? propagation : MS::PRIVATE;
}

void put_string(StatmountBuf& out, u64 bit, std::string& member, std::string text) {
    if (text.empty()) return; // an empty string is not marked as filled in
    member = std::move(text);
    out.mask |= bit;
}

} // namespace

Id<Mount> first_mount_for_others(const Kernel& k, Id<MntNamespace> ns) {
    const Id<Mount> first = k[ns].root;
    if (!first) return {};
    for (Id<Mount> m = k[first].mnt_ns_next; m; m = k[m].mnt_ns_next)
        if (k[m].mnt_parent == first) return m;
    return {};
}

StatmountBuf statmount_of(const Kernel& k, Id<Mount> m, u64 mask, Path root, Path reader_root) {
    const Mount& mount = k[m];
    const SuperBlock& sb = k[mnt_sb(k, m)];
    StatmountBuf out;
    if (mask & STATMOUNT::MNT_BASIC) {
        out.mask |= STATMOUNT::MNT_BASIC;
        out.mnt_id = mount.mnt_id_seq + kMntUniqueIdOffset;
        out.mnt_parent_id = k[mount.mnt_parent].mnt_id_seq + kMntUniqueIdOffset;
        out.mnt_id_old = static_cast<u32>(mount.mnt_id);
        out.mnt_parent_id_old = static_cast<u32>(k[mount.mnt_parent].mnt_id);
        out.mnt_attr = mnt_to_attr_flags(mount.mnt_flags);
        out.mnt_propagation = mnt_to_propagation_flags(k, m);
        out.mnt_peer_group = static_cast<u64>(mount.mnt_group_id);
        out.mnt_master = mount.mnt_master ? static_cast<u64>(k[mount.mnt_master].mnt_group_id) : 0;
    }
    if (mask & STATMOUNT::SB_BASIC) {
        out.mask |= STATMOUNT::SB_BASIC;
        out.sb_dev_major = sb.s_dev_major;
        out.sb_dev_minor = sb.s_dev;
        out.sb_magic = fs_magic(sb.type);
        out.sb_flags = static_cast<u32>((sb.s_flags & (MS::SYNCHRONOUS | MS::DIRSYNC | MS::LAZYTIME)) |
                                        (sb.s_readonly ? MS::RDONLY : 0));
    }
    if (mask & STATMOUNT::PROPAGATE_FROM) {
        out.mask |= STATMOUNT::PROPAGATE_FROM;
        if (is_mnt_slave(k, m)) out.propagate_from = static_cast<u64>(get_dominating_id(k, m, reader_root));
    }
    if (mask & STATMOUNT::FS_TYPE) put_string(out, STATMOUNT::FS_TYPE, out.fs_type, std::string(sb_type_name(sb)));
    if (mask & STATMOUNT::MNT_ROOT) put_string(out, STATMOUNT::MNT_ROOT, out.mnt_root, show_path(k, mount.mnt_root));
    if (mask & STATMOUNT::MNT_POINT) {
        const PathText place = path_text(k, Path{m, mount.mnt_root}, root);
        if (place.reachable) put_string(out, STATMOUNT::MNT_POINT, out.mnt_point, place.text);
    }
    if (mask & STATMOUNT::MNT_OPTS) {
        const std::string options(sb_options(k, mount.mnt_root));
        put_string(out, STATMOUNT::MNT_OPTS, out.mnt_opts, options.empty() ? "" : options.substr(1));
    }
    if (mask & STATMOUNT::SB_SOURCE) put_string(out, STATMOUNT::SB_SOURCE, out.sb_source, k[mount.mnt_devname].text);
    return out;
}

Result<StatmountBuf> sys_statmount(Kernel& k, Id<Task> task, const MntIdReq& req, u32 flags) {
    if (!k.plays(Behaviour::statmount_and_listmount)) return fail(E::NOSYS, "this release does not have the call");
    if (flags) return fail(E::INVAL, "unknown flags");
    TRY(check_mnt_id_req(req));
    const Id<MntNamespace> ns = TRY(grab_requested_mnt_ns(k, task, req));
    const bool admin = ns_capable(k, task, k[ns].ns.user_ns, CAP::SYS_ADMIN);
    if (req.mnt_ns_id && ns != current_mnt_ns(k, task) && !admin)
        return fail(E::PERM, "CAP_SYS_ADMIN is needed to look into another mount namespace");
    const Id<Mount> m = lookup_mnt_in_ns(k, req.mnt_id, ns);
    if (!m) return fail(E::NOENT, "no mount of this id is in the namespace", "do_statmount");
    const Path root = TRY(grab_requested_root(k, task, ns));
    if (!is_path_reachable(k, m, k[m].mnt_root, root) && !admin)
        return fail(E::PERM, "the mount is outside of the caller's root", "do_statmount");
    StatmountBuf out = statmount_of(k, m, req.param, root, k[k[task].fs].root);
    // A mount with a map is known by the bit, also where the caller has names for none of its lines.
    if (const MntIdmap* idmap = mnt_idmap(k, m); idmap && k.plays(Behaviour::statmount_has_idmaps)) {
        const Id<Namespace> user_ns = current_user_ns(k, task);
        if (req.param & STATMOUNT::MNT_UIDMAP)
            out.mnt_uidmap = statmount_mnt_idmap(idmap->uid_map, id_map(k, user_ns, IdKind::uid));
        if (req.param & STATMOUNT::MNT_GIDMAP)
            out.mnt_gidmap = statmount_mnt_idmap(idmap->gid_map, id_map(k, user_ns, IdKind::gid));
        out.mask |= req.param & (STATMOUNT::MNT_UIDMAP | STATMOUNT::MNT_GIDMAP);
    }
    if (req.param & STATMOUNT::MNT_NS_ID) {
        out.mask |= STATMOUNT::MNT_NS_ID;
        out.mnt_ns_id = k[ns].ns.ns_id;
    }
    return out;
}

Result<std::vector<u64>> sys_listmount(Kernel& k, Id<Task> task, const MntIdReq& req, u64 nr_mnt_ids, u32 flags) {
    if (!k.plays(Behaviour::statmount_and_listmount)) return fail(E::NOSYS, "this release does not have the call");
    if (flags & ~LISTMOUNT::REVERSE) return fail(E::INVAL, "unknown flags");
    if (nr_mnt_ids > 1000000) return fail(E::OVERFLOW, "more than a million ids at once");
    TRY(check_mnt_id_req(req));
    if (req.param != 0 && req.param <= kMntUniqueIdOffset) return fail(E::INVAL, "no unique mount id is so small");
    const Id<MntNamespace> ns = TRY(grab_requested_mnt_ns(k, task, req));
    const bool admin = ns_capable(k, task, k[ns].ns.user_ns, CAP::SYS_ADMIN);
    if (req.mnt_ns_id && ns != current_mnt_ns(k, task) && !admin)
        return fail(E::NOENT, "CAP_SYS_ADMIN is needed to look into another mount namespace");

    const Path root = TRY(grab_requested_root(k, task, ns));
    Path orig = root;
    if (req.mnt_id != kLsmtRoot) {
        const Id<Mount> m = lookup_mnt_in_ns(k, req.mnt_id, ns);
        if (!m) return fail(E::NOENT, "no mount of this id is in the namespace", "do_listmount");
        orig = Path{m, k[m].mnt_root};
    }
    if (!is_path_reachable(k, orig.mnt, orig.dentry, root) && !admin)
        return fail(E::PERM, "the mount is outside of the caller's root", "do_listmount");

    const bool reverse = flags & LISTMOUNT::REVERSE;
    std::vector<u64> ids;
    for (Id<Mount> m = reverse ? k[ns].mounts_last : k[ns].mounts_first; m && ids.size() < nr_mnt_ids;
         m = reverse ? k[m].mnt_ns_prev : k[m].mnt_ns_next) {
        const u64 id = k[m].mnt_id_seq + kMntUniqueIdOffset;
        if (req.param && (reverse ? id >= req.param : id <= req.param)) continue;
        if (id != req.mnt_id && is_path_reachable(k, m, k[m].mnt_root, orig)) ids.push_back(id);
    }
    return ids;
}

} // namespace nslab
