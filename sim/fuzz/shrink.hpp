#pragma once
// From a scenario that shows a difference to one from which nothing can be left out.

#include <functional>
#include <optional>

#include "sim/fuzz/duel.hpp"

namespace nslab::fuzz {

/// Plays in fresh worlds and says what differs.
using Judge = std::function<DuelResult(const Play&)>;

/// The smallest that still differs: no step and no actor can be left out, and where a plainer argument does as well it
/// is taken. Descriptors are given new numbers where those that opened them move. `result` becomes that of what is
/// returned, which `judge` has seen to differ.
Play shrink(const Play& play, const Judge& judge, DuelResult& result);

} // namespace nslab::fuzz
