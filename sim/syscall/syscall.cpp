// What each file would otherwise compile again for itself: see Output in syscall.hpp.

#include "sim/syscall/syscall.hpp"

namespace nslab {

Output::Output() = default;
Output::Output(const Output& other) = default;
Output::Output(Output&& other) noexcept = default;
Output& Output::operator=(const Output& other) = default;
Output& Output::operator=(Output&& other) noexcept = default;
Output::~Output() = default;

Syscall::Syscall() = default;
Syscall::Syscall(const Syscall& other) = default;
Syscall::Syscall(Syscall&& other) noexcept = default;
Syscall& Syscall::operator=(const Syscall& other) = default;
Syscall& Syscall::operator=(Syscall&& other) noexcept = default;
Syscall::~Syscall() = default;

} // namespace nslab
