#pragma once
// What a word of a line that is being typed may become.

#include <string>
#include <string_view>
#include <vector>

#include "sim/live/lesson.hpp"

namespace nslab::live {

/// What may stand in the place of the last word of `line`, whole words in their order. `words` are those of the live
/// terminal itself ("undo", "show" ...). A word that ends in / or = goes on, all others are complete.
std::vector<std::string> completions(Lesson& lesson, std::string_view line, const std::vector<std::string>& words);

/// Where the last word of a line begins: behind the last blank that is not quoted.
std::size_t word_begin(std::string_view line);

} // namespace nslab::live
