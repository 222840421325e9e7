// lsns(8) of util-linux 2.38. Source: sys-utils/lsns.c. Namespaces are listed by their lowest PID and then by type,
// where the tool sorts by inode number: that is handed out by the whole machine. COMMAND is the name of the program, as
// /proc/PID/status has it. NETNSID is
// asked of netlink, and nobody has given one.

#include <algorithm>
#include <charconv>
#include <map>
#include <set>

#include <fmt/format.h>

#include "sim/shell/columns.hpp"
#include "sim/shell/libmount.hpp"
#include "sim/shell/plan.hpp"
#include "sim/shell/procfs.hpp"
#include "sim/shell/rows.hpp"

namespace nslab::shell {
namespace {

constexpr int kOutputAll = kLongOnly;
constexpr std::size_t kNowhere = std::string::npos;

const OptionTable& table() {
    static const OptionTable t{"Jlp:o:nruhVt:T::W",
                               {{"json", no_argument, nullptr, 'J'},
                                {"task", required_argument, nullptr, 'p'},
                                {"help", no_argument, nullptr, 'h'},
                                {"output", required_argument, nullptr, 'o'},
                                {"output-all", no_argument, nullptr, kOutputAll},
                                {"notruncate", no_argument, nullptr, 'u'},
                                {"version", no_argument, nullptr, 'V'},
                                {"noheadings", no_argument, nullptr, 'n'},
                                {"nowrap", no_argument, nullptr, 'W'},
                                {"list", no_argument, nullptr, 'l'},
                                {"raw", no_argument, nullptr, 'r'},
                                {"type", required_argument, nullptr, 't'},
                                {"tree", optional_argument, nullptr, 'T'}},
                               {'h', 'V'},
                               0,
                               1,
                               1};
    return t;
}

const std::vector<Column>& known_columns() {
    static const std::vector<Column> columns = {{"NS", true, true},
                                                {"TYPE"},
                                                {"PATH"},
                                                {"NPROCS", true, true},
                                                {"PID", true, true},
                                                {"PPID", true, true},
                                                {"COMMAND"},
                                                {"UID", true, true},
                                                {"USER"},
                                                {"NETNSID", true},
                                                {"NSFS"},
                                                {"PNS", true, true},
                                                {"ONS", true, true}};
    return columns;
}

struct NamespaceEntry {
    std::size_t type = 0;
    u64 id = 0;
    u64 parent = 0, owner = 0;              // inode numbers, 0 where there is none or it cannot be seen
    std::vector<const ProcessEntry*> procs; // by PID
    u32 owner_uid = 0;
};

enum class Tree { none, process, owner, parent };

/// What the options ask for; `wrong` is the tool's complaint.
struct Plan {
    Listing::Style style = Listing::Style::aligned;
    bool headings = true;
    Tree tree = Tree::process;
    std::set<std::size_t> types; // empty for all
    std::vector<std::string> columns;
    std::optional<i32> task;
    std::optional<u64> ns;
    std::string wrong;
};

std::optional<u64> number(std::string_view text) {
    u64 value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size() && !text.empty() ? std::optional(value)
                                                                                     : std::nullopt;
}

void choose_columns(Plan& plan, std::string list) {
    const bool more = !list.empty() && list[0] == '+';
    if (!more) plan.columns.clear();
    if (more) list.erase(0, 1);
    std::string name;
    for (const char c : list + ",") {
        if (c != ',') {
            name += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
            continue;
        }
        const auto& all = known_columns();
        if (std::none_of(all.begin(), all.end(), [&](const Column& k) { return k.name == name; })) {
            plan.wrong = "unknown column: " + name;
            return;
        }
        plan.columns.push_back(std::exchange(name, ""));
    }
}

Plan plan_of(const CommandLine& line) {
    Plan plan;
    bool list = false;
    for (const GivenOption& o : line.options) {
        switch (o.id) {
        case 'J': plan.style = Listing::Style::json; break;
        case 'r': plan.style = Listing::Style::raw; break;
        case 'l': list = true; break;
        case 'n': plan.headings = false; break;
        case 't': {
            const auto type = std::find(kLsnsTypes.begin(), kLsnsTypes.end(), *o.argument);
            if (type == kLsnsTypes.end()) plan.wrong = "unknown namespace type: " + *o.argument;
            plan.types.insert(static_cast<std::size_t>(type - kLsnsTypes.begin()));
            break;
        }
        case 'T':
            plan.tree = !o.argument || *o.argument == "owner" ? Tree::owner
                        : *o.argument == "parent"             ? Tree::parent
                                                              : Tree::process;
            if (o.argument && *o.argument != "owner" && *o.argument != "parent" && *o.argument != "process")
                plan.wrong = "unknown tree type: " + *o.argument;
            break;
        case 'p': {
            const auto pid = number(*o.argument);
            if (!pid) plan.wrong = fmt::format("invalid PID argument: '{}'", *o.argument);
            plan.task = static_cast<i32>(pid.value_or(0));
            break;
        }
        default: break;
        }
    }
    if (line.has('J') && line.has('r')) plan.wrong = "mutually exclusive arguments: --json --raw";
    if (list) plan.tree = Tree::none;
    if (!line.operands.empty()) {
        plan.ns = number(line.operands[0].text);
        if (!plan.ns) plan.wrong = fmt::format("invalid namespace argument: '{}'", line.operands[0].text);
        if (plan.task) plan.wrong = "--task is mutually exclusive with <namespace>";
        plan.columns = {"PID", "PPID", "USER", "COMMAND"};
        if (!list) plan.tree = Tree::process;
    } else {
        plan.columns = {"NS", "TYPE", "NPROCS", "PID", "USER", "COMMAND"};
        if (plan.types.count(1)) plan.columns = {"NS", "TYPE", "NPROCS", "PID", "USER", "NETNSID", "NSFS", "COMMAND"};
    }
    if (line.has(kOutputAll)) {
        plan.columns.clear();
        for (const Column& column : known_columns()) plan.columns.emplace_back(column.name);
    }
    if (const auto columns = line.last('o'); columns && plan.wrong.empty()) choose_columns(plan, *columns);
    return plan;
}

class Lsns {
  public:
    Lsns(Tool& tool, const Plan& plan) : tool_(tool), plan_(plan) {}

