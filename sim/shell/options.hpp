#pragma once
// The options of a command, read by getopt_long(3) itself: abbreviations, optional values, permutation and all. The
// tables are those of the tools; what getopt would print is made here, so that it has a place in the scenario.

#include <getopt.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/syscall/expr.hpp"

namespace nslab::shell {

/// An option that has no letter gets a number from here on.
inline constexpr int kLongOnly = 256;

/// What a command can be told.
struct OptionTable {
    const char* short_options;               // as getopt_long takes them
    std::vector<option> long_options;        // without the closing row
    std::vector<int> not_played{};           // the tool has them, nslab does not play them
    std::size_t fewest = 0, most = SIZE_MAX; // operands
    int misuse = 1;                          // exit status for a mistake here
};

struct GivenOption {
    int id = 0; // letter or number of the table
    std::optional<std::string> argument;
    std::string name{};   // of a long option
    std::size_t word = 0; // index in argv of the word that it stands in
};

struct Operand {
    std::string text;
    std::size_t word = 0; // index in argv
};

struct Misuse {
    std::string message; // in the tool's words, without its name in front
    std::string hint;    // "did you mean --make-shared?"
    std::size_t word = 0, column = 0, length = 0;
};

struct CommandLine {
    std::vector<GivenOption> options;
    std::vector<Operand> operands;
    std::optional<Misuse> misuse; // the first

    bool has(int id) const;
    /// The argument of the last option of this kind that has one.
    std::optional<std::string> last(int id) const;
};

CommandLine read_options(const std::vector<std::string>& argv, const OptionTable& table);

/// The complaints that CommandRow::check makes from a table alone: unknown options, options that are not played, too
/// few or too many operands.
std::vector<Diagnostic> check_options(const std::vector<std::string>& argv, const OptionTable& table);

/// A complaint about one word.
Diagnostic complaint(const std::vector<std::string>& argv, std::size_t word, std::string message,
                     std::string hint = "");

} // namespace nslab::shell
