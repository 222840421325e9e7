// Follows fs/dcache.c and fs/inode.c of Linux 6.18: names, and what they name.
// Left out: negative dentries and unused ones that linger. A tmpfs has neither, since all of its dentries are pinned
// while they have a name; elsewhere nobody can see them.

#include "sim/linux/fs/namei.hpp"
#include "sim/linux/kernel/internal.hpp"
#include "sim/linux/kernel/ucount.hpp"

namespace nslab {
namespace {

u32 name_hash(Id<Dentry> parent, std::string_view name) {
    u32 h = parent.index * 2654435761U ^ 2166136261U;
    for (const char c : name) h = (h ^ static_cast<u8>(c)) * 16777619U;
    return h ^ h >> 15;
}

std::size_t bucket_of(const Kernel& k, Id<Dentry> parent, std::string_view name) {
    return name_hash(parent, name) & (k.dentry_hash.size() - 1);
}

void hash_insert(Kernel& k, Id<Dentry> d) {
    Dentry& dentry = k[d];
    Id<Dentry>& head = k.dentry_hash[bucket_of(k, dentry.d_parent, dentry.d_name)];
    dentry.d_hash_next = head;
    head = d;
}

void grow_hash(Kernel& k) {
    const std::size_t size = k.dentry_hash.size() ? k.dentry_hash.size() * 2 : 1024;
    k.dentry_hash = {};
    k.dentry_hash.resize(size);
    // Linked ones only: a root is not hashed, and what has been unlinked must stay unfindable.
    k.dentries.each([&](Id<Dentry> d, const Dentry& dentry) {
        if (!dentry.d_unhashed && dentry.d_parent != d) hash_insert(k, d);
    });
}

void d_rehash(Kernel& k, Id<Dentry> d) {
    k[d].d_unhashed = false;
    if (++k.dentries_hashed * 2 > k.dentry_hash.size())
        grow_hash(k);
    else
        hash_insert(k, d);
}

void d_unhash(Kernel& k, Id<Dentry> d) {
    const Dentry& dentry = k[d];
    Id<Dentry>* link = &k.dentry_hash[bucket_of(k, dentry.d_parent, dentry.d_name)];
    while (*link != d) link = &k[*link].d_hash_next;
    *link = dentry.d_hash_next;
    --k.dentries_hashed;
    k[d].d_hash_next = {};
    k[d].d_unhashed = true;
}

void link_child(Kernel& k, Id<Dentry> parent, Id<Dentry> d) {
    Dentry& dir = k[parent];
    Dentry& dentry = k[d];
    dentry.d_sib_next = {};
    if (!dir.d_child_first) {
        dir.d_child_first = d;
        dentry.d_sib_prev = d;
        return;
    }
    Dentry& first = k[dir.d_child_first];
    dentry.d_sib_prev = first.d_sib_prev;
    k[first.d_sib_prev].d_sib_next = d;
    first.d_sib_prev = d;
}

void unlink_child(Kernel& k, Id<Dentry> d) {
    Dentry& dentry = k[d];
    Dentry& dir = k[dentry.d_parent];
    if (dir.d_child_first == d)
        dir.d_child_first = dentry.d_sib_next;
    else
        k[dentry.d_sib_prev].d_sib_next = dentry.d_sib_next;
    if (dentry.d_sib_next)
        k[dentry.d_sib_next].d_sib_prev = dentry.d_sib_prev;
    else if (dir.d_child_first)
        k[dir.d_child_first].d_sib_prev = dentry.d_sib_prev;
    dentry.d_sib_next = dentry.d_sib_prev = {};
}

/// Frees a dentry that nothing refers to any more, and with it the last reference to its inode.
void dentry_kill(Kernel& k, Id<Dentry> d) {
    const Id<Inode> i = k[d].d_inode;
    NsType ns_type = NsType::none;
    u32 ns_index = 0;
    Id<Pid> pid;
    Id<Ucounts> ucounts;
    if (--k[i].dentries == 0) {
        if (k[i].kind == InodeKind::ns_file) {
            ns_type = k[i].ns_type;
            ns_index = k[i].ns_index;
        }
        pid = k[i].proc_pid;
        ucounts = k[i].mq_ucounts;
        k.inodes.free(i);
    }
    k.dentries.free(d);
    if (pid) put_pid(k, pid);             // proc_evict_inode()
    if (ucounts) put_ucounts(k, ucounts); // mqueue_evict_inode()
    if (ns_type != NsType::none) nsfs_evict(k, ns_type, ns_index);
}

/// A name below the directory of a task that is gone, which nobody holds any more: it is not kept for another time.
/// Source: fs/proc/base.c, pid_delete_dentry().
bool pid_delete_dentry(const Kernel& k, Id<Dentry> d) {
    if (k[d].d_count != 1 || k[d].d_unhashed || k[d].d_parent == d) return false;
    const Id<Pid> pid = k[k[d].d_inode].proc_pid;
    return pid && !pid_task(k, pid, PidType::PID);
}

} // namespace

void dput(Kernel& k, Id<Dentry> d) {
    // A child holds its parent, so that freeing one may free a whole branch that had been unlinked.
    while (d && --k[d].d_count == 0) {
        const Id<Dentry> parent = k[d].d_parent;
        dentry_kill(k, d);
        d = parent == d ? Id<Dentry>{} : parent;
    }
    if (d && pid_delete_dentry(k, d)) d_drop(k, d);
}

Id<Dentry> d_lookup(const Kernel& k, Id<Dentry> parent, std::string_view name) {
    if (k.dentry_hash.size() == 0) return {};
    Id<Dentry> d = k.dentry_hash[bucket_of(k, parent, name)];
    while (d) {
        const Dentry& dentry = k[d];
        if (dentry.d_parent == parent && dentry.d_name == name) return d;
        d = dentry.d_hash_next;
    }
    return {};
}

Id<Dentry> d_add(Kernel& k, Id<Dentry> parent, std::string_view name, Id<Inode> inode) {
    const Id<Dentry> d = k.dentries.alloc();
    Dentry& dentry = k[d];
    dentry.d_parent = parent;
    dentry.d_inode = inode;
    dentry.d_sb = k[parent].d_sb;
    dentry.d_name = name;
    dentry.d_count = 1; // the directory's
    dentry.d_offset = d_inode(k, parent).next_offset++;
    ++k[inode].dentries;
    dget(k, parent);
    link_child(k, parent, d);
    d_rehash(k, d);
    return d;
}

Id<Dentry> d_alloc_unlinked(Kernel& k, Id<Dentry> parent, std::string_view name, Id<Inode> inode) {
    const Id<Dentry> d = k.dentries.alloc();
    Dentry& dentry = k[d];
    dentry.d_parent = parent;
    dentry.d_inode = inode;
    dentry.d_sb = k[parent].d_sb;
    dentry.d_name = name;
    dentry.d_count = 1;
    dentry.d_unhashed = true;
    ++k[inode].dentries;
    dget(k, parent);
    return d;
}

void d_drop(Kernel& k, Id<Dentry> d) {
    if (k[d].d_unhashed) return;
    d_unhash(k, d);
    unlink_child(k, d);
    dput(k, d);
}

void d_move(Kernel& k, Id<Dentry> d, Id<Dentry> parent, std::string_view name) {
    const Id<Dentry> old_parent = k[d].d_parent;
    d_unhash(k, d);
    unlink_child(k, d);
    k[d].d_parent = parent;
    k[d].d_name = name;
    dget(k, parent);
    dput(k, old_parent);
    link_child(k, parent, d);
    d_rehash(k, d);
}

void d_exchange(Kernel& k, Id<Dentry> a, Id<Dentry> b) {
    const Id<Dentry> a_parent = k[a].d_parent, b_parent = k[b].d_parent;
    for (const Id<Dentry> d : {a, b}) {
        d_unhash(k, d);
        unlink_child(k, d);
    }
    std::swap(k[a].d_name, k[b].d_name);
    std::swap(k[a].d_offset, k[b].d_offset);
    k[a].d_parent = b_parent;
    k[b].d_parent = a_parent;
    // The one that was renamed onto comes into its new directory first: it is listed behind the other.
    for (const Id<Dentry> d : {b, a}) {
        link_child(k, k[d].d_parent, d);
        d_rehash(k, d);
    }
}

bool is_subdir(const Kernel& k, Id<Dentry> d, Id<Dentry> ancestor) {
    while (d != ancestor) {
        const Id<Dentry> parent = k[d].d_parent;
        if (parent == d) return false;
        d = parent;
    }
    return true;
}

Id<Inode> new_inode(Kernel& k, Id<SuperBlock> sb, InodeKind kind, u16 mode) {
    const Id<Inode> i = k.inodes.alloc();
    Inode& inode = k[i];
    inode.kind = kind;
    inode.i_mode = mode;
    inode.i_nlink = kind == InodeKind::dir ? 2 : 1;
    inode.i_ino = k[sb].next_ino++;
    inode.i_sb = sb;
    return i;
}

Id<Dentry> d_make_root(Kernel& k, Id<Inode> inode) {
    const Id<Dentry> d = k.dentries.alloc();
    Dentry& dentry = k[d];
    dentry.d_parent = d;
    dentry.d_inode = inode;
    dentry.d_sb = k[inode].i_sb;
    dentry.d_name = "/";
    dentry.d_count = 1;
    ++k[inode].dentries;
    return d;
}

void path_put_last(Kernel& k, Path p) {
    dput(k, p.dentry);
    mntput(k, p.mnt);
}

} // namespace nslab
