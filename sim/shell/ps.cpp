// ps(1) of procps-ng 4.0.2, as far as it tells of processes and their namespaces. Source: src/ps/output.c. It reads
// /proc/PID/status, where the tool reads /proc/PID/stat too; there is no terminal and no time that passes, so that TTY
// is ?, TIME is 0 and STIME midnight.

#include <algorithm>
#include <charconv>
#include <functional>

#include <fmt/format.h>

#include "sim/shell/procfs.hpp"
#include "sim/shell/rows.hpp"

namespace nslab::shell {
namespace {

enum : int { kPpid = kLongOnly, kNoHeaders, kNotPlayed };

/// Long options of the tool that are not played.
constexpr std::pair<const char*, int> kNotPlayedOptions[] = {
    {"headers", no_argument},     {"headings", no_argument},    {"Group", required_argument},
    {"User", required_argument},  {"cols", required_argument},  {"columns", required_argument},
    {"context", no_argument},     {"cumulative", no_argument},  {"deselect", no_argument},
    {"forest", no_argument},      {"group", required_argument}, {"help", no_argument},
    {"info", no_argument},        {"lines", required_argument}, {"quick-pid", required_argument},
    {"rows", required_argument},  {"sid", required_argument},   {"sort", required_argument},
    {"tty", required_argument},   {"user", required_argument},  {"version", no_argument},
    {"width", required_argument},
};

OptionTable make_table() {
    OptionTable t{"eAo:O:p:fFjlyHLTMNadg:G:s:t:u:U:C:q:wV",
                  {{"format", required_argument, nullptr, 'o'},
                   {"pid", required_argument, nullptr, 'p'},
                   {"ppid", required_argument, nullptr, kPpid},
                   {"no-headers", no_argument, nullptr, kNoHeaders},
                   {"no-heading", no_argument, nullptr, kNoHeaders},
                   {"no-headings", no_argument, nullptr, kNoHeaders},
                   {"noheader", no_argument, nullptr, kNoHeaders},
                   {"noheaders", no_argument, nullptr, kNoHeaders},
                   {"noheading", no_argument, nullptr, kNoHeaders},
                   {"noheadings", no_argument, nullptr, kNoHeaders}},
                  {'O', 'F', 'l', 'y', 'H', 'L', 'T', 'M', 'N', 'a', 'd', 'g', 'G', 's', 't', 'u', 'U', 'C', 'q', 'V'},
                  0,
                  SIZE_MAX,
                  1};
    int id = kNotPlayed;
    for (const auto& [name, argument] : kNotPlayedOptions) {
        t.long_options.push_back({name, argument, nullptr, id});
        t.not_played.push_back(id++);
    }
    return t;
}

const OptionTable& table() {
    static const OptionTable t = make_table();
    return t;
}

using Cell = std::function<std::string(const ProcessEntry&)>;
struct Field {
    std::string_view name, header;
    std::size_t width;
    bool right;
    Cell cell;
};

/// As STAT shows it: the state, s for the leader of a session, l for several threads.
std::string stat_letters(const ProcessEntry& p) {
    return fmt::format("{}{}{}", p.state, p.sid == p.pid ? "s" : "", p.threads > 1 ? "l" : "");
}
std::string command(const ProcessEntry& p) { return p.state == 'Z' ? p.name + " <defunct>" : p.name; }
std::string arguments(const ProcessEntry& p) { return p.state == 'Z' ? "[" + p.name + "] <defunct>" : p.name; }

const std::vector<Field>& fields() {
    static const std::vector<Field> all = [] {
        const auto number = [](auto member) -> Cell {
            return [member](const ProcessEntry& p) { return std::to_string(p.*member); };
        };
        const auto constant = [](const char* text) -> Cell {
            return [text](const ProcessEntry&) { return std::string(text); };
        };
        const Cell state = [](const ProcessEntry& p) { return std::string(1, p.state); };
        std::vector<Field> rows = {
            {"pid", "PID", 7, true, number(&ProcessEntry::pid)},
            {"ppid", "PPID", 7, true, number(&ProcessEntry::ppid)},
            {"pgid", "PGID", 7, true, number(&ProcessEntry::pgid)},
            {"pgrp", "PGRP", 7, true, number(&ProcessEntry::pgid)},
            {"sid", "SID", 7, true, number(&ProcessEntry::sid)},
            {"sess", "SESS", 7, true, number(&ProcessEntry::sid)},
            {"session", "SESS", 7, true, number(&ProcessEntry::sid)},
            {"stat", "STAT", 4, false, stat_letters},
            {"s", "S", 1, false, state},
            {"state", "S", 1, false, state},
            {"comm", "COMMAND", 15, false, command},
            {"ucmd", "CMD", 15, false, command},
            {"args", "COMMAND", 27, false, arguments},
            {"command", "COMMAND", 27, false, arguments},
            {"cmd", "CMD", 27, false, arguments},
            {"nlwp", "NLWP", 4, true, number(&ProcessEntry::threads)},
            {"thcount", "THCNT", 5, true, number(&ProcessEntry::threads)},
            {"uid", "UID", 5, true, number(&ProcessEntry::uid)},
            {"euid", "EUID", 5, true, number(&ProcessEntry::uid)},
            {"ruid", "RUID", 5, true, number(&ProcessEntry::ruid)},
            {"gid", "GID", 5, true, number(&ProcessEntry::gid)},
            {"egid", "EGID", 5, true, number(&ProcessEntry::gid)},
            {"rgid", "RGID", 5, true, number(&ProcessEntry::rgid)},
            {"user", "USER", 8, false, [](const ProcessEntry& p) { return user_name(p.uid); }},
            {"euser", "EUSER", 8, false, [](const ProcessEntry& p) { return user_name(p.uid); }},
            {"ruser", "RUSER", 8, false, [](const ProcessEntry& p) { return user_name(p.ruid); }},
            {"tty", "TT", 8, false, constant("?")},
            {"tname", "TTY", 8, false, constant("?")},
            {"c", "C", 2, true, constant("0")},
            {"stime", "STIME", 5, true, constant("00:00")},
            {"start_time", "START", 5, true, constant("00:00")},
            {"time", "TIME", 8, true, constant("00:00:00")},
            {"bsdtime", "TIME", 6, true, constant("0:00")}};
        static constexpr std::pair<std::string_view, std::string_view> kTypes[] = {
            {"mntns", "MNTNS"}, {"netns", "NETNS"},   {"pidns", "PIDNS"},       {"utsns", "UTSNS"},
            {"ipcns", "IPCNS"}, {"userns", "USERNS"}, {"cgroupns", "CGROUPNS"}, {"timens", "TIMENS"}};
        for (std::size_t i = 0; i < kLsnsTypes.size(); ++i)
            rows.push_back({kTypes[i].first, kTypes[i].second, 10, true, [i](const ProcessEntry& p) {
                                return p.ns[i] ? std::to_string(p.ns[i]) : std::string("-");
                            }});
        return rows;
    }();
    return all;
}

struct Chosen {
    const Field* field;
    std::string header;
};

/// What the command line asks for; `wrong` is the tool's complaint.
struct Plan {
    bool all = false, headings = true;
    std::vector<Chosen> columns;
    std::vector<i32> pids, parents;
    std::string wrong;

