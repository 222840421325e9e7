// What the supervisor does for an execve(2) of an agent, see exec.cpp; and what it knows of groups of processes.

#include <cstring>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "sim/host/world.hpp"

namespace nslab::host {

namespace {

alignas(8) constexpr unsigned char kAgentProgram[] = {
#include "sim/host/again.inc"
};

/// The program of again.cpp, which nobody can change.
Descriptor make_program() {
    constexpr unsigned kExec = 0x10; // MFD_EXEC, since 6.3
    int fd = memfd_create("nslab", MFD_CLOEXEC | MFD_ALLOW_SEALING | kExec);
    if (fd < 0) fd = memfd_create("nslab", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    Descriptor file(fd);
    const bool whole =
        file && write(fd, kAgentProgram, sizeof kAgentProgram) == static_cast<ssize_t>(sizeof kAgentProgram) &&
        fchmod(fd, 0755) == 0 && fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) == 0;
    return whole ? std::move(file) : Descriptor();
}

} // namespace

/// Gives the agent the program and the memory that commands it; it waits for a word afterwards. Where one of the calls
/// fails it finds nothing in its socket.
bool World::send_program(const Agent& agent) {
    if (!program_) {
        program_ = make_program();
        struct stat st {};
        if (!program_ || fstat(program_.get(), &st) != 0) return false;
        shared_->programs[1] = {st.st_dev, st.st_ino};
    }
    constexpr u64 kThread = 0200; // PIDFD_THREAD, since 6.9: a thread may have descriptors of its own
    const u64 flags = agent.tgid == agent.outer_pid ? 0 : kThread;
    const Descriptor pidfd(static_cast<int>(raw::call(raw::nr_pidfd_open, static_cast<u64>(agent.outer_pid), flags)));
    if (!pidfd) return false;
    const Descriptor socket(static_cast<int>(
        raw::call(raw::nr_pidfd_getfd, static_cast<u64>(pidfd.get()), static_cast<u64>(agent.slot->socket), 0)));
    if (!socket) return false;

    const int both[2] = {program_.get(), memory_.get()};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof both)] = {};
    char byte = 0;
    iovec data{&byte, 1};
    msghdr message{};
    message.msg_iov = &data;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    cmsghdr* head = CMSG_FIRSTHDR(&message);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(sizeof both);
    std::memcpy(CMSG_DATA(head), both, sizeof both);
    return sendmsg(socket.get(), &message, MSG_NOSIGNAL | MSG_DONTWAIT) == 1;
}

/// A thread that ran a new program has ended all others of its process and is called as their leader was.
void World::take_over_leader(Agent& agent) {
    if (agent.outer_pid == agent.tgid) return;
    for (auto& [actor, other] : agents_) {
        if (other.tgid != agent.tgid || &other == &agent) continue;
        other.slot = nullptr;
        other.proc = Descriptor();
    }
    identify(agent, agent.tgid);
}

/// A group of processes keeps the number of its leader in use. The init of a PID namespace waits at its end until no
/// other number of its namespace is, so one that is in the group of another there waits for itself, for ever.
/// Source: kernel/pid_namespace.c, zap_pid_ns_processes().
std::optional<std::string> World::refuse_group(const Agent& agent, const sys::Setpgid& c) const {
    const auto is = [&](const Agent& who, i32 pid) {
        return pid == 0 ? &who == &agent : pid_seen_by(who, agent) == pid;
    };
    for (const auto& [actor, init] : agents_) {
        if (init.nspid.empty() || init.nspid.back() != 1 || !is(init, c.pid)) continue;
        if (c.pgid == 0 || is(init, c.pgid)) continue;
        bool outside = false; // the leader, in a namespace above
        for (const auto& [number, leader] : agents_)
            outside = outside || (leader.proc && leader.nspid.size() < init.nspid.size() && is(leader, c.pgid));
        if (!outside) return "the init of a PID namespace that is in a process group of its own could never end";
    }
    return std::nullopt;
}

} // namespace nslab::host
