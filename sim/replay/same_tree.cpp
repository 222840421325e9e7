// What two places show, as `diff -r` would compare it: names, kinds and contents, through calls that only look.

#include <algorithm>

#include <fmt/format.h>

#include "sim/replay/expect.hpp"

namespace nslab {

namespace {

constexpr std::size_t kMostEntries = 100000; // a tree that is larger is not compared, but complained about

struct Seen {
    Side& side;
    Actor who;

    Outcome must(const Syscall& c) {
        Outcome o = side.look(who, c);
        if (!o.ok() && o.skipped) throw Unplayed({}, o.why);
        return o;
    }

    /// Reads all that an open file or directory says, by `c` until it says nothing more.
    template <class Buffer, class F> void read_all(const std::string& path, u32 flags, const F& each) {
        const Outcome open = must(sys::Openat{AT::FDCWD, path, flags | O::RDONLY, 0});
        if (!open.ok()) throw PlayError({}, fmt::format("{}: {}", path, errno_text(open.error)));
        const auto fd = static_cast<i32>(open.value);
        for (;;) {
            const Syscall c = flags & O::DIRECTORY ? Syscall(sys::Getdents64{fd}) : Syscall(sys::Read{fd});
            const Outcome o = must(c);
            const auto* buffer = o.out.get_if<Buffer>();
            if (!o.ok() || o.value == 0 || !buffer) break;
            each(*buffer);
        }
        must(sys::Close{fd});
    }

    std::vector<std::string> entries(const std::string& path) {
        std::vector<std::string> names;
        read_all<Entries>(path, O::DIRECTORY, [&](const Entries& e) {
            for (const DirEntry& entry : e.entries)
                if (entry.name != "." && entry.name != "..") names.push_back(entry.name);
        });
        std::sort(names.begin(), names.end());
        return names;
    }

    std::string content(const std::string& path) {
        std::string all;
        read_all<Bytes>(path, 0, [&](const Bytes& b) { all += b.data; });
        return all;
    }
};

std::string kind(u32 mode) {
    switch (mode & S::IFMT) {
    case S::IFDIR: return "a directory";
    case S::IFREG: return "a file";
    case S::IFLNK: return "a symbolic link";
    default: return "a special file";
    }
}

std::string compare(Seen one, const std::string& path, Seen two, const std::string& other, std::size_t& budget) {
    if (budget-- == 0) throw PlayError({}, fmt::format("more than {} entries to compare", kMostEntries));
    const Outcome a = one.must(sys::Newfstatat{AT::FDCWD, path, AT::SYMLINK_NOFOLLOW});
    const Outcome b = two.must(sys::Newfstatat{AT::FDCWD, other, AT::SYMLINK_NOFOLLOW});
    if (!a.ok()) return fmt::format("{}: {}", path, errno_text(a.error));
    if (!b.ok()) return fmt::format("{}: {}", other, errno_text(b.error));
    const auto& st = a.out.get<StatBuf>();
    const auto& st2 = b.out.get<StatBuf>();
    if (kind(st.st_mode) != kind(st2.st_mode))
        return fmt::format("{} is {}, {} is {}", path, kind(st.st_mode), other, kind(st2.st_mode));
    const u32 type = st.st_mode & S::IFMT;
    if (type == S::IFLNK) {
        const Outcome l = one.must(sys::Readlinkat{AT::FDCWD, path}), l2 = two.must(sys::Readlinkat{AT::FDCWD, other});
        return l.out == l2.out ? "" : fmt::format("{} and {} point to different places", path, other);
    }
    if (type == S::IFREG)
        return one.content(path) == two.content(other) ? "" : fmt::format("{} and {} differ", path, other);
    if (type != S::IFDIR) return {};

    const auto names = one.entries(path), names2 = two.entries(other);
    const auto below = [](const std::string& dir, const std::string& name) {
        return dir.back() == '/' ? dir + name : dir + "/" + name;
    };
    for (const std::string& name : names)
        if (!std::binary_search(names2.begin(), names2.end(), name)) return fmt::format("only in {}: {}", path, name);
    for (const std::string& name : names2)
        if (!std::binary_search(names.begin(), names.end(), name)) return fmt::format("only in {}: {}", other, name);
    for (const std::string& name : names) {
        std::string difference = compare(one, below(path, name), two, below(other, name), budget);
        if (!difference.empty()) return difference;
    }
    return {};
}

} // namespace

std::string tree_difference(Side& side, Actor one, const std::string& path, Actor two, const std::string& other) {
    std::size_t budget = kMostEntries;
    return compare({side, one}, path, {side, two}, other, budget);
}

} // namespace nslab
