#pragma once
// Where a path of one process leads, judged on an Observation alone.

#include <optional>
#include <string>
#include <vector>

#include "sim/backend/backend.hpp"
#include "sim/backend/mountinfo.hpp"

namespace nslab {

/// A place as a process sees it: the mount that a walk along the path ends in, and whether the path is the very place
/// where it is mounted.
struct Place {
    std::string path;                   // absolute, without "." and ".."
    std::optional<MountinfoLine> mount; // nothing where the root itself lies on a mount that mountinfo does not list
    bool is_mounted = false;
};

/// "/a/../b//c" below `cwd` is "/b/c". Symbolic links are taken as they are written.
std::string absolute(const std::string& path, const std::string& cwd);

/// Walks along `path`. Of mounts stacked on one place the topmost counts; what is covered is not found.
Place find_place(const ActorObservation& actor, const std::string& path);

} // namespace nslab
