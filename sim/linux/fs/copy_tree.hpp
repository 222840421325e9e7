#pragma once
// Copies of a tree of mounts, for a bind with MS_REC, for propagation and for namespaces; inline, because trees of ten
// thousand mounts are copied, and because each caller does something else with a copy. Follows fs/namespace.c of
// Linux 6.18.

#include "sim/linux/fs/cloner.hpp"

namespace nslab {

/// Copies mounts one by one. Those in a row are often alike, so that what they have in common is looked up once.
class CopyInRow {
  public:
    explicit CopyInRow(Kernel& k) : k_(k) {}

    /// A copy of `old`, which is `from`, that shows `root`. Source: clone_mnt().
    [[gnu::always_inline]] MountRef operator()(Id<Mount> old, Mount& from, Id<Dentry> root, u32 flag) {
        if (from.mnt_devname != devname_) {
            devname_ = from.mnt_devname;
            name_ = &k_[devname_];
        }
        if (root != root_) look_up(root);
        ++name_->count;
        const auto copy = alloc_vfsmnt(k_, devname_, root, *dentry_, *sb_);
        copy.object.mnt_flags = from.mnt_flags & ~MNT::INTERNAL_FLAGS;
        copy.object.mnt_t_flags = copied_t_flags(k_, from);
        join_propagation(k_, copy, old, from, flag);
        return {copy.id, &copy.object, nullptr};
    }
    /// Whether `root` is the file of a mount namespace.
    [[gnu::always_inline]] bool is_ns_file(Id<Dentry> root) {
        if (root != root_) look_up(root);
        return ns_file_;
    }

  private:
    [[gnu::noinline]] void look_up(Id<Dentry> root) {
        root_ = root;
        dentry_ = &k_[root];
        sb_ = &k_[dentry_->d_sb];
        ns_file_ = sb_->type == FsType::nsfs && is_mnt_ns_file(k_, root);
    }

