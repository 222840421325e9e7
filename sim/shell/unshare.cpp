// unshare(1) of util-linux 2.38. Source: sys-utils/unshare.c.
// The id maps of --map-users, --map-groups and --map-auto are written by the helper process itself, where the tool runs
// new[ug]idmap(1).

#include <array>

#include <fmt/format.h>

#include "sim/shell/capabilities.hpp"
#include "sim/shell/idmap.hpp"
#include "sim/shell/plan.hpp"
#include "sim/shell/rows.hpp"
#include "sim/shell/signals.hpp"
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
                               {'h', 'V'},
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
    std::optional<i32> kill_child; // the signal
    std::optional<u32> uid, gid;   // to become
    // Who one is inside: a number, or the caller's own where it is to be kept.
    std::optional<u32> map_user, map_group;
    bool map_current = false;
    std::optional<IdRange> users, groups;
    bool auto_users = false, auto_groups = false; // these are to be read from /etc/subuid and /etc/subgid
    std::optional<std::string> monotonic, boottime;
    bool fork = false, keep_caps = false;
    std::string wrong; // an argument that the tool refuses

    bool binds_mount() const { return !binds.empty() && (flags & CLONE::NEWNS); }
};

class Planner {
  public:
    Plan plan;

    void option(const GivenOption& o) {
        for (const Kind& kind : kKinds) {
            if (kind.option != o.id) continue;
            plan.flags |= kind.flag;
            if (o.argument) plan.binds.emplace_back(&kind, *o.argument);
        }
        switch (o.id) {
        case 'f': plan.fork = true; break;
        case kKeepCaps: plan.keep_caps = true; break;
        case kKillChild:
            plan.fork = true;
            plan.kill_child = o.argument ? signal_number(*o.argument) : std::optional<i32>(SIG::KILL);
            if (!plan.kill_child) wrong(fmt::format("unknown signal: {}", *o.argument));
            break;
        case 'r':
            user();
            plan.map_user = plan.map_group = 0;
            plan.map_current = false;
            break;
        case 'c':
            user();
            plan.map_current = true;
            break;
        case kMapUser: map(plan.map_user, *o.argument, "uid"); break;
        case kMapGroup: map(plan.map_group, *o.argument, "gid"); break;
        case kMapUsers:
            range(plan.users, *o.argument);
            plan.auto_users = false;
            break;
        case kMapGroups:
            range(plan.groups, *o.argument);
            plan.auto_groups = false;
            break;
        case kMapAuto:
            user();
            plan.auto_users = plan.auto_groups = true;
            break;
        case 'S': id(plan.uid, *o.argument, "uid"); break;
        case 'G': id(plan.gid, *o.argument, "gid"); break;
        case 'R': plan.root = o.argument; break;
        case 'w': plan.directory = o.argument; break;
        case kMountProc:
            plan.flags |= CLONE::NEWNS;
            plan.proc = o.argument.value_or("/proc");
            break;
        case kSetgroups:
            plan.setgroups = o.argument;
            if (*o.argument != "allow" && *o.argument != "deny")
                wrong(fmt::format("unsupported --setgroups argument '{}'", *o.argument));
            break;
        case kPropagation:
            if (const auto flags = propagation_of(*o.argument))
                plan.propagation = *flags;
            else
                wrong(fmt::format("unsupported propagation mode: {}", *o.argument));
            break;
        case kMonotonic: offset(plan.monotonic, *o.argument, "monotonic"); break;
        case kBoottime: offset(plan.boottime, *o.argument, "boottime"); break;
        default: break;
        }
    }

    void finish() {
        if ((plan.monotonic || plan.boottime) && !(plan.flags & CLONE::NEWTIME))
            wrong("options --monotonic and --boottime require unsharing of a time namespace (-t)");
    }

