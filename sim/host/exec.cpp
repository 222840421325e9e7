// execve(2) of an agent: "the same program again". What it runs is no file of the world but a small program of ours
// (again.cpp) in a memfd, which the supervisor sends with the memory that commands the agent through a socket made for
// this; all of these are closed again before the agent says hello. No code here may use the C library; see agent.cpp.

#include <sys/stat.h>

#include "sim/host/slot.hpp"

namespace nslab::host {

using raw::address;
using raw::word;

namespace {

/// What the path leads to: 0 for the program of an agent, an errno with a minus, or 1 for what must not run.
i64 look(const Shared& shared, u64 path) {
    const i64 fd = raw::call(raw::nr_openat, word(AT::FDCWD), path, O::PATH | O::CLOEXEC);
    if (fd < 0) return fd;
    struct stat st;
    const i64 error = raw::call(raw::nr_newfstatat, word(fd), address(""), address(&st), AT::EMPTY_PATH);
    raw::call(raw::nr_close, word(fd));
    if (error < 0) return error;
    for (const auto& program : shared.programs)
        if (st.st_dev == program.dev && st.st_ino == program.ino) return 0;
    return S_ISREG(st.st_mode) && (st.st_mode & 0111) ? 1 : -static_cast<i64>(E::ACCES);
}

/// The two descriptors that the supervisor sends: the program and the memory.
struct Received {
    i32 program = -1, memory = -1;
};

Received receive(Slot* slot) {
    constexpr u64 kUnix = 1, kSeqpacket = 5;
    Received got;
    i32 pair[2] = {};
    if (raw::call(raw::nr_socketpair, kUnix, kSeqpacket | O::CLOEXEC, 0, address(pair)) != 0) return got;
    slot->socket = pair[1];
    slot->state.fetch_or(kWantsProgram);
    raw::futex_wake(&slot->state);
    for (u32 state; (state = slot->state.load()) & kWantsProgram;) raw::futex_wait(&slot->state, state);

    struct {
        u64 length;
        i32 level, type, fds[2];
    } control{};
    char byte;
    struct {
        void* base;
        u64 length;
    } data{&byte, 1};
    struct {
        void* name;
        u64 name_length;
        void* data;
        u64 data_length;
        void* control;
        u64 control_length;
        u64 flags;
    } message{nullptr, 0, &data, 1, &control, sizeof control, 0};
    constexpr u64 kDontWait = 0x40, kCmsgCloexec = 0x40000000;
    const i64 n = raw::call(raw::nr_recvmsg, word(pair[0]), address(&message), kDontWait | kCmsgCloexec);
    for (const i32 fd : pair) raw::call(raw::nr_close, word(fd));
    if (n == 1 && control.length == sizeof control - sizeof(u64) + sizeof(u64)) {
        got.program = control.fds[0];
        got.memory = control.fds[1];
    }
    return got;
}

char* decimal(char* to, u64 value) {
    char digits[24];
    u32 n = 0;
    do {
        digits[n++] = static_cast<char>('0' + value % 10);
        value /= 10;
    } while (value);
    while (n) *to++ = digits[--n];
    *to++ = 0;
    return to;
}

} // namespace

void execve(Shared* shared, Slot* slot) {
    const i64 found = look(*shared, slot->order.args[0]);
    if (found > 0) slot->refused = Refused::program;
    slot->result = found;
    if (found != 0) return;
    const Received got = receive(slot);
    if (got.program < 0) {
        slot->refused = Refused::no_way_back;
        return;
    }
    constexpr u64 kSetFd = 2;
    raw::call(raw::nr_fcntl, word(got.memory), kSetFd, 0); // again.cpp closes it
    char text[128];
    u64 argv[6] = {address("nslab")};
    char* at = text;
    u32 n = 1;
    for (const u64 value : {word(got.memory), address(shared), shared->size, u64{slot->index}}) {
        argv[n++] = address(at);
        at = decimal(at, value);
    }
    const u64 envp[1] = {0};
    // While one program ends and the next begins the state is no futex of ours that the kernel would call dead.
    const u32 state = slot->state.exchange(kStarting);
    slot->result =
        raw::call(raw::nr_execveat, word(got.program), address(""), address(argv), address(envp), AT::EMPTY_PATH);
    slot->state.store(state);
    raw::call(raw::nr_close, word(got.program));
    raw::call(raw::nr_close, word(got.memory));
}

} // namespace nslab::host
