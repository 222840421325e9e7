// execve(2) of an agent: "the same program again". What it runs is no file of the world but a small program of ours
// (again.cpp) in a memfd, which the supervisor sends with the memory that commands the agent through a socket made for
// this; all of these are closed again before the agent says hello. No code here may use the C library; see agent.cpp.

#include <sys/stat.h>

#include "sim/host/slot.hpp"

namespace nslab::host {

using raw::address;
using raw::word;

namespace {

/// What the path leads to.
enum class Found : u8 {
    nothing,    // an errno says why
    agent,      // the program of an agent
    no_program, // something that the kernel cannot run
    program,    // something that it might
};

/// A regular file is certainly no program where it is empty, and no rule of binfmt_misc can go by an ending of its
/// name; or where nobody at all may execute it.
Found look(const Shared& shared, const char* path, i64& error) {
    error = raw::call(raw::nr_openat, word(AT::FDCWD), address(path), O::PATH | O::CLOEXEC);
    if (error < 0) return Found::nothing;
    const u64 fd = word(error);
    struct stat st;
    error = raw::call(raw::nr_newfstatat, fd, address(""), address(&st), AT::EMPTY_PATH);
    raw::call(raw::nr_close, fd);
    if (error < 0) return Found::nothing;
    for (const auto& program : shared.programs)
        if (st.st_dev == program.dev && st.st_ino == program.ino) return Found::agent;
    if (!S_ISREG(st.st_mode) || !(st.st_mode & 0111)) return Found::no_program;
    bool dot = false; // in the last component
    for (const char* at = path; *at; ++at) dot = *at == '/' ? false : dot || *at == '.';
    return st.st_size == 0 && !dot ? Found::no_program : Found::program;
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

/// What the kernel would call a process that runs this path. It calls ours after the memfd.
void name_of(const char* path, char (&comm)[16]) {
    const char* last = path;
    for (const char* at = path; *at; ++at)
        if (*at == '/') last = at + 1;
    u32 n = 0;
    for (; last[n] && n + 1 < sizeof comm; ++n) comm[n] = last[n];
    comm[n] = 0;
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
    const u64 path = slot->order.args[0];
    slot->result = -static_cast<i64>(E::FAULT);
    if (path == 0 || path == kBadPointer) return;
    const u64 nothing[1] = {0};
    switch (look(*shared, reinterpret_cast<const char*>(path), slot->result)) {
    case Found::nothing: return;
    case Found::no_program: slot->result = raw::call(raw::nr_execve, path, address(nothing), address(nothing)); return;
    case Found::program: slot->refused = Refused::program; return;
    case Found::agent: break;
    }
    name_of(reinterpret_cast<const char*>(slot->order.args[1]), slot->comm);
    // execve(2) does that in any case, and whoever shares the descriptors is to see nothing of what is received here.
    raw::call(raw::nr_unshare, CLONE::FILES);
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
