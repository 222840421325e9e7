// What can be wrong with a call, seen without playing it.

#include <set>

#include "sim/syscall/bind.hpp"

namespace nslab {

using namespace describe;

namespace {

class Checker {
  public:
    Checker(const std::function<bool(const std::string&)>& known, std::vector<Diagnostic>& found)
        : known_(known), found_(found) {}

    void call(const Expr& e) {
        const CallRow* row = find_call(e.name);
        Span name = e.at;
        name.length = static_cast<u32>(e.name.size());
        if (!row) return say(name, "unknown call " + e.name, did_you_mean(e.name, call_names()));
        arguments(*row, e, name);
        const auto at = arrange(*row, e);
        for (std::size_t i = 0; i < at.size(); ++i) {
            const Argument& a = row->arguments[i];
            if (at[i])
                argument(*row, a, *at[i]);
            else if (!a.optional)
                missing(*row, a, name);
        }
        if (row->name == "write" && at.size() > 2 && at[1] && at[2]) count_of_write(*at[1], *at[2]);
    }

  private:
    void say(Span at, std::string message, std::string hint = {}, bool warning = false) {
        found_.push_back({at, std::move(message), std::move(hint), warning});
    }

    static std::string did_you_mean(std::string_view word, const std::vector<std::string_view>& words) {
        const auto near = nearest(word, words);
        return near ? "did you mean " + *near + "?" : "";
    }

    static std::string signature(const CallRow& row) {
        std::string text = std::string(row.name) + "(";
        for (const Argument& a : row.arguments) {
            if (row.named && (a.type == Type::ignored || is_output(a.type))) continue;
            if (text.back() != '(') text += ", ";
            text += row.named    ? std::string(a.name) + "="
                    : a.optional ? "[" + std::string(a.name) + "]"
                                 : std::string(a.name);
        }
        return text + ")";
    }

    void missing(const CallRow& row, const Argument& a, Span name) {
        if (told_missing_) return;
        told_missing_ = true;
        say(name, std::string(row.name) + ": the argument " + std::string(a.name) + " is missing", signature(row));
    }

    void arguments(const CallRow& row, const Expr& e, Span name) {
        std::size_t bare = 0, room = 0;
        for (const Argument& a : row.arguments) room += row.named && a.type == Type::ignored ? 0U : 1U;
        std::set<std::string> seen;
        for (const Expr& child : e.children) {
            if (child.member.empty()) {
                if (++bare == room + 1) say(child.at, std::string(row.name) + ": too many arguments", signature(row));
                continue;
            }
            std::vector<std::string_view> names;
            bool is_one = false;
            for (const Argument& a : row.arguments) {
                names.push_back(a.name);
                is_one |= a.name == child.member;
            }
            if (!is_one)
                say(child.member_at, std::string(row.name) + " has no argument " + child.member,
                    did_you_mean(child.member, names));
            else if (!seen.insert(child.member).second)
                say(child.member_at, "the argument " + child.member + " is given twice");
        }
        (void)name;
    }

    void argument(const CallRow& row, const Argument& a, const Expr& e) {
        if (e.kind == Expr::Kind::omitted) {
            if (!a.optional && !is_output(a.type))
                say(e.at, std::string(a.name) + " cannot be left out", signature(row));
            return;
        }
        switch (a.type) {
        case Type::string:
        case Type::data: return string(row, a, e);
        case Type::structure: return structure(row, a, structure_of(e), false);
        case Type::ignored:
            if (a.constants.empty()) return;
            break;
        case Type::numbers:
            if (e.kind != Expr::Kind::array) return say(e.at, std::string(a.name) + " is a list of numbers: [5, 6]");
            for (const Expr& child : e.children) number(row, a, child);
            return;
        case Type::out_structure:
            if (is_pointer(e)) return;
            return structure(row, a, e, true);
        case Type::out_bytes:
            if (is_pointer(e) || e.kind == Expr::Kind::string) return;
            return say(e.at, std::string(row.name) + " writes bytes here: a string is expected");
        case Type::out_number:
            if (is_pointer(e)) return;
            if (e.kind != Expr::Kind::array || e.children.size() != 1)
                return say(e.at, std::string(row.name) + " writes a number here: [?value] or [5]");
            if (e.children[0].kind != Expr::Kind::take) number(row, a, e.children[0]);
            return;
        case Type::place:
            if (is_pointer(e) || e.kind == Expr::Kind::omitted) return;
            if (e.kind == Expr::Kind::structure && !a.members.empty()) return structure(row, a, e, true);
            if (e.kind == Expr::Kind::array && e.children.size() == 1 && e.children[0].kind == Expr::Kind::take) return;
            return number(row, a, e.kind == Expr::Kind::array && e.children.size() == 1 ? e.children[0] : e);
        case Type::sigset:
        case Type::out_sigset: return sigset(row, a, e);
        case Type::out_status: return status(row, e);
        case Type::out_ids:
            if (is_pointer(e)) return;
            if (e.kind != Expr::Kind::array)
                return say(e.at, std::string(row.name) + " writes a list of ids here: [?a, ?b]");
            for (const Expr& child : e.children)
                if (child.kind != Expr::Kind::take && child.kind != Expr::Kind::omitted) number(row, a, child);
            return;
        case Type::out_entries:
            if (is_pointer(e)) return;
            if (e.kind != Expr::Kind::array)
                return say(e.at, std::string(row.name) + " writes a list of entries here: [{d_name=\".\"}, ...]");
            for (const Expr& child : e.children)
                if (child.kind != Expr::Kind::omitted) structure(row, a, child, true);
            return;
        case Type::zero:
            if (!(e.kind == Expr::Kind::null || (e.kind == Expr::Kind::number && e.number == 0)))
                say(e.at, std::string(row.name) + " is modelled with " + std::string(a.printed) + " as " +
                              std::string(a.name) + " only");
            return;
        case Type::out_ignored: return;
        default: break;
        }
        number(row, a, e);
    }

