// What a call wrote against what the text says it must hold.

#include "sim/syscall/bind.hpp"

namespace nslab {

using namespace describe;

namespace {

// A status as wait(2) packs it: exit code in the second byte, signal in the low seven bits.
std::optional<u64> status_part(const std::string& name, i32 status) {
    const auto s = static_cast<u32>(status);
    if (name == "WIFEXITED") return (s & 0x7f) == 0;
    if (name == "WEXITSTATUS") return s >> 8 & 0xff;
    if (name == "WIFSIGNALED") return (s & 0x7f) != 0 && (s & 0x7f) != 0x7f;
    if (name == "WTERMSIG") return s & 0x7f;
    if (name == "WCOREDUMP") return s >> 7 & 1;
    if (name == "WIFSTOPPED") return (s & 0xff) == 0x7f;
    if (name == "WSTOPSIG") return s >> 8 & 0xff;
    if (name == "WIFCONTINUED") return s == 0xffff;
    return std::nullopt;
}

class Matcher {
  public:
    Matcher(const Names& names, OutputMatch& found) : names_(names), found_(found) {}

    void argument(const Argument& a, const Expr& e, const Output& out) {
        switch (a.type) {
        case Type::out_structure: return members(a, e, [&](const Argument& m) { return m.written(out); });
        case Type::structure:
            // Members that the call writes to: pidfd of clone3(2).
            for (const Expr& child : structure_of(e).children)
                for (const Argument& m : a.members) {
                    if (m.name != child.member) continue;
                    if (is_output(m.type))
                        argument(m, child, out);
                    else if (m.written)
                        number_is(m, child, std::get<u64>(m.written(out)));
                }
            return;
        case Type::place:
            if (e.kind == Expr::Kind::structure)
                return members(a, e, [&](const Argument& m) { return m.written(out); });
            if (!out) return;
            [[fallthrough]];
        case Type::out_number:
            if (e.kind == Expr::Kind::array && e.children.size() == 1)
                number_is(a, e.children[0], std::get<u64>(a.written(out)));
            return;
        case Type::out_sigset:
            if (e.kind == Expr::Kind::array || e.kind == Expr::Kind::product)
                number_is(a, e, std::get<u64>(a.written(out)));
            return;
        case Type::out_bytes:
            if (const auto* bytes = out.get_if<Bytes>()) return bytes_are(e, bytes->data);
            return;
        case Type::out_status:
            if (const auto* wait = out.get_if<WaitBuf>(); wait && e.kind == Expr::Kind::array && e.children.size() == 1)
                return status(e.children[0], wait->status);
            return;
        case Type::out_ids:
            if (const auto* ids = out.get_if<Ids>()) return ids_are(e, ids->ids);
            return;
        case Type::out_entries:
            if (const auto* entries = out.get_if<Entries>()) return entries_are(a, e, entries->entries);
            return;
        default: return;
        }
    }

  private:
    void differ(std::string text) {
        if (found_.mismatch.empty()) found_.mismatch = std::move(text);
    }

    /// A value that the text expects: as it stands there when it has no value now.
    void number_is(const Argument& a, const Expr& e, u64 is) {
        if (e.kind == Expr::Kind::omitted) return;
        if (e.kind == Expr::Kind::take) {
            found_.takes[e.name] = static_cast<i64>(is);
            return;
        }
        const bool set = a.type == Type::sigset || a.type == Type::out_sigset;
        const auto expected = set ? sigset_of(e, names_) : value_of(e);
        if (!expected) return differ(std::string(a.name) + ": the expected value is not known");
        if (*expected != is)
            differ(std::string(a.name) + " is " + value_text(a, is) + ", not " + value_text(a, *expected));
    }

    /// As evaluate(), but a name taken earlier in the same call counts.
    std::optional<u64> value_of(const Expr& e) {
        if (e.kind == Expr::Kind::word && e.text.empty())
            if (const auto taken = found_.takes.find(e.name); taken != found_.takes.end())
                return static_cast<u64>(taken->second);
        return evaluate(e, names_);
    }

    template <class Written> void members(const Argument& a, const Expr& e, Written&& written) {
        if (e.kind != Expr::Kind::structure) return;
        for (const Expr& child : e.children)
            for (const Argument& m : a.members) {
                if (m.name != child.member || m.type == Type::ignored) continue;
                const Value value = written(m);
                if (const auto* text = std::get_if<Str>(&value)) {
                    if (child.kind == Expr::Kind::string) text_is(m.name, child, text->text);
                } else {
                    number_is(m, child, std::get<u64>(value));
                }
            }
    }

