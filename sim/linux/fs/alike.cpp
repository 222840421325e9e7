// See alike.hpp.

#include "sim/linux/fs/alike.hpp"

namespace nslab {

MountRef copy_for_alike(Kernel& k, Cloner& again, const Mount& like, Id<Mount>& next, Id<Mount> end, MountRef last,
                        MntNamespace& space, MountList& tree_list) {
    if (last.at->mnt_master) return last;
    Mount model = *last.at;
    settle(model);
    const u32 taken = space.nr_mounts + space.pending_mounts;
    const u32 room = taken < k.sysctl_mount_max ? k.sysctl_mount_max - taken : 0;
    u32 made = 0;
    for (; next != end && made < room; ++made) {
        Mount& receiver = k[next];
        if (receiver.mnt_ns != like.mnt_ns || receiver.mnt_root != like.mnt_root || receiver.mnt_master ||
            receiver.mnt_slave_list)
            break;
        const auto [m, mount] = again.another(model);
        mount.mnt_parent = next;
        mount.mnt_share_prev = mount.mnt_mp_next = last.id;
        last.at->mnt_share_next = last.at->mnt_mp_prev = m;
        last.id = m;
        last.at = &mount;
        tree_list.add(m, &mount, &receiver);
        next = receiver.mnt_share_next;
    }
    if (!made) return last;
    k[model.mnt_share_next].mnt_share_prev = last.id;
    k[model.mnt_mountpoint].d_mounts = last.id;
    space.pending_mounts += made;
    again.count(made);
    return last;
}

MountRef copy_for_chain(Kernel& k, Cloner& again, MountRef& fork, MountRef& on, MountRef last, MntNamespace& space,
                        std::vector<Mount*>& marks, MountList& tree_list) {
    Mount model = *last.at;
    model.mnt_slave_next = model.mnt_slave_prev = {};
    model.on_slave_list = true;
    settle(model);
    const u32 taken = space.nr_mounts + space.pending_mounts;
    const u32 room = taken < k.sysctl_mount_max ? k.sysctl_mount_max - taken : 0;
    const Mount& like = *on.at;
    u32 made = 0;
    for (; on.at->mnt_slave_list && made < room; ++made) {
        const Id<Mount> next = on.at->mnt_slave_list;
        Mount& receiver = k[next];
        if (receiver.mnt_share_next != next || !(receiver.mnt_t_flags & T::SHARED) || receiver.mnt_ns != like.mnt_ns ||
            receiver.mnt_root != like.mnt_root)
            break;
        if (!(on.at->mnt_t_flags & T::MARKED)) {
            on.at->mnt_t_flags |= T::MARKED;
            marks.push_back(on.at);
        }
        const auto [m, mount] = again.another(model);
        mount.mnt_parent = next;
        mount.mnt_share_next = mount.mnt_share_prev = m;
        mount.mnt_group_id = static_cast<i32>(k.mnt_group_ida.alloc());
        mount.mnt_mp_next = mount.mnt_master = mount.mnt_slave_head = last.id;
        last.at->mnt_mp_prev = last.at->mnt_slave_list = m;
        last = {m, &mount, nullptr};
        on = {next, &receiver, nullptr};
        if (receiver.mnt_slave_next) fork = on;
        tree_list.add(m, &mount, &receiver);
    }
    if (!made) return last;
    k[model.mnt_mountpoint].d_mounts = last.id;
    space.pending_mounts += made;
    again.count(made);
    return last;
}

std::size_t attach_alike(Kernel& k, const MountList& tree_list, std::size_t end, Id<MntNamespace> ns,
                         MntNamespace& space) {
    // The newest of all come behind the others on the list of the namespace.
    const Id<Mount> tail = space.mounts_last;
    if (!tail) return end;
    const u32 tail_seq = k[tail].mnt_id_seq;
    MountRef newer{};
    for (; end > 0; --end) {
        const MountRef& m = tree_list[end - 1];
        Mount& mount = *m.at;
        if (m.parent->mnt_ns != ns || mount.mnt_mounts || mount.mnt_id_seq < tail_seq) break;
        Id<Mount>& chain = chain_of(k, mount.mnt_parent, mount.mnt_mountpoint);
        if (lookup_on_chain(k, chain, mount.mnt_parent, mount.mnt_mountpoint)) break;
        mount.mnt_ns = ns;
        mount.on_ns_list = true;
        mount.mnt_ns_next = newer.id;
        (newer.at ? newer.at->mnt_ns_prev : space.mounts_last) = m.id;
        make_visible(k, m.id, mount, *m.parent, chain);
        newer = m;
    }
    if (!newer.id) return end;
    newer.at->mnt_ns_prev = tail;
    k[tail].mnt_ns_next = newer.id;
    space.mounts_hint = newer.id;
    space.nr_mounts += std::exchange(space.pending_mounts, 0);
    return end;
}

namespace {

/// Whether `m` is a peer of `model` that can end before it, made next to `before`. (What is on these lists is shared,
/// is no longer locked, and is used by nobody: propagate_mount_unlock() and propagate_mount_busy() have passed it.)
[[gnu::always_inline]] inline bool follows(const Mount& m, const Mount& model, Id<Mount> id, const Mount& before) {
    return before.mnt_share_next == id && before.mnt_ns_next == id && !m.mnt_mounts && !m.mnt_master &&
           !m.mnt_slave_list && m.mnt_root == model.mnt_root && m.mnt_devname == model.mnt_devname;
}

} // namespace

bool umount_alike(Kernel& k, Id<Mount> mnt, const MountList& received) {
    if (!received.size() || k.explaining) return false;
    Mount& mount = k[mnt];
    const Mount* before = &mount;
    Id<Mount> older = k[received[0].id].mnt_mp_next; // on the list of the place the newest stands first
    for (const MountRef& m : received) {
        if (m.at->mnt_mp_next != older || !follows(*m.at, mount, m.id, *before)) return false;
        older = m.id;
        before = m.at;
    }
    if (mount.mnt_mp_next != older) return false;

    const Id<Mount> oldest = received[0].at->mnt_mp_next;
    mount.mnt_mp_next = oldest;
    if (oldest) k[oldest].mnt_mp_prev = mnt;
    const Id<Mount> peer = before->mnt_share_next;
    mount.mnt_share_next = peer;
    k[peer].mnt_share_prev = mnt;
    MntNamespace& space = k[mount.mnt_ns];
    const Id<Mount> newer = before->mnt_ns_next;
    mount.mnt_ns_next = newer;
    (newer ? k[newer].mnt_ns_prev : space.mounts_last) = mnt;

    const auto gone = static_cast<u32>(received.size());
    for (const MountRef& m : received) {
        Mount& parent = *m.parent;
        if (parent.overmount == m.id) parent.overmount = {};
        if (parent.mnt_mounts == m.id && !m.at->mnt_child_next)
            parent.mnt_mounts = {};
        else
            child_del(k, m.id, *m.at, parent);
        chain_del(k, m.id, *m.at);
        if (space.mounts_hint == m.id) space.mounts_hint = mnt;
        k.mnt_id_ida.free(static_cast<u32>(m.at->mnt_id));
        k.mounts.free(m.id);
    }
    k.mounts_hashed -= gone;
    space.nr_mounts -= gone;
    k[mount.mnt_devname].count -= gone;
    Dentry& root = k[mount.mnt_root];
    root.d_count -= static_cast<i32>(gone);
    k[root.d_sb].s_active -= gone;
    return true;
}

} // namespace nslab
