#pragma once
// Who keeps a namespace alive: every reference that is counted, by what it is.

#include <string>
#include <utility>
#include <vector>

#include "sim/linux/kernel.hpp"

namespace nslab {

/// A namespace of any type.
struct NamespaceRef {
    NsType type = NsType::none;
    u32 index = 0;
    friend bool operator==(const NamespaceRef&, const NamespaceRef&) = default;
};

/// Processes by the names that a scenario has for them.
using TaskNames = std::vector<std::pair<std::string, Id<Task>>>;

/// The namespace of a task, by its type as /proc/PID/ns names it (pid_for_children too); NULL for a task that has
/// exited.
NamespaceRef namespace_of_task(const Kernel& k, Id<Task> task, const std::string& type);

/// "net:[4026531840]: count 2" and below it a line for each holder: nsproxies with their tasks, open files, bind
/// mounts, mounted file systems, namespaces below it or owned by it, PIDs, credentials.
std::string show_holders(const Kernel& k, NamespaceRef ns, const TaskNames& tasks);

/// The same for every namespace that there is, oldest first.
std::string show_all_holders(const Kernel& k, const TaskNames& tasks);

} // namespace nslab
