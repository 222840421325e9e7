#pragma once
// A machine-made scenario as an ordinary file.

#include <string>

#include "sim/fuzz/duel.hpp"

namespace nslab::fuzz {

/// The text of a .scn file: a title, the difference as narration, each call with what the kernel said to it.
std::string scenario_text(const Play& play, const DuelResult& result, const std::string& title,
                          const std::string& source);

} // namespace nslab::fuzz
