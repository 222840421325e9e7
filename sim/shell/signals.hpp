#pragma once
// Signals by name and number, as kill(1), unshare --kill-child and setpriv --pdeathsig read them.

#include <optional>
#include <string>
#include <string_view>

#include "sim/linux/uapi/flags.hpp"

namespace nslab::shell {

/// KILL, SIGKILL, kill, RTMIN+3 or a number; EXIT is 0. Nothing for anything else.
std::optional<i32> signal_number(std::string_view text);
/// "KILL" of 9; nothing for a number that no signal has.
std::optional<std::string> signal_name(i32 number);
/// What a shell says of a process that a signal has ended: "Killed". Source: glibc, sysdeps/generic/siglist.h.
std::string signal_text(i32 number);

} // namespace nslab::shell
