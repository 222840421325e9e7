#include "sim/shell/libmount.hpp"

#include <algorithm>
#include <array>

namespace nslab::shell {
namespace {

struct FlagRow {
    std::string_view name;
    u64 flags;
    bool clears = false;
};

// libmount/src/optmap.c, linux_flags_map.
constexpr FlagRow kFlags[] = {
    {"ro", MS::RDONLY},
    {"rw", MS::RDONLY, true},
    {"exec", MS::NOEXEC, true},
    {"noexec", MS::NOEXEC},
    {"suid", MS::NOSUID, true},
    {"nosuid", MS::NOSUID},
    {"dev", MS::NODEV, true},
    {"nodev", MS::NODEV},
    {"sync", MS::SYNCHRONOUS},
    {"async", MS::SYNCHRONOUS, true},
    {"dirsync", MS::DIRSYNC},
    {"remount", MS::REMOUNT},
    {"bind", MS::BIND},
    {"rbind", MS::BIND | MS::REC},
    {"silent", MS::SILENT},
    {"loud", MS::SILENT, true},
    {"mand", MS::MANDLOCK},
    {"nomand", MS::MANDLOCK, true},
    {"atime", MS::NOATIME, true},
    {"noatime", MS::NOATIME},
    {"iversion", MS::I_VERSION},
    {"noiversion", MS::I_VERSION, true},
    {"diratime", MS::NODIRATIME, true},
    {"nodiratime", MS::NODIRATIME},
    {"relatime", MS::RELATIME},
    {"norelatime", MS::RELATIME, true},
    {"strictatime", MS::STRICTATIME},
    {"nostrictatime", MS::STRICTATIME, true},
    {"lazytime", MS::LAZYTIME},
    {"nolazytime", MS::LAZYTIME, true},
    {"unbindable", MS::UNBINDABLE},
    {"runbindable", MS::UNBINDABLE | MS::REC},
    {"private", MS::PRIVATE},
    {"rprivate", MS::PRIVATE | MS::REC},
    {"slave", MS::SLAVE},
    {"rslave", MS::SLAVE | MS::REC},
    {"shared", MS::SHARED},
    {"rshared", MS::SHARED | MS::REC},
    {"symfollow", MS::NOSYMFOLLOW, true},
    {"nosymfollow", MS::NOSYMFOLLOW},
};

// libmount/src/optmap.c, userspace_opts_map: options of mount(8) itself, that no kernel hears of. A value is allowed,
// asked for or neither ('\0').
struct UserRow {
    std::string_view name;
    char value = '\0';
};
constexpr UserRow kUserOptions[] = {
    {"auto"},        {"noauto"},      {"user", '?'},      {"nouser"},          {"users"},   {"nousers"},
    {"owner"},       {"noowner"},     {"group"},          {"nogroup"},         {"_netdev"}, {"comment", '='},
    {"loop", '?'},   {"offset", '='}, {"sizelimit", '='}, {"encryption", '='}, {"nofail"},  {"uhelper", '='},
    {"helper", '='},
};

const FlagRow* flag_row(std::string_view name) {
    const auto* row =
        std::find_if(std::begin(kFlags), std::end(kFlags), [&](const FlagRow& r) { return r.name == name; });
    return row == std::end(kFlags) ? nullptr : row;
}

bool is_user_option(const MountOption& o) {
    if (o.name.compare(0, 2, "x-") == 0 || o.name.compare(0, 2, "X-") == 0) return true;
    return std::any_of(std::begin(kUserOptions), std::end(kUserOptions), [&](const UserRow& row) {
        return row.name == o.name && (!o.value || o.value->empty() || row.value != '\0');
    });
}

/// Options for security modules that are not there: libmount takes them out.
bool is_security_option(std::string_view name) {
    constexpr std::array names = {"context",    "fscontext",    "defcontext", "rootcontext", "seclabel",
                                  "smackfsdef", "smackfsfloor", "smackfshat", "smackfsroot", "smackfstransmute"};
    return std::find(names.begin(), names.end(), name) != names.end();
}

std::string without_redundant_slashes(std::string_view path) {
    std::string out;
    for (const char c : path)
        if (c != '/' || out.empty() || out.back() != '/') out += c;
    while (out.size() > 1 && out.back() == '/') out.pop_back();
    return out;
}

} // namespace

std::vector<MountOption> split_options(std::string_view list) {
    std::vector<MountOption> options;
    std::string current;
    bool quoted = false;
    const auto finish = [&] {
        if (!current.empty()) {
            const std::size_t equals = current.find('=');
            if (equals == std::string::npos)
                options.push_back({current, std::nullopt});
            else
                options.push_back({current.substr(0, equals), current.substr(equals + 1)});
        }
        current.clear();
    };
    for (const char c : list) {
        if (c == '"') quoted = !quoted;
        if (c == ',' && !quoted)
            finish();
        else
            current += c;
    }
    finish();
    return options;
}

std::string join_options(const std::vector<MountOption>& options) {
    std::string list;
    for (const MountOption& o : options) {
        if (!list.empty()) list += ',';
        list += o.name;
        if (o.value) list += "=" + *o.value;
    }
    return list;
}

SortedOptions sort_options(const std::vector<MountOption>& options) {
    SortedOptions sorted;
    for (const MountOption& o : options) {
        const bool bare = !o.value || o.value->empty();
        if (o.name == "defaults" && bare) continue;
        if (const FlagRow* row = flag_row(o.name); row && bare) {
            sorted.vfs.push_back(o);
            if (row->clears)
                sorted.flags &= ~row->flags;
            else
                sorted.flags |= row->flags;
        } else if (is_user_option(o)) {
            sorted.user.push_back(o);
            // "user" without a name, and "owner", bring what is safe for ordinary users; later options may undo it.
            if ((o.name == "user" || o.name == "users") && bare) sorted.flags |= MS::NOEXEC | MS::NOSUID | MS::NODEV;
            if (o.name == "owner" || o.name == "group") sorted.flags |= MS::NOSUID | MS::NODEV;
        } else if (!is_security_option(o.name)) {
            sorted.fs.push_back(o);
        }
    }
    return sorted;
}

u64 flag_of_option(std::string_view name) {
    const FlagRow* row = flag_row(name);
    return row && !row->clears ? row->flags : 0;
}

std::string merged_options(const MountinfoLine& line) {
    if (line.options == line.super_options) return line.options;
    std::vector<MountOption> all;
    // Of each list the first "ro" or "rw" counts; the result is read-only where either is.
    int rw = 0, ro = 0;
    for (const std::string* list : {&line.options, &line.super_options}) {
        for (MountOption& o : split_options(*list)) {
            if (o.name == "rw" && !o.value && rw < 2)
                ++rw;
            else if (o.name == "ro" && !o.value && ro + rw < 2)
                ++ro;
            else
                all.push_back(std::move(o));
        }
    }
    all.insert(all.begin(), MountOption{ro ? "ro" : "rw", std::nullopt});
    return join_options(all);
}

bool options_match(std::string_view options, std::string_view pattern) {
    const std::vector<MountOption> given = split_options(options);
    bool match = true;
    for (const MountOption& wanted : split_options(pattern)) {
        if (!match) break;
        std::string_view name = wanted.name;
        bool no = false;
        if (name.starts_with('+')) {
            name.remove_prefix(1);
        } else if (name.starts_with("no")) {
            no = true;
            name.remove_prefix(2);
            if (name.empty()) return false;
        }
        const auto found =
            std::find_if(given.begin(), given.end(), [&](const MountOption& o) { return o.name == name; });
        const bool there = found != given.end() && (!wanted.value || found->value.value_or("") == *wanted.value);
        match = there != no;
    }
    return match;
}

bool is_pseudo_filesystem(const std::string& type) {
    // libmount/src/utils.c, mnt_fstype_is_pseudofs().
    constexpr std::string_view kTypes[] = {
        "anon_inodefs", "apparmorfs", "autofs",     "bdev",       "binder",    "binfmt_misc", "bpf",      "cgroup",
        "cgroup2",      "configfs",   "cpuset",     "debugfs",    "devfs",     "devpts",      "devtmpfs", "dlmfs",
        "dmabuf",       "drm",        "efivarfs",   "fuse",       "fusectl",   "hugetlbfs",   "ipathfs",  "mqueue",
        "nfsd",         "none",       "nsfs",       "overlay",    "pipefs",    "proc",        "pstore",   "ramfs",
        "resctrl",      "rootfs",     "rpc_pipefs", "securityfs", "selinuxfs", "smackfs",     "sockfs",   "spufs",
        "sysfs",        "tmpfs",      "tracefs",    "vboxsf",     "virtiofs"};
    return std::find(std::begin(kTypes), std::end(kTypes), type) != std::end(kTypes);
}

bool type_matches(const std::string& type, const std::string& pattern) {
    std::string_view rest = pattern;
    bool all_negative = false;
    if (rest.substr(0, 2) == "no") {
        all_negative = true;
        rest.remove_prefix(2);
    }
    while (!rest.empty()) {
        std::string_view word = rest.substr(0, rest.find(','));
        rest.remove_prefix(std::min(word.size() + 1, rest.size()));
        const bool negative = word.substr(0, 2) == "no";
        if (negative) word.remove_prefix(2);
        if (word == type) return !all_negative && !negative;
    }
    return all_negative;
}

bool same_path(std::string_view a, std::string_view b) {
    return a == b || without_redundant_slashes(a) == without_redundant_slashes(b);
}

MountTable MountTable::read(Tool& tool, const std::string& path) {
    const FileText file = read_file(tool, path);
    MountTable table;
    table.error = file.error;
    table.lines = parse_mountinfo(file.text);
    return table;
}

const MountinfoLine* MountTable::find_target(Tool& tool, const std::string& path) const {
    if (path.empty()) return nullptr;
    const auto at = [&](const std::string& wanted) {
        const auto found = std::find_if(lines.rbegin(), lines.rend(),
                                        [&](const MountinfoLine& l) { return same_path(l.mount_point, wanted); });
        return found == lines.rend() ? nullptr : &*found;
    };
    if (const auto* line = at(path)) return line;
    if (path[0] != '/') {
        if (const auto cwd = getcwd(tool)) {
            const std::string rest = path.compare(0, 2, "./") == 0 ? path.substr(2) : path == "." ? "" : path;
            if (const auto* line = at(rest.empty() ? *cwd : *cwd + "/" + rest)) return line;
        }
    }
    const auto canonical = realpath(tool, path);
    return canonical ? at(*canonical) : nullptr;
}

const MountinfoLine* MountTable::find_source(Tool& tool, const std::string& source, bool backward) const {
    const auto with = [&](const std::string& wanted) -> const MountinfoLine* {
        const MountinfoLine* found = nullptr;
        for (const MountinfoLine& l : lines) {
            const bool equal = is_pseudo_filesystem(l.fs_type) ? l.source == wanted : same_path(l.source, wanted);
            if (equal && (backward || !found)) found = &l;
        }
        return found;
    };
    if (source.empty()) return nullptr;
    if (const auto* line = with(source)) return line;
    const auto canonical = realpath(tool, source);
    return canonical ? with(*canonical) : nullptr;
}

const MountinfoLine* MountTable::over(const MountinfoLine& parent) const {
    const auto found = std::find_if(lines.begin(), lines.end(), [&](const MountinfoLine& l) {
        return l.parent == parent.id && same_path(l.mount_point, parent.mount_point);
    });
    return found == lines.end() ? nullptr : &*found;
}

std::vector<const MountinfoLine*> MountTable::children(const MountinfoLine& parent) const {
    std::vector<const MountinfoLine*> found;
    for (const MountinfoLine& l : lines)
        if (l.parent == parent.id && l.id != parent.id) found.push_back(&l);
    std::sort(found.begin(), found.end(), [](const auto* a, const auto* b) { return a->id < b->id; });
    return found;
}

const MountinfoLine* MountTable::root() const {
    const MountinfoLine* root = nullptr;
    for (const MountinfoLine& l : lines)
        if (!root || l.parent < root->parent) root = &l;
    for (std::size_t steps = 0; root && steps < lines.size(); ++steps) {
        const auto parent =
            std::find_if(lines.begin(), lines.end(), [&](const MountinfoLine& l) { return l.id == root->parent; });
        if (parent == lines.end() || &*parent == root) break;
        root = &*parent;
    }
    return root;
}

} // namespace nslab::shell
