// What goes along with an umount until Linux 6.16, before that part of fs/pnode.c was rewritten, and who is asked
// before an umount in the stable releases of 6.12 that got a part of the rewrite. Follows fs/pnode.c of Linux 6.12.95.

#include <algorithm>
#include <unordered_set>

#include "sim/linux/fs/mount.hpp"

namespace nslab {

namespace {

Id<Mount> propagation_next(const Kernel& k, Id<Mount> m, Id<Mount> origin) {
    if (!is_mnt_new(k, m) && k[m].mnt_slave_list) return k[m].mnt_slave_list;
    for (;;) {
        const Id<Mount> master = k[m].mnt_master;
        if (master == k[origin].mnt_master) {
            const Id<Mount> next = k[m].mnt_share_next;
            return next == origin ? Id<Mount>{} : next;
        }
        if (const Id<Mount> next = k[m].mnt_slave_next) return next;
        m = master;
    }
}

/// A mount behind which propagation_next() does not go on with the slaves of `m`.
Id<Mount> skip_propagation_subtree(const Kernel& k, Id<Mount> m) {
    if (is_mnt_new(k, m) || !k[m].mnt_slave_list) return m;
    m = k[m].mnt_slave_list;
    while (const Id<Mount> next = k[m].mnt_slave_next) m = next;
    return m;
}

bool covers_its_parent(const Kernel& k, Id<Mount> m) { return k[m].mnt_mountpoint == k[k[m].mnt_parent].mnt_root; }

class Umount {
  public:
    Umount(Kernel& k, MountList& list) : k_(k), list_(list) {}

    void propagate() {
        for (std::size_t i = list_.size(); i-- > 0;) visit(list_[i].id);
        for (std::size_t i = 0; i < to_umount_.size(); ++i) children_of(to_umount_[i]);
        restore();
        for (const Id<Mount> m : to_umount_) list_.add(m, &k_[m], &k_[k_[m].mnt_parent]);
    }

  private:
    void visit(Id<Mount> mnt) {
        if (!umounting_.insert(mnt).second) return; // what receives it has been visited
        const Id<Mount> parent = k_[mnt].mnt_parent;
        for (Id<Mount> m = propagation_next(k_, parent, parent); m; m = propagation_next(k_, m, parent)) {
            Id<Mount> child = lookup_mnt(k_, m, k_[mnt].mnt_mountpoint);
            if (!child) continue;
            if (umounting_.contains(child)) {
                m = skip_propagation_subtree(k_, m);
                continue;
            }
            if (k_[child].mnt_flags & MNT::UMOUNT) {
                umounting_.insert(child);
                continue;
            }
            // The child, and its parents as long as that changes what they are.
            while (umount_where_alone(child)) {
                child = k_[child].mnt_parent;
                if (!umounting_.contains(child)) break;
            }
        }
    }

    bool marked(Id<Mount> m) const { return k_[m].mnt_t_flags & T::MARKED; }
    void unmark(Id<Mount> m) { k_[m].mnt_t_flags = static_cast<u8>(k_[m].mnt_t_flags & ~T::MARKED); }

    void umount_one(Id<Mount> m) {
        k_.note([&] { return mount_words(k_, m) + " goes too: it received the mount that is umounted"; });
        Mount& mount = k_[m];
        unmark(m);
        mount.mnt_flags |= MNT::UMOUNT;
        child_del(k_, m, mount, k_[mount.mnt_parent]);
        umounting_.erase(m);
        std::erase(to_restore_, m);
        if (mount.on_ns_list) move_from_ns(k_, m, mount, k_[mount.mnt_ns]);
        to_umount_.push_back(m);
    }
    void restore_later(Id<Mount> m) {
        umounting_.insert(m);
        std::erase(to_restore_, m);
        to_restore_.push_back(m);
    }

    /// Source: __propagate_umount().
    bool umount_where_alone(Id<Mount> m) {
        if ((k_[m].mnt_flags & MNT::UMOUNT) || marked(m)) return false;
        for (Id<Mount> child = k_[m].mnt_mounts; child; child = k_[child].mnt_child_next) {
            if (covers_its_parent(k_, child) || (umounting_.contains(child) && marked(child))) continue;
            restore_later(m);
            return false;
        }
        k_[m].mnt_t_flags |= T::MARKED;
        if (k_[m].mnt_flags & MNT::LOCKED)
            restore_later(m); // it goes with what it covers, or not at all
        else
            umount_one(m);
        return true;
    }

