// What a step is expected to come to: behind the = of a call, in the comment behind a command.

#include "sim/scenario/internal.hpp"

namespace nslab::scenario {

std::optional<Release> release(std::string_view word, bool last) {
    if (word.empty() || word[0] < '0' || word[0] > '9') return std::nullopt;
    for (const char c : word)
        if ((c < '0' || c > '9') && c != '.') return std::nullopt;
    auto r = parse_release(word);
    // "until 6.16" is until the last 6.16.x.
    std::size_t dots = 0;
    for (const char c : word) dots += c == '.' ? 1U : 0U;
    if (r && last && dots < 2) r->point = 0xffff;
    return r;
}

namespace {

std::string_view peek_word(const Cursor& c) {
    std::size_t to = c.at;
    while (to < c.line.size() && (is_name_char(c.line[to]) || (c.line[to] >= 'A' && c.line[to] <= 'Z'))) ++to;
    return c.line.substr(c.at, to - c.at);
}

/// An errno's name here, or a slip of one.
std::optional<E> errno_here(Cursor& c, Complaints& complaints) {
    const std::size_t from = c.at;
    const auto word = identifier(c);
    if (const auto e = errno_from_name(word)) return e;
    std::vector<std::string_view> names;
    for (const auto& row : kErrnos) names.push_back(row.name);
    const auto near = nearest(word, names);
    complaints.error(c.since(from), word.empty() ? "an errno is expected" : "no errno is named " + std::string(word),
                     near ? "did you mean " + *near + "?" : "such as EINVAL");
    return std::nullopt;
}

/// "(Invalid argument)" and "<0.000012>" of strace.
void remarks(Cursor& c) {
    for (space(c); c.peek() == '(' || c.peek() == '<'; space(c)) {
        const auto close = c.line.find(c.peek() == '(' ? ')' : '>', c.at);
        if (close == std::string_view::npos) return;
        c.at = close + 1;
    }
}

} // namespace

void range(Cursor& c, Complaints& complaints, std::optional<Release>& since, std::optional<Release>& until) {
    for (;;) {
        space(c);
        const auto word = peek_word(c);
        const bool is_since = word == "since", is_until = word == "until";
        if (!is_since && !is_until) break;
        auto& slot = is_since ? since : until;
        const Span at = c.here(word.size());
        if (slot) complaints.error(at, std::string(word) + " is given twice");
        c.at += word.size();
        c.blanks();
        const std::size_t from = c.at;
        while (!c.end() && c.peek() != ' ' && c.peek() != '\t' && c.peek() != ',' && c.peek() != ')') ++c.at;
        const auto text = c.line.substr(from, c.at - from);
        slot = release(text, is_until);
        if (!slot)
            complaints.error(c.since(from), text.empty() ? "a release is expected" : "this is no release",
                             "such as 6.18 or 6.12.41");
        if (since && until && *since > *until) complaints.error(at, "no release is both since and until these");
    }
}

void results(Cursor& c, Complaints& complaints, std::vector<ExpectedOutcome>& outcomes) {
    for (;;) {
        space(c);
        ExpectedOutcome outcome;
        const std::size_t from = c.at;
        bool told = true;
        if (c.peek() == '?' && !is_name_start(c.peek(1))) {
            ++c.at; // "= ?": the call does not return
            told = false;
        } else if (c.line.substr(c.at, 2) == "-E") {
            ++c.at; // as it is written inside the kernel
            const auto e = errno_here(c, complaints);
            if (!e) return;
            outcome.kind = ExpectedOutcome::Kind::error;
            outcome.error = *e;
        } else {
            if (c.end() || c.comment())
                return complaints.error(c.here(), "a result is expected", "such as = 0 or = -1 EINVAL");
            auto e = value(c, complaints);
            if (!e) return;
            space(c);
            if (e->kind == Expr::Kind::number && e->number == -1) {
                const auto code = errno_here(c, complaints);
                if (!code) return;
                outcome.kind = ExpectedOutcome::Kind::error;
                outcome.error = *code;
            } else if (e->kind == Expr::Kind::number || e->kind == Expr::Kind::take || e->kind == Expr::Kind::word) {
                if (e->kind == Expr::Kind::word && errno_from_name(e->name))
                    return complaints.error(e->at, "a failure is written as strace does", "= -1 " + e->name);
                outcome.kind = ExpectedOutcome::Kind::value;
                outcome.value = std::move(*e);
            } else {
                return complaints.error(e->at, "a result is a number, -1 and an errno, a name or ?name");
            }
        }
        outcome.at = c.since(from);
        remarks(c);
        range(c, complaints, outcome.since, outcome.until);
        if (told) outcomes.push_back(std::move(outcome));
        space(c);
        if (!c.take(",")) return;
    }
}

bool looks_like_outcome(Cursor c) {
    c.at += 1;
    c.blanks();
    const auto word = peek_word(c);
    return word == "FAIL" || errno_from_name(word).has_value();
}

void comment_outcome(Cursor c, Complaints& complaints, std::vector<ExpectedOutcome>& outcomes) {
    ++c.at;
    c.blanks();
    for (;;) {
        ExpectedOutcome outcome;
        const std::size_t from = c.at;
        const auto word = peek_word(c);
        c.at += word.size();
        outcome.at = c.since(from);
        // A whole word: "E2BIG", not the beginning of "EINVAL-like".
        const bool whole = c.end() || c.peek() == ' ' || c.peek() == '\t' || c.peek() == ',' || c.peek() == ':' ||
                           c.peek() == '.' || c.peek() == ';';
        if (const auto e = errno_from_name(word); e && whole) {
            outcome.kind = ExpectedOutcome::Kind::error;
            outcome.error = *e;
        } else if (word == "FAIL" && whole) {
            outcome.kind = ExpectedOutcome::Kind::program_failure;
        } else if (word == "0") {
            // "# 0 until 6.16, EINVAL since 6.17"; a 0 with no release behind it is only a remark.
            Cursor ahead = c;
            ahead.blanks();
            const auto next = peek_word(ahead);
            if (outcomes.empty() && next != "since" && next != "until") return;
        } else {
            // A slip of an errno would pass for a remark, and the step be expected to succeed.
            bool shaped = word.size() >= 4 && word[0] == 'E' && whole;
            for (const char ch : word) shaped &= (ch >= 'A' && ch <= 'Z') || (ch >= '0' && ch <= '9');
            std::vector<std::string_view> names;
            for (const auto& row : kErrnos) names.push_back(row.name);
            const auto near = shaped ? nearest(word, names) : std::nullopt;
            if (near)
                complaints.error(outcome.at, "no errno is named " + std::string(word), "did you mean " + *near + "?");
            return;
        }
        range(c, complaints, outcome.since, outcome.until);
        const bool ranged = outcome.since || outcome.until;
        outcomes.push_back(std::move(outcome));
        c.blanks();
        // Only behind a range does a comma go on with the next one; "EBUSY, as the manual says" is a remark.
        if (!ranged || !c.take(",")) return;
        c.blanks();
    }
}

} // namespace nslab::scenario
