#pragma once
// /proc/PID/mountinfo as lines, read and written. Format: Documentation/filesystems/proc.rst, section 3.5.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/linux/uapi/flags.hpp"

namespace nslab {

struct MountinfoLine {
    int id = 0, parent = 0;
    u32 major = 0, minor = 0;
    std::string root, mount_point, options;         // options are those of the mount itself
    int shared = 0, master = 0, propagate_from = 0; // peer groups; 0 is none
    bool unbindable = false;
    std::string fs_type, source, super_options;

    friend bool operator==(const MountinfoLine&, const MountinfoLine&) = default;
};

/// Reads one line, with or without its newline. Nothing where it is none.
std::optional<MountinfoLine> parse_mountinfo_line(std::string_view line);

/// Reads a whole file; lines that cannot be read are left out.
std::vector<MountinfoLine> parse_mountinfo(std::string_view text);

/// The line as the kernel writes it, without a newline.
std::string to_string(const MountinfoLine& line);

/// Blank, tab, newline and backslash (and `#`, in sources and types) as the kernel escapes them: \040 \011 \012 \134
/// \043.
std::string mangle(std::string_view text, bool hash = false);
/// The same backwards: every backslash with three octal digits.
std::string unmangle(std::string_view text);

} // namespace nslab
