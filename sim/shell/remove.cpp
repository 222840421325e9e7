// rm(1) and ln(1) of coreutils 9.1. Not played: prompts (-i, -I), backups, relative links.

#include <algorithm>

#include <fmt/format.h>

#include "sim/shell/files.hpp"
#include "sim/shell/rows.hpp"

namespace nslab::shell {

std::optional<std::vector<DirEntry>> read_directory(Tool& tool, const std::string& path, bool by_inode, E& error) {
    const Outcome opened =
        tool.probe(sys::Openat{AT::FDCWD, path, O::RDONLY | O::NONBLOCK | O::DIRECTORY | O::CLOEXEC, 0});
    if (!opened.ok()) {
        error = opened.error;
        return std::nullopt;
    }
    const auto fd = static_cast<i32>(opened.value);
    std::vector<DirEntry> names;
    for (;;) {
        const Outcome o = tool.probe(sys::Getdents64{fd, 32768});
        const auto* entries = o.out.get_if<Entries>();
        if (!o.ok() || !entries || entries->entries.empty()) break;
        for (const DirEntry& e : entries->entries)
            if (e.name != "." && e.name != "..") names.push_back(e);
    }
    tool.probe(sys::Close{fd});
    if (by_inode)
        std::stable_sort(names.begin(), names.end(),
                         [](const DirEntry& a, const DirEntry& b) { return a.ino < b.ino; });
    return names;
}

E target_directory_error(Tool& tool, const std::string& path) {
    const Outcome o = tool.probe(sys::Openat{AT::FDCWD, path, O::PATH | O::DIRECTORY, 0});
    if (!o.ok()) return o.error;
    tool.probe(sys::Close{static_cast<i32>(o.value)});
    return E::OK;
}

bool Remover::complain(const std::string& path, E why) {
    tool_.warn(fmt::format("cannot remove {}", quote_always(path)), why);
    return false;
}

bool Remover::unlink(const std::string& path, bool directory) {
    const Outcome o = tool_.probe(sys::Unlinkat{AT::FDCWD, path, directory ? AT::REMOVEDIR : 0});
    if (o.ok()) {
        if (ways_.verbose) tool_.out(fmt::format("removed {}{}\n", directory ? "directory " : "", quote_always(path)));
        return true;
    }
    // Nothing is missed of what -f does not find.
    if (ways_.force && (o.error == E::NOENT || o.error == E::NOTDIR || o.error == E::INVAL)) return true;
    return complain(path, o.error);
}

bool Remover::elsewhere(const std::string& path) {
    tool_.warn(fmt::format("skipping {}, since it's on a different device", quote_always(path)));
    return false;
}

/// Children before their directory, which stays quietly where one of them could not be removed.
bool Remover::tree(const std::string& path) {
    E why = E::OK;
    const auto names = read_directory(tool_, path, false, why);
    if (!names) return complain(path, why);
    bool good = true;
    for (const DirEntry& e : *names) {
        const std::string child = join(path, e.name);
        const auto st = lstat(tool_, child);
        if (st && is_directory(*st) && ways_.one_file_system && st->st_dev != device_)
            good = elsewhere(child);
        else
            good = (st && is_directory(*st) ? tree(child) : unlink(child, false)) && good;
    }
    return good && unlink(path, true);
}

bool Remover::remove(const std::string& path) {
    const std::string last = base_name(path);
    if (ways_.recursive && (last == "." || last == "..")) {
        tool_.warn(fmt::format("refusing to remove '.' or '..' directory: skipping {}", quote_always(path)));
        return false;
    }
    const auto st = lstat(tool_, path);
    if (!st || !is_directory(*st)) return unlink(path, false);
    if (ways_.recursive) {
        const auto root = lstat(tool_, "/");
        if (root && root->st_dev == st->st_dev && root->st_ino == st->st_ino) {
            tool_.warn(path == "/" ? "it is dangerous to operate recursively on '/'"
                                   : fmt::format("it is dangerous to operate recursively on {} (same as '/')",
                                                 quote_always(path)));
            tool_.warn("use --no-preserve-root to override this failsafe");
            return false;
        }
        device_ = st->st_dev;
        const auto above = ways_.preserve_all_roots ? lstat(tool_, join(path, "..")) : std::nullopt;
        if (above && above->st_dev != device_) {
            elsewhere(path);
            tool_.warn("and --preserve-root=all is in effect");
            return false;
        }
        return tree(path);
    }
    if (ways_.empty_directories) return unlink(path, true);
    return complain(path, E::ISDIR);
}

namespace {

// rm ------------------------------------------------------------------------------------------------------------------

constexpr int kInteractive = kLongOnly, kOneFileSystem = kLongOnly + 1, kNoPreserveRoot = kLongOnly + 2,
              kPreserveRoot = kLongOnly + 3;

const OptionTable& rm_table() {
    static const OptionTable t{"dfirvIR",
                               {{"force", no_argument, nullptr, 'f'},
                                {"interactive", optional_argument, nullptr, kInteractive},
                                {"one-file-system", no_argument, nullptr, kOneFileSystem},
                                {"no-preserve-root", no_argument, nullptr, kNoPreserveRoot},
                                {"preserve-root", optional_argument, nullptr, kPreserveRoot},
                                {"recursive", no_argument, nullptr, 'r'},
                                {"dir", no_argument, nullptr, 'd'},
                                {"verbose", no_argument, nullptr, 'v'}},
                               {'i', 'I', kInteractive, kNoPreserveRoot}};
    return t;
}

Remover::Ways rm_ways(const CommandLine& line) {
    Remover::Ways ways;
    ways.recursive = line.has('r') || line.has('R');
    ways.force = line.has('f');
    ways.empty_directories = line.has('d');
    ways.verbose = line.has('v');
    ways.one_file_system = line.has(kOneFileSystem);
    ways.preserve_all_roots = line.last(kPreserveRoot).has_value();
    return ways;
}

std::vector<Diagnostic> check_rm(const std::vector<std::string>& argv) {
    auto found = check_options(argv, rm_table());
    const CommandLine line = read_options(argv, rm_table());
    if (const auto which = line.last(kPreserveRoot); found.empty() && which && *which != "all")
        found.push_back(complaint(argv, 0, fmt::format("rm: unrecognized --preserve-root argument: {}", *which)));
    if (found.empty() && line.operands.empty() && !line.has('f'))
        found.push_back(complaint(argv, 0, "rm: missing operand"));
    return found;
}

CommandResult run_rm(Terminal& terminal, const Invocation& invocation) {
    Tool tool(terminal, "rm");
    const CommandLine line = read_options(invocation.argv, rm_table());
    if (line.misuse) return tool.misuse(line, rm_table());
    if (line.operands.empty() && !line.has('f')) return tool.bad_usage("missing operand");
    Remover remover(tool, rm_ways(line));
    bool good = true;
    for (const Operand& o : line.operands) good = remover.remove(o.text) && good;
    return tool.end(good ? 0 : 1);
}

// ln ------------------------------------------------------------------------------------------------------------------

const OptionTable& ln_table() {
    static const OptionTable t{"bdfinrst:vFLPS:T",
                               {{"backup", optional_argument, nullptr, 'b'},
                                {"directory", no_argument, nullptr, 'd'},
                                {"interactive", no_argument, nullptr, 'i'},
                                {"relative", no_argument, nullptr, 'r'},
                                {"suffix", required_argument, nullptr, 'S'},
                                {"force", no_argument, nullptr, 'f'},
                                {"no-dereference", no_argument, nullptr, 'n'},
                                {"symbolic", no_argument, nullptr, 's'},
                                {"target-directory", required_argument, nullptr, 't'},
                                {"verbose", no_argument, nullptr, 'v'},
                                {"no-target-directory", no_argument, nullptr, 'T'},
                                {"logical", no_argument, nullptr, 'L'},
                                {"physical", no_argument, nullptr, 'P'}},
                               {'b', 'd', 'F', 'i', 'r', 'S'},
                               1};
    return t;
}

class Ln {
  public:
    Ln(Tool& tool, const CommandLine& line) : tool_(tool), line_(line), symbolic_(line.has('s')) {}
    bool run(std::vector<std::string> files);

