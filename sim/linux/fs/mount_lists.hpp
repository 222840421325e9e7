#pragma once
// The lists that a mount is on: what list.h does for the kernel. Inline, because a mount under ten thousand peers
// passes each of them ten thousand times.

#include <cstddef>
#include <cstring>
#include <memory>

#include "sim/linux/kernel.hpp"

namespace nslab {

/// A mount, where it lies, and where the mount lies that it is on or will be on: for a call that passes it several
/// times, since a look-up by the handle costs more than what is done with it.
struct MountRef {
    Id<Mount> id;
    Mount *at, *parent;
};

/// Mounts that a call works on: those to umount, candidates for it, copies. (The kernel's are lists through
/// mount->mnt_list and others.) A vector whose add() is short enough to be inlined.
class MountList {
  public:
    MountList() {} // few_ is not filled in vain
    MountList(const MountList&) = delete;
    MountList& operator=(const MountList&) = delete;

    [[gnu::always_inline]] void add(Id<Mount> m, Mount* at, Mount* parent) {
        if (size_ == room_) [[unlikely]]
            grow();
        MountRef& ref = refs_[size_++];
        ref.id = m;
        ref.at = at;
        ref.parent = parent;
    }
    std::size_t size() const { return size_; }
    const MountRef& operator[](std::size_t i) const { return refs_[i]; }
    const MountRef* begin() const { return refs_; }
    const MountRef* end() const { return refs_ + size_; }

  private:
    [[gnu::noinline]] void grow() {
        room_ *= 8;
        // Memory that nobody fills in vain.
        std::unique_ptr<std::byte[]> more(new std::byte[room_ * sizeof(MountRef)]);
        std::memcpy(more.get(), refs_, size_ * sizeof(MountRef));
        memory_ = std::move(more);
        refs_ = reinterpret_cast<MountRef*>(memory_.get());
    }

    static constexpr std::size_t kFew = 8; // most trees are small
    alignas(MountRef) std::byte few_[kFew * sizeof(MountRef)];
    std::unique_ptr<std::byte[]> memory_;
    MountRef* refs_ = reinterpret_cast<MountRef*>(few_);
    std::size_t size_ = 0, room_ = kFew;
};

/// Whether there is anything to hand on: most mounts that end have neither peers nor a master.
inline bool has_propagation(const MountRef& m) {
    return (m.at->mnt_t_flags & T::SHARED) || m.at->mnt_master || m.at->mnt_share_next != m.id || m.at->mnt_slave_list;
}

/// A mount that mostly is the one guessed.
[[gnu::always_inline]] inline Mount& look_up(Kernel& k, Id<Mount> m, const MountRef& guess) {
    return m == guess.id ? *guess.at : k[m];
}

/// The namespace of the mount at hand. The last answer is kept, because many mounts in a row are in one.
class SpaceOf {
  public:
    explicit SpaceOf(Kernel& k) : k_(k) {}
    MntNamespace& operator()(Id<MntNamespace> ns) {
        if (ns != id_) {
            id_ = ns;
            at_ = &k_[ns];
        }
        return *at_;
    }

