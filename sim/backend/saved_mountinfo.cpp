// Mountinfo shows a process what its root directory reaches: ids say which mounts are the same, parents which is
// mounted on which, and a mountpoint less that of its parent is the way inside of the parent. A process sees at most
// one mount whose parent it does not see, or several on one such parent: the mount that its root directory lies on.

#include "sim/backend/saved_mountinfo.hpp"

#include <algorithm>
#include <numeric>
#include <optional>
#include <queue>
#include <set>

namespace nslab {

namespace {

// The kernel gives the smallest free number, so that these are more than any machine reaches; they bound the memory
// that a stranger's file can ask for.
constexpr int kMaxNumber = (1 << 24) - 1;
constexpr u32 kMaxMajor = (1 << 12) - 1, kMaxMinor = (1 << 20) - 1; // include/linux/kdev_t.h

std::string mount_number(int id) { return "mount " + std::to_string(id); }

/// "/a/b" without empty names, "." and "..".
bool is_plain_path(std::string_view path) {
    if (path == "/") return true;
    if (path.empty() || path.front() != '/') return false;
    while (!path.empty()) {
        path.remove_prefix(1);
        const std::string_view name = path.substr(0, path.find('/'));
        if (name.empty() || name == "." || name == "..") return false;
        path.remove_prefix(name.size());
    }
    return true;
}

struct Wrong {
    SavedField field = SavedField::whole;
    std::string words, expected;
};

/// Why a line cannot be one of the kernel's; nothing where it can.
std::optional<Wrong> wrong_in(const MountinfoLine& line) {
    using F = SavedField;
    const std::string numbers = "a number from 0 to " + std::to_string(kMaxNumber);
    for (const auto& [id, field] : {std::pair{line.id, F::id}, std::pair{line.parent, F::parent}})
        if (id < 0 || id > kMaxNumber)
            return Wrong{field, "a mount id is not between 0 and " + std::to_string(kMaxNumber), numbers};
    for (const auto& [group, field] : {std::pair{line.shared, F::shared}, std::pair{line.master, F::master},
                                       std::pair{line.propagate_from, F::propagate_from}})
        if (group < 0 || group > kMaxNumber)
            return Wrong{field, "a peer group is not between 1 and " + std::to_string(kMaxNumber), numbers};
    if (line.major > kMaxMajor || line.minor > kMaxMinor)
        return Wrong{F::device, "no device has such a number", "MAJOR:MINOR, at most 4095:1048575"};
    if (!is_plain_path(line.mount_point))
        return Wrong{F::mount_point, "the mount point is no absolute path", "a path from / without . and .."};
    if (line.fs_type != "nsfs" && (line.root.empty() || line.root.front() != '/'))
        return Wrong{F::root, "the root of the mount is no absolute path", "a path from /"};
    if (line.shared && line.unbindable)
        return Wrong{F::unbindable, "no mount is shared and unbindable", "one of the two"};
    if (line.shared && line.shared == line.master)
        return Wrong{F::master, "no mount is a slave of its own peer group", "another group than that behind shared:"};
    const std::string_view mode = std::string_view(line.super_options).substr(0, 3);
    if ((mode.substr(0, 2) != "rw" && mode.substr(0, 2) != "ro") || (mode.size() == 3 && mode[2] != ','))
        return Wrong{F::super_options, "the super options begin with neither rw nor ro", "rw or ro first"};
    return std::nullopt;
}

/// What is missing in a text that is no line at all: the first thing that the kernel would have written otherwise.
Wrong first_fault(std::string_view text) {
    using F = SavedField;
    const std::string words = "this is no line of /proc/PID/mountinfo";
    if (text.find('\0') != std::string_view::npos) return {F::whole, words, "text without zero bytes"};
    const auto field = [&](F f) {
        const Span at = field_span(text, 1, f);
        return text.substr(at.column - 1, at.length);
    };
    const auto is_number = [](std::string_view t) {
        return !t.empty() && t.find_first_not_of("0123456789") == std::string_view::npos && t.size() < 10;
    };
    if (!is_number(field(F::id))) return {F::id, words, "the number of a mount"};
    const auto blanks = std::count(text.begin(), text.end(), ' ');
    if (blanks < 1) return {F::end, words, "a blank and the number of the parent"};
    if (!is_number(field(F::parent))) return {F::parent, words, "the number of the parent"};
    if (blanks < 2) return {F::end, words, "a blank and the device, MAJOR:MINOR"};
    const std::string_view device = field(F::device);
    const std::size_t colon = std::min(device.find(':'), device.size());
    if (!is_number(device.substr(0, colon)) || colon == device.size() || !is_number(device.substr(colon + 1)))
        return {F::device, words, "the device, MAJOR:MINOR"};
    if (blanks < 5) return {F::end, words, "the root, the mount point and the options of the mount"};
    for (const auto& [tag, f] :
         {std::pair{std::string_view("shared:"), F::shared}, std::pair{std::string_view("master:"), F::master},
          std::pair{std::string_view("propagate_from:"), F::propagate_from}})
        if (const std::string_view t = field(f); t.starts_with(tag) && !is_number(t.substr(tag.size())))
            return {f, words, "the number of a peer group behind the colon"};
    return {F::end, words, "a hyphen, and behind it the type, the source and the options of the file system"};
}

/// The lines of one file; what is wrong in them is added to `mistakes`.
std::vector<MountinfoLine> read_lines(const SavedFiles& files, std::size_t file,
                                      std::vector<SavedMistakes::One>& mistakes) {
    std::vector<MountinfoLine> lines;
    std::map<int, std::size_t> seen;
    std::string_view text = files[file].second;
    bool any = false;
    for (std::size_t number = 1; !text.empty(); ++number) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        const std::string_view one = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (one.empty()) continue;
        any = true;
        auto line = one.find('\0') == std::string_view::npos ? parse_mountinfo_line(one) : std::nullopt;
        auto wrong = line ? wrong_in(*line) : first_fault(one);
        if (!wrong) {
            if (const auto [it, fresh] = seen.emplace(line->id, number); !fresh)
                wrong = Wrong{SavedField::id,
                              mount_number(line->id) + " stands on line " + std::to_string(it->second) + " already",
                              "a number that no other line has"};
        }
        if (!wrong)
            lines.push_back(std::move(*line));
        else
            mistakes.push_back(
                {file, Diagnostic{field_span(one, number, wrong->field), wrong->words, "expected " + wrong->expected}});
    }
    if (!any)
        mistakes.push_back(
            {file, Diagnostic{Span{0, 0, 1}, "the file of " + files[file].first + " shows no mount", {}}});
    return lines;
}

/// What two files that show one mount must agree on.
bool same_mount(MountinfoLine a, const MountinfoLine& b) {
    a.mount_point = b.mount_point; // as seen from each root
    a.propagate_from = b.propagate_from;
    return a == b;
}

/// The way from `above` down to `path`, both absolute: "" or "/a/b". Nothing where it does not lie there.
std::optional<std::string> below(const std::string& path, const std::string& above) {
    const std::string base = above == "/" ? "" : above;
    if (path == above) return "";
    if (path.size() > base.size() && path.compare(0, base.size(), base) == 0 && path[base.size()] == '/')
        return path.substr(base.size());
    return std::nullopt;
}

class Reader {
  public:
    explicit Reader(const SavedFiles& files) {
        std::vector<SavedMistakes::One> mistakes;
        for (std::size_t i = 0; i < files.size(); ++i) {
            SavedActor actor;
            actor.name = files[i].first;
            actor.lines = read_lines(files, i, mistakes);
            out.actors.push_back(std::move(actor));
        }
        if (mistakes.empty()) return;
        const Diagnostic& first = mistakes.front().what;
        const std::string where =
            first.at.line ? "line " + std::to_string(first.at.line) + " of " + files[mistakes.front().file].first + ": "
                          : "";
        throw SavedMistakes("saved mountinfo: " + where + first.message, std::move(mistakes));
    }

