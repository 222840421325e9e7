// rt_sigaction(2) of an agent. No code here may use the C library; see agent.cpp.

#include "sim/linux/uapi/signal.hpp"
#include "sim/host/slot.hpp"

// What runs when a signal is handled: nothing, and then the return to where the agent was. There are two ways back, so
// that an action tells whether the scenario asked for SA_RESTORER, without which a handler on x86-64 could not return.
extern "C" {
void nslab_signal_handler();
void nslab_signal_restorer_given();
void nslab_signal_restorer_added();
}
__asm__(".pushsection .text\n"
        ".globl nslab_signal_handler, nslab_signal_restorer_given, nslab_signal_restorer_added\n"
        "nslab_signal_handler: ret\n"
        "nslab_signal_restorer_given: nop\n"
        "nslab_signal_restorer_added: movl $15, %eax\n\tsyscall\n" // rt_sigreturn
        ".popsection");

namespace nslab::host {

i64 sigaction(Slot* slot) {
    const u64* a = slot->order.args;
    const auto code = [](void (*f)()) { return reinterpret_cast<u64>(f); };
    if (auto* act = reinterpret_cast<raw::KernelSigaction*>(a[1]); act && a[1] != kBadPointer) {
        // The address is known here only: an agent may be a program of its own.
        if (act->handler > kSigIgn) act->handler = code(&nslab_signal_handler);
        const bool given = (act->flags & SA::RESTORER) != 0;
        act->restorer = code(given ? &nslab_signal_restorer_given : &nslab_signal_restorer_added);
        act->flags |= SA::RESTORER;
    }
    const i64 result = raw::call(raw::nr_rt_sigaction, a[0], a[1], a[2], a[3]);
    if (auto* old = reinterpret_cast<raw::KernelSigaction*>(a[2]); result == 0 && old && a[2] != kBadPointer) {
        if (old->handler > kSigIgn) old->handler = kSigHandler;
        if (old->restorer == code(&nslab_signal_restorer_added)) old->flags &= ~SA::RESTORER;
    }
    return result;
}

} // namespace nslab::host
