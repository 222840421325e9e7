#pragma once
// The lists that a mount is on: what list.h does for the kernel. Inline, because a mount under ten thousand peers
// passes each of them ten thousand times.

#include "sim/linux/kernel.hpp"

namespace nslab {

inline bool on_child_list(const Kernel& k, Id<Mount> m) { return bool(k[m].mnt_child_prev); }

// ---- children

inline void child_add_tail(Kernel& k, Id<Mount> m) {
    Mount& parent = k[k[m].mnt_parent];
    Mount& mount = k[m];
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

inline void child_del(Kernel& k, Id<Mount> m) {
    if (!on_child_list(k, m)) return;
    Mount& mount = k[m];
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

inline void share_add_behind(Kernel& k, Id<Mount> m, Id<Mount> old) {
    const Id<Mount> next = k[old].mnt_share_next;
    k[m].mnt_share_prev = old;
    k[m].mnt_share_next = next;
    k[old].mnt_share_next = m;
    k[next].mnt_share_prev = m;
}

inline void share_del(Kernel& k, Id<Mount> m) {
    Mount& mount = k[m];
    k[mount.mnt_share_prev].mnt_share_next = mount.mnt_share_next;
    k[mount.mnt_share_next].mnt_share_prev = mount.mnt_share_prev;
    mount.mnt_share_next = mount.mnt_share_prev = m;
}

inline void slave_add_head(Kernel& k, Id<Mount> m, Id<Mount> master) {
    Mount& mount = k[m];
    const Id<Mount> first = k[master].mnt_slave_list;
    mount.mnt_slave_next = first;
    mount.mnt_slave_prev = {};
    mount.mnt_slave_head = master;
    mount.on_slave_list = true;
    if (first) k[first].mnt_slave_prev = m;
    k[master].mnt_slave_list = m;
}

inline void slave_add_behind(Kernel& k, Id<Mount> m, Id<Mount> old) {
    Mount& mount = k[m];
    Mount& before = k[old];
    mount.mnt_slave_next = before.mnt_slave_next;
    mount.mnt_slave_prev = old;
    mount.mnt_slave_head = before.mnt_slave_head;
    mount.on_slave_list = true;
    if (before.mnt_slave_next) k[before.mnt_slave_next].mnt_slave_prev = m;
    before.mnt_slave_next = m;
}

inline void slave_del(Kernel& k, Id<Mount> m) {
    Mount& mount = k[m];
    if (!mount.on_slave_list) return;
    if (mount.mnt_slave_next) k[mount.mnt_slave_next].mnt_slave_prev = mount.mnt_slave_prev;
    if (mount.mnt_slave_prev)
        k[mount.mnt_slave_prev].mnt_slave_next = mount.mnt_slave_next;
    else
        k[mount.mnt_slave_head].mnt_slave_list = mount.mnt_slave_next;
    mount.mnt_slave_next = mount.mnt_slave_prev = mount.mnt_slave_head = {};
    mount.on_slave_list = false;
}

// ---- the list of a call

/// Mounts that a call works on, through mnt_list_next and mnt_list_prev; a mount is on one such list at most.
struct MountList {
    Id<Mount> first, last;
    bool empty() const { return !first; }
};

inline void list_add(Kernel& k, MountList& list, Id<Mount> m) {
    k[m].mnt_list_prev = {};
    k[m].mnt_list_next = list.first;
    if (list.first)
        k[list.first].mnt_list_prev = m;
    else
        list.last = m;
    list.first = m;
}

inline void list_add_tail(Kernel& k, MountList& list, Id<Mount> m) {
    k[m].mnt_list_next = {};
    k[m].mnt_list_prev = list.last;
    if (list.last)
        k[list.last].mnt_list_next = m;
    else
        list.first = m;
    list.last = m;
}

inline void list_del(Kernel& k, MountList& list, Id<Mount> m) {
    Mount& mount = k[m];
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

/// Takes the first one off.
inline Id<Mount> list_pop(Kernel& k, MountList& list) {
    const Id<Mount> m = list.first;
    Mount& mount = k[m];
    list.first = mount.mnt_list_next;
    if (list.first)
        k[list.first].mnt_list_prev = {};
    else
        list.last = {};
    mount.mnt_list_next = {};
    return m;
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
