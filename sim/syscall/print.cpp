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

std::string sigset_text(u64 set) {
    // strace prints the shorter of a set and its complement.
    const bool inverted = __builtin_popcountll(set) > 32;
    if (inverted) set = ~set;
    std::string text;
    for (u64 sig = 1; sig <= 64; ++sig) {
        if (!(set >> (sig - 1) & 1)) continue;
        std::string name = std::to_string(sig);
        for (const Constant& c : kSignals)
            if (c.value == sig) name = c.name.substr(3);
        text += (text.empty() ? "" : " ") + name;
    }
    return (inverted ? "~[" : "[") + text + "]";
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
    case Type::sigset:
    case Type::out_sigset: return sigset_text(number);
    case Type::out_number: return "[" + std::to_string(static_cast<i64>(number)) + "]";
    case Type::place: return std::to_string(static_cast<i64>(number));
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

std::string list_text(const std::vector<std::string>& items, char open, char close) {
    std::string text(1, open);
    for (const std::string& item : items) text += (text.size() > 1 ? ", " : "") + item;
    return text + close;
}

std::string place_text(const Argument& a, const Syscall& call, const Output* out);

std::string structure_text(const Argument& a, const Syscall& call, const Output* out) {
    if (a.present && !a.present(call)) return "NULL";
    std::vector<std::string> members;
    for (const Argument& m : a.members) {
        if (!m.get && m.written && out && *out)
            members.push_back(std::string(m.name) + "=" + value_text(m, m.written(*out)));
        if (!m.get) continue;
        if (is_output(m.type)) {
            const std::string text = place_text(m, call, out);
            if (text != "NULL") members.push_back(std::string(m.name) + "=" + text);
            continue;
        }
        const Value value = m.get(call);
        const auto* list = std::get_if<std::vector<i32>>(&value);
        if (list && list->empty()) continue;
        members.push_back(std::string(m.name) + "=" + value_text(m, value));
        // The kernel wants the length beside the list.
        if (list) members.push_back("set_tid_size=" + std::to_string(list->size()));
    }
    return list_text(members, '{', '}');
}

/// The data of a call, of which strace shows the beginning.
std::string cut(const std::string& data) {
    constexpr std::size_t kShown = 256;
    return data.size() <= kShown ? quoted(data) : quoted(std::string_view(data).substr(0, kShown)) + "...";
}

std::string written_text(const Argument& a, const Output& out) {
    std::vector<std::string> items;
    if (const auto* bytes = out.get_if<Bytes>(); bytes && a.type == Type::out_bytes) return cut(bytes->data);
    if (const auto* wait = out.get_if<WaitBuf>(); wait && a.type == Type::out_status)
        return "[{" + status_text(wait->status) + "}]";
    if (const auto* ids = out.get_if<Ids>(); ids && a.type == Type::out_ids) {
        for (const u64 id : ids->ids) items.push_back(std::to_string(id));
        return list_text(items, '[', ']');
    }
    if (const auto* entries = out.get_if<Entries>(); entries && a.type == Type::out_entries) {
        for (const DirEntry& e : entries->entries)
            items.push_back(
                "{d_ino=" + std::to_string(e.ino) + ", d_type=" +
                value_text({.name = "d_type", .type = Type::one_of, .constants = kDirentTypes}, u64{e.type}) +
                ", d_name=" + quoted(e.name) + "}");
        return list_text(items, '[', ']');
    }
    if (a.type == Type::out_number || a.type == Type::out_sigset) return value_text(a, a.written(out));
    const auto* pidfd = out.get_if<PidfdInfo>();
    if (a.type == Type::place && !pidfd && !out.holds<MntNsInfo>()) return "[" + value_text(a, a.written(out)) + "]";
    const auto* info = out.get_if<Siginfo>();
    if (info && info->signo == 0) return "{}";
    if (a.type != Type::out_structure && a.type != Type::place) return std::string(a.printed);
    const auto* mount = out.get_if<StatmountBuf>();
    for (const Argument& m : a.members) {
        if (!m.written) continue;
        if (info && m.name == (info->code == SI::QUEUE ? "si_status" : "si_int")) continue;
        // Of requests to namespaces and to pidfds the members stand in one list.
        if (pidfd && (m.name == "size" || m.name == "nr_mounts" || m.name == "mnt_ns_id")) continue;
        if (out.holds<MntNsInfo>() && m.name == "mask") break;
        const Value value = m.written(out);
        // statmount(2) leaves what it was not asked for at zero.
        const auto* text = std::get_if<Str>(&value);
        if (mount && (text ? text->text.empty() : number_of(value) == 0)) continue;
        items.push_back(std::string(m.name) + "=" + value_text(m, value));
    }
    return list_text(items, '{', '}');
}

/// What a call is to write to: NULL, BAD, or what it wrote.
std::string place_text(const Argument& a, const Syscall& call, const Output* out) {
    const auto place = static_cast<OutPtr>(number_of(a.get(call)));
    if (place == OutPtr::null) return "NULL";
    if (place == OutPtr::bad) return "BAD";
    return out && *out ? written_text(a, *out) : "...";
}

/// The last argument of prctl(2) and ioctl(2), empty where there is none.
std::string argument_text(const Argument& a, const Syscall& call, const Output* out) {
    const auto* prctl = std::get_if<sys::Prctl>(&call);
    const auto* ioctl = std::get_if<sys::Ioctl>(&call);
    if ((prctl && writes(*prctl)) || (ioctl && writes(*ioctl))) return place_text(a, call, out);
    if (ioctl && ioctl->arg == 0) return {};
    const u64 number = number_of(a.get(call));
    switch (prctl ? prctl->option : 0) {
    case PR::GET_KEEPCAPS:
    case PR::GET_DUMPABLE:
    case PR::GET_SECUREBITS: return number ? value_text(a, number) : "";
    case PR::SET_SECUREBITS: return flags_text(number, kSecurebits);
    case PR::CAPBSET_READ:
    case PR::CAPBSET_DROP:
        return value_text({.name = "capability", .type = Type::one_of, .constants = kCapabilities}, number);
    case PR::CAP_AMBIENT:
        return value_text({.name = "change", .type = Type::one_of, .constants = kAmbientChanges}, number);
    default: return value_text(a, number);
    }
}

/// The arguments of prctl(2) behind the second, which strace shows where they mean something.
std::string later_argument_text(const Argument& a, const sys::Prctl& call, u64 number) {
    const bool ambient = call.option == PR::CAP_AMBIENT;
    const bool shown = ambient || call.option == PR::SET_NO_NEW_PRIVS || call.option == PR::GET_NO_NEW_PRIVS;
    if (!shown && number == 0) return {};
    if (ambient && a.name == "arg3" && call.arg2 != PR::CAP_AMBIENT_CLEAR_ALL)
        return value_text({.name = "capability", .type = Type::one_of, .constants = kCapabilities}, number);
    return std::to_string(static_cast<i64>(number));
}

/// The call; with what it wrote where it has been performed.
std::string call_text(const Syscall& call, const Output* out) {
    const CallRow& row = row_of(call);
    std::vector<std::string> items;
    for (const Argument& a : row.arguments) {
        const auto* write = std::get_if<sys::Write>(&call);
        // write(2) has the length of its data behind it, which no struct holds twice.
        if (write && a.name == "count") {
            items.push_back(std::to_string(write->data.size()));
            continue;
        }
        // setgroups(2) has it before the list.
        if (const auto* groups = std::get_if<sys::Setgroups>(&call); groups && a.name == "gidsetsize") {
            items.push_back(std::to_string(groups->grouplist.size()));
            continue;
        }
        if (a.type == Type::ignored && a.printed.empty()) continue;
        // A mode means something only where open(2) may make a file.
        if (const auto* open = std::get_if<sys::Openat>(&call); open && a.name == "mode") {
            const bool makes = (open->flags & O::CREAT) || (open->flags & O::TMPFILE) == O::TMPFILE;
            if (!makes && !open->mode) continue;
        }
        std::string text;
        const auto* prctl = std::get_if<sys::Prctl>(&call);
        if (std::holds_alternative<sys::Poll>(call) && a.type == Type::structure)
            text = "[" + structure_text(a, call, out) + "]";
        else if (prctl && a.type == Type::number)
            text = later_argument_text(a, *prctl, number_of(a.get(call)));
        else if (a.type == Type::structure)
            text = structure_text(a, call, out);
        else if (a.type == Type::place)
            text = argument_text(a, call, out);
        else if (is_output(a.type) && a.get)
            text = place_text(a, call, out);
        else if (a.present && !a.present(call))
            text = "NULL";
        else if (is_output(a.type) && out && *out)
            text = written_text(a, *out);
        else if (is_output(a.type))
            text = a.printed;
        else
            text = value_text(a, a.get ? a.get(call) : Value(u64{0}));
        if (text.empty() || (row.named && text == "NULL" && is_output(a.type))) continue;
        items.push_back(row.named ? std::string(a.name) + "=" + text : text);
    }
    return std::string(row.name) + list_text(items, '(', ')');
}

} // namespace

} // namespace nslab::describe

namespace nslab {

std::string to_string(const Syscall& call) { return describe::call_text(call, nullptr); }

std::string to_string(const Syscall& call, const Outcome& outcome) {
    const std::string text = describe::call_text(call, outcome.ok() ? &outcome.out : nullptr);
    if (outcome.skipped) return text + " = ? (skipped: " + outcome.why + ")";
    if (outcome.blocked) return text + " <unfinished ...>";
    if (outcome.error != E::OK)
        return text + " = -1 " + std::string(errno_name(outcome.error)) + " (" +
               std::string(errno_text(outcome.error)) + ")";
    if (outcome.ended) return text + " = ?";
    return text + " = " + std::to_string(outcome.value);
}

} // namespace nslab
