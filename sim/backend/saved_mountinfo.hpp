#pragma once
// Saved /proc/PID/mountinfo files of one machine as one picture: which mounts there are, in which namespace and where,
// and where each process has its root. Text in, text out; nothing here knows the model.

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "sim/backend/saved_mistake.hpp"

namespace nslab {

struct SavedMount {
    MountinfoLine line;    // of a hidden one only the id is known
    std::size_t space = 0; // index of its namespace
    std::string place;     // its mountpoint below the root of its parent, "/a/b"; "" is that root itself
    bool hidden = false;   // the parent of what is shown, itself outside of every process's root
};

struct SavedNamespace {
    int root = 0;           // the mount at the top of the tree; its own parent
    std::vector<int> order; // its mounts, oldest first
};

struct SavedActor {
    std::string name;
    std::size_t space = 0;
    int root = 0;    // the mount that its root directory lies on
    std::string dir; // and the way from that mount's root, "/srv/jail"; "" is the root itself
    std::vector<MountinfoLine> lines;
};

struct SavedMachine {
    std::map<int, SavedMount> mounts; // by mount id
    std::vector<SavedNamespace> spaces;
    std::vector<SavedActor> actors;
};

/// Reads (actor, text) pairs. Files in which a mount id recurs are of one namespace.
/// Throws SavedMistakes where a text is no mountinfo, all of them at once, and by saved_error() where the files
/// contradict themselves or each other.
SavedMachine read_saved(const SavedFiles& files);

} // namespace nslab
