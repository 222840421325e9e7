// Mounts and trees of them: making, copying, attaching, detaching, ending. The part of fs/namespace.c of Linux 6.18
// that mount(2), umount(2), the newer calls and namespace copies stand on. Left out: locking, RCU, automounts and the
// expiry lists of network file systems.

#include "sim/linux/fs/alike.hpp"
#include "sim/linux/fs/copy_tree.hpp"

namespace nslab {

// ---- a mount's life

void put_devname(Kernel& k, Id<Devname> name) {
    if (--k[name].count == 0) k.devnames.free(name);
}

namespace {

/// What remains to be done when nothing refers to a mount any more. Those that end together are often alike, so that
/// what they have in common is looked up once. Source: cleanup_mnt().
class Cleanup {
  public:
    explicit Cleanup(Kernel& k) : k_(k) {}

    [[gnu::always_inline]] void operator()(Id<Mount> m, const Mount& mount) {
        if (of_others(m, mount)) return;
        free(m, mount);
        put_last();
    }
    /// The same at once, where nothing else ends with it. False where something would; nothing has been done then.
    [[gnu::always_inline]] bool of_others(Id<Mount> m, const Mount& mount) {
        if (mount.mnt_root != root_ || mount.mnt_devname != devname_) look_up(mount);
        if (name_->count == 1 || dentry_->d_count == 1 || sb_->s_active == 1) [[unlikely]]
            return false;
        free(m, mount);
        --name_->count;
        --dentry_->d_count;
        --sb_->s_active;
        return true;
    }
    /// Others have let go of something, too.
    void forget() {
        root_ = {};
        devname_ = {};
    }

  private:
    [[gnu::noinline]] void look_up(const Mount& mount) {
        root_ = mount.mnt_root;
        devname_ = mount.mnt_devname;
        name_ = &k_[devname_];
        dentry_ = &k_[root_];
        sb_ = &k_[dentry_->d_sb];
    }
    [[gnu::always_inline]] void free(Id<Mount> m, const Mount& mount) {
        k_.mnt_id_ida.free(static_cast<u32>(mount.mnt_id));
        k_.mounts.free(m);
    }
    [[gnu::noinline]] void put_last() {
        const Id<SuperBlock> sb = dentry_->d_sb;
        put_devname(k_, std::exchange(devname_, {}));
        dput(k_, std::exchange(root_, {}));
        deactivate_super(k_, sb);
    }

