// Values as strace prints them, read into a tree: calls, strings, flags, structures, conditions.

#include <array>

#include "sim/scenario/internal.hpp"

namespace nslab::scenario {

namespace {

constexpr std::array<std::string_view, 9> kProducts = {"WIFEXITED", "WEXITSTATUS",  "WIFSIGNALED",
                                                       "WTERMSIG",  "WCOREDUMP",    "WIFSTOPPED",
                                                       "WSTOPSIG",  "WIFCONTINUED", "makedev"};

bool is_product(std::string_view name) {
    for (const auto each : kProducts)
        if (each == name) return true;
    return false;
}

int digit_value(char c) {
    if (is_digit(c)) return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return 99;
}

class ValueReader {
  public:
    ValueReader(Cursor& c, Complaints& complaints) : c_(c), complaints_(complaints) {}

    std::optional<Expr> condition(u32 depth) {
        auto left = comparison(depth);
        for (space(c_); left && c_.take("&&"); space(c_)) {
            auto right = comparison(depth);
            if (!right) return std::nullopt;
            left = both("&&", std::move(*left), std::move(*right));
        }
        return left;
    }

  private:
    std::optional<Expr> fail(Span at, std::string message, std::string hint = {}) {
        complaints_.error(at, std::move(message), std::move(hint));
        return std::nullopt;
    }

    static Expr both(std::string name, Expr left, Expr right) {
        Expr e;
        e.kind = Expr::Kind::product;
        e.at = left.at;
        e.at.length = right.at.column + right.at.length - left.at.column;
        e.name = std::move(name);
        e.children.push_back(std::move(left));
        e.children.push_back(std::move(right));
        return e;
    }

    std::optional<Expr> comparison(u32 depth) {
        auto left = ored(depth);
        space(c_);
        if (!left || !c_.take("==")) return left;
        auto right = ored(depth);
        if (!right) return std::nullopt;
        return both("==", std::move(*left), std::move(*right));
    }

    std::optional<Expr> ored(u32 depth) {
        auto first = primary(depth);
        space(c_);
        if (!first || c_.peek() != '|' || c_.peek(1) == '|') return first;
        Expr all;
        all.kind = Expr::Kind::or_;
        all.at = first->at;
        all.children.push_back(std::move(*first));
        while (c_.peek() == '|') {
            ++c_.at;
            auto next = primary(depth);
            if (!next) return std::nullopt;
            all.at.length = next->at.column + next->at.length - all.at.column;
            all.children.push_back(std::move(*next));
            space(c_);
        }
        return all;
    }

    std::optional<Expr> primary(u32 depth) {
        space(c_);
        if (depth > kMaxDepth) return fail(c_.here(), "values lie too deep in each other");
        const char ch = c_.peek();
        const std::size_t from = c_.at;
        if (is_digit(ch) || (ch == '-' && is_digit(c_.peek(1)))) return number();
        if (ch == '"') return string();
        if (ch == '{') return list(Expr::Kind::structure, '}', depth);
        if (ch == '[') return list(Expr::Kind::array, ']', depth);
        if (ch == '?') return take();
        if (ch == '$') return dollar_word();
        if (ch == '!' || ch == '~') {
            Expr e;
            e.kind = Expr::Kind::product;
            e.name = ch;
            e.at = c_.here();
            ++c_.at;
            auto inner = primary(depth + 1);
            if (!inner) return std::nullopt;
            e.children.push_back(std::move(*inner));
            return e;
        }
        if (ch == '.' && (c_.take("...") || c_.take(".."))) {
            Expr e;
            e.kind = Expr::Kind::omitted;
            e.at = c_.since(from);
            return e;
        }
        if (is_name_start(ch) || (ch >= 'A' && ch <= 'Z') || ch == '_') return word(depth);
        if (c_.end() || c_.comment()) return fail(c_.here(), "the call is not closed", "a ) is missing");
        if (c_.take("<unfinished")) return fail(c_.since(from), kCut, kCutHint);
        return fail(c_.here(), "a value is expected");
    }

