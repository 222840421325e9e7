// Propagation of mounts: who receives what is mounted, moved and umounted where. Follows fs/pnode.c of Linux 6.18.
// Left out: locking, and notifications of fanotify, which nothing here can listen to.

#include <optional>

#include "sim/linux/fs/alike.hpp"

namespace nslab {

namespace {

Id<Mount> next_peer(const Kernel& k, Id<Mount> m) { return k[m].mnt_share_next; }

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
        for (; behind; behind = k[behind].mnt_slave_next) before = behind;
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

namespace {

/// "mount 31 at /a is shared, in group 2, and a slave of group 1"
std::string propagation_words(const Kernel& k, Id<Mount> m) {
    const Mount& mount = k[m];
    const auto group = [](const Mount& of) { return "group " + std::to_string(of.mnt_group_id); };
    std::string out = mount_words(k, m) + " is ";
    const bool shared = mount.mnt_t_flags & T::SHARED;
    if (shared) out += "shared, in " + group(mount);
    if (shared && next_peer(k, m) == m) out += ", alone so far";
    if (mount.mnt_master) out += (shared ? ", and a slave of " : "a slave of ") + group(k[mount.mnt_master]);
    if (mount.mnt_t_flags & T::UNBINDABLE) out += "unbindable";
    if (!shared && !mount.mnt_master && !(mount.mnt_t_flags & T::UNBINDABLE)) out += "private";
    return out;
}

} // namespace

void change_mnt_propagation(Kernel& k, Id<Mount> mnt, u64 type) {
    if (type == MS::SHARED) {
        set_mnt_shared(k, mnt);
        k.note(
            [&] { return propagation_words(k, mnt) + ": what happens below it reaches its peers and their slaves"; });
        return;
    }

    Mount& mount = k[mnt];
    const bool alone = mount.mnt_share_next == mnt, was_shared = mount.mnt_t_flags & T::SHARED;
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
        k.note([&] {
            return propagation_words(k, mnt) + (master                ? ": it receives from there and sends nothing"
                                                : was_shared && alone ? ": it had no peer that could be its master"
                                                                      : ": it was not shared, and so has no master");
        });
        return;
    }
    mount.mnt_master = {};
    if (type == MS::UNBINDABLE)
        mount.mnt_t_flags |= T::UNBINDABLE;
    else
        clear_flags(mount, T::UNBINDABLE);
    if (mount.mnt_flags & MNT::UMOUNT) return; // on its way out, as releases before bulk_make_private() do it
    k.note([&] {
        return propagation_words(k, mnt) + (type == MS::UNBINDABLE
                                                ? ": it neither sends nor receives, and cannot be copied by a bind"
                                                : ": it neither sends nor receives");
    });
}

// ---- bulk_make_private: a set of mounts leaves all propagation at once

namespace {

/// Takes `m` and those behind it out of their groups until somebody is found who stays: he inherits the slaves, and is
/// the master of all that were passed. (The kernel goes the way a second time for that, in set_destinations().)
void trace_transfers(Kernel& k, MountRef m, std::vector<Mount*>& passed) {
    passed.clear();
    // The ring is closed behind those that leave it when all have left that do.
    Id<Mount> first = m.id, before = m.at->mnt_share_prev, heir;
    while (true) {
        Mount& mount = *m.at;
        MountRef next{};
        const bool peers_left = mount.mnt_share_next != first;
        if (peers_left) {
            next = {mount.mnt_share_next, &k[mount.mnt_share_next], nullptr};
            mount.mnt_group_id = 0;
        } else {
            if (mount.mnt_t_flags & T::SHARED) mnt_release_group_id(k, mount);
            if (mount.mnt_master) {
                next = {mount.mnt_master, &k[mount.mnt_master], nullptr};
                first = next.id;
                before = next.at->mnt_share_prev;
            }
        }
        mount.mnt_share_next = mount.mnt_share_prev = m.id;
        slave_del(k, mount);
        mount.mnt_t_flags = static_cast<u8>((mount.mnt_t_flags & ~T::SHARED) | T::MARKED);
        passed.push_back(&mount);
        heir = next.id;
        if (!heir) break;
        if (!(next.at->mnt_flags & MNT::UMOUNT)) {
            if (!peers_left) break;
            next.at->mnt_share_prev = before;
            k[before].mnt_share_next = next.id;
            break;
        }
        if (next.at->mnt_t_flags & T::MARKED) {
            heir = next.at->mnt_master;
            break;
        }
        m = next;
    }
    for (Mount* mount : passed) mount->mnt_master = heir;
}

} // namespace

void bulk_make_private(Kernel& k, const MountList& set) {
    std::vector<Mount*> passed;
    for (const MountRef& m : set)
        if (!(m.at->mnt_t_flags & T::MARKED) && has_propagation(m)) trace_transfers(k, m, passed);
    if (passed.empty()) return;
    for (const MountRef& m : set) {
        Mount& mount = *m.at;
        if (mount.mnt_slave_list) transfer_propagation(k, mount, mount.mnt_master);
        mount.mnt_master = {};
        clear_flags(mount, T::MARKED);
    }
}

// ---- walking the propagation tree

namespace {

/// Who receives from a mount, one after the other: slaves of a mount before its peers. Source: fs/pnode.c,
/// propagation_next() and its neighbours.
class Receivers {
  public:
    Receivers(Kernel& k, Id<Mount> from)
        : k_(k), origin_(from), origin_master_(k[from].mnt_master), id_(from), at_(&k[from]) {
        next();
    }

