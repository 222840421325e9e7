// findmnt(8) and mountpoint(1) of util-linux 2.38. Source: misc-utils/findmnt.c, sys-utils/mountpoint.c. Not played:
// fstab and polling, tags of block devices, -x.

#include <algorithm>
#include <cctype>
#include <set>

#include <fmt/format.h>

#include "sim/shell/findmnt.hpp"
#include "sim/shell/libmount.hpp"
#include "sim/shell/rows.hpp"

namespace nslab::shell {
namespace {

enum : int { kVerbose = kLongOnly, kTree, kOutputAll, kPseudo, kReal, kVfsAll, kShadowed };

const OptionTable& table() {
    static const OptionTable t{"AabCcDd:ehiJfF:o:O:p::PklmM:nN:rst:uvRS:T:Uw:Vxy",
                               {{"all", no_argument, nullptr, 'A'},
                                {"ascii", no_argument, nullptr, 'a'},
                                {"bytes", no_argument, nullptr, 'b'},
                                {"canonicalize", no_argument, nullptr, 'c'},
                                {"direction", required_argument, nullptr, 'd'},
                                {"df", no_argument, nullptr, 'D'},
                                {"evaluate", no_argument, nullptr, 'e'},
                                {"first-only", no_argument, nullptr, 'f'},
                                {"fstab", no_argument, nullptr, 's'},
                                {"help", no_argument, nullptr, 'h'},
                                {"invert", no_argument, nullptr, 'i'},
                                {"json", no_argument, nullptr, 'J'},
                                {"kernel", no_argument, nullptr, 'k'},
                                {"list", no_argument, nullptr, 'l'},
                                {"mountpoint", required_argument, nullptr, 'M'},
                                {"mtab", no_argument, nullptr, 'm'},
                                {"noheadings", no_argument, nullptr, 'n'},
                                {"notruncate", no_argument, nullptr, 'u'},
                                {"options", required_argument, nullptr, 'O'},
                                {"output", required_argument, nullptr, 'o'},
                                {"output-all", no_argument, nullptr, kOutputAll},
                                {"poll", optional_argument, nullptr, 'p'},
                                {"pairs", no_argument, nullptr, 'P'},
                                {"raw", no_argument, nullptr, 'r'},
                                {"types", required_argument, nullptr, 't'},
                                {"nocanonicalize", no_argument, nullptr, 'C'},
                                {"nofsroot", no_argument, nullptr, 'v'},
                                {"submounts", no_argument, nullptr, 'R'},
                                {"source", required_argument, nullptr, 'S'},
                                {"tab-file", required_argument, nullptr, 'F'},
                                {"task", required_argument, nullptr, 'N'},
                                {"target", required_argument, nullptr, 'T'},
                                {"timeout", required_argument, nullptr, 'w'},
                                {"uniq", no_argument, nullptr, 'U'},
                                {"verify", no_argument, nullptr, 'x'},
                                {"version", no_argument, nullptr, 'V'},
                                {"shell", no_argument, nullptr, 'y'},
                                {"verbose", no_argument, nullptr, kVerbose},
                                {"tree", no_argument, nullptr, kTree},
                                {"real", no_argument, nullptr, kReal},
                                {"pseudo", no_argument, nullptr, kPseudo},
                                {"vfs-all", no_argument, nullptr, kVfsAll},
                                {"shadowed", no_argument, nullptr, kShadowed}},
                               {'c', 'e', 's', 'h', 'm', 'p', 'w', 'x', 'V', kVerbose},
                               0,
                               2,
                               1};
    return t;
}

std::string upper(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    return text;
}

/// The columns of -o: "+" in front adds to the usual ones. `unknown` is the first that findmnt does not have.
std::vector<std::string> columns_of(const CommandLine& line, std::string& unknown) {
    std::string_view list;
    const auto given = line.last('o');
    // What -o adds to, and what stands without it.
    const auto& usual = line.has(kOutputAll) ? findmnt_columns() : line.has('D') ? kFindmntDf : kFindmntDefault;
    if (!given) return usual;
    list = *given;
    std::vector<std::string> columns;
    if (!list.empty() && list[0] == '+') {
        columns = usual;
        list.remove_prefix(1);
    }
    while (!list.empty()) {
        const std::string word(list.substr(0, list.find(',')));
        list.remove_prefix(std::min(word.size() + 1, list.size()));
        const auto& known = findmnt_columns();
        if (std::find(known.begin(), known.end(), upper(word)) != known.end())
            columns.push_back(upper(word));
        else if (unknown.empty())
            unknown = word;
    }
    return columns;
}

std::vector<Diagnostic> check(const std::vector<std::string>& argv) {
    auto found = check_options(argv, table());
    if (!found.empty()) return found;
    const CommandLine line = read_options(argv, table());
    std::string unknown;
    columns_of(line, unknown);
    if (!unknown.empty()) {
        const auto& known = findmnt_columns();
        const auto near = nearest(upper(unknown), {known.begin(), known.end()});
        found.push_back(complaint(argv, 0, fmt::format("findmnt: unknown column: {}", unknown),
                                  near ? fmt::format("did you mean {}?", *near) : ""));
    }
    if (!line.operands.empty() && (line.has('S') || line.has('T') || line.has('M')))
        found.push_back(complaint(argv, line.operands[0].word,
                                  "findmnt: options --target and --source can't be used together with command line "
                                  "element that is not an option"));
    return found;
}

class Findmnt {
  public:
    Findmnt(Tool& tool, const CommandLine& line, MountTable mounts)
        : tool_(tool), line_(line), mounts_(std::move(mounts)) {
        source_ = line.last('S');
        target_ = line.last('T');
        if (line.has('M')) target_ = line.last('M');
        swap_ = !source_ && !target_;
        if (!line.operands.empty()) source_ = line.operands[0].text;
        if (line.operands.size() > 1) target_ = line.operands[1].text;
        types_ = line.last('t');
        options_ = line.last('O');
        if (options_ && options_->empty()) options_.reset();
        invert_ = line.has('i');
        if (line.has('U')) unique();
    }

