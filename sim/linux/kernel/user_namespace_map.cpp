// The files that fill the maps of a user namespace: uid_map, gid_map, projid_map and setgroups of /proc/PID. Follows
// the last part of kernel/user_namespace.c of Linux 6.18.

#include <algorithm>
#include <cstdio>
#include <cstring>

#include "sim/linux/kernel/internal.hpp"
#include "sim/linux/kernel/user_namespace.hpp"

namespace nslab {

namespace {

constexpr std::size_t kMapLimit = 4096;
constexpr std::size_t kMaxExtents = 340; // UID_GID_MAP_MAX_EXTENTS
constexpr std::size_t kBaseExtents = 5;  // more are sorted

bool isspace(char c) { return c == ' ' || (c >= '\t' && c <= '\r') || c == '\xa0'; }

std::string_view skip_spaces(std::string_view text) {
    while (!text.empty() && isspace(text.front())) text.remove_prefix(1);
    return text;
}

/// Takes the digits at the front; a number that is too large is cut to 32 bits. Source: lib/vsprintf.c,
/// simple_strtoul().
u32 take_number(std::string_view& text) {
    u64 value = 0;
    while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
        value = value * 10 + static_cast<u64>(text.front() - '0');
        text.remove_prefix(1);
    }
    return static_cast<u32>(value);
}

bool parse_extent(std::string_view line, UidGidExtent& extent) {
    line = skip_spaces(line);
    extent.first = take_number(line);
    if (line.empty() || !isspace(line.front())) return false;
    line = skip_spaces(line);
    extent.lower_first = take_number(line);
    if (line.empty() || !isspace(line.front())) return false;
    line = skip_spaces(line);
    extent.count = take_number(line);
    if (!line.empty() && !isspace(line.front())) return false;
    if (!skip_spaces(line).empty()) return false;
    if (extent.first == kInvalidId || extent.lower_first == kInvalidId) return false;
    // Neither empty nor around the end of the numbers.
    return extent.first + extent.count > extent.first && extent.lower_first + extent.count > extent.lower_first;
}

bool overlap(u32 a_first, u32 a_count, u32 b_first, u32 b_count) {
    return a_first <= b_first + (b_count - 1) && a_first + (a_count - 1) >= b_first;
}

bool mappings_overlap(const std::vector<UidGidExtent>& map, const UidGidExtent& e) {
    return std::any_of(map.begin(), map.end(), [&](const UidGidExtent& prev) {
        return overlap(prev.first, prev.count, e.first, e.count) ||
               overlap(prev.lower_first, prev.count, e.lower_first, e.count);
    });
}

Result<std::vector<UidGidExtent>> parse_map(std::string_view text) {
    std::vector<UidGidExtent> map;
    text = text.substr(0, text.find('\0'));
    for (bool more = true; more;) {
        const auto end = text.find('\n');
        const std::string_view line = text.substr(0, end);
        text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
        more = !text.empty();
        UidGidExtent extent;
        if (!parse_extent(line, extent))
            return fail(E::INVAL, "a line is not three numbers of a range of IDs", "map_write");
        if (mappings_overlap(map, extent)) return fail(E::INVAL, "two ranges overlap", "map_write");
        if (map.size() + 1 == kMaxExtents && more) return fail(E::INVAL, "a map has at most 340 lines", "map_write");
        map.push_back(extent);
    }
    return map;
}

/// Whoever maps user 0 of the parent makes programs with file capabilities that count there. Source: verify_root_map().
bool verify_root_map(const Kernel& k, Id<File> file, Id<Namespace> map_ns, const std::vector<UidGidExtent>& map) {
    const bool root = std::any_of(map.begin(), map.end(), [](const UidGidExtent& e) { return e.lower_first == 0; });
    if (!root) return true;
    const Id<Namespace> file_ns = k[k[file].f_cred].user_ns;
    if (map_ns == file_ns) return k[file_ns].parent_could_setfcap;
    return file_ns_capable(k, file, k[map_ns].parent, CAP::SETFCAP);
}

/// Source: new_idmap_permitted(). `cap` is 0 for project ids, which need none.
bool new_idmap_permitted(const Kernel& k, Id<Task> task, Id<File> file, Id<Namespace> ns, IdKind kind,
                         const std::vector<UidGidExtent>& map) {
    if (kind == IdKind::uid && !verify_root_map(k, file, ns, map)) return false;
    const Cred& cred = k[k[file].f_cred];
    const Id<Namespace> parent = k[ns].parent;
    // One's own id, and nothing else, may be mapped by anybody; a group only where setgroups(2) cannot be used to leave
    // one that keeps files away.
    if (map.size() == 1 && map[0].count == 1 && k[ns].owner == cred.euid) {
        const u32 kid = make_kid(k, parent, kind, map[0].lower_first);
        if (kind == IdKind::uid && kid == cred.euid) return true;
        if (kind == IdKind::gid && !k[ns].setgroups_allowed && kid == cred.egid) return true;
    }
    if (kind == IdKind::projid) return true;
    const u32 cap = kind == IdKind::uid ? CAP::SETUID : CAP::SETGID;
    return ns_capable(k, task, parent, cap) && file_ns_capable(k, file, parent, cap);
}

/// A whole range must lie in one line of the parent's map. Source: map_id_range_down().
u32 map_id_range_down(const std::vector<UidGidExtent>& map, u32 id, u32 count) {
    for (const UidGidExtent& e : map)
        if (id >= e.first && id + (count - 1) <= e.first + (e.count - 1)) return e.lower_first + (id - e.first);
    return kInvalidId;
}

std::vector<UidGidExtent>& map_of(Namespace& ns, IdKind kind) {
    return kind == IdKind::uid ? ns.uid_map : kind == IdKind::gid ? ns.gid_map : ns.projid_map;
}

} // namespace

