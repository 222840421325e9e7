#pragma once
// Which roots of mounts and which mountpoints are files. Mountinfo does not say it.

#include <map>
#include <string>
#include <utility>

#include "sim/backend/saved_mountinfo.hpp"

namespace nslab {

/// A place of a file system: its device and the path from its root. Nothing where the device is not known.
struct SavedPlace {
    u32 major = 0, minor = 0;
    std::string path;
    friend auto operator<=>(const SavedPlace&, const SavedPlace&) = default;
};
SavedPlace root_of(const SavedMount& m);
/// Where a mount stands on its parent.
SavedPlace mountpoint_of(const SavedMachine& saved, const SavedMount& m);

/// True for each place that is a file, false for a directory. What is mounted on is of the kind of what is mounted
/// there. `known` are places whose kind the model knows. What has something below it is a directory, a namespace is a
/// file; of the rest only the name tells.
std::map<SavedPlace, bool> find_files(const SavedMachine& saved, const std::map<SavedPlace, bool>& known);

} // namespace nslab
