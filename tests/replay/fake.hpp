#pragma once
// A world that does what a test tells it: calls answer from a script, and are remembered.

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "sim/backend/backend.hpp"
#include "sim/replay/player.hpp"

namespace nslab::test {

class Fake final : public Backend {
  public:
    explicit Fake(std::string name = "model", Release release = {6, 18, 0})
        : name_(std::move(name)), release_(release) {
        add(Actor::init);
        add(Actor::sh1);
    }

    Outcome call(Actor who, const Syscall& c, Actor child) override {
        const std::string text = to_string(c);
        log.push_back(std::to_string(static_cast<u32>(who)) + ": " + text);
        if (const auto found = script.find(text); found != script.end()) {
            if (found->second.blocked) sleeping_.insert(who);
            return found->second;
        }
        Outcome o;
        if (std::holds_alternative<sys::Clone>(c)) {
            add(child);
            o.value = static_cast<i64>(child);
        } else if (const auto* end = std::get_if<sys::ExitGroup>(&c)) {
            actors_[who].state = ActorObservation::State::zombie;
            actors_[who].exit_code = end->error_code << 8;
            o.ended = true;
        } else if (const auto* kill = std::get_if<sys::Kill>(&c)) {
            actors_[Actor{static_cast<u32>(kill->pid)}].state = ActorObservation::State::zombie;
        } else if (std::holds_alternative<sys::Openat>(c) || std::holds_alternative<sys::OpenTree>(c)) {
            o.value = 3;
        } else if (const auto* wait = std::get_if<sys::Wait4>(&c)) {
            if (alive(Actor{static_cast<u32>(wait->pid)})) {
                o.blocked = true;
                sleeping_.insert(who);
                waits_[who] = Actor{static_cast<u32>(wait->pid)};
            } else {
                o.value = wait->pid;
                o.out = WaitBuf{actors_[Actor{static_cast<u32>(wait->pid)}].exit_code};
            }
        }
        return o;
    }

    std::optional<Outcome> resume(Actor who) override {
        if (sleeping_.count(who) == 0) return std::nullopt;
        const auto waits = waits_.find(who);
        if (waits == waits_.end() || alive(waits->second)) return std::nullopt;
        sleeping_.erase(who);
        Outcome o;
        o.value = static_cast<i64>(waits->second);
        o.out = WaitBuf{actors_[waits->second].exit_code};
        return o;
    }

    Observation observe() override {
        if (on_observe) on_observe(*this);
        Observation o;
        for (auto& [who, actor] : actors_) {
            if (sleeping_.count(who))
                actor.state = ActorObservation::State::blocked;
            else if (actor.state == ActorObservation::State::blocked)
                actor.state = ActorObservation::State::running;
            actor.mountinfo = mountinfo.count(who) ? mountinfo[who] : mountinfo[Actor::sh1];
            o.actors.push_back(actor);
        }
        return o;
    }

    bool alive(Actor who) override {
        const auto found = actors_.find(who);
        return found != actors_.end() && found->second.state != ActorObservation::State::zombie;
    }
    std::string_view name() const override { return name_; }
    Release release() const override { return release_; }

    std::map<std::string, Outcome> script;
    std::map<Actor, std::string> mountinfo;
    std::vector<std::string> log;
    std::function<void(Fake&)> on_observe;

  private:
    void add(Actor who) {
        ActorObservation o;
        o.actor = who;
        o.pid = static_cast<i32>(who);
        o.nspid = {o.pid};
        o.root = o.cwd = "/";
        o.ns.mnt = o.ns.pid = 1;
        actors_[who] = o;
    }

    std::string name_;
    Release release_;
    std::map<Actor, ActorObservation> actors_;
    std::set<Actor> sleeping_;
    std::map<Actor, Actor> waits_;
};

inline Outcome error(E e) {
    Outcome o;
    o.error = e;
    return o;
}

/// A scenario from its text; the test fails in parse() with what is wrong with it.
inline Scenario scenario(const std::string& text) {
    ParseResult parsed = parse("t.scn", text);
    for (const Diagnostic& d : parsed.diagnostics)
        if (!d.warning) throw std::runtime_error(render(d, "t.scn", text));
    return parsed.scenario;
}

inline bool says(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

} // namespace nslab::test
