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
/// A path that is longer than so many bytes, with "…" for what is in its middle: "/mnt/…/usr/share/doc".
std::string shortened(const std::string& path, std::size_t most = 44);

/// "1 mount", "2 mounts".
std::string plural(std::size_t n, const std::string& thing);

std::string ns_key(const Kernel& k, Id<Namespace> ns);
std::string task_key(const Kernel& k, Id<Task> task);
/// The same nsproxy has the same key in every state: its place in the model and what it points to, which never changes.
std::string nsproxy_key(const Kernel& k, Id<Nsproxy> ns);

/// What the drawings say of a task.
struct TaskFacts {
    Id<Task> id;
    std::string name;
    std::vector<i32> numbers; // its PID in each namespace from the first inwards
    Id<Namespace> pid_ns, user_ns;
    Id<Nsproxy> nsproxy;   // NULL once it has exited
    Id<Task> parent;       // NULL for the first
    Id<Task> group_leader; // of a thread; itself for a process
    bool zombie = false, stopped = false, init = false, subreaper = false;
    i32 exit_code = 0;
};
/// All tasks in the order of their PIDs in the first namespace.
std::vector<TaskFacts> tasks_of(const State& state);

/// The namespaces that an nsproxy points to, with what each is for ("pid for children").
struct NsPointer {
    const char* role;
    NsType type;
    std::string key;
    u32 count, inum;
};
std::vector<NsPointer> pointers_of(const Kernel& k, Id<Nsproxy> ns);

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
