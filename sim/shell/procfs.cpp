#include "sim/shell/procfs.hpp"

#include <algorithm>
#include <charconv>
#include <sstream>

#include <fmt/format.h>

namespace nslab::shell {
namespace {

/// The PIDs among the names of /proc.
std::optional<std::vector<i32>> pids(Tool& tool) {
    const Outcome opened = tool.probe(sys::Openat{AT::FDCWD, "/proc", O::RDONLY | O::DIRECTORY | O::CLOEXEC, 0});
    if (!opened.ok()) return std::nullopt;
    std::vector<i32> found;
    for (;;) {
        const Outcome o = tool.probe(sys::Getdents64{static_cast<i32>(opened.value)});
        const auto* list = o.out.get_if<Entries>();
        if (!o.ok() || !list || list->entries.empty()) break;
        for (const DirEntry& entry : list->entries) {
            i32 pid = 0;
            const char *begin = entry.name.data(), *end = begin + entry.name.size();
            if (const auto r = std::from_chars(begin, end, pid); r.ec == std::errc() && r.ptr == end)
                found.push_back(pid);
        }
    }
    tool.probe(sys::Close{static_cast<i32>(opened.value)});
    std::sort(found.begin(), found.end());
    return found;
}

/// The lines of /proc/PID/status, which tell all that is asked here.
bool read_status(Tool& tool, ProcessEntry& p) {
    const FileText file = read_file(tool, fmt::format("/proc/{}/status", p.pid));
    if (file.error != E::OK) return false;
    std::istringstream lines(file.text);
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        std::string key;
        words >> key;
        if (key == "Name:")
            p.name = line.size() > 6 ? line.substr(6) : "";
        else if (key == "State:")
            words >> p.state;
        else if (key == "PPid:")
            words >> p.ppid;
        else if (key == "Uid:")
            words >> p.ruid >> p.uid;
        else if (key == "Gid:")
            words >> p.rgid >> p.gid;
        else if (key == "Threads:")
            words >> p.threads;
        else if (key == "NSpgid:")
            words >> p.pgid;
        else if (key == "NSsid:")
            words >> p.sid;
    }
    return true;
}

} // namespace

std::optional<std::vector<ProcessEntry>> read_processes(Tool& tool, bool namespaces) {
    const auto numbers = pids(tool);
    if (!numbers) return std::nullopt;
    std::vector<ProcessEntry> found;
    for (const i32 pid : *numbers) {
        ProcessEntry p;
        p.pid = pid;
        if (!read_status(tool, p)) continue;
        for (std::size_t i = 0; namespaces && i < kLsnsTypes.size(); ++i)
            if (const auto st = stat(tool, fmt::format("/proc/{}/ns/{}", pid, kLsnsTypes[i]))) p.ns[i] = st->st_ino;
        found.push_back(std::move(p));
    }
    return found;
}

std::string user_name(u32 uid) { return uid == 0 ? "root" : std::to_string(uid); }

} // namespace nslab::shell
