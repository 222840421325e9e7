#pragma once
// Two equal little worlds on the real kernel: in one the tool itself runs under strace, in the other our command makes
// its calls through a RealTerminal. Each is a mount namespace of its own with a tmpfs over the same scratch directory.

#include <array>
#include <string>
#include <vector>

#include "sim/shell/shell.hpp"

namespace nslab::test {

/// What a command did: the calls that change something, by process; what it printed; how it ended.
struct Deeds {
    std::vector<std::vector<std::string>> calls; // of each process in the order in which they came to be
    std::string out, err;
    int status = 0;
};

/// Why the comparison cannot be made here; empty where it can.
std::string cannot_compare();

/// In 6.18 the ids of namespaces come in batches per processor, and the check against loops of mount namespaces
/// compares them: unshare --mount=FILE would fail by chance.
void stay_on_one_processor();

/// Performs `setup` (a line of sh) and then `command` with the real tool.
Deeds real_tool(const std::string& setup, const std::vector<std::string>& command);

/// The same with ours.
Deeds our_command(const std::string& setup, const std::vector<std::string>& command);

/// What prctl(2) changes: "prctl(38, 1)"; empty for what it only asks.
std::string prctl_text(u64 option, u64 arg2, u64 arg3);

} // namespace nslab::test
