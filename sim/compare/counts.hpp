#pragma once
// Observations: what the kernel counts.

#include "sim/compare/compare.hpp"

namespace nslab {

/// The namespaces of a process, each with its name in /proc/PID/ns.
struct NamespaceKind {
    const char* name;
    u64 NamespaceIds::*member;
};
inline constexpr NamespaceKind kNamespaceKinds[] = {{"mnt", &NamespaceIds::mnt},
                                                    {"uts", &NamespaceIds::uts},
                                                    {"ipc", &NamespaceIds::ipc},
                                                    {"pid", &NamespaceIds::pid},
                                                    {"pid_for_children", &NamespaceIds::pid_for_children},
                                                    {"net", &NamespaceIds::net},
                                                    {"user", &NamespaceIds::user},
                                                    {"cgroup", &NamespaceIds::cgroup},
                                                    {"time", &NamespaceIds::time},
                                                    {"time_for_children", &NamespaceIds::time_for_children}};

/// Which processes share their nsproxy, how many do, and how many references their namespaces have. What one of the
/// worlds cannot tell is not compared.
std::vector<std::string> compare_counts(const Observation& model, const Observation& kernel, Bijection& ids,
                                        const ActorName& name);

} // namespace nslab
