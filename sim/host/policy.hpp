#pragma once
// What of a call can be judged by its arguments alone. The rest is judged by the agent; see judge.cpp.

#include "sim/host/marshal.hpp"

namespace nslab::host {

/// Why the sandbox does not make this call; nothing where it may be made, as far as the arguments tell.
std::optional<std::string> refuse(const Syscall& c, MachineFacts& facts, bool by_init);

/// What statmount(2) wrote into `buffer`.
StatmountBuf read_statmount(const char* buffer);

} // namespace nslab::host