    void add(std::string_view names, const std::optional<std::string>& header = std::nullopt) {
        std::string name;
        for (const char c : std::string(names) + ",") {
            if (c != ',' && c != ' ') {
                name += c;
                continue;
            }
            if (name.empty()) continue;
            const auto& known = fields();
            const auto field = std::find_if(known.begin(), known.end(), [&](const Field& f) { return f.name == name; });
            if (field == known.end()) {
                wrong = fmt::format("unknown user-defined format specifier \"{}\"", name);
                return;
            }
            columns.push_back({&*field, header.value_or(std::string(field->header))});
            name.clear();
        }
    }
    /// pid,ppid=PARENT: what stands behind the = is the header, up to the end.
    void format(const std::string& text) {
        const std::size_t equals = text.find('=');
        const std::size_t comma = equals == std::string::npos ? equals : text.rfind(',', equals);
        if (equals == std::string::npos) return add(text);
        if (comma != std::string::npos) add(text.substr(0, comma));
        const std::size_t from = comma == std::string::npos ? 0 : comma + 1;
        add(text.substr(from, equals - from), text.substr(equals + 1));
    }
    void numbers(std::vector<i32>& into, const std::string& text) {
        std::string word;
        for (const char c : text + ",") {
            if (c != ',' && c != ' ') {
                word += c;
                continue;
            }
            i32 n = 0;
            const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), n);
            if (error != std::errc() || end != word.data() + word.size() || n < 1) {
                wrong = "process ID list syntax error";
                return;
            }
            into.push_back(n);
            word.clear();
        }
    }
};

