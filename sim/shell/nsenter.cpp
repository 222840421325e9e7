// nsenter(1) of util-linux 2.38. Source: sys-utils/nsenter.c. There is no SELinux, so that --follow-context does
// nothing.

#include <array>
#include <charconv>

#include <fmt/format.h>

#include "sim/shell/idmap.hpp"
#include "sim/shell/rows.hpp"
#include "sim/shell/spawn.hpp"

namespace nslab::shell {
namespace {

constexpr int kPreserve = kLongOnly;

const OptionTable& table() {
    static const OptionTable t{"+ahVt:m::u::i::n::p::C::U::T::S:G:r::w::W:FZ",
                               {{"all", no_argument, nullptr, 'a'},
                                {"help", no_argument, nullptr, 'h'},
                                {"version", no_argument, nullptr, 'V'},
                                {"target", required_argument, nullptr, 't'},
                                {"mount", optional_argument, nullptr, 'm'},
                                {"uts", optional_argument, nullptr, 'u'},
                                {"ipc", optional_argument, nullptr, 'i'},
                                {"net", optional_argument, nullptr, 'n'},
                                {"pid", optional_argument, nullptr, 'p'},
                                {"user", optional_argument, nullptr, 'U'},
                                {"cgroup", optional_argument, nullptr, 'C'},
                                {"time", optional_argument, nullptr, 'T'},
                                {"setuid", required_argument, nullptr, 'S'},
                                {"setgid", required_argument, nullptr, 'G'},
                                {"root", optional_argument, nullptr, 'r'},
                                {"wd", optional_argument, nullptr, 'w'},
                                {"wdns", optional_argument, nullptr, 'W'},
                                {"no-fork", no_argument, nullptr, 'F'},
                                {"preserve-credentials", no_argument, nullptr, kPreserve},
                                {"follow-context", no_argument, nullptr, 'Z'}},
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
// In the tool's order: user first, which the first pass leaves out and the second tries before all others.
constexpr std::array<Kind, 8> kKinds = {{{'U', CLONE::NEWUSER, "ns/user"},
                                         {'C', CLONE::NEWCGROUP, "ns/cgroup"},
                                         {'i', CLONE::NEWIPC, "ns/ipc"},
                                         {'u', CLONE::NEWUTS, "ns/uts"},
                                         {'n', CLONE::NEWNET, "ns/net"},
                                         {'p', CLONE::NEWPID, "ns/pid"},
                                         {'m', CLONE::NEWNS, "ns/mnt"},
                                         {'T', CLONE::NEWTIME, "ns/time"}}};

/// The tool's work, in its process.
class Nsenter {
  public:
    Nsenter(Tool& tool, const CommandLine& line) : tool_(tool), line_(line) {}

    std::optional<int> open_all();
    std::optional<int> enter();
    std::optional<int> change_directories();
    std::optional<int> become();
    /// Whether it will fork, judged before anything is opened.
    static bool will_fork(const CommandLine& line) { return !line.has('F') && (line.has('p') || line.has('a')); }

  private:
    std::optional<int> fail(const std::string& text, const Outcome& o) {
        tool_.warn(text, o.error);
        return 1;
    }
    std::optional<int> open(i32& fd, const std::string& type, const std::optional<std::string>& path);
    std::optional<int> find_usable();

    Tool& tool_;
    const CommandLine& line_;
    std::string target_;
    std::optional<u32> uid_, gid_; // to become
    bool groups_failed_ = false;   // the first attempt to drop them
    std::array<i32, kKinds.size()> fds_{-1, -1, -1, -1, -1, -1, -1, -1};
    std::array<bool, kKinds.size()> wanted_{};
    i32 root_fd_ = -1, wd_fd_ = -1;
};

std::optional<int> Nsenter::open(i32& fd, const std::string& type, const std::optional<std::string>& path) {
    if (!path && target_.empty()) {
        tool_.warn(fmt::format("neither filename nor target pid supplied for {}", type));
        return 1;
    }
    const std::string name = path ? *path : fmt::format("/proc/{}/{}", target_, type);
    if (fd >= 0) tool_.call(sys::Close{fd});
    const Outcome o = tool_.call(sys::Openat{AT::FDCWD, name, O::RDONLY, 0});
    if (!o.ok()) return fail("cannot open " + name, o);
    fd = static_cast<i32>(o.value);
    return std::nullopt;
}

/// --all: every type that /proc knows, but not the user namespace that the tool is in already.
std::optional<int> Nsenter::find_usable() {
    if (target_.empty()) {
        tool_.warn("no target PID specified for --all");
        return 1;
    }
    const i64 own = tool_.probe(sys::Getpid{}).value;
    for (std::size_t i = 0; i < kKinds.size(); ++i) {
        if (fds_[i] >= 0) continue;
        const auto mine = stat(tool_, fmt::format("/proc/{}/{}", own, kKinds[i].file));
        if (!mine) continue;
        if (kKinds[i].flag == CLONE::NEWUSER) {
            const std::string path = fmt::format("/proc/{}/{}", target_, kKinds[i].file);
            const Outcome o = tool_.call(sys::Newfstatat{AT::FDCWD, path, 0});
            if (!o.ok()) return fail(fmt::format("stat of {} failed", path), o);
            const auto* theirs = o.out.get_if<StatBuf>();
            if (theirs && theirs->st_ino == mine->st_ino) continue;
        }
        wanted_[i] = true;
    }
    return std::nullopt;
}

std::optional<int> Nsenter::open_all() {
    bool root = false, wd = false;
    for (const GivenOption& o : line_.options) {
        if (o.id == 't') {
            // strtoul: a number in decimal.
            target_ = *o.argument;
            if (target_.empty() || target_.find_first_not_of("0123456789") != std::string::npos) {
                tool_.warn(fmt::format("failed to parse pid: '{}'", target_));
                return 1;
            }
        }
        if (o.id == 'S' || o.id == 'G') {
            auto& id = o.id == 'S' ? uid_ : gid_;
            id = id_number(*o.argument);
            if (!id) {
                tool_.warn(fmt::format("failed to parse {}: '{}'", o.id == 'S' ? "uid" : "gid", *o.argument));
                return 1;
            }
        }
        for (std::size_t i = 0; i < kKinds.size(); ++i) {
            if (kKinds[i].option != o.id) continue;
            if (!o.argument)
                wanted_[i] = true;
            else if (const auto bad = open(fds_[i], kKinds[i].file, o.argument))
                return bad;
        }
        if (o.id == 'r') {
            if (!o.argument)
                root = true;
            else if (const auto bad = open(root_fd_, "root", o.argument))
                return bad;
        }
        if (o.id == 'w') {
            if (!o.argument)
                wd = true;
            else if (const auto bad = open(wd_fd_, "cwd", o.argument))
                return bad;
        }
    }
    if (line_.has('a'))
        if (const auto bad = find_usable()) return bad;
    for (std::size_t i = 0; i < kKinds.size(); ++i)
        if (wanted_[i])
            if (const auto bad = open(fds_[i], kKinds[i].file, std::nullopt)) return bad;
    if (root)
        if (const auto bad = open(root_fd_, "root", std::nullopt)) return bad;
    if (wd)
        if (const auto bad = open(wd_fd_, "cwd", std::nullopt)) return bad;
    return std::nullopt;
}

std::optional<int> Nsenter::enter() {
    if (fds_[0] >= 0 && !line_.has(kPreserve)) { // a user namespace: one becomes its root, if not told otherwise
        uid_ = uid_.value_or(0);
        gid_ = gid_.value_or(0);
        groups_failed_ = !tool_.probe(sys::Setgroups{}).ok();
    }
    for (int pass = 0; pass < 2; ++pass) {
        for (std::size_t i = pass == 0 ? 1 : 0; i < kKinds.size(); ++i) {
            if (fds_[i] < 0) continue;
            const Syscall call = sys::Setns{fds_[i], kKinds[i].flag};
            const Outcome o = pass == 0 ? tool_.probe(call) : tool_.call(call);
            if (!o.ok()) {
                if (pass == 0) continue; // again once the user namespace is entered
                return fail(fmt::format("reassociate to namespace '{}' failed", kKinds[i].file), o);
            }
            tool_.call(sys::Close{fds_[i]});
            fds_[i] = -1;
        }
    }
    return std::nullopt;
}

std::optional<int> Nsenter::change_directories() {
    const auto in_namespace = line_.last('W');
    if (root_fd_ >= 0) {
        if (wd_fd_ < 0 && !in_namespace) {
            const Outcome here = tool_.call(sys::Openat{AT::FDCWD, ".", O::RDONLY, 0});
            if (!here.ok()) return fail("cannot open current working directory", here);
            wd_fd_ = static_cast<i32>(here.value);
        }
        if (const Outcome o = tool_.call(sys::Fchdir{root_fd_}); !o.ok())
            return fail("change directory by root file descriptor failed", o);
        if (const Outcome o = tool_.call(sys::Chroot{"."}); !o.ok()) return fail("chroot failed", o);
        if (const Outcome o = tool_.call(sys::Chdir{"/"}); !o.ok()) return fail("cannot change directory to /", o);
        tool_.call(sys::Close{root_fd_});
    }
    if (in_namespace) {
        const Outcome o = tool_.call(sys::Openat{AT::FDCWD, *in_namespace, O::RDONLY, 0});
        if (!o.ok()) return fail("cannot open current working directory", o);
        wd_fd_ = static_cast<i32>(o.value);
    }
    if (wd_fd_ >= 0) {
        if (const Outcome o = tool_.call(sys::Fchdir{wd_fd_}); !o.ok())
            return fail("change directory by working directory file descriptor failed", o);
        tool_.call(sys::Close{wd_fd_});
    }
    return std::nullopt;
}

/// In the process that runs the program. Groups may be dropped before or behind the entry into a user namespace.
std::optional<int> Nsenter::become() {
    if (gid_) {
        const Outcome o = tool_.probe(sys::Setgroups{});
        if (!o.ok() && groups_failed_) {
            tool_.blame(o.error);
            return fail("setgroups failed", o);
        }
        const i64 gid = *gid_;
        if (const Outcome g = tool_.call(sys::Setresgid{gid, gid, gid}); !g.ok()) return fail("setgid failed", g);
    }
    if (uid_) {
        const i64 uid = *uid_;
        if (const Outcome u = tool_.call(sys::Setresuid{uid, uid, uid}); !u.ok()) return fail("setuid failed", u);
    }
    return std::nullopt;
}

std::vector<Diagnostic> check(const std::vector<std::string>& argv) {
    auto found = check_options(argv, table());
    if (!found.empty()) return found;
    const CommandLine line = read_options(argv, table());
    if (line.has('W') && line.has('w'))
        found.push_back(complaint(argv, 0, "nsenter: mutually exclusive arguments: --wdns --wd"));
    if (line.has('a') && !line.has('t'))
        found.push_back(complaint(argv, 0, "nsenter: no target PID specified for --all"));
    check_program(argv, table(), found);
    return found;
}

CommandResult run(Terminal& terminal, const Invocation& invocation) {
    Tool tool(terminal, "nsenter");
    const CommandLine line = read_options(invocation.argv, table());
    if (line.misuse) return tool.misuse(line, table());
    if (line.has('W') && line.has('w')) {
        tool.say("nsenter: mutually exclusive arguments: --wdns --wd");
        return tool.end(1);
    }
    Nsenter nsenter(tool, line);
    Spawn how;
    how.first = [&](Tool&) {
        if (const auto bad = nsenter.open_all()) return bad;
        if (const auto bad = nsenter.enter()) return bad;
        return nsenter.change_directories();
    };
    how.child = [&](Tool&) { return nsenter.become(); };
    how.stops_along = true;
    return spawn(tool, program_of(invocation, line.operands), how, Nsenter::will_fork(line));
}

} // namespace

std::vector<Operand> nsenter_operands(const std::vector<std::string>& argv) {
    return read_options(argv, table()).operands;
}

CommandRow nsenter_row() {
    return {"nsenter", "nsenter [-t ACTOR|PID] [-amuinpUCT[=FILE]] [OPTIONS] ACTOR [&] | COMMAND",
            true,      ActorWords::any,
            check,     run,
            table};
}

} // namespace nslab::shell