  private:
    void wrong(std::string why) {
        if (plan.wrong.empty()) plan.wrong = std::move(why);
    }
    void user() { plan.flags |= CLONE::NEWUSER; }
    void id(std::optional<u32>& into, const std::string& text, const char* what) {
        into = id_number(text);
        if (!into) wrong(fmt::format("failed to parse {}: '{}'", what, text));
    }
    void map(std::optional<u32>& into, const std::string& text, const char* what) {
        user();
        into = id_or_name(text);
        if (!into) wrong(fmt::format("failed to parse {}: '{}'", what, text));
    }
    void range(std::optional<IdRange>& into, const std::string& text) {
        user();
        const IdRangeText read = id_range(text);
        into = read.range;
        if (!into) wrong(read.wrong);
    }
    void offset(std::optional<std::string>& into, const std::string& text, const char* what) {
        into = text;
        if (text.empty() || text.find_first_not_of("0123456789") != std::string::npos)
            wrong(fmt::format("failed to parse {} offset: '{}'", what, text));
    }
};

Plan plan_of(const CommandLine& line) {
    Planner planner;
    for (const GivenOption& o : line.options) planner.option(o);
    planner.finish();
    return planner.plan;
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
    explicit Unsharer(Plan& plan) : plan_(plan) {}

    /// Who the caller was before it became somebody else inside.
    u32 uid() const { return uid_; }
    u32 gid() const { return gid_; }

    std::optional<int> unshare(Tool& tool) {
        if (plan_.flags & CLONE::NEWUSER) {
            uid_ = static_cast<u32>(tool.probe(sys::Geteuid{}).value);
            gid_ = static_cast<u32>(tool.probe(sys::Getegid{}).value);
        }
        if (plan_.auto_users)
            if (const auto bad = read_subids(tool, "/etc/subuid", plan_.users)) return bad;
        if (plan_.auto_groups)
            if (const auto bad = read_subids(tool, "/etc/subgid", plan_.groups)) return bad;
        if (!plan_.binds.empty() || maps()) pid_ = tool.probe(sys::Getpid{}).value;
        if (plan_.binds_mount())
            if (const auto bad = fork_binder(tool)) return bad;
        if (maps() && !fork_helper(tool, mapper_)) return 1;
        const Outcome o = tool.call(sys::Unshare{plan_.flags});
        if (!o.ok()) {
            // The tool itself leaves them waiting for ever.
            if (binder_) leave(tool, *binder_, 1);
            if (mapper_) leave(tool, *mapper_, 1);
            return failed(tool, "unshare failed", o);
        }
        if (mapper_)
            if (const auto bad = map_from_outside(tool)) return bad;
        if (plan_.boottime)
            if (const auto bad = set_clock(tool, 7, *plan_.boottime)) return bad;
        if (plan_.monotonic)
            if (const auto bad = set_clock(tool, 1, *plan_.monotonic)) return bad;
        return std::nullopt;
    }

    std::optional<int> bind(Tool& tool) {
        if (!binder_) return bind_files(tool, plan_, pid_);
        tool.terminal.enter(*binder_);
        const auto now = stat(tool, own_file());
        const auto bad = !now || now->st_ino == before_ ? std::optional(1) : bind_files(tool, plan_, pid_);
        tool.terminal.back();
        leave(tool, *binder_, bad.value_or(0));
        tool.probe(sys::Wait4{*binder_, 0});
        return bad;
    }

  private:
    std::string own_file() const { return fmt::format("/proc/{}/ns/mnt", pid_); }

    /// Source: read_subid_range().
    std::optional<int> read_subids(Tool& tool, const std::string& file, std::optional<IdRange>& range) const {
        const auto say = [&](const std::string& text) {
            tool.warn(text);
            return 1;
        };
        if (uid_ != 0) return say(fmt::format("you (user {}) don't exist.", uid_)); // there is no /etc/passwd
        const FileText text = read_file(tool, file);
        if (text.error != E::OK) {
            tool.warn(fmt::format("could not open '{}'", file), text.error);
            return 1;
        }
        const SubidText found = root_subids(text.text);
        if (!found.wrong.empty()) return say(found.wrong);
        if (!found.range) return say(fmt::format("no line matching user \"root\" in {}: Success", file));
        range = found.range;
        return std::nullopt;
    }

    bool maps() const { return plan_.users || plan_.groups; }

    /// A child that stays outside and does later what cannot be done inside.
    bool fork_helper(Tool& tool, std::optional<i32>& helper) {
        helper = tool.terminal.fork(0, "");
        if (helper)
            tool.terminal.back();
        else
            tool.warn("fork failed");
        return helper.has_value();
    }

    /// The file of a mount namespace cannot be bound inside of it. Source: bind_ns_files_from_child().
    std::optional<int> fork_binder(Tool& tool) {
        const Outcome o = tool.call(sys::Newfstatat{AT::FDCWD, own_file(), 0});
        if (!o.ok()) return failed(tool, fmt::format("stat of {} failed", own_file()), o);
        if (const auto* st = o.out.get_if<StatBuf>()) before_ = st->st_ino;
        return fork_helper(tool, binder_) ? std::nullopt : std::optional(1);
    }

    /// Maps with more than one range may be written from outside only. Source: map_ids_from_child(), map_ids().
    std::optional<int> map_from_outside(Tool& tool) {
        tool.terminal.enter(*mapper_);
        std::optional<int> bad;
        if (plan_.users) bad = write_map(tool, "uid_map", inside(plan_.map_user, uid_), uid_, *plan_.users);
        if (plan_.groups && !bad) bad = write_map(tool, "gid_map", inside(plan_.map_group, gid_), gid_, *plan_.groups);
        tool.terminal.back();
        leave(tool, *mapper_, bad.value_or(0));
        tool.probe(sys::Wait4{*mapper_, 0});
        return bad;
    }
    std::optional<u32> inside(std::optional<u32> wanted, u32 own) const {
        return plan_.map_current ? std::optional(own) : wanted;
    }
    std::optional<int> write_map(Tool& tool, const char* file, std::optional<u32> inner, u32 own,
                                 const IdRange& range) {
        return write_file(tool, fmt::format("/proc/{}/{}", pid_, file), id_map_text(inner, own, range));
    }

    /// Source: settime().
    std::optional<int> set_clock(Tool& tool, int clock, const std::string& seconds) {
        const Outcome opened = tool.call(sys::Openat{AT::FDCWD, "/proc/self/timens_offsets", O::WRONLY, 0});
        if (!opened.ok()) return failed(tool, "failed to open /proc/self/timens_offsets", opened);
        const auto fd = static_cast<i32>(opened.value);
        const Outcome written = tool.call(sys::Write{fd, fmt::format("{} {} 0", clock, seconds)});
        if (!written.ok()) return failed(tool, "failed to write to /proc/self/timens_offsets", written);
        tool.call(sys::Close{fd});
        return std::nullopt;
    }

    static void leave(Tool& tool, i32 helper, int status) {
        tool.terminal.enter(helper);
        tool.terminal.call(sys::ExitGroup{status});
        tool.terminal.back();
    }

    Plan& plan_;
    i64 pid_ = 0;
    u32 uid_ = 0, gid_ = 0;
    u64 before_ = 0; // the old mount namespace
    std::optional<i32> binder_, mapper_;
};