    SavedMachine read() {
        find_namespaces();
        for (std::size_t i = 0; i < out.actors.size(); ++i) enter_lines(i);
        for (std::size_t i = 0; i < out.actors.size(); ++i) find_places(i);
        for (const std::size_t i : widest_first()) find_root(i);
        for (std::size_t space = 0; space < out.spaces.size(); ++space) {
            check_tree(space);
            put_in_order(space);
        }
        return std::move(out);
    }

  private:
    /// Files that name one mount, as theirs or as a parent, are of one namespace.
    void find_namespaces() {
        const std::size_t n = out.actors.size();
        std::vector<std::size_t> leader(n);
        std::iota(leader.begin(), leader.end(), 0u);
        const auto find = [&](std::size_t i) {
            while (leader[i] != i) i = leader[i] = leader[leader[i]];
            return i;
        };
        std::map<int, std::size_t> first;
        for (std::size_t i = 0; i < n; ++i)
            for (const MountinfoLine& line : out.actors[i].lines)
                for (const int id : {line.id, line.parent}) {
                    const auto [it, fresh] = first.emplace(id, i);
                    if (!fresh) leader[std::max(find(i), find(it->second))] = std::min(find(i), find(it->second));
                }
        std::map<std::size_t, std::size_t> number;
        for (std::size_t i = 0; i < n; ++i) out.actors[i].space = number.emplace(find(i), number.size()).first->second;
        out.spaces.resize(number.size());
        tops.resize(number.size());
    }