    /// A pointer that strace could not follow, or none.
    static bool is_pointer(const Expr& e) {
        return e.kind == Expr::Kind::number || e.kind == Expr::Kind::null || e.kind == Expr::Kind::bad;
    }

    void string(const CallRow& row, const Argument& a, const Expr& e) {
        if (e.kind == Expr::Kind::string) {
            if (e.number == 1) say(e.at, "strace has cut this string short", "strace -s 4096 shows it whole");
            for (const Piece& piece : e.text)
                if (a.type == Type::string && piece.kind == Piece::Kind::text &&
                    piece.text.find('\0') != std::string::npos)
                    return say(e.at, "a NUL inside a string that the call reads up to its NUL");
            return;
        }
        if (is_pointer(e)) return;
        std::string hint = "NULL and BAD (a pointer that cannot be read) are the other values";
        if (e.kind == Expr::Kind::word) hint = "write \"" + (e.text.empty() ? e.name : "$" + e.name) + "\"";
        say(e.at, std::string(row.name) + ": " + std::string(a.name) + " is a string", hint);
    }

    void structure(const CallRow& row, const Argument& a, const Expr& e, bool written) {
        if (!written && e.kind == Expr::Kind::null && a.drop) return;
        if (e.kind != Expr::Kind::structure) {
            std::string members;
            for (const Argument& m : a.members)
                if (m.type != Type::ignored) members += (members.empty() ? "" : ", ") + std::string(m.name) + "=";
            return say(e.at, std::string(row.name) + ": " + std::string(a.name) + " is a structure",
                       "{" + members + "}");
        }
        std::set<std::string> seen;
        std::vector<std::string_view> names;
        for (const Argument& m : a.members) names.push_back(m.name);
        for (const Expr& child : e.children) {
            if (child.kind == Expr::Kind::omitted) continue;
            if (child.member.empty()) {
                say(child.at, "a member's name and = are expected",
                    "such as " + std::string(names.empty() ? "" : names[0]) + "=");
                continue;
            }
            const Argument* m = nullptr;
            for (const Argument& each : a.members)
                if (each.name == child.member) m = &each;
            if (!m) {
                say(child.member_at, "there is no member " + child.member, did_you_mean(child.member, names));
                continue;
            }
            if (!seen.insert(child.member).second)
                say(child.member_at, "the member " + child.member + " is given twice");
            if (m->type == Type::ignored) continue;
            if (written && child.kind == Expr::Kind::take) {
                if (m->type == Type::string) say(child.at, "a name takes a number; " + child.member + " is a string");
                continue;
            }
            argument(row, *m, child);
        }
    }

    void sigset(const CallRow& row, const Argument& a, const Expr& e) {
        if (is_pointer(e) || (a.type == Type::out_sigset && e.kind == Expr::Kind::take)) return;
        if (e.kind == Expr::Kind::product && e.name == "~") return sigset(row, a, e.children[0]);
        if (e.kind != Expr::Kind::array)
            return say(e.at, std::string(row.name) + ": " + std::string(a.name) + " is a set of signals",
                       "[INT TERM], [] or ~[]");
        for (const Expr& child : e.children)
            if (!(child.kind == Expr::Kind::word && constant("SIG" + child.name))) number(row, a, child);
    }