Plan plan_of(const CommandLine& line) {
    Plan plan;
    bool jobs = false, bsd = false, full = false;
    for (const GivenOption& o : line.options) {
        switch (o.id) {
        case 'e':
        case 'A': plan.all = true; break;
        case 'o': plan.format(*o.argument); break;
        case 'p': plan.numbers(plan.pids, *o.argument); break;
        case kPpid: plan.numbers(plan.parents, *o.argument); break;
        case 'f': full = true; break;
        case 'j': jobs = true; break;
        case kNoHeaders: plan.headings = false; break;
        default: break;
        }
    }
    // Without a dash: a and x select, j is a format, h leaves the headings out, o and p take the next word, a number is
    // a PID.
    for (std::size_t i = 0; i < line.operands.size() && plan.wrong.empty(); ++i) {
        const std::string& word = line.operands[i].text;
        if (!word.empty() && word[0] >= '0' && word[0] <= '9') {
            plan.numbers(plan.pids, word);
            continue;
        }
        for (const char c : word) {
            if (c == 'a' || c == 'x') {
                plan.all = true;
                bsd = true;
            } else if (c == 'j') {
                jobs = bsd = true;
            } else if (c == 'h') {
                plan.headings = false;
            } else if ((c == 'o' || c == 'p') && i + 1 < line.operands.size()) {
                const std::string& next = line.operands[++i].text;
                if (c == 'o')
                    plan.format(next);
                else
                    plan.numbers(plan.pids, next);
            } else if (c != 'w') {
                plan.wrong = fmt::format("the option {} is not played by nslab", c);
            }
        }
    }
    if (!plan.columns.empty() || !plan.wrong.empty()) return plan;
    if (full) {
        plan.add("user", "UID");
        plan.add("pid,ppid");
        if (jobs) plan.add("pgid,sid");
        plan.add("c,stime,tname,time,cmd");
    } else if (jobs && bsd) {
        plan.add("ppid,pid,pgid,sid");
        plan.add("tname", "TTY");
        plan.add("stat,uid,bsdtime,args");
    } else if (jobs) {
        plan.add("pid,pgid,sid,tname,time,ucmd");
    } else if (bsd) {
        plan.add("pid,tname,stat,bsdtime,args");
    } else {
        plan.add("pid,tname,time,ucmd");
    }
    return plan;
}

bool selects(const Plan& plan, const ProcessEntry& p) {
    const auto has = [](const std::vector<i32>& list, i32 n) {
        return std::find(list.begin(), list.end(), n) != list.end();
    };
    // Without a selection the tool shows what shares its terminal; nothing has one here.
    return plan.all || has(plan.pids, p.pid) || has(plan.parents, p.ppid) ||
           (plan.pids.empty() && plan.parents.empty());
}

std::string line_of(const std::vector<Chosen>& columns, const std::function<std::string(const Chosen&)>& cell) {
    std::string out;
    for (std::size_t i = 0; i < columns.size(); ++i) {
        const Field& f = *columns[i].field;
        const std::string text = cell(columns[i]);
        const bool last = i + 1 == columns.size();
        const std::size_t width = std::max(f.width, columns[i].header.size());
        const std::string pad(text.size() < width ? width - text.size() : 0, ' ');
        out += f.right ? pad + text : text + (last ? "" : pad);
        if (!last) out += ' ';
    }
    return out + "\n";
}

std::vector<Diagnostic> check(const std::vector<std::string>& argv) {
    auto found = check_options(argv, table());
    if (!found.empty()) return found;
    const Plan plan = plan_of(read_options(argv, table()));
    if (!plan.wrong.empty()) found.push_back(complaint(argv, 0, "ps: " + plan.wrong));
    return found;
}

CommandResult run(Terminal& terminal, const Invocation& invocation) {
    Tool tool(terminal, "ps");
    const CommandLine line = read_options(invocation.argv, table());
    if (line.misuse) return tool.misuse(line, table());
    const Plan plan = plan_of(line);
    if (!plan.wrong.empty()) {
        tool.say("error: " + plan.wrong);
        return tool.end(1);
    }
    const bool namespaces = std::any_of(plan.columns.begin(), plan.columns.end(), [](const Chosen& c) {
        return c.field->name.size() > 2 && c.field->name.substr(c.field->name.size() - 2) == "ns";
    });
    const auto processes = read_processes(tool, namespaces);
    if (!processes || processes->empty()) {
        tool.say("Error, do this: mount -t proc proc /proc");
        return tool.end(1);
    }
    const bool named =
        std::any_of(plan.columns.begin(), plan.columns.end(), [](const Chosen& c) { return !c.header.empty(); });
    if (plan.headings && named) tool.out(line_of(plan.columns, [](const Chosen& c) { return c.header; }));
    bool any = false;
    for (const ProcessEntry& p : *processes) {
        if (!selects(plan, p)) continue;
        any = true;
        tool.out(line_of(plan.columns, [&](const Chosen& c) { return c.field->cell(p); }));
    }
    return tool.end(any ? 0 : 1);
}

} // namespace

CommandRow ps_row() {
    return {"ps", "ps [-e | ax] [-f] [-o FORMAT] [-p PIDS] [--ppid PIDS]", false, ActorWords::any, check, run, table};
}

} // namespace nslab::shell