    std::optional<Expr> number() {
        Expr e;
        const std::size_t from = c_.at;
        const bool negative = c_.take("-");
        u64 base = 10;
        if (c_.take("0x") || c_.take("0X"))
            base = 16;
        else if (c_.peek() == '0' && is_digit(c_.peek(1)))
            base = 8;
        u64 n = 0;
        bool any = false, overflow = false, bad = false;
        while (digit_value(c_.peek()) < 16 || (c_.peek() >= 'a' && c_.peek() <= 'z') || c_.peek() == '_') {
            const auto digit = static_cast<u64>(digit_value(c_.peek()));
            bad |= digit >= base;
            overflow |= n > (~u64{0} - digit) / base;
            n = n * base + digit;
            any = true;
            ++c_.at;
        }
        if (!any || bad)
            return fail(c_.since(from), "this is no number", base == 8 ? "a 0 in front makes it octal" : "");
        if (overflow) return fail(c_.since(from), "the number does not fit into 64 bits");
        e.number = static_cast<i64>(negative ? ~n + 1 : n);
        if (e.number == 1 && c_.take("<<")) { // a set of capabilities: 1<<CAP_KILL|1<<CAP_CHOWN
            e.kind = Expr::Kind::word;
            e.name = "1<<" + std::string(identifier(c_));
        }
        e.at = c_.since(from);
        annotation();
        return e;
    }

    /// What strace -y puts behind a descriptor: 3</mnt/a>.
    void annotation() {
        if (c_.peek() != '<') return;
        const auto close = c_.line.find('>', c_.at);
        if (close != std::string_view::npos) c_.at = close + 1;
    }

    std::optional<Expr> string() {
        Expr e;
        e.kind = Expr::Kind::string;
        const std::size_t from = c_.at;
        auto text = c_string(c_, complaints_);
        if (!text) return std::nullopt;
        e.text = std::move(*text);
        if (c_.take("...")) e.number = 1; // cut short by strace
        e.at = c_.since(from);
        return e;
    }

    std::optional<Expr> take() {
        Expr e;
        e.kind = Expr::Kind::take;
        const std::size_t from = c_.at++;
        e.name = identifier(c_);
        e.at = c_.since(from);
        if (!is_name(e.name)) return fail(e.at, "? takes a value under a name of small letters", "such as ?ino");
        return e;
    }

    std::optional<Expr> dollar_word() {
        Expr e;
        e.kind = Expr::Kind::word;
        const std::size_t from = c_.at, before = complaints_.size();
        Text text;
        dollar(c_, text, complaints_);
        e.at = c_.since(from);
        if (complaints_.size() != before) return std::nullopt;
        if (text.size() != 1 || text[0].kind == Piece::Kind::text) return fail(e.at, "a name is expected behind $");
        if (text[0].kind == Piece::Kind::name) {
            e.name = text[0].text;
        } else {
            e.name = text[0].kind == Piece::Kind::own_pid ? "$$" : text[0].text + "@" + text[0].seen_by;
            e.text = std::move(text);
        }
        return e;
    }

    std::optional<Expr> word(u32 depth) {
        Expr e;
        e.kind = Expr::Kind::word;
        const std::size_t from = c_.at;
        e.name = identifier(c_);
        e.at = c_.since(from);
        if (e.name == "NULL")
            e.kind = Expr::Kind::null;
        else if (e.name == "BAD")
            e.kind = Expr::Kind::bad;
        else if (c_.peek() == '(')
            return call(std::move(e), from, depth);
        else if (is_name(e.name) && c_.peek() == '@' && is_name_start(c_.peek(1))) {
            ++c_.at;
            Piece piece;
            piece.kind = Piece::Kind::pid_seen_by;
            piece.text = e.name;
            piece.seen_by = identifier(c_);
            e.name += "@" + piece.seen_by;
            piece.at = e.at = c_.since(from);
            e.text.push_back(std::move(piece));
        } else {
            if (e.name == "AT_FDCWD") annotation();
        }
        return e;
    }

    std::optional<Expr> call(Expr e, std::size_t from, u32 depth) {
        e.kind = is_product(e.name) ? Expr::Kind::product : Expr::Kind::call;
        ++c_.at;
        // WIFEXITED(s): the s is strace's, not a name of the scenario.
        if (e.name[0] == 'W' && e.kind == Expr::Kind::product) {
            space(c_);
            identifier(c_);
            space(c_);
            if (!c_.take(")")) return fail(c_.here(), e.name + "(s) is expected");
            e.at = c_.since(from);
            return e;
        }
        if (!items(e, ')', depth)) return std::nullopt;
        if (e.name == "makedev" && e.children.size() != 2) return fail(c_.since(from), "makedev(0, 0x1c) is expected");
        e.at = c_.since(from);
        return e;
    }