    /// The table's lines. Empty: nothing was found.
    std::vector<FindmntNode> nodes(bool& tree);

  private:
    void unique();
    bool at_target(const MountinfoLine& l) const {
        return same_path(l.mount_point, *target_) || (target_path_ && same_path(l.mount_point, *target_path_));
    }
    bool at_source(const MountinfoLine& l) const {
        return l.source == *source_ || fmt::format("{}:{}", l.major, l.minor) == *source_ ||
               (source_path_ && l.source == *source_path_);
    }
    bool matches(const MountinfoLine& l) const;
    void tree_below(const MountinfoLine& l, std::vector<FindmntNode>& into, bool all);
    std::vector<FindmntNode> matching(bool tree);
    void resolve() {
        target_path_ = target_ ? realpath(tool_, *target_) : std::nullopt;
        source_path_ = source_ ? realpath(tool_, *source_) : std::nullopt;
    }

    Tool& tool_;
    const CommandLine& line_;
    MountTable mounts_;
    std::optional<std::string> source_, target_, types_, options_, source_path_, target_path_;
    bool swap_ = true, invert_ = false;
    std::set<int> shown_;
};

/// Of mounts at one place the last stays; children go over to the parent that is left.
void Findmnt::unique() {
    auto& lines = mounts_.lines;
    for (std::size_t i = lines.size(); i-- > 0;) {
        const auto later =
            std::find_if(lines.begin() + static_cast<std::ptrdiff_t>(i) + 1, lines.end(),
                         [&](const MountinfoLine& l) { return same_path(l.mount_point, lines[i].mount_point); });
        if (later == lines.end()) continue;
        const int id = lines[i].id, parent = lines[i].parent;
        for (MountinfoLine& l : lines)
            if (l.parent == id) l.parent = parent;
        lines.erase(lines.begin() + static_cast<std::ptrdiff_t>(i));
    }
}

bool Findmnt::matches(const MountinfoLine& l) const {
    bool good = true;
    if (types_) good = good && type_matches(l.fs_type, *types_);
    if (options_) good = good && options_match(merged_options(l), *options_);
    if (target_) good = good && at_target(l);
    if (source_) good = good && at_source(l);
    if (line_.has(kReal)) good = good && !is_pseudo_filesystem(l.fs_type);
    if (line_.has(kPseudo)) good = good && is_pseudo_filesystem(l.fs_type);
    if (line_.has(kShadowed)) good = good && mounts_.over(l);
    // df(1) knows no pseudo file systems, but it knows tmpfs.
    if (line_.has('D') && !line_.has('A') && l.fs_type.find("tmpfs") == std::string::npos)
        good = good && !is_pseudo_filesystem(l.fs_type);
    return good != invert_;
}

/// Source: create_treenode(): a mount that does not match leaves its children to its parent.
void Findmnt::tree_below(const MountinfoLine& l, std::vector<FindmntNode>& into, bool all) {
    if (all && shown_.count(l.id)) return;
    if (!all && !matches(l)) {
        for (const MountinfoLine* child : mounts_.children(l)) tree_below(*child, into, all);
        return;
    }
    shown_.insert(l.id);
    FindmntNode node{&l, {}, {}};
    for (const MountinfoLine* child : mounts_.children(l)) tree_below(*child, node.children, all);
    into.push_back(std::move(node));
}

/// A list of what matches, or with -R the trees below it. Source: add_matching_lines().
std::vector<FindmntNode> Findmnt::matching(bool tree) {
    std::vector<FindmntNode> found;
    const bool backward = line_.last('d').value_or("forward") == "backward";
    const std::size_t count = mounts_.lines.size();
    for (int attempt = 0; attempt < 2 && found.empty(); ++attempt) {
        if (attempt == 1) {
            if (!swap_ || target_ || !source_) break;
            std::swap(target_, source_); // the word may be a place as well as a source
        }
        resolve();
        for (std::size_t i = 0; i < count; ++i) {
            const MountinfoLine& l = mounts_.lines[backward ? count - 1 - i : i];
            if (!matches(l)) continue;
            if (tree)
                tree_below(l, found, true);
            else
                found.push_back({&l, {}, {}});
            if (line_.has('f')) break;
        }
    }
    return found;
}

std::vector<FindmntNode> Findmnt::nodes(bool& tree) {
    const bool all = !source_ && !target_ && !types_ && !options_ && !line_.has('f');
    const bool submounts = line_.has('R') && !(all && !line_.has(kReal) && !line_.has(kPseudo));
    if (!submounts && !line_.has(kTree) && (line_.has('f') || target_ || source_)) tree = false;
    std::vector<FindmntNode> found;
    if (tree && !submounts) {
        resolve();
        if (const MountinfoLine* root = mounts_.root()) tree_below(*root, found, false);
        for (const MountinfoLine& l : mounts_.lines)
            if (!shown_.count(l.id) && matches(l)) tree_below(l, found, false);
        return found;
    }
    found = matching(tree || submounts);
    // -T names any file: the mount that it lies on.
    if (found.empty() && line_.has('T') && !line_.has('M') && target_ && stat(tool_, *target_)) {
        std::string path = realpath(tool_, *target_).value_or(*target_);
        while (!path.empty() && path != "/" && !mounts_.find_target(tool_, path))
            path.erase(std::max<std::size_t>(path.rfind('/'), path.rfind('/') == 0 ? 1 : 0));
        target_ = path.empty() ? "/" : path;
        found = matching(tree || submounts);
    }
    return found;
}

/// How much there is on each, and what is left.
void measure(Tool& tool, std::vector<FindmntNode>& nodes) {
    for (FindmntNode& node : nodes) {
        const Outcome o = tool.probe(sys::Statfs{node.line->mount_point});
        if (const auto* space = o.ok() ? o.out.get_if<StatfsBuf>() : nullptr) node.space = *space;
        if (o.error == E::NOSYS)
            tool.call(sys::Statfs{node.line->mount_point}); // of a saved machine: it cannot be told
        measure(tool, node.children);
    }
}

/// The process whose table it is: column TID. A file is nobody's.
int tid_of(Tool& tool, const CommandLine& line) {
    if (line.last('F')) return 0;
    if (const auto task = line.last('N')) return std::atoi(task->c_str());
    const Outcome own = tool.probe(sys::Getpid{});
    return static_cast<int>(own.value);
}

CommandResult run(Terminal& terminal, const Invocation& invocation) {
    Tool tool(terminal, "findmnt");
    const CommandLine line = read_options(invocation.argv, table());
    if (line.misuse) return tool.misuse(line, table());
    std::string unknown;
    const std::vector<std::string> columns = columns_of(line, unknown);
    if (!unknown.empty()) {
        tool.warn(fmt::format("unknown column: {}", unknown));
        return tool.end(1);
    }
    std::string path = "/proc/self/mountinfo";
    if (const auto task = line.last('N')) path = fmt::format("/proc/{}/mountinfo", *task);
    if (const auto file = line.last('F')) path = *file;
    MountTable mounts = MountTable::read(tool, path);
    if (mounts.error != E::OK) {
        tool.warn(fmt::format("can't read {}", path == "/proc/self/mountinfo" ? "/proc/mounts" : path), mounts.error);
        return tool.end(1);
    }
    FindmntFormat format;
    format.headings = !line.has('n');
    format.root_of_source = !line.has('v');
    format.shell_names = line.has('y');
    if (line.has('r')) format.style = FindmntFormat::Style::raw;
    if (line.has('P')) format.style = FindmntFormat::Style::pairs;
    if (line.has('J')) format.style = FindmntFormat::Style::json;
    format.bytes = line.has('b');
    format.vfs_all = line.has(kVfsAll);
    const auto wants = [&](auto is) { return std::any_of(columns.begin(), columns.end(), is); };
    if (wants([](const std::string& column) { return column == "TID"; })) format.tid = tid_of(tool, line);
    format.tree = line.has(kTree) || (!line.has('l') && !line.has('r') && !line.has('P') && !line.has('D'));
    const bool whole_tree = format.tree && !line.has('R') &&
                            (line.has(kTree) || (line.operands.empty() && !line.has('S') && !line.has('T') &&
                                                 !line.has('M') && !line.has('f')));
    Findmnt findmnt(tool, line, std::move(mounts)); // the nodes point into it
    std::vector<FindmntNode> nodes = findmnt.nodes(format.tree);
    if (nodes.empty() && !whole_tree) return tool.end(1);
    if (wants(is_size_column)) measure(tool, nodes);
    if (!nodes.empty() || format.style == FindmntFormat::Style::json) tool.out(findmnt_table(nodes, columns, format));
    return tool.end(0);
}

// mountpoint ----------------------------------------------------------------------------------------------------------

constexpr int kNoFollow = kLongOnly;

const OptionTable& mountpoint_table() {
    static const OptionTable t{"qdxhV",
                               {{"quiet", no_argument, nullptr, 'q'},
                                {"nofollow", no_argument, nullptr, kNoFollow},
                                {"fs-devno", no_argument, nullptr, 'd'},
                                {"devno", no_argument, nullptr, 'x'},
                                {"help", no_argument, nullptr, 'h'},
                                {"version", no_argument, nullptr, 'V'}},
                               {'x', 'h', 'V'},
                               1,
                               1,
                               1};
    return t;
}

std::vector<Diagnostic> check_mountpoint(const std::vector<std::string>& argv) {
    return check_options(argv, mountpoint_table());
}

CommandResult run_mountpoint(Terminal& terminal, const Invocation& invocation) {
    Tool tool(terminal, "mountpoint");
    const CommandLine line = read_options(invocation.argv, mountpoint_table());
    if (line.misuse) return tool.misuse(line, mountpoint_table());
    if (line.operands.size() != 1) return tool.bad_usage("bad usage");
    const std::string& path = line.operands[0].text;
    const bool quiet = line.has('q'), nofollow = line.has(kNoFollow);

    const Outcome o = tool.call(sys::Newfstatat{AT::FDCWD, path, nofollow ? AT::SYMLINK_NOFOLLOW : 0});
    const auto* st = o.out.get_if<StatBuf>();
    if (!o.ok() || !st) {
        if (!quiet) tool.warn(path, o.error);
        return tool.end(1);
    }
    const MountinfoLine* found = nullptr;
    MountTable mounts;
    std::string device;
    if (!(nofollow && is_link(*st))) {
        mounts = MountTable::read(tool);
        if (mounts.error == E::OK) {
            found = mounts.find_target(tool, path);
            if (found) device = fmt::format("{}:{}", found->major, found->minor);
        } else if (const auto above = stat(tool, realpath(tool, path).value_or(path) + "/..")) {
            // Without /proc: another device than above, or the root. Bind mounts go unnoticed.
            if (above->st_dev != st->st_dev || above->st_ino == st->st_ino) device = fmt::format("0:{}", st->st_dev);
        }
    }
    if (device.empty()) {
        if (!quiet) tool.out(fmt::format("{} is not a mountpoint\n", path));
        return tool.end(32);
    }
    if (line.has('d'))
        tool.out(device + "\n");
    else if (!quiet)
        tool.out(fmt::format("{} is a mountpoint\n", path));
    return tool.end(0);
}

} // namespace

CommandRow findmnt_row() {
    return {"findmnt", "findmnt [-lnrJPRUviDb] [-o COLUMNS] [-t TYPES] [-O OPTIONS] [-N PID] [DEVICE|DIRECTORY]",
            false,     ActorWords::behind_N,
            check,     run,
            table};
}
CommandRow mountpoint_row() {
    return {"mountpoint",    "mountpoint [-qd] DIRECTORY", false, ActorWords::none, check_mountpoint, run_mountpoint,
            mountpoint_table};
}

} // namespace nslab::shell
