#include "sim/host/world.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include <csignal>
#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/wait.h>
#include <time.h>

namespace nslab::host {

namespace {

u64 now_us() {
    timespec t{};
    clock_gettime(CLOCK_MONOTONIC, &t);
    return static_cast<u64>(t.tv_sec) * 1000000 + static_cast<u64>(t.tv_nsec) / 1000;
}

bool is_stopped(const ProcStat& stat) { return stat.state == 'T' || stat.state == 't'; }

/// Calls that are made to sleep in: an agent says itself when it does.
bool sleeps(const Syscall& c) {
    return std::holds_alternative<sys::Wait4>(c) || std::holds_alternative<sys::Waitid>(c) ||
           std::holds_alternative<sys::RtSigtimedwait>(c) || std::holds_alternative<sys::Pause>(c) ||
           std::holds_alternative<sys::Poll>(c);
}

/// Calls after which other processes may be about to end or to wake.
bool moves_others(const Syscall& c) {
    return sleeps(c) || std::holds_alternative<sys::Kill>(c) || std::holds_alternative<sys::Tgkill>(c) ||
           std::holds_alternative<sys::Tkill>(c) || std::holds_alternative<sys::PidfdSendSignal>(c) ||
           std::holds_alternative<sys::RtSigqueueinfo>(c) || std::holds_alternative<sys::RtTgsigqueueinfo>(c) ||
           std::holds_alternative<sys::RtSigprocmask>(c) || std::holds_alternative<sys::Execve>(c);
}

void wait_word(const std::atomic<u32>& word, u32 expected, u32 us) {
    const timespec timeout{us / 1000000, static_cast<long>(us % 1000000) * 1000};
    raw::futex_wait(&word, expected, &timeout);
}

} // namespace

std::optional<std::vector<i32>> numbers_of(const std::string& status, const std::string& name) {
    const auto at = status.find("\n" + name + ":");
    if (at == std::string::npos) return std::nullopt;
    std::vector<i32> numbers;
    const char* p = status.c_str() + at + name.size() + 2;
    for (char* end = nullptr; *p && *p != '\n'; p = end) {
        const long n = std::strtol(p, &end, 10);
        if (end == p) break;
        numbers.push_back(static_cast<i32>(n));
        while (*end == ' ' || *end == '\t') ++end;
    }
    return numbers;
}

u64 bits_of(const std::string& status, const std::string& name) {
    const auto at = status.find("\n" + name + ":");
    return at == std::string::npos ? 0 : std::strtoull(status.c_str() + at + name.size() + 2, nullptr, 16);
}

ProcStat read_stat(const Agent& agent) {
    ProcStat s;
    if (!agent.proc) return s;
    const Descriptor file(openat(agent.proc.get(), "stat", O_RDONLY | O_CLOEXEC));
    char text[1024];
    const ssize_t n = file ? read(file.get(), text, sizeof text - 1) : -1;
    if (n <= 0) {
        if (errno != ENOENT && errno != ESRCH) s.state = '?'; // a lack of ours says nothing about the process
        return s;
    }
    text[n] = 0;
    const char* at = std::strrchr(text, ')'); // the name may hold anything
    if (!at || at[1] != ' ') return s;
    at += 2;
    s.state = *at;
    for (int field = 3; *at; ++field) {
        if (field == 9) s.exiting = (std::strtoul(at, nullptr, 10) & 4) != 0; // PF_EXITING
        if (field == 52) s.exit_code = std::atoi(at);
        while (*at && *at != ' ') ++at;
        while (*at == ' ') ++at;
    }
    return s;
}

ProcStat look_at(Agent& agent) {
    const ProcStat stat = read_stat(agent);
    if (stat.dead()) agent.slot = nullptr;
    if (stat.gone()) agent.proc = Descriptor();
    return stat;
}

Agent* World::find(Actor who) {
    const auto it = agents_.find(who);
    return it == agents_.end() ? nullptr : &it->second;
}

Slot* World::free_slot() {
    std::vector<bool> used(shared_->slots);
    u32 processes = 0;
    for (const auto& [actor, agent] : agents_) {
        if (agent.proc) ++processes; // zombies are processes too
        if (agent.slot) used[agent.slot->index] = true;
    }
    if (processes >= shared_->slots) return nullptr;
    for (u32 i = 0; i < shared_->slots; ++i)
        if (!used[i]) {
            Slot* slot = shared_->slot(i);
            slot->index = i;
            slot->command.store(0);
            slot->state.store(kStarting);
            return slot;
        }
    return nullptr;
}

void World::order(Slot& slot) {
    slot.state.store(static_cast<u32>(slot.tid) | kFutexWaiters);
    slot.command.store(1);
    raw::futex_wake(&slot.command);
}

/// Waits until a call returns, its process dies, or it sleeps. The supervisor runs on the processor of the actors, so
/// it runs when they do not.
World::Waited World::wait(Agent& agent, bool sleeps, Slot* vfork_child) {
    const u64 begin = now_us();
    const Slot& slot = *agent.slot;
    for (;;) {
        const u32 state = slot.state.load();
        if (state == 0) return Waited::done;
        if (state & kFutexOwnerDied) return Waited::died;
        if (state & kAsleep) return Waited::blocked;
        if (state != kStarting && (state & kWantsProgram)) {
            send_program(agent);
            agent.slot->state.fetch_and(~kWantsProgram);
            raw::futex_wake(&agent.slot->state);
            continue;
        }
        if (vfork_child && vfork_child->state.load() == 0) return Waited::blocked;
        wait_word(slot.state, state, vfork_child ? 100 : 5000);
        if (slot.state.load() != state) continue;
        const ProcStat stat = read_stat(agent);
        const u64 waited = now_us() - begin;
        if (slot.state.load() != state) continue; // it came back while we looked
        if (stat.dead()) return Waited::died;
        if (is_stopped(stat)) return Waited::blocked;
        if (stat.state == 'S' && (sleeps || waited > 50000) && rests(agent, stat)) return Waited::blocked;
        if (waited > u64{options_.step_limit_ms} * 1000) return Waited::hung;
    }
}

Outcome World::call(Actor who, const Syscall& c, Actor child) {
    Outcome o;
    looked_ = false;
    Agent* agent = find(who);
    if (!broken_.empty()) {
        o.skipped = true;
        o.why = broken_;
        return o;
    }
    if (!agent || !agent->slot) {
        o.error = E::SRCH;
        o.ended = true;
        o.why = "the process that stands for the actor has ended";
        return o;
    }
    if (agent->pending) {
        o.skipped = true;
        o.why = "the process that stands for the actor still sleeps in another call";
        return o;
    }
    Slot* child_slot = nullptr;
    const auto flags = task_flags(c);
    if (flags) {
        child_slot = child == Actor::none || agents_.contains(child) ? nullptr : free_slot();
        if (!child_slot) {
            o.skipped = true;
            o.why = "the sandbox has room for " + std::to_string(shared_->slots) +
                    " processes, or the new one has no number";
            return o;
        }
    }
    const std::optional<Syscall> within = within_capabilities(*agent, c);
    auto refused =
        marshal(*agent->slot, within ? *within : c, child_slot ? child_slot->index : 0, facts_, who == Actor::init);
    constexpr std::size_t most_levels = 32; // more than MAX_PID_NS_LEVEL is EINVAL in any case
    if (const auto* made = std::get_if<sys::Clone3>(&c); made && !refused && made->set_tid.size() <= most_levels) {
        // As deep as the namespace is that the child will be in, and no deeper: the next number is the machine's.
        const int proc = agent->proc.get();
        std::size_t levels = agent->nspid.size();
        if (made->set_tid.size() > levels &&
            ((made->flags & CLONE::NEWPID) || link_number(proc, "ns/pid") != link_number(proc, "ns/pid_for_children")))
            ++levels;
        if (made->set_tid.size() > levels) refused = "it would choose a PID outside of the world";
    }
    if (!refused && lacks_capability(*agent, c)) refused = "root of this machine has not got that capability";
    if (const auto* group = std::get_if<sys::Setpgid>(&c); group && !refused) refused = refuse_group(*agent, *group);
    if (refused) {
        o.skipped = true;
        o.why = *refused;
        return o;
    }
    order(*agent->slot);
    const bool vfork = flags && (*flags & CLONE::VFORK);
    const Waited waited = wait(*agent, sleeps(c), vfork ? child_slot : nullptr);
    agent->vfork = vfork && waited == Waited::blocked;
    o = finish(*agent, c, waited);
    if (o.skipped) return o;
    if (flags && (agent->vfork || (o.ok() && !o.ended)) && !adopt(child, child_slot)) {
        o.skipped = true;
        o.why = broken_ = "the new process could not be found";
    }
    if (agent->vfork)
        if (const Agent* made = find(child)) o.value = pid_seen_by(*made, *agent);
    if (std::holds_alternative<sys::Execve>(c) && o.ok()) {
        forget_owner(); // descriptor 0 holds the number no longer than it is told
        take_over_leader(*agent);
    }
    const bool enters = flags || std::holds_alternative<sys::Unshare>(c) || std::holds_alternative<sys::Setns>(c);
    if (enters && (o.ok() || agent->vfork)) {
        if (agent->slot) note_namespace(*agent);
        if (Agent* made = find(child)) note_namespace(*made);
    }
    if (Counts counts; enters && (o.ok() || agent->vfork)) count(counts);
    if (o.ended || (moves_others(c) && (o.ok() || o.blocked))) settle();
    if (waited == Waited::done && moves_others(c) && agent->slot && is_stopped(read_stat(*agent))) {
        // By its own signal, which another thread was to take: whether that did before this one was back is chance.
        agent->pending = c;
        o = {};
        o.blocked = true;
    }
    return o;
}

Outcome World::finish(Agent& agent, const Syscall& c, Waited waited) {
    Outcome o;
    switch (waited) {
    case Waited::done:
        agent.pending.reset();
        o = unmarshal(*agent.slot, c);
        if (!o.skipped) as_deep_as_it_lies(c, o);
        if (rootless_ && !o.skipped) as_ordinary_user(agent, c, o);
        if (auto* sets = o.out.get_if<CapSets>()) {
            sets->unknown = kCapFullSet & ~capabilities_;
            for (u64* set : {&sets->effective, &sets->permitted, &sets->inheritable})
                if (*set == capabilities_) *set = kCapFullSet;
        }
        if (const auto* path = o.out.get_if<Bytes>();
            path && std::holds_alternative<sys::Readlinkat>(c) && path->data == program_path_)
            o = program_path();
        return o;
    case Waited::died:
        agent.pending.reset();
        o.ended = true;
        return o;
    case Waited::blocked:
        agent.pending = c;
        o.blocked = true;
        return o;
    case Waited::hung:
        o.skipped = true;
        o.why = broken_ =
            "this kernel has not come back from a call for " + std::to_string(options_.step_limit_ms) + " ms";
        return o;
    }
    return o;
}

/// Root of the machine may lack capabilities, in a container for one, that root of the model has: those are missing in
/// the world's first user namespace.
bool World::lacks_capability(const Agent& agent, const Syscall& c) const {
    const auto* prctl = std::get_if<sys::Prctl>(&c);
    if (!prctl || link_number(agent.proc.get(), "ns/user") != user_inum_) return false;
    const bool bounding = prctl->option == PR::CAPBSET_READ;
    if (!bounding && !(prctl->option == PR::CAP_AMBIENT && prctl->arg2 == PR::CAP_AMBIENT_RAISE)) return false;
    const u64 cap = bounding ? prctl->arg2 : prctl->arg3;
    return cap <= CAP::LAST_CAP && !(capabilities_ >> cap & 1);
}

/// Of sets of capabilities those that are missing there are left out.
std::optional<Syscall> World::within_capabilities(const Agent& agent, const Syscall& c) const {
    const auto* capset = std::get_if<sys::Capset>(&c);
    if (!capset || !capset->data || link_number(agent.proc.get(), "ns/user") != user_inum_) return std::nullopt;
    sys::Capset within = *capset;
    for (u64* set : {&within.data->effective, &within.data->permitted, &within.data->inheritable})
        *set &= capabilities_;
    return within;
}

/// Actors run nslab until they call execve(2), and then the program of program.cpp; there is one name for both.
Outcome World::program_path() {
    Outcome o;
    o.out = Bytes{"/memfd:nslab (deleted)"};
    o.value = static_cast<i64>(o.out.get<Bytes>().data.size());
    return o;
}

std::optional<Outcome> World::resume(Actor who) {
    Agent* agent = find(who);
    if (!agent || !agent->pending) return std::nullopt;
    const Syscall c = *agent->pending;
    if (!agent->slot) return finish(*agent, c, Waited::died);
    if (is_stopped(read_stat(*agent))) return std::nullopt;
    const u64 begin = now_us();
    Waited waited = Waited::blocked;
    for (u32 turns = 0; waited == Waited::blocked; ++turns) {
        const u32 state = agent->slot->state.load();
        if (state == 0) {
            waited = Waited::done;
        } else if (state & kFutexOwnerDied) {
            waited = Waited::died;
        } else {
            const ProcStat stat = read_stat(*agent);
            if (agent->slot->state.load() != state) continue; // it came back while we looked
            // The init of a PID namespace that was killed asleep may wait for others at its end. Nobody has marked its
            // slot: kAsleep hides its number there.
            if (stat.dead() || stat.exiting)
                waited = Waited::died;
            else if (rests(*agent, stat))
                return std::nullopt;
            else if (now_us() - begin > u64{options_.step_limit_ms} * 1000)
                waited = Waited::hung;
            else if (turns < 100)
                sched_yield();
            else
                usleep(50);
        }
    }
    Outcome o = finish(*agent, c, waited);
    settle();
    return o;
}

/// Takes a new process in: it has said hello in its slot, now it is found in /proc.
bool World::adopt(Actor actor, Slot* slot) {
    for (const u64 begin = now_us(); slot->state.load() == kStarting;) {
        if (now_us() - begin > 2000000) return false;
        wait_word(slot->state, kStarting, 1000);
    }
    Agent agent;
    agent.actor = actor;
    agent.slot = slot;
    if (!identify(agent, outer_pid(*slot))) return false;
    agents_[actor] = std::move(agent);
    return true;
}

/// Opens the directory of a task in /proc and reads its numbers there.
bool World::identify(Agent& agent, i32 outer_pid) {
    if (outer_pid <= 0) return false;
    const auto open_proc = [](const std::string& path) {
        return Descriptor(open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    };
    const std::string dir = "/proc/" + std::to_string(outer_pid);
    agent.outer_pid = outer_pid;
    agent.proc = open_proc(dir);
    if (!agent.proc) return false;
    const std::string status = read_file(agent.proc.get(), "status", buffer_);
    agent.tgid = numbers_of(status, "Tgid").value_or(std::vector<i32>{0}).front();
    // What /proc/TID says of a thread is in part about its whole process.
    if (agent.tgid != outer_pid) agent.proc = open_proc(dir + "/task/" + std::to_string(outer_pid));
    agent.nspid = numbers_of(status, "NSpid").value_or(std::vector<i32>());
    if (agent.actor == Actor::init) level_ = agent.nspid.empty() ? 0 : agent.nspid.size() - 1;
    agent.nspid.erase(agent.nspid.begin(),
                      agent.nspid.begin() + static_cast<std::ptrdiff_t>(std::min(level_, agent.nspid.size())));
    return agent.tgid > 0 && agent.proc;
}

/// A file holds its owner's number, and that its PID namespace.
void World::forget_owner() const {
    const f_owner_ex nobody{F_OWNER_TID, 0};
    fcntl(null_.get(), F_SETOWN_EX, &nobody);
}

i32 World::outer_pid(const Slot& slot) const {
    f_owner_ex owner{};
    const bool said = slot.said_owner && fcntl(null_.get(), F_GETOWN_EX, &owner) == 0;
    forget_owner();
    if (said && owner.pid > 0) return owner.pid;
    return search_proc(slot);
}

/// For a task without a descriptor 0: among the children and the threads of ours the one that has the thread id it
/// says it has.
i32 World::search_proc(const Slot& slot) const {
    const auto is_it = [&](int dir, const char* name, bool thread) {
        const i32 pid = std::atoi(name);
        if (pid <= 0) return false;
        bool of_ours = thread;
        std::vector<char> buffer;
        const std::string status = read_file(dir, (std::string(name) + "/status").c_str(), buffer);
        const auto nspid = numbers_of(status, "NSpid"), ppid = numbers_of(status, "PPid");
        if (!nspid || nspid->empty() || !ppid || ppid->empty() || nspid->back() != slot.tid) return false;
        for (const auto& [actor, agent] : agents_) {
            if (agent.proc && agent.outer_pid == pid) return false;
            of_ours = of_ours || (agent.slot && agent.tgid == ppid->front());
        }
        return of_ours;
    };
    const auto search = [&](DIR* dir, bool threads) {
        i32 found = 0;
        while (const dirent* entry = dir ? readdir(dir) : nullptr)
            if (is_it(dirfd(dir), entry->d_name, threads)) found = std::atoi(entry->d_name);
        if (dir) closedir(dir);
        return found;
    };
    i32 found = search(opendir("/proc"), false);
    for (auto it = agents_.begin(); it != agents_.end() && !found; ++it)
        if (it->second.slot && it->second.outer_pid == it->second.tgid)
            found = search(opendir(("/proc/" + std::to_string(it->second.tgid) + "/task").c_str()), true);
    return found;
}

/// The number of one process as another sees it; 0 where it sees none.
i32 World::pid_seen_by(const Agent& who, const Agent& seen_by) const {
    const std::size_t level = seen_by.nspid.size();
    return level == 0 || who.nspid.size() < level ? 0 : who.nspid[level - 1];
}

/// Whether a process sleeps in the kernel until something happens. Who is about to sleep or to go on is called asleep
/// by /proc/PID/stat too, for as long as the processor does other things; its wchan is 0 then.
bool World::rests(const Agent& agent, const ProcStat& stat) const {
    if (is_stopped(stat)) return true;
    if (stat.state == 'D') return agent.vfork && agent.pending;
    if (stat.state != 'S') return false;
    std::vector<char> buffer;
    return !wchan_works_ || read_file(agent.proc.get(), "wchan", buffer) != "0";
}

/// A kernel may be built without names of functions, and an ordinary user may not look.
void World::find_wchan() {
    std::vector<char> buffer;
    for (u32 turns = 0; turns < 100 && !wchan_works_; ++turns) {
        wchan_works_ = read_file(find(Actor::init)->proc.get(), "wchan", buffer).size() > 1;
        if (!wchan_works_) usleep(50);
    }
}

/// Waits until every process is where the last call has brought it: killed ones are zombies or gone, those that it woke
/// are back or asleep again. Then init reaps what fell to it.
void World::settle() {
    const u64 begin = now_us();
    do {
        // The init of a PID namespace that ends sleeps until all in it have ended, which may be soon or, where a parent
        // outside has still to wait for one, not before that.
        constexpr u64 patience = 5000;
        u64 last_move = now_us();
        for (u32 turns = 0;; ++turns) {
            bool moving = false, ending = false;
            for (auto& [actor, agent] : agents_) {
                if (!agent.proc) continue;
                const ProcStat stat = look_at(agent);
                if (stat.dead()) continue;
                ending = ending || stat.exiting;
                // Who waits for orders is where it shall be.
                if (!(stat.state == 'S' && !agent.pending && !stat.exiting) && !rests(agent, stat)) moving = true;
            }
            const u64 now = now_us();
            if (moving) last_move = now;
            if (now - begin > 2000000 || (!moving && (!ending || now - last_move > patience))) break;
            // Who ends may sleep in the kernel for milliseconds; each look costs more than a turn of those that run.
            if (turns < 4)
                sched_yield();
            else
                usleep(turns < 20 ? 50 : 300);
        }
    } while (reap());
}

/// Lets init wait for its dead children. True where there were any: their end may let others end.
bool World::reap() {
    Agent* init = find(Actor::init);
    if (!init || !init->slot || init->pending) return false;
    init->slot->order = Order{};
    init->slot->order.kind = Order::Kind::reap;
    order(*init->slot);
    return wait(*init, false, nullptr) == Waited::done && init->slot->result > 0;
}

bool World::alive(Actor who) {
    Agent* agent = find(who);
    if (!agent || !agent->slot) return false;
    look_at(*agent);
    return agent->slot != nullptr;
}

} // namespace nslab::host
