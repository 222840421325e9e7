// A call as strace prints it. What the kernel writes is not known before the call, and printed as "...".

#include "sim/syscall/calls.hpp"

namespace nslab::describe {

namespace {

std::string hex(u64 value) {
    static constexpr char digits[] = "0123456789abcdef";
    std::string text;
    do text.insert(text.begin(), digits[value & 15]);
    while (value >>= 4);
    return "0x" + text;
}

/// A mode as strace writes it: at least three digits and a leading 0.
std::string octal(u64 value) {
    std::string text;
    do text.insert(text.begin(), static_cast<char>('0' + (value & 7)));
    while (value >>= 3);
    while (text.size() < 2) text.insert(text.begin(), '0');
    return "0" + text;
}

u64 number_of(const Value& value) {
    const auto* number = std::get_if<u64>(&value);
    return number ? *number : 0;
}

std::string string_text(const Value& value) {
    const auto* text = std::get_if<Str>(&value);
    if (!text || text->kind == Str::Kind::null) return "NULL";
    if (text->kind == Str::Kind::bad) return "BAD";
    return quoted(text->text);
}

} // namespace

std::string flags_text(u64 value, Constants constants) {
    std::string text;
    for (const Constant& c : constants) {
        const bool whole_field = c.mask && (value & c.mask) == c.value;
        const bool bits = !c.mask && c.value && (value & c.value) == c.value;
        if (!whole_field && !bits) continue;
        if (!text.empty()) text += '|';
        text += c.name;
        value &= ~(c.mask ? c.mask : c.value);
    }
    if (value || text.empty()) {
        if (!text.empty()) text += '|';
        text += value ? hex(value) : "0";
    }
    return text;
}

std::string quoted(std::string_view text) {
    std::string out = "\"";
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto c = static_cast<unsigned char>(text[i]);
        switch (c) {
        case '"': out += "\\\""; break;
        case '\\': out += "\\\\"; break;
        case '$': out += "\\$"; break; // strace does not, but in a scenario a bare $ begins a name
        case '\n': out += "\\n"; break;
        case '\t': out += "\\t"; break;
        case '\r': out += "\\r"; break;
        case '\v': out += "\\v"; break;
        case '\f': out += "\\f"; break;
        default:
            if (c >= ' ' && c < 0x7f) {
                out += static_cast<char>(c);
                break;
            }
            // Octal, three digits where a digit follows and as few as will do elsewhere.
            const bool digit_follows = i + 1 < text.size() && text[i + 1] >= '0' && text[i + 1] <= '7';
            out += '\\';
            if (c >= 64 || digit_follows) out += static_cast<char>('0' + (c >> 6));
            if (c >= 8 || digit_follows) out += static_cast<char>('0' + (c >> 3 & 7));
            out += static_cast<char>('0' + (c & 7));
        }
    }
    return out + '"';
}

std::string value_text(const Argument& a, const Value& value) {
    const u64 number = number_of(value);
    switch (a.type) {
    case Type::string: return string_text(value);
    case Type::data: return string_text(value);
    case Type::fd:
        for (const Constant& c : a.constants)
            if (c.value == number) return std::string(c.name);
        return std::to_string(static_cast<i64>(number));
    case Type::number: return std::to_string(static_cast<i64>(number));
    case Type::hex:
        for (const Constant& c : a.constants)
            if (c.value == number) return std::string(c.name);
        return number ? hex(number) : "0";
    case Type::octal: {
        if (a.constants.empty()) return octal(number);
        const u64 bits = number & ~u64{0777};
        return bits ? flags_text(bits, a.constants) + "|" + octal(number & 0777) : octal(number);
    }
    case Type::flags: return flags_text(number, a.constants);
    case Type::one_of:
        for (const Constant& c : a.constants)
            if (c.value == number) return std::string(c.name);
        return std::to_string(static_cast<i64>(number));
    case Type::device: return "makedev(" + hex(number >> 32) + ", " + hex(number & 0xffffffff) + ")";
    case Type::numbers: {
        std::string text = "[";
        if (const auto* list = std::get_if<std::vector<i32>>(&value))
            for (const i32 n : *list) text += (text.size() > 1 ? ", " : "") + std::to_string(n);
        return text + "]";
    }
    default: return std::string(a.printed);
    }
}

namespace {

std::string argument_text(const Argument& a, const Syscall& call) {
    if (a.type != Type::structure) return value_text(a, a.get ? a.get(call) : Value(u64{0}));
    if (a.present && !a.present(call)) return "NULL";
    std::string text = "{";
    for (const Argument& m : a.members) {
        if (!m.get) continue;
        const Value value = m.get(call);
        // Members that are nothing are left out where the text may leave them out, but a structure is never empty.
        const auto* list = std::get_if<std::vector<i32>>(&value);
        if (list && list->empty()) continue;
        if (text.size() > 1) text += ", ";
        text += std::string(m.name) + "=" + value_text(m, value);
    }
    return text + "}";
}

} // namespace

} // namespace nslab::describe

namespace nslab {

std::string to_string(const Syscall& call) {
    using namespace describe;
    const CallRow& row = row_of(call);
    std::string text = std::string(row.name) + "(";
    bool first = true;
    for (const Argument& a : row.arguments) {
        if (a.type == Type::ignored && a.printed.empty() && a.name != "count") continue;
        // A mode means something only where open(2) may make a file.
        if (const auto* open = std::get_if<sys::Openat>(&call); open && a.name == "mode") {
            const bool makes = (open->flags & O::CREAT) || (open->flags & O::TMPFILE) == O::TMPFILE;
            if (!makes && !open->mode) continue;
        }
        if (!first) text += ", ";
        first = false;
        if (row.named) text += std::string(a.name) + "=";
        // write(2) has the length of its data behind it, which no struct holds twice.
        if (const auto* write = std::get_if<sys::Write>(&call); write && a.name == "count")
            text += std::to_string(write->data.size());
        else
            text += argument_text(a, call);
    }
    return text + ")";
}

} // namespace nslab
