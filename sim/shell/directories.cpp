// mkdir(1), rmdir(1) and touch(1) of coreutils 9.1.

#include <algorithm>

#include <fmt/format.h>

#include "sim/shell/rows.hpp"
#include "sim/shell/tool.hpp"

namespace nslab::shell {
namespace {

// mkdir ---------------------------------------------------------------------------------------------------------------

const OptionTable& mkdir_table() {
    static const OptionTable t{"pm:vZ",
                               {{"context", optional_argument, nullptr, 'Z'},
                                {"mode", required_argument, nullptr, 'm'},
                                {"parents", no_argument, nullptr, 'p'},
                                {"verbose", no_argument, nullptr, 'v'},
                                {"help", no_argument, nullptr, 'h'},
                                {"version", no_argument, nullptr, 'V'}},
                               {'Z', 'h', 'V'},
                               1};
    return t;
}

/// An octal mode; symbolic ones are not played.
std::optional<u32> octal(const std::string& text) {
    u32 mode = 0;
    for (const char c : text) {
        if (c < '0' || c > '7' || mode > 07777) return std::nullopt;
        mode = mode * 8 + static_cast<u32>(c - '0');
    }
    return text.empty() || mode > 07777 ? std::nullopt : std::optional(mode);
}

std::vector<Diagnostic> check_mkdir(const std::vector<std::string>& argv) {
    auto found = check_options(argv, mkdir_table());
    const auto mode = read_options(argv, mkdir_table()).last('m');
    if (found.empty() && mode && !octal(*mode))
        found.push_back(complaint(argv, 0, fmt::format("mkdir: invalid mode {}", quote_always(*mode))));
    return found;
}

class Mkdir {
  public:
    Mkdir(Tool& tool, const CommandLine& line)
        : tool_(tool), mode_(octal(line.last('m').value_or("777")).value_or(0777)), verbose_(line.has('v')) {}

    bool one(const std::string& path) {
        const Outcome o = tool_.call(sys::Mkdirat{AT::FDCWD, path, mode_});
        if (!o.ok()) {
            tool_.warn(fmt::format("cannot create directory {}", quote_always(path)), o.error);
            return false;
        }
        said(path);
        return true;
    }

    /// With -p: what is missing above it first. The tool walks down with fchdir(2); here the whole prefixes are named,
    /// for the actor's own working directory has to stay. Source: gnulib lib/mkancesdirs.c.
    bool with_parents(const std::string& path) {
        for (std::size_t end = path.find_first_not_of('/'); end != std::string::npos;) {
            end = path.find('/', end);
            const std::size_t next = path.find_first_not_of('/', std::min(end, path.size()));
            if (next == std::string::npos) break;
            const std::string prefix = path.substr(0, end);
            end = next;
            const std::string last = base_name(prefix);
            if (last == "." || last == "..") continue;
            const Outcome o = tool_.probe(sys::Mkdirat{AT::FDCWD, prefix, 0777});
            if (o.ok())
                said(prefix);
            else if (o.error != E::EXIST || !is_directory(stat(tool_, prefix).value_or(StatBuf{}))) {
                const E error = o.error == E::EXIST ? E::NOTDIR : o.error;
                tool_.warn(fmt::format("cannot create directory {}", quote_always(prefix)), error);
                return false;
            }
        }
        const Outcome o = tool_.probe(sys::Mkdirat{AT::FDCWD, path, mode_});
        if (o.ok()) {
            said(path);
            return true;
        }
        if (is_directory(stat(tool_, path).value_or(StatBuf{}))) return true;
        tool_.warn(fmt::format("cannot create directory {}", quote_always(path)), o.error);
        return false;
    }

  private:
    void said(const std::string& path) {
        if (verbose_) tool_.out(fmt::format("mkdir: created directory {}\n", quote_always(path)));
    }

