// What each file would otherwise compile again for itself: see Output in syscall.hpp.

#include "sim/syscall/syscall.hpp"

namespace nslab {

AnyOutput* Output::made(AnyOutput written) { return new AnyOutput(std::move(written)); }
void Output::Drop::operator()(AnyOutput* any) const { delete any; }
Output::Output(const Output& other) : any_(other.any_ ? new AnyOutput(*other.any_) : nullptr) {}
bool operator==(const Output& a, const Output& b) { return a.like(b) && (!a.any_ || *a.any_ == *b.any_); }

Syscall::Syscall() = default;
Syscall::Syscall(const Syscall& other) = default;
Syscall::Syscall(Syscall&& other) noexcept = default;
Syscall& Syscall::operator=(const Syscall& other) = default;
Syscall& Syscall::operator=(Syscall&& other) noexcept = default;
Syscall::~Syscall() = default;

} // namespace nslab
