// Follows fs/utimes.c of Linux 6.18, as far as one can see it in a world without a clock.

#include "sim/linux/fs/namei.hpp"
#include "sim/linux/syscalls.hpp"

namespace nslab {

/// utimensat(2) with the time being now; with a NULL path of the descriptor itself. EROFS; EPERM: a namespace file.
/// Source: fs/utimes.c, do_utimes().
Result<> sys_utimensat(Kernel& k, Id<Task> task, i32 dfd, const Str& filename) {
    HeldPath held;
    Path path;
    if (filename.kind == Str::Kind::null && dfd != AT::FDCWD) {
        path = k[TRY(fdget(k, task, dfd))].f_path;
        if (!path.dentry) return fail(E::OPNOTSUPP, "the descriptor is of no file that has a path");
    } else {
        held = TRY(user_path_at(k, task, dfd, filename, LOOKUP::FOLLOW));
        path = *held;
    }
    TRY(mnt_want_write(k, path.mnt));
    if (is_immutable(d_inode(k, path.dentry))) return fail(E::PERM, "what would be changed is immutable");
    // may_setattr(): "now" may be set by the owner, and by whoever may write.
    if (!inode_owner_or_capable(k, task, path)) TRY(inode_permission(k, task, path, MAY::WRITE));
    if (has_unmapped_id(k, path)) // notify_change()
        return fail(E::OVERFLOW, "the id map of the mount has no name for its owner or group");
    return {};
}

} // namespace nslab
