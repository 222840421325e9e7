#include "sim/replay/player.hpp"

#include <algorithm>
#include <chrono>
#include <thread>

#include <fmt/format.h>

#include "sim/replay/message.hpp"
#include "sim/replay/show.hpp"

namespace nslab {

namespace {

// The kernel finishes some work after a call has returned; a comparison is a difference only after this long.
constexpr auto kPatience = std::chrono::seconds(2);
constexpr auto kPause = std::chrono::milliseconds(10);

} // namespace

Player::Player(const Scenario& scenario, Backend& model, Backend* host, const PlayOptions& options)
    : scenario_(scenario), model_side_(model, std::max<std::size_t>(1, scenario.boot_files.size())),
      model_(scenario, model_side_, options), options_(options) {
    model_side_.on_call = options.on_call;
    report_.model_release = model_side_.release();
    if (options_.on_begin) options_.on_begin(model_side_);
    if (!host) return;
    host_side_ = std::make_unique<Side>(*host);
    host_ = std::make_unique<Performer>(scenario, *host_side_, options);
    report_.with_host = true;
    report_.host_release = host->release();
}

const StepReport& Player::next() {
    const std::size_t i = report_.steps.size();
    report_.steps.emplace_back();
    StepReport& now = report_.steps.back();
    now.step = i;
    // What the sandbox does not play ends the comparison; a command may come to it when it has slept.
    const auto leave_out = [&](std::size_t step) {
        const StepReport& report = report_.steps[step];
        if (!host_ || report.host.skipped.empty() || !report.model.skipped.empty()) return;
        report_.skipped = fmt::format("line {}: {}", scenario_.steps[step].at.line, report.host.skipped);
        host_.reset();
    };
    now.model = model_.play(i);
    if (host_) {
        now.host = host_->play(i);
        leave_out(i);
    } else if (report_.with_host) {
        now.host.skipped = "an earlier step was skipped";
    }
    settle(model_, &StepReport::model, now);
    if (host_) {
        settle(*host_, &StepReport::host, now);
        leave_out(i);
        for (const std::size_t step : now.resumed) leave_out(step);
        if (host_) compare_step(now);
    }
    ended_ = ends_here(now);
    if (options_.on_step) options_.on_step(model_side_, now);
    return now;
}

PlayReport Player::finish() {
    if (!ended_) asleep_at_the_end();
    if (!ended_ && options_.trees) report_.trees = show_trees(model_side_);
    for (const auto& [who, process] : model_side_.processes())
        if (!process.name.empty()) report_.actors.emplace_back(who, process.name);
    if (!options_.mountinfo_of.empty()) {
        const auto* seen = model_side_.observed(model_side_.actor(options_.mountinfo_of));
        if (seen) report_.mountinfo = seen->mountinfo;
    }
    if (report_.with_host && report_.compared() == 0 && report_.verdict == Verdict::good)
        report_.verdict = Verdict::nothing;
    return std::move(report_);
}

/// What follows from a step: processes in the middle reap, what slept and can go on does.
void Player::settle(Performer& world, StepResult StepReport::*result, StepReport& now) {
    for (bool more = true; more;) {
        world.side().reap();
        auto ended = world.take_up(more); // what went on may sleep again, now for a process in the middle
        for (auto& [step, came_to] : ended) {
            if (result == &StepReport::model && step != now.step) now.resumed.push_back(step);
            report_.steps[step].*result = std::move(came_to);
        }
    }
}

/// Whether the step asks for the id of a namespace, which the whole machine counts.
static bool tells_ns_id(const Step& step) {
    const auto* call = std::get_if<CallStep>(&step.what);
    if (!call || call->call.name != "ioctl" || call->call.children.size() < 2) return false;
    const std::string& request = call->call.children[1].name;
    return request == "NS_GET_ID" || request == "NS_GET_MNTNS_ID";
}

std::vector<std::string> Player::differences(StepReport& now) {
    std::vector<std::string> out;
    const auto add = [&](std::vector<std::string> lines) {
        for (std::string& line : lines) out.push_back(std::move(line));
    };
    const auto compare_results = [&](const StepReport& r) {
        const StepResult &a = r.model, &b = r.host;
        if (a.asleep != b.asleep) {
            add({fmt::format("it {} in the model and {} in the kernel", a.asleep ? "sleeps" : "has ended",
                             b.asleep ? "sleeps" : "has ended")});
            return;
        }
        if (a.call && b.call) add(compare(*a.call, *b.call, ids_, tells_ns_id(scenario_.steps[r.step])));
        if (!a.call && a.error != b.error)
            add({fmt::format("the model says {}, this kernel says {}", errno_name(a.error), errno_name(b.error))});
        if (a.status != b.status)
            add({fmt::format("exit status {} in the model, {} in the kernel", a.status, b.status)});
        const auto* show = std::get_if<ShowStep>(&scenario_.steps[r.step].what);
        if (!show || show->holders.empty())
            add(compare_text(a.output, b.output, ids_)); // holders are the model's alone
        if (a.error == b.error) add(compare_text(a.message, b.message, ids_));
        if (a.failure.empty() != b.failure.empty())
            add({fmt::format("{}: {}", a.failure.empty() ? "only in the kernel" : "only in the model",
                             a.failure + b.failure)});
    };
    compare_results(now);
    for (const std::size_t step : now.resumed) compare_results(report_.steps[step]);
    const ActorName name = [&](Actor who) {
        const auto found = model_side_.processes().find(who);
        if (found == model_side_.processes().end() || found->second.name.empty())
            return fmt::format("process {}", static_cast<u32>(who));
        return found->second.name;
    };
    add(compare(model_side_.observation(), host_side_->observation(), ids_, name));
    return out;
}

void Player::compare_step(StepReport& now) {
    const auto begin = std::chrono::steady_clock::now();
    now.compared = true;
    for (;;) {
        now.differences = differences(now);
        if (now.differences.empty()) {
            ids_.keep();
            return;
        }
        ids_.drop();
        if (std::chrono::steady_clock::now() - begin > kPatience) return;
        if (now.again == 0) now.again = 1; // counted once, however often it is looked at meanwhile
        std::this_thread::sleep_for(kPause);
        host_side_->forget_observation();
        settle(*host_, &StepReport::host, now);
        // An expectation only looks, so it can be asked again.
        if (std::holds_alternative<ExpectStep>(scenario_.steps[now.step].what)) now.host = host_->play(now.step);
    }
}

Verdict Player::verdict_of(const StepReport& now) const {
    if (!now.model.failure.empty() || !now.model.skipped.empty()) return Verdict::failed;
    return report_.with_host && !covered(report_.host_release) ? Verdict::other_release : Verdict::failed;
}

bool Player::ends_here(StepReport& now) {
    const StepReport* bad = &now;
    const auto wrong = [](const StepReport& r) {
        return !r.model.failure.empty() || !r.host.failure.empty() || !r.model.skipped.empty() ||
               !r.differences.empty();
    };
    if (!wrong(now)) {
        bad = nullptr;
        for (const std::size_t step : now.resumed)
            if (wrong(report_.steps[step])) bad = &report_.steps[step];
    }
    if (!bad) return false;
    report_.verdict = verdict_of(*bad);
    report_.message = failure_message(scenario_, *bad, report_);
    return true;
}

/// Nobody can go on, or the file ends, while calls still sleep: what they come to is not known.
void Player::asleep_at_the_end() {
    for (const std::size_t step : model_.sleeping()) {
        StepReport& r = report_.steps[step];
        if (r.model.played) continue; // waits in front of a terminal
        r.model.failure = "it still sleeps at the end of the scenario, and nobody is left to wake it";
        report_.verdict = Verdict::failed;
        report_.message += failure_message(scenario_, r, report_);
    }
}

PlayReport play(const Scenario& scenario, Backend& model, Backend* host, const PlayOptions& options,
                const StepListener& listener) {
    Player player(scenario, model, host, options);
    while (!player.ended() && player.report().steps.size() < scenario.steps.size()) {
        const StepReport& now = player.next();
        if (listener) listener(now);
    }
    return player.finish();
}

} // namespace nslab
