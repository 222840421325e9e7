#pragma once
// How many namespaces a user has made, in each user namespace. Every call that makes or ends a namespace counts, so
// what happens each time is short enough to be inlined, and the rest is in ucount.cpp.

#include <string_view>

#include "sim/linux/kernel.hpp"

namespace nslab {

/// What a namespace of a type is counted as.
constexpr UcountType ucount_type(NsType type) {
    constexpr UcountType kTypes[] = {UcountType::mnt,  UcountType::mnt,    UcountType::uts,
                                     UcountType::ipc,  UcountType::pid,    UcountType::net,
                                     UcountType::user, UcountType::cgroup, UcountType::time};
    static_assert(std::size(kTypes) == static_cast<std::size_t>(NsType::time) + 1);
    return kTypes[static_cast<std::size_t>(type)];
}
std::string_view ucount_name(UcountType type); // "max_user_namespaces"

/// What a user counts in a user namespace, made where there is none; one more holds it.
/// Source: kernel/ucount.c, find_ucounts() and alloc_ucounts().
Id<Ucounts> find_ucounts(Kernel& k, Id<Namespace> user_ns, u32 uid);
/// The same. `guess`: where it may be, if anybody knows.
inline Id<Ucounts> alloc_ucounts(Kernel& k, Id<Namespace> user_ns, u32 uid, Id<Ucounts> guess = {}) {
    if (guess) {
        Ucounts& u = k[guess];
        if (u.ns == user_ns && u.uid == uid) [[likely]] {
            ++u.count;
            return guess;
        }
    }
    return find_ucounts(k, user_ns, uid);
}
inline void get_ucounts(Kernel& k, Id<Ucounts> ucounts) { ++k[ucounts].count; }
/// Nothing holds it any more.
void free_ucounts(Kernel& k, Id<Ucounts> ucounts);
inline void put_ucounts(Kernel& k, Id<Ucounts> ucounts) {
    if (--k[ucounts].count == 0) [[unlikely]]
        free_ucounts(k, ucounts);
}

/// `full` has no room: nothing is counted in those before it either, and `ucounts` is let go. ENOSPC.
tl::unexpected<Error> undo_inc_ucount(Kernel& k, Id<Ucounts> ucounts, Id<Ucounts> full, std::size_t type);
/// One more of `type` for whoever makes it, in a user namespace and those around it; holds the ucounts.
/// ENOSPC: one of them has no room. Source: kernel/ucount.c, inc_ucount().
[[gnu::always_inline]] inline Result<Id<Ucounts>> inc_ucount(Kernel& k, Id<Namespace> user_ns, const Cred& maker,
                                                             UcountType type) {
    const auto t = static_cast<std::size_t>(type);
    const Id<Ucounts> ucounts = alloc_ucounts(k, user_ns, maker.euid, maker.ucounts);
    for (Id<Ucounts> iter = ucounts; iter;) {
        Ucounts& u = k[iter];
        const Namespace& ns = std::as_const(k)[u.ns];
        if (u.ucount[t] >= ns.ucount_max[t]) [[unlikely]]
            return undo_inc_ucount(k, ucounts, iter, t);
        ++u.ucount[t];
        iter = ns.ns.ucounts;
    }
    return ucounts;
}
[[gnu::always_inline]] inline void dec_ucount(Kernel& k, Id<Ucounts> ucounts, UcountType type) {
    const auto t = static_cast<std::size_t>(type);
    for (Id<Ucounts> iter = ucounts; iter;) {
        Ucounts& u = k[iter];
        --u.ucount[t];
        iter = std::as_const(k)[u.ns].ns.ucounts;
    }
    put_ucounts(k, ucounts);
}

} // namespace nslab