    void enter_lines(std::size_t actor) {
        const SavedActor& a = out.actors[actor];
        for (const MountinfoLine& line : a.lines) {
            const auto [it, fresh] = out.mounts.emplace(line.id, SavedMount{line, a.space, {}, false});
            if (fresh) {
                shown_by[line.id] = actor;
                continue;
            }
            if (!same_mount(it->second.line, line))
                saved_error(mount_number(line.id) + " is not the same in " + out.actors[shown_by[line.id]].name +
                                " and in " + a.name + ": the files are not of one machine and moment",
                            {line.id, SavedField::whole, a.name});
            if (line.propagate_from) it->second.line.propagate_from = line.propagate_from;
        }
    }

    void set_place(int id, const std::string& place, const SavedActor& a) {
        const auto [it, fresh] = places.emplace(id, place);
        if (!fresh && it->second != place)
            saved_error(mount_number(id) + " is at \"" + place + "\" of its parent in " + a.name + " and at \"" +
                            it->second + "\" in another file",
                        {id, SavedField::mount_point, a.name});
    }

    /// Where the mounts of one file stand on parents that it shows as well.
    void find_places(std::size_t actor) {
        SavedActor& a = out.actors[actor];
        std::map<int, const MountinfoLine*> shown;
        for (const MountinfoLine& line : a.lines) shown[line.id] = &line;
        tops_of_actor.emplace_back();
        for (const MountinfoLine& line : a.lines) {
            const auto parent = shown.find(line.parent);
            if (parent == shown.end() || line.parent == line.id) {
                tops_of_actor.back().push_back(&line);
                continue;
            }
            const auto place = below(line.mount_point, parent->second->mount_point);
            if (!place)
                saved_error(a.name + ": " + mount_number(line.id) + " at " + line.mount_point +
                                " is not below its parent, " + mount_number(line.parent) + " at " +
                                parent->second->mount_point,
                            {line.id, SavedField::mount_point, a.name});
            set_place(line.id, *place, a);
        }
        if (tops_of_actor.back().empty())
            saved_error(a.name + ": every mount is below another one, in a circle, and none is at the top",
                        {a.lines.front().id, SavedField::parent, a.name});
        const MountinfoLine& first = *tops_of_actor.back().front();
        for (const MountinfoLine* top : tops_of_actor.back())
            if (top->parent != first.parent)
                saved_error(a.name + ": " + mount_number(first.id) + " and " + mount_number(top->id) +
                                " have parents that are not shown, " + std::to_string(first.parent) + " and " +
                                std::to_string(top->parent) + ", where a process sees at most one such parent",
                            {top->id, SavedField::parent, a.name});
    }

