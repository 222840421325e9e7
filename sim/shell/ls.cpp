// ls(1) of coreutils 9.1 in the C locale, one name a line as into a pipe. Not played: -l and what else
// shows owners and times, for the model has no clock.

#include <algorithm>

#include <fmt/format.h>

#include "sim/shell/rows.hpp"
#include "sim/shell/tool.hpp"

namespace nslab::shell {
namespace {

constexpr int kNotPlayed = kLongOnly, kIndicator = kLongOnly + 1;

const OptionTable& ls_table() {
    static const OptionTable t{"aAbBcCdDfFgGhHiI:klLmnNopqQrRsStT:uUvw:xXZ1",
                               {{"all", no_argument, nullptr, 'a'},
                                {"almost-all", no_argument, nullptr, 'A'},
                                {"author", no_argument, nullptr, kNotPlayed},
                                {"block-size", required_argument, nullptr, kNotPlayed},
                                {"classify", optional_argument, nullptr, 'F'},
                                {"color", optional_argument, nullptr, kNotPlayed},
                                {"context", no_argument, nullptr, 'Z'},
                                {"dereference", no_argument, nullptr, 'L'},
                                {"dereference-command-line", no_argument, nullptr, 'H'},
                                {"dereference-command-line-symlink-to-dir", no_argument, nullptr, kNotPlayed},
                                {"directory", no_argument, nullptr, 'd'},
                                {"dired", no_argument, nullptr, 'D'},
                                {"escape", no_argument, nullptr, 'b'},
                                {"file-type", no_argument, nullptr, kIndicator},
                                {"format", required_argument, nullptr, kNotPlayed},
                                {"full-time", no_argument, nullptr, kNotPlayed},
                                {"group-directories-first", no_argument, nullptr, kNotPlayed},
                                {"hide", required_argument, nullptr, kNotPlayed},
                                {"hide-control-chars", no_argument, nullptr, 'q'},
                                {"human-readable", no_argument, nullptr, 'h'},
                                {"hyperlink", optional_argument, nullptr, kNotPlayed},
                                {"ignore", required_argument, nullptr, 'I'},
                                {"ignore-backups", no_argument, nullptr, 'B'},
                                {"indicator-style", required_argument, nullptr, kNotPlayed},
                                {"inode", no_argument, nullptr, 'i'},
                                {"kibibytes", no_argument, nullptr, 'k'},
                                {"literal", no_argument, nullptr, 'N'},
                                {"no-group", no_argument, nullptr, 'G'},
                                {"numeric-uid-gid", no_argument, nullptr, 'n'},
                                {"quote-name", no_argument, nullptr, 'Q'},
                                {"quoting-style", required_argument, nullptr, kNotPlayed},
                                {"recursive", no_argument, nullptr, 'R'},
                                {"reverse", no_argument, nullptr, 'r'},
                                {"show-control-chars", no_argument, nullptr, kNotPlayed},
                                {"si", no_argument, nullptr, kNotPlayed},
                                {"size", no_argument, nullptr, 's'},
                                {"sort", required_argument, nullptr, kNotPlayed},
                                {"tabsize", required_argument, nullptr, 'T'},
                                {"time", required_argument, nullptr, kNotPlayed},
                                {"time-style", required_argument, nullptr, kNotPlayed},
                                {"width", required_argument, nullptr, 'w'},
                                {"zero", no_argument, nullptr, kNotPlayed}},
                               {'b', 'B', 'c', 'C', 'D', 'g', 'h', 'H', 'I', 'l', 'L', 'm',
                                'n', 'o', 'Q', 's', 'S', 't', 'u', 'v', 'x', 'X', 'Z', kNotPlayed},
                               0,
                               SIZE_MAX,
                               2};
    return t;
}

struct Name {
    std::string name;
    u64 inode = 0;
    u32 mode = 0;
};

class Ls {
  public:
    Ls(Tool& tool, const CommandLine& line) : tool_(tool), line_(line) {}

    int run(std::vector<std::string> paths);

  private:
    void sort(std::vector<Name>& names) const;
    void print(const Name& n) const;
    void directory(const std::string& path, bool title);

