// The program that an agent becomes by execve(2): it maps the memory that commands it where it was, and goes on as an
// agent. Built without any library, and part of nslab as bytes.

#include "sim/host/slot.hpp"

using namespace nslab;
using namespace nslab::host;

extern "C" {

// The compiler may call these for copies that the code does not spell out.
void* memset(void* to, int byte, std::size_t n) {
    auto* at = static_cast<volatile char*>(to);
    while (n--) *at++ = static_cast<char>(byte);
    return to;
}
void* memcpy(void* to, const void* from, std::size_t n) {
    auto* at = static_cast<volatile char*>(to);
    for (const char* f = static_cast<const char*>(from); n--;) *at++ = *f++;
    return to;
}

/// `stack` is what execve(2) leaves: the number of arguments, and pointers to them.
[[noreturn]] void nslab_again(const u64* stack) {
    u64 values[4] = {}; // memory, address, size, slot: see exec.cpp
    for (u32 i = 0; i < 4 && i + 1 < stack[0]; ++i)
        for (const char* at = reinterpret_cast<const char*>(stack[2 + i]); *at; ++at)
            values[i] = 10 * values[i] + static_cast<u64>(*at - '0');
    const auto [memory, address, size, index] = values;
    constexpr u64 kReadWrite = 3, kSharedFixed = 1 | 0x100000; // MAP_SHARED | MAP_FIXED_NOREPLACE
    if (raw::call(raw::nr_mmap, address, size, kReadWrite, kSharedFixed, memory, 0) != static_cast<i64>(address))
        for (;;) raw::call(raw::nr_exit_group, 127);
    raw::call(raw::nr_close, memory);
    auto* shared = reinterpret_cast<Shared*>(address);
    Slot* slot = shared->slot(static_cast<u32>(index));
    constexpr u64 kSetName = 15; // PR_SET_NAME
    raw::call(raw::nr_prctl, kSetName, raw::address(slot->comm));
    // Agents live on the stacks of their slots.
    __asm__ volatile("movq %[top], %%rsp\n\t"
                     "xorl %%ebp, %%ebp\n\t"
                     "callq *%[main]\n\t"
                     "ud2"
                     :
                     : [top] "r"(slot->stack + kStackSize), [main] "r"(&agent_main), "D"(shared), "S"(slot)
                     : "memory");
    __builtin_unreachable();
}
}

__asm__(".pushsection .text\n"
        ".globl _start\n"
        "_start: xorl %ebp, %ebp\n\tmovq %rsp, %rdi\n\tandq $-16, %rsp\n\tcallq nslab_again\n\tud2\n"
        ".popsection");
