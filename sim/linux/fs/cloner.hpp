#pragma once
// Copies of one mount: the inner loop of a mount under ten thousand peers, and inline because of that.
// Follows fs/namespace.c of Linux 6.18.

#include "sim/linux/fs/mount.hpp"

namespace nslab {

/// A model that is done. Compilers keep what was changed in it apart and write that into it again before each copy,
/// whose larger reads the processor would then wait for.
inline void settle(Mount& model) { __asm__("" : "+m"(model)); }

/// Source: alloc_vfsmnt(), setup_mnt().
[[gnu::always_inline]] inline Table<Mount>::Fresh alloc_vfsmnt(Kernel& k, Id<Devname> devname, Id<Dentry> root,
                                                               Dentry& dentry, SuperBlock& sb) {
    const auto fresh = k.mounts.emplace();
    auto& [m, mount] = fresh;
    mount.mnt_id = static_cast<i32>(k.mnt_id_ida.alloc());
    mount.mnt_id_seq = ++k.mnt_id_seq;
    mount.mnt_devname = devname;
    mount.mnt_count = 1;
    mount.mnt_share_next = mount.mnt_share_prev = m;
    ++dentry.d_count;
    ++sb.s_active;
    mount.mnt_root = root;
    mount.mnt_mountpoint = root;
    mount.mnt_parent = m;
    return fresh;
}

/// What a copy of `from` has of its flags.
inline u8 copied_t_flags(const Kernel& k, const Mount& from) {
    if (!(from.mnt_t_flags & T::UNBINDABLE) || k.plays(Behaviour::unbindable_lost_in_copy)) return 0;
    return T::UNBINDABLE;
}

/// A copy of `old`, which is `from`, comes to its group and among its slaves. The last part of clone_mnt().
[[gnu::always_inline]] inline void join_propagation(Kernel& k, const Table<Mount>::Fresh& copy, Id<Mount> old,
                                                    Mount& from, u32 flag) {
    const Id<Mount> m = copy.id;
    Mount& mount = copy.object;
    i32 group = flag & (CL::SLAVE | CL::PRIVATE) ? 0 : from.mnt_group_id;
    if ((flag & CL::MAKE_SHARED) && !group) group = static_cast<i32>(k.mnt_group_ida.alloc());
    mount.mnt_group_id = group;
    if (group) mount.mnt_t_flags |= T::SHARED;
    if (flag & CL::PRIVATE) return;

    // Whoever has the group of the original by now is its peer.
    if (group && group == from.mnt_group_id) share_add_behind(k, m, mount, old, from);
    if ((flag & CL::SLAVE) && from.mnt_group_id) {
        slave_add_head(k, m, mount, old, from);
        mount.mnt_master = old;
    } else if (from.mnt_master) {
        slave_add_behind(k, m, mount, old, from);
        mount.mnt_master = from.mnt_master;
    }
}

/// Makes copies of mounts that are alike: what they have in common (source, root, super block, flags) is looked up
/// once.
class Cloner {
  public:
    Cloner(Kernel& k, const Mount& model)
        : k_(k), name_(k[model.mnt_devname]), root_(k[model.mnt_root]), sb_(k[root_.d_sb]) {
        common_.mnt_devname = model.mnt_devname;
        common_.mnt_root = common_.mnt_mountpoint = model.mnt_root;
        common_.mnt_count = 1;
        common_.mnt_flags = model.mnt_flags & ~MNT::INTERNAL_FLAGS;
        common_.mnt_t_flags = copied_t_flags(k, model);
    }

    /// A copy of `old`, which is `from`. Source: clone_mnt().
    [[gnu::always_inline]] Table<Mount>::Fresh operator()(Id<Mount> old, Mount& from, u32 flag) {
        const auto fresh = another(common_);
        fresh.object.mnt_parent = fresh.object.mnt_share_next = fresh.object.mnt_share_prev = fresh.id;
        count(1);
        join_propagation(k_, fresh, old, from, flag);
        return fresh;
    }

    /// One more of the copies that this makes: as `model`, but for its numbers. Whoever asks counts them, with count().
    [[gnu::always_inline]] Table<Mount>::Fresh another(const Mount& model) {
        const auto fresh = k_.mounts.emplace(model);
        fresh.object.mnt_id = static_cast<i32>(k_.mnt_id_ida.alloc());
        fresh.object.mnt_id_seq = ++k_.mnt_id_seq;
        return fresh;
    }
    void count(u32 made) {
        name_.count += made;
        root_.d_count += static_cast<i32>(made);
        sb_.s_active += made;
    }

  private:
    Kernel& k_;
    Devname& name_;
    Dentry& root_;
    SuperBlock& sb_;
    Mount common_;
};

} // namespace nslab