    Tool& tool_;
    const CommandLine& line_;
    int status_ = 0;
    bool printed_ = false;
};

void Ls::sort(std::vector<Name>& names) const {
    if (line_.has('U') || line_.has('f')) return;
    std::sort(names.begin(), names.end(), [](const Name& a, const Name& b) { return a.name < b.name; });
    if (line_.has('r')) std::reverse(names.begin(), names.end());
}

void Ls::print(const Name& n) const {
    std::string text = line_.has('i') ? fmt::format("{} {}", n.inode, n.name) : n.name;
    const u32 type = n.mode & S::IFMT;
    const bool types = line_.has('F') || line_.has(kIndicator);
    if ((types || line_.has('p')) && type == S::IFDIR) text += '/';
    if (types && type == S::IFLNK) text += '@';
    tool_.out(text + "\n");
}

void Ls::directory(const std::string& path, bool title) {
    const Outcome opened =
        tool_.call(sys::Openat{AT::FDCWD, path, O::RDONLY | O::NONBLOCK | O::DIRECTORY | O::CLOEXEC, 0});
    if (!opened.ok()) {
        tool_.warn(fmt::format("cannot open directory {}", quote_always(path)), opened.error);
        status_ = std::max(status_, printed_ || title ? 1 : 2);
        return;
    }
    const auto fd = static_cast<i32>(opened.value);
    std::vector<Name> names;
    for (;;) {
        const Outcome o = tool_.call(sys::Getdents64{fd, 32768});
        const auto* entries = o.out.get_if<Entries>();
        if (!o.ok()) {
            tool_.warn(fmt::format("reading directory {}", quote_always(path)), o.error);
            status_ = std::max(status_, 1);
        }
        if (!o.ok() || !entries || entries->entries.empty()) break;
        for (const DirEntry& e : entries->entries) {
            const bool dots = e.name == "." || e.name == "..";
            const bool all = line_.has('a') || line_.has('f');
            if (e.name[0] == '.' && !all && !(line_.has('A') && !dots)) continue;
            names.push_back({e.name, e.ino, static_cast<u32>(e.type) << 12});
        }
    }
    tool_.call(sys::Close{fd});
    sort(names);
    if (title) tool_.out(fmt::format("{}{}:\n", printed_ ? "\n" : "", path));
    printed_ = true;
    for (Name& n : names) {
        // The number of a mount point in its directory is that of what it covers, so the tool asks for the real one.
        if (line_.has('i'))
            if (const auto st = lstat(tool_, join(path, n.name))) n.inode = st->st_ino;
        print(n);
    }
    if (!line_.has('R')) return;
    for (const Name& n : names)
        if ((n.mode & S::IFMT) == S::IFDIR && n.name != "." && n.name != "..") directory(join(path, n.name), true);
}

int Ls::run(std::vector<std::string> paths) {
    if (paths.empty()) paths.emplace_back(".");
    std::vector<Name> files, directories;
    for (const std::string& path : paths) {
        const Outcome o = tool_.call(sys::Newfstatat{AT::FDCWD, path, line_.has('d') ? AT::SYMLINK_NOFOLLOW : 0});
        const auto* st = o.out.get_if<StatBuf>();
        if (!o.ok() || !st) {
            tool_.warn(fmt::format("cannot access {}", quote_always(path)), o.error);
            status_ = 2;
            continue;
        }
        (is_directory(*st) && !line_.has('d') ? directories : files).push_back({path, st->st_ino, st->st_mode});
    }
    sort(files);
    sort(directories);
    for (const Name& f : files) {
        print(f);
        printed_ = true;
    }
    const bool titles = line_.has('R') || paths.size() > 1;
    for (const Name& d : directories) directory(d.name, titles);
    return status_;
}

std::vector<Diagnostic> check_ls(const std::vector<std::string>& argv) { return check_options(argv, ls_table()); }

CommandResult run_ls(Terminal& terminal, const Invocation& invocation) {
    Tool tool(terminal, "ls");
    const CommandLine line = read_options(invocation.argv, ls_table());
    if (line.misuse) return tool.misuse(line, ls_table());
    std::vector<std::string> paths;
    for (const Operand& o : line.operands) paths.push_back(o.text);
    const int status = Ls(tool, line).run(paths);
    return tool.end(status);
}

} // namespace

CommandRow ls_row() { return {"ls", "ls [-aAdFiRr1] [FILE...]", false, ActorWords::none, check_ls, run_ls, ls_table}; }

} // namespace nslab::shell