/// Who one is inside, where the process itself may say it: one id. Source: map_id() and what calls it.
std::optional<int> map_oneself(Tool& tool, const Plan& plan, u32 uid, u32 gid) {
    const auto user = plan.map_current ? std::optional(uid) : plan.map_user;
    const auto group = plan.map_current ? std::optional(gid) : plan.map_group;
    if (user && !plan.users)
        if (const auto bad = write_file(tool, "/proc/self/uid_map", fmt::format("{} {} 1", *user, uid))) return bad;
    if (!group || plan.groups) return std::nullopt;
    if (plan.setgroups == "allow") {
        tool.warn("options --setgroups=allow and --map-group are mutually exclusive");
        return 1;
    }
    if (const auto bad = write_file(tool, "/proc/self/setgroups", "deny", true)) return bad;
    return write_file(tool, "/proc/self/gid_map", fmt::format("{} {} 1", *group, gid));
}

std::optional<int> become(Tool& tool, const Plan& plan) {
    if (plan.gid) {
        if (const Outcome o = tool.call(sys::Setgroups{}); !o.ok()) return failed(tool, "setgroups failed", o);
        const i64 gid = *plan.gid;
        if (const Outcome o = tool.call(sys::Setresgid{gid, gid, gid}); !o.ok())
            return failed(tool, "setgid failed", o);
    }
    if (!plan.uid) return std::nullopt;
    const i64 uid = *plan.uid;
    if (const Outcome o = tool.call(sys::Setresuid{uid, uid, uid}); !o.ok()) return failed(tool, "setuid failed", o);
    return std::nullopt;
}