  private:
    E link(const std::string& source, const std::string& destination);
    bool one(const std::string& source, const std::string& destination, std::optional<E> first_try);

    Tool& tool_;
    const CommandLine& line_;
    bool symbolic_;
};

E Ln::link(const std::string& source, const std::string& destination) {
    const Outcome o = symbolic_ ? tool_.probe(sys::Symlinkat{source, AT::FDCWD, destination})
                                : tool_.probe(sys::Linkat{AT::FDCWD, source, AT::FDCWD, destination,
                                                          line_.has('L') && !line_.has('P') ? AT::SYMLINK_FOLLOW : 0});
    return o.ok() ? E::OK : o.error;
}

/// Source: src/ln.c, do_link().
bool Ln::one(const std::string& source, const std::string& destination, std::optional<E> first_try) {
    E why = first_try ? *first_try : link(source, destination);
    if (why != E::OK && !symbolic_) {
        const auto st = line_.has('L') ? stat(tool_, source) : lstat(tool_, source);
        if (!st) {
            const Outcome o = tool_.probe(sys::Newfstatat{AT::FDCWD, source, AT::SYMLINK_NOFOLLOW});
            tool_.warn(fmt::format("failed to access {}", quote_always(source)), o.error);
            return false;
        }
        if (is_directory(*st)) {
            tool_.warn(fmt::format("{}: hard link not allowed for directory", quote(source)));
            tool_.blame(why);
            return false;
        }
    }
    if (why == E::EXIST && line_.has('f')) {
        const auto old = lstat(tool_, destination);
        if (old && is_directory(*old)) {
            tool_.warn(fmt::format("{}: cannot overwrite directory", quote(destination)));
            return false;
        }
        // A new name beside it, moved over the old one: never is there nothing.
        const std::size_t slash = destination.rfind('/');
        const std::string directory = slash == std::string::npos ? "" : destination.substr(0, slash + 1);
        const std::string temporary = directory + "CuXXXXXX";
        why = link(source, temporary);
        if (why == E::OK) {
            const Outcome o = tool_.probe(sys::Renameat2{AT::FDCWD, temporary, AT::FDCWD, destination, 0});
            why = o.ok() ? E::OK : o.error;
        }
    }
    if (why == E::OK) {
        if (line_.has('v'))
            tool_.out(
                fmt::format("{} {} {}\n", quote_always(destination), symbolic_ ? "->" : "=>", quote_always(source)));
        return true;
    }
    const std::string to = quote_always(destination), from = quote_always(source);
    if (symbolic_)
        tool_.warn(why != E::NAMETOOLONG && !source.empty()
                       ? fmt::format("failed to create symbolic link {}", to)
                       : fmt::format("failed to create symbolic link {} -> {}", to, from),
                   why);
    else if (why == E::EXIST || why == E::NOSPC || why == E::ROFS)
        tool_.warn(fmt::format("failed to create hard link {}", to), why);
    else
        tool_.warn(fmt::format("failed to create hard link {} => {}", to, from), why);
    return false;
}

bool Ln::run(std::vector<std::string> files) {
    std::optional<std::string> directory = line_.last('t');
    std::optional<E> first_try;
    if (!directory && files.size() == 1) {
        directory = ".";
    } else if (!directory && files.size() == 2 && !line_.has('T')) {
        // The link is tried before anybody looks whether there is a directory to put it into.
        first_try = link(files[0], files[1]);
        const bool perhaps_directory = *first_try == E::EXIST || *first_try == E::NOTDIR || *first_try == E::INVAL;
        const auto old = line_.has('n') ? lstat(tool_, files[1]) : std::nullopt;
        if (perhaps_directory && !(old && is_link(*old)) && is_target_directory(tool_, files[1])) directory = files[1];
    } else if (!directory && files.size() > 2) {
        directory = files.back();
        if (const E why = target_directory_error(tool_, *directory); why != E::OK) {
            tool_.warn(fmt::format("target {}", quote_always(*directory)), why);
            return false;
        }
    }
    if (!directory) return files.size() == 2 && one(files[0], files[1], first_try);
    const bool last_is_directory = !line_.has('t') && files.size() > 1;
    if (last_is_directory) files.pop_back();
    bool good = true;
    for (const std::string& file : files) good = one(file, join(*directory, base_name(file)), std::nullopt) && good;
    return good;
}

std::vector<Diagnostic> check_ln(const std::vector<std::string>& argv) { return check_options(argv, ln_table()); }

CommandResult run_ln(Terminal& terminal, const Invocation& invocation) {
    Tool tool(terminal, "ln");
    const CommandLine line = read_options(invocation.argv, ln_table());
    if (line.misuse) return tool.misuse(line, ln_table());
    if (line.operands.empty()) return tool.bad_usage("missing file operand");
    std::vector<std::string> files;
    for (const Operand& o : line.operands) files.push_back(o.text);
    Ln ln(tool, line);
    const bool good = ln.run(files);
    return tool.end(good ? 0 : 1);
}

} // namespace

CommandRow rm_row() {
    return {"rm",     "rm [-rdfv] [--one-file-system] [--preserve-root[=all]] FILE...",
            false,    ActorWords::none,
            check_rm, run_rm,
            rm_table};
}
CommandRow ln_row() {
    return {"ln", "ln [-s] [-fnTv] TARGET... [LINK|DIRECTORY]", false, ActorWords::none, check_ln, run_ln, ln_table};
}

} // namespace nslab::shell
