// From the text of a call to its struct, once the names in it have values.

#include "sim/syscall/bind.hpp"

namespace nslab {

using namespace describe;

std::optional<u64> evaluate(const Expr& e, const Names& names) {
    switch (e.kind) {
    case Expr::Kind::number: return static_cast<u64>(e.number);
    case Expr::Kind::null: return 0;
    case Expr::Kind::word: {
        if (const auto known = constant(e.name)) return static_cast<u64>(*known);
        // $$ and sh2@sh1 have pieces, which only the player can expand.
        if (!e.text.empty()) {
            const std::string text = names.text ? names.text(e.text) : "";
            i64 value = 0;
            const bool negative = !text.empty() && text[0] == '-';
            if (text.size() <= static_cast<std::size_t>(negative)) return std::nullopt;
            for (std::size_t i = negative; i < text.size(); ++i) {
                if (text[i] < '0' || text[i] > '9' || value > 100'000'000'000'000'000) return std::nullopt;
                value = value * 10 + (text[i] - '0');
            }
            return static_cast<u64>(negative ? -value : value);
        }
        const auto value = names.value ? names.value(e.name) : std::nullopt;
        return value ? std::optional(static_cast<u64>(*value)) : std::nullopt;
    }
    case Expr::Kind::or_: {
        u64 bits = 0;
        for (const Expr& child : e.children) {
            const auto value = evaluate(child, names);
            if (!value) return std::nullopt;
            bits |= *value;
        }
        return bits;
    }
    case Expr::Kind::product:
        if (e.name == "makedev" && e.children.size() == 2) {
            const auto major = evaluate(e.children[0], names), minor = evaluate(e.children[1], names);
            if (major && minor) return *major << 32 | *minor;
        }
        return std::nullopt;
    default: return std::nullopt;
    }
}

std::optional<u64> sigset_of(const Expr& e, const Names& names) {
    if (e.kind == Expr::Kind::product && e.name == "~") {
        const auto inner = sigset_of(e.children[0], names);
        return inner ? std::optional(~*inner) : std::nullopt;
    }
    if (e.kind != Expr::Kind::array) return evaluate(e, names);
    u64 set = 0;
    for (const Expr& child : e.children) {
        // strace leaves the SIG away.
        const auto known = child.kind == Expr::Kind::word ? constant("SIG" + child.name) : std::nullopt;
        const auto sig = known ? std::optional(static_cast<u64>(*known)) : evaluate(child, names);
        if (!sig || *sig < 1 || *sig > 64) return std::nullopt;
        set |= u64{1} << (*sig - 1);
    }
    return set;
}

/// Where a call is to write to: what strace prints of a pointer is one that could not be read, or was not.
static OutPtr place_of(const Expr& e) {
    if (e.kind == Expr::Kind::null || (e.kind == Expr::Kind::number && e.number == 0)) return OutPtr::null;
    return e.kind == Expr::Kind::bad ? OutPtr::bad : OutPtr::somewhere;
}

Value read_value(const Argument& a, const Expr& e, const Names& names) {
    switch (a.type) {
    case Type::string:
    case Type::data:
        if (e.kind == Expr::Kind::string) return Str(names.text ? names.text(e.text) : std::string());
        if (e.kind == Expr::Kind::null) return Str();
        if (e.kind == Expr::Kind::number && e.number == 0) return Str();
        return Str::bad_pointer(); // BAD, and the 0x7ffc... of strace
    case Type::numbers: {
        std::vector<i32> list;
        for (const Expr& child : e.children) list.push_back(static_cast<i32>(evaluate(child, names).value_or(0)));
        return list;
    }
    case Type::sigset: return sigset_of(e, names).value_or(0);
    case Type::place:
        if (e.kind == Expr::Kind::word || e.kind == Expr::Kind::number || e.kind == Expr::Kind::or_)
            return evaluate(e, names).value_or(0);
        return static_cast<u64>(place_of(e));
    default:
        if (is_output(a.type)) return static_cast<u64>(place_of(e));
        return evaluate(e, names).value_or(0);
    }
}

const Expr& structure_of(const Expr& e) {
    const bool list_of_one =
        e.kind == Expr::Kind::array && e.children.size() == 1 && e.children[0].kind == Expr::Kind::structure;
    return list_of_one ? e.children[0] : e;
}

std::vector<const Expr*> arrange(const CallRow& row, const Expr& call) {
    std::vector<const Expr*> at(row.arguments.size(), nullptr);
    std::size_t next = 0;
    // Of a call that strace prints with names (clone) a bare argument is the first one that is looked at.
    while (row.named && next < row.arguments.size() && row.arguments[next].type == Type::ignored) ++next;
    for (const Expr& child : call.children) {
        if (child.member.empty()) {
            if (next < at.size()) at[next++] = &child;
            continue;
        }
        for (std::size_t i = 0; i < at.size(); ++i)
            if (row.arguments[i].name == child.member) at[i] = &child;
    }
    return at;
}

namespace {

void bind_structure(const Argument& a, const Expr& text, const Names& names, Syscall& call) {
    const Expr& e = structure_of(text);
    if (e.kind != Expr::Kind::structure) {
        if (a.drop) a.drop(call);
        return;
    }
    // {} is a structure of zeros, not a NULL: touching any member makes it.
    for (const Argument& m : a.members)
        if (m.set && m.type != Type::numbers) m.set(call, Value(u64{0})); // a OutPtr is NULL then
    for (const Expr& child : e.children)
        for (const Argument& m : a.members)
            if (m.name == child.member && m.set) m.set(call, read_value(m, child, names));
}

} // namespace

Syscall bind(const Expr& call, const Names& names) {
    const CallRow* row = find_call(call.name);
    if (!row) return sys::Getpid{}; // check_call() has refused it; nothing is performed after a refusal
    Syscall made = row->blank();
    const auto at = arrange(*row, call);
    for (std::size_t i = 0; i < at.size(); ++i) {
        const Argument& a = row->arguments[i];
        if (!at[i] || (at[i]->kind == Expr::Kind::omitted && !is_place(a.type))) continue;
        if (a.type == Type::structure)
            bind_structure(a, *at[i], names, made);
        else if (a.drop && at[i]->kind == Expr::Kind::null)
            a.drop(made);
        else if (a.set)
            a.set(made, read_value(a, *at[i], names));
    }
    if (auto* write = std::get_if<sys::Write>(&made); write && at.size() > 2 && at[2]) {
        const u64 count = evaluate(*at[2], names).value_or(write->data.size());
        if (count < write->data.size()) write->data.resize(static_cast<std::size_t>(count));
    }
    return made;
}

} // namespace nslab
