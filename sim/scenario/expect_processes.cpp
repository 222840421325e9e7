// What a scenario expects of processes: `expect sh2 is a zombie`, `expect sh1: pid of sh3 is 5, nsproxy has count 2`.

#include "sim/scenario/expect_words.hpp"

namespace nslab::scenario {

namespace {

using Kind = ExpectStep::Kind;

const std::vector<std::string_view>& states() {
    static const std::vector<std::string_view> known = {"alive",  "running", "asleep", "stopped",
                                                        "zombie", "gone",    "reaped"};
    return known;
}

/// `... of sh3`, `... signal sh3`: the other process.
bool other(ExpectWords& w, ExpectStep& e) {
    const auto name = w.actor();
    if (!name) return w.error("an actor is expected", "such as sh2"), false;
    e.other_actor = *name;
    return true;
}

/// A number, or a name that stands for one.
bool number(ExpectWords& w, ExpectStep& e) {
    const std::size_t before = w.next();
    const Word* word = w.any();
    const auto text = word ? literal(*word) : std::nullopt;
    const bool digits = text && !text->empty() && text->find_first_not_of("0123456789") == std::string::npos;
    if (!word || (text && !digits)) {
        w.go_to(before);
        return w.error("a number is expected", "or a name: $n"), false;
    }
    e.words.push_back(*word);
    return true;
}

void is_state(ExpectWords& w, bool negated) {
    ExpectStep e = w.blank(Kind::alive, negated);
    if (w.take("the", "child", "reaper", "of")) {
        e.kind = Kind::reaper;
        if (other(w, e)) w.add(std::move(e));
        return w.finish();
    }
    const bool article = w.take("a");
    if (article && w.take("child", "of")) {
        e.kind = Kind::child;
        if (other(w, e)) w.add(std::move(e));
        return w.finish();
    }
    for (const auto word : states())
        if (w.take(word)) {
            e.word = word;
            w.add(std::move(e));
            return w.finish();
        }
    w.error("alive, running, asleep, stopped, a zombie, gone, a child of or the child reaper of is expected",
            w.did_you_mean(states()));
}

void killed_by(ExpectWords& w, bool negated) {
    ExpectStep e = w.blank(Kind::status, negated);
    e.word = "killed";
    const std::size_t before = w.next();
    const Word* word = w.any();
    const auto name = word ? literal(*word) : std::nullopt;
    const auto value = name && name->substr(0, 3) == "SIG" ? constant(*name) : std::nullopt;
    if (!value) {
        w.go_to(before);
        return w.error("a signal is expected", "such as SIGKILL");
    }
    e.number = static_cast<u32>(*value);
    w.add(std::move(e));
    w.finish();
}

void exited_with(ExpectWords& w, bool negated) {
    ExpectStep e = w.blank(Kind::status, negated);
    e.word = "exited";
    if (number(w, e)) w.add(std::move(e));
    w.finish();
}

void may_signal(ExpectWords& w) {
    const bool negated = w.take("not");
    if (!w.take("signal")) return w.error("signal is expected", "expect sh1 may signal sh2");
    do {
        ExpectStep e = w.blank(Kind::may_signal, negated);
        if (!other(w, e)) return;
        w.add(std::move(e));
    } while (w.take(","));
    w.finish();
}

/// `pid of sh3 is 5`, `ppid is 0`, `NSpid of sh3 is 5 2 1`
bool names(ExpectWords& w) {
    ExpectStep e = w.blank(Kind::pid);
    const std::size_t before = w.next();
    for (const auto word : {"pid", "ppid", "pgid", "sid", "NSpid"})
        if (e.word.empty() && w.take(word)) e.word = word;
    if (e.word.empty()) return false;
    if (w.take("of")) {
        if (!other(w, e)) return true;
    }
    if (!w.take("is") || w.is(w.next(), "held")) {
        w.go_to(before); // "pid has count 3", "pid is held by sh1" speak of the namespace
        return false;
    }
    e.negated = w.take("not");
    do {
        if (!number(w, e)) return true;
    } while (e.word == "NSpid" && !w.done() && !w.at_comma());
    return w.add(std::move(e)), true;
}

/// `sh3 has no pid`: not visible from here.
bool no_pid(ExpectWords& w) {
    const std::size_t before = w.next();
    ExpectStep e = w.blank(Kind::no_pid);
    if (const auto name = w.actor(); name && w.take("has", "no", "pid")) {
        e.other_actor = *name;
        return w.add(std::move(e)), true;
    }
    w.go_to(before);
    return false;
}

/// Behind `net is held by`: actors, files of actors and mounts, joined by and.
bool holders(ExpectWords& w, ExpectStep e) {
    do {
        if (w.take("mount")) {
            const Word* path = w.any();
            if (!path) return w.error("a path is expected", "such as /run/netns/x"), true;
            e.words.push_back(*path);
        } else if (w.take("file", "of")) {
            const auto name = w.actor();
            if (!name) return w.error("an actor is expected", "net is held by file of sh1"), true;
            e.holders.push_back("file of " + *name);
        } else if (const auto name = w.actor()) {
            e.holders.push_back(*name);
        } else {
            return w.error("an actor, file of and an actor, or mount and a path is expected",
                           "net is held by sh1 and file of sh2 and mount /x"),
                   true;
        }
    } while (w.take("and"));
    return w.add(std::move(e)), true;
}

/// `/run/netns/darlene has count 2`: of the namespace whose file that is.
bool count_of_file(ExpectWords& w) {
    const std::size_t before = w.next();
    ExpectStep e = w.blank(Kind::ref_count);
    const Word* path = w.any();
    if (!path || !w.take("has") || (!w.is(w.next(), "count") && !w.is(w.next(), "not"))) {
        w.go_to(before);
        return false;
    }
    e.path = *path;
    e.negated = w.take("not");
    if (!w.take("count")) return w.error("count and a number are expected", "/run/netns/x has count 2"), true;
    if (number(w, e)) w.add(std::move(e));
    return true;
}

/// `nsproxy has count 2`, `net has count 3`, `net is held by sh1 and sh2`
bool count(ExpectWords& w) {
    ExpectStep e = w.blank(Kind::ref_count);
    const std::size_t before = w.next();
    if (w.take("nsproxy")) e.word = "nsproxy";
    for (const auto type : kNamespaceTypes)
        if (e.word.empty() && w.take(type)) e.word = type;
    if (!e.word.empty() && w.take("is", "held", "by")) {
        e.kind = Kind::held_by;
        return holders(w, std::move(e));
    }
    if (e.word.empty() || !w.take("has")) {
        w.go_to(before);
        return false;
    }
    e.negated = w.take("not");
    if (!w.take("count")) return w.error("count and a number are expected", "nsproxy has count 2"), true;
    if (number(w, e)) w.add(std::move(e));
    return true;
}

} // namespace

bool process_statement(ExpectWords& w) {
    if (w.take("is")) return is_state(w, w.take("not")), true;
    if (w.take("was", "killed", "by")) return killed_by(w, false), true;
    if (w.take("was", "not", "killed", "by")) return killed_by(w, true), true;
    if (w.take("exited", "with") || w.take("has", "exited", "with")) return exited_with(w, false), true;
    if (w.take("did", "not", "exit", "with")) return exited_with(w, true), true;
    if (w.take("may")) return may_signal(w), true;
    return false;
}

bool process_claim(ExpectWords& w) { return names(w) || no_pid(w) || count(w) || count_of_file(w); }

} // namespace nslab::scenario
