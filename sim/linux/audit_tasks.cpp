// The audit of tasks: families, threads, numbers, what is shared.

#include <string>
#include <unordered_map>

#include "sim/linux/audit_parts.hpp"
#include "sim/linux/kernel/internal.hpp"

namespace nslab {

namespace {

class TaskAudit {
  public:
    TaskAudit(const Kernel& k, std::vector<std::string>& complaints) : k(k), complaints(complaints) {}

    void run() {
        expect(k.woken.empty(), "tasks wait to run between two calls");
        k.tasks.each([&](Id<Task> id, const Task& t) {
            family(id, t);
            group(id, t);
        });
        k.signals.each([&](Id<SignalStruct> id, const SignalStruct& sig) { threads(id, sig); });
        k.pids.each([&](Id<Pid> id, const Pid& pid) { names(id, pid); });
        k.namespaces.each([&](auto, const Namespace& ns) { reaper(ns); });
    }

  private:
    void expect(bool holds, const std::string& text) {
        if (!holds && complaints.size() < 50) complaints.push_back(text);
    }
    static std::string words(const Task& t) { return "task " + std::to_string(t.pid); }

    void family(Id<Task> id, const Task& t) {
        Id<Task> last;
        for (Id<Task> c = t.children; c; last = c, c = k[c].sibling_next) {
            expect(k[c].real_parent == id && k[c].parent == id, words(k[c]) + " is a child of another");
            expect(thread_group_leader(k, c), words(k[c]) + " is a child and no leader");
            if (c != t.children) expect(k[c].sibling_prev == last, words(t) + ": its list of children is broken");
        }
        if (t.children) expect(k[t.children].sibling_prev == last, words(t) + ": the end of its children is wrong");
        if (is_exiting(k, id))
            expect(!t.fs && !t.files && !t.nsproxy && !t.mm, words(t) + " has exited and holds something");
        if (t.exit_state != ExitState::running) expect(!t.children, words(t) + " has exited and has children");
        expect(t.exit_state != ExitState::dead, words(t) + " is dead and not reaped");
        if (t.vfork_parent)
            expect(k.tasks.live(t.vfork_parent) && k[t.vfork_parent].sleep == Sleep::vfork,
                   words(t) + ": nobody waits for it in vfork()");
    }

    void group(Id<Task> id, const Task& t) {
        const Id<Task> leader = t.group_leader;
        expect(k.tasks.live(leader) && k[leader].signal == t.signal, words(t) + " has a leader of another process");
        expect(thread_group_leader(k, id) == (leader == id), words(t) + " is a leader and is not, by its exit signal");
        expect(k[t.thread_pid].numbers[0] == t.pid, words(t) + " has another number");
        if (t.pending.signal == 0) expect(t.pending.list.empty(), words(t) + " has signals that are not pending");
    }

    void threads(Id<SignalStruct> id, const SignalStruct& sig) {
        u32 all = 0, live = 0, to_stop = 0, running = 0;
        Id<Task> last;
        for (Id<Task> t = sig.thread_head; t; last = t, t = k[t].thread_next) {
            ++all;
            live += !k[t].exiting;
            to_stop += (k[t].jobctl & JOBCTL::STOP_CONSUME) != 0;
            running += !k[t].exiting && !(k[t].jobctl & JOBCTL::STOPPED);
            expect(k[t].signal == id, words(k[t]) + " is a thread of another process");
            if (t != sig.thread_head)
                expect(k[t].thread_prev == last, words(k[t]) + ": the list of its threads is broken");
        }
        if (!sig.thread_head) return expect(false, "a process has no threads");
        expect(k[sig.thread_head].thread_prev == last, words(k[sig.thread_head]) + ": the end of its threads is wrong");
        const std::string who = words(k[sig.thread_head]);
        expect(sig.nr_threads == all,
               who + ": nr_threads is " + std::to_string(sig.nr_threads) + " of " + std::to_string(all));
        expect(sig.live == live, who + ": live is " + std::to_string(sig.live) + " of " + std::to_string(live));
        expect(k.tasks.live(sig.curr_target) && k[sig.curr_target].signal == id,
               who + ": curr_target is no thread of it");
        expect(sig.group_stop_count == to_stop, who + ": group_stop_count is " + std::to_string(sig.group_stop_count) +
                                                    " of " + std::to_string(to_stop));
        if (sig.flags & SIGNAL::STOP_STOPPED) expect(running == 0, who + " is stopped, and a thread of it is not");
        expect(!sig.group_exec_task, who + " waits in execve() between two calls");
    }

    void names(Id<Pid> id, const Pid& pid) {
        bool any = false;
        for (std::size_t type = 0; type < kPidTypes; ++type) {
            Id<Task> before;
            for (Id<Task> t = pid.tasks[type]; t; before = t, t = k[t].pid_links[type].first) {
                any = true;
                expect(task_pid_type(k, t, static_cast<PidType>(type)) == id, words(k[t]) + " has another pid");
                expect(k[t].pid_links[type].second == before, words(k[t]) + ": the list of its pid is broken");
            }
        }
        expect(pid.hashed == any, "a pid has numbers and no tasks, or the other way");
    }

    void reaper(const Namespace& ns) {
        if (!ns.child_reaper) return;
        expect(k.tasks.live(ns.child_reaper), "the init of a PID namespace is gone");
        const bool is_init =
            k.tasks.live(ns.child_reaper) &&
            task_pid_nr_ns(k, ns.child_reaper, task_active_pid_ns(k, ns.child_reaper), PidType::TGID) == 1;
        expect(is_init, "the reaper of a PID namespace is not 1 in it");
    }

    const Kernel& k;
    std::vector<std::string>& complaints;
};

} // namespace

void audit_tasks(const Kernel& k, std::vector<std::string>& complaints) { TaskAudit(k, complaints).run(); }

} // namespace nslab
