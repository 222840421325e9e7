#pragma once
// Copies of one mount: the inner loop of a mount under ten thousand peers, and inline because of that.
// Follows fs/namespace.c of Linux 6.18.

#include "sim/linux/fs/mount.hpp"

namespace nslab {

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

/// Makes copies of mounts that are alike: what they have in common (source, root, super block) is looked up once.
class Cloner {
  public:
    Cloner(Kernel& k, Id<Mount> model, Id<Dentry> root)
        : k_(k), devname_(std::as_const(k)[model].mnt_devname), name_(k[devname_]), root_(root), dentry_(k[root]),
          sb_(k[dentry_.d_sb]) {}

    /// A copy of `old`, which is `from`. Source: clone_mnt().
    [[gnu::always_inline]] Table<Mount>::Fresh operator()(Id<Mount> old, Mount& from, u32 flag) {
        ++name_.count;
        const auto fresh = alloc_vfsmnt(k_, devname_, root_, dentry_, sb_);
        const Id<Mount> m = fresh.id;
        Mount& mount = fresh.object;
        mount.mnt_flags = from.mnt_flags & ~MNT::INTERNAL_FLAGS;
        i32 group = flag & (CL::SLAVE | CL::PRIVATE) ? 0 : from.mnt_group_id;
        if ((flag & CL::MAKE_SHARED) && !group) group = static_cast<i32>(k_.mnt_group_ida.alloc());
        mount.mnt_group_id = group;
        if (group) mount.mnt_t_flags = T::SHARED;
        if ((from.mnt_t_flags & T::UNBINDABLE) && !k_.plays(Behaviour::unbindable_lost_in_copy))
            mount.mnt_t_flags |= T::UNBINDABLE;
        if (flag & CL::PRIVATE) return fresh;

        // Whoever has the group of the original by now is its peer.
        if (group && group == from.mnt_group_id) share_add_behind(k_, m, mount, old, from);
        if ((flag & CL::SLAVE) && from.mnt_group_id) {
            slave_add_head(k_, m, mount, old, from);
            mount.mnt_master = old;
        } else if (from.mnt_master) {
            slave_add_behind(k_, m, mount, old, from);
            mount.mnt_master = from.mnt_master;
        }
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
        dentry_.d_count += static_cast<i32>(made);
        sb_.s_active += made;
    }

  private:
    Kernel& k_;
    Id<Devname> devname_;
    Devname& name_;
    Id<Dentry> root_;
    Dentry& dentry_;
    SuperBlock& sb_;
};

} // namespace nslab
