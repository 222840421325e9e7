// unshare(2): leaving what one shares. Follows the end of kernel/fork.c of Linux 6.18.

#include "sim/linux/fs/internal.hpp"
#include "sim/linux/kernel/internal.hpp"
#include "sim/linux/kernel/user_namespace.hpp"
#include "sim/linux/syscalls.hpp"

namespace nslab {

bool current_is_single_threaded(const Kernel& k, Id<Task> task) {
    return k[k[task].signal].live == 1 && k[k[task].mm].mm_users == 1;
}

/// Source: kernel/fork.c, check_unshare_flags().
static Result<> check_unshare_flags(const Kernel& k, Id<Task> task, u64 flags) {
    constexpr u64 kKnown = CLONE::THREAD | CLONE::FS | CLONE::NEWNS | CLONE::SIGHAND | CLONE::VM | CLONE::FILES |
                           CLONE::SYSVSEM | CLONE::NEWUTS | CLONE::NEWIPC | CLONE::NEWNET | CLONE::NEWUSER |
                           CLONE::NEWPID | CLONE::NEWCGROUP | CLONE::NEWTIME;
    if (flags & ~kKnown) return fail(E::INVAL, "unshare knows no such flag");
    if ((flags & (CLONE::THREAD | CLONE::SIGHAND | CLONE::VM)) && !thread_group_empty(k, task))
        return fail(E::INVAL, "a thread cannot leave the others of its process");
    if ((flags & (CLONE::SIGHAND | CLONE::VM)) && k[k[task].sighand].count > 1)
        return fail(E::INVAL, "signal handlers that are shared cannot be left");
    if ((flags & CLONE::VM) && !current_is_single_threaded(k, task))
        return fail(E::INVAL, "memory that is shared cannot be left");
    return {};
}

/// Flags that others imply. Source: kernel/fork.c, ksys_unshare().
static u64 implied_unshare_flags(u64 flags) {
    if (flags & CLONE::NEWUSER) flags |= CLONE::THREAD | CLONE::FS;
    if (flags & CLONE::VM) flags |= CLONE::SIGHAND;
    if (flags & CLONE::SIGHAND) flags |= CLONE::THREAD;
    if (flags & CLONE::NEWNS) flags |= CLONE::FS;
    return flags;
}

/// All that unshare(2) can be asked for.
[[gnu::noinline]] static Result<> unshare_any(Kernel& k, Id<Task> task, u64 unshare_flags) {
    const u64 flags = implied_unshare_flags(unshare_flags);
    TRY(check_unshare_flags(k, task, flags));

    Id<FsStruct> new_fs;
    Id<FilesStruct> new_fd;
    // A new mount namespace moves root and working directory, so it needs a copy even of what nobody shares.
    if ((flags & CLONE::FS) && ((flags & CLONE::NEWNS) || k[k[task].fs].users > 1))
        new_fs = copy_fs_struct(k, k[task].fs);
    if ((flags & CLONE::FILES) && k[k[task].files].count > 1) new_fd = dup_fd(k, k[task].files);

    Id<Cred> new_cred;
    const auto make = [&]() -> Result<Id<Nsproxy>> {
        if (flags & CLONE::NEWUSER) new_cred = TRY(unshare_userns(k, task, flags));
        return unshare_nsproxy_namespaces(k, task, flags, new_cred, new_fs);
    };
    const auto made = make();
    if (made) {
        if (new_cred) set_cred_ucounts(k, new_cred);
        if (*made) switch_task_namespaces(k, task, *made);
        if (new_fs) {
            std::swap(k[task].fs, new_fs);
            if (--k[new_fs].users > 0) new_fs = {}; // the others keep it
        }
        if (new_fd) std::swap(k[task].files, new_fd);
        if (new_cred) commit_creds(k, task, std::exchange(new_cred, {}));
    }
    if (new_cred) put_cred(k, new_cred);
    // What is left over: the old ones, or where it failed the copies.
    if (new_fd) {
        std::vector<Id<File>> closed;
        put_files_struct(k, new_fd, closed);
        for (const Id<File> file : closed) fput(k, file);
    }
    if (new_fs) free_fs_struct(k, new_fs);
    if (!made) return tl::unexpected<Error>(made.error());
    return {};
}

/// unshare(2): leaves what the flags name for copies of its own.
/// EINVAL: unknown flags, or memory or handlers that others share; EPERM; ENOSPC. Source: kernel/fork.c,
/// ksys_unshare().
Result<> sys_unshare(Kernel& k, Id<Task> task, u64 unshare_flags) {
    if (asks_only_namespaces(unshare_flags)) return unshare_only_namespaces(k, task, unshare_flags);
    if (unshare_flags == CLONE::NEWNS && k[k[task].fs].users == 1) return unshare_mnt_namespace(k, task);
    return unshare_any(k, task, unshare_flags);
}

} // namespace nslab
