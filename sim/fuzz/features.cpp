#include "sim/fuzz/features.hpp"

#include <array>

#include "sim/fuzz/random.hpp"
#include "sim/linux/fs/mount.hpp"

namespace nslab::fuzz {

namespace {

u64 hash_text(std::string_view text) {
    u64 h = 0xcbf29ce484222325;
    for (const char c : text) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    return h;
}

/// The kind of a mount in a few bits.
u32 kind_of(const Kernel& k, const Mount& m, Id<Mount> id) {
    u32 bits = m.mnt_t_flags & (T::SHARED | T::UNBINDABLE);
    if (m.mnt_master) bits |= k[m.mnt_master].mnt_master ? 8 : 4;
    if (m.mnt_share_next != id) bits |= k[m.mnt_share_next].mnt_ns == m.mnt_ns ? 16 : 32;
    if (m.overmount) bits |= 64;
    if (m.mnt_flags & MNT::LOCKED) bits |= 128;
    if (m.mnt_ns && k[m.mnt_ns].anon) bits |= 256;
    if (!m.mnt_ns) bits |= 512;
    return bits;
}

} // namespace

u64 branch_of(const Syscall& c, const Outcome& o) {
    u64 h = mix(c.index() + 1, static_cast<u64>(o.error));
    if (o.error != E::OK) h = mix(h, hash_text(o.why) ^ hash_text(o.function));
    return h;
}

u64 shape_of(const Kernel& k) {
    std::array<u8, 1024> count{};
    u64 h = 0;
    k.mounts.each([&](Id<Mount> id, const Mount& m) {
        const u32 kind = kind_of(k, m, id);
        if (++count[kind] <= 2) h += mix(kind * 4 + count[kind]);
    });
    return h;
}

} // namespace nslab::fuzz
