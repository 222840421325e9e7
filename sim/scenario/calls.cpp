// A step that is a call: what may stand in front of it, the name of its result, its outcome.

#include "sim/scenario/internal.hpp"
#include "sim/shell/shell.hpp"

namespace nslab::scenario {

namespace {

/// What strace -f and -t put in front of a call: "[pid  1234]", "1234", "12:30:01.123456".
void strace_prefix(Cursor& c) {
    c.blanks();
    if (c.line.substr(c.at, 4) == "[pid") {
        const auto close = c.line.find(']', c.at);
        if (close != std::string_view::npos) c.at = close + 1;
        c.blanks();
    }
    for (;;) {
        const std::size_t from = c.at;
        while (is_digit(c.peek()) || (c.at > from && (c.peek() == ':' || c.peek() == '.'))) ++c.at;
        if (c.at == from || (c.peek() != ' ' && c.peek() != '\t')) {
            c.at = from;
            return;
        }
        c.blanks();
    }
}

} // namespace

bool call_step(Cursor& c, Complaints& complaints, Step& step) {
    CallStep call;
    strace_prefix(c);
    if (c.end() || c.comment()) {
        complaints.error(c.here(), "a call is expected", "such as " + step.actor + ": chdir(\"/a\") = 0");
        return false;
    }
    if (c.line.substr(c.at, 2) == "<." || c.line.substr(c.at, 3) == "+++" || c.line.substr(c.at, 3) == "---") {
        complaints.error(c.here(3), c.peek() == '<' ? kCut : "this line of strace is no call",
                         c.peek() == '<' ? kCutHint : "take it out");
        return false;
    }
    const std::size_t from = c.at;
    const std::string name(identifier(c));
    const Span name_at = c.since(from);
    space(c);
    if (!name.empty() && c.peek() == '=' && c.peek(1) != '=') {
        if (!is_name(name)) complaints.error(name_at, name + " is no name", "a name is of small letters, digits and _");
        call.result_name = name;
        ++c.at;
        space(c);
    } else {
        c.at = from;
    }
    const std::size_t start = c.at;
    auto e = value(c, complaints);
    if (!e || e->kind != Expr::Kind::call) complaints.excuse(name);
    if (!e) return false;
    if (e->kind != Expr::Kind::call) {
        c.at = start;
        std::string hint = e->kind == Expr::Kind::word ? e->name + "(...)" : "";
        if (find_command(e->name)) hint = "a command stands behind a prompt: " + step.actor + "# " + e->name + " ...";
        complaints.error(e->at, "a call is expected", hint);
        return false;
    }
    call.call = std::move(*e);
    space(c);
    if (c.take("=")) {
        results(c, complaints, step.outcomes);
        space(c);
    } else if (c.comment() && looks_like_outcome(c)) {
        complaints.error(c.here(c.line.size() - c.at), "the result of a call stands behind a =", "such as = -1 EBUSY");
    }
    if (!c.end() && !c.comment()) {
        complaints.error(c.here(c.line.size() - c.at), "nothing more is expected here", "a comment begins with #");
        return false;
    }
    step.what = std::move(call);
    return true;
}

} // namespace nslab::scenario
