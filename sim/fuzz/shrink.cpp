#include "sim/fuzz/shrink.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "sim/syscall/calls.hpp"

namespace nslab::fuzz {

namespace {

using describe::Argument;
using describe::Type;
using describe::Value;

/// A step, with what its descriptors are: the step that opened each, by the number it had at first.
struct Linked {
    Step step;
    std::size_t number = 0;                            // its own, in the scenario as it was found
    std::map<std::string_view, std::size_t> opened_by; // argument -> number of a step
};

std::optional<i32> descriptor(const Argument& a, const Syscall& c) {
    if (a.type != Type::fd) return std::nullopt;
    const Value v = a.get(c);
    const auto* n = std::get_if<u64>(&v);
    return n ? std::optional(static_cast<i32>(*n)) : std::nullopt;
}

bool gives_descriptor(const Syscall& c) {
    return std::holds_alternative<sys::OpenTree>(c) || std::holds_alternative<sys::OpenTreeAttr>(c) ||
           std::holds_alternative<sys::Fsopen>(c) || std::holds_alternative<sys::Fsmount>(c) ||
           std::holds_alternative<sys::Fspick>(c) || std::holds_alternative<sys::Openat>(c) ||
           std::holds_alternative<sys::Dup>(c) || std::holds_alternative<sys::PidfdOpen>(c);
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
    std::map<std::size_t, i64>
        opened_; // number of a step -> the descriptor that it gave, in the last play that differed
};

void Shrinker::link(const Play& play) {
    std::map<std::pair<Actor, i32>, std::size_t> open;
    for (std::size_t i = 0; i < play.steps.size(); ++i) {
        Linked l{play.steps[i], i, {}};
        for (const Argument& a : describe::row_of(l.step.call).arguments)
            if (const auto fd = descriptor(a, l.step.call))
                if (const auto by = open.find({l.step.who, *fd}); by != open.end()) l.opened_by[a.name] = by->second;
        if (i < result_.kernel.size()) {
            const Outcome& o = result_.kernel[i];
            if (gives_descriptor(l.step.call) && o.ok()) {
                open[{l.step.who, static_cast<i32>(o.value)}] = i;
                opened_[i] = o.value;
            }
            // A child has what its parent has.
            std::map<std::pair<Actor, i32>, std::size_t> inherited;
            if (made_process(l.step.call, o))
                for (const auto& [key, by] : open)
                    if (key.first == l.step.who) inherited[{l.step.child, key.second}] = by;
            open.insert(inherited.begin(), inherited.end());
        }
        steps_.push_back(std::move(l));
    }
}

/// What lies behind the difference.
void Shrinker::cut() {
    if (result_.difference && result_.difference->step + 1 < steps_.size()) steps_.resize(result_.difference->step + 1);
}

/// The steps as they are played: the descriptor that a step gives is the lowest one free, so that one left out moves
/// those behind it. The play itself tells which it is; see attempt().
Play Shrinker::rendered(const std::vector<Linked>& steps) const {
    Play play;
    play.boot = boot_;
    for (const Linked& l : steps) {
        play.steps.push_back(l.step);
        for (const Argument& a : describe::row_of(l.step.call).arguments) {
            const auto by = l.opened_by.find(a.name);
            if (by == l.opened_by.end()) continue;
            if (const auto value = opened_.find(by->second); value != opened_.end())
                a.set(play.steps.back().call, static_cast<u64>(value->second));
        }
    }
    return play;
}

bool Shrinker::attempt(std::vector<Linked> fewer) {
    if (fewer.empty()) return false;
    // Each time a descriptor turns out to have another number, once more with that one.
    const auto before = opened_;
    for (std::size_t tries = 0; tries <= fewer.size(); ++tries) {
        DuelResult r = judge_(rendered(fewer));
        bool moved = false;
        for (std::size_t i = 0; i < r.kernel.size() && i < fewer.size(); ++i) {
            if (!gives_descriptor(fewer[i].step.call) || !r.kernel[i].ok()) continue;
            i64& known = opened_[fewer[i].number];
            moved |= known != r.kernel[i].value;
            known = r.kernel[i].value;
            if (moved) break;
        }
        if (moved) continue;
        if (!r.difference) break;
        steps_ = std::move(fewer);
        result_ = std::move(r);
        cut();
        return true;
    }
    opened_ = before;
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

/// Flags one by one, and strings that only name something.
bool Shrinker::plainer_arguments() {
    bool any = false;
    for (std::size_t i = 0; i < steps_.size(); ++i)
        for (const Argument& a : describe::row_of(steps_[i].step.call).arguments) {
            if (!a.get || !a.set || (a.type != Type::flags && a.type != Type::data)) continue;
            const Value v = a.get(steps_[i].step.call);
            const auto* bits = std::get_if<u64>(&v);
            if (!bits) continue;
            for (u64 left = *bits; left; left &= left - 1) {
                std::vector<Linked> plainer = steps_;
                const Value now = a.get(plainer[i].step.call);
                a.set(plainer[i].step.call, std::get<u64>(now) & ~(left & -left));
                if (attempt(std::move(plainer))) any = true;
                if (i >= steps_.size()) return true;
            }
        }
    return any;
}

} // namespace

Play shrink(Play play, const Judge& judge, DuelResult& result) { return Shrinker(judge, result).run(std::move(play)); }

} // namespace nslab::fuzz
