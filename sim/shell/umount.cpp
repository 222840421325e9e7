// umount(8) of util-linux 2.38: sys-utils/umount.c and libmount's context_umount.c. Not played: -d, -O and the
// helpers /sbin/umount.TYPE.

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "sim/shell/libmount.hpp"
#include "sim/shell/rows.hpp"
#include "sim/shell/target_namespace.hpp"

namespace nslab::shell {
namespace {

constexpr int kFake = kLongOnly;

const OptionTable& table() {
    static const OptionTable t{"aAcdfhilnqRrO:t:vVN:",
                               {{"all", no_argument, nullptr, 'a'},
                                {"all-targets", no_argument, nullptr, 'A'},
                                {"detach-loop", no_argument, nullptr, 'd'},
                                {"fake", no_argument, nullptr, kFake},
                                {"force", no_argument, nullptr, 'f'},
                                {"help", no_argument, nullptr, 'h'},
                                {"internal-only", no_argument, nullptr, 'i'},
                                {"lazy", no_argument, nullptr, 'l'},
                                {"no-canonicalize", no_argument, nullptr, 'c'},
                                {"no-mtab", no_argument, nullptr, 'n'},
                                {"quiet", no_argument, nullptr, 'q'},
                                {"read-only", no_argument, nullptr, 'r'},
                                {"recursive", no_argument, nullptr, 'R'},
                                {"test-opts", required_argument, nullptr, 'O'},
                                {"types", required_argument, nullptr, 't'},
                                {"verbose", no_argument, nullptr, 'v'},
                                {"version", no_argument, nullptr, 'V'},
                                {"namespace", required_argument, nullptr, 'N'}},
                               {'d', 'O', 'h', 'V'},
                               0,
                               SIZE_MAX,
                               MNT_EX::USAGE};
    return t;
}

/// The type of a file system by its magic number, where libmount knows it; cgroup2 it does not.
/// Source: libmount/src/utils.c, mnt_statfs_get_fstype().
std::optional<std::string> type_of_magic(u64 magic) {
    switch (magic) {
    case 0x01021994: return "tmpfs";
    case 0x9fa0: return "proc";
    case 0x62656572: return "sysfs";
    case 0x858458f6: return "ramfs";
    case 0x19800202: return "mqueue";
    case 0x1cd1: return "devpts";
    case 0x27e0eb: return "cgroup";
    case 0xEF53: return "ext4";
    case 0x9123683E: return "btrfs";
    case 0x58465342: return "xfs";
    case 0x794c7630: return std::nullopt; // overlay has no row either
    default: return std::nullopt;
    }
}

class Umount {
  public:
    Umount(Tool& tool, const CommandLine& line, TargetNamespace& ns)
        : tool_(tool), ns_(ns), helpers_(!line.has('i')), lazy_(line.has('l')), force_(line.has('f')),
          canonical_(!line.has('c')), quiet_(line.has('q')), read_only_(line.has('r')), verbose_(line.has('v')),
          fake_(line.has(kFake)) {}

    int one(const std::string& spec);
    int recursive(const std::string& spec);
    int all_targets(const std::string& spec, bool recursive);
    int all(const std::string& types);

  private:
    /// What is to be unmounted, its source where the table of mounts was read, and whether its type is known.
    struct Found {
        std::string target;
        std::optional<std::string> source;
        bool typed = true;
    };
    enum class Search { found, missing, failed };
    Search find(const std::string& spec, const MountinfoLine*& line, MountTable& mounts, E& error);
    bool known_by_statfs(const std::string& target);
    E look_up(Found& found);
    E perform(const Found& found);
    int result(const Found& found, E error);
    int umount(const Found& found);
    int unreadable(const std::string& spec, const char* what, E why);
    int say(const std::string& target, int status, const std::string& message);
    int not_mounted(const std::string& spec);
    int tree(const MountTable& mounts, const MountinfoLine& top);
    int one_if_mounted(const std::string& target);

