#include "sim/fuzz/sequence_player.hpp"

#include <chrono>
#include <stdexcept>
#include <thread>

#include <fmt/format.h>

#include "sim/compare/compare.hpp"
#include "sim/fuzz/examine.hpp"
#include "sim/host/host.hpp"
#include "sim/linux/audit.hpp"

namespace nslab::fuzz {

namespace {

// A world of the kernel is not used for ever: what it might gather would show nowhere else.
constexpr u32 kPlaysOfAWorld = 4096;

} // namespace

/// A sequence while it is played.
struct SequencePlayer::Playing {
    const Sequence& sequence;
    Play play; // all steps from the beginning, as it would be played in a world of its own
    Bijection ids;
    std::vector<std::string> lines; // that differ
    bool refused = false;           // by the sandbox, and the two worlds are not the same any more
};

SequencePlayer::SequencePlayer(const Campaign& campaign, std::function<bool()> enough)
    : campaign_(campaign), enough_(std::move(enough)), sequences_(*campaign.sequences),
      begin_(beginning(campaign.making.release)), model_(make_model(of_this_machine({}), campaign.making.release)) {
    for (const auto& steps : {small_world_directories(), small_world_processes()})
        for (const Step& step : steps) model_->call(step.who, step.call, step.child);
}

Results SequencePlayer::play(std::size_t first, std::size_t count) {
    results_ = Results();
    for (std::size_t i = first; i < first + count && i < sequences_.all.size(); ++i) one(i);
    return std::move(results_);
}

void SequencePlayer::one(std::size_t number) {
    const Sequence& s = sequences_.all[number];
    ++results_.scenarios;
    if (campaign_.against != Against::kernel) return alone(s);
    Playing p{s, {}, {}, {}, false};
    for (const auto& steps : {small_world_directories(), small_world_processes()})
        p.play.steps.insert(p.play.steps.end(), steps.begin(), steps.end());
    if (!begin()) throw std::runtime_error("the namespaces of a sequence cannot be made in the sandbox");
    beside_the_kernel(p);
    if (!p.lines.empty()) report(p, number);
    results_.cut_short += p.refused;
    if (!p.lines.empty() || p.refused || ++played_here_ == kPlaysOfAWorld) host_.reset();
}

/// In the model, with an audit of every state.
void SequencePlayer::alone(const Sequence& s) {
    model_->restore(begin_.kernel);
    const auto perform = [&](u8 operation) {
        const Step& step = operations()[operation];
        model_->call(step.who, step.call, Actor::none);
        ++results_.steps;
    };
    for (u8 i = 0; i < s.length; ++i) perform(s.operations[i]);
    results_.pairs += s.length > 0;
    for (u32 i = 0; i < kMostOperations; ++i)
        if (sequences_.idle[s.idle][i]) {
            perform(static_cast<u8>(i));
            ++results_.pairs;
        }
    if (auto complaints = audit(model_->kernel()); !complaints.empty()) {
        Found found;
        found.message = complaints.front();
        results_.found.push_back(std::move(found));
    }
}

/// A new world of the kernel, with two processes that can go back to where it began, by descriptor 3.
bool SequencePlayer::new_world() {
    HostOptions options;
    options.counts = false; // a namespace that was left is counted for a while
    auto made = make_host({}, options);
    if (!made) throw NoSandbox(to_string(made.error()));
    host_ = std::move(*made);
    played_here_ = 0;
    bool good = true;
    for (const Step& step : small_world_directories()) good &= host_->call(step.who, step.call).ok();
    for (const Actor who : {kFirst, kSecond}) {
        good = good && host_->call(kMaker, sys::Clone{SIG::CHLD}, who).ok();
        good = good && host_->call(who, sys::Openat{AT::FDCWD, "/proc/2/ns/mnt", O::RDONLY}).value == 3;
    }
    return good;
}

/// Both worlds as a sequence begins. On the kernel the two leave the namespaces of the sequence before, which end, and
/// make themselves new ones, as small_world_processes() would.
bool SequencePlayer::begin() {
    model_->restore(begin_.kernel);
    if (!host_ && !new_world()) return false;
    const auto done = [&](Actor who, const Syscall& call) { return host_->call(who, call).ok(); };
    return done(kFirst, sys::Setns{3, CLONE::NEWNS}) && done(kSecond, sys::Setns{3, CLONE::NEWNS}) &&
           done(kFirst, sys::Unshare{CLONE::NEWNS}) &&
           done(kFirst, sys::Mount{"none", "/", nullptr, MS::SHARED, nullptr}) &&
           done(kSecond, sys::Openat{AT::FDCWD, "/proc/3/ns/mnt", O::RDONLY}) &&
           done(kSecond, sys::Setns{4, CLONE::NEWNS}) && done(kSecond, sys::Close{4}) &&
           done(kSecond, sys::Unshare{CLONE::NEWNS});
}

void SequencePlayer::beside_the_kernel(Playing& p) {
    const Sequence& s = p.sequence;
    for (u8 i = 0; i < s.length; ++i)
        if (!perform(p, s.operations[i])) return;
    if (!look(p)) return;
    results_.pairs += s.length > 0;
    if (!s.idle) return;
    // What changes nothing is done one after the other; had one of them changed something, it would be seen at the end.
    u64 pairs = 0;
    for (u32 i = 0; i < kMostOperations; ++i) {
        if (!sequences_.idle[s.idle][i]) continue;
        if (!perform(p, static_cast<u8>(i))) return;
        ++pairs;
    }
    if (look(p)) results_.pairs += pairs;
}

/// In both worlds. False where it is over.
bool SequencePlayer::perform(Playing& p, u8 operation) {
    const Step& step = operations()[operation];
    const Outcome a = model_->call(step.who, step.call, Actor::none);
    const Outcome b = host_->call(step.who, step.call);
    p.play.steps.push_back(step);
    if (b.skipped) {
        ++results_.skipped;
        p.refused = true;
        return false;
    }
    ++results_.steps;
    p.lines = compare(a, b, p.ids);
    return p.lines.empty();
}

/// All that can be seen of both worlds. False where it differs.
bool SequencePlayer::look(Playing& p) {
    for (u32 tries = 0; tries < 200; ++tries) {
        Observation kernel = host_->observe();
        for (ActorObservation& a : kernel.actors) a.fds.clear(); // the way back; a sequence opens nothing
        p.lines = compare(model_->observe(), kernel, p.ids, name_of_actor);
        if (p.lines.empty()) {
            p.ids.keep();
            ++results_.compared;
            return true;
        }
        p.ids.drop();
        results_.again += tries == 0;
        std::this_thread::sleep_for(std::chrono::milliseconds(10)); // the kernel may still be finishing something
    }
    return false;
}

void SequencePlayer::report(const Playing& p, std::size_t number) {
    DuelResult seen;
    seen.difference = Difference{p.play.steps.size() - 1, p.lines};
    const PatientJudge judge = [&](const Play& play, Patience patience) {
        return duel(play, campaign_.making.release, 0, patience);
    };
    Found found = examine(campaign_, p.play, seen, judge, fmt::format("A difference of sequence {}", number), enough_);
    found.seed = number / kFamily + 1;
    found.number = static_cast<u32>(number % kFamily);
    (found.repeats ? results_.found : results_.strange).push_back(std::move(found));
}

} // namespace nslab::fuzz
