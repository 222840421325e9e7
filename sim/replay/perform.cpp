#include "sim/replay/perform.hpp"
#include "sim/syscall/bind.hpp"

#include <fmt/format.h>

#include "sim/linux/kernel_file.hpp"
#include "sim/replay/expect.hpp"
#include "sim/replay/show.hpp"

namespace nslab {

namespace {

/// Whether the call gives a new descriptor: one that is opened inside another call's arguments is closed after that.
bool opens(const Syscall& c) {
    return std::holds_alternative<sys::Openat>(c) || std::holds_alternative<sys::OpenTree>(c) ||
           std::holds_alternative<sys::OpenTreeAttr>(c) || std::holds_alternative<sys::Fsopen>(c) ||
           std::holds_alternative<sys::Fsmount>(c) || std::holds_alternative<sys::Fspick>(c) ||
           std::holds_alternative<sys::Dup>(c) || std::holds_alternative<sys::PidfdOpen>(c);
}

bool makes_process(const Syscall& c) { return task_flags(c).has_value(); }

void take_error(const Outcome& o, StepResult& r) {
    r.error = o.error;
    r.why = o.why;
    const KernelPlace place = kernel_place(o.function, o.file);
    r.function = place.function;
    r.file = place.file;
}

} // namespace

Performer::Performer(const Scenario& scenario, Side& side, PlayOptions options)
    : scenario_(scenario), side_(side), options_(std::move(options)) {}

std::optional<std::size_t> Performer::busy_with(Actor who) const {
    for (const Sleeper& s : sleepers_)
        if (s.actor == who || s.process == who) return s.step;
    return std::nullopt;
}

std::vector<std::size_t> Performer::sleeping() const {
    std::vector<std::size_t> steps;
    for (const Sleeper& s : sleepers_) steps.push_back(s.step);
    return steps;
}

StepResult Performer::play(std::size_t number) {
    const Step& step = scenario_.steps[number];
    StepResult result;
    Sleeper job;
    job.step = number;
    job.process = Actor::none;
    try {
        for (const auto& [name, value] : step.loop) side_.values[name] = value;
        if (const auto* show = std::get_if<ShowStep>(&step.what)) {
            result.output = show->holders.empty() ? show_trees(side_, show->actor)
                                                  : show_holders(side_, show->actor, show->holders);
            result.played = true;
        } else if (std::holds_alternative<DrawStep>(step.what)) {
            result.played = true;
        } else if (const auto* expect = std::get_if<ExpectStep>(&step.what)) {
            if (holds_for(side_.release(), expect->since, expect->until)) result = judge_expect(side_, step, *expect);
            result.played = true;
        } else {
            job.actor = side_.actor(step.actor);
            if (job.actor == Actor::none) throw PlayError(step.at, fmt::format("there is no {} (yet)", step.actor));
            if (!side_.alive(job.actor)) throw PlayError(step.at, fmt::format("{} has ended", step.actor));
            if (const auto other = busy_with(job.actor))
                throw PlayError(step.at, fmt::format("{} still sleeps in line {}: {}", step.actor,
                                                     scenario_.steps[*other].at.line, scenario_.steps[*other].text));
            job.process = job.actor;
            run(std::move(job), result);
        }
    } catch (const Unplayed& why) { result.skipped = why.what(); } catch (const PlayError& mistake) {
        result.played = true;
        result.failure = mistake.what();
    }
    observe(result);
    return result;
}

void Performer::run(Sleeper job, StepResult& result) {
    const Step& step = scenario_.steps[job.step];
    if (options_.record) side_.record = &job.calls;
    try {
        if (std::holds_alternative<CommandStep>(step.what)) {
            command(job, step, result);
        } else {
            call(job, step, result);
        }
    } catch (const Unplayed& why) { result.skipped = why.what(); } catch (const PlayError& mistake) {
        result.failure = mistake.what();
        result.played = true;
    }
    side_.record = nullptr;
    if (result.asleep) {
        sleepers_.push_back(std::move(job));
        return;
    }
    result.calls = std::move(job.calls);
    result.failure = judge(step, result, side_.release());
}

void Performer::command(Sleeper& job, const Step& step, StepResult& result) {
    const auto& what = std::get<CommandStep>(step.what);
    if (what.as_user) {
        const Outcome user = side_.look(job.actor, sys::Geteuid{});
        if (user.ok() && user.value == 0)
            throw PlayError(step.at, fmt::format("{0} is root here, and the prompt of root is {0}#", step.actor));
    }
    if (!job.terminal) job.terminal = std::make_unique<ActorTerminal>(side_, job.actor);
    ActorTerminal& terminal = *job.terminal;
    Invocation line;
    const CommandRow* row = expand_command(side_, job.actor, what.words, line.argv);
    if (!row) throw PlayError(step.at, fmt::format("unknown command {}", line.argv.empty() ? "" : line.argv[0]));
    line.new_actor = what.new_actor;
    line.background = what.background;
    CommandResult ended;
    try {
        std::optional<Outcome> file;
        if (what.redirect) {
            const u32 flags = O::WRONLY | O::CREAT | (what.append ? O::APPEND : O::TRUNC);
            file = terminal.call(sys::Openat{AT::FDCWD, side_.expand(what.redirect->text, job.actor), flags, 0666});
        }
        if (file && !file->ok()) {
            ended = {1, fmt::format("{}: {}", side_.expand(what.redirect->text, job.actor), errno_text(file->error))};
        } else {
            ended = row->run(terminal, line);
        }
        if (file && file->ok()) {
            const auto fd = static_cast<i32>(file->value);
            if (!terminal.output.empty() && !terminal.call(sys::Write{fd, terminal.output}).ok() && ended.status == 0)
                ended = {1, fmt::format("{}: write error: {}", line.argv[0], errno_text(terminal.failed.error))};
            terminal.call(sys::Close{fd});
            terminal.output.clear();
        }
    } catch (const ActorTerminal::Asleep& sleep) {
        // A program that waits in front of the terminal for the actor that it made has done its work.
        result.played = !terminal.made.empty() && !what.new_actor.empty() && !what.background;
        job.process = sleep.who;
        result.asleep = true;
        return;
    } catch (const ActorTerminal::Ended&) {
        // The command killed the process that ran it; a shell would show 128 and the signal.
        ended.status = 128 + SIG::KILL;
    }
    result.played = true;
    result.status = ended.status;
    result.output = terminal.output;
    result.message = !ended.message.empty() ? ended.message : terminal.errors;
    while (!result.message.empty() && result.message.back() == '\n') result.message.pop_back();
    result.skipped = terminal.skipped;
    take_error(terminal.failed, result);
    if (ended.error && *ended.error != result.error) {
        result.error = *ended.error;
        result.why = result.function = result.file = "";
    }
}

void Performer::nested(Sleeper& job, Expr& expr) {
    for (Expr& child : expr.children) {
        nested(job, child);
        if (child.kind != Expr::Kind::call) continue;
        const Syscall inner = bind(child, side_.names(job.actor));
        if (makes_process(inner)) throw PlayError(child.at, "a call that makes a process cannot be an argument");
        const Outcome o = side_.call(job.actor, inner);
        if (o.blocked) throw PlayError(child.at, fmt::format("{} sleeps, inside another call", to_string(inner)));
        if (o.skipped) throw Unplayed(child.at, o.why);
        if (!o.ok())
            throw PlayError(child.at,
                            fmt::format("{} inside failed with {} ({}){}", to_string(inner), errno_name(o.error),
                                        errno_text(o.error), o.why.empty() ? "" : ": " + o.why));
        if (opens(inner)) job.opened.push_back(static_cast<i32>(o.value));
        Expr value;
        value.kind = Expr::Kind::number;
        value.at = child.at;
        value.number = o.value;
        value.member = child.member;
        child = std::move(value);
    }
}

void Performer::call(Sleeper& job, const Step& step, StepResult& result) {
    const auto& what = std::get<CallStep>(step.what);
    job.call = what.call;
    nested(job, *job.call);
    const Syscall bound = bind(*job.call, side_.names(job.actor));
    Outcome o;
    if (makes_process(bound)) {
        Actor made = Actor::none;
        o = side_.make_process(job.actor, bound, what.result_name, made);
    } else {
        o = side_.call(job.actor, bound);
    }
    if (o.blocked) {
        result.asleep = true;
        return;
    }
    finish_call(job, step, o, result);
}

void Performer::finish_call(Sleeper& job, const Step& step, const Outcome& o, StepResult& result) {
    const auto& what = std::get<CallStep>(step.what);
    result.played = true;
    result.value = o.value;
    result.call = o;
    if (o.skipped) result.skipped = o.why.empty() ? "not performed" : o.why;
    take_error(o, result);
    if (side_.alive(job.actor))
        for (auto fd = job.opened.rbegin(); fd != job.opened.rend(); ++fd) side_.call(job.actor, sys::Close{*fd});
    if (!o.ok() || o.ended) return;

    const Names names = side_.names(job.actor);
    const OutputMatch match = match_output(*job.call, o, names);
    result.failure = match.mismatch;
    for (const auto& [name, value] : match.takes) side_.values[name] = value;
    if (!what.result_name.empty() && side_.actor(what.result_name) == Actor::none)
        side_.values[what.result_name] = o.value;

    const ExpectedOutcome* expected = expected_for(step.outcomes, side_.release());
    if (!expected || expected->kind != ExpectedOutcome::Kind::value || !expected->value) return;
    const Expr& want = *expected->value;
    if (want.kind == Expr::Kind::take) {
        side_.values[want.name] = o.value;
    } else if (want.kind != Expr::Kind::omitted) {
        const auto bits = evaluate(want, names);
        if (!bits) throw PlayError(expected->at, "what is expected has no value yet");
        const auto value = static_cast<i64>(*bits);
        if (value != o.value && result.failure.empty())
            result.failure = fmt::format("expected {}, but it returned {}", value, o.value);
    }
}

std::vector<std::pair<std::size_t, StepResult>> Performer::take_up(bool& went_on) {
    std::vector<std::pair<std::size_t, StepResult>> ended;
    went_on = false;
    for (std::size_t i = 0; i < sleepers_.size();) {
        if (options_.record) side_.record = &sleepers_[i].calls;
        auto o = side_.resume(sleepers_[i].process);
        side_.record = nullptr;
        if (!o && side_.alive(sleepers_[i].process)) {
            ++i;
            continue;
        }
        went_on = true;
        Sleeper job = std::move(sleepers_[i]);
        sleepers_.erase(sleepers_.begin() + static_cast<std::ptrdiff_t>(i));
        if (!o) { // It was killed while it slept.
            o.emplace();
            o->ended = true;
        }
        StepResult result;
        const std::size_t number = job.step;
        const Step& step = scenario_.steps[number];
        if (job.terminal) {
            job.terminal->again(*o);
            job.process = job.actor;
            const bool in_front = !std::get<CommandStep>(step.what).new_actor.empty();
            run(std::move(job), result);
            if (in_front) result.failure.clear(); // it hands on how the actor ended, which is no failure
        } else {
            try {
                finish_call(job, step, *o, result);
            } catch (const PlayError& mistake) { result.failure = mistake.what(); }
            result.calls = std::move(job.calls);
            result.failure = judge(step, result, side_.release());
        }
        if (!result.asleep) ended.emplace_back(number, std::move(result));
    }
    return ended;
}

void Performer::observe(StepResult& result) {
    if (!options_.mountinfo) return;
    for (const ActorObservation& actor : side_.observation().actors)
        if (actor.state == ActorObservation::State::running || actor.state == ActorObservation::State::blocked)
            if (const auto found = side_.processes().find(actor.actor);
                found != side_.processes().end() && !found->second.name.empty() && actor.actor != Actor::init)
                result.mountinfo.emplace_back(found->second.name, actor.mountinfo);
}

} // namespace nslab
