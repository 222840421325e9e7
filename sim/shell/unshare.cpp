// unshare(1) of util-linux 2.38. Source: sys-utils/unshare.c. Not played: what needs calls that are not modelled yet
// (setting ids and capabilities, clock offsets, new[ug]idmap).

#include <array>

#include <fmt/format.h>

#include "sim/shell/rows.hpp"
#include "sim/shell/spawn.hpp"

namespace nslab::shell {
namespace {

enum : int {
    kMountProc = kLongOnly,
    kPropagation,
    kSetgroups,
    kKillChild,
    kKeepCaps,
    kMonotonic,
    kBoottime,
    kMapUser,
    kMapUsers,
    kMapGroup,
    kMapGroups,
    kMapAuto,
};

const OptionTable& table() {
    static const OptionTable t{"+fhVmuinpCTUrR:w:S:G:c",
                               {{"help", no_argument, nullptr, 'h'},
                                {"version", no_argument, nullptr, 'V'},
                                {"mount", optional_argument, nullptr, 'm'},
                                {"uts", optional_argument, nullptr, 'u'},
                                {"ipc", optional_argument, nullptr, 'i'},
                                {"net", optional_argument, nullptr, 'n'},
                                {"pid", optional_argument, nullptr, 'p'},
                                {"user", optional_argument, nullptr, 'U'},
                                {"cgroup", optional_argument, nullptr, 'C'},
                                {"time", optional_argument, nullptr, 'T'},
                                {"fork", no_argument, nullptr, 'f'},
                                {"kill-child", optional_argument, nullptr, kKillChild},
                                {"mount-proc", optional_argument, nullptr, kMountProc},
                                {"map-user", required_argument, nullptr, kMapUser},
                                {"map-users", required_argument, nullptr, kMapUsers},
                                {"map-group", required_argument, nullptr, kMapGroup},
                                {"map-groups", required_argument, nullptr, kMapGroups},
                                {"map-root-user", no_argument, nullptr, 'r'},
                                {"map-current-user", no_argument, nullptr, 'c'},
                                {"map-auto", no_argument, nullptr, kMapAuto},
                                {"propagation", required_argument, nullptr, kPropagation},
                                {"setgroups", required_argument, nullptr, kSetgroups},
                                {"keep-caps", no_argument, nullptr, kKeepCaps},
                                {"setuid", required_argument, nullptr, 'S'},
                                {"setgid", required_argument, nullptr, 'G'},
                                {"root", required_argument, nullptr, 'R'},
                                {"wd", required_argument, nullptr, 'w'},
                                {"monotonic", required_argument, nullptr, kMonotonic},
                                {"boottime", required_argument, nullptr, kBoottime}},
                               {'h', 'V', 'c', kMapUser, kMapUsers, kMapGroup, kMapGroups, kMapAuto, kKeepCaps, 'S',
                                'G', kMonotonic, kBoottime},
                               0,
                               SIZE_MAX,
                               1};
    return t;
}

struct Kind {
    int option;
    u64 flag;
    const char* file; // below /proc/PID
};
// In the order in which the tool binds their files.
constexpr std::array<Kind, 8> kKinds = {{{'U', CLONE::NEWUSER, "ns/user"},
                                         {'C', CLONE::NEWCGROUP, "ns/cgroup"},
                                         {'i', CLONE::NEWIPC, "ns/ipc"},
                                         {'u', CLONE::NEWUTS, "ns/uts"},
                                         {'n', CLONE::NEWNET, "ns/net"},
                                         {'p', CLONE::NEWPID, "ns/pid_for_children"},
                                         {'m', CLONE::NEWNS, "ns/mnt"},
                                         {'T', CLONE::NEWTIME, "ns/time_for_children"}}};

std::optional<u64> propagation_of(const std::string& word) {
    if (word == "slave") return MS::REC | MS::SLAVE;
    if (word == "private") return MS::REC | MS::PRIVATE;
    if (word == "shared") return MS::REC | MS::SHARED;
    if (word == "unchanged") return 0;
    return std::nullopt;
}

/// What the options ask for.
struct Plan {
    u64 flags = 0;
    std::vector<std::pair<const Kind*, std::string>> binds; // files that keep a namespace alive
    u64 propagation = MS::REC | MS::PRIVATE;
    std::optional<std::string> root, directory, proc;
    std::optional<std::string> setgroups;
    bool fork = false, map_root = false;
    std::string wrong; // an argument that the tool refuses