    Kernel& k_;
    Id<Devname> devname_;
    Id<Dentry> root_;
    Devname* name_ = nullptr;
    Dentry* dentry_ = nullptr;
    SuperBlock* sb_ = nullptr;
    bool ns_file_ = false;
};

/// Goes on behind a copy, `last`, with the siblings of its original, `src` (which is `from`), that are like it: without
/// peers, masters and mounts on them. What they have in common is copied whole and counted once. `src` becomes the last
/// that was copied, and so does what is given back.
template <class F>
[[gnu::always_inline]] inline MountRef copy_alike_siblings(Kernel& k, Id<Mount>& src, const Mount*& from, MountRef last,
                                                           const F& made) {
    const Mount& like = *from;
    const auto alike = [&](const Mount& m) {
        return !m.mnt_mounts && m.mnt_root == like.mnt_root && m.mnt_devname == like.mnt_devname &&
               m.mnt_flags == like.mnt_flags && m.mnt_t_flags == 0 && !m.mnt_group_id && !m.mnt_master &&
               m.mnt_mountpoint != last.parent->mnt_root;
    };
    Id<Mount> next = like.mnt_child_next;
    if (!next || like.mnt_t_flags || like.mnt_group_id || like.mnt_master || !alike(k[next])) return last;
    Mount model = *last.at;
    model.mnt_count = 1; // a path may have moved onto the first of them
    settle(model);
    Mount& parent = *last.parent;
    u32 copies = 0;
    for (; next; ++copies) {
        Mount& sibling = k[next];
        if (!alike(sibling)) break;
        const auto [m, copy] = k.mounts.emplace(model);
        copy.mnt_id = static_cast<i32>(k.mnt_id_ida.alloc());
        copy.mnt_id_seq = ++k.mnt_id_seq;
        copy.mnt_share_next = copy.mnt_share_prev = m;
        copy.mnt_mountpoint = sibling.mnt_mountpoint;
        mp_add_head(k, m, copy, k[sibling.mnt_mountpoint], {next, &sibling, nullptr});
        reserve_mount_hash(k, 1);
        hash_add(k, chain_of(k, model.mnt_parent, sibling.mnt_mountpoint), m, copy);
        copy.mnt_child_prev = last.id;
        last.at->mnt_child_next = m;
        last.id = m;
        last.at = &copy;
        made(next, m, copy);
        src = next;
        from = &sibling;
        next = sibling.mnt_child_next;
    }
    k[parent.mnt_mounts].mnt_child_prev = last.id;
    k[model.mnt_devname].count += copies;
    Dentry& root = k[model.mnt_root];
    root.d_count += static_cast<i32>(copies);
    k[root.d_sb].s_active += copies;
    return last;
}

/// copy_tree(), which calls `made(Id<Mount> source, Id<Mount> copy, Mount&)` for each copy as soon as it has come to
/// its place.
template <class F>
Result<Id<Mount>> copy_tree(Kernel& k, Id<Mount> src_root, Id<Dentry> dentry, u32 flag, const F& made) {
    Mount& top = k[src_root];
    CopyInRow copy(k);
    if (!(flag & CL::COPY_UNBINDABLE) && (top.mnt_t_flags & T::UNBINDABLE))
        return fail(E::INVAL, "the source mount is unbindable", "copy_tree");
    if (!(flag & CL::COPY_MNT_NS_FILE) && copy.is_ns_file(dentry))
        return fail(E::INVAL, "the file of a mount namespace is not copied into other mounts", "copy_tree");

    const MountRef res = copy(src_root, top, dentry, flag);
    made(src_root, res.id, *res.at);
    // Below the root of a file system lies every place of it; other directories may have been moved away.
    const bool all_below = k[dentry].d_parent == dentry;
    const auto behind = [&](Id<Mount> src) { return next_mnt(k, skip_mnt_tree(k, src), src_root); };
    Id<Mount> src_parent = src_root;
    MountRef dst = res, last{};
    for (Id<Mount> src = top.mnt_mounts; src;) {
        Mount& original = k[src];
        if (!all_below && original.mnt_parent == src_root && !is_subdir(k, original.mnt_mountpoint, dentry)) {
            src = behind(src);
            continue;
        }
        if (!(flag & CL::COPY_UNBINDABLE) && (original.mnt_t_flags & T::UNBINDABLE)) {
            if (original.mnt_flags & MNT::LOCKED) {
                umount_tree(k, res.id, UT::SYNC);
                return fail(E::PERM, "a mount in the tree is unbindable and locked", "copy_tree");
            }
            k.note([&] { return mount_words(k, src) + " is unbindable and left out with all below it"; });
            src = behind(src);
            continue;
        }
        if (!(flag & CL::COPY_MNT_NS_FILE) && copy.is_ns_file(original.mnt_root)) {
            src = behind(src);
            continue;
        }
        while (src_parent != original.mnt_parent) {
            src_parent = k[src_parent].mnt_parent;
            dst.id = dst.at->mnt_parent;
            dst.at = &k[dst.id];
        }
        MountRef it = copy(src, original, original.mnt_root, flag);
        it.parent = dst.at;
        it.at->mnt_flags |= original.mnt_flags & MNT::LOCKED;
        it.at->mnt_mountpoint = original.mnt_mountpoint;
        it.at->mnt_parent = dst.id;
        // Mostly the original is the newest mount on its place, and the copy before this one a sibling.
        mp_add_head(k, it.id, *it.at, k[original.mnt_mountpoint], {src, &original, nullptr});
        reserve_mount_hash(k, 1);
        make_visible(k, it.id, *it.at, *dst.at, chain_of(k, dst.id, original.mnt_mountpoint), last);
        made(src, it.id, *it.at);
        const Mount* from = &original;
        if (from->mnt_mounts) {
            src_parent = src;
            dst = it;
        } else if (all_below && !(flag & CL::MAKE_SHARED)) {
            it = copy_alike_siblings(k, src, from, it, made);
        }
        last = it;
        src = next_mnt(k, src, *from, src_root);
    }
    return res.id;
}

} // namespace nslab
