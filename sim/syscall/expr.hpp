#pragma once
// The text of a system call as a tree: what strace prints and a scenario writes. The scenario's parser builds it;
// bind() turns it into a Syscall once the names in it have values.

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/syscall/syscall.hpp"

namespace nslab {

/// A stretch of the file: line and column count from 1, length in bytes (columns are bytes too).
struct Span {
    u32 line = 0, column = 0, length = 1;
};

/// A complaint about the text of a scenario.
struct Diagnostic {
    Span at;
    std::string message;  // "mount: unknown option --make-shred"
    std::string hint;     // behind the caret: "did you mean --make-shared?"; may be empty
    bool warning = false; // pointed out, but the scenario plays
};

/// One piece of a word or string: literal text or a reference to a name.
struct Piece {
    enum class Kind : u8 { text, name, own_pid, pid_seen_by } kind = Kind::text;
    std::string text; // the text, or the name in "$name", "${name}"; of pid_seen_by "sh2@sh1" the first
    std::string seen_by;
    Span at;
};
using Text = std::vector<Piece>;

/// A node of a call's text.
struct Expr {
    enum class Kind : u8 {
        number,    // 0755, 0x20, -1
        string,    // "..." with pieces
        null,      // NULL
        bad,       // a pointer that cannot be read: BAD, or 0xdeadbeef as strace prints one
        word,      // a flag, a constant, a name or an actor: AT_FDCWD, MS_BIND, t, sh2
        or_,       // children joined by |
        structure, // {name=value, ...}: children with `name`
        array,     // [a, b]
        call,      // open("/x", O_RDONLY): `name` and children
        take,      // ?name
        omitted,   // "..." or a value that the text leaves out
        product,   // a function of values that strace prints, such as WEXITSTATUS(s) == 0 or makedev(0, 0x1c)
    };
    Kind kind = Kind::number;
    Span at;
    std::string name; // of a word, a call, a member (for children of a structure), a take
    i64 number = 0;
    Text text; // of a string
    std::vector<Expr> children;
    std::string member; // name of this node as a member of a structure or as a named argument (flags=...)
    Span member_at;
};

/// What names stand for while a scenario plays. `value` gives a number for a name; `text` expands pieces.
struct Names {
    std::function<std::optional<i64>(const std::string& name)> value;
    std::function<std::string(const Text&)> text;
};

/// What a call of this name with these arguments can be, judged without values: unknown calls, wrong numbers of
/// arguments, unknown flags and members, with the nearest known one as a hint. `known(name)` says whether a word that
/// is no constant is a name of the scenario.
std::vector<Diagnostic> check_call(const Expr& call, const std::function<bool(const std::string&)>& known);

/// The call with its values. Nested calls must have been performed and replaced by their results before.
Syscall bind(const Expr& call, const Names& names);

/// What a call wrote against what the text says it must hold. `mismatch` is empty where they agree; `takes` are the
/// values that ?names took.
struct OutputMatch {
    std::string mismatch;
    std::map<std::string, i64> takes;
};
OutputMatch match_output(const Expr& call, const Outcome& outcome, const Names& names);

/// Every call's name, for completion and for the nearest one.
std::vector<std::string_view> call_names();

/// The value of a constant such as MS_BIND or AT_FDCWD, of whatever family.
std::optional<i64> constant(std::string_view name);

/// The word among `words` nearest to `word` by edit distance, where one is near enough to be meant.
std::optional<std::string> nearest(std::string_view word, const std::vector<std::string_view>& words);

} // namespace nslab
