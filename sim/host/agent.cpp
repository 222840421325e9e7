// The process that stands for an actor: it waits for orders in shared memory and makes raw system calls. No code here
// may use the C library, allocate, or return.

#include <sys/prctl.h>

#include "sim/host/slot.hpp"

namespace nslab::host {

using raw::address;
using raw::word;

namespace {

/// Makes a process with clone(2) or clone3(2) that begins in agent_main() on the stack of its own slot. Both calls are
/// made here, by one instruction, because the child must not return into the frames of its parent.
i64 spawn(i64 nr, u64 a, u64 b, u64 ptid, u64 ctid, Shared* shared, Slot* child) {
    auto* top = reinterpret_cast<u64*>(child->stack + kStackSize);
    top[-3] = reinterpret_cast<u64>(&agent_main);
    top[-2] = address(shared);
    top[-1] = address(child);
    i64 result;
    __asm__ volatile("movq %[ctid], %%r10\n\t"
                     "xorl %%r8d, %%r8d\n\t"
                     "syscall\n\t"
                     "testq %%rax, %%rax\n\t"
                     "jnz 1f\n\t"
                     "xorl %%ebp, %%ebp\n\t"
                     "popq %%rax\n\t"
                     "popq %%rdi\n\t"
                     "popq %%rsi\n\t"
                     "callq *%%rax\n\t"
                     "ud2\n"
                     "1:"
                     : "=a"(result)
                     : "0"(nr), "D"(a), "S"(b), "d"(ptid), [ctid] "r"(ctid)
                     : "rcx", "r8", "r10", "r11", "memory");
    return result;
}

i64 clone_agent(Shared* shared, const Order& order) {
    Slot* child = shared->slot(order.child);
    const u64 stack = address(child->stack), size = kStackSize - 3 * sizeof(u64);
    // What the kernel writes for CLONE_CHILD_SETTID and CLONE_CHILD_CLEARTID goes where nobody looks.
    const u64 scratch = address(child->data);
    if (order.kind == Order::Kind::clone)
        return spawn(raw::nr_clone, order.args[0], stack + size, order.args[1], scratch, shared, child);
    auto* args = reinterpret_cast<raw::CloneArgs*>(order.args[0]);
    args->stack = stack;
    args->stack_size = size;
    args->child_tid = scratch;
    return spawn(raw::nr_clone3, order.args[0], sizeof(raw::CloneArgs), 0, 0, shared, child);
}

/// Whether the call would sleep if it were made now. It is asked in a way that waits for nothing and takes nothing.
bool would_sleep(const Order& order) {
    const u64* a = order.args;
    raw::SiginfoBuf info;
    switch (order.nr) {
    case raw::nr_waitid:
        if (a[3] & WAIT::NOHANG) return false;
        return raw::call(raw::nr_waitid, a[0], a[1], address(&info), a[3] | WAIT::NOHANG | WAIT::NOWAIT, 0) == 0 &&
               info.pid == 0;
    case raw::nr_rt_sigtimedwait: {
        if (a[2] != 0) return false;
        u64 pending = 0;
        u64 wanted = 0;
        if (a[0] == kBadPointer || a[3] != sizeof wanted) return false;
        wanted = *reinterpret_cast<const u64*>(a[0]);
        return raw::call(raw::nr_rt_sigpending, address(&pending), sizeof pending) == 0 && !(pending & wanted);
    }
    case raw::nr_poll: return static_cast<i32>(a[2]) < 0 && raw::call(raw::nr_poll, a[0], a[1], 0) == 0;
    case raw::nr_pause: return true;
    default: return false;
    }
}

/// A call that may sleep, with a word to the supervisor before it does.
i64 sleep(Slot* slot) {
    const u64* a = slot->order.args;
    if (slot->order.nr == raw::nr_wait4) { // which cannot be asked without taking what it waits for
        const i64 result = raw::call(raw::nr_wait4, a[0], a[1], a[2] | WAIT::NOHANG, 0);
        if (result != 0 || (a[2] & WAIT::NOHANG)) return result;
    } else if (!would_sleep(slot->order)) {
        return raw::call(slot->order.nr, a[0], a[1], a[2], a[3], a[4], a[5]);
    }
    slot->state.fetch_or(kAsleep);
    raw::futex_wake(&slot->state);
    return raw::call(slot->order.nr, a[0], a[1], a[2], a[3], a[4], a[5]);
}

i64 reap(Slot* slot) {
    constexpr u64 all = 0x40000000; // __WALL: whatever signal a child was to end with
    i64 count = 0;
    while (raw::call(raw::nr_wait4, word(-1), address(&slot->status), WAIT::NOHANG | all, 0) > 0) ++count;
    return count;
}

void perform(Shared* shared, Slot* slot) {
    const Order& order = slot->order;
    slot->refused = Refused::no;
    for (const Judgement& j : order.judgements) {
        slot->refused = judge(*shared, j);
        if (slot->refused == Refused::locked) break; // the call is made all the same; see below
        if (slot->refused != Refused::no) return;
    }
    const u64* a = order.args;
    switch (order.kind) {
    case Order::Kind::call:
        slot->result = raw::call(order.nr, a[0], a[1], a[2], a[3], a[4], a[5]);
        // New credentials would hide this process from a supervisor who is not root.
        if (shared->rootless && (order.nr == raw::nr_unshare || order.nr == raw::nr_setns ||
                                 order.nr == raw::nr_setresuid || order.nr == raw::nr_setresgid))
            raw::call(raw::nr_prctl, PR_SET_DUMPABLE, 1);
        return;
    case Order::Kind::clone:
    case Order::Kind::clone3: slot->result = clone_agent(shared, order); return;
    case Order::Kind::sleep: slot->result = sleep(slot); return;
    case Order::Kind::exit: raw::call(order.nr, a[0]); return;
    case Order::Kind::execve: execve(shared, slot); return;
    case Order::Kind::sigaction: slot->result = sigaction(slot); return;
    case Order::Kind::reap: slot->result = reap(slot); return;
    }
}

/// A lock, which only a user namespace has, changes nothing but that some calls fail with EINVAL.
void perform_though_locked(Shared* shared, Slot* slot) {
    perform(shared, slot);
    if (slot->refused == Refused::locked && slot->result != -static_cast<i64>(E::INVAL)) slot->refused = Refused::no;
}

} // namespace

void agent_main(Shared* shared, Slot* slot) {
    slot->robust.list.next = &slot->robust.list;
    slot->robust.list_op_pending = &slot->robust_node;
    slot->robust.futex_offset = reinterpret_cast<char*>(&slot->state) - reinterpret_cast<char*>(&slot->robust_node);
    raw::call(raw::nr_set_robust_list, address(&slot->robust), sizeof(RobustHead));
    if (shared->rootless) raw::call(raw::nr_prctl, PR_SET_DUMPABLE, 1);
    slot->tid = static_cast<i32>(raw::call(raw::nr_gettid));
    // Descriptor 0 is one open file for all processes here and the supervisor: whoever reads its owner back gets the
    // PID in his own PID namespace.
    struct {
        i32 type, pid;
    } owner{0 /* F_OWNER_TID */, slot->tid};
    slot->said_owner = raw::call(raw::nr_fcntl, 0, 15 /* F_SETOWN_EX */, address(&owner)) == 0 ? 1 : 0;
    slot->state.store(0);
    raw::futex_wake(&slot->state);
    for (;;) {
        while (slot->command.load() == 0) raw::futex_wait(&slot->command, 0);
        slot->command.store(0);
        perform_though_locked(shared, slot);
        slot->state.store(0);
        raw::futex_wake(&slot->state);
    }
}

} // namespace nslab::host
