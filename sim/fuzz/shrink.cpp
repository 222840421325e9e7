#include "sim/fuzz/shrink.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <set>

#include "sim/syscall/calls.hpp"

namespace nslab::fuzz {

namespace {

using describe::Argument;
using describe::Type;
using describe::Value;

/// What a step hands out that others name by its number.
enum class Given : u8 { descriptor, process };

/// The number that a step gave, by the step's own number in the scenario as it was found.
using Source = std::pair<std::size_t, Given>;

/// A step, with where the numbers in it come from.
struct Linked {
    Step step;
    std::size_t number = 0;
    std::map<std::string_view, Source> named; // argument -> what it names
};

/// The members of structures are arguments too, where there is a structure.
std::vector<Argument> arguments_of(const Syscall& c) {
    std::vector<Argument> all;
    for (const Argument& a : describe::row_of(c).arguments) {
        all.push_back(a);
        if (a.type == Type::structure && (!a.present || a.present(c)))
            all.insert(all.end(), a.members.begin(), a.members.end());
    }
    return all;
}

constexpr std::string_view kProc = "/proc/";

/// Where the PID in "/proc/5/ns/mnt" is; an empty range where there is none.
std::pair<std::size_t, std::size_t> pid_in(const std::string& path) {
    if (!path.starts_with(kProc)) return {0, 0};
    const std::size_t end = std::min(path.find_first_not_of("0123456789", kProc.size()), path.size());
    return {kProc.size(), end - kProc.size() > 9 ? kProc.size() : end};
}

/// The number of a descriptor or of a process that an argument names.
std::optional<std::pair<Given, i32>> number_in(const Argument& a, const Syscall& c) {
    if (!a.get || !a.set) return std::nullopt;
    const Value v = a.get(c);
    if (const auto* text = std::get_if<Str>(&v)) {
        const auto [from, to] = pid_in(text->text);
        if (from == to) return std::nullopt;
        return std::pair(Given::process, std::stoi(text->text.substr(from, to - from)));
    }
    const auto* n = std::get_if<u64>(&v);
    if (!n) return std::nullopt;
    const auto* waits = std::get_if<sys::Waitid>(&c);
    const bool waits_for_pidfd = waits && waits->which == P::PIDFD && a.name == "upid";
    if (a.type == Type::fd || a.name == "userns_fd" || waits_for_pidfd)
        return std::pair(Given::descriptor, static_cast<i32>(*n));
    for (const std::string_view name : {"pid", "tgid", "upid", "pgid"})
        if (a.name == name) return std::pair(Given::process, static_cast<i32>(*n));
    return std::nullopt;
}

void put_number(const Argument& a, Syscall& c, i64 number) {
    const Value v = a.get(c);
    if (const auto* text = std::get_if<Str>(&v)) {
        const auto [from, to] = pid_in(text->text);
        Str changed = *text;
        changed.text.replace(from, to - from, std::to_string(number));
        a.set(c, changed);
    } else {
        a.set(c, static_cast<u64>(number));
    }
}

bool opens_namespace(const Syscall& c) {
    const auto* call = std::get_if<sys::Ioctl>(&c);
    if (!call) return false;
    return call->cmd == NS::GET_USERNS || call->cmd == NS::GET_PARENT ||
           (call->cmd >= PIDFD::GET_CGROUP_NAMESPACE && call->cmd <= PIDFD::GET_UTS_NAMESPACE);
}

/// What a call that came to `o` has given, each with its number.
std::vector<std::pair<Given, i64>> given_by(const Syscall& c, const Outcome& o) {
    std::vector<std::pair<Given, i64>> out;
    if (made_process(c, o)) out.emplace_back(Given::process, o.value);
    if (const auto* written = o.out.get_if<CloneBuf>(); written && written->pidfd >= 0)
        out.emplace_back(Given::descriptor, written->pidfd);
    const bool opens = std::holds_alternative<sys::OpenTree>(c) || std::holds_alternative<sys::OpenTreeAttr>(c) ||
                       std::holds_alternative<sys::Fsopen>(c) || std::holds_alternative<sys::Fsmount>(c) ||
                       std::holds_alternative<sys::Fspick>(c) || std::holds_alternative<sys::Openat>(c) ||
                       std::holds_alternative<sys::Dup>(c) || std::holds_alternative<sys::PidfdOpen>(c);
    if ((opens || opens_namespace(c)) && o.ok()) out.emplace_back(Given::descriptor, o.value);
    return out;
}

class Shrinker {
  public:
    Shrinker(const Judge& judge, DuelResult& result) : judge_(judge), result_(result) {}

