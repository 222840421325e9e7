#pragma once
// User namespaces: their making, their id maps, what they own and what is counted in them. The model's
// include/linux/{user_namespace,uidgid,capability,time_namespace}.h.

#include <array>
#include <string>
#include <string_view>

#include "sim/linux/kernel.hpp"

namespace nslab {

// ---- ids: a kuid or kgid is an id of the first user namespace

inline constexpr u32 kInvalidId = ~u32{0};
inline constexpr u32 kOverflowId = 65534; // what an id without a name is shown as
enum class IdKind : u8 { uid, gid, projid };

const std::vector<UidGidExtent>& id_map(const Kernel& k, Id<Namespace> user_ns, IdKind kind);
/// Through a map from the ids that it gives names to, and back; kInvalidId where it has none. Of a range the first,
/// where the whole of it lies in one line.
u32 map_id_down(const std::vector<UidGidExtent>& map, u32 id);
u32 map_id_up(const std::vector<UidGidExtent>& map, u32 id);
u32 map_id_range_up(const std::vector<UidGidExtent>& map, u32 id, u32 count);
/// The id that a user namespace calls `id`, kInvalidId where it has none of that name. Source: make_kuid(),
/// make_kgid().
u32 make_kid(const Kernel& k, Id<Namespace> user_ns, IdKind kind, u32 id);
/// What a user namespace calls it, kInvalidId where it has no name there. Source: from_kuid(), from_kgid().
u32 from_kid(const Kernel& k, Id<Namespace> user_ns, IdKind kind, u32 kid);
/// The same with kOverflowId for what has no name. Source: from_kuid_munged(), from_kgid_munged().
u32 from_kid_munged(const Kernel& k, Id<Namespace> user_ns, IdKind kind, u32 kid);
inline u32 make_kuid(const Kernel& k, Id<Namespace> ns, u32 id) { return make_kid(k, ns, IdKind::uid, id); }
inline u32 make_kgid(const Kernel& k, Id<Namespace> ns, u32 id) { return make_kid(k, ns, IdKind::gid, id); }

// ---- capabilities

/// Whether credentials have a capability in a user namespace. Source: security/commoncap.c, cap_capable().
bool cap_capable(const Kernel& k, const Cred& cred, Id<Namespace> target, u32 cap);
/// The same of the caller. Source: kernel/capability.c, ns_capable().
inline bool ns_capable(const Kernel& k, const Cred& cred, Id<Namespace> target, u32 cap) {
    if (target == cred.user_ns) return cred.cap_effective >> cap & 1; // mostly so
    return cap_capable(k, cred, target, cap);
}
inline bool ns_capable(const Kernel& k, Id<Task> task, Id<Namespace> target, u32 cap) {
    return ns_capable(k, k[k[task].cred], target, cap);
}
/// The same of whoever opened the file. Source: kernel/capability.c, file_ns_capable().
bool file_ns_capable(const Kernel& k, Id<File> file, Id<Namespace> target, u32 cap);
/// The same, or of CAP_SYS_ADMIN. Source: include/linux/capability.h.
bool checkpoint_restore_ns_capable(const Kernel& k, Id<Task> task, Id<Namespace> target);
/// What execve(2) of a program without file capabilities makes of the capabilities in `cred`, the caller's new
/// credentials: all that the bounding set allows for the root of the user namespace, the ambient ones for anybody else.
/// True where the program has more than whoever called it (secureexec).
/// Source: security/commoncap.c, cap_bprm_creds_from_file().
bool cap_bprm_creds_from_file(const Kernel& k, Id<Task> task, Cred& cred);
/// The options of prctl(2) that are about capabilities; nothing for any other. Source: cap_task_prctl().
std::optional<Result<i64>> cap_task_prctl(Kernel& k, Id<Task> task, u32 option, std::array<u64, 4> args);

// ---- user_namespace.cpp

/// A new user namespace, child of that of `made`, which gets every capability in it; `made` are credentials that nobody
/// has yet. ENOSPC: 33 levels, or more than max_user_namespaces. EPERM: the caller is chrooted, or its effective ids
/// have no name in the parent. Source: kernel/user_namespace.c, create_user_ns().
Result<> create_user_ns(Kernel& k, Id<Task> current, Id<Cred> made);
/// CLONE_NEWUSER of unshare(2): credentials for the caller in a new user namespace, NULL without the flag.
Result<Id<Cred>> unshare_userns(Kernel& k, Id<Task> task, u64 flags);
/// Whether `child` is `ancestor` or lies in it. Source: kernel/user_namespace.c, in_userns().
bool in_userns(const Kernel& k, Id<Namespace> ancestor, Id<Namespace> child);
/// Whether setns(2) may take the caller into a user namespace. EINVAL: its own, or threads, or a shared fs_struct;
/// EPERM. Source: the checks of kernel/user_namespace.c, userns_install().
Result<> may_enter_userns(const Kernel& k, Id<Task> task, Id<Namespace> user_ns);
/// Puts it into credentials that one task has at most, with every capability in it. Source: the rest of
/// userns_install().
void set_user_ns(Kernel& k, Id<Cred> cred, Id<Namespace> user_ns);
/// Counts the credentials in their user namespace from now on. Source: kernel/cred.c, set_cred_ucounts().
void set_cred_ucounts(Kernel& k, Id<Cred> cred);

// ---- user_namespace_map.cpp: the files of /proc/PID

/// The text of a user namespace's uid_map, gid_map or projid_map, with the outer ids as `lower` calls them.
/// Source: kernel/user_namespace.c, uid_m_show().
std::string id_map_text(const Kernel& k, Id<Namespace> user_ns, Id<Namespace> lower, IdKind kind);
/// One line of it as whoever opened the file reads it.
std::string id_map_show(const Kernel& k, Id<File> file, IdKind kind, std::size_t line);
/// Writing one of them, once. EPERM, EINVAL. Source: kernel/user_namespace.c, map_write().
Result<i64> id_map_write(Kernel& k, Id<Task> task, Id<File> file, IdKind kind, std::string_view data);
std::string setgroups_show(const Kernel& k, Id<File> file);
Result<i64> setgroups_write(Kernel& k, Id<File> file, std::string_view data);
/// Whether setgroups(2) may be used at all. Source: kernel/user_namespace.c, userns_may_setgroups().
bool userns_may_setgroups(const Kernel& k, Id<Namespace> user_ns);

// ---- time_namespace.cpp

/// setns(2) to a time namespace. EUSERS: the memory is shared; EPERM. Source: kernel/time/namespace.c.
Result<> timens_install(Kernel& k, Id<Task> task, Nsproxy& nsproxy, Id<Namespace> own_user_ns, Id<Namespace> ns);
/// A task is in the time namespace from now on: its offsets stay as they are. Source: timens_commit().
void timens_commit(Kernel& k, Id<Namespace> ns);
/// A child moves into the time namespace that its parent prepared. Source: timens_on_fork().
void timens_on_fork(Kernel& k, Nsproxy& nsproxy);
/// The text of /proc/PID/timens_offsets. Source: proc_timens_show_offsets().
std::string timens_offsets_show(const Kernel& k, Id<Task> target);
/// Source: fs/proc/base.c, timens_offsets_write(), and kernel/time/namespace.c, proc_timens_set_offset().
Result<i64> timens_offsets_write(Kernel& k, Id<File> file, Id<Task> target, std::string_view data);

} // namespace nslab