    void status(const CallRow& row, const Expr& e) {
        if (is_pointer(e)) return;
        const bool one = e.kind == Expr::Kind::array && e.children.size() == 1;
        if (!one)
            return say(e.at, std::string(row.name) + " writes the status here",
                       "[{WIFEXITED(s) && WEXITSTATUS(s) == 0}], [?status] or NULL");
        const Expr& inner = e.children[0];
        if (inner.kind == Expr::Kind::take || inner.kind == Expr::Kind::omitted) return;
        if (inner.kind == Expr::Kind::structure && inner.children.size() == 1) return condition(inner.children[0]);
        condition(inner);
    }

    /// WIFEXITED(s) && WEXITSTATUS(s) == 0, as strace prints a status.
    void condition(const Expr& e) {
        if (e.kind == Expr::Kind::product && (e.name == "&&" || e.name == "==")) {
            for (const Expr& child : e.children) condition(child);
            return;
        }
        if (e.kind == Expr::Kind::product && e.name != "makedev" && e.name != "!") return;
        if (e.kind == Expr::Kind::product && e.name == "!") return condition(e.children[0]);
        if (e.kind == Expr::Kind::number || (e.kind == Expr::Kind::word && (constant(e.name) || known_(e.name))))
            return;
        say(e.at, "WIFEXITED(s), WEXITSTATUS(s) == 0, WIFSIGNALED(s) or WTERMSIG(s) == SIGKILL is expected");
    }

    void number(const CallRow& row, const Argument& a, const Expr& e) {
        switch (e.kind) {
        case Expr::Kind::number:
        case Expr::Kind::null:
        case Expr::Kind::omitted: return;
        case Expr::Kind::or_:
            for (const Expr& child : e.children) number(row, a, child);
            return;
        case Expr::Kind::product:
            if (a.type == Type::device && e.name == "makedev") return;
            break;
        case Expr::Kind::call: return nested(e);
        case Expr::Kind::word: return word(row, a, e);
        case Expr::Kind::take:
            return say(e.at, "?" + e.name + " takes what a call wrote, and " + std::string(a.name) + " is given to it");
        default: break;
        }
        const bool named = a.type == Type::flags || a.type == Type::one_of;
        say(e.at,
            std::string(row.name) + ": " + std::string(a.name) + " is " +
                (named                ? "a flag"
                 : a.type == Type::fd ? "a descriptor"
                                      : "a number"),
            a.constants.empty() ? "" : "such as " + std::string(a.constants[a.constants.size() > 1 ? 1 : 0].name));
    }

    void nested(const Expr& e) {
        Checker(known_, found_).call(e);
        const CallRow* row = find_call(e.name);
        if (row && (row->name == "exit" || row->name == "exit_group"))
            say(e.at, e.name + " does not return, so it is no argument");
    }

    void word(const CallRow& row, const Argument& a, const Expr& e) {
        if (!e.text.empty()) return; // $$ and sh2@sh1: the parser knows them
        std::vector<std::string_view> names;
        for (const Constant& c : a.constants) {
            if (c.name == e.name) return;
            names.push_back(c.name);
        }
        if (constant(e.name)) {
            if (a.type == Type::flags || a.type == Type::one_of)
                say(e.at, e.name + " is no flag of " + std::string(row.name) + "'s " + std::string(a.name),
                    did_you_mean(e.name, names), true);
            return;
        }
        if (known_(e.name)) return;
        auto hint = did_you_mean(e.name, names);
        if (hint.empty()) {
            for (const auto family : all_constants())
                for (const Constant& c : family) names.push_back(c.name);
            hint = did_you_mean(e.name, names);
        }
        const bool upper = !e.name.empty() && e.name[0] >= 'A' && e.name[0] <= 'Z';
        if (hint.empty() && !upper) hint = "a name gets its value before: " + e.name + " = ...";
        say(e.at, (upper ? "unknown flag " : "unknown name ") + e.name, hint);
    }

    void count_of_write(const Expr& data, const Expr& count) {
        if (data.kind != Expr::Kind::string || count.kind != Expr::Kind::number) return;
        std::size_t size = 0;
        for (const Piece& piece : data.text) {
            if (piece.kind != Piece::Kind::text) return;
            size += piece.text.size();
        }
        if (count.number < 0 || static_cast<u64>(count.number) > size)
            say(count.at, "the string holds " + std::to_string(size) + " bytes");
    }

    const std::function<bool(const std::string&)>& known_;
    std::vector<Diagnostic>& found_;
    bool told_missing_ = false;
};

} // namespace

std::vector<Diagnostic> check_call(const Expr& call, const std::function<bool(const std::string&)>& known) {
    std::vector<Diagnostic> found;
    Checker(known, found).call(call);
    return found;
}

} // namespace nslab
