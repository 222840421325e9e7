#include "sim/replay/terminal.hpp"

namespace nslab {

Outcome ActorTerminal::perform(const Syscall& c, bool counts) {
    Outcome o;
    if (next_ < past_.size()) {
        o = past_[next_++].outcome;
    } else {
        if (!side_.alive(stack_.back())) throw Ended{};
        o = side_.call(stack_.back(), c, Actor::none, !counts);
        if (o.blocked) throw Asleep{stack_.back()};
        past_.push_back({o, Actor::none});
        next_ = past_.size();
    }
    if (o.skipped && skipped.empty()) skipped = o.why;
    if (counts && o.error != E::OK) failed = o;
    return o;
}

Outcome ActorTerminal::call(const Syscall& c) { return perform(c, true); }
Outcome ActorTerminal::probe(const Syscall& c) { return perform(c, false); }

std::optional<i32> ActorTerminal::fork(u64 flags, const std::string& name) {
    Past p;
    if (next_ < past_.size()) {
        p = past_[next_++];
    } else {
        if (!side_.alive(stack_.back())) throw Ended{};
        const sys::Clone clone{(flags & CLONE::SIGNAL_MASK) ? flags : flags | u64{SIG::CHLD}};
        p.outcome = side_.make_process(stack_.back(), clone, name, p.child);
        if (p.outcome.blocked) throw Asleep{stack_.back()};
        past_.push_back(p);
        next_ = past_.size();
    }
    if (p.outcome.skipped && skipped.empty()) skipped = p.outcome.why;
    if (p.outcome.error != E::OK) failed = p.outcome;
    if (!p.outcome.ok()) return std::nullopt;
    const auto pid = static_cast<i32>(p.outcome.value);
    made[{stack_.back(), pid}] = p.child;
    stack_.push_back(p.child);
    return pid;
}

void ActorTerminal::back() {
    if (stack_.size() > 1) stack_.pop_back();
}

void ActorTerminal::enter(i32 pid) { stack_.push_back(made.at({stack_.back(), pid})); }

std::vector<i32> ActorTerminal::jobs() {
    if (next_ < past_.size()) return past_[next_++].jobs;
    past_.push_back({{}, Actor::none, side_.jobs(stack_.back())});
    next_ = past_.size();
    return past_.back().jobs;
}

void ActorTerminal::wait_and_exit(i32 pid, bool stops_along) {
    if (next_ < past_.size()) return; // it does so already
    Side::Process& process = side_.process(stack_.back());
    process.waits_for = made.at({stack_.back(), pid});
    process.stops_along = stops_along;
}

void ActorTerminal::again(Outcome o) {
    past_.push_back({std::move(o), Actor::none});
    next_ = 0;
    stack_.resize(1);
    made.clear();
    output.clear();
    errors.clear();
    skipped.clear();
    failed = {};
}

const CommandRow* expand_command(const Side& side, Actor who, const std::vector<Word>& words,
                                 std::vector<std::string>& argv) {
    const CommandRow* row = nullptr;
    std::string before;
    for (const Word& word : words) {
        std::string text = side.expand(word.text, who);
        const bool bare = !word.quoted && word.text.size() == 1 && word.text[0].kind == Piece::Kind::text;
        if (row && may_name_actor(*row, before) && bare && side.actor(text.substr(0, text.find('@'))) != Actor::none) {
            const auto pid = side.value(text, who);
            if (!pid) throw PlayError(word.at, text + " has no PID in this PID namespace");
            text = std::to_string(*pid);
        }
        before = text;
        argv.push_back(std::move(text));
        if (!row) row = find_command(argv[0]);
        if (!row) return nullptr;
    }
    return row;
}

} // namespace nslab
