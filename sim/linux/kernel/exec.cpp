// execve(2) of the program that the caller is, as far as it concerns sharing: other threads end, shared memory,
// descriptors and handlers are left, close-on-exec is heeded. Follows fs/exec.c of Linux 6.18. Other programs are not
// modelled.

#include "sim/linux/fs/internal.hpp"
#include "sim/linux/kernel/internal.hpp"
#include "sim/linux/kernel/user_namespace.hpp"
#include "sim/linux/syscalls.hpp"

namespace nslab {

void mm_release(Kernel& k, Id<Task> task) {
    const Id<Task> parent = std::exchange(k[task].vfork_parent, {});
    if (!parent) return;
    if (k[parent].sleep == Sleep::vfork) k[parent].sleep = Sleep::none;
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

/// Source: fs/exec.c, begin_new_exec(), in its order.
static void begin_new_exec(Kernel& k, Id<Task> task) {
    de_thread(k, task);
    std::vector<Id<File>> closed;
    if (k[k[task].files].count > 1) put_files_struct(k, std::exchange(k[task].files, dup_fd(k, k[task].files)), closed);

    mm_release(k, task);
    const Id<MmStruct> mm = k.mms.alloc();
    k[mm].mm_users = 1;
    k[mm].user_ns = current_user_ns(k, task);
    get_namespace(k, k[mm].user_ns);
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
    Cred& c = k[cred];
    c.suid = c.fsuid = c.euid;
    c.sgid = c.fsgid = c.egid;
    cap_bprm_creds_from_file(k, c);
    commit_creds(k, task, cred);
}

/// execve(2) of "/proc/self/exe": the same program again.
/// EFAULT; what the walk says of any other path, of which nothing that is there can be run here.
Result<> sys_execve(Kernel& k, Id<Task> task, const Str& filename) {
    if (filename.kind != Str::Kind::text) return fail(E::FAULT, "the path cannot be read");
    if (filename.text != "/proc/self/exe") {
        TRY(sys_faccessat(k, task, AT::FDCWD, filename, 0));
        return fail(E::NOSYS, "not modelled yet: programs other than /proc/self/exe");
    }
    begin_new_exec(k, task);
    schedule(k, task);
    return {};
}

} // namespace nslab