    /// Roots that lie below others' come later: what lies below one is seen from the other by a longer name.
    std::vector<std::size_t> widest_first() const {
        std::vector<std::size_t> order(out.actors.size()), length(out.actors.size());
        std::iota(order.begin(), order.end(), 0u);
        for (std::size_t i = 0; i < length.size(); ++i)
            for (const MountinfoLine* top : tops_of_actor[i]) length[i] = std::max(length[i], top->mount_point.size());
        std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return length[a] > length[b]; });
        return order;
    }

    /// Where the root directory of a process is, and with it where those mounts stand whose parent it does not see.
    void find_root(std::size_t actor) {
        SavedActor& a = out.actors[actor];
        const auto& shown = tops_of_actor[actor];
        const MountinfoLine& first = *shown.front();
        if (shown.size() == 1 && first.mount_point == "/") {
            // Its root directory is that of a mount; what that is mounted on lies outside.
            a.root = first.id;
            if (first.parent == first.id)
                set_top(a.space, first.id, a);
            else if (!places.contains(first.id))
                alone[first.parent].push_back(first.id);
            hide(first.parent, a);
            return;
        }
        // A directory somewhere on a mount: chroot(2) into one that is no mount point.
        a.root = first.parent;
        std::optional<std::string> dir;
        for (const MountinfoLine* top : shown) {
            const auto known = places.find(top->id);
            if (known == places.end()) continue;
            const std::string seen = top->mount_point == "/" ? "" : top->mount_point;
            const std::string& place = known->second;
            if (place.size() < seen.size() || place.compare(place.size() - seen.size(), seen.size(), seen) != 0)
                saved_error(mount_number(top->id) + " at " + top->mount_point + " of " + a.name + " is at \"" + place +
                                "\" of its parent in another file",
                            {top->id, SavedField::mount_point, a.name});
            dir = place.substr(0, place.size() - seen.size());
        }
        a.dir = dir.value_or("/root of " + a.name);
        for (const MountinfoLine* top : shown)
            set_place(top->id, a.dir + (top->mount_point == "/" ? "" : top->mount_point), a);
        hide(first.parent, a);
    }

    /// A parent that no file shows is the top of its namespace.
    void hide(int parent, const SavedActor& a) {
        if (out.mounts.contains(parent)) return;
        SavedMount hidden;
        hidden.space = a.space;
        hidden.hidden = true;
        hidden.line.id = hidden.line.parent = parent;
        out.mounts[parent] = hidden;
        set_top(a.space, parent, a);
    }

    void set_top(std::size_t space, int id, const SavedActor& a) {
        if (tops[space] && *tops[space] != id)
            saved_error(a.name + ": " + mount_number(id) + " and " + mount_number(*tops[space]) +
                            " would both be the top of one namespace: the files are not of one machine and moment",
                        {a.lines.front().id, SavedField::parent, a.name});
        tops[space] = id;
        out.spaces[space].root = id;
    }

    void check_tree(std::size_t space) {
        if (!tops[space]) {
            int one = -1;
            for (const auto& [id, m] : out.mounts)
                if (one < 0 && m.space == space) one = id;
            saved_error("mounts stand on each other in a circle, and none is at the top of a namespace",
                        {one, SavedField::parent});
        }
        // A mount that alone is known on a hidden parent covers that, as / covers the kernel's first mount.
        for (const auto& [parent, children] : alone) {
            std::set<int> distinct(children.begin(), children.end());
            for (const int id : distinct)
                if (out.mounts.at(id).space == space)
                    places.emplace(id, distinct.size() == 1 ? "" : "/root of " + out.actors[shown_by[id]].name);
        }
        std::map<int, std::vector<int>> children;
        std::size_t here = 0;
        std::map<std::pair<int, std::string>, int> taken;
        for (auto& [id, m] : out.mounts) {
            if (m.space != space) continue;
            ++here;
            if (id == *tops[space]) continue;
            m.place = places.at(id);
            children[m.line.parent].push_back(id);
            if (const auto [it, fresh] = taken.emplace(std::pair(m.line.parent, m.place), id); !fresh)
                saved_error(mount_number(it->second) + " and " + mount_number(id) +
                                " are on one place of one parent, " + mount_number(m.line.parent) +
                                ": the newer one should be on the older",
                            {id, SavedField::mount_point});
        }
        std::vector<int> reached{*tops[space]};
        for (std::size_t i = 0; i < reached.size(); ++i)
            if (const auto it = children.find(reached[i]); it != children.end())
                for (const int child : it->second) reached.push_back(child);
        if (reached.size() == here) return;
        const std::set<int> all(reached.begin(), reached.end());
        for (const auto& [id, m] : out.mounts)
            if (m.space == space && !all.contains(id))
                saved_error(mount_number(id) +
                                " is not below the top of its namespace: its parents stand on each other in a circle",
                            {id, SavedField::parent});
    }

    /// One order that agrees with that of each file; where they leave it open, the smaller number first.
    void put_in_order(std::size_t space) {
        std::map<int, std::set<int>> after;
        std::map<int, int> before;
        for (const auto& [id, m] : out.mounts)
            if (m.space == space) before[id] = 0;
        const auto precede = [&](int a, int b) {
            if (after[a].insert(b).second) ++before[b];
        };
        for (const SavedActor& a : out.actors) {
            if (a.space != space) continue;
            for (std::size_t i = 1; i < a.lines.size(); ++i) precede(a.lines[i - 1].id, a.lines[i].id);
            if (out.mounts.at(*tops[space]).hidden) precede(*tops[space], a.lines[0].id);
        }
        std::priority_queue<int, std::vector<int>, std::greater<>> next;
        for (const auto& [id, n] : before)
            if (n == 0) next.push(id);
        std::vector<int>& order = out.spaces[space].order;
        while (!next.empty()) {
            order.push_back(next.top());
            next.pop();
            for (const int id : after[order.back()])
                if (--before[id] == 0) next.push(id);
        }
        if (order.size() != before.size())
            saved_error("two files show the mounts of their namespace in different orders",
                        {out_of_order(before), SavedField::whole});
    }

    /// One that waits for another which waits for it.
    static int out_of_order(const std::map<int, int>& before) {
        for (const auto& [id, n] : before)
            if (n > 0) return id;
        return -1;
    }

    SavedMachine out;
    std::map<int, std::size_t> shown_by;
    std::map<int, std::string> places;
    std::vector<std::vector<const MountinfoLine*>> tops_of_actor;
    std::map<int, std::vector<int>> alone; // hidden parent -> mounts of which only that is known
    std::vector<std::optional<int>> tops;
};

} // namespace

SavedMachine read_saved(const SavedFiles& files) { return Reader(files).read(); }

} // namespace nslab
