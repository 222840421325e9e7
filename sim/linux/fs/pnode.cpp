// Propagation of mounts: who receives what is mounted, moved and umounted where. Follows fs/pnode.c of Linux 6.18.
// Left out: locking, and notifications of fanotify, which nothing here can listen to.

#include "sim/linux/fs/mount.hpp"

namespace nslab {

namespace {

Id<Mount> next_peer(const Kernel& k, Id<Mount> m) { return k[m].mnt_share_next; }
Id<Mount> first_slave(const Kernel& k, Id<Mount> m) { return k[m].mnt_slave_list; }
Id<Mount> next_slave(const Kernel& k, Id<Mount> m) { return k[m].mnt_slave_next; }

bool marked(const Kernel& k, Id<Mount> m) { return k[m].mnt_t_flags & T::MARKED; }
void set_mark(Kernel& k, Id<Mount> m) { k[m].mnt_t_flags |= T::MARKED; }
void clear_flags(Kernel& k, Id<Mount> m, u8 flags) { k[m].mnt_t_flags = static_cast<u8>(k[m].mnt_t_flags & ~flags); }

bool will_be_unmounted(const Kernel& k, Id<Mount> m) { return k[m].mnt_flags & MNT::UMOUNT; }
bool is_candidate(const Kernel& k, Id<Mount> m) { return k[m].mnt_t_flags & T::UMOUNT_CANDIDATE; }

/// The slaves of `from` become slaves of `to`, at the head of its list and in their order; of nobody where `to` is
/// NULL.
void transfer_propagation(Kernel& k, Id<Mount> from, Id<Mount> to) {
    const Id<Mount> first = k[from].mnt_slave_list;
    if (!first) return;
    Id<Mount> last;
    for (Id<Mount> m = first, next; m; m = next) {
        next = next_slave(k, m);
        k[m].mnt_master = to;
        if (!to)
            slave_del(k, m);
        else
            k[m].mnt_slave_head = to;
        last = m;
    }
    if (!to) return;
    const Id<Mount> behind = k[to].mnt_slave_list;
    k[last].mnt_slave_next = behind;
    if (behind) k[behind].mnt_slave_prev = last;
    k[to].mnt_slave_list = first;
    k[from].mnt_slave_list = {};
}

} // namespace

void mnt_release_group_id(Kernel& k, Id<Mount> m) {
    k.mnt_group_ida.free(static_cast<u32>(k[m].mnt_group_id));
    k[m].mnt_group_id = 0;
}

void set_mnt_shared(Kernel& k, Id<Mount> m) {
    u8& flags = k[m].mnt_t_flags;
    flags = static_cast<u8>((flags & ~T::UNBINDABLE) | T::SHARED); // who shares its events can be bound
}

void change_mnt_propagation(Kernel& k, Id<Mount> mnt, u64 type) {
    if (type == MS::SHARED) return set_mnt_shared(k, mnt);

    Id<Mount> master = k[mnt].mnt_master;
    if (is_mnt_shared(k, mnt)) {
        if (next_peer(k, mnt) == mnt) {
            mnt_release_group_id(k, mnt);
        } else {
            // It leaves its group: the next peer becomes its master, and that of its slaves.
            master = next_peer(k, mnt);
            share_del(k, mnt);
            k[mnt].mnt_group_id = 0;
        }
        clear_flags(k, mnt, T::SHARED);
        transfer_propagation(k, mnt, master);
    }
    slave_del(k, mnt);
    if (type == MS::SLAVE) {
        k[mnt].mnt_master = master;
        if (master) slave_add_head(k, mnt, master);
        return;
    }
    k[mnt].mnt_master = {};
    if (type == MS::UNBINDABLE)
        k[mnt].mnt_t_flags |= T::UNBINDABLE;
    else
        clear_flags(k, mnt, T::UNBINDABLE);
}

// ---- bulk_make_private: a set of mounts leaves all propagation at once

namespace {

/// Takes `m` and those behind it out of their groups until somebody is found who stays: he inherits the slaves.
Id<Mount> trace_transfers(Kernel& k, Id<Mount> m) {
    while (true) {
        Id<Mount> next = next_peer(k, m);
        if (next != m) {
            share_del(k, m);
            k[m].mnt_group_id = 0;
            k[m].mnt_master = next;
        } else {
            if (is_mnt_shared(k, m)) mnt_release_group_id(k, m);
            next = k[m].mnt_master;
        }
        slave_del(k, m);
        clear_flags(k, m, T::SHARED);
        set_mark(k, m);
        if (!next || !will_be_unmounted(k, next)) return next;
        if (marked(k, next)) return k[next].mnt_master;
        m = next;
    }
}

void set_destinations(Kernel& k, Id<Mount> m, Id<Mount> master) {
    for (Id<Mount> next; (next = k[m].mnt_master) != master; m = next) k[m].mnt_master = master;
}

} // namespace

void bulk_make_private(Kernel& k, MountList& set) {
    for (Id<Mount> m = set.first; m; m = k[m].mnt_list_next)
        if (!marked(k, m)) {
            const Id<Mount> heir = trace_transfers(k, m);
            set_destinations(k, m, heir);
        }
    for (Id<Mount> m = set.first; m; m = k[m].mnt_list_next) {
        transfer_propagation(k, m, k[m].mnt_master);
        k[m].mnt_master = {};
        clear_flags(k, m, T::MARKED);
    }
}

// ---- walking the propagation tree

namespace {

Id<Mount> propagation_next_up(const Kernel& k, Id<Mount> m, Id<Mount> origin) {
    while (true) {
        const Id<Mount> master = k[m].mnt_master;
        if (master == k[origin].mnt_master) {
            const Id<Mount> next = next_peer(k, m);
            return next == origin ? Id<Mount>{} : next;
        }
        if (k[m].mnt_slave_next) return next_slave(k, m);
        m = master; // back at the master
    }
}

/// The next mount that receives from `origin`, slaves of a mount before its peers.
Id<Mount> propagation_next(const Kernel& k, Id<Mount> m, Id<Mount> origin) {
    if (!is_mnt_new(k, m) && k[m].mnt_slave_list) return first_slave(k, m);
    return propagation_next_up(k, m, origin);
}

/// Past everything that receives from `m`.
Id<Mount> skip_propagation_subtree(const Kernel& k, Id<Mount> m, Id<Mount> origin) {
    Id<Mount> p = propagation_next_up(k, m, origin);
    while (p && peers(k, m, p)) p = propagation_next_up(k, p, origin);
    return p;
}

/// The first mount of the next peer group that receives from `origin`, depth first.
Id<Mount> next_group(const Kernel& k, Id<Mount> m, Id<Mount> origin) {
    while (true) {
        while (true) {
            if (!is_mnt_new(k, m) && k[m].mnt_slave_list) return first_slave(k, m);
            const Id<Mount> next = next_peer(k, m);
            if (k[m].mnt_group_id == k[origin].mnt_group_id) {
                if (next == origin) return {};
            } else if (k[m].mnt_slave_next != next) {
                break;
            }
            m = next;
        }
        // m is the last peer of its group
        while (true) {
            const Id<Mount> master = k[m].mnt_master;
            if (k[m].mnt_slave_next) return next_slave(k, m);
            m = next_peer(k, master);
            if (k[master].mnt_group_id == k[origin].mnt_group_id) break;
            if (k[master].mnt_slave_next == m) break;
            m = master;
        }
        if (m == origin) return {};
    }
}

/// Which mounts get a copy of what is mounted at a place. Peers mostly show the same directory, so the last answer is
/// kept.
class NeedSecondary {
  public:
    explicit NeedSecondary(Id<Dentry> dest_mp) : dest_mp_(dest_mp) {}