  private:
    Kernel& k_;
    Id<MntNamespace> id_;
    MntNamespace* at_ = nullptr;
};

// ---- the hash on (parent, mountpoint)

inline std::size_t hash_of(Id<Mount> parent, Id<Dentry> mountpoint) {
    // Peers have one mountpoint and many parents that were made one after the other: their buckets lie side by side, as
    // the mounts do. In a tree it is the other way round, and there the buckets of four mountpoints lie side by side.
    // So memory is waited for less often than with a hash that spreads all; what a tree under many peers pays for that
    // are chains of four.
    const std::uint32_t p = Table<Mount>::rank(parent), d = Table<Dentry>::rank(mountpoint);
    return ((p / 4 + d / 4 * 0x9E3779B1U) * 4) | ((p + d) % 4);
}

void grow_mount_hash(Kernel& k);

/// Makes room for so many more.
inline void reserve_mount_hash(Kernel& k, std::size_t more) {
    while ((k.mounts_hashed + more - 1) * 4 >= k.mount_hash.size() * 3) [[unlikely]] grow_mount_hash(k);
}

/// The chain for a mount at this place.
inline Id<Mount>& chain_of(Kernel& k, Id<Mount> parent, Id<Dentry> mountpoint) {
    return k.mount_hash[hash_of(parent, mountpoint) & (k.mount_hash.size() - 1)];
}

/// The mount at this place on a chain that begins with `m`.
[[gnu::always_inline]] inline Id<Mount> lookup_on_chain(const Kernel& k, Id<Mount> m, Id<Mount> mnt,
                                                        Id<Dentry> dentry) {
    while (m) {
        const Mount& mount = k[m];
        if (mount.mnt_parent == mnt && mount.mnt_mountpoint == dentry) break;
        m = mount.mnt_hash_next;
    }
    return m;
}

/// The mount on `dentry` of `mnt`, the newest where there are two for a moment. Source: fs/namespace.c, __lookup_mnt().
inline Id<Mount> lookup_mnt(const Kernel& k, Id<Mount> mnt, Id<Dentry> dentry) {
    return lookup_on_chain(k, k.mount_hash[hash_of(mnt, dentry) & (k.mount_hash.size() - 1)], mnt, dentry);
}

/// The same, and where it lies.
[[gnu::always_inline]] inline MountRef find_mnt(Kernel& k, Id<Mount> mnt, Mount& parent, Id<Dentry> dentry) {
    Id<Mount> m = std::as_const(k.mount_hash)[hash_of(mnt, dentry) & (k.mount_hash.size() - 1)];
    while (m) {
        Mount& mount = k[m];
        if (mount.mnt_parent == mnt && mount.mnt_mountpoint == dentry) return {m, &mount, &parent};
        m = mount.mnt_hash_next;
    }
    return {};
}

[[gnu::always_inline]] inline void hash_add(Kernel& k, Id<Mount>& chain, Id<Mount> m, Mount& mount) {
    mount.mnt_hash_next = chain;
    mount.hashed = true;
    chain = m;
    ++k.mounts_hashed;
}

[[gnu::always_inline]] inline void chain_del(Kernel& k, Id<Mount> m, const Mount& mount) {
    Id<Mount>* link = &chain_of(k, mount.mnt_parent, mount.mnt_mountpoint);
    while (*link != m) link = &k[*link].mnt_hash_next;
    *link = mount.mnt_hash_next;
}

[[gnu::always_inline]] inline void unhash_mount(Kernel& k, Id<Mount> m, Mount& mount) {
    if (!mount.hashed) return;
    chain_del(k, m, mount);
    mount.mnt_hash_next = {};
    mount.hashed = false;
    --k.mounts_hashed;
}

// ---- children

/// `guess` is the last child so far, if anybody knows.
[[gnu::always_inline]] inline void child_add_tail(Kernel& k, Id<Mount> m, Mount& mount, Mount& parent,
                                                  const MountRef& guess = {}) {
    mount.mnt_child_next = {};
    if (!parent.mnt_mounts) {
        parent.mnt_mounts = m;
        mount.mnt_child_prev = m;
        return;
    }
    Mount& first = k[parent.mnt_mounts];
    mount.mnt_child_prev = first.mnt_child_prev;
    look_up(k, first.mnt_child_prev, guess).mnt_child_next = m;
    first.mnt_child_prev = m;
}

[[gnu::always_inline]] inline void child_del(Kernel& k, Id<Mount> m, Mount& mount, Mount& parent) {
    const Id<Mount> next = mount.mnt_child_next, prev = mount.mnt_child_prev;
    if (!prev) return;
    const bool first = parent.mnt_mounts == m;
    if (next)
        k[next].mnt_child_prev = prev;
    else if (!first)
        k[parent.mnt_mounts].mnt_child_prev = prev;
    (first ? parent.mnt_mounts : k[prev].mnt_child_next) = next;
    mount.mnt_child_next = mount.mnt_child_prev = {};
}

inline void child_del(Kernel& k, Id<Mount> m, Mount& mount) {
    if (mount.mnt_child_prev) child_del(k, m, mount, k[mount.mnt_parent]);
}

/// A mount whose place is set is found there from now on. `chain` is the one of its place, `guess` as above.
/// Source: make_visible().
[[gnu::always_inline]] inline void make_visible(Kernel& k, Id<Mount> m, Mount& mount, Mount& parent, Id<Mount>& chain,
                                                const MountRef& guess = {}) {
    if (mount.mnt_mountpoint == parent.mnt_root) parent.overmount = m;
    hash_add(k, chain, m, mount);
    child_add_tail(k, m, mount, parent, guess);
}

// ---- peers and slaves

inline void share_add_behind(Kernel& k, Id<Mount> m, Mount& mount, Id<Mount> old, Mount& before) {
    const Id<Mount> next = before.mnt_share_next;
    mount.mnt_share_prev = old;
    mount.mnt_share_next = next;
    before.mnt_share_next = m;
    k[next].mnt_share_prev = m;
}

inline void share_add_behind(Kernel& k, Id<Mount> m, Id<Mount> old) { share_add_behind(k, m, k[m], old, k[old]); }

inline void slave_add_head(Kernel& k, Id<Mount> m, Mount& mount, Id<Mount> master, Mount& of) {
    const Id<Mount> first = of.mnt_slave_list;
    mount.mnt_slave_next = first;
    mount.mnt_slave_prev = {};
    mount.mnt_slave_head = master;
    mount.on_slave_list = true;
    if (first) k[first].mnt_slave_prev = m;
    of.mnt_slave_list = m;
}

inline void slave_add_head(Kernel& k, Id<Mount> m, Id<Mount> master) { slave_add_head(k, m, k[m], master, k[master]); }

inline void slave_add_behind(Kernel& k, Id<Mount> m, Mount& mount, Id<Mount> old, Mount& before) {
    mount.mnt_slave_next = before.mnt_slave_next;
    mount.mnt_slave_prev = old;
    mount.mnt_slave_head = before.mnt_slave_head;
    mount.on_slave_list = true;
    if (before.mnt_slave_next) k[before.mnt_slave_next].mnt_slave_prev = m;
    before.mnt_slave_next = m;
}

inline void slave_add_behind(Kernel& k, Id<Mount> m, Id<Mount> old) { slave_add_behind(k, m, k[m], old, k[old]); }

inline void share_del(Kernel& k, Id<Mount> m, Mount& mount) {
    k[mount.mnt_share_prev].mnt_share_next = mount.mnt_share_next;
    k[mount.mnt_share_next].mnt_share_prev = mount.mnt_share_prev;
    mount.mnt_share_next = mount.mnt_share_prev = m;
}

inline void slave_del(Kernel& k, Mount& mount) {
    if (!mount.on_slave_list) return;
    if (mount.mnt_slave_next) k[mount.mnt_slave_next].mnt_slave_prev = mount.mnt_slave_prev;
    if (mount.mnt_slave_prev)
        k[mount.mnt_slave_prev].mnt_slave_next = mount.mnt_slave_next;
    else
        k[mount.mnt_slave_head].mnt_slave_list = mount.mnt_slave_next;
    mount.mnt_slave_next = mount.mnt_slave_prev = mount.mnt_slave_head = {};
    mount.on_slave_list = false;
}

// ---- the place that a mount is attached on

/// `guess` is the newest there, if anybody knows.
[[gnu::always_inline]] inline void mp_add_head(Kernel& k, Id<Mount> m, Mount& mount, Dentry& place,
                                               const MountRef& guess = {}) {
    if (!place.d_mounts)
        ++place.d_count; // struct mountpoint holds its dentry
    else
        look_up(k, place.d_mounts, guess).mnt_mp_prev = m;
    mount.mnt_mp_next = place.d_mounts;
    mount.mnt_mp_prev = {};
    mount.on_mp_list = true;
    place.d_mounts = m;
}

/// `guess` is the one behind it, if anybody knows.
[[gnu::always_inline]] inline void mp_del(Kernel& k, Mount& mount, Dentry& place, const MountRef& guess = {}) {
    const Id<Mount> next = mount.mnt_mp_next, prev = mount.mnt_mp_prev;
    if (next) look_up(k, next, guess).mnt_mp_prev = prev;
    (prev ? k[prev].mnt_mp_next : place.d_mounts) = next;
    mount.mnt_mp_next = mount.mnt_mp_prev = {};
    mount.on_mp_list = false;
}

// ---- the mounts of a namespace

/// The newest of all comes behind `last`, which is NULL where there is none yet.
[[gnu::always_inline]] inline void mnt_append_to_ns(Id<MntNamespace> ns, MntNamespace& space, Id<Mount> m, Mount& mount,
                                                    Mount* last) {
    mount.mnt_ns = ns;
    mount.on_ns_list = true;
    mount.mnt_ns_prev = space.mounts_last;
    (last ? last->mnt_ns_next : space.mounts_first) = m;
    space.mounts_last = m;
}

/// `space` is its namespace, `guess` the one in front of it, if anybody knows.
[[gnu::always_inline]] inline void move_from_ns(Kernel& k, Id<Mount> m, Mount& mount, MntNamespace& space,
                                                const MountRef& guess = {}) {
    const Id<Mount> next = mount.mnt_ns_next, prev = mount.mnt_ns_prev;
    if (space.mounts_hint == m) space.mounts_hint = prev;
    (prev ? look_up(k, prev, guess).mnt_ns_next : space.mounts_first) = next;
    (next ? k[next].mnt_ns_prev : space.mounts_last) = prev;
    mount.mnt_ns_next = mount.mnt_ns_prev = {};
    mount.on_ns_list = false;
}

} // namespace nslab