    bool binds_mount() const { return !binds.empty() && (flags & CLONE::NEWNS); }
};

Plan plan_of(const CommandLine& line) {
    Plan plan;
    for (const GivenOption& o : line.options) {
        for (const Kind& kind : kKinds) {
            if (kind.option != o.id) continue;
            plan.flags |= kind.flag;
            if (o.argument) plan.binds.emplace_back(&kind, *o.argument);
        }
        switch (o.id) {
        case 'f':
        case kKillChild: plan.fork = true; break;
        case 'r':
            plan.flags |= CLONE::NEWUSER;
            plan.map_root = true;
            break;
        case 'R': plan.root = o.argument; break;
        case 'w': plan.directory = o.argument; break;
        case kMountProc:
            plan.flags |= CLONE::NEWNS;
            plan.proc = o.argument.value_or("/proc");
            break;
        case kSetgroups:
            plan.setgroups = o.argument;
            if (*o.argument != "allow" && *o.argument != "deny" && plan.wrong.empty())
                plan.wrong = fmt::format("unsupported --setgroups argument '{}'", *o.argument);
            break;
        case kPropagation:
            if (const auto flags = propagation_of(*o.argument))
                plan.propagation = *flags;
            else if (plan.wrong.empty())
                plan.wrong = fmt::format("unsupported propagation mode: {}", *o.argument);
            break;
        default: break;
        }
    }
    return plan;
}

/// Says why, as err(3) does, and what to exit with.
std::optional<int> failed(Tool& tool, const std::string& text, const Outcome& o) {
    tool.warn(text, o.error);
    return 1;
}

/// Binds the files of new namespaces of process `pid`. Source: bind_ns_files().
std::optional<int> bind_files(Tool& tool, const Plan& plan, i64 pid) {
    for (const Kind& kind : kKinds) {
        const std::string* target = nullptr;
        for (const auto& [wanted, file] : plan.binds)
            if (wanted->flag == kind.flag) target = &file; // the last one given
        if (!target) continue;
        const std::string source = fmt::format("/proc/{}/{}", pid, kind.file);
        const Outcome o = tool.call(sys::Mount{source, *target, nullptr, MS::BIND, nullptr});
        if (!o.ok()) return failed(tool, fmt::format("mount {} on {} failed", source, *target), o);
    }
    return std::nullopt;
}

std::optional<int> write_file(Tool& tool, const std::string& path, const std::string& text, bool may_miss = false) {
    const Outcome opened = tool.call(sys::Openat{AT::FDCWD, path, O::WRONLY, 0});
    if (!opened.ok()) {
        if (may_miss && opened.error == E::NOENT) return std::nullopt;
        return failed(tool, "cannot open " + path, opened);
    }
    const auto fd = static_cast<i32>(opened.value);
    const Outcome written = tool.call(sys::Write{fd, text});
    if (!written.ok()) return failed(tool, "write failed " + path, written);
    tool.call(sys::Close{fd});
    return std::nullopt;
}

/// The tool's own process: unshare(2), and the binding of the new namespaces' files.
class Unsharer {
  public:
    explicit Unsharer(const Plan& plan) : plan_(plan) {}

    std::optional<int> unshare(Tool& tool) {
        if (!plan_.binds.empty()) pid_ = tool.probe(sys::Getpid{}).value;
        if (plan_.binds_mount())
            if (const auto bad = fork_helper(tool)) return bad;
        const Outcome o = tool.call(sys::Unshare{plan_.flags});
        if (o.ok()) return std::nullopt;
        if (helper_) leave_helper(tool, 1); // the tool itself leaves it waiting for ever
        return failed(tool, "unshare failed", o);
    }

    std::optional<int> bind(Tool& tool) {
        if (!helper_) return bind_files(tool, plan_, pid_);
        tool.terminal.enter(*helper_);
        const auto now = stat(tool, own_file());
        const auto bad = !now || now->st_ino == before_ ? std::optional(1) : bind_files(tool, plan_, pid_);
        tool.terminal.back();
        leave_helper(tool, bad.value_or(0));
        tool.probe(sys::Wait4{*helper_, 0});
        return bad;
    }

  private:
    std::string own_file() const { return fmt::format("/proc/{}/ns/mnt", pid_); }

    /// The file of a mount namespace cannot be bound inside of it, so a child that stays outside does it afterwards.
    /// Source: bind_ns_files_from_child().
    std::optional<int> fork_helper(Tool& tool) {
        const Outcome o = tool.call(sys::Newfstatat{AT::FDCWD, own_file(), 0});
        if (!o.ok()) return failed(tool, fmt::format("stat of {} failed", own_file()), o);
        if (const auto* st = std::get_if<StatBuf>(&o.out)) before_ = st->st_ino;
        helper_ = tool.terminal.fork(0, "");
        if (helper_) {
            tool.terminal.back();
            return std::nullopt;
        }
        tool.warn("fork failed");
        return 1;
    }

