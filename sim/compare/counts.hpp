#pragma once
// Observations: what the kernel counts.

#include "sim/compare/compare.hpp"

namespace nslab {

/// Which processes share their nsproxy, how many do, and how many references their namespaces have. What one of the
/// worlds cannot tell is not compared.
std::vector<std::string> compare_counts(const Observation& model, const Observation& kernel, Bijection& ids,
                                        const ActorName& name);

} // namespace nslab
