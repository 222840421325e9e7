#pragma once
// What the parts of the parser share. Nothing outside of sim/scenario includes this.

#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/scenario/scenario.hpp"

namespace nslab::scenario {

// Bounds, so that no file can eat the machine. They are far above what a lesson needs.
inline constexpr std::size_t kMaxBytes = 1 << 20;
inline constexpr std::size_t kMaxSteps = 20'000;
inline constexpr std::size_t kMaxActors = 1000;
inline constexpr std::size_t kMaxLine = 16 * 1024;
inline constexpr std::size_t kMaxUnrolled = 4 << 20; // bytes of all steps, repeats written out
inline constexpr u32 kMaxDepth = 32;                 // of values inside values, and of repeats
inline constexpr std::size_t kMaxDiagnostics = 100;

/// Where complaints go. One place of the file is complained about once, however often a repeat comes by.
class Complaints {
  public:
    void error(Span at, std::string message, std::string hint = {}) {
        add({at, std::move(message), std::move(hint), false});
    }
    void warn(Span at, std::string message, std::string hint = {}) {
        add({at, std::move(message), std::move(hint), true});
    }
    void add(Diagnostic d);
    bool full() const { return found_.size() >= kMaxDiagnostics; }
    std::size_t size() const { return found_.size(); }
    /// A wrong line would have made this actor or name; that it is missing further on is no mistake of its own.
    void excuse(std::string name) { excused_.insert(std::move(name)); }
    bool excused(const std::string& name) const { return excused_.count(name) != 0; }
    /// All of them in order of their places.
    std::vector<Diagnostic> take();

  private:
    std::vector<Diagnostic> found_;
    std::set<std::string> excused_;
};

/// A place inside one line.
struct Cursor {
    std::string_view line;
    u32 number = 1;
    std::size_t at = 0;

    bool end() const { return at >= line.size(); }
    char peek(std::size_t ahead = 0) const { return at + ahead < line.size() ? line[at + ahead] : '\0'; }
    bool take(std::string_view text) {
        if (line.substr(at, text.size()) != text) return false;
        at += text.size();
        return true;
    }
    void blanks() {
        while (!end() && (line[at] == ' ' || line[at] == '\t')) ++at;
    }
    /// Whether a comment begins here: # at the start of the line or behind a blank.
    bool comment() const { return peek() == '#' && (at == 0 || line[at - 1] == ' ' || line[at - 1] == '\t'); }
    /// The stretch from `from` to here.
    Span since(std::size_t from) const {
        return {number, static_cast<u32>(from + 1), static_cast<u32>(at > from ? at - from : 1)};
    }
    Span here(std::size_t length = 1) const { return {number, static_cast<u32>(at + 1), static_cast<u32>(length)}; }
};

bool is_name_start(char c);
bool is_name_char(char c);
/// [a-z][a-z0-9_]*
bool is_name(std::string_view text);
/// An identifier of a call or a flag: letters, digits and _.
std::string_view identifier(Cursor& c);
std::string_view trimmed(std::string_view text);
bool reserved(std::string_view word); // of heads and statements

/// The length of the UTF-8 character at `at`; 0 where there is none.
std::size_t utf8_character(std::string_view text, std::size_t at);

// words.cpp: the words of a command line --------------------------------------------------------------------------

/// A $ and what follows: a name, $$, name@actor. Pieces are added to `text`.
void dollar(Cursor& c, Text& text, Complaints& complaints);
void append(Text& text, std::string_view more, Span at);

struct Token {
    enum class Kind : u8 { word, background, redirect, append } kind = Kind::word;
    Word word;
};
/// The words up to the end of the line or a comment; `commas` ends a word at a comma that a blank follows, which then
/// is a word of its own (of expect).
std::vector<Token> words(Cursor& c, Complaints& complaints, bool commas = false);
/// A word without names, as it stands; nothing where it has names in it.
std::optional<std::string> literal(const Word& w);
/// The word with each name as "1": what a check of options may look at.
std::string approximate(const Word& w);
bool bare(const Word& w); // not quoted and without names

// values.cpp, calls.cpp: the text of a call ------------------------------------------------------------------------

inline constexpr const char* kCut = "strace has cut this call in two";
inline constexpr const char* kCutHint = "strace -ff, or join the two lines";
inline bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// One value: a call, a string, flags. Nothing where there is none; the complaint has been made.
std::optional<Expr> value(Cursor& c, Complaints& complaints, u32 depth = 0);
/// A string in double quotes with the escapes of C.
std::optional<Text> c_string(Cursor& c, Complaints& complaints);
/// Skips blanks and /* notes */.
void space(Cursor& c);
/// "sh1:" has been read: `[t =] call(...) [= result]`.
bool call_step(Cursor& c, Complaints& complaints, Step& step);

// heads.cpp --------------------------------------------------------------------------------------------------------

bool is_head(std::string_view word);
/// "title:" has been read.
void read_head(const std::string& name, Cursor& c, Scenario& scenario, Complaints& complaints);

// outcomes.cpp -----------------------------------------------------------------------------------------------------

/// `since 6.8`, `until 6.16`, in any order; `until 6.16` includes all of 6.16.*.
void range(Cursor& c, Complaints& complaints, std::optional<Release>& since, std::optional<Release>& until);
std::optional<Release> release(std::string_view word, bool last);
/// Behind the = of a call.
void results(Cursor& c, Complaints& complaints, std::vector<ExpectedOutcome>& outcomes);
/// The comment behind a command, from its #.
void comment_outcome(Cursor c, Complaints& complaints, std::vector<ExpectedOutcome>& outcomes);
/// Whether a comment begins with an errno's name: what an outcome behind a command looks like.
bool looks_like_outcome(Cursor c);

// expect.cpp -------------------------------------------------------------------------------------------------------

/// "expect" has been read; one step for each of its claims.
void expect_steps(Cursor& c, Complaints& complaints, const Step& blank, std::vector<Step>& steps);

// commands.cpp -----------------------------------------------------------------------------------------------------

/// The prompt has been read.
bool command_step(Cursor& c, Complaints& complaints, Step& step);
/// The command in front of `prints`: known, its options right, and one that changes nothing.
void looking_command(const std::vector<Word>& words, Complaints& complaints);

// check.cpp --------------------------------------------------------------------------------------------------------

/// Who is there, who waits, which names have values: everything that is seen by reading the steps in order.
void check_steps(Scenario& scenario, Complaints& complaints, Extent extent);

} // namespace nslab::scenario
