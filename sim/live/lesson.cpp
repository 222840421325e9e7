#include "sim/live/lesson.hpp"

#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>

namespace nslab::live {

namespace {

constexpr std::size_t kOutcomeColumn = 40;

/// The first `n` lines of a text, and what follows them.
std::pair<std::string, std::string> split(const std::string& text, std::size_t n) {
    std::size_t at = 0;
    for (; n > 0 && at < text.size(); --n) at = std::min(text.find('\n', at), text.size() - 1) + 1;
    return {text.substr(0, at), text.substr(at)};
}

/// "# EBUSY" behind a command, "= -1 EBUSY" behind a call; empty where success needs no word.
std::string failure_of(const Step& step, const StepResult& r) {
    if (std::holds_alternative<CallStep>(step.what))
        return r.error == E::OK ? "" : fmt::format(" = -1 {}", errno_name(r.error));
    if (r.status == 0) return {};
    return r.error == E::OK ? "# FAIL" : fmt::format("# {}", errno_name(r.error));
}

} // namespace

Lesson::Lesson(LessonOptions options) : options_(std::move(options)) {
    std::string text = std::move(options_.text);
    if (!text.empty() && text.back() != '\n') text += '\n';
    const ParseResult parsed = parse(options_.name, text);
    u32 line = parsed.heads;
    std::tie(heads_, text) = split(text, line);
    for (const u32 end : parsed.ends) {
        auto [statement, rest] = split(text, end - line);
        ahead_.push_back({std::move(statement), false, 0});
        text = std::move(rest);
        line = end;
    }
    if (text.find_first_not_of(" \t\r\n") != std::string::npos) ahead_.push_back({text, false, 0});
    begin();
}

ParseResult Lesson::read(const std::string& more) const {
    std::string text = heads_;
    for (const Statement& s : played_) text += s.text;
    ParseResult parsed = parse(options_.name, text + more, Extent::so_far);
    if (!parsed.scenario.boot_files.empty()) parsed.scenario.boot = options_.boot;
    parsed.scenario.boot.mount_max = options_.boot.mount_max;
    for (const Statement& s : played_) {
        if (!s.typed || s.first >= parsed.scenario.steps.size()) continue;
        Step& step = parsed.scenario.steps[s.first];
        step.may_fail = step.loop.empty() && step.outcomes.empty();
    }
    return parsed;
}

/// The worlds as they are before the first step.
void Lesson::begin() {
    player_.reset();
    host_.reset();
    scenario_ = read("").scenario;
    scenario_.steps.clear();
    model_ = make_model(options_.check ? of_this_machine(scenario_.boot) : scenario_.boot, Release{}, true);
    if (options_.check) {
        auto made = make_host(scenario_.boot);
        if (!made) throw std::runtime_error(to_string(made.error()));
        host_ = std::move(*made);
    }
    PlayOptions play_options;
    play_options.record = true;
    player_ = std::make_unique<Player>(scenario_, *model_, host_.get(), play_options);
}

/// Plays again what has been played. A kernel cannot go back, and half of what a lesson is lies outside of the model's
/// state (names, terminals, who sleeps in which command), so going back is a short way forward, in both worlds.
void Lesson::replay() {
    begin();
    scenario_ = read("").scenario;
    while (!player_->ended() && player_->report().steps.size() < scenario_.steps.size()) player_->next();
    open_ = false;
    if (!turn_to(actor_) && !turn_to("sh1")) {
        const auto names = living();
        if (!names.empty()) turn_to(names.front());
    }
}

Answer Lesson::refused(const ParseResult& parsed) const {
    Answer answer;
    for (const Diagnostic& d : parsed.diagnostics)
        if (!d.warning) answer.message += render(d, options_.name, parsed.scenario.text);
    return answer;
}

Answer Lesson::type(const std::string& line) {
    const std::string more = pending_ + line + "\n";
    ParseResult parsed = read(more);
    if (!parsed.ok()) return refused(parsed);
    const auto lines_of_heads = static_cast<u32>(std::count(heads_.begin(), heads_.end(), '\n'));
    if (played_.empty() && parsed.heads > lines_of_heads) {
        if (!parsed.scenario.boot_files.empty() && options_.boot.mountinfo.empty())
            return {false, "boot: mountinfo is for a FILE, which is read when the shell begins\n"};
        heads_ += more;
        pending_.clear();
        begin();
        return {true, ""};
    }
    if (parsed.open || parsed.scenario.steps.size() == scenario_.steps.size()) {
        pending_ = more;
        open_ = parsed.open;
        return {true, ""};
    }
    Answer answer = play_behind(std::move(parsed), {more, true, 0});
    // What was taken back can be played again until another line stands in its place.
    if (answer.kept) std::erase_if(ahead_, [](const Statement& s) { return s.typed; });
    return answer;
}

Answer Lesson::next() {
    const auto of_file = std::find_if(ahead_.begin(), ahead_.end(), [](const Statement& s) { return !s.typed; });
    if (of_file != ahead_.end() && !open_) ahead_.erase(ahead_.begin(), of_file);
    return redo();
}

Answer Lesson::play() {
    Answer answer{true, ""};
    while (answer.kept && !ahead_.empty()) answer = next();
    return answer;
}

Answer Lesson::redo() {
    if (open_) return {false, "the repeat that was begun has no end yet\n"};
    if (ahead_.empty()) return {false, "nothing lies ahead\n"};
    Statement statement = ahead_.front();
    statement.text = pending_ + statement.text;
    ParseResult parsed = read(statement.text);
    if (!parsed.ok()) return refused(parsed);
    Answer answer = play_behind(std::move(parsed), std::move(statement));
    if (answer.kept) ahead_.pop_front();
    return answer;
}

Answer Lesson::play_behind(ParseResult parsed, Statement statement) {
    Answer answer;
    const auto lines_before =
        static_cast<std::size_t>(std::count(parsed.scenario.text.begin(), parsed.scenario.text.end(), '\n') -
                                 std::count(statement.text.begin(), statement.text.end(), '\n'));
    for (const Diagnostic& d : parsed.diagnostics)
        if (d.at.line > lines_before) answer.message += render(d, options_.name, parsed.scenario.text);
    statement.first = scenario_.steps.size();
    scenario_ = std::move(parsed.scenario);
    if (statement.typed && statement.first < scenario_.steps.size()) {
        Step& step = scenario_.steps[statement.first];
        step.may_fail = step.loop.empty() && step.outcomes.empty();
    }
    played_.push_back(std::move(statement));
    const std::string said = std::exchange(pending_, "");
    const bool repeat = std::exchange(open_, false);
    while (player_->report().steps.size() < scenario_.steps.size()) {
        const StepReport& now = player_->next();
        if (player_->ended()) {
            answer.message = player_->report().message;
            played_.pop_back();
            replay();
            if (!repeat) pending_ = said; // narration stays, a repeat is typed again
            return answer;
        }
        if (on_step) on_step(now);
        write_outcome(now.step);
        for (const std::size_t step : now.resumed) {
            // One that waited for the actor that it made hands on how that has ended, which is no failure of its own.
            const auto* command = std::get_if<CommandStep>(&scenario_.steps[step].what);
            if (!command || command->new_actor.empty()) write_outcome(step);
        }
        settle_terminal(now);
    }
    answer.kept = true;
    return answer;
}

/// A typed statement gets what it came to written behind it, so that the text plays again.
void Lesson::write_outcome(std::size_t number) {
    const auto statement = std::find_if(played_.rbegin(), played_.rend(),
                                        [&](const Statement& s) { return s.typed && s.first == number; });
    if (statement == played_.rend() || !scenario_.steps[number].may_fail) return;
    const Step& step = scenario_.steps[number];
    const std::string outcome = failure_of(step, player_->report().steps[number].model);
    if (outcome.empty()) return;
    // The statement is the last line; what the person remarked behind it stays.
    std::string& text = statement->text;
    const std::size_t at = text.find(step.text, text.rfind('\n', text.size() - 2) + 1);
    if (at == std::string::npos) return;
    std::string remark = text.substr(at + step.text.size());
    remark.erase(0, remark.find_first_not_of(" \t#=\n"));
    while (!remark.empty() && remark.back() == '\n') remark.pop_back();
    text.erase(at + step.text.size());
    if (outcome[0] == ' ') {
        text += outcome + (remark.empty() ? "" : "    # " + remark);
    } else {
        text += std::string(step.text.size() < kOutcomeColumn ? kOutcomeColumn - step.text.size() : 1, ' ') + outcome;
        if (!remark.empty()) text += ": " + remark;
    }
    text += '\n';
}

/// The terminal in front is that of the last line's actor, or of the one that it waits for, or of whoever waited for
/// it.
void Lesson::settle_terminal(const StepReport& last) {
    const Step& step = scenario_.steps[last.step];
    const auto* command = std::get_if<CommandStep>(&step.what);
    if (command || std::holds_alternative<CallStep>(step.what)) turn_to(step.actor);
    if (command && last.model.asleep && !command->background && !command->new_actor.empty())
        turn_to(command->new_actor);
    Actor who = side().actor(actor_);
    const auto& all = side().processes();
    while (who != Actor::none && !(side().alive(who) && !all.at(who).name.empty())) {
        const auto found = all.find(who);
        who = found == all.end() ? Actor::none : found->second.parent;
    }
    if (who != Actor::none && who != Actor::init) {
        actor_ = all.at(who).name;
    } else if (const auto names = living(); !names.empty()) {
        actor_ = names.front();
    }
}

bool Lesson::undo() {
    if (!pending_.empty()) {
        pending_.clear();
        open_ = false;
        return true;
    }
    if (played_.empty()) return false;
    ahead_.push_front(std::move(played_.back()));
    played_.pop_back();
    replay();
    return true;
}

Answer Lesson::go_to(std::size_t n) {
    if (n > played_.size() + ahead_.size())
        return {false, fmt::format("there are only {} statements\n", played_.size() + ahead_.size())};
    pending_.clear();
    open_ = false;
    if (n < played_.size()) {
        while (played_.size() > n) {
            ahead_.push_front(std::move(played_.back()));
            played_.pop_back();
        }
        replay();
    }
    Answer answer{true, ""};
    while (answer.kept && played_.size() < n) answer = redo();
    return answer;
}

const std::string& Lesson::statement(std::size_t n) const {
    return n < played_.size() ? played_[n].text : ahead_.at(n - played_.size()).text;
}

bool Lesson::root() {
    const Actor who = side().actor(actor_);
    if (who == Actor::none || !side().alive(who)) return true;
    const Outcome user = side().look(who, sys::Geteuid{});
    return !user.ok() || user.value == 0;
}

bool Lesson::turn_to(const std::string& name) {
    const Actor who = side().actor(name);
    if (who == Actor::none || who == Actor::init || !side().alive(who)) return false;
    actor_ = name;
    return true;
}

std::vector<std::string> Lesson::living() {
    std::vector<std::string> names;
    for (const auto& [who, process] : side().processes())
        if (who != Actor::init && !process.name.empty() && side().alive(who)) names.push_back(process.name);
    return names;
}

std::string Lesson::text() const {
    std::string text = heads_;
    if (!heads_.empty() && !played_.empty() && played_.front().typed && heads_.find("\n\n") == std::string::npos)
        text += '\n';
    for (const Statement& s : played_) text += s.text;
    return text + (open_ ? "" : pending_);
}

std::vector<const StepReport*> Lesson::last() const {
    std::vector<const StepReport*> out;
    if (played_.empty()) return out;
    const auto& steps = player_->report().steps;
    for (std::size_t i = played_.back().first; i < steps.size(); ++i) out.push_back(&steps[i]);
    return out;
}

} // namespace nslab::live
