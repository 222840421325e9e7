#include "sim/replay/side.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "sim/linux/kernel_file.hpp"

namespace nslab {

std::string result_text(const Outcome& o) {
    if (o.skipped) return "? (" + o.why + ")";
    if (o.blocked || o.ended) return "?";
    if (o.error != E::OK) return fmt::format("-1 {}", errno_name(o.error));
    return std::to_string(o.value);
}

bool only_asks(const Syscall& c) {
    return std::holds_alternative<sys::Readlinkat>(c) || std::holds_alternative<sys::Newfstatat>(c) ||
           std::holds_alternative<sys::Faccessat>(c) || std::holds_alternative<sys::Statfs>(c);
}

/// Whether somebody may be stopped by it.
static bool may_stop(const Syscall& c) {
    const auto stops = [](i32 sig) {
        return sig == SIG::STOP || sig == SIG::TSTP || sig == SIG::TTIN || sig == SIG::TTOU;
    };
    if (const auto* kill = std::get_if<sys::Kill>(&c)) return stops(kill->sig);
    if (const auto* kill = std::get_if<sys::Tkill>(&c)) return stops(kill->sig);
    if (const auto* kill = std::get_if<sys::Tgkill>(&c)) return stops(kill->sig);
    if (const auto* kill = std::get_if<sys::PidfdSendSignal>(&c)) return stops(kill->sig);
    if (const auto* kill = std::get_if<sys::RtSigqueueinfo>(&c)) return stops(kill->sig);
    if (const auto* kill = std::get_if<sys::RtTgsigqueueinfo>(&c)) return stops(kill->sig);
    if (const auto* prctl = std::get_if<sys::Prctl>(&c)) return prctl->option == PR::SET_PDEATHSIG;
    // By the signal that tells of a child's end.
    if (const auto* clone = std::get_if<sys::Clone>(&c))
        return stops(static_cast<i32>(clone->flags & CLONE::SIGNAL_MASK));
    if (const auto* clone = std::get_if<sys::Clone3>(&c)) return stops(static_cast<i32>(clone->exit_signal));
    return false;
}

Side::Side(Backend& backend, std::size_t first) : backend_(backend) {
    const auto begin = [&](Actor who, const std::string& name, Actor parent) {
        processes_[who] = Process{name, parent, {static_cast<i32>(who)}, {0}, Actor::none};
        by_name_[name] = who;
    };
    begin(Actor::init, "init", Actor::none);
    for (next_ = 2; next_ < 2 + first; ++next_) begin(Actor{next_}, fmt::format("sh{}", next_ - 1), Actor::init);
}

void Side::record_call(const Syscall& c, const Outcome& o, bool looks) {
    if (!record) return;
    const KernelPlace place = kernel_place(o.function, o.file);
    record->push_back(CallRecord{to_string(c), result_text(o), o.why, place.function, place.file, backend_.reasons(),
                                 looks && (o.error != E::OK || only_asks(c))});
}

Outcome Side::call(Actor who, const Syscall& c, Actor child, bool looks) {
    fresh_ = false;
    if (const auto* u = std::get_if<sys::Unshare>(&c); u && (u->unshare_flags & CLONE::NEWPID)) deep_ = true;
    if (std::holds_alternative<sys::Setns>(c)) deep_ = true;
    stops_ = stops_ || may_stop(c);
    Outcome o = backend_.call(who, c, child);
    if (o.blocked) sleeping_.insert_or_assign(who, c);
    record_call(c, o, looks);
    if (on_call) on_call(who, c, o, child, false);
    return o;
}

Outcome Side::look(Actor who, const Syscall& c) { return backend_.call(who, c); }

std::optional<Outcome> Side::resume(Actor who) {
    auto o = backend_.resume(who);
    if (!o) return o;
    fresh_ = false;
    if (const auto slept = sleeping_.find(who); slept != sleeping_.end()) {
        record_call(slept->second, *o);
        if (on_call) on_call(who, slept->second, *o, Actor::none, true);
    }
    sleeping_.erase(who);
    return o;
}

Outcome Side::make_process(Actor who, const Syscall& c, const std::string& name, Actor& made) {
    const u64 flags = task_flags(c).value_or(0);
    if (flags & CLONE::NEWPID) deep_ = true;
    if (const auto* seen = stops_ ? observed(who) : nullptr; seen && seen->state == ActorObservation::State::stopped)
        throw PlayError({}, fmt::format("{} is stopped: it makes no process before SIGCONT", process(who).name));
    made = Actor{next_};
    Outcome o = call(who, c, made);
    if (!o.ok() && !(o.blocked && o.value > 0)) {
        made = Actor::none;
        return o;
    }
    ++next_;
    enter(made, flags & CLONE::PARENT ? process(who).parent : who, name, static_cast<i32>(o.value));
    return o;
}

void Side::enter(Actor made, Actor parent, const std::string& name, i32 pid) {
    Process p;
    p.name = name;
    p.parent = parent;
    const Process& from = processes_.at(parent);
    p.nspid = {pid};
    p.pid_ns = from.pid_ns;
    if (deep_ || from.nspid.size() > 1) {
        if (const auto* seen = observed(made)) {
            p.nspid = seen->nspid;
            // Its namespace is its parent's, or a new one below that; others are known by a process that is in them.
            if (p.nspid.size() != from.nspid.size()) {
                p.pid_ns.resize(std::min(p.nspid.size() - 1, p.pid_ns.size()));
                p.pid_ns.resize(p.nspid.size(), seen->ns.pid);
            }
            for (const auto& [number, other] : processes_)
                if (other.pid_ns.size() == p.nspid.size() && other.pid_ns.back() == seen->ns.pid)
                    p.pid_ns = other.pid_ns;
        }
    }
    p.pid_ns.resize(p.nspid.size());
    if (!name.empty()) by_name_[name] = made;
    processes_[made] = std::move(p);
}

const Observation& Side::observation() {
    if (!fresh_) observation_ = backend_.observe();
    fresh_ = true;
    return observation_;
}

const ActorObservation* Side::observed(Actor who) {
    const auto& actors = observation().actors;
    const auto found = std::find_if(actors.begin(), actors.end(), [&](const auto& a) { return a.actor == who; });
    return found == actors.end() ? nullptr : &*found;
}

Actor Side::actor(const std::string& name) const {
    const auto found = by_name_.find(name);
    return found == by_name_.end() ? Actor::none : found->second;
}

std::optional<i32> Side::pid(Actor who, Actor seen_by) const {
    const auto w = processes_.find(who), s = processes_.find(seen_by);
    if (w == processes_.end() || s == processes_.end()) return std::nullopt;
    const std::size_t level = s->second.nspid.size();
    if (level == 0 || w->second.nspid.size() < level) return std::nullopt;
    if (w->second.pid_ns[level - 1] != s->second.pid_ns[level - 1]) return std::nullopt;
    return w->second.nspid[level - 1];
}

/// As nsenter(1) waits: who has stopped with its child lets it go on when it goes on itself. Source: util-linux,
/// sys-utils/nsenter.c, continue_as_child(). True where something has changed.
bool Side::stop_along(Actor who, Process& p) {
    if (!stops_ || !p.stops_along || p.waits_for == Actor::none || !alive(who)) return false;
    const auto child = pid(p.waits_for, who);
    if (!child) return false;
    if (p.stopped_itself) {
        if (!resume(who)) return false;
        p.stopped_itself = false;
        call(who, sys::Kill{*child, SIG::CONT});
        return true;
    }
    const auto stopped = [&](Actor one) {
        const ActorObservation* seen = observed(one);
        return seen && seen->state == ActorObservation::State::stopped;
    };
    if (!stopped(p.waits_for) || stopped(who)) return false;
    const Outcome waited = call(who, sys::Wait4{*child, WAIT::UNTRACED | WAIT::NOHANG});
    if (!waited.ok() || waited.value == 0) return false;
    const Outcome stops = call(who, sys::Kill{pid(who, who).value_or(0), SIG::STOP});
    p.stopped_itself = stops.blocked;
    return true;
}

std::vector<i32> Side::jobs(Actor who) {
    std::vector<i32> made;
    for (const auto& [number, p] : processes_) {
        if (p.parent != who) continue;
        const ActorObservation* seen = observed(number);
        if (!seen || seen->state == ActorObservation::State::gone) continue;
        if (const auto child = pid(number, who)) made.push_back(*child);
    }
    return made;
}

/// With the child's exit status, or by the signal that has killed the child. unshare(1) has blocked some of them and
/// makes sure of each by sigaction(2), which SIGKILL does not have: it fails then. Source: util-linux,
/// sys-utils/unshare.c, main(); nsenter.c, continue_as_child().
void Side::end_as(Actor who, i32 status, bool nsenter) {
    const i32 signal = status & 0x7f;
    const i32 code = signal ? 1 : status >> 8 & 0xff;
    if (signal && !nsenter) {
        if (!call(who, sys::RtSigaction{signal, KSigaction{kSigDfl, SA::RESTART, (u64{1} << (signal - 1))}}).ok()) {
            call(who, sys::ExitGroup{code});
            return;
        }
        call(who, sys::RtSigprocmask{SIG_HOW::UNBLOCK, (u64{1} << (signal - 1))});
    }
    if (signal && alive(who)) call(who, sys::Kill{pid(who, who).value_or(0), signal});
    if (alive(who)) call(who, sys::ExitGroup{code});
}

void Side::reap() {
    for (bool again = true; again;) {
        again = false;
        for (auto& [number, p] : processes_) {
            again = stop_along(number, p) || again;
            if (p.stopped_itself) continue;
            std::optional<Outcome> waited;
            if (p.reaping) {
                waited = resume(number);
                if (!waited && alive(number)) continue; // its child dies slowly: an init, until its namespace is empty
            } else {
                if (p.waits_for == Actor::none || alive(p.waits_for)) continue;
                const Actor child = std::exchange(p.waits_for, Actor::none);
                if (!alive(number)) continue;
                waited = call(number, sys::Wait4{pid(child, number).value_or(-1), p.stops_along ? WAIT::UNTRACED : 0});
                p.reaping = waited->blocked;
                if (p.reaping) continue;
            }
            p.reaping = false;
            again = true;
            if (!waited || !waited->ok() || !alive(number)) continue;
            const auto* wait = waited->out.get_if<WaitBuf>();
            end_as(number, wait ? wait->status : 0, p.stops_along);
        }
    }
}

std::optional<i64> Side::value(const std::string& name, Actor who) const {
    if (const auto at = name.find('@'); at != std::string::npos)
        return pid(actor(name.substr(0, at)), actor(name.substr(at + 1)));
    if (const auto found = values.find(name); found != values.end()) return found->second;
    if (const Actor a = actor(name); a != Actor::none) return pid(a, who);
    return std::nullopt;
}

std::string Side::expand(const Text& text, Actor who) const {
    std::string out;
    const auto number = [&](std::optional<i64> n, const Piece& piece, const std::string& message) {
        if (!n) throw PlayError(piece.at, message);
        out += std::to_string(*n);
    };
    for (const Piece& piece : text) {
        switch (piece.kind) {
        case Piece::Kind::text: out += piece.text; break;
        case Piece::Kind::own_pid: number(pid(who, who), piece, "$$: the process has no PID here"); break;
        case Piece::Kind::pid_seen_by:
            number(value(piece.text + "@" + piece.seen_by, who), piece,
                   fmt::format("{} has no PID in the PID namespace of {}", piece.text, piece.seen_by));
            break;
        case Piece::Kind::name:
            number(value(piece.text, who), piece,
                   actor(piece.text) != Actor::none
                       ? fmt::format("{} has no PID in the PID namespace of {}", piece.text, processes_.at(who).name)
                       : fmt::format("{} has no value yet", piece.text));
            break;
        }
    }
    return out;
}

Names Side::names(Actor who) const {
    Names n;
    n.value = [this, who](const std::string& name) { return value(name, who); };
    n.text = [this, who](const Text& text) { return expand(text, who); };
    return n;
}

} // namespace nslab