    explicit operator bool() const { return bool(id_); }
    /// What is mounted on a place of the mount reached.
    MountRef child_at(Id<Dentry> mp) const { return find_mnt(k_, id_, *at_, mp); }
    void next() {
        if (at_->mnt_slave_list && !is_mnt_new(*at_))
            go(at_->mnt_slave_list);
        else
            next_up();
    }
    /// Past everything that receives from the mount reached.
    void skip_subtree() {
        const i32 group = at_->mnt_group_id;
        do next_up();
        while (id_ && group && at_->mnt_group_id == group);
    }

  private:
    void go(Id<Mount> m) {
        id_ = m;
        at_ = &k_[m];
    }
    void next_up() {
        for (;; go(at_->mnt_master)) { // back at the master
            if (at_->mnt_master == origin_master_) {
                if (at_->mnt_share_next == origin_)
                    id_ = {};
                else
                    go(at_->mnt_share_next);
                return;
            }
            if (at_->mnt_slave_next) return go(at_->mnt_slave_next);
        }
    }

    Kernel& k_;
    Id<Mount> origin_, origin_master_, id_;
    Mount* at_;
};

/// A mount and where it lies.
MountRef at(Kernel& k, Id<Mount> m) { return {m, m ? &k[m] : nullptr, nullptr}; }

/// The first mount of the next peer group that receives from `origin`, depth first; where `passed`, what receives from
/// `m` itself has had its turn.
MountRef next_group(Kernel& k, MountRef m, bool passed, Id<Mount> origin, i32 group) {
    const Mount* mount = m.at;
    for (;; passed = false) {
        Id<Mount> next;
        for (;; passed = false) {
            if (mount->mnt_slave_list && !passed && !is_mnt_new(*mount)) return at(k, mount->mnt_slave_list);
            next = mount->mnt_share_next;
            if (mount->mnt_group_id == group) {
                if (next == origin) return {};
            } else if (mount->mnt_slave_next != next) {
                break;
            }
            mount = &k[next];
        }
        // the last peer of its group
        while (true) {
            if (mount->mnt_slave_next) return at(k, mount->mnt_slave_next);
            mount = &k[mount->mnt_master];
            next = mount->mnt_share_next;
            if (mount->mnt_group_id == group) break;
            if (mount->mnt_slave_next == next) break;
        }
        if (next == origin) return {};
        mount = &k[next];
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
[[gnu::noinline]] Id<Mount> find_master(const Kernel& k, Id<Mount> m, Id<Mount> last_copy, Id<Mount> original) {
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

Result<> propagate_mnt(Kernel& k, Id<Mount> dest_mnt, Id<Dentry> dest_mp, Id<Mount> source, MountList& tree_list) {
    Result<> result;
    MountRef copy = at(k, source);
    NeedSecondary need_secondary(k, dest_mp);
    // A single mount that could be copied once can be copied again: its copies are alike.
    std::optional<Cloner> again;
    Dentry& place = k[dest_mp];
    // Masters of those that have a copy: find_master() stops at them.
    std::vector<Mount*> marks;
    const auto mark = [&](Mount& master) {
        if (master.mnt_t_flags & T::MARKED) return;
        master.mnt_t_flags |= T::MARKED;
        marks.push_back(&master);
    };
    MountRef on = at(k, dest_mnt); // what `copy` is mounted on
    const i32 group = on.at->mnt_group_id;
    if (on.at->mnt_master) mark(k[on.at->mnt_master]);

    MntNamespace* space = nullptr;
    Id<Mount> slaves;    // the first of the first peer of dest_mnt that has some: there next_group() would lead
    bool passed = false; // whether what receives from `m` has its copies, too
    for (MountRef m = on; m.id && result;
         m = m.id == dest_mnt ? at(k, slaves) : next_group(k, m, std::exchange(passed, false), dest_mnt, group)) {
        u32 type = CL::MAKE_SHARED;
        MountRef n = m;
        if (m.id == dest_mnt) { // which has the original
            slaves = m.at->mnt_slave_list;
            if (m.at->mnt_share_next == m.id) continue;
            n = at(k, m.at->mnt_share_next);
        } else {
            type = CL::SLAVE;
            if (m.at->mnt_t_flags & T::SHARED) type |= CL::MAKE_SHARED;
        }
        for (Id<Mount> next;; n = at(k, next)) {
            Mount& receiver = *n.at;
            next = receiver.mnt_share_next;
            if (m.id == dest_mnt && !slaves && !is_mnt_new(receiver)) slaves = receiver.mnt_slave_list;
            if ((space = need_secondary(receiver))) {
                // The first of its peer group. For a slave of what has the last copy, that is what find_master() finds.
                if ((type & CL::SLAVE) && receiver.mnt_master != on.id)
                    copy = at(k, find_master(k, n.id, copy.id, source));
                MountRef made;
                if (again) {
                    const auto fresh = (*again)(copy.id, *copy.at, type);
                    made = {fresh.id, &fresh.object, nullptr};
                } else if (auto tree = copy_tree(k, copy.id, copy.at->mnt_root, type)) {
                    made = at(k, *tree);
                    if (!made.at->mnt_mounts) again.emplace(k, *made.at);
                } else {
                    result = tl::unexpected(tree.error());
                    break;
                }
                k.note([&] {
                    return "mount " + std::to_string(made.at->mnt_id) + " is made on " + mount_words(k, n.id) +
                           ", which " +
                           (peers(k, n.id, dest_mnt) ? "is a peer of "
                                                     : "is a slave, directly or further down, of the group of ") +
                           mount_words(k, dest_mnt) + "; it is a " + (type & CL::SLAVE ? "slave" : "peer") +
                           " of mount " + std::to_string(copy.at->mnt_id) + ", of which it is a copy";
                });
                made.at->mnt_mountpoint = dest_mp;
                made.at->mnt_parent = n.id;
                mp_add_head(k, made.id, *made.at, place, copy);
                if (receiver.mnt_master) mark(look_up(k, receiver.mnt_master, on));
                copy = made;
                on = n;
                tree_list.add(made.id, made.at, &receiver);
                if (!count_mounts(k, *space, made.id, *made.at)) {
                    result = too_many_mounts();
                    break;
                }
                type = CL::MAKE_SHARED;
                if (again && !k.explaining && next != m.id) {
                    copy = copy_for_alike(k, *again, receiver, next, m.id, copy, *space, tree_list);
                    on = at(k, copy.at->mnt_parent);
                }
            }
            if (next == m.id) break;
        }
        if (again && !k.explaining && result && on.id == m.id && m.id != dest_mnt && m.at->mnt_share_next == m.id) {
            copy = copy_for_chain(k, *again, m, on, copy, *space, marks, tree_list);
            passed = !on.at->mnt_slave_list;
            if (!passed) m = on;
        }
    }

    for (Mount* const master : marks) clear_flags(*master, T::MARKED);
    return result;
}

bool propagation_would_overmount(const Kernel& k, Id<Mount> from, Id<Mount> to, Id<Dentry> mp) {
    if (!is_mnt_shared(k, from) || k[to].mnt_root != mp) return false;
    for (Id<Mount> m = to; m; m = k[m].mnt_master)
        if (peers(k, from, m)) return true;
    return false;
}

bool propagate_mount_busy(Kernel& k, Id<Mount> mnt, i32 refcnt, MountList& received) {
    const Mount& mount = k[mnt];
    if (mount.mnt_mounts || mount.mnt_count > refcnt) return true;
    if (mount.mnt_parent == mnt) return false;
    const Id<Dentry> mp = mount.mnt_mountpoint;
    for (Receivers m(k, mount.mnt_parent); m; m.next()) {
        const MountRef child = m.child_at(mp);
        if (!child.id) continue;
        received.add(child.id, child.at, child.parent);
        if (const Id<Mount> first = child.at->mnt_mounts) {
            // One that covers it whole would not keep it from being pulled out; any other would.
            if (k.plays(Behaviour::umount_asks_whole_chain)) return propagate_mount_busy_6_12_95(k, mnt);
            if (k[first].mnt_child_next || !child.at->overmount) continue;
        }
        if (child.at->mnt_count > 1) return true;
    }
    return false;
}

void propagate_mount_unlock(Kernel& k, Id<Mount> mnt) {
    if (!k.ever_locked) return;
    const Id<Dentry> mp = k[mnt].mnt_mountpoint;
    for (Receivers m(k, k[mnt].mnt_parent); m; m.next())
        if (const MountRef child = m.child_at(mp); child.id) child.at->mnt_flags &= ~MNT::LOCKED;
}

// ---- propagate_umount: which further mounts go

namespace {

[[gnu::always_inline]] inline void umount_one(Kernel& k, const MountRef& m, MntNamespace& space, const MountRef& guess,
                                              MountList& to_umount) {
    k.note([&] { return mount_words(k, m.id) + " goes too: it received the mount that is umounted"; });
    m.at->mnt_flags |= MNT::UMOUNT;
    child_del(k, m.id, *m.at, *m.parent);
    move_from_ns(k, m.id, *m.at, space, guess);
    to_umount.add(m.id, m.at, m.parent);
}

/// Undecided no more. (The list itself is worked off from one end.)
void remove_from_candidate_list(Mount& mount) { clear_flags(mount, T::MARKED | T::UMOUNT_CANDIDATE); }

/// What received each mount of the set, wherever its parent propagates to.
void gather_candidates(Kernel& k, const MountList& set, MountList& candidates) {
    for (const MountRef& m : set) {
        Mount& mount = *m.at;
        if (mount.mnt_t_flags & T::UMOUNT_CANDIDATE) continue;
        mount.mnt_t_flags |= T::UMOUNT_CANDIDATE;
        Receivers q(k, mount.mnt_parent);
        while (q) {
            if (const MountRef child = q.child_at(mount.mnt_mountpoint); child.id) {
                // Found before, on an earlier round: what receives from q holds nothing new either.
                if (child.at->mnt_t_flags & T::UMOUNT_CANDIDATE) {
                    q.skip_subtree();
                    continue;
                }
                child.at->mnt_t_flags |= T::UMOUNT_CANDIDATE;
                if (!(child.at->mnt_flags & MNT::UMOUNT)) candidates.add(child.id, child.at, child.parent);
            }
            q.next();
        }
    }
    for (const MountRef& m : set) clear_flags(*m.at, T::UMOUNT_CANDIDATE);
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

/// Excludes the candidates that `m` forbids; commits to `m` where nothing stands against it. True where that is still
/// open.
[[gnu::always_inline]] inline bool trim_one(Kernel& k, const MountRef& m, SpaceOf& space_of, const MountRef& guess,
                                            MountList& to_umount) {
    Mount& mount = *m.at;
    if (!(mount.mnt_t_flags & T::UMOUNT_CANDIDATE)) { // trim_ancestors() left it on the list
        remove_from_candidate_list(mount);
        return false;
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
        trim_ancestors(k, m.id);
    } else if (!(mount.mnt_flags & MNT::LOCKED) && !mount.mnt_mounts) {
        remove_this = true;
        umount_this = true;
    }
    if (!remove_this) return true;
    if (!umount_this)
        k.note([&] { return mount_words(k, m.id) + " stays: something is mounted on it that does not go"; });
    remove_from_candidate_list(mount);
    if (umount_this) umount_one(k, m, space_of(mount.mnt_ns), guess, to_umount);
    return false;
}

/// Locked mounts go only together with what they would otherwise reveal.
void handle_locked(Kernel& k, Id<Mount> m, MountList& to_umount) {
    if (!is_candidate(k, m)) {
        remove_from_candidate_list(k[m]);
        return;
    }
    Id<Mount> cutoff = m, p = m;
    while (is_candidate(k, p)) {
        Mount& mount = k[p];
        remove_from_candidate_list(mount);
        if (!(mount.mnt_flags & MNT::LOCKED)) cutoff = mount.mnt_parent;
        p = mount.mnt_parent;
    }
    if (will_be_unmounted(k, p)) cutoff = p;
    while (m != cutoff) {
        Mount& mount = k[m];
        umount_one(k, {m, &mount, &k[mount.mnt_parent]}, k[mount.mnt_ns], {}, to_umount);
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

void propagate_umount(Kernel& k, MountList& set, const MountList* received) {
    if (!has(k.release, Behaviour::umount_rewritten)) return propagate_umount_until_6_16(k, set);
    MountList gathered;
    if (received)
        for (const MountRef& m : *received) m.at->mnt_t_flags |= T::UMOUNT_CANDIDATE;
    else
        gather_candidates(k, set, gathered);
    const MountList& candidates = received ? *received : gathered; // undecided; the kernel's list has the newest first

    // Reduce the set until nothing that stays would have to move. What is committed to is added to the set.
    const std::size_t begin = set.size();
    MountList left;
    SpaceOf space_of(k);
    for (std::size_t i = candidates.size(); i-- > 0;)
        if (trim_one(k, candidates[i], space_of, candidates[i ? i - 1 : 0], set))
            left.add(candidates[i].id, candidates[i].at, candidates[i].parent);
    // And until nothing would be revealed.
    for (const MountRef& m : left) handle_locked(k, m.id, set);

    for (std::size_t i = begin; i < set.size(); ++i)
        if (const Id<Mount> over = set[i].at->overmount; over && !will_be_unmounted(k, over)) reparent(k, over);
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
