#pragma once
// A modelled machine for tests of tasks: boots, acts as a task, and is audited when it goes.

#include "sim/linux/audit.hpp"
#include "sim/linux/boot.hpp"
#include "sim/linux/fs/internal.hpp"
#include "sim/linux/kernel/internal.hpp"
#include "sim/linux/syscalls.hpp"
#include "tests/catch.hpp"

namespace nslab {

struct TaskWorld {
    Kernel k = boot(Release{});
    Id<Task> init = k.init, sh1 = find(2);

    TaskWorld() = default;
    TaskWorld(const TaskWorld&) = delete;
    TaskWorld& operator=(const TaskWorld&) = delete;
    ~TaskWorld() { CHECK(audit(k) == std::vector<std::string>{}); }

    Id<Task> find(i32 pid) const { return find_task_by_vpid(k, k.init, pid); }
    const Task& at(Id<Task> task) const { return k[task]; }
    const Nsproxy& nsproxy(Id<Task> task) const { return k[k[task].nsproxy]; }
    /// clone(2) by `parent`, which must succeed.
    Id<Task> clone(Id<Task> parent, u64 flags = SIG::CHLD) {
        const auto made = sys_clone(k, parent, clone_args(flags));
        REQUIRE(made);
        return find_task_by_vpid(k, parent, made->pid);
    }
    /// An ordinary user from now on, without capabilities.
    void become_user(Id<Task> task, u32 id) {
        const Id<Cred> made = prepare_creds(k, k[task].cred);
        Cred& c = k[made];
        c.uid = c.euid = c.suid = c.fsuid = c.gid = c.egid = c.sgid = c.fsgid = id;
        c.cap_permitted = c.cap_effective = 0;
        commit_creds(k, task, made);
    }
    /// open(2) read-only, which must succeed.
    i32 open(Id<Task> task, const char* path, u32 flags = O::RDONLY) {
        const auto fd = sys_openat(k, task, AT::FDCWD, path, flags, 0);
        REQUIRE(fd);
        return static_cast<i32>(*fd);
    }
    std::string readlink(Id<Task> task, const std::string& path) {
        const auto text = sys_readlinkat(k, task, AT::FDCWD, path);
        return text ? *text : std::string(errno_name(text.error().code));
    }
    std::string cat(Id<Task> task, const std::string& path) {
        const auto fd = sys_openat(k, task, AT::FDCWD, path, O::RDONLY, 0);
        if (!fd) return std::string(errno_name(fd.error().code));
        const auto text = sys_read(k, task, static_cast<i32>(*fd), 65536);
        REQUIRE(sys_close(k, task, static_cast<i32>(*fd)));
        return text ? *text : std::string(errno_name(text.error().code));
    }
};

/// clone3(2) by sh1.
inline Result<Cloned> clone3_of(TaskWorld& w, u64 flags, u64 exit_signal, std::vector<i32> set_tid) {
    KernelCloneArgs args;
    args.flags = flags;
    args.exit_signal = static_cast<i32>(exit_signal);
    args.set_tid = std::move(set_tid);
    return sys_clone3(w.k, w.sh1, args, exit_signal);
}

/// The errno of a result, E::OK where it succeeded.
template <class T> E error_of(const Result<T>& result) { return result ? E::OK : result.error().code; }

} // namespace nslab
