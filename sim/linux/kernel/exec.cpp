// execve(2). The only program that there is in the world is the one that its processes are; what running it anew does
// to what they share is here: other threads end, shared memory, descriptors and handlers are left, close-on-exec is
// heeded. Any other file is no program, and refused as such. Follows fs/exec.c of Linux 6.18.

#include <algorithm>

#include "sim/linux/fs/internal.hpp"
#include "sim/linux/fs/namei.hpp"
#include "sim/linux/fs/proc/internal.hpp"
#include "sim/linux/kernel/internal.hpp"
#include "sim/linux/kernel/user_namespace.hpp"
#include "sim/linux/syscalls.hpp"

namespace nslab {

void mm_release(Kernel& k, Id<Task> task) {
    const Id<Task> parent = std::exchange(k[task].vfork_parent, {});
    if (!parent) return;
    if (k[parent].sleep == Sleep::vfork) k[parent].sleep = Sleep::none;
    k[parent].sigpending = false; // it heeds its signals now
    wake_up(k, parent);
}

/// All other threads end; the caller takes the place of the leader, with its number and its parent.
/// Source: fs/exec.c, de_thread().
static void de_thread(Kernel& k, Id<Task> task) {
    SignalStruct& sig = k[k[task].signal];
    const Id<Task> leader = k[task].group_leader;
    if (!thread_group_empty(k, task)) {
        sig.group_exec_task = task;
        std::vector<Id<Task>> others;
        for (Id<Task> t = sig.thread_head; t; t = k[t].thread_next)
            if (t != task) others.push_back(t);
        zap_other_threads(k, task);
        for (const Id<Task> t : others)
            if (k.tasks.live(t) && !k[t].exiting) do_exit(k, t, 0);
        sig.group_exec_task = {};
    }
    if (leader != task) {
        exchange_tids(k, task, leader);
        for (const PidType type : {PidType::TGID, PidType::PGID, PidType::SID}) transfer_pid(k, leader, task, type);
        const Id<Task> parent = k[leader].real_parent;
        // list_replace_init(): in the place of the leader among its siblings.
        Task& mine = k[task];
        const Id<Task> next = std::exchange(k[leader].sibling_next, {});
        const Id<Task> prev = std::exchange(k[leader].sibling_prev, {});
        mine.sibling_next = next;
        mine.sibling_prev = prev == leader ? task : prev;
        if (k[parent].children == leader)
            k[parent].children = task;
        else
            k[prev].sibling_next = task;
        k[next ? next : k[parent].children].sibling_prev = task;
        mine.group_leader = k[leader].group_leader = task;
        mine.exit_signal = SIG::CHLD;
        k[leader].exit_signal = -1;
        k[leader].exit_state = ExitState::dead;
        release_task(k, leader);
    }
    k[task].exit_signal = SIG::CHLD;
}

/// Source: fs/exec.c, begin_new_exec(), in its order. The program was opened with the credentials that the caller has.
static void begin_new_exec(Kernel& k, Id<Task> task, Id<File> exe_file) {
    de_thread(k, task);
    std::vector<Id<File>> closed;
    if (k[k[task].files].count > 1) put_files_struct(k, std::exchange(k[task].files, dup_fd(k, k[task].files)), closed);

    mm_release(k, task);
    const Id<MmStruct> mm = k.mms.alloc();
    k[mm].mm_users = 1;
    k[mm].user_ns = current_user_ns(k, task);
    k[mm].exe_file = exe_file;
    get_namespace(k, k[mm].user_ns);
    {
        const Cred& cred = task_cred(k, task);
        k[mm].dumpable = cred.euid == cred.uid && cred.egid == cred.gid; // fs.suid_dumpable is 0
    }
    mmput(k, std::exchange(k[task].mm, mm));
    exec_task_namespaces(k, task);

    if (k[k[task].sighand].count > 1) { // unshare_sighand()
        const Id<SighandStruct> made = k.sighands.alloc();
        k[made].count = 1;
        k[made].action = std::as_const(k)[k[task].sighand].action;
        --k[std::exchange(k[task].sighand, made)].count;
    }
    k[task].forknoexec = false;
    for (Fd& fd : k[k[task].files].fd) // do_close_on_exec()
        if (fd.file && fd.close_on_exec) fput(k, std::exchange(fd, {}).file);
    ++k[task].self_exec_id;
    flush_signal_handlers(k, k[task].sighand);
    const Id<Cred> cred = prepare_creds(k, k[task].cred);
    if (cap_bprm_creds_from_file(k, task, k[cred])) k[task].pdeath_signal = 0;
    commit_creds(k, task, cred);
}

/// The name that the program gives its process: the last component of its path. Source: fs/exec.c, __set_task_comm().
static void set_comm(Task& task, std::string_view path) {
    const std::string_view name = path.substr(path.rfind('/') + 1).substr(0, task.comm.size() - 1);
    task.comm = {};
    std::copy(name.begin(), name.end(), task.comm.begin());
}

/// Whether the path ends in a link to the program of a process that the caller may look at. EACCES: of another.
static Result<bool> is_own_program(Kernel& k, Id<Task> task, const Str& filename) {
    const auto link = user_path_at(k, task, AT::FDCWD, filename, 0);
    if (!link || d_inode(std::as_const(k), (*link)->dentry).kind != InodeKind::magic_link) return false;
    if (proc_entry(std::as_const(k), (*link)->dentry) != ProcEntry::exe) return false;
    TRY(proc_readlink(k, task, (*link)->dentry));
    return true;
}

/// Why a file is not run. Source: fs/exec.c, do_open_execat(), with may_open(), and search_binary_handler().
static Error refuse_program(const Kernel& k, Id<Task> task, Path path) {
    const auto error = [](E code, const char* why, const char* function) { return fail(code, why, function).value(); };
    const Inode& inode = d_inode(k, path.dentry);
    if (inode.kind != InodeKind::file) return error(E::ACCES, "only regular files are run", "may_open");
    if (k[path.mnt].mnt_flags & MNT::NOEXEC) return error(E::ACCES, "nothing is executed from the mount", "may_open");
    if (auto may = inode_permission(k, task, path, MAY::EXEC); !may) return may.error();
    bool writer = false;
    k.files.each([&](Id<File>, const File& file) {
        writer = writer || (file.writer && k[file.f_path.dentry].d_inode == k[path.dentry].d_inode);
    });
    if (writer) return error(E::TXTBSY, "the file is open for writing", "do_open_execat");
    if (inode.i_size) return error(E::NOSYS, "not modelled yet: running a file that holds something", nullptr);
    return error(E::NOEXEC, "the file is empty, and so no program", "search_binary_handler");
}

/// execve(2) of "/proc/self/exe" or its like: the same program again, which may call itself `argv0`.
/// EFAULT; what the walk says of the path; EACCES: no regular file, not executable, a noexec mount; ETXTBSY: somebody
/// has it open for writing; ENOEXEC: it is no program. Source: fs/exec.c, do_execveat_common().
Result<> sys_execve(Kernel& k, Id<Task> task, const Str& filename, std::string_view argv0) {
    if (!TRY(is_own_program(k, task, filename))) {
        const HeldPath path = TRY(user_path_at(k, task, AT::FDCWD, filename, LOOKUP::FOLLOW));
        return tl::unexpected<Error>(refuse_program(k, task, *path));
    }
    begin_new_exec(k, task, alloc_file(k, task, {}, O::RDONLY));
    set_comm(k[task], argv0.empty() ? std::string_view(filename.text) : argv0);
    schedule(k, task);
    return {};
}

} // namespace nslab
