#include "tests/shell/sandbox.hpp"

#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <sched.h>
#include <sstream>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>

#include "tests/shell/real_terminal.hpp"

namespace nslab::test {
namespace {

/// A directory that stays as long as the test.
struct Scratch {
    Scratch() {
        std::string name = (std::filesystem::temp_directory_path() / "nslab-shell-XXXXXX").string();
        if (!mkdtemp(name.data())) std::abort();
        outer = name;
        world = outer + "/w";
        std::filesystem::create_directory(world);
    }
    ~Scratch() { std::filesystem::remove_all(outer); }
    std::string outer, world;
};
const Scratch& scratch() {
    static const Scratch s;
    return s;
}

std::string slurp(const std::string& path) {
    std::ifstream file(path);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

std::string shell(const std::string& line) {
    std::string text;
    FILE* pipe = popen(line.c_str(), "r");
    if (!pipe) return text;
    char buffer[256];
    while (fgets(buffer, sizeof buffer, pipe)) text += buffer;
    pclose(pipe);
    return text;
}

std::string without_numbers(std::string text) {
    static const std::regex pid("/proc/[0-9]+/");
    return std::regex_replace(text, pid, "/proc/PID/");
}

/// Splits at the commas between arguments.
std::vector<std::string> arguments(const std::string& text) {
    std::vector<std::string> args;
    std::string current;
    bool quoted = false;
    int depth = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (quoted && c == '\\') {
            current += c;
            current += text[++i];
            continue;
        }
        if (c == '"') quoted = !quoted;
        if (!quoted && (c == '{' || c == '[' || c == '(')) ++depth;
        if (!quoted && (c == '}' || c == ']' || c == ')')) --depth;
        if (!quoted && depth == 0 && c == ',') {
            args.push_back(current);
            current.clear();
            if (i + 1 < text.size() && text[i + 1] == ' ') ++i;
        } else {
            current += c;
        }
    }
    args.push_back(current);
    return args;
}

std::string unquoted(const std::string& text) {
    return text.size() >= 2 && text.front() == '"' ? text.substr(1, text.size() - 2) : text;
}

/// What the tool's processes did, from strace's log.
class Log {
  public:
    std::vector<std::vector<std::string>> calls;

    void line(const std::string& text) {
        // A call that was interrupted in the log stands on two lines.
        static const std::regex begun(R"(^(\d+) +(\w+)\(.*?( <unfinished \.\.\.>)$)"),
            rest(R"(^(\d+) +<\.\.\. \w+ resumed>(.*)$)");
        std::smatch part;
        if (std::regex_match(text, part, begun)) {
            const int pid = std::stoi(part[1]);
            known(pid);
            if (part[2] == "clone" || part[2] == "fork" || part[2] == "vfork") last_fork_cwd_ = cwd_[pid];
            begun_[pid] = text.substr(0, static_cast<std::size_t>(part.position(3)));
            return;
        }
        if (std::regex_match(text, part, rest)) {
            const auto begin = begun_.find(std::stoi(part[1]));
            if (begin == begun_.end()) return;
            const std::string whole = begin->second + std::string(part[2]);
            begun_.erase(begin);
            return line(whole);
        }
        static const std::regex shape(R"(^(\d+) +(\w+)\((.*)\) += +(-?\d+|0x[0-9a-f]+|\?)(<[^>]*>)?(?: (E\w+).*)?.*$)");
        std::smatch m;
        if (!std::regex_match(text, m, shape)) return;
        const int pid = std::stoi(m[1]);
        known(pid);
        const std::string done = change(pid, m[2], arguments(m[3]), m[6]);
        if (!done.empty())
            calls[number_[pid]].push_back(
                done == "fork" ? done
                               : without_numbers(fmt::format("{} = {}", done, m[6].matched ? std::string(m[6]) : "0")));
    }

  private:
    void known(int pid) {
        if (number_.count(pid)) return;
        number_[pid] = calls.size();
        calls.emplace_back();
        cwd_[pid] = last_fork_cwd_.empty() ? scratch().world : last_fork_cwd_;
    }

    /// "dir</path>" and "name" put together.
    std::string at(int pid, const std::string& directory, const std::string& name) const {
        std::string path = unquoted(name);
        if (path.compare(0, 2, "./") == 0) path.erase(0, 2);
        if (!path.empty() && path[0] == '/') return path;
        const std::size_t open = directory.find('<');
        const std::string base =
            open == std::string::npos ? cwd_.at(pid) : directory.substr(open + 1, directory.rfind('>') - open - 1);
        return base + "/" + path;
    }

