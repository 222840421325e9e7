#include "sim/replay/expect.hpp"

#include <algorithm>
#include <cctype>
#include <sstream>

#include <fmt/format.h>

#include "sim/replay/place.hpp"
#include "sim/replay/terminal.hpp"

namespace nslab {

namespace {

using Kind = ExpectStep::Kind;

const ActorObservation& living(Side& side, const std::string& name, Span at) {
    const Actor who = side.actor(name);
    const ActorObservation* seen = who == Actor::none ? nullptr : side.observed(who);
    if (!seen) throw PlayError(at, fmt::format("there is no {}", name));
    if (seen->state == ActorObservation::State::zombie || seen->state == ActorObservation::State::gone)
        throw PlayError(at, fmt::format("{} has ended", name));
    return *seen;
}

std::string propagation(const MountinfoLine& m) {
    if (m.shared && m.master) return "shared and slave";
    if (m.shared) return "shared";
    if (m.master) return "slave";
    return m.unbindable ? "unbindable" : "private";
}

std::vector<std::string> fields(const std::string& text) {
    std::istringstream in(text);
    std::vector<std::string> out;
    for (std::string field; in >> field;) out.push_back(field);
    return out;
}

/// One field against a pattern in which ?name takes a number and a bare ? stands for anything.
bool match_field(const std::string& pattern, const std::string& field, std::map<std::string, i64>& takes) {
    const auto letter = [](char c) { return std::islower(static_cast<unsigned char>(c)) != 0; };
    const auto digit = [](char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; };
    std::size_t f = 0;
    for (std::size_t p = 0; p < pattern.size();) {
        if (pattern[p] != '?') {
            if (f == field.size() || field[f++] != pattern[p++]) return false;
            continue;
        }
        std::size_t end = ++p;
        if (end < pattern.size() && letter(pattern[end]))
            while (end < pattern.size() && (letter(pattern[end]) || digit(pattern[end]) || pattern[end] == '_')) ++end;
        if (end == p) { // up to what stands behind it in the pattern
            const std::size_t stop = p == pattern.size() ? field.size() : field.find(pattern[p], f);
            if (stop == std::string::npos || stop == f) return false;
            f = stop;
            continue;
        }
        std::size_t digits = f;
        while (digits < field.size() && digit(field[digits])) ++digits;
        if (digits == f || digits - f > 18) return false;
        const i64 number = std::stoll(field.substr(f, digits - f));
        const auto [old, fresh] = takes.emplace(pattern.substr(p, end - p), number);
        if (!fresh && old->second != number) return false;
        f = digits;
        p = end;
    }
    return f == field.size();
}

/// The expectation's places: the one spoken of and the one it is compared with.
class Judge {
  public:
    Judge(Side& side, const Step& step, const ExpectStep& expect)
        : side_(side), step_(step), e_(expect), who_(side.actor(expect.actor)),
          other_actor_(expect.other_actor.empty() ? expect.actor : expect.other_actor) {}

    StepResult result() {
        result_.failure = verdict();
        return std::move(result_);
    }

  private:
    std::string path(const Word& word) { return side_.expand(word.text, who_); }
    Place place() { return find_place(living(side_, e_.actor, step_.at), path(e_.path)); }
    Place other() { return find_place(living(side_, other_actor_, step_.at), path(e_.other_path)); }
    std::string other_name() { return fmt::format("{}:{}", other_actor_, path(e_.other_path)); }

    /// The mount at the place; a place on a mount that nobody lists is a mistake of the scenario.
    MountinfoLine mount(const Place& p, bool must_be_mounted = false) {
        if (!p.mount) throw PlayError(step_.at, fmt::format("{} is on no mount that mountinfo lists", p.path));
        if (must_be_mounted && !p.is_mounted)
            throw PlayError(step_.at, fmt::format("nothing is mounted on {}", p.path));
        return *p.mount;
    }
    std::string says(bool holds, const std::string& instead) { return holds != e_.negated ? "" : instead; }