    int run() {
        auto read = read_processes(tool_, true);
        if (!read) {
            tool_.warn("cannot open /proc", E::NOENT);
            return 1;
        }
        processes_ = std::move(*read);
        collect();
        if (has_column("NSFS")) mounts_ = MountTable::read(tool_).lines;
        print_.style = plan_.style;
        print_.name = "namespaces";
        print_.headings = plan_.headings;
        const bool by_process = plan_.ns || plan_.tree == Tree::process;
        for (const std::string& name : plan_.columns)
            for (Column column : known_columns()) {
                if (column.name != name) continue;
                const bool branches = plan_.tree != Tree::none && name == (by_process ? "COMMAND" : "NS");
                column.tree = branches;
                if (branches) column.right = false;
                print_.columns.push_back(column);
            }
        if (plan_.ns) {
            const auto found = std::find_if(namespaces_.begin(), namespaces_.end(),
                                            [&](const NamespaceEntry& n) { return n.id == *plan_.ns; });
            if (found == namespaces_.end()) {
                tool_.warn(fmt::format("not found namespace: {}", *plan_.ns));
                return 1;
            }
            for (const ProcessEntry* p : found->procs)
                if (!lines_.count(p)) show_process(*p, *found);
        } else {
            show_namespaces();
        }
        if (!print_.lines.empty() || plan_.style == Listing::Style::json) tool_.out(to_string(print_));
        return 0;
    }

  private:
    bool has_column(std::string_view name) const {
        return std::find(plan_.columns.begin(), plan_.columns.end(), name) != plan_.columns.end();
    }

    // What there is ----

