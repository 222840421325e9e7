#include "sim/backend/mountinfo.hpp"

#include <charconv>

namespace nslab {
namespace {

/// Words of a line, one blank between them.
class Fields {
  public:
    explicit Fields(std::string_view line) : rest_(line) {}

    std::optional<std::string_view> next() {
        if (done_) return std::nullopt;
        const std::size_t blank = rest_.find(' ');
        const std::string_view word = rest_.substr(0, blank);
        done_ = blank == std::string_view::npos;
        if (!done_) rest_.remove_prefix(blank + 1);
        return word;
    }

  private:
    std::string_view rest_;
    bool done_ = false;
};

template <class T> bool number(std::string_view text, T& value) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size();
}

/// One of the optional fields between the mount's options and the hyphen. Unknown ones are passed over, as proc(5)
/// asks.
bool optional_field(std::string_view field, MountinfoLine& line) {
    const auto tagged = [&](std::string_view tag, int& value) {
        return field.substr(0, tag.size()) == tag && number(field.substr(tag.size()), value);
    };
    if (field == "unbindable") line.unbindable = true;
    if (field.substr(0, 7) == "shared:") return tagged("shared:", line.shared);
    if (field.substr(0, 7) == "master:") return tagged("master:", line.master);
    if (field.substr(0, 15) == "propagate_from:") return tagged("propagate_from:", line.propagate_from);
    return true;
}

} // namespace

std::optional<MountinfoLine> parse_mountinfo_line(std::string_view text) {
    if (!text.empty() && text.back() == '\n') text.remove_suffix(1);
    Fields fields(text);
    MountinfoLine line;
    const auto id = fields.next(), parent = fields.next(), device = fields.next(), root = fields.next(),
               point = fields.next(), options = fields.next();
    if (!options || !number(*id, line.id) || !number(*parent, line.parent)) return std::nullopt;
    const std::size_t colon = device->find(':');
    if (colon == std::string_view::npos || !number(device->substr(0, colon), line.major) ||
        !number(device->substr(colon + 1), line.minor))
        return std::nullopt;
    line.root = unmangle(*root);
    line.mount_point = unmangle(*point);
    line.options = *options;

    auto field = fields.next();
    for (; field && *field != "-"; field = fields.next())
        if (!optional_field(*field, line)) return std::nullopt;
    const auto type = fields.next(), source = fields.next(), super_options = fields.next();
    if (!super_options) return std::nullopt;
    line.fs_type = unmangle(*type);
    line.source = unmangle(*source);
    line.super_options = *super_options;
    return line;
}

std::vector<MountinfoLine> parse_mountinfo(std::string_view text) {
    std::vector<MountinfoLine> lines;
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        if (auto line = parse_mountinfo_line(text.substr(0, end))) lines.push_back(std::move(*line));
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
    return lines;
}

std::string to_string(const MountinfoLine& line) {
    std::string text = std::to_string(line.id) + ' ' + std::to_string(line.parent) + ' ' + std::to_string(line.major) +
                       ':' + std::to_string(line.minor) + ' ' + mangle(line.root) + ' ' + mangle(line.mount_point) +
                       ' ' + line.options;
    if (line.shared) text += " shared:" + std::to_string(line.shared);
    if (line.master) text += " master:" + std::to_string(line.master);
    if (line.propagate_from) text += " propagate_from:" + std::to_string(line.propagate_from);
    if (line.unbindable) text += " unbindable";
    return text + " - " + mangle(line.fs_type, true) + ' ' + mangle(line.source, true) + ' ' + line.super_options;
}

std::string mangle(std::string_view text, bool hash) {
    std::string out;
    out.reserve(text.size());
    for (const char c : text) {
        if (c == ' ' || c == '\t' || c == '\n' || c == '\\' || (hash && c == '#')) {
            out += '\\';
            out += static_cast<char>('0' + (c >> 6));
            out += static_cast<char>('0' + ((c >> 3) & 7));
            out += static_cast<char>('0' + (c & 7));
        } else {
            out += c;
        }
    }
    return out;
}

std::string unmangle(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    const auto octal = [&](std::size_t at) { return at < text.size() && text[at] >= '0' && text[at] <= '7'; };
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\\' && octal(i + 1) && octal(i + 2) && octal(i + 3)) {
            out += static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0'));
            i += 3;
        } else {
            out += text[i];
        }
    }
    return out;
}

} // namespace nslab
