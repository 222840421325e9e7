// Judges what is expected of processes: what has become of them, what they are called where, who counts on what.

#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "sim/backend/mountinfo.hpp"

#include "sim/replay/expect.hpp"
#include "sim/syscall/calls.hpp"

namespace nslab {

namespace {

using Kind = ExpectStep::Kind;
using State = ActorObservation::State;

std::string_view state_name(State state) {
    switch (state) {
    case State::running: return "running";
    case State::blocked: return "asleep in a call";
    case State::stopped: return "stopped";
    case State::zombie: return "a zombie";
    case State::gone: return "gone";
    }
    return "gone";
}

bool is_in(State state, const std::string& word) {
    if (word == "alive") return state == State::running || state == State::blocked || state == State::stopped;
    // A process that sleeps in a call runs still, as far as its life goes.
    if (word == "running") return state == State::running || state == State::blocked;
    if (word == "asleep") return state == State::blocked;
    if (word == "stopped") return state == State::stopped;
    if (word == "zombie") return state == State::zombie;
    return state == State::gone; // gone, reaped
}

class ProcessJudge {
  public:
    ProcessJudge(Side& side, const Step& step, const ExpectStep& expect)
        : side_(side), step_(step), e_(expect), who_(known(expect.actor)),
          other_(known(expect.other_actor.empty() ? expect.actor : expect.other_actor)) {}

    std::string verdict() {
        switch (e_.kind) {
        case Kind::alive: return alive();
        case Kind::status: return status();
        case Kind::child: return child();
        case Kind::reaper: return reaper();
        case Kind::may_signal: return may_signal();
        case Kind::pid: return e_.word == "NSpid" ? nspid() : pid();
        case Kind::no_pid: return no_pid();
        case Kind::held_by: return held_by();
        default: return ref_count();
        }
    }

  private:
    Actor known(const std::string& name) {
        const Actor who = side_.actor(name);
        if (who == Actor::none) throw PlayError(step_.at, fmt::format("there is no {}", name));
        return who;
    }
    const ActorObservation& seen(Actor who) {
        const ActorObservation* found = side_.observed(who);
        if (!found) throw PlayError(step_.at, "the process cannot be observed");
        return *found;
    }
    State state(Actor who) {
        const ActorObservation* found = side_.observed(who);
        return found ? found->state : State::gone;
    }
    /// One that has not been reaped: it has a PID still.
    const ActorObservation& there(Actor who, const std::string& name) {
        if (state(who) == State::gone) throw PlayError(step_.at, fmt::format("{} is gone", name));
        return seen(who);
    }
    const std::string& other_name() const { return e_.other_actor.empty() ? e_.actor : e_.other_actor; }
    i64 number(std::size_t i) { return std::stoll(side_.expand(e_.words.at(i).text, who_)); }
    std::string says(bool holds, const std::string& instead) const { return holds != e_.negated ? "" : instead; }

    /// The process that has this PID in the world's PID namespace.
    Actor of_world_pid(i32 pid) {
        for (const ActorObservation& o : side_.observation().actors)
            if (o.pid == pid && o.state != State::gone) return o.actor;
        return Actor::none;
    }
    std::string name_of(Actor who) {
        const auto found = side_.processes().find(who);
        if (found == side_.processes().end()) return "no process of the scenario";
        return found->second.name.empty() ? "a process without a name" : found->second.name;
    }

    std::string alive() {
        const State is = state(who_);
        return says(is_in(is, e_.word), fmt::format("{} is {}", e_.actor, state_name(is)));
    }

    std::string status() {
        const State is = state(who_);
        if (is == State::gone)
            throw PlayError(step_.at,
                            fmt::format("{} is gone, and with it how it ended: say this before the wait", e_.actor));
        if (is != State::zombie) return says(false, fmt::format("{} is {}", e_.actor, state_name(is)));
        const i32 code = seen(who_).exit_code;
        const i32 signal = code & 0x7f;
        const bool holds = e_.word == "killed" ? signal != 0 && static_cast<u32>(signal) == e_.number
                                               : signal == 0 && (code >> 8 & 0xff) == number(0);
        return says(holds, fmt::format("{}: {}", e_.actor, describe::status_text(code)));
    }

    std::string child() {
        const ActorObservation& one = there(who_, e_.actor);
        const Actor parent = one.ppid == 0 ? Actor::none : of_world_pid(one.ppid);
        return says(parent == other_ && parent != Actor::none,
                    fmt::format("the parent of {} is {}", e_.actor, name_of(parent)));
    }

    std::string reaper() {
        const Side::Process &one = side_.process(who_), &two = side_.process(other_);
        const bool same = one.pid_ns == two.pid_ns;
        const bool first = !one.nspid.empty() && one.nspid.back() == 1;
        const bool holds = same && first && is_in(state(who_), "alive");
        std::string instead = fmt::format("{} is", e_.actor);
        if (holds)
            instead += fmt::format(" PID 1 of the PID namespace of {}", other_name());
        else if (!same)
            instead += fmt::format(" in another PID namespace than {}", other_name());
        else if (!first)
            instead += fmt::format(" PID {} there", one.nspid.empty() ? 0 : one.nspid.back());
        else
            instead += fmt::format(" {}", state_name(state(who_)));
        return says(holds, instead);
    }

    std::string may_signal() {
        if (!is_in(state(who_), "alive")) throw PlayError(step_.at, fmt::format("{} has ended", e_.actor));
        const auto pid = side_.pid(other_, who_);
        if (!pid || state(other_) == State::gone)
            return says(false, fmt::format("{} has no PID for {}", other_name(), e_.actor));
        const Outcome o = side_.look(who_, sys::Kill{*pid, 0});
        if (o.skipped) throw Unplayed(step_.at, o.why);
        return says(o.ok(), o.ok() ? fmt::format("kill({}, 0) succeeds", *pid)
                                   : fmt::format("kill({}, 0) says {}", *pid, errno_name(o.error)));
    }