    Play run(const Play& play) {
        boot_ = play.boot;
        link(play);
        cut();
        for (bool smaller = true; smaller;) {
            smaller = false;
            for (std::size_t size = steps_.size() / 2; size >= 1; size /= 2) smaller |= without_runs(size);
            smaller |= without_actors();
            smaller |= plainer_boot();
            smaller |= plainer_arguments();
        }
        return rendered(steps_);
    }

  private:
    void link(const Play& play);
    void cut();
    bool attempt(std::vector<Linked> fewer);
    bool without_runs(std::size_t size);
    bool without_actors();
    bool plainer_boot();
    bool plainer_arguments();
    std::vector<Linked> without(std::size_t from, std::size_t count) const;
    Play rendered(const std::vector<Linked>& steps) const;

    const Judge& judge_;
    DuelResult& result_;
    BootOptions boot_;
    std::vector<Linked> steps_;
    std::map<Source, i64> given_; // in the last play that differed
};

void Shrinker::link(const Play& play) {
    // Descriptors are each process's own; of processes the last one with a number is meant.
    std::map<std::pair<Actor, i64>, Source> open;
    std::map<i64, Source> processes;
    for (std::size_t i = 0; i < play.steps.size(); ++i) {
        Linked l{play.steps[i], i, {}};
        for (const Argument& a : arguments_of(l.step.call)) {
            const auto number = number_in(a, l.step.call);
            if (!number) continue;
            if (number->first == Given::process) {
                if (const auto by = processes.find(number->second); by != processes.end()) l.named[a.name] = by->second;
            } else if (const auto by = open.find({l.step.who, number->second}); by != open.end()) {
                l.named[a.name] = by->second;
            }
        }
        const Outcome o = i < result_.kernel.size() ? result_.kernel[i] : Outcome();
        if (made_process(l.step.call, o)) { // which has what its parent has
            std::map<std::pair<Actor, i64>, Source> inherited;
            for (const auto& [key, by] : open)
                if (key.first == l.step.who) inherited[{l.step.child, key.second}] = by;
            open.insert(inherited.begin(), inherited.end());
        }
        for (const auto& [what, number] : given_by(l.step.call, o)) {
            given_[{i, what}] = number;
            if (what == Given::process)
                processes[number] = {i, what};
            else
                open[{l.step.who, number}] = {i, what};
        }
        steps_.push_back(std::move(l));
    }
}

/// What lies behind the difference.
void Shrinker::cut() {
    if (result_.difference && result_.difference->step + 1 < steps_.size()) steps_.resize(result_.difference->step + 1);
}

/// The steps as they are played: a descriptor is the lowest one free and a PID the next one, so that a step left out
/// moves those behind it. The play itself tells which they are; see attempt().
Play Shrinker::rendered(const std::vector<Linked>& steps) const {
    Play play;
    play.boot = boot_;
    for (const Linked& l : steps) {
        play.steps.push_back(l.step);
        for (const Argument& a : arguments_of(l.step.call)) {
            const auto by = l.named.find(a.name);
            if (by == l.named.end()) continue;
            if (const auto value = given_.find(by->second); value != given_.end())
                put_number(a, play.steps.back().call, value->second);
        }
    }
    return play;
}

bool Shrinker::attempt(std::vector<Linked> fewer) {
    if (fewer.empty()) return false;
    // Each time something turns out to have another number, once more with that one.
    const auto before = given_;
    for (std::size_t tries = 0; tries <= fewer.size(); ++tries) {
        DuelResult r = judge_(rendered(fewer));
        bool moved = false;
        for (std::size_t i = 0; i < r.kernel.size() && i < fewer.size() && !moved; ++i)
            for (const auto& [what, number] : given_by(fewer[i].step.call, r.kernel[i])) {
                i64& known = given_[{fewer[i].number, what}];
                moved |= known != number;
                known = number;
            }
        if (moved) continue;
        if (!r.difference) break;
        steps_ = std::move(fewer);
        result_ = std::move(r);
        cut();
        return true;
    }
    given_ = before;
    return false;
}

/// Without some steps; a process that is not made has no steps, and what was never opened is not used.
std::vector<Linked> Shrinker::without(std::size_t from, std::size_t count) const {
    std::vector<Linked> left;
    std::set<Actor> never;
    for (std::size_t i = 0; i < steps_.size(); ++i) {
        const Step& s = steps_[i].step;
        if ((i >= from && i < from + count) || never.contains(s.who)) {
            if (makes_process(s.call)) never.insert(s.child);
        } else {
            left.push_back(steps_[i]);
        }
    }
    return left;
}

bool Shrinker::without_runs(std::size_t size) {
    bool any = false;
    for (std::size_t end = steps_.size(); end >= size && end > 0;) {
        const std::size_t from = end - size;
        if (attempt(without(from, size))) {
            any = true;
            end = std::min(from + size, steps_.size());
        } else {
            --end;
        }
    }
    return any;
}

/// One actor's steps done by another, which then may not be needed.
bool Shrinker::without_actors() {
    std::set<Actor> people;
    for (const Linked& l : steps_) people.insert(l.step.who);
    for (const Actor from : people)
        for (const Actor to : people) {
            if (from <= to) continue;
            std::vector<Linked> merged;
            for (const Linked& l : steps_) {
                if (makes_process(l.step.call) && l.step.child == from) continue;
                merged.push_back(l);
                if (l.step.who == from) merged.back().step.who = to;
            }
            if (merged.size() < steps_.size() && attempt(std::move(merged))) return true;
        }
    return false;
}

bool Shrinker::plainer_boot() {
    if (boot_.kind == BootOptions::Kind::plain) return false;
    const BootOptions before = std::exchange(boot_, BootOptions{});
    if (attempt(steps_)) return true;
    boot_ = before;
    return false;
}

/// Flags one by one, also those in structures; lists of numbers; structures that need not be there.
bool Shrinker::plainer_arguments() {
    bool any = false;
    const auto without_it = [&](std::size_t i, const std::function<void(Syscall&)>& change) {
        std::vector<Linked> plainer = steps_;
        change(plainer[i].step.call);
        const bool done = attempt(std::move(plainer));
        any |= done;
        return done;
    };
    for (std::size_t i = 0; i < steps_.size(); ++i)
        for (const Argument& a : arguments_of(steps_[i].step.call)) {
            if (i >= steps_.size()) return true;
            if (a.type == Type::structure && a.drop && a.present && a.present(steps_[i].step.call))
                if (without_it(i, [&](Syscall& c) { a.drop(c); })) break;
            if (!a.get || !a.set) continue;
            const Value v = a.get(steps_[i].step.call);
            if (const auto* list = std::get_if<std::vector<i32>>(&v); list && !list->empty())
                without_it(i, [&](Syscall& c) { a.set(c, std::vector<i32>()); });
            const auto* bits = std::get_if<u64>(&v);
            if (!bits || a.type != Type::flags) continue;
            for (u64 left = *bits; left && i < steps_.size(); left &= left - 1)
                without_it(i, [&](Syscall& c) { a.set(c, std::get<u64>(a.get(c)) & ~(left & -left)); });
        }
    return any;
}

} // namespace

Play shrink(const Play& play, const Judge& judge, DuelResult& result) { return Shrinker(judge, result).run(play); }

} // namespace nslab::fuzz