    std::string mounted();
    std::string sees();
    std::string same_tree();
    std::string propagates();
    std::string peer();
    std::string master();
    std::string propagate_from();
    std::string parent();
    std::string same_super();
    std::string count();
    std::string same_ns();
    std::string prints();
    std::string excerpt();
    std::string verdict();

    Side& side_;
    const Step& step_;
    const ExpectStep& e_;
    Actor who_;
    std::string other_actor_;
    StepResult result_;
};

std::string Judge::mounted() {
    const Place p = place();
    return says(p.is_mounted, p.is_mounted
                                  ? fmt::format("{} ({}) is mounted on {}", p.mount->source, p.mount->fs_type, p.path)
                                  : fmt::format("nothing is mounted on {}", p.path));
}

std::string Judge::sees() {
    const std::string what = path(e_.path);
    living(side_, e_.actor, step_.at);
    const Outcome o = side_.look(who_, sys::Newfstatat{AT::FDCWD, what, AT::SYMLINK_NOFOLLOW});
    if (o.skipped) throw Unplayed(step_.at, o.why);
    if (o.ok()) return says(true, fmt::format("{} is there", what));
    const bool absent = o.error == E::NOENT || o.error == E::NOTDIR;
    return absent ? says(false, fmt::format("{} is not there", what))
                  : fmt::format("{}: {}", what, errno_text(o.error));
}

std::string Judge::same_tree() {
    const Actor other = side_.actor(other_actor_);
    living(side_, e_.actor, step_.at);
    living(side_, other_actor_, step_.at);
    const std::string difference = tree_difference(side_, who_, path(e_.path), other, path(e_.other_path));
    return says(difference.empty(), difference.empty() ? "both show the same tree" : difference);
}

std::string Judge::propagates() {
    const Place p = place();
    const std::string is = propagation(mount(p, true));
    std::string wanted = e_.word;
    if (wanted == "slave and shared") wanted = "shared and slave";
    return says(is == wanted, fmt::format("{} is {}", p.path, is));
}

std::string Judge::peer() {
    const MountinfoLine one = mount(place(), true), two = mount(other(), true);
    const bool peers = one.shared && one.shared == two.shared;
    return says(peers, peers ? fmt::format("both are of peer group {}", one.shared)
                             : fmt::format("{} is {}, {} is {}", one.mount_point,
                                           one.shared ? fmt::format("of peer group {}", one.shared) : "not shared",
                                           other_name(), two.shared ? fmt::format("of {}", two.shared) : "not shared"));
}

std::string Judge::master() {
    const MountinfoLine one = mount(place(), true);
    if (e_.other_path.text.empty())
        return says(one.master != 0, one.master ? fmt::format("its master is peer group {}", one.master)
                                                : fmt::format("{} has no master", one.mount_point));
    const MountinfoLine two = mount(other(), true);
    const bool slave = one.master && one.master == two.shared;
    return says(slave, slave ? fmt::format("its master is peer group {}, that of {}", one.master, other_name())
                             : fmt::format("its master is {}, {} is {}",
                                           one.master ? fmt::format("peer group {}", one.master) : "nobody",
                                           other_name(), two.shared ? fmt::format("of {}", two.shared) : "not shared"));
}

std::string Judge::propagate_from() {
    const MountinfoLine one = mount(place(), true);
    const std::string has =
        one.propagate_from ? fmt::format("it has propagate_from:{}", one.propagate_from) : "it has no propagate_from";
    if (e_.other_path.text.empty()) return says(one.propagate_from != 0, has);
    const MountinfoLine two = mount(other(), true);
    return says(
        one.propagate_from && one.propagate_from == two.shared,
        fmt::format("{}, {} is {}", has, other_name(), two.shared ? fmt::format("of {}", two.shared) : "not shared"));
}

std::string Judge::parent() {
    const MountinfoLine one = mount(place(), true), two = mount(other());
    const ActorObservation& seen = living(side_, e_.actor, step_.at);
    std::string is = "not listed";
    for (const MountinfoLine& l : parse_mountinfo(seen.mountinfo))
        if (l.id == one.parent) is = "the mount on " + l.mount_point;
    return says(one.parent == two.id && one.id != two.id, fmt::format("the parent of {} is {}", one.mount_point, is));
}

std::string Judge::same_super() {
    const MountinfoLine one = mount(place()), two = mount(other());
    const bool same = one.major == two.major && one.minor == two.minor;
    return says(same, same ? fmt::format("both are on {}:{}", one.major, one.minor)
                           : fmt::format("they are on {}:{} and {}:{}", one.major, one.minor, two.major, two.minor));
}

std::string Judge::count() {
    const auto n = parse_mountinfo(living(side_, e_.actor, step_.at).mountinfo).size();
    return says(n == e_.number, fmt::format("there are {}", n));
}

std::string Judge::same_ns() {
    const ActorObservation& one = living(side_, e_.actor, step_.at);
    const ActorObservation& two = living(side_, other_actor_, step_.at);
    if (e_.word == "nsproxy") {
        if (one.nsproxy == 0 || two.nsproxy == 0) return {}; // this world cannot tell
        const bool shared = one.nsproxy == two.nsproxy;
        return says(shared, shared ? "both have the same nsproxy" : "each has an nsproxy of its own");
    }
    const bool same = namespace_of(one.ns, e_.word) == namespace_of(two.ns, e_.word);
    return says(same, same ? fmt::format("both are in the same {} namespace", e_.word)
                           : fmt::format("each is in a {} namespace of its own", e_.word));
}

std::string Judge::prints() {
    living(side_, e_.actor, step_.at);
    ActorTerminal terminal(side_, who_);
    Invocation line;
    const CommandRow* row = expand_command(side_, who_, e_.words, line.argv);
    if (!row) throw PlayError(step_.at, "unknown command");
    try {
        row->run(terminal, line);
    } catch (const ActorTerminal::Asleep&) { throw PlayError(step_.at, "the command sleeps"); }
    if (!terminal.skipped.empty()) throw Unplayed(step_.at, terminal.skipped);
    std::string is = terminal.output;
    std::string wanted = side_.expand(e_.text.text, who_);
    for (std::string* text : {&is, &wanted})
        while (!text->empty() && text->back() == '\n') text->pop_back();
    result_.output = terminal.output;
    return says(is == wanted,
                fmt::format("it prints \"{}\"{}", is,
                            terminal.errors.empty() ? "" : " (and on standard error: " + terminal.errors + ")"));
}

std::string Judge::excerpt() {
    const MountinfoLine line = mount(place(), true);
    std::map<std::string, i64> taken;
    const bool matches = match_excerpt(side_.expand(e_.text.text, who_), to_string(line), taken);
    if (matches)
        for (const auto& [name, value] : taken) side_.values[name] = value;
    return says(matches, fmt::format("its line is: {}", to_string(line)));
}

std::string Judge::verdict() {
    switch (e_.kind) {
    case Kind::mounted: return mounted();
    case Kind::sees: return sees();
    case Kind::same_tree: return same_tree();
    case Kind::propagation: return propagates();
    case Kind::peer_of: return peer();
    case Kind::master: return master();
    case Kind::propagate_from: return propagate_from();
    case Kind::parent: return parent();
    case Kind::same_super: return same_super();
    case Kind::mount_count: return count();
    case Kind::same_ns: return same_ns();
    case Kind::prints: return prints();
    case Kind::mountinfo: return excerpt();
    default: return judge_processes(side_, step_, e_);
    }
}

} // namespace

bool match_excerpt(const std::string& pattern, const std::string& line, std::map<std::string, i64>& takes) {
    const auto wanted = fields(pattern), has = fields(line);
    for (std::size_t start = 0; start + wanted.size() <= has.size(); ++start) {
        auto trial = takes;
        bool all = true;
        for (std::size_t i = 0; i < wanted.size() && all; ++i) all = match_field(wanted[i], has[start + i], trial);
        if (!all) continue;
        takes = std::move(trial);
        return true;
    }
    return false;
}

StepResult judge_expect(Side& side, const Step& step, const ExpectStep& expect) {
    return Judge(side, step, expect).result();
}

} // namespace nslab
