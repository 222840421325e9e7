// User namespaces as objects: making one, entering one, what ids are called in it. Follows kernel/user_namespace.c of
// Linux 6.18; the files in /proc that fill its maps are in user_namespace_map.cpp. Left out: keyrings, rlimits.

#include "sim/linux/kernel/user_namespace.hpp"

#include "sim/linux/fs/mount.hpp"
#include "sim/linux/kernel/internal.hpp"
#include "sim/linux/kernel/ucount.hpp"

namespace nslab {

// ---- ids

const std::vector<UidGidExtent>& id_map(const Kernel& k, Id<Namespace> user_ns, IdKind kind) {
    const Namespace& ns = k[user_ns];
    switch (kind) {
    case IdKind::uid: return ns.uid_map;
    case IdKind::gid: return ns.gid_map;
    case IdKind::projid: break;
    }
    return ns.projid_map;
}

u32 map_id_down(const std::vector<UidGidExtent>& map, u32 id) {
    for (const UidGidExtent& e : map)
        if (id >= e.first && id - e.first < e.count) return e.lower_first + (id - e.first);
    return kInvalidId;
}

u32 map_id_up(const std::vector<UidGidExtent>& map, u32 id) { return map_id_range_up(map, id, 1); }

u32 map_id_range_up(const std::vector<UidGidExtent>& map, u32 id, u32 count) {
    for (const UidGidExtent& e : map)
        if (id >= e.lower_first && id - e.lower_first < e.count && count <= e.count - (id - e.lower_first))
            return e.first + (id - e.lower_first);
    return kInvalidId;
}

u32 make_kid(const Kernel& k, Id<Namespace> user_ns, IdKind kind, u32 id) {
    return map_id_down(id_map(k, user_ns, kind), id);
}

u32 from_kid(const Kernel& k, Id<Namespace> user_ns, IdKind kind, u32 kid) {
    return map_id_up(id_map(k, user_ns, kind), kid);
}

u32 from_kid_munged(const Kernel& k, Id<Namespace> user_ns, IdKind kind, u32 kid) {
    const u32 id = from_kid(k, user_ns, kind, kid);
    return id == kInvalidId ? kOverflowId : id;
}

// ---- making

/// Whether the caller's root is not what it would find as root of its mount namespace. Source: fs/namespace.c,
/// current_chrooted().
static bool current_chrooted(const Kernel& k, Id<Task> task) {
    const Id<MntNamespace> ns = k[k[task].nsproxy].mnt_ns;
    Path root{k[ns].root, k[k[ns].root].mnt_root};
    while (const Id<Mount> over = lookup_mnt(k, root.mnt, root.dentry)) root = Path{over, k[over].mnt_root};
    return k[k[task].fs].root != root;
}

/// Every capability, but in the new namespace only. Source: set_cred_user_ns().
static void set_cred_user_ns(Cred& cred, Id<Namespace> user_ns) {
    cred.securebits = 0;
    cred.cap_inheritable = cred.cap_ambient = 0;
    cred.cap_permitted = cred.cap_effective = cred.cap_bset = kCapFullSet;
    cred.user_ns = user_ns;
}

Result<> create_user_ns(Kernel& k, Id<Task> current, Id<Cred> made) {
    constexpr u32 kMaxLevel = 32;
    const Cred cred = std::as_const(k)[made];
    const Id<Namespace> parent = cred.user_ns;
    if (k[parent].level > kMaxLevel) return fail(E::NOSPC, "user namespaces nest at most 33 deep");
    const Id<Ucounts> ucounts = TRY(inc_ucount(k, parent, cred, UcountType::user));
    const auto refuse = [&](const char* why) {
        dec_ucount(k, ucounts, UcountType::user);
        return fail(E::PERM, why, "create_user_ns");
    };
    // A chroot may keep files away from somebody; in a user namespace of its own it could leave.
    if (current_chrooted(k, current)) return refuse("the caller is chrooted");
    if (from_kid(k, parent, IdKind::uid, cred.euid) == kInvalidId ||
        from_kid(k, parent, IdKind::gid, cred.egid) == kInvalidId)
        return refuse("the caller's effective user or group ID has no name in its user namespace");

    const Id<Namespace> ns = new_namespace(k, NsType::user, {}, ucounts);
    {
        Namespace& space = k[ns];
        space.parent_could_setfcap = cred.cap_effective >> CAP::SETFCAP & 1;
        space.parent = parent; // the reference that the credentials held
        space.level = std::as_const(k)[parent].level + 1;
        space.owner = cred.euid;
        space.group = cred.egid;
        space.setgroups_allowed = std::as_const(k)[parent].setgroups_allowed;
    }
    set_cred_user_ns(k[made], ns);
    return {};
}

Result<Id<Cred>> unshare_userns(Kernel& k, Id<Task> task, u64 flags) {
    if (!(flags & CLONE::NEWUSER)) return Id<Cred>{};
    const Id<Cred> made = prepare_creds(k, k[task].cred);
    if (auto ok = create_user_ns(k, task, made); !ok) {
        put_cred(k, made);
        return tl::unexpected<Error>(ok.error());
    }
    return made;
}

void set_cred_ucounts(Kernel& k, Id<Cred> id) {
    const Cred& cred = std::as_const(k)[id];
    const Id<Ucounts> old = cred.ucounts;
    if (k[old].ns == cred.user_ns && k[old].uid == cred.uid) return;
    k[id].ucounts = alloc_ucounts(k, cred.user_ns, cred.uid);
    put_ucounts(k, old);
}

// ---- entering

bool in_userns(const Kernel& k, Id<Namespace> ancestor, Id<Namespace> child) {
    while (k[child].level > k[ancestor].level) child = k[child].parent;
    return child == ancestor;
}

Result<> may_enter_userns(const Kernel& k, Id<Task> id, Id<Namespace> user_ns) {
    const Task& task = k[id];
    const Cred& current = k[task.cred];
    // Whoever has given up capabilities would get them back so.
    if (user_ns == current.user_ns)
        return fail(E::INVAL, "the caller is in this user namespace already", "userns_install");
    if (!thread_group_empty(k, id))
        return fail(E::INVAL, "all threads of a process are in one user namespace", "userns_install");
    if (k[task.fs].users != 1)
        return fail(E::INVAL, "root and working directory are shared with another process (CLONE_FS)",
                    "userns_install");
    if (!ns_capable(k, current, user_ns, CAP::SYS_ADMIN))
        return fail(E::PERM, "the caller has no CAP_SYS_ADMIN in that user namespace", "userns_install");
    return {};
}

void set_user_ns(Kernel& k, Id<Cred> id, Id<Namespace> user_ns) {
    Cred& cred = k[id];
    const Id<Namespace> old = cred.user_ns;
    get_namespace(k, user_ns);
    set_cred_user_ns(cred, user_ns);
    put_namespace(k, old);
    set_cred_ucounts(k, id);
}

} // namespace nslab