    void collect() {
        for (const ProcessEntry& p : processes_)
            for (std::size_t type = 0; type < kLsnsTypes.size(); ++type)
                if (p.ns[type] && (plan_.types.empty() || plan_.types.count(type)))
                    entry(type, p.ns[type]).procs.push_back(&p);
        std::stable_sort(namespaces_.begin(), namespaces_.end(), [](const NamespaceEntry& a, const NamespaceEntry& b) {
            return a.procs[0]->pid < b.procs[0]->pid;
        });
        const bool relations =
            has_column("PNS") || has_column("ONS") || plan_.tree == Tree::owner || plan_.tree == Tree::parent;
        if (!relations) return;
        const std::size_t with_processes = namespaces_.size();
        for (std::size_t i = 0; i < with_processes; ++i) {
            const std::string path =
                fmt::format("/proc/{}/ns/{}", namespaces_[i].procs[0]->pid, kLsnsTypes[namespaces_[i].type]);
            const Outcome opened = tool_.probe(sys::Openat{AT::FDCWD, path, O::RDONLY, 0});
            if (opened.ok()) relate(i, static_cast<i32>(opened.value));
        }
    }

    NamespaceEntry& entry(std::size_t type, u64 id) {
        for (NamespaceEntry& n : namespaces_)
            if (n.type == type && n.id == id) return n;
        namespaces_.push_back({type, id, 0, 0, {}, 0});
        return namespaces_.back();
    }

    /// Asks an open namespace for its parent and its owner, and these for theirs where no process is in them; closes
    /// it.
    void relate(std::size_t i, i32 fd) {
        const std::size_t type = namespaces_[i].type;
        if (kLsnsTypes[type] == "user" || kLsnsTypes[type] == "pid") {
            const u64 parent = ask(fd, NS::GET_PARENT, type, plan_.tree == Tree::parent);
            namespaces_[i].parent = parent;
        }
        const u64 owner = ask(fd, NS::GET_USERNS, 5, plan_.tree == Tree::owner);
        namespaces_[i].owner = owner;
        tool_.probe(sys::Close{fd});
    }

    u64 ask(i32 fd, u32 what, std::size_t type, bool list_it) {
        const Outcome o = tool_.probe(sys::Ioctl{fd, what, 0});
        if (!o.ok()) return 0;
        const auto other = static_cast<i32>(o.value);
        const Outcome st = tool_.probe(sys::Newfstatat{other, "", AT::EMPTY_PATH});
        const auto* buffer = st.out.get_if<StatBuf>();
        const u64 id = st.ok() && buffer ? buffer->st_ino : 0;
        const bool known = std::any_of(namespaces_.begin(), namespaces_.end(),
                                       [&](const NamespaceEntry& n) { return n.type == type && n.id == id; });
        if (!id || known || !list_it) {
            tool_.probe(sys::Close{other});
            return id;
        }
        namespaces_.push_back({type, id, 0, 0, {}, 0});
        relate(namespaces_.size() - 1, other);
        return id;
    }

    // What is shown ----

    void show_namespaces() {
        const auto shown = [&](const NamespaceEntry& n) {
            return !plan_.task || std::any_of(n.procs.begin(), n.procs.end(),
                                              [&](const ProcessEntry* p) { return p->pid == *plan_.task; });
        };
        for (std::size_t i = 0; i < namespaces_.size(); ++i)
            if (shown(namespaces_[i])) show_namespace(i);
    }

    /// A namespace behind the one that it hangs on.
    std::size_t show_namespace(std::size_t i) {
        if (const auto done = shown_.find(i); done != shown_.end()) return done->second;
        const NamespaceEntry& n = namespaces_[i];
        std::size_t parent = kNowhere;
        if (plan_.tree == Tree::process && !n.procs.empty()) {
            for (const ProcessEntry& p : processes_)
                if (p.pid == n.procs[0]->ppid && lines_.count(&p)) parent = lines_.at(&p);
        } else if (plan_.tree == Tree::owner || plan_.tree == Tree::parent) {
            const bool by_parent = plan_.tree == Tree::parent;
            // A user namespace hangs on its parent, which is its owner.
            const u64 id = by_parent ? n.parent : n.owner;
            const std::size_t type = by_parent ? n.type : 5;
            for (std::size_t k = 0; id && k < namespaces_.size(); ++k)
                if (namespaces_[k].id == id && namespaces_[k].type == type && k != i) parent = show_namespace(k);
        }
        return shown_[i] = add(n, n.procs.empty() ? nullptr : n.procs[0], parent);
    }

