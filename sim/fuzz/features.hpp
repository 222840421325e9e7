#pragma once
// What a step showed that was not seen before, by which the making of scenarios is steered: branches of the model that
// ended a call, and shapes of propagation.

#include <unordered_set>

#include "sim/linux/kernel.hpp"
#include "sim/syscall/syscall.hpp"

namespace nslab::fuzz {

/// The check of the model that ended the call, or the success of a call of this kind.
u64 branch_of(const Syscall& c, const Outcome& o);

/// What the mounts of the world look like, with only so much detail that there are not too many: which kinds of mounts
/// (shared, slave of what, covered, locked, detached) there are, and few or many of each.
u64 shape_of(const Kernel& k);

/// A set of what was seen.
class Features {
  public:
    /// True where it is new.
    bool see(u64 feature) { return seen_.insert(feature).second; }
    std::size_t size() const { return seen_.size(); }
    const std::unordered_set<u64>& all() const { return seen_; }

  private:
    std::unordered_set<u64> seen_;
};

} // namespace nslab::fuzz