    bool operator()(const Kernel& k, Id<Mount> m) {
        const Mount& mount = k[m];
        if (!mount.mnt_ns) return false; // made by this very propagation
        if (mount.mnt_root != root_) {
            root_ = mount.mnt_root;
            sees_place_ = is_subdir(k, dest_mp_, root_);
        }
        return sees_place_ && !is_anon_ns(k, mount.mnt_ns);
    }

  private:
    Id<Dentry> dest_mp_, root_;
    bool sees_place_ = false;
};

/// The copy that the copy for `m` is to be a slave of.
Id<Mount> find_master(const Kernel& k, Id<Mount> m, Id<Mount> last_copy, Id<Mount> original) {
    Id<Mount> p;
    while ((p = k[m].mnt_master) && !marked(k, p)) m = p;
    while (!peers(k, last_copy, original)) {
        const Id<Mount> parent = k[last_copy].mnt_parent;
        if (k[parent].mnt_master == p) {
            if (!peers(k, parent, m)) last_copy = k[last_copy].mnt_master;
            break;
        }
        last_copy = k[last_copy].mnt_master;
    }
    return last_copy;
}

} // namespace

Result<> propagate_mnt(Kernel& k, Id<Mount> dest_mnt, Id<Dentry> dest_mp, Id<Mount> source,
                       std::vector<Id<Mount>>& tree_list) {
    Result<> result;
    Id<Mount> copy = source;
    NeedSecondary need_secondary(dest_mp);
    // Masters of those that have a copy: find_master() stops at them.
    std::vector<Id<Mount>> marks;
    const auto mark_master_of = [&](Id<Mount> m) {
        const Id<Mount> master = std::as_const(k)[m].mnt_master;
        if (!master || marked(k, master)) return;
        set_mark(k, master);
        marks.push_back(master);
    };
    mark_master_of(dest_mnt);

    for (Id<Mount> m = dest_mnt; m && result; m = next_group(k, m, dest_mnt)) {
        u32 type = CL::MAKE_SHARED;
        Id<Mount> n;
        if (m == dest_mnt) { // which has the original
            copy = source;
            n = next_peer(k, m);
            if (n == m) continue;
        } else {
            type = CL::SLAVE;
            if (is_mnt_shared(k, m)) type |= CL::MAKE_SHARED;
            n = m;
        }
        do {
            if (!need_secondary(k, n)) continue;
            if (type & CL::SLAVE) copy = find_master(k, n, copy, source); // the first of its peer group
            auto made = copy_tree(k, copy, k[copy].mnt_root, type);
            if (!made) {
                result = tl::unexpected(made.error());
                break;
            }
            k.note([&] {
                const std::string copied = "mount " + std::to_string(k[*made].mnt_id);
                return copied + " is made on " + mount_words(k, n) + ", which " +
                       (peers(k, n, dest_mnt) ? "is a peer of "
                                              : "is a slave, directly or further down, of the group of ") +
                       mount_words(k, dest_mnt) + "; it is a " + (type & CL::SLAVE ? "slave" : "peer") + " of mount " +
                       std::to_string(k[copy].mnt_id) + ", of which it is a copy";
            });
            mnt_set_mountpoint(k, n, dest_mp, *made);
            mark_master_of(n);
            copy = *made;
            tree_list.push_back(*made);
            result = count_mounts(k, std::as_const(k)[n].mnt_ns, *made);
            if (!result) break;
            type = CL::MAKE_SHARED;
        } while ((n = next_peer(k, n)) != m);
    }

    for (const Id<Mount> master : marks) clear_flags(k, master, T::MARKED);
    return result;
}

bool propagation_would_overmount(const Kernel& k, Id<Mount> from, Id<Mount> to, Id<Dentry> mp) {
    if (!is_mnt_shared(k, from) || k[to].mnt_root != mp) return false;
    for (Id<Mount> m = to; m; m = k[m].mnt_master)
        if (peers(k, from, m)) return true;
    return false;
}

bool propagate_mount_busy(const Kernel& k, Id<Mount> mnt, i32 refcnt) {
    if (k[mnt].mnt_mounts || k[mnt].mnt_count > refcnt) return true;
    const Id<Mount> parent = k[mnt].mnt_parent;
    if (parent == mnt) return false;
    for (Id<Mount> m = propagation_next(k, parent, parent); m; m = propagation_next(k, m, parent)) {
        const Id<Mount> child = lookup_mnt(k, m, k[mnt].mnt_mountpoint);
        if (!child) continue;
        if (const Id<Mount> first = k[child].mnt_mounts) {
            // One that covers it whole would not keep it from being pulled out; any other would.
            if (k[first].mnt_child_next || !k[child].overmount) continue;
        }
        if (k[child].mnt_count > 1) return true;
    }
    return false;
}

void propagate_mount_unlock(Kernel& k, Id<Mount> mnt) {
    if (!k.ever_locked) return;
    const Id<Mount> parent = k[mnt].mnt_parent;
    for (Id<Mount> m = propagation_next(k, parent, parent); m; m = propagation_next(k, m, parent))
        if (const Id<Mount> child = lookup_mnt(k, m, k[mnt].mnt_mountpoint)) k[child].mnt_flags &= ~MNT::LOCKED;
}

// ---- propagate_umount: which further mounts go

namespace {

void umount_one(Kernel& k, Id<Mount> m, MountList& to_umount) {
    k.note([&] { return mount_words(k, m) + " goes too: it received the mount that is umounted"; });
    k[m].mnt_flags |= MNT::UMOUNT;
    child_del(k, m);
    move_from_ns(k, m);
    list_add_tail(k, to_umount, m);
}

void remove_from_candidate_list(Kernel& k, MountList& candidates, Id<Mount> m) {
    clear_flags(k, m, T::MARKED | T::UMOUNT_CANDIDATE);
    list_del(k, candidates, m);
}

/// What received each mount of the set, wherever its parent propagates to.
void gather_candidates(Kernel& k, MountList& set, MountList& candidates) {
    for (Id<Mount> m = set.first; m; m = k[m].mnt_list_next) {
        if (is_candidate(k, m)) continue;
        k[m].mnt_t_flags |= T::UMOUNT_CANDIDATE;
        const Id<Mount> p = k[m].mnt_parent;
        Id<Mount> q = propagation_next(k, p, p);
        while (q) {
            if (const Id<Mount> child = lookup_mnt(k, q, k[m].mnt_mountpoint)) {
                // Found before, on an earlier round: what receives from q holds nothing new either.
                if (is_candidate(k, child)) {
                    q = skip_propagation_subtree(k, q, p);
                    continue;
                }
                k[child].mnt_t_flags |= T::UMOUNT_CANDIDATE;
                if (!will_be_unmounted(k, child)) list_add(k, candidates, child);
            }
            q = propagation_next(k, q, p);
        }
    }
    for (Id<Mount> m = set.first; m; m = k[m].mnt_list_next) clear_flags(k, m, T::UMOUNT_CANDIDATE);
}

/// Some child of `m` stays. Where the chain above it has a child that does not cover its parent whole, the parent
/// stays.
void trim_ancestors(Kernel& k, Id<Mount> m) {
    for (Id<Mount> p = k[m].mnt_parent; is_candidate(k, p); m = p, p = k[p].mnt_parent) {
        if (marked(k, m)) return; // all candidates above are overmounts
        set_mark(k, m);
        if (m != k[p].overmount) clear_flags(k, p, T::UMOUNT_CANDIDATE);
    }
}

/// Excludes the candidates that `m` forbids; commits to `m` where nothing stands against it.
void trim_one(Kernel& k, Id<Mount> m, MountList& candidates, MountList& to_umount) {
    if (!is_candidate(k, m)) { // trim_ancestors() left it on the list
        remove_from_candidate_list(k, candidates, m);
        return;
    }
    bool found = false, remove_this = false, umount_this = false;
    for (Id<Mount> n = k[m].mnt_mounts; n; n = k[n].mnt_child_next) {
        if (is_candidate(k, n)) continue;
        found = true;
        if (n != k[m].overmount) {
            remove_this = true;
            break;
        }
    }
    if (found) {
        trim_ancestors(k, m);
    } else if (!is_mnt_locked(k, m) && !k[m].mnt_mounts) {
        remove_this = true;
        umount_this = true;
    }
    if (!remove_this) return;
    if (!umount_this) k.note([&] { return mount_words(k, m) + " stays: something is mounted on it that does not go"; });
    remove_from_candidate_list(k, candidates, m);
    if (umount_this) umount_one(k, m, to_umount);
}

/// Locked mounts go only together with what they would otherwise reveal.
void handle_locked(Kernel& k, Id<Mount> m, MountList& candidates, MountList& to_umount) {
    if (!is_candidate(k, m)) {
        remove_from_candidate_list(k, candidates, m);
        return;
    }
    Id<Mount> cutoff = m, p = m;
    for (; is_candidate(k, p); p = k[p].mnt_parent) {
        remove_from_candidate_list(k, candidates, p);
        if (!is_mnt_locked(k, p)) cutoff = k[p].mnt_parent;
    }
    if (will_be_unmounted(k, p)) cutoff = p;
    while (m != cutoff) {
        umount_one(k, m, to_umount);
        m = k[m].mnt_parent;
    }
}

/// `m` stays and covers the top of a stack that goes: it slides down to where the bottom of the stack is attached.
void reparent(Kernel& k, Id<Mount> m) {
    Id<Mount> p = m;
    Id<Dentry> mp;
    do {
        mp = k[p].mnt_mountpoint;
        p = k[p].mnt_parent;
    } while (will_be_unmounted(k, p));
    k.note([&] { return mount_words(k, m) + " slides down onto " + mount_words(k, p) + ": what it covers goes"; });
    mnt_change_mountpoint(k, p, mp, m);
}

} // namespace

void propagate_umount(Kernel& k, MountList& set) {
    MountList to_umount;  // committed
    MountList candidates; // undecided

    gather_candidates(k, set, candidates);

    // Reduce the set until nothing that stays would have to move.
    for (Id<Mount> m = candidates.first, next; m; m = next) {
        next = k[m].mnt_list_next;
        trim_one(k, m, candidates, to_umount);
    }
    // And until nothing would be revealed.
    while (!candidates.empty()) handle_locked(k, candidates.first, candidates, to_umount);

    for (Id<Mount> m = to_umount.first; m; m = k[m].mnt_list_next) {
        const Id<Mount> over = k[m].overmount;
        if (over && !will_be_unmounted(k, over)) reparent(k, over);
    }
    list_splice_tail(k, to_umount, set);
}

// ---- propagate_from

i32 get_dominating_id(const Kernel& k, Id<Mount> mnt, Path root) {
    for (Id<Mount> master = k[mnt].mnt_master; master; master = k[master].mnt_master) {
        Id<Mount> m = master;
        do {
            if (k[m].mnt_ns == k[mnt].mnt_ns && is_path_reachable(k, m, k[m].mnt_root, root)) return k[m].mnt_group_id;
            m = next_peer(k, m);
        } while (m != master);
    }
    return 0;
}

} // namespace nslab