    /// A process of one namespace, behind its parent where that is in it too.
    void show_process(const ProcessEntry& p, const NamespaceEntry& n) {
        std::size_t parent = kNowhere;
        if (plan_.tree != Tree::none)
            for (const ProcessEntry* each : n.procs) {
                if (each->pid != p.ppid) continue;
                if (!lines_.count(each)) show_process(*each, n);
                parent = lines_.at(each);
            }
        add(n, &p, parent);
    }

    std::size_t add(const NamespaceEntry& n, const ProcessEntry* p, std::size_t parent) {
        std::vector<std::string> cells;
        for (const std::string& column : plan_.columns) cells.push_back(cell(n, p, column));
        const std::size_t line = print_.add(std::move(cells), parent);
        if (p) lines_[p] = line;
        return line;
    }

    std::string cell(const NamespaceEntry& n, const ProcessEntry* p, std::string_view column) const {
        if (column == "NS") return std::to_string(n.id);
        if (column == "TYPE") return std::string(kLsnsTypes[n.type]);
        if (column == "NPROCS") return std::to_string(n.procs.size());
        if (column == "PNS") return std::to_string(n.parent);
        if (column == "ONS") return std::to_string(n.owner);
        if (column == "NSFS") return bound_on(n);
        if (column == "NETNSID") return kLsnsTypes[n.type] == "net" ? "unassigned" : "";
        if (!p) return column == "USER" ? user_name(n.owner_uid) : column == "UID" ? std::to_string(n.owner_uid) : "";
        if (column == "PATH") return fmt::format("/proc/{}/ns/{}", p->pid, kLsnsTypes[n.type]);
        if (column == "PID") return std::to_string(p->pid);
        if (column == "PPID") return std::to_string(p->ppid);
        if (column == "COMMAND") return p->name;
        if (column == "UID") return std::to_string(p->uid);
        return user_name(p->uid); // USER
    }

    /// Where the namespace's file is bound, in this mount namespace.
    std::string bound_on(const NamespaceEntry& n) const {
        std::string out;
        const std::string root = fmt::format("{}:[{}]", kLsnsTypes[n.type], n.id);
        for (const MountinfoLine& m : mounts_)
            if (m.fs_type == "nsfs" && m.root == root) out += (out.empty() ? "" : ",") + m.mount_point;
        return out;
    }

    Tool& tool_;
    const Plan& plan_;
    std::vector<ProcessEntry> processes_;
    std::vector<NamespaceEntry> namespaces_;
    std::vector<MountinfoLine> mounts_;
    Listing print_;
    std::map<const ProcessEntry*, std::size_t> lines_; // the last line of each process
    std::map<std::size_t, std::size_t> shown_;         // of each namespace
};

std::vector<Diagnostic> check(const std::vector<std::string>& argv) { return check_plan(argv, table(), plan_of); }

CommandResult run(Terminal& terminal, const Invocation& invocation) {
    return run_plan(terminal, invocation, table(), plan_of,
                    [](Tool& tool, const Plan& plan, const CommandLine&) { return tool.end(Lsns(tool, plan).run()); });
}

} // namespace

CommandRow lsns_row() {
    return {"lsns", "lsns [-lnrJ] [-t TYPE] [-T[OWNER|PARENT|PROCESS]] [-o COLUMNS] [-p PID] [NAMESPACE]",
            false,  ActorWords::any,
            check,  run,
            table};
}

} // namespace nslab::shell