static std::string id_map_line(const Kernel& k, const UidGidExtent& e, Id<Namespace> lower, IdKind kind) {
    char line[64];
    std::snprintf(line, sizeof line, "%10u %10u %10u\n", e.first, from_kid(k, lower, kind, e.lower_first), e.count);
    return line;
}

std::string id_map_text(const Kernel& k, Id<Namespace> user_ns, Id<Namespace> lower, IdKind kind) {
    std::string out;
    for (const UidGidExtent& e : id_map(k, user_ns, kind)) out += id_map_line(k, e, lower, kind);
    return out;
}

std::string id_map_show(const Kernel& k, Id<File> file, IdKind kind, std::size_t line) {
    const Id<Namespace> ns = k[file].proc_user_ns;
    Id<Namespace> lower = k[k[file].f_cred].user_ns;
    if (lower == ns && k[lower].parent) lower = k[lower].parent;
    return id_map_line(k, id_map(k, ns, kind)[line], lower, kind);
}

Result<i64> id_map_write(Kernel& k, Id<Task> task, Id<File> file, IdKind kind, std::string_view data) {
    const Id<Namespace> ns = k[file].proc_user_ns;
    const Id<Namespace> parent = k[ns].parent, opener = k[k[file].f_cred].user_ns;
    if (!parent) return fail(E::PERM, "the map of the first user namespace is fixed", "proc_uid_map_write");
    if (opener != ns && opener != parent)
        return fail(E::PERM, "the file was opened neither in the user namespace nor in its parent",
                    "proc_uid_map_write");
    if (k[file].f_pos != 0 || data.size() >= kMapLimit)
        return fail(E::INVAL, "a map is written at once, from the beginning of the file", "map_write");
    if (!id_map(k, ns, kind).empty()) return fail(E::PERM, "the map is written already", "map_write");
    if (kind != IdKind::projid && !file_ns_capable(k, file, ns, CAP::SYS_ADMIN))
        return fail(E::PERM, "whoever opened the file has no CAP_SYS_ADMIN in the user namespace", "map_write");

    std::vector<UidGidExtent> map = TRY(parse_map(data));
    if (!new_idmap_permitted(k, task, file, ns, kind, map))
        return fail(E::PERM,
                    "without a capability in the parent one may map one's own id only, and a group only behind "
                    "\"deny\" in setgroups",
                    "new_idmap_permitted");
    for (UidGidExtent& e : map) {
        e.lower_first = map_id_range_down(id_map(k, parent, kind), e.lower_first, e.count);
        if (e.lower_first == kInvalidId) return fail(E::PERM, "an id has no name in the parent", "map_write");
    }
    if (map.size() > kBaseExtents)
        std::sort(map.begin(), map.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    map_of(k[ns], kind) = std::move(map);
    return static_cast<i64>(data.size());
}

std::string setgroups_show(const Kernel& k, Id<File> file) {
    return k[k[file].proc_user_ns].setgroups_allowed ? "allow\n" : "deny\n";
}

Result<i64> setgroups_write(Kernel& k, Id<File> file, std::string_view data) {
    constexpr std::size_t kBuffer = 8;
    const Id<Namespace> ns = k[file].proc_user_ns;
    const auto invalid = [] { return fail(E::INVAL, "setgroups takes allow or deny", "proc_setgroups_write"); };
    if (k[file].f_pos != 0 || data.size() >= kBuffer) return invalid();
    const std::string_view text = data.substr(0, data.find('\0'));
    const bool allow = text.substr(0, 5) == "allow";
    if (!allow && text.substr(0, 4) != "deny") return invalid();
    if (!skip_spaces(text.substr(allow ? 5 : 4)).empty()) return invalid();
    if (allow && !k[ns].setgroups_allowed)
        return fail(E::PERM, "what has been denied stays so", "proc_setgroups_write");
    if (!allow && !k[ns].gid_map.empty()) return fail(E::PERM, "groups are mapped already", "proc_setgroups_write");
    if (!allow) k[ns].setgroups_allowed = false;
    return static_cast<i64>(data.size());
}

bool userns_may_setgroups(const Kernel& k, Id<Namespace> user_ns) {
    return !k[user_ns].gid_map.empty() && k[user_ns].setgroups_allowed;
}

} // namespace nslab
