#include "sim/shell/idmap.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace nslab::shell {
namespace {

std::optional<u32> number(std::string_view text) {
    u32 value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size() && !text.empty() ? std::optional(value)
                                                                                     : std::nullopt;
}

} // namespace

std::optional<u32> id_number(const std::string& text) { return number(text); }
std::optional<u32> id_or_name(const std::string& text) { return text == "root" ? 0 : number(text); }

IdRangeText id_range(const std::string& text) {
    std::vector<std::string> parts(1);
    for (const char c : text)
        if (c == ',')
            parts.emplace_back();
        else
            parts.back() += c;
    std::vector<u32> numbers;
    for (const std::string& part : parts) {
        if (numbers.size() == 3 || part.empty())
            return {std::nullopt, fmt::format("too many elements for mapping '{}'", text)};
        const auto n = number(part);
        if (!n) return {std::nullopt, fmt::format("could not parse ID: '{}'", part)};
        numbers.push_back(*n);
    }
    if (numbers.size() < 3)
        return {std::nullopt, fmt::format("mapping '{}' contains only {} elements", text, numbers.size())};
    return {IdRange{numbers[0], numbers[1], numbers[2]}, ""};
}

SubidText root_subids(const std::string& text) {
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find('\n', at), text.size());
        const std::string line = text.substr(at, end - at);
        at = end + 1;
        const std::size_t first = line.find(':');
        const std::size_t second = first == std::string::npos ? first : line.find(':', first + 1);
        // strtoul: what stands behind a number does not matter, and what is none is 0.
        if (second == std::string::npos || std::strtoul(line.c_str(), nullptr, 10) != 0) continue;
        SubidText found;
        IdRange range;
        for (auto& [into, part] : {std::pair(&range.outer, line.substr(first + 1, second - first - 1)),
                                   std::pair(&range.count, line.substr(second + 1))}) {
            const auto n = number(part);
            if (!n) {
                found.wrong = fmt::format("failed to parse subid map: '{}'", part);
                return found;
            }
            *into = *n;
        }
        found.range = range;
        return found;
    }
    return {};
}

std::string id_map_text(std::optional<u32> inner, u32 own, const IdRange& range) {
    std::string text;
    const auto line = [&](u32 in, u32 out, u32 count) {
        if (count) text += fmt::format("{} {} {}\n", in, out, count);
    };
    if (!inner) {
        line(range.inner, range.outer, range.count);
        return text;
    }
    line(*inner, own, 1);
    const bool overlaps = *inner >= range.inner && *inner - range.inner < range.count;
    if (!overlaps) {
        line(range.inner, range.outer, range.count);
        return text;
    }
    // The ids outside are used one after the other, so that the highest finds no place.
    const u32 before = *inner - range.inner;
    line(range.inner, range.outer, before);
    line(*inner + 1, range.outer + before, range.count - before - 1);
    return text;
}

} // namespace nslab::shell
