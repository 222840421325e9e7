#pragma once
// What libmount 2.38 knows: mount options and the table of mounts.

#include <string>
#include <string_view>
#include <vector>

#include "sim/shell/tool.hpp"

namespace nslab::shell {

// Exit statuses of mount(8) and umount(8). Source: libmount.h.
namespace MNT_EX {
inline constexpr int SUCCESS = 0, USAGE = 1, SYSERR = 2, SOFTWARE = 4, FILEIO = 16, FAIL = 32, SOMEOK = 64;
}

/// One option of a list such as "ro,size=1m".
struct MountOption {
    std::string name;
    std::optional<std::string> value;
};

/// Splits at commas outside of double quotes. Source: libmount/src/optstr.c.
std::vector<MountOption> split_options(std::string_view list);
std::string join_options(const std::vector<MountOption>& options);

/// A list of options by who is to be told: mount(2)'s flags, libmount itself, or the file system (mount(2)'s data).
struct SortedOptions {
    std::vector<MountOption> vfs, user, fs;
    u64 flags = 0; // of mount(2), later options over earlier ones
};
SortedOptions sort_options(const std::vector<MountOption>& options);

/// The flag of an option that sets one: MS_SHARED|MS_REC of "rshared"; 0 of any other.
u64 flag_of_option(std::string_view name);

/// The options of a mount as libmount joins those of the mount and of the super block: one "ro" or "rw" in front.
std::string merged_options(const MountinfoLine& line);
/// Whether options are as `pattern` asks for: each name is there, "noNAME" is not, "NAME=VALUE" has that value; "+" in
/// front takes the meaning from "no". Source: libmount, mnt_match_options().
bool options_match(std::string_view options, std::string_view pattern);

bool is_pseudo_filesystem(const std::string& type);
/// Whether `type` fits a list such as "tmpfs,proc" or "noproc,nosysfs" (-t of umount, findmnt and mount -l).
bool type_matches(const std::string& type, const std::string& pattern);

/// /proc/self/mountinfo, read once, and the ways in which libmount looks for a mount in it. Source: libmount/src/tab.c.
class MountTable {
  public:
    /// Reads it in the tool's process. `error` is why it could not.
    static MountTable read(Tool& tool, const std::string& path = "/proc/self/mountinfo");

    E error = E::OK;
    std::vector<MountinfoLine> lines;

    /// The newest mount (the last line) at `path`: as given, with the working directory in front, made canonical.
    const MountinfoLine* find_target(Tool& tool, const std::string& path) const;
    /// The last (or first) mount whose source is `source`.
    const MountinfoLine* find_source(Tool& tool, const std::string& source, bool backward = true) const;
    /// The first mount that covers `parent` at its own mount point.
    const MountinfoLine* over(const MountinfoLine& parent) const;
    /// Its children by id.
    std::vector<const MountinfoLine*> children(const MountinfoLine& parent) const;
    /// The mount that everything else hangs on.
    const MountinfoLine* root() const;
};

/// Paths with redundant slashes taken out are equal. Source: lib/strutils.c, streq_paths().
bool same_path(std::string_view a, std::string_view b);

} // namespace nslab::shell
