#pragma once
// A hash that is the same everywhere: drawings are compared letter by letter.

#include <string_view>

#include "sim/linux/lib/result.hpp"

namespace nslab::viz {

/// FNV-1a.
inline u64 hash_of(std::string_view text, u64 from = 0xcbf29ce484222325) {
    for (const char c : text) from = (from ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    return from;
}

} // namespace nslab::viz
