#pragma once
// The memory that the supervisor and its agents share: one slot an actor, at the same address in every process. The
// supervisor writes an order and raises `command`; the agent carries it out and lowers `state`.

#include <atomic>

#include "sim/host/raw.hpp"
#include "sim/linux/uapi/errno.hpp"

namespace nslab::host {

/// What must be found out before a call is made, by the process that makes it and with its own eyes. Everything that is
/// not plainly inside the scenario's own world is refused; see judge.cpp.
struct Judgement {
    enum class Kind : u8 {
        none,
        target,      // the object itself is changed (chmod, utimensat): must lie on a file system of the world
        parent,      // a name is made or removed in the directory that holds it
        open,        // openat with `flags`
        super_block, // the super block is changed (remount, fspick)
        umount,      // the same, where this umount would only make / read-only
        umount_lazily,
        move,  // would be EINVAL for the locked mount of a user namespace
        pivot, // the same, for any place on it
    } kind = Kind::none;
    i32 dfd = AT::FDCWD;
    u32 flags = 0;
    u64 path = 0; // a pointer as the call gets it: 0, kBadPointer or into the slot
};

/// Why a call was not made.
enum class Refused : u32 {
    no,
    machine_object,
    machine_directory,
    machine_super_block,
    machine_file_read,
    device,
    locked,
    unseen,
    program,     // another program than our own would run
    no_way_back, // our own program could not be handed over
};

struct Order {
    enum class Kind : u8 {
        call,      // nr and args
        clone,     // args[0] is flags, args[1] parent_tid; a new process or thread in slot `child`
        clone3,    // args[0] points at CloneArgs in the slot
        sleep,     // nr and args, told apart so that falling asleep in it is known at once
        exit,      // nr and args
        execve,    // args[0] is the path: of the caller's own program, or it fails; args[1] names it; see exec.cpp
        sigaction, // args point at KernelSigaction in the slot; see signal.cpp
        reap,      // every child that has exited; `result` is their number
    } kind = Kind::call;
    i64 nr = 0;
    u64 args[6] = {};
    Judgement judgements[2];
    u32 child = 0;
};

inline constexpr std::size_t kStackSize = 64 * 1024;
inline constexpr std::size_t kDataSize = 1280 * 1024;
inline constexpr u64 kBadPointer = 8; // in the first page, which is never mapped

/// Robust futexes: the kernel lowers `state` itself when the process dies, and wakes whoever waits for it.
struct RobustList {
    RobustList* next;
};
struct RobustHead {
    RobustList list;
    i64 futex_offset;
    RobustList* list_op_pending;
};

struct Slot {
    std::atomic<u32> command; // 0 while there is nothing to do
    // 0 while the agent waits for orders; its own thread id and kFutexWaiters while it works; with kAsleep added once
    // it is about to sleep, kWantsProgram while it waits for the supervisor; kFutexOwnerDied when it died at work;
    // kStarting while its program begins.
    std::atomic<u32> state;
    u32 index;
    i32 tid;        // in its own PID namespace
    i32 said_owner; // whether it could write its name on descriptor 0 (see World::outer_pid)
    i32 socket;     // of execve: where the supervisor is to send the program
    char comm[16];  // and what the process is called then
    Order order;
    Refused refused;
    i64 result;
    i32 status; // of wait
    RobustHead robust;
    RobustList robust_node;
    alignas(16) char stack[kStackSize];
    char data[kDataSize];
};

inline constexpr u32 kFutexWaiters = 0x80000000, kFutexOwnerDied = 0x40000000, kAsleep = 0x20000000,
                     kWantsProgram = 0x10000000;
inline constexpr u32 kStarting = kFutexWaiters | 0x1fffffff; // with a thread id that nobody has

/// What lies before the slots: what init needs to make the world and what every judgement needs to know.
struct Shared {
    i32 supervisor_pidfd;
    i32 null_fd; // becomes descriptors 0, 1 and 2
    bool everything_shared;
    bool rootless;
    // How far booting came, for a refusal: the step and the errno that ended it.
    std::atomic<u32> boot_step;
    i64 boot_error;
    // Super blocks with a magic number of the world's own kinds that are the machine's: of memfds and shared memory,
    // and the rootfs below everything.
    u64 shmem_dev, rootfs_dev;
    bool rootfs_known;
    // In a user namespace: pivot_root(2) hands the lock of the machine's root on to the world's, whose mount this is.
    u64 locked_mount;
    bool own_pid_max;     // kernel.pid_max is the PID namespace's (since 6.14) and not the machine's
    bool cores_unlimited; // no limit could be set that keeps core dumps away from the machine
    // The programs that an agent may be: nslab itself, and since its last execve(2) the one of exec.cpp.
    struct {
        u64 dev, ino;
    } programs[2];
    u64 user_ns; // inode number of the world's first user namespace, 0 where it cannot be had
    u32 slots;
    u64 size; // of all this, in bytes

    Slot* slot(u32 index);
};
inline constexpr std::size_t kSharedHead = 4096; // the slots lie behind it
static_assert(sizeof(Shared) <= kSharedHead);

inline Slot* Shared::slot(u32 index) {
    return reinterpret_cast<Slot*>(reinterpret_cast<char*>(this) + kSharedHead) + index;
}

/// Steps of boot, in their order; the text of each is in refusal.cpp.
enum class BootStep : u32 {
    begin,
    guard,
    session,
    descriptors,
    own_root,
    make_private,
    tmpfs,
    proc,
    enter_root,
    leave_machine,
    share,
    done,
};

/// The life of an agent: waits for orders in its slot until it is told to exit. Runs on the slot's own stack.
[[noreturn]] void agent_main(Shared* shared, Slot* slot);

/// The life of init: makes the world, then is an agent in slot 0.
[[noreturn]] void init_main(Shared* shared);

/// Whether the calls of `order` may be made by this process now. Makes only calls that look.
Refused judge(const Shared& shared, const Judgement& judgement);
/// The inode number of the caller's user namespace, 0 where the kernel does not tell (before 6.11).
u64 own_user_namespace();

/// Carries out an order of the kind `execve`; returns where that fails or must not be.
void execve(Shared* shared, Slot* slot);

/// Carries out an order of the kind `sigaction`.
i64 sigaction(Slot* slot);

} // namespace nslab::host