    std::string change(int pid, const std::string& name, const std::vector<std::string>& a, const std::string& error) {
        if (name == "mount") {
            const u64 flags = std::stoull(a[3], nullptr, 0);
            const u64 change = MS::BIND | MS::MOVE | MS::SHARED | MS::SLAVE | MS::PRIVATE | MS::UNBINDABLE;
            return fmt::format("mount({}, {}, {}, {:#x}, {})", a[0], a[1], flags & (change | MS::REMOUNT) ? "_" : a[2],
                               flags, flags & change ? "_" : a[4]);
        }
        if (name == "umount2") return fmt::format("umount2({}, {:#x})", a[0], std::stoul(a[1], nullptr, 0));
        if (name == "pivot_root") return fmt::format("pivot_root({}, {})", a[0], a[1]);
        if (name == "chroot") return fmt::format("chroot({})", a[0]);
        if (name == "chdir") {
            if (error.empty()) cwd_[pid] = at(pid, "", a[0]);
            return fmt::format("chdir({})", a[0]);
        }
        if (name == "fchdir") {
            const std::size_t open = a[0].find('<');
            if (error.empty() && open != std::string::npos) cwd_[pid] = a[0].substr(open + 1, a[0].size() - open - 2);
            return "fchdir";
        }
        if (name == "unshare") return fmt::format("unshare({:#x})", std::stoul(a[0], nullptr, 0));
        if (name == "setns") return fmt::format("setns({:#x})", std::stoul(a[1], nullptr, 0));
        if (name == "clone" || name == "fork" || name == "vfork") {
            last_fork_cwd_ = cwd_[pid];
            return "fork";
        }
        if (name == "mkdir" || name == "mkdirat") {
            const bool with = name == "mkdirat";
            const std::string path = at(pid, with ? a[0] : "", a[with ? 1 : 0]);
            if (path.compare(0, 5, "/run/") == 0) return ""; // libmount's own, where there is a /run
            return fmt::format("mkdir({}, {:#o})", path, std::stoul(a[with ? 2 : 1], nullptr, 8));
        }
        if (name == "rmdir") return fmt::format("rmdir({})", at(pid, "", a[0]));
        if (name == "unlink" && unquoted(a[0]).compare(0, 5, "/run/") == 0) return "";
        if (name == "unlink") return fmt::format("unlink({})", at(pid, "", a[0]));
        if (name == "unlinkat")
            return fmt::format("{}({})", std::stoul(a[2], nullptr, 0) & AT::REMOVEDIR ? "rmdir" : "unlink",
                               at(pid, a[0], a[1]));
        if (name == "symlinkat") return fmt::format("symlink({}, {})", a[0], temporary(at(pid, a[1], a[2])));
        if (name == "linkat")
            return fmt::format("link({}, {}, {:#x})", at(pid, a[0], a[1]), temporary(at(pid, a[2], a[3])),
                               std::stoul(a[4], nullptr, 0));
        if (name == "renameat2" || name == "renameat")
            return fmt::format("rename({}, {}, {:#x})", temporary(at(pid, a[0], a[1])), at(pid, a[2], a[3]),
                               name == "renameat2" ? std::stoul(a[4], nullptr, 0) : 0);
        if (name == "openat") {
            const unsigned long flags = std::stoul(a[2], nullptr, 0);
            if (!(flags & (O::CREAT | O::TRUNC)) || at(pid, a[0], a[1]).compare(0, 5, "/run/") == 0) return "";
            return fmt::format("open({}, {:#x})", at(pid, a[0], a[1]), flags);
        }
        if (name == "utimensat") return "utimensat";
        // Ours says all three ids.
        if (name == "setuid" || name == "setgid") return fmt::format("setres{0}({1}, {1}, {1})", name.substr(3), a[0]);
        if (name == "setresuid" || name == "setresgid") return fmt::format("{}({}, {}, {})", name, a[0], a[1], a[2]);
        if (name == "setgroups") return fmt::format("setgroups({})", a[0]);
        if (name == "prctl") {
            const auto number = [&](std::size_t i) { return i < a.size() ? std::stoul(a[i], nullptr, 0) : 0; };
            return prctl_text(number(0), number(1), number(2));
        }
        if (name == "capset") {
            static const std::regex sets("effective=([^,]*), permitted=([^,]*), inheritable=([^}]*)");
            std::smatch found;
            if (!std::regex_search(a[1], found, sets)) return "capset";
            // The upper half, of which there is none in most, stands behind a stroke.
            const auto set = [&](std::size_t i) {
                const std::string text = found[i];
                const std::size_t stroke = text.find('|');
                const auto upper = stroke == std::string::npos ? 0 : std::stoull(text.substr(stroke + 1), nullptr, 0);
                return std::stoull(text, nullptr, 0) | upper << 32;
            };
            return fmt::format("capset({:#x}, {:#x}, {:#x})", set(1), set(2), set(3));
        }
        if (name == "setsid") return "setsid";
        // Of unshare; libmount blocks others while it keeps its notes.
        if (name == "rt_sigprocmask" && a[1] == "[2 15]")
            return fmt::format("rt_sigprocmask({}, [INT TERM])", std::stoul(a[0], nullptr, 0));
        return "";
    }

