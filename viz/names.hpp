#pragma once
// What things are called in drawings: keys that never change, and names that people know them by.

#include <map>
#include <string>
#include <vector>

#include "viz/view.hpp"

namespace nslab::viz {

/// The name of the actor that a task stands for, otherwise "PID 7".
std::string task_name(const State& state, Id<Task> task);
/// "sh1, sh2 and 3 more".
std::string listed(const std::vector<std::string>& names, std::size_t most = 4);

/// The tasks of each mount namespace, by name, in the order of their PIDs.
std::map<Id<MntNamespace>, std::vector<std::string>> mnt_ns_tasks(const State& state);

std::string mount_key(const Kernel& k, Id<Mount> m);
std::string mnt_ns_key(const Kernel& k, Id<MntNamespace> ns);

/// What mountinfo tells of where a mount comes from: "tmpfs disk[/sub]".
std::string mount_source(const Kernel& k, Id<Mount> m);
/// Where it is seen, from the root of its namespace.
std::string mount_place(const Kernel& k, Id<Mount> m);
/// "shared 1, slave of 2", "private", "unbindable".
std::string propagation_words(const Kernel& k, Id<Mount> m);

} // namespace nslab::viz
