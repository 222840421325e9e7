#include "sim/backend/saved_kinds.hpp"

#include <algorithm>
#include <set>

namespace nslab {
namespace {

/// Files that people and container engines mount over one another, and that have no ending which would say so.
constexpr std::string_view kFileNames[] = {"hostname",
                                           "hosts",
                                           "etc-hosts",
                                           "machine-id",
                                           "passwd",
                                           "group",
                                           "shadow",
                                           "localtime",
                                           "timezone",
                                           "mtab",
                                           "fstab",
                                           "null",
                                           "zero",
                                           "full",
                                           "random",
                                           "urandom",
                                           "tty",
                                           "console",
                                           "kmsg",
                                           "fuse",
                                           "ptmx",
                                           "kcore",
                                           "keys",
                                           "latency_stats",
                                           "loadavg",
                                           "meminfo",
                                           "cpuinfo",
                                           "stat",
                                           "timer_list",
                                           "uptime",
                                           "swaps",
                                           "diskstats",
                                           "kallsyms",
                                           "slabinfo",
                                           "sysrq-trigger",
                                           "sched_debug",
                                           "timer_stats",
                                           "interrupts",
                                           "cmdline",
                                           "termination-log",
                                           "authorized_keys",
                                           "known_hosts"};

std::string_view last_name(std::string_view path) {
    if (path.ends_with("//deleted")) path.remove_suffix(9);
    return path.substr(path.rfind('/') + 1);
}

/// A well-known name, or an ending such as ".conf" or ".sock"; ".d" and ".mount" are directories', and a number after
/// the dot is a version.
bool is_file_name(std::string_view name) {
    if (std::find(std::begin(kFileNames), std::end(kFileNames), name) != std::end(kFileNames)) return true;
    const std::size_t dot = name.rfind('.');
    if (dot == std::string_view::npos || dot == 0) return false;
    const std::string_view ending = name.substr(dot + 1);
    if (ending.empty() || ending.size() > 5 || ending == "d" || ending == "mount") return false;
    return std::all_of(ending.begin(), ending.end(), [](char c) { return c >= 'a' && c <= 'z'; });
}

/// Places that are of one kind, because one is mounted on the other.
class Kinds {
  public:
    std::size_t number(const SavedPlace& p) {
        const auto [it, fresh] = numbers_.emplace(p, leader_.size());
        if (fresh) leader_.push_back(leader_.size());
        return it->second;
    }
    std::size_t find(std::size_t i) {
        while (leader_[i] != i) i = leader_[i] = leader_[leader_[i]];
        return i;
    }
    void join(std::size_t a, std::size_t b) { leader_[find(a)] = find(b); }
    const std::map<SavedPlace, std::size_t>& places() const { return numbers_; }

  private:
    std::map<SavedPlace, std::size_t> numbers_;
    std::vector<std::size_t> leader_;
};

} // namespace

SavedPlace root_of(const SavedMount& m) {
    if (m.hidden) return {~u32{0}, static_cast<u32>(m.line.id), "/"};
    return {m.line.major, m.line.minor, m.line.root};
}

SavedPlace mountpoint_of(const SavedMachine& saved, const SavedMount& m) {
    SavedPlace place = root_of(saved.mounts.at(m.line.parent));
    if (m.place.empty()) return place;
    place.path = place.path == "/" ? m.place : place.path + m.place;
    return place;
}

std::map<SavedPlace, bool> find_files(const SavedMachine& saved, const std::map<SavedPlace, bool>& known) {
    Kinds kinds;
    std::map<std::size_t, const SavedMount*> namespaces;
    for (const auto& [id, m] : saved.mounts) {
        const std::size_t root = kinds.number(root_of(m));
        if (m.line.parent != id) kinds.join(root, kinds.number(mountpoint_of(saved, m)));
        if (!m.hidden && m.line.fs_type == "nsfs") namespaces[root] = &m;
    }
    std::set<SavedPlace> directories;
    for (const auto& [place, number] : kinds.places()) {
        SavedPlace above = place;
        for (std::size_t slash; (slash = above.path.rfind('/')) != std::string::npos && slash > 0;) {
            above.path.resize(slash);
            directories.insert(above);
        }
        if (place.path == "/") directories.insert(place);
    }
    std::set<std::size_t> has_directory, has_file, looks_like_file;
    for (const auto& [place, number] : kinds.places()) {
        const std::size_t kind = kinds.find(number);
        const auto it = known.find(place);
        if (directories.contains(place) || (it != known.end() && !it->second)) has_directory.insert(kind);
        if (it != known.end() && it->second) has_file.insert(kind);
        if (is_file_name(last_name(place.path))) looks_like_file.insert(kind);
    }
    for (const auto& [number, m] : namespaces) {
        has_file.insert(kinds.find(number));
        if (has_directory.contains(kinds.find(number)))
            saved_error("mount " + std::to_string(m->line.id) + " is a namespace's file and is mounted on a directory",
                        {m->line.id, SavedField::mount_point});
    }
    std::map<SavedPlace, bool> files;
    for (const auto& [place, number] : kinds.places()) {
        const std::size_t kind = kinds.find(number);
        files[place] = !has_directory.contains(kind) && (has_file.contains(kind) || looks_like_file.contains(kind));
    }
    return files;
}

} // namespace nslab
