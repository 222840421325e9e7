#pragma once
// The scenario files that a command line names.

#include <string>
#include <vector>

#include "sim/scenario/scenario.hpp"

namespace nslab {

/// FILE stays, DIR gives every *.scn in and below it in the order of their names. Throws std::runtime_error with one
/// line where there is no such file.
std::vector<std::string> find_scenarios(const std::vector<std::string>& arguments);

/// A scenario read from disk, with the saved mountinfo beside it.
struct Loaded {
    Scenario scenario;
    std::string complaints; // every mistake and everything pointed out, rendered
    bool ok = false;
};
Loaded load(const std::string& file);

/// The whole of a file, or little more than `most` of it. Throws std::runtime_error where it cannot be read.
std::string read_file(const std::string& file, std::size_t most = ~std::size_t{0});
/// Writes it, or standard output where `file` is "-" or empty.
void write_file(const std::string& file, const std::string& text);

} // namespace nslab