    void text_is(std::string_view name, const Expr& e, const std::string& is) {
        const std::string expected = names_.text ? names_.text(e.text) : std::string();
        const bool cut = e.number == 1; // "..." behind the quotes
        if (cut ? is.compare(0, expected.size(), expected) != 0 : is != expected)
            differ(std::string(name) + " is " + quoted(is) + ", not " + quoted(expected) + (cut ? "..." : ""));
    }

    void bytes_are(const Expr& e, const std::string& is) {
        if (e.kind == Expr::Kind::string) text_is("what was written", e, is);
    }

    void ids_are(const Expr& e, const std::vector<u64>& is) {
        if (e.kind != Expr::Kind::array) return;
        const Argument id{.name = "the id", .type = Type::number};
        for (std::size_t i = 0; i < e.children.size(); ++i) {
            if (e.children[i].kind == Expr::Kind::omitted) return; // the rest may be anything
            if (i >= is.size())
                return differ("there are " + std::to_string(is.size()) + " ids, not " +
                              std::to_string(e.children.size()));
            number_is(id, e.children[i], is[i]);
        }
        if (is.size() > e.children.size())
            differ("there are " + std::to_string(is.size()) + " ids, not " + std::to_string(e.children.size()));
    }

    void entries_are(const Argument& a, const Expr& e, const std::vector<DirEntry>& is) {
        if (e.kind != Expr::Kind::array) return;
        for (std::size_t i = 0; i < e.children.size(); ++i) {
            if (e.children[i].kind == Expr::Kind::omitted) return;
            if (i >= is.size()) break;
            members(a, e.children[i], [&](const Argument& m) -> Value {
                if (m.name == "d_name") return Str(is[i].name);
                if (m.name == "d_type") return u64{is[i].type};
                return is[i].ino;
            });
        }
        if (is.size() != e.children.size())
            differ("there are " + std::to_string(is.size()) + " entries, not " + std::to_string(e.children.size()));
    }

    std::optional<u64> status_value(const Expr& e, i32 status) {
        if (e.kind == Expr::Kind::structure && e.children.size() == 1) return status_value(e.children[0], status);
        if (e.kind != Expr::Kind::product) return value_of(e);
        if (e.name == "!") {
            const auto inner = status_value(e.children[0], status);
            return inner ? std::optional<u64>(*inner == 0) : std::nullopt;
        }
        if (e.name == "&&" || e.name == "==") {
            const auto left = status_value(e.children[0], status), right = status_value(e.children[1], status);
            if (!left || !right) return std::nullopt;
            return e.name == "&&" ? (*left && *right) : *left == *right;
        }
        return status_part(e.name, status);
    }

    void status(const Expr& e, i32 status) {
        if (e.kind == Expr::Kind::omitted) return;
        if (e.kind == Expr::Kind::take) {
            found_.takes[e.name] = status;
            return;
        }
        const auto holds = status_value(e, status);
        const bool is_number = e.kind == Expr::Kind::number || e.kind == Expr::Kind::word;
        if (holds && (is_number ? *holds == static_cast<u64>(i64{status}) : *holds != 0)) return;
        differ("the status is " + status_text(status));
    }

    const Names& names_;
    OutputMatch& found_;
};

} // namespace

std::string describe::status_text(i32 status) {
    const Argument signal{.name = "signal", .type = Type::one_of, .constants = kSignals};
    if (*status_part("WIFCONTINUED", status)) return "WIFCONTINUED(s)";
    if (*status_part("WIFSTOPPED", status))
        return "WIFSTOPPED(s) && WSTOPSIG(s) == " + value_text(signal, *status_part("WSTOPSIG", status));
    const u64 sig = *status_part("WTERMSIG", status);
    if (sig == 0) return "WIFEXITED(s) && WEXITSTATUS(s) == " + std::to_string(*status_part("WEXITSTATUS", status));
    const std::string core = *status_part("WCOREDUMP", status) ? " && WCOREDUMP(s)" : "";
    return "WIFSIGNALED(s) && WTERMSIG(s) == " + value_text(signal, sig) + core;
}

OutputMatch match_output(const Expr& call, const Outcome& outcome, const Names& names) {
    OutputMatch found;
    const CallRow* row = find_call(call.name);
    if (!row || !outcome.ok()) return found;
    const auto at = arrange(*row, call);
    for (std::size_t i = 0; i < at.size(); ++i)
        if (at[i]) Matcher(names, found).argument(row->arguments[i], *at[i], outcome.out);
    return found;
}

} // namespace nslab