    void leave_helper(Tool& tool, int status) {
        tool.terminal.enter(*helper_);
        tool.terminal.call(sys::ExitGroup{status});
        tool.terminal.back();
    }

    const Plan& plan_;
    i64 pid_ = 0;
    u64 before_ = 0; // the old mount namespace
    std::optional<i32> helper_;
};

/// The part in the process that runs the program. Source: main(), behind the fork.
std::optional<int> settle(Tool& tool, const Plan& plan) {
    if (plan.map_root) {
        if (const auto bad = write_file(tool, "/proc/self/uid_map", "0 0 1")) return bad;
        if (plan.setgroups == "allow") {
            tool.warn("options --setgroups=allow and --map-group are mutually exclusive");
            return 1;
        }
        if (const auto bad = write_file(tool, "/proc/self/setgroups", "deny", true)) return bad;
        if (const auto bad = write_file(tool, "/proc/self/gid_map", "0 0 1")) return bad;
    }
    if (plan.setgroups)
        if (const auto bad = write_file(tool, "/proc/self/setgroups", *plan.setgroups, true)) return bad;
    if ((plan.flags & CLONE::NEWNS) && plan.propagation) {
        const Outcome o = tool.call(sys::Mount{"none", "/", nullptr, plan.propagation, nullptr});
        if (!o.ok()) return failed(tool, "cannot change root filesystem propagation", o);
    }
    std::optional<std::string> directory = plan.directory;
    if (plan.root) {
        const Outcome o = tool.call(sys::Chroot{*plan.root});
        if (!o.ok()) return failed(tool, fmt::format("cannot change root directory to '{}'", *plan.root), o);
        if (!directory) directory = "/";
    }
    if (directory) {
        const Outcome o = tool.call(sys::Chdir{*directory});
        if (!o.ok()) return failed(tool, fmt::format("cannot chdir to '{}'", *directory), o);
    }
    if (plan.proc) {
        if (!plan.root && plan.propagation != (MS::PRIVATE | MS::REC)) {
            const Outcome o = tool.probe(sys::Mount{"none", *plan.proc, nullptr, MS::PRIVATE | MS::REC, nullptr});
            if (!o.ok() && o.error != E::INVAL)
                return failed(tool, fmt::format("cannot change {} filesystem propagation", *plan.proc), o);
        }
        const Outcome o =
            tool.call(sys::Mount{"proc", *plan.proc, "proc", MS::NOSUID | MS::NODEV | MS::NOEXEC, nullptr});
        if (!o.ok()) return failed(tool, fmt::format("mount {} failed", *plan.proc), o);
    }
    return std::nullopt;
}

std::vector<Diagnostic> check(const std::vector<std::string>& argv) {
    auto found = check_options(argv, table());
    if (!found.empty()) return found;
    const CommandLine line = read_options(argv, table());
    if (const Plan plan = plan_of(line); !plan.wrong.empty())
        found.push_back(complaint(argv, 0, "unshare: " + plan.wrong));
    if (line.has(kKillChild)) {
        found.push_back(
            complaint(argv, 0, "unshare: --kill-child plays as --fork: the child outlives its parent here"));
        found.back().warning = true;
    }
    if (line.operands.empty())
        found.push_back(complaint(argv, 0, "unshare: a new actor or a command is missing at the end"));
    else if (!new_actor_word(argv))
        for (Diagnostic& d : check_program(argv, line.operands[0].word)) found.push_back(std::move(d));
    return found;
}

CommandResult run(Terminal& terminal, const Invocation& invocation) {
    Tool tool(terminal, "unshare");
    const CommandLine line = read_options(invocation.argv, table());
    if (line.misuse) return tool.misuse(line, table());
    const Plan plan = plan_of(line);
    if (!plan.wrong.empty()) {
        tool.warn(plan.wrong);
        return tool.end(1);
    }
    const Program program = program_of(invocation, line.operands);
    Unsharer unsharer(plan);
    Spawn how{[&](Tool& t) { return unsharer.unshare(t); }, nullptr, nullptr};
    if (!plan.binds.empty()) how.parent = [&](Tool& t) { return unsharer.bind(t); };
    how.child = [&](Tool& t) { return settle(t, plan); };
    return spawn(tool, program, how, plan.fork);
}

} // namespace

std::vector<Operand> unshare_operands(const std::vector<std::string>& argv) {
    return read_options(argv, table()).operands;
}

CommandRow unshare_row() {
    return {
        "unshare", "unshare [-muinpUCTf] [--propagation MODE] [OPTIONS] ACTOR [&] | COMMAND", true, false, check, run,
        table};
}

} // namespace nslab::shell
