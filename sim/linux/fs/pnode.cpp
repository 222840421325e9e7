// Propagation of mounts: who receives what is mounted, moved and umounted where. Follows fs/pnode.c of Linux 6.18.
// Left out: locking, and notifications of fanotify, which nothing here can listen to.

#include <optional>

#include "sim/linux/fs/cloner.hpp"

namespace nslab {

namespace {

Id<Mount> next_peer(const Kernel& k, Id<Mount> m) { return k[m].mnt_share_next; }
Id<Mount> first_slave(const Kernel& k, Id<Mount> m) { return k[m].mnt_slave_list; }
Id<Mount> next_slave(const Kernel& k, Id<Mount> m) { return k[m].mnt_slave_next; }

bool marked(const Kernel& k, Id<Mount> m) { return k[m].mnt_t_flags & T::MARKED; }
void set_mark(Kernel& k, Id<Mount> m) { k[m].mnt_t_flags |= T::MARKED; }
void clear_flags(Mount& mount, u8 flags) { mount.mnt_t_flags = static_cast<u8>(mount.mnt_t_flags & ~flags); }

bool will_be_unmounted(const Kernel& k, Id<Mount> m) { return k[m].mnt_flags & MNT::UMOUNT; }
bool is_candidate(const Kernel& k, Id<Mount> m) { return k[m].mnt_t_flags & T::UMOUNT_CANDIDATE; }

/// The slaves of `from` become slaves of `to`, at the head of its list and in their order; of nobody where `to` is
/// NULL.
void transfer_propagation(Kernel& k, Mount& from, Id<Mount> to) {
    const Id<Mount> first = from.mnt_slave_list;
    if (!first) return;
    Id<Mount> last;
    for (Id<Mount> m = first, next; m; m = next) {
        Mount& slave = k[m];
        next = slave.mnt_slave_next;
        slave.mnt_master = to;
        if (!to)
            slave_del(k, slave);
        else
            slave.mnt_slave_head = to;
        last = m;
    }
    if (!to) return;
    from.mnt_slave_list = {};
    Id<Mount> behind = k[to].mnt_slave_list, before;
    if (behind && !k.plays(Behaviour::next_peer_inherits)) // at its tail, then
        for (; behind; behind = next_slave(k, behind)) before = behind;
    k[last].mnt_slave_next = behind;
    k[first].mnt_slave_prev = before;
    if (behind) k[behind].mnt_slave_prev = last;
    (before ? k[before].mnt_slave_next : k[to].mnt_slave_list) = first;
}

/// Who takes over from a mount that leaves its peers.
Id<Mount> heir_of(const Kernel& k, Id<Mount> m) {
    const Id<Mount> next = next_peer(k, m);
    if (k[next].mnt_root == k[m].mnt_root || k.plays(Behaviour::next_peer_inherits)) return next;
    for (Id<Mount> peer = next; peer != m; peer = next_peer(k, peer))
        if (k[peer].mnt_root == k[m].mnt_root) return peer;
    return next;
}

} // namespace

void mnt_release_group_id(Kernel& k, Mount& mount) {
    k.mnt_group_ida.free(static_cast<u32>(mount.mnt_group_id));
    mount.mnt_group_id = 0;
}

void set_mnt_shared(Kernel& k, Id<Mount> m) {
    u8& flags = k[m].mnt_t_flags;
    flags = static_cast<u8>((flags & ~T::UNBINDABLE) | T::SHARED); // who shares its events can be bound
}

void change_mnt_propagation(Kernel& k, Id<Mount> mnt, u64 type) {
    if (type == MS::SHARED) return set_mnt_shared(k, mnt);

    Mount& mount = k[mnt];
    Id<Mount> master = mount.mnt_master;
    if (mount.mnt_t_flags & T::SHARED) {
        if (mount.mnt_share_next == mnt) {
            mnt_release_group_id(k, mount);
        } else {
            // It leaves its group: a peer becomes its master, and that of its slaves.
            master = heir_of(k, mnt);
            share_del(k, mnt, mount);
            mount.mnt_group_id = 0;
        }
        clear_flags(mount, T::SHARED);
        transfer_propagation(k, mount, master);
    }
    slave_del(k, mount);
    if (type == MS::SLAVE) {
        mount.mnt_master = master;
        if (master) slave_add_head(k, mnt, master);
        return;
    }
    mount.mnt_master = {};
    if (type == MS::UNBINDABLE)
        mount.mnt_t_flags |= T::UNBINDABLE;
    else
        clear_flags(mount, T::UNBINDABLE);
}

// ---- bulk_make_private: a set of mounts leaves all propagation at once

namespace {

/// Takes `m` and those behind it out of their groups until somebody is found who stays: he inherits the slaves.
Id<Mount> trace_transfers(Kernel& k, Id<Mount> m) {
    while (true) {
        Mount& mount = k[m];
        Id<Mount> next = mount.mnt_share_next;
        if (next != m) {
            share_del(k, m, mount);
            mount.mnt_group_id = 0;
            mount.mnt_master = next;
        } else {
            if (mount.mnt_t_flags & T::SHARED) mnt_release_group_id(k, mount);
            next = mount.mnt_master;
        }
        slave_del(k, mount);
        mount.mnt_t_flags = static_cast<u8>((mount.mnt_t_flags & ~T::SHARED) | T::MARKED);
        if (!next || !will_be_unmounted(k, next)) return next;
        if (marked(k, next)) return k[next].mnt_master;
        m = next;
    }
}

void set_destinations(Kernel& k, Id<Mount> m, Id<Mount> master) {
    while (true) {
        Mount& mount = k[m];
        if (mount.mnt_master == master) return;
        m = std::exchange(mount.mnt_master, master);
    }
}

} // namespace

void bulk_make_private(Kernel& k, MountList& set) {
    for (Id<Mount> m = set.first; m; m = std::as_const(k)[m].mnt_list_next)
        if (!marked(k, m)) {
            const Id<Mount> heir = trace_transfers(k, m);
            set_destinations(k, m, heir);
        }
    for (Id<Mount> m = set.first; m;) {
        Mount& mount = k[m];
        transfer_propagation(k, mount, mount.mnt_master);
        mount.mnt_master = {};
        clear_flags(mount, T::MARKED);
        m = mount.mnt_list_next;
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

/// Which mounts get a copy of what is mounted at a place, and the namespace that it comes into. Peers mostly show the
/// same directory, and many are in one namespace, so the last answers are kept.
class NeedSecondary {
  public:
    NeedSecondary(Kernel& k, Id<Dentry> dest_mp) : k_(k), dest_mp_(dest_mp) {}

    /// NULL where the mount gets no copy.
    MntNamespace* operator()(const Mount& mount) {
        if (!mount.mnt_ns) return nullptr; // made by this very propagation
        if (mount.mnt_root != root_) {
            root_ = mount.mnt_root;
            sees_place_ = is_subdir(k_, dest_mp_, root_);
        }
        if (!sees_place_) return nullptr;
        if (mount.mnt_ns != ns_) {
            ns_ = mount.mnt_ns;
            space_ = is_anon_ns(k_, ns_) ? nullptr : &k_[ns_];
        }
        return space_;
    }

  private:
    Kernel& k_;
    Id<Dentry> dest_mp_, root_;
    bool sees_place_ = false;
    Id<MntNamespace> ns_;
    MntNamespace* space_ = nullptr;
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
    Mount* from = &k[source];
    NeedSecondary need_secondary(k, dest_mp);
    // A single mount that could be copied once can be copied again: its copies are alike.
    std::optional<Cloner> again;
    Dentry& place = k[dest_mp];
    // Masters of those that have a copy: find_master() stops at them.
    std::vector<Id<Mount>> marks;
    const auto mark_master_of = [&](const Mount& mount) {
        const Id<Mount> master = mount.mnt_master;
        if (!master || marked(k, master)) return;
        set_mark(k, master);
        marks.push_back(master);
    };
    const Kernel& c = k;
    mark_master_of(c[dest_mnt]);

    for (Id<Mount> m = dest_mnt; m && result; m = next_group(k, m, dest_mnt)) {
        u32 type = CL::MAKE_SHARED;
        Id<Mount> n;
        if (m == dest_mnt) { // which has the original
            n = next_peer(k, m);
            if (n == m) continue;
        } else {
            type = CL::SLAVE;
            if (is_mnt_shared(k, m)) type |= CL::MAKE_SHARED;
            n = m;
        }
        for (Id<Mount> next;; n = next) {
            const Mount& receiver = c[n];
            next = receiver.mnt_share_next;
            if (MntNamespace* const space = need_secondary(receiver)) {
                if (type & CL::SLAVE) { // the first of its peer group
                    copy = find_master(k, n, copy, source);
                    from = &k[copy];
                }
                Id<Mount> made;
                Mount* copied;
                if (again) {
                    const auto fresh = (*again)(copy, *from, type);
                    made = fresh.id;
                    copied = &fresh.object;
                } else if (auto tree = copy_tree(k, copy, c[copy].mnt_root, type)) {
                    made = *tree;
                    copied = &k[made];
                    if (!copied->mnt_mounts) again.emplace(k, source, copied->mnt_root);
                } else {
                    result = tl::unexpected(tree.error());
                    break;
                }
                k.note([&] {
                    return "mount " + std::to_string(k[made].mnt_id) + " is made on " + mount_words(k, n) + ", which " +
                           (peers(k, n, dest_mnt) ? "is a peer of "
                                                  : "is a slave, directly or further down, of the group of ") +
                           mount_words(k, dest_mnt) + "; it is a " + (type & CL::SLAVE ? "slave" : "peer") +
                           " of mount " + std::to_string(k[copy].mnt_id) + ", of which it is a copy";
                });
                copied->mnt_mountpoint = dest_mp;
                copied->mnt_parent = n;
                mp_add_head(k, made, *copied, place);
                mark_master_of(receiver);
                copy = made;
                from = copied;
                tree_list.push_back(made);
                if (auto fits = count_mounts(k, *space, made, *copied); !fits) {
                    result = fits;
                    break;
                }
                type = CL::MAKE_SHARED;
            }
            if (next == m) break;
        }
    }

    for (const Id<Mount> master : marks) clear_flags(k[master], T::MARKED);
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
            k.meet(Behaviour::umount_asks_whole_chain);
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

void umount_one(Kernel& k, Id<Mount> m, Mount& mount, MountList& to_umount) {
    k.note([&] { return mount_words(k, m) + " goes too: it received the mount that is umounted"; });
    mount.mnt_flags |= MNT::UMOUNT;
    child_del(k, m, mount);
    move_from_ns(k, m, mount);
    list_add_tail(k, to_umount, m, mount);
}

void remove_from_candidate_list(Kernel& k, MountList& candidates, Mount& mount) {
    clear_flags(mount, T::MARKED | T::UMOUNT_CANDIDATE);
    list_del(k, candidates, mount);
}

/// What received each mount of the set, wherever its parent propagates to.
void gather_candidates(Kernel& k, MountList& set, MountList& candidates) {
    for (Id<Mount> m = set.first; m; m = std::as_const(k)[m].mnt_list_next) {
        if (is_candidate(k, m)) continue;
        Mount& mount = k[m];
        mount.mnt_t_flags |= T::UMOUNT_CANDIDATE;
        const Id<Mount> p = mount.mnt_parent;
        Id<Mount> q = propagation_next(k, p, p);
        while (q) {
            if (const Id<Mount> child = lookup_mnt(k, q, mount.mnt_mountpoint)) {
                Mount& received = k[child];
                // Found before, on an earlier round: what receives from q holds nothing new either.
                if (received.mnt_t_flags & T::UMOUNT_CANDIDATE) {
                    q = skip_propagation_subtree(k, q, p);
                    continue;
                }
                received.mnt_t_flags |= T::UMOUNT_CANDIDATE;
                if (!(received.mnt_flags & MNT::UMOUNT)) list_add(k, candidates, child, received);
            }
            q = propagation_next(k, q, p);
        }
    }
    for (Id<Mount> m = set.first; m;) {
        Mount& mount = k[m];
        clear_flags(mount, T::UMOUNT_CANDIDATE);
        m = mount.mnt_list_next;
    }
}

/// Some child of `m` stays. Where the chain above it has a child that does not cover its parent whole, the parent
/// stays.
void trim_ancestors(Kernel& k, Id<Mount> m) {
    for (Id<Mount> p = k[m].mnt_parent; is_candidate(k, p); m = p, p = k[p].mnt_parent) {
        if (marked(k, m)) return; // all candidates above are overmounts
        set_mark(k, m);
        if (m != k[p].overmount) clear_flags(k[p], T::UMOUNT_CANDIDATE);
    }
}

/// Excludes the candidates that `m` forbids; commits to `m` where nothing stands against it.
void trim_one(Kernel& k, Id<Mount> m, Mount& mount, MountList& candidates, MountList& to_umount) {
    if (!(mount.mnt_t_flags & T::UMOUNT_CANDIDATE)) { // trim_ancestors() left it on the list
        remove_from_candidate_list(k, candidates, mount);
        return;
    }
    bool found = false, remove_this = false, umount_this = false;
    for (Id<Mount> n = mount.mnt_mounts; n; n = std::as_const(k)[n].mnt_child_next) {
        if (is_candidate(k, n)) continue;
        found = true;
        if (n != mount.overmount) {
            remove_this = true;
            break;
        }
    }
    if (mount.mnt_mounts || (mount.mnt_flags & MNT::LOCKED)) k.meet(Behaviour::umount_rewritten);
    if (found) {
        trim_ancestors(k, m);
    } else if (!(mount.mnt_flags & MNT::LOCKED) && !mount.mnt_mounts) {
        remove_this = true;
        umount_this = true;
    }
    if (!remove_this) return;
    if (!umount_this) k.note([&] { return mount_words(k, m) + " stays: something is mounted on it that does not go"; });
    remove_from_candidate_list(k, candidates, mount);
    if (umount_this) umount_one(k, m, mount, to_umount);
}

/// Locked mounts go only together with what they would otherwise reveal.
void handle_locked(Kernel& k, Id<Mount> m, MountList& candidates, MountList& to_umount) {
    if (!is_candidate(k, m)) {
        remove_from_candidate_list(k, candidates, k[m]);
        return;
    }
    Id<Mount> cutoff = m, p = m;
    while (is_candidate(k, p)) {
        Mount& mount = k[p];
        remove_from_candidate_list(k, candidates, mount);
        if (!(mount.mnt_flags & MNT::LOCKED)) cutoff = mount.mnt_parent;
        p = mount.mnt_parent;
    }
    if (will_be_unmounted(k, p)) cutoff = p;
    while (m != cutoff) {
        Mount& mount = k[m];
        umount_one(k, m, mount, to_umount);
        m = mount.mnt_parent;
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
        Mount& mount = k[m];
        next = mount.mnt_list_next;
        trim_one(k, m, mount, candidates, to_umount);
    }
    // And until nothing would be revealed.
    while (!candidates.empty()) handle_locked(k, candidates.first, candidates, to_umount);

    for (Id<Mount> m = to_umount.first; m; m = std::as_const(k)[m].mnt_list_next) {
        const Id<Mount> over = std::as_const(k)[m].overmount;
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