/// The part in the process that runs the program. Source: main(), behind the fork.
std::optional<int> settle(Tool& tool, const Plan& plan, u32 uid, u32 gid) {
    if (plan.kill_child) {
        const Outcome o = tool.call(sys::Prctl{PR::SET_PDEATHSIG, static_cast<u64>(*plan.kill_child)});
        if (!o.ok()) return failed(tool, "prctl failed", o);
    }
    if (const auto bad = map_oneself(tool, plan, uid, gid)) return bad;
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
    if (const auto bad = become(tool, plan)) return bad;
    return plan.keep_caps && (plan.flags & CLONE::NEWUSER) ? keep_capabilities(tool) : std::nullopt;
}

std::vector<Diagnostic> check(const std::vector<std::string>& argv) {
    auto found = check_plan(argv, table(), plan_of);
    if (found.empty()) check_program(argv, table(), found);
    return found;
}

CommandResult unshare(Tool& tool, Plan& plan, const CommandLine& line, const Invocation& invocation) {
    Unsharer unsharer(plan);
    Spawn how;
    how.first = [&](Tool& t) { return unsharer.unshare(t); };
    // Who waits for its child is not to die of a ^C that is meant for that.
    constexpr u64 kBoth = u64{1} << (SIG::INT - 1) | u64{1} << (SIG::TERM - 1);
    u64 blocked = 0;
    if (plan.fork)
        how.before_fork = [&](Tool& t) -> std::optional<int> {
            const Outcome o = t.call(sys::RtSigprocmask{SIG_HOW::BLOCK, kBoth, OutPtr::somewhere});
            if (const auto* old = o.out.get_if<SigsetBuf>()) blocked = old->set;
            return std::nullopt;
        };
    if (!plan.binds.empty()) how.parent = [&](Tool& t) { return unsharer.bind(t); };
    how.child = [&](Tool& t) {
        if (plan.fork) t.call(sys::RtSigprocmask{SIG_HOW::SETMASK, blocked, OutPtr::null});
        return settle(t, plan, unsharer.uid(), unsharer.gid());
    };
    return spawn(tool, program_of(invocation, line.operands), how, plan.fork);
}

CommandResult run(Terminal& terminal, const Invocation& invocation) {
    return run_plan(terminal, invocation, table(), plan_of, [&](Tool& tool, Plan& plan, const CommandLine& line) {
        return unshare(tool, plan, line, invocation);
    });
}

} // namespace

std::vector<Operand> unshare_operands(const std::vector<std::string>& argv) {
    return read_options(argv, table()).operands;
}

CommandRow unshare_row() {
    return {"unshare", "unshare [-muinpUCTf] [--propagation MODE] [OPTIONS] ACTOR [&] | COMMAND",
            true,      ActorWords::none,
            check,     run,
            table};
}

} // namespace nslab::shell
