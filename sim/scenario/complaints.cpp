// Complaints: how they are gathered, and how one is told: its place, the line, a caret.

#include <algorithm>

#include "sim/scenario/internal.hpp"

namespace nslab {

namespace {

std::string_view line_of(std::string_view text, u32 number) {
    std::size_t from = 0;
    for (u32 n = 1; n < number; ++n) {
        from = text.find('\n', from);
        if (from == std::string_view::npos) return {};
        ++from;
    }
    auto line = text.substr(from, text.find('\n', from) - from);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    return line;
}

bool continues(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

/// Whether the bytes at `at` are a whole UTF-8 character, and how long it is.
std::size_t character(std::string_view text, std::size_t at) {
    const auto first = static_cast<unsigned char>(text[at]);
    if (first < 0x80) return 1;
    const std::size_t length = first >= 0xf0 && first < 0xf5 ? 4 : first >= 0xe0 ? 3 : first >= 0xc2 ? 2 : 0;
    if (length == 0 || first >= 0xf5 || at + length > text.size()) return 0;
    u32 code = first & (0xffU >> (length + 1));
    for (std::size_t i = 1; i < length; ++i) {
        if (!continues(text[at + i])) return 0;
        code = code << 6 | (static_cast<unsigned char>(text[at + i]) & 0x3f);
    }
    if ((length == 3 && code < 0x800) || (length == 4 && code < 0x10000) || code > 0x10ffff) return 0;
    if (code >= 0xd800 && code < 0xe000) return 0;
    return length;
}

} // namespace

namespace scenario {

void Complaints::add(Diagnostic d) {
    if (full()) return;
    for (const Diagnostic& old : found_)
        if (old.at.line == d.at.line && old.at.column == d.at.column && old.message == d.message) return;
    found_.push_back(std::move(d));
}

std::vector<Diagnostic> Complaints::take() {
    const bool more = full();
    std::stable_sort(found_.begin(), found_.end(), [](const Diagnostic& a, const Diagnostic& b) {
        return std::pair(a.at.line, a.at.column) < std::pair(b.at.line, b.at.column);
    });
    if (more) found_.push_back({found_.back().at, "there are more mistakes; these are the first hundred", "", false});
    return std::move(found_);
}

} // namespace scenario

std::size_t scenario::utf8_character(std::string_view text, std::size_t at) { return character(text, at); }

std::string render(const Diagnostic& d, const std::string& file, const std::string& text) {
    std::string out = file + ":" + std::to_string(d.at.line) + ":" + std::to_string(d.at.column) + ": " +
                      (d.warning ? "warning: " : "") + d.message + "\n";
    const auto line = line_of(text, d.at.line);
    if (line.empty()) return out + (d.hint.empty() ? "" : "    " + d.hint + "\n");

    // Of a long line the part around the caret is shown.
    constexpr std::size_t kBefore = 60, kWidth = 110;
    const std::size_t caret = std::min<std::size_t>(d.at.column ? d.at.column - 1 : 0, line.size());
    std::size_t from = line.size() > kWidth && caret > kBefore ? caret - kBefore : 0;
    while (from > 0 && from < line.size() && continues(line[from])) --from;
    const std::size_t to = std::min(line.size(), from + kWidth);

    std::string shown = from ? "..." : "", marks = from ? "   " : "";
    const std::size_t marked = std::max<std::size_t>(1, d.at.length);
    for (std::size_t at = from; at < to;) {
        std::size_t length = character(line, at);
        const auto byte = static_cast<unsigned char>(line[at]);
        // A stranger's file must not speak to the terminal.
        if (length == 0 || (byte < ' ' && byte != '\t') || byte == 0x7f ||
            (byte == 0xc2 && length == 2 && static_cast<unsigned char>(line[at + 1]) < 0xa0)) {
            shown += '?';
            length = std::max<std::size_t>(1, length);
        } else {
            shown += line.substr(at, length);
        }
        if (at < caret)
            marks += byte == '\t' ? '\t' : ' ';
        else if (at == caret)
            marks += '^';
        else if (at < caret + marked)
            marks += '~';
        at += length;
    }
    if (to < line.size()) shown += "...";
    if (caret >= to) marks += '^';
    out += "    " + shown + "\n    " + marks;
    if (!d.hint.empty()) out += " " + d.hint;
    return out + "\n";
}

} // namespace nslab