    Tool& tool_;
    TargetNamespace& ns_;
    bool helpers_, lazy_, force_, canonical_, quiet_, read_only_, verbose_, fake_;
    bool swap_match_ = true; // the operand may be a source
};

/// The table of mounts cannot be had, or does not help.
int Umount::unreadable(const std::string& spec, const char* what, E why) {
    tool_.blame(why);
    return say(spec, why == E::INVAL || why == E::PERM ? MNT_EX::USAGE : MNT_EX::FAIL,
               fmt::format("{} failed: {}", what, errno_text(why)));
}

int Umount::say(const std::string& target, int status, const std::string& message) {
    if (!message.empty()) tool_.warn(fmt::format("{}: {}.", target, message));
    return status;
}

/// Asks the file system itself, which spares the reading of mountinfo. Source: lookup_umount_fs_by_statfs().
bool Umount::known_by_statfs(const std::string& target) {
    if (target.compare(0, 1, "/") != 0 || force_ || lazy_ || !canonical_) return false;
    const auto st = stat(tool_, target);
    if (!st || !is_directory(*st)) return false;
    const Outcome opened = tool_.probe(sys::Openat{AT::FDCWD, target, O::PATH, 0});
    if (!opened.ok()) return false;
    const auto fd = static_cast<i32>(opened.value);
    const Outcome o = tool_.probe(sys::Fstatfs{fd});
    const auto* buffer = o.out.get_if<StatfsBuf>();
    const bool known = o.ok() && buffer && type_of_magic(buffer->f_type);
    tool_.probe(sys::Close{fd});
    return known;
}

/// Source: __mtab_find_umount_fs().
Umount::Search Umount::find(const std::string& spec, const MountinfoLine*& line, MountTable& mounts, E& error) {
    line = nullptr;
    if (spec.empty()) return Search::missing;
    mounts = ns_.read_mounts();
    if (mounts.error != E::OK) {
        error = mounts.error;
        return Search::failed;
    }
    const TargetNamespace::Visit there(ns_, TargetNamespace::Side::target);
    line = mounts.find_target(tool_, spec);
    if (!line && swap_match_) {
        line = mounts.find_source(tool_, spec);
        // Another mount on top of that one's place is not what was meant.
        if (line && mounts.find_target(tool_, line->mount_point) != line) {
            error = E::INVAL;
            return Search::failed;
        }
    }
    return line ? Search::found : Search::missing;
}

/// Source: do_umount().
E Umount::perform(const Found& found) {
    if (found.typed && helpers_) ns_.seek_helper();
    if (fake_) return E::OK;
    const u32 flags = (lazy_ ? UMOUNT::DETACH : 0) | (force_ ? UMOUNT::FORCE : 0);
    const Outcome o = tool_.call(sys::Umount2{found.target, flags});
    if (o.ok()) return E::OK;
    const E error = o.error == E::OK ? E::NOSYS : o.error;
    if (error != E::BUSY || !read_only_ || !found.source) return error;
    const Outcome remount =
        tool_.call(sys::Mount{*found.source, found.target, nullptr, MS::REMOUNT | MS::RDONLY, nullptr});
    return remount.ok() ? E::OK : remount.error;
}

int Umount::result(const Found& found, E error) {
    if (error == E::OK) {
        if (verbose_) {
            tool_.warn(found.source ? fmt::format("{} ({}) unmounted", found.target, *found.source)
                                    : fmt::format("{} unmounted", found.target));
        }
        return MNT_EX::SUCCESS;
    }
    if (quiet_ && error == E::INVAL) return MNT_EX::FAIL;
    // Source: mnt_context_get_umount_excode().
    switch (error) {
    case E::NXIO: return say(found.target, MNT_EX::FAIL, "invalid block device");
    case E::INVAL: return say(found.target, MNT_EX::FAIL, "not mounted");
    case E::IO: return say(found.target, MNT_EX::FAIL, "can't write superblock");
    case E::BUSY: return say(found.target, MNT_EX::FAIL, "target is busy");
    case E::NOENT: return say(found.target, MNT_EX::FAIL, "no mount point specified");
    case E::PERM: return say(found.target, MNT_EX::FAIL, "must be superuser to unmount");
    case E::ACCES: return say(found.target, MNT_EX::FAIL, "block devices are not permitted on filesystem");
    default:
        return say(found.target, error == E::NOMEM ? MNT_EX::SYSERR : MNT_EX::FAIL,
                   fmt::format("umount(2) system call failed: {}", errno_text(error)));
    }
}

int Umount::umount(const Found& found) {
    const E error = [&] {
        const TargetNamespace::Visit there(ns_, TargetNamespace::Side::target);
        return perform(found);
    }();
    return result(found, error);
}

/// Source: mnt_context_umount().
int Umount::one(const std::string& spec) {
    Found found{spec, std::nullopt};
    E why = E::OK, error = E::OK;
    {
        const TargetNamespace::Visit there(ns_, TargetNamespace::Side::target);
        why = known_by_statfs(spec) ? E::OK : look_up(found);
        if (why == E::OK) error = perform(found);
    }
    return why == E::OK ? result(found, error) : unreadable(spec, "umount", why);
}

/// What is mounted at the target, by the table of mounts. Where nothing is, the kernel shall say what is wrong.
E Umount::look_up(Found& found) {
    const MountinfoLine* line = nullptr;
    MountTable mounts;
    E why = E::OK;
    switch (find(found.target, line, mounts, why)) {
    case Search::found: found = {line->mount_point, line->source}; break;
    case Search::missing: found.typed = false; break;
    case Search::failed: break;
    }
    return why;
}

int Umount::not_mounted(const std::string& spec) {
    if (!quiet_) tool_.warn(fmt::format("{}: {}", spec, exists(tool_, spec) ? "not mounted" : "not found"));
    return MNT_EX::USAGE;
}

/// One of a tree may have gone with another already. Source: umount_one_if_mounted().
int Umount::one_if_mounted(const std::string& target) {
    const MountinfoLine* line = nullptr;
    MountTable mounts;
    E why = E::OK;
    switch (find(target, line, mounts, why)) {
    case Search::found: {
        const std::string point = line->mount_point;
        return one(point);
    }
    case Search::missing: return MNT_EX::SUCCESS;
    case Search::failed: break;
    }
    return unreadable("???", "operation", why);
}

/// First what covers it, then its children, then itself. Source: umount_do_recurse().
int Umount::tree(const MountTable& mounts, const MountinfoLine& top) {
    const MountinfoLine* over = mounts.over(top);
    if (over)
        if (const int status = tree(mounts, *over)) return status;
    for (const MountinfoLine* child : mounts.children(top)) {
        if (child == over) continue;
        if (const int status = tree(mounts, *child)) return status;
    }
    return one_if_mounted(top.mount_point);
}

int Umount::recursive(const std::string& spec) {
    const MountTable mounts = ns_.read_mounts();
    if (mounts.error != E::OK) {
        tool_.warn("failed to parse /proc/self/mountinfo", mounts.error);
        return MNT_EX::SOFTWARE;
    }
    swap_match_ = false;
    const MountinfoLine* top = mounts.find_target(tool_, spec);
    return top ? tree(mounts, *top) : not_mounted(spec);
}

int Umount::all_targets(const std::string& spec, bool recursive) {
    const MountinfoLine* line = nullptr;
    MountTable found;
    E why = E::OK;
    switch (find(spec, line, found, why)) {
    case Search::missing: return not_mounted(spec);
    case Search::failed: return unreadable("???", "operation", why);
    case Search::found: break;
    }
    const u32 major = line->major, minor = line->minor;
    const MountTable mounts = ns_.read_mounts();
    if (mounts.error != E::OK) {
        tool_.warn("failed to parse /proc/self/mountinfo", mounts.error);
        return MNT_EX::SOFTWARE;
    }
    swap_match_ = false;
    for (auto it = mounts.lines.rbegin(); it != mounts.lines.rend(); ++it) {
        if (it->major != major || it->minor != minor) continue;
        if (const int status = recursive ? tree(mounts, *it) : one_if_mounted(it->mount_point)) return status;
    }
    return MNT_EX::SUCCESS;
}

/// Source: umount_all(), mnt_context_next_umount(): the last line first; statuses are joined.
int Umount::all(const std::string& types) {
    const MountTable mounts = ns_.read_mounts();
    if (mounts.error != E::OK) return MNT_EX::SUCCESS; // 2.38 says nothing
    int status = 0;
    for (auto it = mounts.lines.rbegin(); it != mounts.lines.rend(); ++it) {
        if (!type_matches(it->fs_type, types)) {
            if (verbose_) tool_.out(fmt::format("{:<25}: ignored\n", it->mount_point));
            continue;
        }
        const bool verbose = std::exchange(verbose_, false);
        const int one = umount({it->mount_point, it->source});
        verbose_ = verbose;
        if (one == MNT_EX::SUCCESS && verbose)
            tool_.out(fmt::format("{:<25}: successfully unmounted\n", it->mount_point));
        status |= one;
    }
    return status;
}

/// Which options exclude each other. Source: sys-utils/umount.c, excl.
std::optional<std::string> exclusive(const CommandLine& line) {
    static const std::vector<std::vector<std::pair<int, const char*>>> groups = {
        {{'A', "--all-targets"}, {'a', "--all"}},
        {{'R', "--recursive"}, {'a', "--all"}},
        {{'O', "--test-opts"}, {'R', "--recursive"}, {'t', "--types"}},
        {{'R', "--recursive"}, {'r', "--read-only"}},
    };
    for (const auto& group : groups) {
        std::set<int> given;
        std::string names;
        for (const auto& [id, name] : group) {
            if (line.has(id)) given.insert(id);
            names += fmt::format(" {}", name);
        }
        if (given.size() > 1) return "umount: mutually exclusive arguments:" + names;
    }
    return std::nullopt;
}

std::vector<Diagnostic> check(const std::vector<std::string>& argv) {
    std::vector<Diagnostic> found = check_options(argv, table());
    if (!found.empty()) return found;
    const CommandLine line = read_options(argv, table());
    if (const auto clash = exclusive(line)) found.push_back(complaint(argv, 0, *clash));
    if (line.has('a') && !line.operands.empty())
        found.push_back(complaint(argv, line.operands[0].word, "umount: extra operand"));
    if (!line.has('a') && line.operands.empty()) found.push_back(complaint(argv, 0, "umount: missing operand"));
    return found;
}

int umount(Tool& tool, const CommandLine& line, TargetNamespace& ns) {
    Umount umount(tool, line, ns);
    if (line.has('a'))
        return umount.all(line.last('t').value_or("noproc,nodevfs,nodevpts,nosysfs,norpc_pipefs,nonfsd,noselinuxfs"));
    int status = 0;
    for (const Operand& o : line.operands) {
        if (line.has('A'))
            status += umount.all_targets(o.text, line.has('R'));
        else if (line.has('R'))
            status += umount.recursive(o.text);
        else
            status += umount.one(o.text);
    }
    return std::min(status, 255);
}

CommandResult run(Terminal& terminal, const Invocation& invocation) {
    Tool tool(terminal, "umount");
    const CommandLine line = read_options(invocation.argv, table());
    if (line.misuse) return tool.misuse(line, table());
    if (const auto clash = exclusive(line)) {
        tool.say(*clash);
        return tool.end(MNT_EX::USAGE);
    }
    if (line.has('a') && !line.operands.empty()) return tool.bad_usage("unexpected number of arguments", MNT_EX::USAGE);
    if (!line.has('a') && line.operands.empty()) return tool.bad_usage("bad usage", MNT_EX::USAGE);
    return work_in_namespace(tool, line, [&](TargetNamespace& ns) { return umount(tool, line, ns); });
}

} // namespace

CommandRow umount_row() {
    return {
        "umount", "umount [-N NAMESPACE] [OPTIONS] DIRECTORY|SOURCE... | -a", false, ActorWords::behind_N, check, run,
        table};
}

} // namespace nslab::shell