    std::optional<Expr> list(Expr::Kind kind, char close, u32 depth) {
        Expr e;
        e.kind = kind;
        const std::size_t from = c_.at++;
        if (!items(e, close, depth)) return std::nullopt;
        e.at = c_.since(from);
        return e;
    }

    /// Values separated by commas up to `close`, each with a name where it has one (flags=...).
    bool items(Expr& e, char close, u32 depth) {
        const std::size_t opened = c_.at - 1;
        space(c_);
        if (c_.peek() == close) {
            ++c_.at;
            return true;
        }
        for (;;) {
            space(c_);
            const std::size_t from = c_.at;
            std::string member(identifier(c_));
            const Span member_at = c_.since(from);
            space(c_);
            if (!member.empty() && !is_digit(member[0]) && c_.peek() == '=' && c_.peek(1) != '=') {
                ++c_.at;
            } else {
                member.clear();
                c_.at = from;
            }
            auto item = condition(depth + 1);
            if (!item) return false;
            if (!member.empty()) item->member_at = member_at;
            item->member = std::move(member);
            e.children.push_back(std::move(*item));
            space(c_);
            // {...} => {parent_tid=[0]}: what strace prints of a structure that the kernel also writes.
            if (c_.take("=>")) {
                if (!condition(depth + 1)) return false;
                space(c_);
            }
            if (c_.peek() == close) {
                ++c_.at;
                return true;
            }
            if (c_.take(",")) continue;
            // A set of signals has blanks between its names: [INT TERM].
            if (close == ']' && c_.peek() >= 'A' && c_.peek() <= 'Z' && c_.line[c_.at - 1] == ' ') continue;
            if (c_.end() || c_.comment()) {
                Cursor open = c_;
                open.at = opened;
                complaints_.error(open.here(), std::string("the ") + open.peek() + " is not closed");
            } else if (c_.take("<unfinished")) {
                complaints_.error(c_.since(c_.at - 11), kCut, kCutHint);
            } else {
                complaints_.error(c_.here(), std::string("a comma or ") + close + " is expected");
            }
            return false;
        }
    }

    Cursor& c_;
    Complaints& complaints_;
};

} // namespace

void space(Cursor& c) {
    for (;;) {
        c.blanks();
        if (c.peek() != '/' || c.peek(1) != '*') return;
        const auto close = c.line.find("*/", c.at + 2);
        if (close == std::string_view::npos) return;
        c.at = close + 2;
    }
}

std::optional<Text> c_string(Cursor& c, Complaints& complaints) {
    Text text;
    const std::size_t from = c.at++;
    while (!c.end() && c.peek() != '"') {
        if (c.peek() == '$') {
            dollar(c, text, complaints);
            continue;
        }
        const std::size_t start = c.at;
        if (c.peek() != '\\') {
            ++c.at;
            append(text, c.line.substr(start, 1), c.since(start));
            continue;
        }
        ++c.at;
        const char escape = c.peek();
        char byte = escape;
        static constexpr std::string_view letters = "ntrvfabe", bytes = "\n\t\r\v\f\a\b\x1b";
        if (const auto known = letters.find(escape); escape && known != std::string_view::npos) {
            byte = bytes[known];
            ++c.at;
        } else if (escape >= '0' && escape <= '7') {
            int code = 0;
            for (int digits = 0; digits < 3 && c.peek() >= '0' && c.peek() <= '7'; ++digits)
                code = code * 8 + (c.line[c.at++] - '0');
            byte = static_cast<char>(code);
        } else if (escape == 'x' && digit_value(c.peek(1)) < 16) {
            ++c.at;
            int code = 0;
            for (int digits = 0; digits < 2 && digit_value(c.peek()) < 16; ++digits)
                code = code * 16 + digit_value(c.line[c.at++]);
            byte = static_cast<char>(code);
        } else if (escape == '"' || escape == '\\' || escape == '$' || escape == '\'') {
            ++c.at;
        } else {
            if (!c.end()) ++c.at;
            complaints.error(c.since(start), "unknown escape", "\\n \\t \\\\ \\\" \\$ \\101 \\x41 are known");
            continue;
        }
        append(text, std::string_view(&byte, 1), c.since(start));
    }
    if (c.end()) {
        c.at = from;
        complaints.error(c.here(), "the quote is not closed", "on the same line");
        c.at = c.line.size();
        return std::nullopt;
    }
    ++c.at;
    return text;
}

std::optional<Expr> value(Cursor& c, Complaints& complaints, u32 depth) {
    return ValueReader(c, complaints).condition(depth);
}

} // namespace nslab::scenario
