#pragma once
// Observations: what the kernel counts.

#include "sim/compare/compare.hpp"

namespace nslab {

/// The namespaces of a process, each with its name in /proc/PID/ns.
struct NamespaceKind {
    const char* name;
    u64 NamespaceIds::*member;
    u64 flag; // CLONE::NEW*
};
inline constexpr NamespaceKind kNamespaceKinds[] = {
    {"mnt", &NamespaceIds::mnt, CLONE::NEWNS},
    {"uts", &NamespaceIds::uts, CLONE::NEWUTS},
    {"ipc", &NamespaceIds::ipc, CLONE::NEWIPC},
    {"pid", &NamespaceIds::pid, CLONE::NEWPID},
    {"pid_for_children", &NamespaceIds::pid_for_children, CLONE::NEWPID},
    {"net", &NamespaceIds::net, CLONE::NEWNET},
    {"user", &NamespaceIds::user, CLONE::NEWUSER},
    {"cgroup", &NamespaceIds::cgroup, CLONE::NEWCGROUP},
    {"time", &NamespaceIds::time, CLONE::NEWTIME},
    {"time_for_children", &NamespaceIds::time_for_children, CLONE::NEWTIME}};

/// What processes share, how many share a nsproxy, which namespaces there are, and how many references they have. What
/// one of the worlds cannot tell is not compared.
std::vector<std::string> compare_counts(const Observation& model, const Observation& kernel, Bijection& ids,
                                        const ActorName& name);

} // namespace nslab
