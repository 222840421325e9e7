// The lists that a mount is on, and the questions that walk them. In the kernel these are list_head and hlist
// operations inside fs/namespace.c and fs/mount.h (Linux 6.18); here a list is two handles, so each kind has its few
// functions.

#include "sim/linux/fs/mount.hpp"
#include "sim/linux/kernel/user_namespace.hpp"

namespace nslab {

/// Doubles the table. Chains keep their order, because the newest of two at one place must be found first.
void grow_mount_hash(Kernel& k) {
    PagedArray<Id<Mount>> bigger;
    bigger.resize(k.mount_hash.size() * 2);
    std::vector<Id<Mount>> chain;
    for (std::size_t i = 0; i < k.mount_hash.size(); ++i) {
        chain.clear();
        for (Id<Mount> m = std::as_const(k.mount_hash)[i]; m; m = k[m].mnt_hash_next) chain.push_back(m);
        for (auto m = chain.rbegin(); m != chain.rend(); ++m) {
            Mount& mount = k[*m];
            Id<Mount>& head = bigger[hash_of(mount.mnt_parent, mount.mnt_mountpoint) & (bigger.size() - 1)];
            mount.mnt_hash_next = head;
            head = *m;
        }
    }
    k.mount_hash = std::move(bigger);
}

// ---- trees

Id<Mount> skip_mnt_tree(const Kernel& k, Id<Mount> p) {
    while (k[p].mnt_mounts) p = k[k[p].mnt_mounts].mnt_child_prev;
    return p;
}

Id<Mount> topmost_overmount(const Kernel& k, Id<Mount> m) {
    while (k[m].overmount) m = k[m].overmount;
    return m;
}

// ---- questions

bool anon_ns_root(const Kernel& k, Id<Mount> m) {
    const Id<MntNamespace> ns = k[m].mnt_ns;
    return ns && is_anon_ns(k, ns) && k[ns].root == m;
}

bool check_anonymous_mnt(const Kernel& k, Id<Task> task, Id<Mount> m) {
    const Id<MntNamespace> ns = k[m].mnt_ns;
    if (!is_anon_ns(k, ns) || !k.plays(Behaviour::detached_trees_propagate)) return false;
    const u64 seq = k[ns].seq_origin;
    return seq == 0 || seq == k[current_mnt_ns(k, task)].ns.ns_id;
}

bool may_mount(const Kernel& k, Id<Task> task) {
    return ns_capable(k, task, k[current_mnt_ns(k, task)].ns.user_ns, CAP::SYS_ADMIN);
}

bool is_mnt_ns_file(const Kernel& k, Id<Dentry> d) {
    const Inode& inode = d_inode(k, d);
    return inode.kind == InodeKind::ns_file && inode.ns_type == NsType::mnt;
}

bool mnt_ns_loop(const Kernel& k, Id<Task> task, Id<Dentry> d) {
    if (!is_mnt_ns_file(k, d)) return false;
    const Id<MntNamespace> ns{d_inode(k, d).ns_index};
    return k[current_mnt_ns(k, task)].ns.ns_id >= k[ns].ns.ns_id;
}

bool check_for_nsfs_mounts(const Kernel& k, Id<Task> task, Id<Mount> subtree) {
    for (Id<Mount> p = subtree; p; p = next_mnt(k, p, subtree))
        if (mnt_ns_loop(k, task, k[p].mnt_root)) return false;
    return true;
}

bool mount_is_ancestor(const Kernel& k, Id<Mount> p1, Id<Mount> p2) {
    while (p2 != p1 && mnt_has_parent(k, p2)) p2 = k[p2].mnt_parent;
    return p2 == p1;
}

bool is_path_reachable(const Kernel& k, Id<Mount> m, Id<Dentry> d, Path root) {
    while (m != root.mnt && mnt_has_parent(k, m)) {
        d = k[m].mnt_mountpoint;
        m = k[m].mnt_parent;
    }
    return m == root.mnt && is_subdir(k, d, root.dentry);
}

bool has_locked_children(const Kernel& k, Id<Mount> m, Id<Dentry> d) {
    for (Id<Mount> child = k[m].mnt_mounts; child; child = k[child].mnt_child_next)
        if (is_subdir(k, k[child].mnt_mountpoint, d) && is_mnt_locked(k, child)) return true;
    return false;
}

bool tree_contains_unbindable(const Kernel& k, Id<Mount> m) {
    for (Id<Mount> p = m; p; p = next_mnt(k, p, m))
        if (is_mnt_unbindable(k, p)) return true;
    return false;
}

bool is_local_mountpoint(const Kernel& k, Id<Task> task, Id<Dentry> dentry) {
    const Id<MntNamespace> ns = current_mnt_ns(k, task);
    for (Id<Mount> m = k[dentry].d_mounts; m; m = k[m].mnt_mp_next)
        if (k[m].mnt_ns == ns && k[m].on_ns_list) return true;
    return false;
}

std::string mount_words(const Kernel& k, Id<Mount> m) {
    Id<Mount> top = m;
    while (mnt_has_parent(k, top)) top = k[top].mnt_parent;
    const PathText place = path_text(k, Path{m, k[m].mnt_root}, Path{top, k[top].mnt_root});
    return "mount " + std::to_string(k[m].mnt_id) + " at " + place.text;
}

} // namespace nslab
