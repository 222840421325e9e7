#include "sim/fuzz/family.hpp"

#include <algorithm>
#include <set>

#include "sim/fuzz/kinds.hpp"

namespace nslab::fuzz {

namespace {

/// The small world that a scenario begins with.
std::vector<Step> first_steps() {
    std::vector<Step> steps;
    for (const char* dir : {"/a", "/b", "/c"}) steps.push_back({Actor::sh1, sys::Mkdirat{AT::FDCWD, dir, 0755}});
    return steps;
}

} // namespace

std::vector<std::string> known_calls() {
    std::set<std::string> names;
    for (const Kind& kind : kinds()) names.emplace(kind.call);
    return {names.begin(), names.end()};
}

/// A scenario while it is being made.
struct Family::World {
    Play play;
    std::unique_ptr<ModelBackend> model;
    std::vector<Actor> people = {Actor::sh1};
    u32 next = static_cast<u32>(Actor::sh1) + 1;

    std::set<Actor> asleep; // in a call
    bool over = false;      // what follows would show the machine's own rootfs, or hang on chance

    std::size_t living() const {
        return static_cast<std::size_t>(
            std::count_if(people.begin(), people.end(), [&](Actor a) { return model->alive(a); }));
    }
    /// Those who can be given a call.
    const std::vector<Actor>& awake() {
        awake_.clear();
        for (const Actor a : people) {
            if (!model->alive(a) || asleep.contains(a)) continue;
            const Task& task = model->kernel()[model->task(a)];
            if (task.sleep == Sleep::none && !(task.jobctl & JOBCTL::STOPPED)) awake_.push_back(a);
        }
        return awake_;
    }
    /// Somebody's root is the machine's own rootfs.
    bool shows_rootfs() const {
        const Kernel& k = model->kernel();
        return std::any_of(people.begin(), people.end(), [&](Actor a) {
            const Id<FsStruct> fs = model->alive(a) ? k[model->task(a)].fs : Id<FsStruct>{};
            return fs && k[k[k[fs].root.dentry].d_sb].type == FsType::rootfs;
        });
    }
    /// Another thread of its process waits too: which of the two is told of a child that both wait for is chance.
    bool races(Actor who) const {
        const Kernel& k = model->kernel();
        const Task& task = k[model->task(who)];
        const auto waits_beside = [&](Actor a) {
            if (a == who || !model->alive(a)) return false;
            const Task& other = k[model->task(a)];
            return other.waits && other.signal == task.signal;
        };
        return task.waits && std::any_of(people.begin(), people.end(), waits_beside);
    }
    /// A signal to many that stops them, or that may end somebody who waits for another: whether a parent is told of
    /// its child before or after it stops or dies itself is chance.
    bool hits_by_chance(const Syscall& call) const {
        const auto* kill = std::get_if<sys::Kill>(&call);
        const auto* send = std::get_if<sys::PidfdSendSignal>(&call);
        const bool many = kill ? kill->pid <= 0 : send && send->flags == kPidfdSignalProcessGroup;
        if (!many) return false;
        const i32 sig = kill ? kill->sig : send->sig;
        if (sig == SIG::STOP || sig == SIG::TSTP || sig == SIG::TTIN || sig == SIG::TTOU) return true;
        return std::any_of(people.begin(), people.end(),
                           [&](Actor a) { return model->alive(a) && model->kernel()[model->task(a)].waits; });
    }
    /// Those whose call has ended wake. True where one that slept in poll(2) for the end of a process finds it reaped:
    /// whether it looks before that or after it is chance.
    bool wake_by_chance() {
        bool chance = false;
        std::erase_if(asleep, [&](Actor a) {
            const auto ended = model->resume(a);
            const auto* ready = ended ? ended->out.get_if<PollBuf>() : nullptr;
            chance |= ready && (ready->revents & POLL::HUP) && (ready->revents & (POLL::IN | POLL::RDNORM));
            return ended.has_value();
        });
        return chance;
    }

