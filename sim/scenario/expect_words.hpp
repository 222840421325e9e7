#pragma once
// The words of an `expect` statement while it is read, and the steps that come of it.

#include <algorithm>

#include "sim/scenario/internal.hpp"

namespace nslab::scenario {

class ExpectWords {
  public:
    ExpectWords(Cursor& c, Complaints& complaints, const Step& blank, std::vector<Step>& steps)
        : c_(c), complaints_(complaints), blank_(blank), steps_(steps) {}

    bool is(std::size_t i, std::string_view word) const {
        return i < words_.size() && bare(words_[i]) && words_[i].text[0].text == word;
    }
    bool done() const { return next_ >= end_; }
    bool at_comma() const { return next_ < end_ && is(next_, ","); }
    std::size_t next() const { return next_; }
    void go_to(std::size_t next) { next_ = next; }

    /// Goes past these words where they come next.
    template <class... W> bool take(W... wanted) {
        const std::string_view list[] = {wanted...};
        for (std::size_t i = 0; i < sizeof...(W); ++i)
            if (next_ + i >= end_ || !is(next_ + i, list[i])) return false;
        next_ += sizeof...(W);
        return true;
    }

    /// The next word, whatever it is; nothing at the end of the claim.
    const Word* any() { return done() || at_comma() ? nullptr : &words_[next_++]; }
    /// The next word where it is bare and could be an actor's name.
    std::optional<std::string> actor() {
        if (done() || !bare(words_[next_])) return std::nullopt;
        const std::string& text = words_[next_].text[0].text;
        const bool letters =
            std::all_of(text.begin(), text.end(), [](char ch) { return is_name_char(ch) || ch == '.'; });
        if (text.empty() || !letters || !is_name_start(text[0])) return std::nullopt;
        ++next_;
        return text;
    }

    Span here() const {
        if (next_ < end_) return words_[next_].at;
        if (end_ > 0) {
            const Span behind = words_[end_ - 1].at;
            return {behind.line, behind.column + behind.length, 1};
        }
        return c_.here();
    }
    void error(std::string message, std::string hint = {}) {
        complaints_.error(here(), std::move(message), std::move(hint));
        failed_ = true;
    }
    /// The word that comes next against those that might have been meant: "did you mean running?".
    std::string did_you_mean(const std::vector<std::string_view>& known) const {
        const auto word = done() ? std::nullopt : literal(words_[next_]);
        const auto near = word ? nearest(*word, known) : std::nullopt;
        return near ? "did you mean " + *near + "?" : "";
    }

    ExpectStep blank(ExpectStep::Kind kind, bool negated = false) const {
        ExpectStep e = common_;
        e.kind = kind;
        e.negated = negated;
        return e;
    }
    void add(ExpectStep e) {
        Step step = blank_;
        step.actor = e.actor;
        step.what = std::move(e);
        steps_.push_back(std::move(step));
    }
    void finish() {
        if (!failed_ && !done()) error("nothing more is expected here");
    }

  protected:
    /// The rest of the line as words; `since 6.8 until 6.12` at its end holds for the whole statement.
    void load();

    Cursor& c_;
    Complaints& complaints_;
    const Step& blank_;
    std::vector<Step>& steps_;
    ExpectStep common_;
    std::vector<Word> words_;
    std::size_t next_ = 0, end_ = 0;
    bool failed_ = false;
};

/// The types of namespaces as /proc/PID/ns names them.
inline constexpr std::string_view kNamespaceTypes[] = {
    "mnt", "uts", "ipc", "pid", "net", "user", "cgroup", "time", "pid_for_children", "time_for_children"};

// expect_processes.cpp: what is said of processes. False where the words are not of this kind; nothing is taken then.

/// Behind `expect sh2`: is a zombie, exited with 3, may signal sh3 ...
bool process_statement(ExpectWords& words);
/// Behind `expect sh1:`: pid of sh3 is 5, nsproxy has count 2 ...
bool process_claim(ExpectWords& words);

} // namespace nslab::scenario