    /// Source: umount_list().
    void children_of(Id<Mount> m) {
        for (Id<Mount> child = k_[m].mnt_mounts, next; child; child = next) {
            next = k_[child].mnt_child_next;
            if (covers_its_parent(k_, child))
                restore_later(child);
            else
                umount_one(child);
        }
    }

    /// Source: restore_mounts().
    void restore() {
        for (const Id<Mount> m : std::exchange(to_restore_, {})) {
            unmark(m);
            Id<Mount> parent = k_[m].mnt_parent;
            Id<Dentry> mp = k_[m].mnt_mountpoint;
            while (k_[parent].mnt_flags & MNT::UMOUNT) {
                mp = k_[parent].mnt_mountpoint;
                parent = k_[parent].mnt_parent;
            }
            if (parent == k_[m].mnt_parent) continue;
            k_.note([&] { return mount_words(k_, m) + " slides down onto " + mount_words(k_, parent); });
            mnt_change_mountpoint(k_, parent, mp, m);
        }
    }

    Kernel& k_;
    MountList& list_;
    std::unordered_set<Id<Mount>> umounting_; // on a list through mnt_umounting: visited, or to be restored
    std::vector<Id<Mount>> to_umount_, to_restore_;
};

// ---- who is asked whether he is busy, in 6.12.95

bool receives_from(const Kernel& k, Id<Mount> m, Id<Mount> parent) {
    if (m == parent) return false;
    for (; m; m = k[m].mnt_master)
        if (m == parent || peers(k, m, parent)) return true;
    return false;
}

/// The copy of the victim on top of its copy `m`, where `m` receives from the victim's parent, too.
Id<Mount> next_candidate(const Kernel& k, Id<Mount> m, Id<Mount> victim) {
    if (!receives_from(k, m, k[victim].mnt_parent)) return {};
    return lookup_mnt(k, m, k[victim].mnt_mountpoint);
}

/// Whether a mount of the chain of candidates from `c` down would go and is in use.
bool chain_busy(const Kernel& k, Id<Mount> c, Id<Mount> victim) {
    const auto has_other = [&](Id<Mount> m, Id<Mount> next, bool but_covering) {
        for (Id<Mount> n = k[m].mnt_mounts; n; n = k[n].mnt_child_next)
            if (n != next && n != victim && !(but_covering && covers_its_parent(k, n))) return true;
        return false;
    };
    Id<Mount> deepest;
    for (Id<Mount> m = c, next; m; m = next) {
        next = next_candidate(k, m, victim);
        if (has_other(m, next, false)) deepest = m;
    }
    bool above = bool(deepest);
    for (Id<Mount> m = c, next; m; m = next) {
        next = next_candidate(k, m, victim);
        bool goes = !has_other(m, next, true);
        if (next && !covers_its_parent(k, next) && above && m != deepest) goes = false;
        if (m == deepest) above = false;
        if (goes && k[m].mnt_count > 1) return true;
    }
    return false;
}

} // namespace

void propagate_umount_until_6_16(Kernel& k, MountList& set) { Umount(k, set).propagate(); }

bool propagate_mount_busy_6_12_95(const Kernel& k, Id<Mount> mnt) {
    const Id<Mount> parent = k[mnt].mnt_parent;
    const Id<Dentry> mp = k[mnt].mnt_mountpoint;
    for (Id<Mount> m = propagation_next(k, parent, parent); m; m = propagation_next(k, m, parent)) {
        const Id<Mount> c = lookup_mnt(k, m, mp);
        // Each chain once, from its top.
        if (!c || (mnt_has_parent(k, m) && k[m].mnt_mountpoint == mp && receives_from(k, k[m].mnt_parent, parent)))
            continue;
        if (chain_busy(k, c, mnt)) return true;
    }
    return false;
}

} // namespace nslab
