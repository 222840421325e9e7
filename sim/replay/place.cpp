#include "sim/replay/place.hpp"

#include <algorithm>

namespace nslab {

std::string absolute(const std::string& path, const std::string& cwd) {
    std::vector<std::string> parts;
    const std::string whole = path.rfind('/', 0) == 0 ? path : cwd + "/" + path;
    for (std::size_t at = 0; at < whole.size();) {
        const std::size_t end = std::min(whole.find('/', at), whole.size());
        const std::string part = whole.substr(at, end - at);
        at = end + 1;
        if (part == "..") {
            if (!parts.empty()) parts.pop_back();
        } else if (!part.empty() && part != ".") {
            parts.push_back(part);
        }
    }
    std::string out;
    for (const auto& part : parts) out += "/" + part;
    return out.empty() ? "/" : out;
}

Place find_place(const ActorObservation& actor, const std::string& path) {
    Place place;
    // A process in a chroot sees its working directory relative to its root.
    std::string cwd = actor.cwd;
    if (actor.root != "/" && cwd.rfind(actor.root, 0) == 0) cwd.erase(0, actor.root.size());
    place.path = absolute(path, cwd);

    const auto lines = parse_mountinfo(actor.mountinfo);
    const auto listed = [&](int id) {
        return std::any_of(lines.begin(), lines.end(), [&](const auto& l) { return l.id == id; });
    };
    // The mount on `prefix` of the current one; where the current one is not listed, one whose parent is not either.
    const auto step = [&](const std::string& prefix) -> bool {
        for (const MountinfoLine& l : lines) {
            const bool child =
                place.mount ? l.parent == place.mount->id && l.id != l.parent : l.parent == l.id || !listed(l.parent);
            if (l.mount_point != prefix || !child) continue;
            place.mount = l;
            return true;
        }
        return false;
    };
    place.is_mounted = step("/"); // the root of the process; what was mounted over it later is not entered
    for (std::size_t at = 1; at < place.path.size();) {
        const std::size_t end = std::min(place.path.find('/', at), place.path.size());
        place.is_mounted = false;
        while (step(place.path.substr(0, end))) place.is_mounted = true;
        at = end + 1;
    }
    return place;
}

} // namespace nslab
