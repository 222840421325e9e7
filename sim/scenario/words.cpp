// The words of a command line, quoted as in sh, with names in them; no globs, no pipes.

#include <algorithm>

#include "sim/scenario/internal.hpp"

namespace nslab::scenario {

bool is_name_start(char c) { return c >= 'a' && c <= 'z'; }
bool is_name_char(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; }

bool is_name(std::string_view text) {
    if (text.empty() || !is_name_start(text[0])) return false;
    for (const char c : text)
        if (!is_name_char(c)) return false;
    return true;
}

std::string_view identifier(Cursor& c) {
    const std::size_t from = c.at;
    while (!c.end() && (is_name_char(c.peek()) || (c.peek() >= 'A' && c.peek() <= 'Z'))) ++c.at;
    return c.line.substr(from, c.at - from);
}

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

bool reserved(std::string_view word) {
    static constexpr std::string_view words[] = {"title", "source", "boot", "sysctl", "kernel", "repeat", "as",
                                                 "end",   "expect", "show", "draw",   "since",  "until",  "init"};
    return std::find(std::begin(words), std::end(words), word) != std::end(words);
}

void append(Text& text, std::string_view more, Span at) {
    if (more.empty()) return;
    if (!text.empty() && text.back().kind == Piece::Kind::text) {
        text.back().text += more;
        text.back().at.length = at.column + at.length - text.back().at.column;
    } else {
        Piece piece;
        piece.text = more;
        piece.at = at;
        text.push_back(std::move(piece));
    }
}

namespace {

std::string_view name_at(Cursor& c, bool dots) {
    const std::size_t from = c.at;
    if (!is_name_start(c.peek())) return {};
    while (is_name_char(c.peek()) || (dots && c.peek() == '.' && is_name_start(c.peek(1)))) ++c.at;
    return c.line.substr(from, c.at - from);
}

} // namespace

void dollar(Cursor& c, Text& text, Complaints& complaints) {
    const std::size_t from = c.at++;
    Piece piece;
    if (c.take("$")) {
        piece.kind = Piece::Kind::own_pid;
        piece.at = c.since(from);
        text.push_back(std::move(piece));
        return;
    }
    if (c.peek() == '(') {
        const auto close = c.line.find(')', c.at);
        c.at = close == std::string_view::npos ? c.line.size() : close + 1;
        complaints.error(c.since(from), "a command cannot be put into another one's line", "\\$ is a dollar");
        return;
    }
    const bool braces = c.take("{");
    if (!braces && !is_name_start(c.peek())) {
        const bool like_a_name =
            (c.peek() >= 'A' && c.peek() <= 'Z') || (c.peek() >= '0' && c.peek() <= '9') || c.peek() == '_';
        if (like_a_name) complaints.error(c.since(from), "a name begins with a small letter", "\\$ is a dollar");
        return append(text, "$", c.since(from)); // a $ by itself, as in sh
    }
    const auto name = name_at(c, braces);
    piece.kind = Piece::Kind::name;
    piece.text = name;
    if (!name.empty() && c.peek() == '@' && is_name_start(c.peek(1))) {
        ++c.at;
        piece.kind = Piece::Kind::pid_seen_by;
        piece.seen_by = name_at(c, braces);
    }
    if (braces && (name.empty() || !c.take("}"))) {
        complaints.error(c.since(from), "${ wants a name and a }", "such as ${i}");
        return;
    }
    piece.at = c.since(from);
    text.push_back(std::move(piece));
}

namespace {

/// What a shell would do with an unquoted character and nslab does not.
const char* no_shell(char c, const Cursor& at) {
    switch (c) {
    case '|': return "there are no pipes";
    case ';': return "one command a line";
    case '<': return "input cannot be redirected";
    case '*':
    case '?':
    case '[': return "there are no globs; quote the character where it is meant";
    case '`': return "a command cannot be put into another one's line";
    case '(':
    case ')': return "there are no subshells; quote the character where it is meant";
    case '{': {
        // {a,b} and {1..3} mean several words to some shells.
        const auto near = at.line.substr(at.at, 200);
        const auto inside = near.substr(0, near.find('}'));
        if (inside.size() == near.size()) return nullptr;
        if (inside.find(' ') != std::string_view::npos) return nullptr;
        const bool expands = inside.find(',') != std::string_view::npos || inside.find("..") != std::string_view::npos;
        return expands ? "braces are not expanded; write the words out or quote them" : nullptr;
    }
    default: return nullptr;
    }
}

class WordReader {
  public:
    WordReader(Cursor& c, Complaints& complaints, bool statement)
        : c_(c), complaints_(complaints), statement_(statement) {}

