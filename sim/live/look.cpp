#include "sim/live/look.hpp"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "sim/replay/place.hpp"

namespace nslab::live {

namespace {

std::string kind(u32 mode) {
    switch (mode & S::IFMT) {
    case S::IFDIR: return "a directory";
    case S::IFLNK: return "a symbolic link";
    default: return "a file";
    }
}

/// "sh1", "sh1 and sh2", "sh1, sh2 and sh3"
std::string list(const std::vector<std::string>& names) {
    std::string out;
    for (std::size_t i = 0; i < names.size(); ++i)
        out += (i == 0 ? "" : i + 1 == names.size() ? " and " : ", ") + names[i];
    return out;
}

} // namespace

std::string who_sees(Side& side, Actor from, const std::string& path) {
    const auto* here = side.observed(from);
    const std::string place = absolute(path, here ? here->cwd : "/");
    struct Found {
        StatBuf st;
        std::vector<std::string> names;
    };
    std::vector<Found> found; // in the order of the actors
    std::map<E, std::vector<std::string>> not_found;
    for (const auto& [who, process] : side.processes()) {
        if (who == Actor::init || process.name.empty() || !side.alive(who)) continue;
        const Outcome o = side.look(who, sys::Newfstatat{AT::FDCWD, place, AT::SYMLINK_NOFOLLOW});
        const auto* st = o.out.get_if<StatBuf>();
        if (!o.ok() || !st) {
            not_found[o.error].push_back(process.name);
            continue;
        }
        const auto same = std::find_if(found.begin(), found.end(), [&](const Found& f) {
            return f.st.st_dev == st->st_dev && f.st.st_ino == st->st_ino;
        });
        if (same == found.end())
            found.push_back({*st, {process.name}});
        else
            same->names.push_back(process.name);
    }
    std::string out = place + "\n";
    for (std::size_t i = 0; i < found.size(); ++i) {
        const bool one = found[i].names.size() == 1;
        out += fmt::format("    {} {} {}{}\n", list(found[i].names), one ? "sees" : "see", kind(found[i].st.st_mode),
                           i == 0 ? (one ? "" : ", the same one") : ", another one");
    }
    for (const auto& [error, names] : not_found)
        out +=
            fmt::format("    {} {}: {}\n", list(names), names.size() == 1 ? "does not" : "do not", errno_text(error));
    return out;
}

std::vector<std::string> names_in(Side& side, Actor who, const std::string& directory) {
    std::vector<std::string> names;
    const Outcome open = side.look(who, sys::Openat{AT::FDCWD, directory, O::DIRECTORY | O::RDONLY, 0});
    if (!open.ok()) return names;
    const auto fd = static_cast<i32>(open.value);
    for (;;) {
        const Outcome o = side.look(who, sys::Getdents64{fd});
        const auto* entries = o.out.get_if<Entries>();
        if (!o.ok() || o.value == 0 || !entries) break;
        for (const DirEntry& e : entries->entries) {
            if (e.name == "." || e.name == "..") continue;
            // A link may lead to a directory, and what is mounted on an entry may be another kind than the entry.
            const Outcome s = side.look(who, sys::Newfstatat{AT::FDCWD, directory + "/" + e.name, 0});
            const auto* st = s.out.get_if<StatBuf>();
            names.push_back(e.name + (s.ok() && st && (st->st_mode & S::IFMT) == S::IFDIR ? "/" : ""));
        }
    }
    side.look(who, sys::Close{fd});
    std::sort(names.begin(), names.end());
    return names;
}

} // namespace nslab::live
