#pragma once
// What ps(1) and lsns(8) learn of processes from /proc.

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "sim/shell/tool.hpp"

namespace nslab::shell {

/// The types of namespaces in the order of lsns, as /proc/PID/ns names them.
inline constexpr std::array<std::string_view, 8> kLsnsTypes = {"mnt", "net",  "pid",    "uts",
                                                               "ipc", "user", "cgroup", "time"};

/// A directory of /proc. Numbers are as the PID namespace of that /proc has them.
struct ProcessEntry {
    i32 pid = 0, ppid = 0, pgid = 0, sid = 0;
    u32 uid = 0, ruid = 0, gid = 0, rgid = 0, threads = 1;
    char state = '?';
    std::string name;
    std::array<u64, kLsnsTypes.size()> ns{}; // inode numbers, 0 where they cannot be seen
};

/// All processes, by their PIDs; nothing where there is no /proc. Namespaces are looked at only where asked for.
std::optional<std::vector<ProcessEntry>> read_processes(Tool& tool, bool namespaces);

/// "root", or the number: the world has no /etc/passwd.
std::string user_name(u32 uid);

} // namespace nslab::shell
