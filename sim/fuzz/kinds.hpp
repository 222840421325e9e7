#pragma once
// The kinds of calls that machine-made scenarios consist of, each with how often it comes. Whoever adds a call to the
// model adds a row here.

#include <span>
#include <string_view>

#include "sim/fuzz/chooser.hpp"

namespace nslab::fuzz {

struct Kind {
    std::string_view call; // the kernel's name, by which --calls chooses
    u32 weight = 1;
    Syscall (*make)(Chooser& c) = nullptr;
};

std::span<const Kind> kinds_of_mounts();
std::span<const Kind> kinds_of_files();
std::span<const Kind> kinds_of_processes();
std::span<const Kind> kinds_of_signals();
std::span<const Kind> kinds_of_rights();
/// All of them.
std::span<const Kind> kinds();

} // namespace nslab::fuzz
