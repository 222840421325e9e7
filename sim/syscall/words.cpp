// The nearest known word.

#include <algorithm>

#include "sim/syscall/expr.hpp"

namespace nslab {

namespace {

/// Edits (insert, remove, change, swap neighbours) from one word to the other, or more than `most`.
std::size_t distance(std::string_view a, std::string_view b, std::size_t most) {
    if ((a.size() > b.size() ? a.size() - b.size() : b.size() - a.size()) > most) return most + 1;
    std::vector<std::size_t> before(b.size() + 1), last(b.size() + 1), now(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        now[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            now[j] = std::min({last[j] + 1, now[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0U : 1U)});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                now[j] = std::min(now[j], before[j - 2] + 1);
        }
        std::swap(before, last);
        std::swap(last, now);
    }
    return last[b.size()];
}

} // namespace

std::optional<std::string> nearest(std::string_view word, const std::vector<std::string_view>& words) {
    // A third of the letters may be wrong, and of a word too long to be meant nothing is near.
    if (word.empty() || word.size() > 64) return std::nullopt;
    std::size_t most = std::max<std::size_t>(1, word.size() / 3);
    std::optional<std::string> best;
    for (const std::string_view candidate : words) {
        const std::size_t d = distance(word, candidate, most);
        if (d > most || (best && d == most)) continue;
        if (d >= std::max(word.size(), candidate.size())) continue; // nothing in common
        best = std::string(candidate);
        most = d;
    }
    return best;
}

} // namespace nslab