    /// What `who_` sees of a list that has a number for each level of nesting.
    i64 at_level(const std::vector<i32>& numbers) {
        const std::size_t level = side_.process(who_).nspid.size();
        return level > 0 && numbers.size() >= level ? numbers[level - 1] : 0;
    }

    std::string pid() {
        const ActorObservation& o = there(other_, other_name());
        const bool visible = side_.pid(other_, who_).has_value();
        if (!visible) throw PlayError(step_.at, fmt::format("{} has no PID for {}", other_name(), e_.actor));
        i64 is = 0;
        if (e_.word == "pid") is = at_level(o.nspid);
        if (e_.word == "pgid") is = at_level(o.nspgid);
        if (e_.word == "sid") is = at_level(o.nssid);
        if (e_.word == "ppid" && o.ppid != 0)
            if (const Actor parent = of_world_pid(o.ppid); parent != Actor::none)
                is = side_.pid(parent, who_).value_or(0); // one outside is 0
        return says(is == number(0), fmt::format("its {} there is {}", e_.word, is));
    }

    std::string nspid() {
        const ActorObservation& o = there(other_, other_name());
        const std::size_t level = side_.process(who_).nspid.size();
        if (!side_.pid(other_, who_) || level == 0)
            throw PlayError(step_.at, fmt::format("{} has no PID for {}", other_name(), e_.actor));
        std::string is;
        bool holds = o.nspid.size() + 1 == level + e_.words.size();
        for (std::size_t i = level - 1; i < o.nspid.size(); ++i) {
            is += fmt::format("{}{}", is.empty() ? "" : " ", o.nspid[i]);
            holds = holds && o.nspid[i] == number(i - (level - 1));
        }
        return says(holds, fmt::format("its NSpid there is {}", is));
    }

    std::string no_pid() {
        const auto pid = state(other_) == State::gone ? std::nullopt : side_.pid(other_, who_);
        return says(!pid, pid ? fmt::format("{} is PID {} there", other_name(), *pid) : "");
    }

    /// Which processes are in the namespace, who has its file open and where that is bound: all of them, as far as they
    /// have names.
    std::string held_by() {
        if (!is_in(state(who_), "alive")) throw PlayError(step_.at, fmt::format("{} has ended", e_.actor));
        const u64 id = namespace_of(seen(who_).ns, e_.word);
        std::set<std::string> wanted(e_.holders.begin(), e_.holders.end()), are;
        for (const ActorObservation& o : side_.observation().actors) {
            if (!is_in(o.state, "alive")) continue;
            if (namespace_of(o.ns, e_.word) == id) are.insert(name_of(o.actor));
            for (const auto& [fd, ns] : o.fds)
                if (ns == id) are.insert("file of " + name_of(o.actor));
        }
        for (const Word& path : e_.words) wanted.insert("mount " + side_.expand(path.text, who_));
        for (const MountinfoLine& mount : parse_mountinfo(seen(who_).mountinfo))
            if (mount.fs_type == "nsfs" && mount.root == fmt::format("{}:[{}]", file_type(), id))
                are.insert("mount " + mount.mount_point);
        return says(are == wanted, fmt::format("it is held by {}", fmt::join(are, " and ")));
    }
    /// pid of pid_for_children: the type as nsfs writes it.
    std::string file_type() const { return e_.word.substr(0, e_.word.find('_')); }

    std::string ref_count() {
        if (!is_in(state(who_), "alive")) throw PlayError(step_.at, fmt::format("{} has ended", e_.actor));
        const ActorObservation& o = seen(who_);
        const u64 is = e_.word.empty()        ? count_of_file()
                       : e_.word == "nsproxy" ? o.nsproxy_count
                                              : namespace_of(o.counts, e_.word);
        if (is == 0) return {}; // this world cannot tell
        return says(is == static_cast<u64>(number(0)), fmt::format("its count is {}", is));
    }

    /// Of the namespace whose file lies at the path; 0 where this world cannot tell.
    u64 count_of_file() {
        const std::string path = side_.expand(e_.path.text, who_);
        const Outcome o = side_.look(who_, sys::Newfstatat{AT::FDCWD, path, 0});
        const auto* st = o.out.get_if<StatBuf>();
        if (!o.ok() || !st)
            throw PlayError(step_.at,
                            fmt::format("{}: {}", path, o.skipped ? o.why : std::string(errno_name(o.error))));
        const Observation& all = side_.observation();
        for (const NamespaceObservation& ns : all.namespaces)
            if (ns.inum == st->st_ino) return ns.count;
        if (!all.all_namespaces) return 0;
        throw PlayError(step_.at, fmt::format("{} is no file of a namespace", path));
    }

    Side& side_;
    const Step& step_;
    const ExpectStep& e_;
    Actor who_, other_;
};

} // namespace

u64 namespace_of(const NamespaceIds& ns, const std::string& type) {
    if (type == "mnt") return ns.mnt;
    if (type == "uts") return ns.uts;
    if (type == "ipc") return ns.ipc;
    if (type == "pid") return ns.pid;
    if (type == "pid_for_children") return ns.pid_for_children;
    if (type == "net") return ns.net;
    if (type == "user") return ns.user;
    if (type == "cgroup") return ns.cgroup;
    if (type == "time") return ns.time;
    return ns.time_for_children;
}

std::string judge_processes(Side& side, const Step& step, const ExpectStep& expect) {
    return ProcessJudge(side, step, expect).verdict();
}

} // namespace nslab