    Word read() {
        const std::size_t from = c_.at;
        while (!c_.end() && c_.peek() != ' ' && c_.peek() != '\t') {
            const char ch = c_.peek();
            if (!statement_ && (ch == '>' || ch == '&')) break;
            if (statement_ && ch == ',' && (c_.peek(1) == ' ' || c_.peek(1) == '\t' || c_.at + 1 == c_.line.size()))
                break;
            if (ch == '\'')
                single_quotes();
            else if (ch == '"')
                double_quotes();
            else if (ch == '\\')
                backslash();
            else if (ch == '$')
                dollar(c_, word_.text, complaints_);
            else
                plain(from);
        }
        word_.at = c_.since(from);
        return std::move(word_);
    }

  private:
    void plain(std::size_t from) {
        if (!statement_) {
            if (const char* why = no_shell(c_.peek(), c_)) complaints_.error(c_.here(), why);
            if (c_.peek() == '~' && c_.at == from)
                complaints_.error(c_.here(), "~ is nobody's home here; quote it where it is meant");
        }
        append(word_.text, c_.line.substr(c_.at, 1), c_.here());
        ++c_.at;
    }

    void single_quotes() {
        word_.quoted = true;
        const auto close = c_.line.find('\'', c_.at + 1);
        if (close == std::string_view::npos) return unclosed();
        append(word_.text, c_.line.substr(c_.at + 1, close - c_.at - 1), c_.here(close - c_.at + 1));
        c_.at = close + 1;
    }

    void double_quotes() {
        word_.quoted = true;
        const std::size_t from = c_.at++;
        while (!c_.end() && c_.peek() != '"') {
            const char next = c_.peek(1);
            if (c_.peek() == '\\' && (next == '"' || next == '\\' || next == '$' || next == '`')) {
                append(word_.text, c_.line.substr(c_.at + 1, 1), c_.here(2));
                c_.at += 2;
            } else if (c_.peek() == '$') {
                dollar(c_, word_.text, complaints_);
            } else {
                append(word_.text, c_.line.substr(c_.at, 1), c_.here());
                ++c_.at;
            }
        }
        if (c_.end()) {
            c_.at = from;
            return unclosed();
        }
        ++c_.at;
    }

    void backslash() {
        word_.quoted = true;
        if (c_.at + 1 >= c_.line.size()) {
            complaints_.error(c_.here(), "a line cannot be continued on the next one");
            ++c_.at;
            return;
        }
        append(word_.text, c_.line.substr(c_.at + 1, 1), c_.here(2));
        c_.at += 2;
    }

    void unclosed() {
        complaints_.error(c_.here(), "the quote is not closed", "on the same line");
        c_.at = c_.line.size();
    }

    Cursor& c_;
    Complaints& complaints_;
    bool statement_;
    Word word_;
};

} // namespace

std::vector<Token> words(Cursor& c, Complaints& complaints, bool commas) {
    std::vector<Token> tokens;
    for (;;) {
        c.blanks();
        if (c.end() || c.comment()) return tokens;
        Token token;
        if (!commas && c.peek() == '&') {
            const std::size_t from = c.at++;
            if (c.take("&")) complaints.error(c.since(from), "one command a line");
            token.kind = Token::Kind::background;
            token.word.at = c.since(from);
        } else if (!commas && c.peek() == '>') {
            const std::size_t from = c.at++;
            token.kind = c.take(">") ? Token::Kind::append : Token::Kind::redirect;
            token.word.at = c.since(from);
        } else if (commas && c.peek() == ',') {
            append(token.word.text, ",", c.here());
            token.word.at = c.here();
            ++c.at;
        } else {
            token.word = WordReader(c, complaints, commas).read();
        }
        tokens.push_back(std::move(token));
    }
}

std::optional<std::string> literal(const Word& w) {
    if (w.text.empty()) return "";
    if (w.text.size() != 1 || w.text[0].kind != Piece::Kind::text) return std::nullopt;
    return w.text[0].text;
}

std::string approximate(const Word& w) {
    std::string text;
    for (const Piece& piece : w.text) text += piece.kind == Piece::Kind::text ? piece.text : "1";
    return text;
}

bool bare(const Word& w) { return !w.quoted && w.text.size() == 1 && w.text[0].kind == Piece::Kind::text; }

} // namespace nslab::scenario