    Tool& tool_;
    u32 mode_;
    bool verbose_;
};

CommandResult run_mkdir(Terminal& terminal, const Invocation& invocation) {
    Tool tool(terminal, "mkdir");
    const CommandLine line = read_options(invocation.argv, mkdir_table());
    if (line.misuse) return tool.misuse(line, mkdir_table());
    if (line.operands.empty()) return tool.bad_usage("missing operand");
    Mkdir mkdir(tool, line);
    bool good = true;
    for (const Operand& o : line.operands) {
        const bool done = line.has('p') ? mkdir.with_parents(o.text) : mkdir.one(o.text);
        good = done && good;
    }
    return tool.end(good ? 0 : 1);
}

// rmdir ---------------------------------------------------------------------------------------------------------------

constexpr int kIgnore = kLongOnly;

const OptionTable& rmdir_table() {
    static const OptionTable t{"pv",
                               {{"ignore-fail-on-non-empty", no_argument, nullptr, kIgnore},
                                {"path", no_argument, nullptr, 'p'},
                                {"parents", no_argument, nullptr, 'p'},
                                {"verbose", no_argument, nullptr, 'v'},
                                {"help", no_argument, nullptr, 'h'},
                                {"version", no_argument, nullptr, 'V'}},
                               {'h', 'V'},
                               1};
    return t;
}

std::vector<Diagnostic> check_rmdir(const std::vector<std::string>& argv) { return check_options(argv, rmdir_table()); }

CommandResult run_rmdir(Terminal& terminal, const Invocation& invocation) {
    Tool tool(terminal, "rmdir");
    const CommandLine line = read_options(invocation.argv, rmdir_table());
    if (line.misuse) return tool.misuse(line, rmdir_table());
    if (line.operands.empty()) return tool.bad_usage("missing operand");
    const bool verbose = line.has('v'), ignore = line.has(kIgnore);
    bool good = true;

    const auto remove = [&](const std::string& path, const char* what) {
        if (verbose) tool.out(fmt::format("rmdir: removing directory, {}\n", quote_always(path)));
        const Syscall call = sys::Unlinkat{AT::FDCWD, path, AT::REMOVEDIR};
        const Outcome o = ignore ? tool.probe(call) : tool.call(call);
        if (o.ok()) return true;
        if (ignore && (o.error == E::NOTEMPTY || o.error == E::EXIST)) return false;
        tool.warn(fmt::format("failed to remove {}{}", what, quote_always(path)), o.error);
        good = false;
        return false;
    };
    for (const Operand& o : line.operands) {
        std::string path = o.text;
        if (!remove(path, "") || !line.has('p')) continue;
        for (;;) {
            path.erase(std::min(path.find_last_not_of('/') + 1, path.size()));
            const std::size_t slash = path.rfind('/');
            if (slash == std::string::npos) break;
            path.erase(std::max<std::size_t>(path.find_last_not_of('/', slash) + 1, slash == 0 ? 1 : 0));
            if (path.empty() || !remove(path, "directory ")) break;
            if (path == "/") break;
        }
    }
    return tool.end(good ? 0 : 1);
}

// touch ---------------------------------------------------------------------------------------------------------------

constexpr int kTime = kLongOnly;

const OptionTable& touch_table() {
    static const OptionTable t{"acd:fhmr:t:",
                               {{"time", required_argument, nullptr, kTime},
                                {"no-create", no_argument, nullptr, 'c'},
                                {"date", required_argument, nullptr, 'd'},
                                {"reference", required_argument, nullptr, 'r'},
                                {"no-dereference", no_argument, nullptr, 'h'}},
                               {'d', 'r', 't', 'h', kTime},
                               1};
    return t;
}

std::vector<Diagnostic> check_touch(const std::vector<std::string>& argv) { return check_options(argv, touch_table()); }

CommandResult run_touch(Terminal& terminal, const Invocation& invocation) {
    Tool tool(terminal, "touch");
    const CommandLine line = read_options(invocation.argv, touch_table());
    if (line.misuse) return tool.misuse(line, touch_table());
    if (line.operands.empty()) return tool.bad_usage("missing file operand");
    const bool create = !line.has('c');
    int status = 0;
    for (const Operand& operand : line.operands) {
        E open_error = E::OK;
        if (create) {
            const Outcome o =
                tool.probe(sys::Openat{AT::FDCWD, operand.text, O::WRONLY | O::CREAT | O::NOCTTY | O::NONBLOCK, 0666});
            if (o.ok()) {
                const auto fd = static_cast<i32>(o.value);
                tool.call(sys::Utimensat{fd, nullptr});
                tool.call(sys::Close{fd});
                continue;
            }
            open_error = o.error;
        }
        const Outcome o = tool.probe(sys::Utimensat{AT::FDCWD, operand.text});
        if (o.ok() || (!create && o.error == E::NOENT)) continue;
        if (open_error != E::OK && open_error != E::ISDIR)
            tool.warn(fmt::format("cannot touch {}", quote_always(operand.text)), open_error);
        else
            tool.warn(fmt::format("setting times of {}", quote_always(operand.text)), o.error);
        status = 1;
    }
    return tool.end(status);
}

} // namespace

CommandRow mkdir_row() {
    return {"mkdir",    "mkdir [-pv] [-m MODE] DIRECTORY...", false, ActorWords::none, check_mkdir, run_mkdir,
            mkdir_table};
}
CommandRow rmdir_row() {
    return {"rmdir", "rmdir [-pv] DIRECTORY...", false, ActorWords::none, check_rmdir, run_rmdir, rmdir_table};
}
CommandRow touch_row() {
    return {"touch", "touch [-c] FILE...", false, ActorWords::none, check_touch, run_touch, touch_table};
}

} // namespace nslab::shell
