#pragma once
// The lists that a mount is on: what list.h does for the kernel. Inline, because a mount under ten thousand peers
// passes each of them ten thousand times.

#include "sim/linux/kernel.hpp"

namespace nslab {

// ---- the hash on (parent, mountpoint)

inline std::size_t hash_of(Id<Mount> parent, Id<Dentry> mountpoint) {
    // Peers have one mountpoint and many parents that were made one after the other: their buckets lie side by side, as
    // the mounts do. In a tree it is the other way round, and the factor spreads.
    return parent.index + mountpoint.index * 0x9E3779B1U;
}

void grow_mount_hash(Kernel& k);

/// The chain for a mount at this place, with room for one more.
inline Id<Mount>& hash_chain(Kernel& k, Id<Mount> parent, Id<Dentry> mountpoint) {
    if (k.mounts_hashed >= k.mount_hash.size()) [[unlikely]]
        grow_mount_hash(k);
    return k.mount_hash[hash_of(parent, mountpoint) & (k.mount_hash.size() - 1)];
}

/// The mount at this place on a chain that begins with `m`.
inline Id<Mount> lookup_on_chain(const Kernel& k, Id<Mount> m, Id<Mount> mnt, Id<Dentry> dentry) {
    while (m) {
        const Mount& mount = k[m];
        if (mount.mnt_parent == mnt && mount.mnt_mountpoint == dentry) break;
        m = mount.mnt_hash_next;
    }
    return m;
}

/// The mount on `dentry` of `mnt`, the newest where there are two for a moment. Source: fs/namespace.c, __lookup_mnt().
inline Id<Mount> lookup_mnt(const Kernel& k, Id<Mount> mnt, Id<Dentry> dentry) {
    if (k.mount_hash.size() == 0) return {};
    return lookup_on_chain(k, k.mount_hash[hash_of(mnt, dentry) & (k.mount_hash.size() - 1)], mnt, dentry);
}

inline void hash_add(Kernel& k, Id<Mount>& chain, Id<Mount> m, Mount& mount) {
    mount.mnt_hash_next = chain;
    mount.hashed = true;
    chain = m;
    ++k.mounts_hashed;
}

inline void unhash_mount(Kernel& k, Id<Mount> m, Mount& mount) {
    if (!mount.hashed) return;
    Id<Mount>* link = &k.mount_hash[hash_of(mount.mnt_parent, mount.mnt_mountpoint) & (k.mount_hash.size() - 1)];
    while (*link != m) link = &k[*link].mnt_hash_next;
    *link = mount.mnt_hash_next;
    mount.mnt_hash_next = {};
    mount.hashed = false;
    --k.mounts_hashed;
}

// ---- children

inline void child_add_tail(Kernel& k, Id<Mount> m, Mount& mount, Mount& parent) {
    mount.mnt_child_next = {};
    if (!parent.mnt_mounts) {
        parent.mnt_mounts = m;
        mount.mnt_child_prev = m;
        return;
    }
    Mount& first = k[parent.mnt_mounts];
    mount.mnt_child_prev = first.mnt_child_prev;
    k[first.mnt_child_prev].mnt_child_next = m;
    first.mnt_child_prev = m;
}

inline void child_add_tail(Kernel& k, Id<Mount> m) {
    Mount& mount = k[m];
    child_add_tail(k, m, mount, k[mount.mnt_parent]);
}

inline void child_del(Kernel& k, Id<Mount> m, Mount& mount) {
    if (!mount.mnt_child_prev) return;
    Mount& parent = k[mount.mnt_parent];
    if (mount.mnt_child_next)
        k[mount.mnt_child_next].mnt_child_prev = mount.mnt_child_prev;
    else if (parent.mnt_mounts != m)
        k[parent.mnt_mounts].mnt_child_prev = mount.mnt_child_prev;
    if (parent.mnt_mounts == m)
        parent.mnt_mounts = mount.mnt_child_next;
    else
        k[mount.mnt_child_prev].mnt_child_next = mount.mnt_child_next;
    mount.mnt_child_next = mount.mnt_child_prev = {};
}

// ---- peers and slaves

inline void share_add_behind(Kernel& k, Id<Mount> m, Mount& mount, Id<Mount> old, Mount& before) {
    const Id<Mount> next = before.mnt_share_next;
    mount.mnt_share_prev = old;
    mount.mnt_share_next = next;
    before.mnt_share_next = m;
    k[next].mnt_share_prev = m;
}

inline void share_add_behind(Kernel& k, Id<Mount> m, Id<Mount> old) { share_add_behind(k, m, k[m], old, k[old]); }

inline void share_del(Kernel& k, Id<Mount> m, Mount& mount) {
    k[mount.mnt_share_prev].mnt_share_next = mount.mnt_share_next;
    k[mount.mnt_share_next].mnt_share_prev = mount.mnt_share_prev;
    mount.mnt_share_next = mount.mnt_share_prev = m;
}

inline void slave_add_head(Kernel& k, Id<Mount> m, Mount& mount, Id<Mount> master, Mount& of) {
    const Id<Mount> first = of.mnt_slave_list;
    mount.mnt_slave_next = first;
    mount.mnt_slave_prev = {};
    mount.mnt_slave_head = master;
    mount.on_slave_list = true;
    if (first) k[first].mnt_slave_prev = m;
    of.mnt_slave_list = m;
}

inline void slave_add_head(Kernel& k, Id<Mount> m, Id<Mount> master) { slave_add_head(k, m, k[m], master, k[master]); }

inline void slave_add_behind(Kernel& k, Id<Mount> m, Mount& mount, Id<Mount> old, Mount& before) {
    mount.mnt_slave_next = before.mnt_slave_next;
    mount.mnt_slave_prev = old;
    mount.mnt_slave_head = before.mnt_slave_head;
    mount.on_slave_list = true;
    if (before.mnt_slave_next) k[before.mnt_slave_next].mnt_slave_prev = m;
    before.mnt_slave_next = m;
}

inline void slave_add_behind(Kernel& k, Id<Mount> m, Id<Mount> old) { slave_add_behind(k, m, k[m], old, k[old]); }

inline void slave_del(Kernel& k, Mount& mount) {
    if (!mount.on_slave_list) return;
    if (mount.mnt_slave_next) k[mount.mnt_slave_next].mnt_slave_prev = mount.mnt_slave_prev;
    if (mount.mnt_slave_prev)
        k[mount.mnt_slave_prev].mnt_slave_next = mount.mnt_slave_next;
    else
        k[mount.mnt_slave_head].mnt_slave_list = mount.mnt_slave_next;
    mount.mnt_slave_next = mount.mnt_slave_prev = mount.mnt_slave_head = {};
    mount.on_slave_list = false;
}

// ---- the place that a mount is attached on

inline void mp_add_head(Kernel& k, Id<Mount> m, Mount& mount, Dentry& place) {
    if (!place.d_mounts)
        ++place.d_count; // struct mountpoint holds its dentry
    else
        k[place.d_mounts].mnt_mp_prev = m;
    mount.mnt_mp_next = place.d_mounts;
    mount.mnt_mp_prev = {};
    mount.on_mp_list = true;
    place.d_mounts = m;
}

inline void mp_del(Kernel& k, Mount& mount, Dentry& place) {
    if (mount.mnt_mp_next) k[mount.mnt_mp_next].mnt_mp_prev = mount.mnt_mp_prev;
    if (mount.mnt_mp_prev)
        k[mount.mnt_mp_prev].mnt_mp_next = mount.mnt_mp_next;
    else
        place.d_mounts = mount.mnt_mp_next;
    mount.mnt_mp_next = mount.mnt_mp_prev = {};
    mount.on_mp_list = false;
}

// ---- the mounts of a namespace

inline void move_from_ns(Kernel& k, Id<Mount> m, Mount& mount) {
    MntNamespace& space = k[mount.mnt_ns];
    if (space.mounts_hint == m) space.mounts_hint = mount.mnt_ns_prev;
    (mount.mnt_ns_prev ? k[mount.mnt_ns_prev].mnt_ns_next : space.mounts_first) = mount.mnt_ns_next;
    (mount.mnt_ns_next ? k[mount.mnt_ns_next].mnt_ns_prev : space.mounts_last) = mount.mnt_ns_prev;
    mount.mnt_ns_next = mount.mnt_ns_prev = {};
    mount.on_ns_list = false;
}

// ---- the list of a call

/// Mounts that a call works on, through mnt_list_next and mnt_list_prev; a mount is on one such list at most.
struct MountList {
    Id<Mount> first, last;
    bool empty() const { return !first; }
};

inline void list_add(Kernel& k, MountList& list, Id<Mount> m, Mount& mount) {
    mount.mnt_list_prev = {};
    mount.mnt_list_next = list.first;
    if (list.first)
        k[list.first].mnt_list_prev = m;
    else
        list.last = m;
    list.first = m;
}

inline void list_add_tail(Kernel& k, MountList& list, Id<Mount> m, Mount& mount) {
    mount.mnt_list_next = {};
    mount.mnt_list_prev = list.last;
    if (list.last)
        k[list.last].mnt_list_next = m;
    else
        list.first = m;
    list.last = m;
}

inline void list_del(Kernel& k, MountList& list, Mount& mount) {
    if (mount.mnt_list_prev)
        k[mount.mnt_list_prev].mnt_list_next = mount.mnt_list_next;
    else
        list.first = mount.mnt_list_next;
    if (mount.mnt_list_next)
        k[mount.mnt_list_next].mnt_list_prev = mount.mnt_list_prev;
    else
        list.last = mount.mnt_list_prev;
    mount.mnt_list_next = mount.mnt_list_prev = {};
}

inline void list_splice_tail(Kernel& k, MountList& from, MountList& to) {
    if (from.empty()) return;
    if (to.empty())
        to.first = from.first;
    else {
        k[to.last].mnt_list_next = from.first;
        k[from.first].mnt_list_prev = to.last;
    }
    to.last = from.last;
    from = {};
}

} // namespace nslab