  private:
    std::vector<Actor> awake_; // kept for its memory
};

Family::Family(const Making& making, u64 seed) : making_(making), random_(mix(seed, 0)) {}

/// Each scenario likes some calls more than others, and leaves some out: what is always mixed evenly never gets far in
/// one direction.
void Family::choose_mood() {
    odds_.clear();
    odds_sum_ = 0;
    for (const Kind& kind : kinds()) {
        u32 odds = kind.weight * random_.of({0u, 1u, 2u, 2u, 2u, 8u});
        if (!making_.calls.empty() &&
            std::find(making_.calls.begin(), making_.calls.end(), kind.call) == making_.calls.end())
            odds = 0;
        odds_.push_back(odds);
        odds_sum_ += odds;
    }
    if (odds_sum_ == 0) choose_mood();
}

Syscall Family::any_call(World& w, Actor who) {
    for (u32 tries = 0;; ++tries) {
        u32 number = random_.below(odds_sum_);
        std::size_t i = 0;
        while (number >= odds_[i]) number -= odds_[i++];
        Chooser chooser(random_, *w.model, who, w.people);
        Syscall call = kinds()[i].make(chooser);
        if (!chooser.pointless || tries == 10 || random_.percent(4)) return call;
    }
}

/// Recursive binds of shared trees double them each time: what goes on from there shows nothing new, and takes for
/// ever.
bool Family::crowded(const World& w) {
    constexpr std::size_t kMostMounts = 250;
    return w.model->kernel().mounts.size() > kMostMounts;
}

/// False where the model does not know the call, or chance decides what it does: then the step is none.
bool Family::perform(World& w, Step step, const Watcher& watch) {
    if (w.hits_by_chance(step.call)) return false;
    const Outcome o = w.model->call(step.who, step.call, step.child);
    if (o.skipped) return false;
    if (o.blocked) w.asleep.insert(step.who);
    w.over |= w.wake_by_chance();
    w.over |= w.shows_rootfs() || (o.blocked && w.races(step.who));
    if (w.over) return false;
    w.play.steps.push_back(std::move(step));
    const Step& made = w.play.steps.back();
    if (made_process(made.call, o)) {
        w.people.push_back(made.child);
        ++w.next;
    }
    bool fresh = features_.see(branch_of(made.call, o));
    if (o.error == E::OK) fresh |= features_.see(shape_of(w.model->kernel()));
    if (fresh && w.play.steps.size() < making_.depth * 3 / 4 && !crowded(w)) found_.push_back(w.play);
    if (watch) watch(*w.model, made, o);
    return true;
}

void Family::explore(World& w, const Watcher& watch) {
    // A call that the model lacks is tried again with another, but not for ever.
    for (u32 tries = 2 * making_.depth; tries && !w.over && w.play.steps.size() < making_.depth && !crowded(w);
         --tries) {
        const std::vector<Actor>& awake = w.awake();
        if (awake.empty()) return;
        const Actor who = awake[random_.below(awake.size())];
        Step step{who, any_call(w, who), Actor::none};
        if (makes_process(step.call)) {
            if (w.living() >= making_.actors) continue;
            step.child = Actor{w.next};
        }
        if (std::holds_alternative<sys::ExitGroup>(step.call) && w.living() == 1) continue;
        perform(w, std::move(step), watch);
    }
}

Play Family::make(std::size_t& known, const Watcher& watch) {
    World w;
    Play begin;
    known = 0;
    if (!found_.empty() && random_.percent(70)) {
        // What was found last led furthest.
        const u32 a = random_.below(found_.size()), b = random_.below(found_.size());
        begin = found_[std::max(a, b)];
        known = begin.steps.size();
    } else {
        begin.boot.kind = random_.percent(25) ? BootOptions::Kind::systemd : BootOptions::Kind::plain;
        begin.steps = first_steps();
    }
    choose_mood();
    w.play.boot = begin.boot;
    w.play.steps.reserve(making_.depth);
    w.model = make_model(begin.boot, making_.release);
    for (Step& step : begin.steps) perform(w, std::move(step), watch);
    explore(w, watch);
    return std::move(w.play);
}

} // namespace nslab::fuzz
