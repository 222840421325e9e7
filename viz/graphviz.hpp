#pragma once
// Runs Graphviz's dot as a child process: no shell, no file, a time limit.

#include <chrono>
#include <stdexcept>
#include <string>
#include <vector>

namespace nslab::viz {

/// dot is not on this machine, or did not come to an end; what() is one line that says how to mend it.
struct GraphvizError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

struct GraphvizResult {
    std::string output;
    std::string warnings; // what it wrote on standard error
};

/// `dot ARGUMENTS` with `input` on its standard input. Throws GraphvizError.
GraphvizResult run_dot(const std::vector<std::string>& arguments, const std::string& input,
                       std::chrono::milliseconds limit = std::chrono::seconds(30));

} // namespace nslab::viz
