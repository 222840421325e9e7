// Signals, as far as they end tasks. Follows kernel/signal.c of Linux 6.18. Nobody has handlers: a signal ends its
// task, or is ignored; those that stop one are not modelled yet. No core is dumped.

#include <algorithm>
#include <string>

#include "sim/linux/kernel/internal.hpp"
#include "sim/linux/kernel/user_namespace.hpp"
#include "sim/linux/syscalls.hpp"

namespace nslab {

static bool ignored_by_default(i32 sig) {
    return sig == SIG::CHLD || sig == SIG::CONT || sig == SIG::URG || sig == SIG::WINCH;
}

static bool stops_by_default(i32 sig) {
    return sig == SIG::STOP || sig == SIG::TSTP || sig == SIG::TTIN || sig == SIG::TTOU;
}

void send_signal(Kernel& k, Id<Task> task, i32 sig) {
    if (k[task].exit_state != ExitState::running || ignored_by_default(sig) || stops_by_default(sig)) return;
    // SIGNAL_UNKILLABLE: nothing that comes from inside its namespace ends an init.
    if (is_child_reaper(k, task_tgid(k, task))) return;
    k.note([&] { return "signal " + std::to_string(sig) + " ends process " + std::to_string(k[task].pid); });
    do_exit(k, task, sig);
}

/// Source: kernel/signal.c, check_kill_permission() and kill_ok_by_cred().
static Result<> check_kill_permission(const Kernel& k, Id<Task> task, Id<Task> target, i32 sig) {
    if (sig < 0 || sig > SIG::RTMAX) return fail(E::INVAL, "there is no such signal");
    if (task == target || task_cred(k, task).euid == task_cred(k, target).uid) return {};
    if (ns_capable(k, task, task_user_ns(k, target), CAP::SYS_ADMIN)) return {};
    if (sig == SIG::CONT) return {}; // all are in one session
    return fail(E::PERM, "the process belongs to another user");
}

/// Whether the model can do what the signal would do to that task.
static Result<> check_modelled(const Kernel& k, Id<Task> target, i32 sig) {
    if (stops_by_default(sig) && k[target].exit_state == ExitState::running &&
        !is_child_reaper(k, task_tgid(k, target)))
        return fail(E::NOSYS, "not modelled yet: stopped processes");
    return {};
}

/// kill(-1) and kill(0): whoever may be reached. -1 leaves out init and the caller; all others are in one process
/// group.
static Result<> kill_many(Kernel& k, Id<Task> task, bool group, i32 sig) {
    std::vector<Id<Task>> targets;
    std::as_const(k.tasks).each([&](Id<Task> id, const Task&) {
        if (group || (id != task && task_pid_vnr(k, id) > 1)) targets.push_back(id);
    });
    std::sort(targets.begin(), targets.end(), [&](Id<Task> a, Id<Task> b) { return k[a].pid < k[b].pid; });
    if (targets.empty()) return fail(E::SRCH, "there is no process that the signal could go to");

    // EPERM counts for a group only, and there only where nobody could be reached.
    Result<> result;
    bool reached = false;
    std::vector<Id<Task>> permitted;
    for (const Id<Task> target : targets) {
        TRY(check_modelled(k, target, sig));
        auto may = check_kill_permission(k, task, target, sig);
        if (may) {
            reached = true;
            permitted.push_back(target);
        } else if (group || may.error().code != E::PERM) {
            result = may;
        }
    }
    if (sig > 0) {
        // The caller itself last: it is gone then. A zombie may go as its parent does.
        std::stable_partition(permitted.begin(), permitted.end(), [&](Id<Task> target) { return target != task; });
        for (const Id<Task> target : permitted)
            if (k.tasks.live(target)) send_signal(k, target, sig);
    }
    return reached && group ? Result<>{} : result;
}

/// kill(2). `sig` 0 only asks. A zombie can be signalled, and nothing happens.
/// ESRCH: nobody there, which is found before EINVAL for what is no signal; EPERM. Source: kill_something_info().
Result<> sys_kill(Kernel& k, Id<Task> task, i32 pid, i32 sig) {
    if (pid == 0 || pid == -1) return kill_many(k, task, pid == 0, sig);
    if (pid < 0) return fail(E::SRCH, "there is no such process group");
    const Id<Task> target = find_task_by_vpid(k, task, pid);
    if (!target) return fail(E::SRCH, "no process has this PID in the caller's PID namespace");
    TRY(check_kill_permission(k, task, target, sig));
    TRY(check_modelled(k, target, sig));
    if (sig) send_signal(k, target, sig);
    return {};
}

} // namespace nslab