    /// ln makes up a name.
    static std::string temporary(const std::string& path) {
        static const std::regex made_up("/C[0-9A-Za-z]{7}$");
        return std::regex_replace(path, made_up, "/CuXXXXXX");
    }

    std::map<int, std::size_t> number_;
    std::map<int, std::string> cwd_;
    std::map<int, std::string> begun_; // the first line of a call whose second is to come
    std::string last_fork_cwd_;
};

} // namespace

std::string prctl_text(u64 option, u64 arg2, u64 arg3) {
    switch (option) {
    case PR::SET_PDEATHSIG:
    case PR::SET_KEEPCAPS:
    case PR::CAPBSET_DROP:
    case PR::SET_SECUREBITS:
    case PR::SET_NO_NEW_PRIVS: return fmt::format("prctl({}, {})", option, arg2);
    case PR::CAP_AMBIENT:
        return arg2 == PR::CAP_AMBIENT_IS_SET ? "" : fmt::format("prctl({}, {}, {})", option, arg2, arg3);
    default: return "";
    }
}

std::string cannot_compare() {
    if (geteuid() != 0) return "only root can compare with the real tools";
    if (shell("mount --version 2>&1").find("util-linux 2.38") == std::string::npos)
        return "the tools here are not util-linux 2.38";
    if (shell("ls --version 2>&1").find("coreutils) 9.1") == std::string::npos)
        return "the tools here are not coreutils 9.1";
    if (shell("strace -V 2>&1").find("strace -- version") == std::string::npos) return "strace is not installed";
    if (shell("unshare -m strace -o /dev/null true 2>&1 && echo fine").find("fine") == std::string::npos)
        return "mount namespaces or ptrace are forbidden here";
    return "";
}

void stay_on_one_processor() {
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) != 0) return;
    bool found = false;
    for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
        if (found) CPU_CLR(cpu, &set);
        found = found || CPU_ISSET(cpu, &set);
    }
    sched_setaffinity(0, sizeof set, &set);
}

Deeds real_tool(const std::string& setup, const std::vector<std::string>& command) {
    const std::string log = scratch().outer + "/log", out = scratch().outer + "/out", err = scratch().outer + "/err";
    const pid_t pid = fork();
    if (pid == 0) {
        setenv("LC_ALL", "C", 1);
        umask(022);
        if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
            mount("run", "/run", "tmpfs", 0, nullptr) != 0 || // the tools keep notes there
            mount("scratch", scratch().world.c_str(), "tmpfs", 0, nullptr) != 0 || chdir(scratch().world.c_str()) != 0)
            _exit(99);
        if (std::system(setup.c_str()) != 0) _exit(98);
        const int out_fd = open(out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
        const int err_fd = open(err.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
        const int null_fd = open("/dev/null", O_RDONLY);
        dup2(null_fd, 0);
        dup2(out_fd, 1);
        dup2(err_fd, 2);
        std::vector<std::string> words = {
            "strace",
            "-f",
            "-y",
            "-q",
            "-X",
            "raw",
            "-s",
            "4096",
            "-o",
            log,
            "-e",
            "trace=mount,umount2,pivot_root,chroot,chdir,fchdir,unshare,setns,clone,fork,"
            "vfork,mkdir,mkdirat,rmdir,unlink,unlinkat,rename,renameat,renameat2,link,"
            "linkat,symlink,symlinkat,openat,utimensat,setuid,setgid,setresuid,setresgid,setgroups,"
            "prctl,capset,setsid,rt_sigprocmask"};
        words.insert(words.end(), command.begin(), command.end());
        std::vector<char*> argv;
        for (std::string& w : words) argv.push_back(w.data());
        argv.push_back(nullptr);
        execvp("strace", argv.data());
        _exit(97);
    }
    int status = 0;
    waitpid(pid, &status, 0);
    Deeds deeds;
    deeds.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    deeds.out = slurp(out);
    deeds.err = without_numbers(slurp(err));
    Log read;
    std::istringstream lines(slurp(log));
    for (std::string line; std::getline(lines, line);) read.line(line);
    deeds.calls = read.calls;
    return deeds;
}

Deeds our_command(const std::string& setup, const std::vector<std::string>& command) {
    RealTerminal terminal(scratch().world, setup);
    const CommandRow* row = find_command(command[0]);
    Deeds deeds;
    deeds.status = row->run(terminal, Invocation{command, "", false}).status;
    deeds.out = terminal.printed;
    deeds.err = without_numbers(terminal.complained);
    for (auto& process : terminal.calls) {
        for (std::string& call : process) call = without_numbers(call);
        deeds.calls.push_back(process);
    }
    // A command in a process of its own, as mount -N is one too: the terminal's own part is that fork.
    if ((row->makes_actor || row->actor_words == ActorWords::behind_N) && deeds.calls.size() > 1 &&
        deeds.calls[0] == std::vector<std::string>{"fork"})
        deeds.calls.erase(deeds.calls.begin());
    return deeds;
}

} // namespace nslab::test