    Kernel& k_;
    Id<Dentry> root_;
    Id<Devname> devname_;
    Devname* name_ = nullptr;
    Dentry* dentry_ = nullptr;
    SuperBlock* sb_ = nullptr;
};

} // namespace

Id<Mount> vfs_create_mount(Kernel& k, Id<Dentry> root, std::string_view devname) {
    const Id<Devname> name = k.devnames.alloc();
    k[name] = Devname{std::string(devname), 1, {}};
    Dentry& dentry = k[root];
    SuperBlock& sb = k[dentry.d_sb];
    if (sb.s_user_ns && sb.s_user_ns != k.init_user_ns) k.meet(Behaviour::mount_holds_user_ns);
    return alloc_vfsmnt(k, name, root, dentry, sb).id;
}

Id<Mount> kern_mount(Kernel& k, FsType type, Id<Dentry> root) {
    const Id<Mount> m = vfs_create_mount(k, root, fs_type_name(type));
    k[m].mnt_flags = MNT::INTERNAL;
    k[m].internal = true;
    return m;
}

Id<Mount> clone_mnt(Kernel& k, Id<Mount> old, Id<Dentry> root, u32 flag) {
    return CopyInRow{k}(old, k[old], root, flag).id;
}

namespace {

/// Drops a reference; true where it was the last one and the mount has to end.
bool mnt_put_and_test(Mount& mount) { return --mount.mnt_count == 0 && !mount.mnt_ns && !mount.internal; }

/// A mount that ends lets go of the children that a lazy umount left connected to it, and so on down.
[[gnu::noinline]] void cleanup_with_children(Kernel& k, Id<Mount> m) {
    std::vector<Id<Mount>> ending{m};
    while (!ending.empty()) {
        const Id<Mount> last = ending.back();
        ending.pop_back();
        Mount& mount = k[last];
        while (const Id<Mount> child = mount.mnt_mounts) {
            umount_mnt(k, child);
            if (mnt_put_and_test(k[child])) ending.push_back(child);
        }
        Cleanup{k}(last, mount);
    }
}

} // namespace

void mntput_no_expire(Kernel& k, Id<Mount> m) {
    Mount& mount = k[m];
    if (!mnt_put_and_test(mount)) return;
    if (mount.mnt_mounts) return cleanup_with_children(k, m);
    Cleanup{k}(m, mount);
}

void mntput(Kernel& k, Id<Mount> m) {
    Mount& mount = k[m];
    mount.mnt_expiry_mark = false;
    if (mount.mnt_count > 1)
        --mount.mnt_count;
    else
        mntput_no_expire(k, m);
}

// ---- writers

bool mnt_is_readonly(const Kernel& k, Id<Mount> m) {
    return (k[m].mnt_flags & MNT::READONLY) || k[mnt_sb(k, m)].s_readonly;
}

Result<> mnt_want_write(const Kernel& k, Id<Mount> m) {
    if (mnt_is_readonly(k, m))
        return fail(E::ROFS,
                    k[m].mnt_flags & MNT::READONLY ? "the mount is read-only" : "the super block is read-only");
    return {};
}

Result<> mnt_get_write_access(Kernel& k, Id<Mount> m) {
    TRY(mnt_want_write(k, m));
    ++k[m].mnt_writers;
    return {};
}

void mnt_put_write_access(Kernel& k, Id<Mount> m) { --k[m].mnt_writers; }

Result<> mnt_hold_writers(Kernel& k, Id<Mount> m) {
    if (k[m].mnt_writers > 0) return fail(E::BUSY, "a file is open for writing on the mount");
    return {};
}

// ---- attaching

Result<> get_mountpoint(const Kernel& k, Id<Dentry> d) {
    for (Id<Dentry> p = d;; p = k[p].d_parent) {
        if (d_unlinked(k, p)) return fail(E::NOENT, "the place has been removed from its directory");
        if (k[p].d_parent == p) return {};
    }
}

void mnt_set_mountpoint(Kernel& k, Id<Mount> parent, Id<Dentry> mp, Id<Mount> child) {
    Mount& mount = k[child];
    mount.mnt_mountpoint = mp;
    mount.mnt_parent = parent;
    mp_add_head(k, child, mount, k[mp]);
}

namespace {

/// struct mountpoint lets go of its dentry when the last mount has left it.
void maybe_free_mountpoint(Kernel& k, Id<Dentry> mp, const Dentry& place) {
    if (!place.d_mounts) dput(k, mp);
}

[[gnu::always_inline]] inline void umount_mnt(Kernel& k, const MountRef& m, const MountRef& guess) {
    Mount& mount = *m.at;
    if (m.parent->overmount == m.id) m.parent->overmount = {};
    child_del(k, m.id, mount, *m.parent);
    unhash_mount(k, m.id, mount);
    const Id<Dentry> mp = mount.mnt_mountpoint;
    mount.mnt_parent = m.id;
    mount.mnt_mountpoint = mount.mnt_root;
    if (!mount.on_mp_list) return;
    Dentry& place = k[mp];
    mp_del(k, mount, place, guess);
    maybe_free_mountpoint(k, mp, place);
}

} // namespace

void umount_mnt(Kernel& k, Id<Mount> m) {
    Mount& mount = k[m];
    umount_mnt(k, {m, &mount, &k[mount.mnt_parent]}, {});
}

void make_visible(Kernel& k, Id<Mount> m) {
    Mount& mount = k[m];
    reserve_mount_hash(k, 1);
    make_visible(k, m, mount, k[mount.mnt_parent], chain_of(k, mount.mnt_parent, mount.mnt_mountpoint));
}

void attach_mnt(Kernel& k, Id<Mount> m, Id<Mount> parent, Id<Dentry> mp) {
    mnt_set_mountpoint(k, parent, mp, m);
    make_visible(k, m);
}

void mnt_change_mountpoint(Kernel& k, Id<Mount> parent, Id<Dentry> mp, Id<Mount> m) {
    Mount& mount = k[m];
    child_del(k, m, mount);
    unhash_mount(k, m, mount);
    // The kernel leaves that of a mount that goes, which nobody asks any more.
    if (std::as_const(k)[mount.mnt_parent].overmount == m) k[mount.mnt_parent].overmount = {};
    const Id<Dentry> old = mount.mnt_mountpoint;
    const bool attached = mount.on_mp_list;
    if (attached) mp_del(k, mount, k[old]);
    attach_mnt(k, m, parent, mp);
    if (attached) maybe_free_mountpoint(k, old, k[old]);
}

namespace {

/// The last mount of a namespace that is older than `mount`.
[[gnu::noinline]] Id<Mount> older_in_ns(const Kernel& k, const MntNamespace& space, const Mount& mount) {
    Id<Mount> before = space.mounts_hint ? space.mounts_hint : space.mounts_last;
    while (before && k[before].mnt_id_seq > mount.mnt_id_seq) before = k[before].mnt_ns_prev;
    // The place where the list was last added to may itself be older: forward from there.
    if (before)
        for (Id<Mount> next; (next = k[before].mnt_ns_next) && k[next].mnt_id_seq < mount.mnt_id_seq;) before = next;
    return before;
}

/// Where on the list of a namespace the last mount came: it, and the one in front of it.
struct LastPlace {
    Id<Mount> id;
    Mount* at = nullptr;
    Mount* older = nullptr;
};

[[gnu::always_inline]] inline void mnt_sort_into_ns(Kernel& k, Id<MntNamespace> ns, MntNamespace& space, Id<Mount> m,
                                                    Mount& mount, LastPlace& last) {
    mount.mnt_ns = ns;
    mount.on_ns_list = true;
    // One of a tree that arrives from its newest mount to its oldest, or the newest of all.
    if (const Id<Mount> after = space.mounts_hint; after && after != space.mounts_first) {
        if (after != last.id) {
            Mount& newer = k[after];
            last = {after, &newer, &k[newer.mnt_ns_prev]};
        }
        if (last.older->mnt_id_seq < mount.mnt_id_seq && mount.mnt_id_seq < last.at->mnt_id_seq) {
            mount.mnt_ns_prev = last.at->mnt_ns_prev;
            mount.mnt_ns_next = after;
            last.older->mnt_ns_next = last.at->mnt_ns_prev = space.mounts_hint = m;
            last.id = m;
            last.at = &mount;
            return;
        }
    }
    const Kernel& c = k;
    Id<Mount> before = space.mounts_last;
    if (before && c[before].mnt_id_seq > mount.mnt_id_seq) before = older_in_ns(k, space, mount);
    const Id<Mount> after = before ? c[before].mnt_ns_next : space.mounts_first;
    mount.mnt_ns_prev = before;
    mount.mnt_ns_next = after;
    (before ? k[before].mnt_ns_next : space.mounts_first) = m;
    (after ? k[after].mnt_ns_prev : space.mounts_last) = m;
    space.mounts_hint = m;
}

/// `last` is the last on the list.
[[gnu::always_inline]] inline void mnt_add_to_ns(Kernel& k, Id<MntNamespace> ns, MntNamespace& space, Id<Mount> m,
                                                 Mount& mount, Mount* last) {
    // A copied tree arrives in the order of its making.
    if (last && last->mnt_id_seq < mount.mnt_id_seq) return mnt_append_to_ns(ns, space, m, mount, last);
    LastPlace place;
    mnt_sort_into_ns(k, ns, space, m, mount, place);
}

Mount* last_in_ns(Kernel& k, const MntNamespace& space) { return space.mounts_last ? &k[space.mounts_last] : nullptr; }

/// What is mounted below one that has come into a namespace comes with it, sorted `by_age` or as it stands.
[[gnu::noinline]] void commit_below(Kernel& k, Id<MntNamespace> ns, MntNamespace& space, Id<Mount> top,
                                    const Mount& mount, bool by_age) {
    Mount* last = last_in_ns(k, space);
    for (Id<Mount> m = next_mnt(k, top, mount, top); m;) {
        Mount& below = k[m];
        if (by_age)
            mnt_add_to_ns(k, ns, space, m, below, last);
        else
            mnt_append_to_ns(ns, space, m, below, last);
        if (space.mounts_last == m) last = &below;
        m = next_mnt(k, m, below, top);
    }
}

} // namespace

void mnt_add_to_ns(Kernel& k, Id<MntNamespace> ns, Id<Mount> m) {
    MntNamespace& space = k[ns];
    mnt_add_to_ns(k, ns, space, m, k[m], last_in_ns(k, space));
}

Result<> too_many_mounts() {
    return fail(E::NOSPC, "fs.mount-max would be exceeded in a mount namespace", "count_mounts");
}

// ---- copying

Result<Id<Mount>> copy_tree(Kernel& k, Id<Mount> src_root, Id<Dentry> dentry, u32 flag) {
    return copy_tree(k, src_root, dentry, flag, [](Id<Mount>, Id<Mount>, Mount&) {});
}

void lock_mnt_tree(Kernel& k, Id<Mount> m) {
    k.ever_locked = true;
    for (Id<Mount> p = m; p; p = next_mnt(k, p, m)) {
        u32& flags = k[p].mnt_flags;
        flags |= MNT::LOCK_ATIME;
        if (flags & MNT::READONLY) flags |= MNT::LOCK_READONLY;
        if (flags & MNT::NODEV) flags |= MNT::LOCK_NODEV;
        if (flags & MNT::NOSUID) flags |= MNT::LOCK_NOSUID;
        if (flags & MNT::NOEXEC) flags |= MNT::LOCK_NOEXEC;
        if (p != m) flags |= MNT::LOCKED; // what is under it is not to be revealed
    }
}

void cleanup_group_ids(Kernel& k, Id<Mount> m, Id<Mount> end) {
    for (Id<Mount> p = m; p != end; p = next_mnt(k, p, m))
        if (k[p].mnt_group_id && !is_mnt_shared(k, p)) mnt_release_group_id(k, k[p]);
}

void invent_group_ids(Kernel& k, Id<Mount> m, bool recurse) {
    for (Id<Mount> p = m; p; p = recurse ? next_mnt(k, p, m) : Id<Mount>{})
        if (!k[p].mnt_group_id) k[p].mnt_group_id = static_cast<i32>(k.mnt_group_ida.alloc());
}

// ---- detaching

namespace {

bool disconnect_mount(const MountRef& m, u32 how) {
    if (how & UT::SYNC) return true; // only a lazy umount leaves mounts connected
    if (m.at->mnt_parent == m.id) return true;
    if (!(m.parent->mnt_flags & MNT::UMOUNT)) return true; // never to one that stays
    if (how & UT::CONNECTED) return false;
    return !(m.at->mnt_flags & MNT::LOCKED);
}

} // namespace

/// Calls f(Id<Mount>, Mount&) for each mount of a tree, in the order of next_mnt(), and leaves all below the root
/// without siblings and all without children.
template <class F> [[gnu::always_inline]] static inline void take_apart(Kernel& k, Id<Mount> root, const F& f) {
    Id<Mount> p = root;
    for (Mount* at = &k[p];; at = &k[p]) {
        f(p, *at);
        if (const Id<Mount> child = std::exchange(at->mnt_mounts, {})) {
            p = child;
            continue;
        }
        for (; p != root && !at->mnt_child_next; at = &k[p]) {
            at->mnt_child_prev = {};
            p = at->mnt_parent;
        }
        if (p == root) return;
        at->mnt_child_prev = {};
        p = std::exchange(at->mnt_child_next, {});
    }
}

void umount_tree(Kernel& k, Id<Mount> mnt, u32 how, const MountList* received) {
    MountList list;
    if (how & UT::PROPAGATE) propagate_mount_unlock(k, mnt);
    const MountList none;
    if (received && umount_alike(k, mnt, *received)) received = &none;

    SpaceOf space_of(k);
    // Of a namespace that ends nothing stays on the list: it is not asked for neighbours.
    const Id<MntNamespace> ending = k.emptied_ns && k[k.emptied_ns].root == mnt ? k.emptied_ns : Id<MntNamespace>{};
    if (ending) k[ending].mounts_first = k[ending].mounts_last = k[ending].mounts_hint = {};
    MountRef parent{};
    bool propagates = false;
    take_apart(
        k, mnt, [&](Id<Mount> p, Mount & mount) __attribute__((always_inline)) {
            mount.mnt_flags |= MNT::UMOUNT;
            if (ending && mount.mnt_ns == ending) {
                mount.mnt_ns_next = mount.mnt_ns_prev = {};
                mount.on_ns_list = false;
            } else if (mount.on_ns_list) {
                move_from_ns(k, p, mount, space_of(mount.mnt_ns));
            }
            propagates |= has_propagation({p, &mount, nullptr});
            if (mount.mnt_parent != parent.id) {
                parent.id = mount.mnt_parent;
                parent.at = &k[parent.id];
            }
            list.add(p, &mount, parent.at);
        });
    child_del(k, mnt, *list[0].at, *list[0].parent);

    const std::size_t own = list.size();
    if (how & UT::PROPAGATE) propagate_umount(k, list, received);
    if (!has(k.release, Behaviour::next_peer_inherits))
        for (const MountRef& p : list) change_mnt_propagation(k, p.id, MS::PRIVATE);
    else if (propagates || list.size() > own)
        bulk_make_private(k, list);

    Cleanup cleanup(k);
    for (std::size_t i = 0; i < list.size(); ++i) {
        const MountRef& p = list[i];
        Mount& mount = *p.at;
        const bool leaf = i < own && (i + 1 == list.size() || list[i + 1].parent != p.at);
        if (mount.mnt_ns) --space_of(mount.mnt_ns).nr_mounts;
        mount.mnt_ns = {};
        if (how & UT::SYNC) mount.mnt_flags |= MNT::SYNC_UMOUNT;
        const bool disconnect = disconnect_mount(p, how);
        if (mount.mnt_parent != p.id) {
            if (disconnect)
                umount_mnt(k, p, list[i + 1 < list.size() ? i + 1 : i]);
            else
                child_add_tail(k, p.id, mount, *p.parent); // its parent lets go of it in the end
        }
        if (!disconnect) continue;
        // What nobody uses and nothing was mounted on goes at once; the rest with namespace_unlock().
        const bool idle = leaf && mount.mnt_count == 1 && !mount.internal;
        if (!idle || !cleanup.of_others(p.id, mount)) k.unmounted.push_back(p.id);
    }
}

void namespace_unlock(Kernel& k) {
    if (const Id<MntNamespace> ns = std::exchange(k.emptied_ns, {})) free_mnt_ns(k, ns);
    Cleanup cleanup(k);
    while (!k.unmounted.empty()) {
        const Id<Mount> m = k.unmounted.back();
        k.unmounted.pop_back();
        Mount& mount = k[m];
        mount.mnt_expiry_mark = false;
        if (!mnt_put_and_test(mount)) continue;
        if (!mount.mnt_mounts) {
            cleanup(m, mount);
            continue;
        }
        cleanup_with_children(k, m);
        cleanup.forget();
    }
}

// ---- where and how a tree is attached

Result<PinnedMountpoint> do_lock_mount(const Kernel& k, Path path, bool beneath) {
    if (beneath && !path_mounted(k, path))
        return fail(E::INVAL, "the target of a mount beneath is not the root of a mount");
    PinnedMountpoint res{path.mnt, path.dentry};
    if (beneath) {
        const Id<Mount> top = topmost_overmount(k, path.mnt);
        res = {k[top].mnt_parent, k[top].mnt_mountpoint};
    } else if (const Id<Mount> covering = lookup_mnt(k, path.mnt, path.dentry)) {
        const Id<Mount> top = topmost_overmount(k, covering);
        res = {top, k[top].mnt_root};
    }
    if (k[res.mp].d_cant_mount) return fail(E::NOENT, "the place has been removed");
    if (!is_mounted(k, path.mnt))
        return fail(k.plays(Behaviour::unmounted_place_is_noent) ? E::NOENT : E::INVAL,
                    "the place is on a mount that is in no namespace any more");
    if (beneath && res.parent == path.mnt && !k[path.mnt].overmount)
        return fail(E::INVAL, "nothing can be mounted beneath the root of a namespace");
    TRY(get_mountpoint(k, res.mp));
    return res;
}

Result<> graft_tree(Kernel& k, Id<Task> task, Id<Mount> m, const PinnedMountpoint& mp) {
    if (k[mnt_sb(k, m)].s_flags & MS::NOUSER)
        return fail(E::INVAL, "the file system is the kernel's own and cannot be mounted by users");
    if (d_is_dir(k, mp.mp) != d_is_dir(k, k[m].mnt_root))
        return fail(E::NOTDIR, "one of source and target is a directory and the other is not");
    return attach_recursive_mnt(k, task, m, mp);
}

Result<> attach_recursive_mnt(Kernel& k, Id<Task> task, Id<Mount> source, const PinnedMountpoint& dest) {
    const Id<Namespace> user_ns = k[current_mnt_ns(k, task)].ns.user_ns;
    const Id<MntNamespace> ns = k[dest.parent].mnt_ns;
    const bool moving = mnt_has_parent(k, source);

    // Mounts that were on the place before will be mounted on the top of what comes now; `shorter` where that top is
    // the file of a mount namespace, which the copies have been made without.
    Id<Mount> top = source;
    Id<Dentry> shorter;
    for (; k[top].overmount; top = k[top].overmount)
        if (!shorter && is_mnt_ns_file(k, k[top].mnt_root)) shorter = k[top].mnt_mountpoint;
    TRY(get_mountpoint(k, k[top].mnt_root));
    const Id<Dentry> root_mp = k[top].mnt_root;

    if (!moving && !count_mounts(k, k[ns], source, k[source])) {
        k[ns].pending_mounts = 0;
        return too_many_mounts();
    }
    MountList tree_list; // in the order of making; worked on from its end, as the kernel's hlist is
    if (is_mnt_shared(k, dest.parent)) {
        invent_group_ids(k, source, true);
        if (auto spread = propagate_mnt(k, dest.parent, dest.mp, source, tree_list); !spread) {
            for (std::size_t i = tree_list.size(); i-- > 0;) {
                k[tree_list[i].parent->mnt_ns].pending_mounts = 0;
                umount_tree(k, tree_list[i].id, UT::SYNC);
            }
            cleanup_group_ids(k, source, {});
            k[ns].pending_mounts = 0;
            return spread;
        }
        for (Id<Mount> p = source; p; p = next_mnt(k, p, source)) set_mnt_shared(k, p);
    }
    k.note([&] {
        const Mount& it = k[source];
        std::string out =
            moving ? mount_words(k, source) + " moves onto " : "mount " + std::to_string(it.mnt_id) + " goes onto ";
        out += mount_words(k, dest.parent);
        if (is_mnt_shared(k, dest.parent))
            out += ", which is shared: it is shared too, in group " + std::to_string(it.mnt_group_id);
        return out;
    });

    if (moving) {
        umount_mnt(k, source);
    } else if (k[source].mnt_ns) {
        // A detached tree: the anonymous namespace that it leaves ends with this call.
        k.emptied_ns = k[source].mnt_ns;
        for (Id<Mount> p = source; p; p = next_mnt(k, p, source)) move_from_ns(k, p, k[p], k[k.emptied_ns]);
    }
    mnt_set_mountpoint(k, dest.parent, dest.mp, source);

    tree_list.add(source, &k[source], &k[dest.parent]);
    // Until 6.7 the list of a namespace was in the order of this loop: of several copies the newest came first.
    const bool by_age = (tree_list.size() < 3 && !k.emptied_ns) || k.plays(Behaviour::mountinfo_in_id_order);
    SpaceOf space_of(k);
    LastPlace last;
    reserve_mount_hash(k, tree_list.size());
    for (std::size_t i = tree_list.size(); i-- > 0;) {
        const Id<Mount> child = tree_list[i].id;
        Mount& mount = *tree_list[i].at;
        Mount& parent = *tree_list[i].parent;
        const Id<MntNamespace> into = parent.mnt_ns;
        MntNamespace& space = space_of(into);
        if (space.ns.user_ns != user_ns) lock_mnt_tree(k, child);
        Id<Mount>& chain = chain_of(k, mount.mnt_parent, mount.mnt_mountpoint);
        const Id<Mount> q = lookup_on_chain(k, chain, mount.mnt_parent, mount.mnt_mountpoint);
        if (!mount.on_ns_list) { // commit_tree()
            if (by_age)
                mnt_sort_into_ns(k, into, space, child, mount, last);
            else
                mnt_append_to_ns(into, space, child, mount, last_in_ns(k, space));
            if (mount.mnt_mounts) commit_below(k, into, space, child, mount, by_age);
            space.nr_mounts += std::exchange(space.pending_mounts, 0);
        }
        make_visible(k, child, mount, parent, chain);
        if (q) {
            k.meet(Behaviour::mountinfo_in_id_order); // which of the two is listed first
            Id<Mount> r = topmost_overmount(k, child);
            if (r != child && !k.plays(Behaviour::top_of_stack_is_covered)) r = child;
            k.note([&] {
                return mount_words(k, q) + " was on the place and now covers the top of what came: it is tucked under";
            });
            mnt_change_mountpoint(k, r, shorter && child != source ? shorter : root_mp, q);
        }
        if (by_age && space.ns.user_ns == user_ns) i = attach_alike(k, tree_list, i, into, space);
    }
    return {};
}

} // namespace nslab
