#include "tests/shell/real_terminal.hpp"

#include "tests/shell/sandbox.hpp"

#include <array>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <stdexcept>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>

namespace nslab::test {
namespace {

constexpr i64 kFork = -1; // an order that is no system call: fork into the agent of the given number

/// An order: the call's number and six arguments, each a number, a string, NULL or room for so many bytes.
class Message {
  public:
    explicit Message(i64 nr) { put(nr); }
    Message& number(i64 v) { return kind('n').put(v); }
    Message& room(i64 v) { return kind('o').put(v); }
    Message& string(const Str& s) {
        if (s.kind != Str::Kind::text) return kind('n').put(i64{0});
        kind('s').put(static_cast<i64>(s.text.size()));
        bytes_ += s.text;
        return *this;
    }
    const std::string& bytes() const { return bytes_; }

  private:
    Message& kind(char k) {
        bytes_ += k;
        return *this;
    }
    Message& put(i64 v) {
        bytes_.append(reinterpret_cast<const char*>(&v), sizeof v);
        return *this;
    }
    std::string bytes_;
};

i64 take(const std::string& bytes, std::size_t& at) {
    i64 v = 0;
    std::memcpy(&v, bytes.data() + at, sizeof v);
    at += sizeof v;
    return v;
}

/// The agent's life: one order after the other until its socket closes.
[[noreturn]] void serve(const int* theirs, std::size_t self) {
    std::string buffer(1 << 20, '\0');
    for (;;) {
        const ssize_t got = recv(theirs[self], buffer.data(), buffer.size(), 0);
        if (got <= 0) _exit(0);
        const std::string message(buffer.data(), static_cast<std::size_t>(got));
        std::size_t at = 0;
        const i64 nr = take(message, at);
        long args[6] = {};
        std::vector<std::string> strings;
        strings.reserve(6);
        std::string room;
        for (int i = 0; i < 6 && at < message.size(); ++i) {
            const char kind = message[at++];
            const i64 v = take(message, at);
            if (kind == 's') {
                strings.push_back(message.substr(at, static_cast<std::size_t>(v)));
                at += static_cast<std::size_t>(v);
                args[i] = reinterpret_cast<long>(strings.back().c_str());
            } else if (kind == 'o') {
                room.assign(static_cast<std::size_t>(v), '\0');
                args[i] = reinterpret_cast<long>(room.data());
            } else {
                args[i] = static_cast<long>(v);
            }
        }
        i64 result = 0;
        if (nr == kFork) {
            result = static_cast<i64>(::syscall(SYS_clone, args[1] | SIGCHLD, 0, 0, 0, 0));
            if (result == 0) {
                self = static_cast<std::size_t>(args[0]);
                continue;
            }
        } else {
            result = static_cast<i64>(
                ::syscall(static_cast<long>(nr), args[0], args[1], args[2], args[3], args[4], args[5]));
        }
        if (result == -1) result = -errno;
        std::string answer(reinterpret_cast<const char*>(&result), sizeof result);
        answer += room;
        if (send(theirs[self], answer.data(), answer.size(), 0) < 0) _exit(1);
    }
}

/// The sets of capset(2) in two halves: effective, permitted, inheritable of each.
using CapHalves = std::array<u32, 6>;
std::string cap_header(u32 version) {
    const u32 header[2] = {version, 0};
    return std::string(reinterpret_cast<const char*>(header), sizeof header);
}

Outcome outcome_of(i64 result, Output out = {}) {
    Outcome o;
    if (result < 0)
        o.error = static_cast<E>(-result);
    else
        o.value = result;
    if (result >= 0) o.out = std::move(out);
    return o;
}

} // namespace

RealTerminal::RealTerminal(const std::string& scratch, const std::string& setup) {
    for (std::size_t i = 0; i < kAgents; ++i) {
        int pair[2];
        if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) throw std::runtime_error("socketpair");
        const int size = 1 << 20;
        setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
        setsockopt(pair[1], SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
        ours_[i] = fcntl(pair[0], F_DUPFD_CLOEXEC, 300);
        theirs_[i] = fcntl(pair[1], F_DUPFD_CLOEXEC, 400);
        close(pair[0]);
        close(pair[1]);
    }
    calls.resize(1);
    first_pid_ = ::fork();
    if (first_pid_ == 0) {
        for (const int fd : ours_) close(fd);
        if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
            mount("run", "/run", "tmpfs", 0, nullptr) != 0 ||
            mount("scratch", scratch.c_str(), "tmpfs", 0, nullptr) != 0 || chdir(scratch.c_str()) != 0)
            _exit(1);
        umask(022);
        if (std::system(("export LC_ALL=C; " + setup).c_str()) != 0) _exit(1);
        serve(theirs_, 0);
    }
    for (const int fd : theirs_) close(fd);
}

RealTerminal::~RealTerminal() {
    for (const int fd : ours_) close(fd);
    if (first_pid_ > 0) waitpid(first_pid_, nullptr, 0);
}

RealTerminal::Answer RealTerminal::order(std::size_t agent, const std::string& message) {
    std::string buffer(1 << 20, '\0');
    if (send(ours_[agent], message.data(), message.size(), 0) < 0) throw std::runtime_error("the agent is gone");
    const ssize_t got = recv(ours_[agent], buffer.data(), buffer.size(), 0);
    if (got < static_cast<ssize_t>(sizeof(i64))) throw std::runtime_error("the agent is gone");
    Answer answer;
    std::memcpy(&answer.result, buffer.data(), sizeof answer.result);
    answer.bytes.assign(buffer.data() + sizeof(i64), static_cast<std::size_t>(got) - sizeof(i64));
    return answer;
}

std::optional<i32> RealTerminal::fork(u64 flags, const std::string&) {
    calls[stack_.back()].push_back("fork");
    const std::size_t child = made_++;
    const Answer a =
        order(stack_.back(), Message(kFork).number(static_cast<i64>(child)).number(static_cast<i64>(flags)).bytes());
    if (a.result < 0) return std::nullopt;
    const auto pid = static_cast<i32>(a.result);
    agents_[pid] = child;
    calls.resize(made_);
    stack_.push_back(child);
    return pid;
}

void RealTerminal::wait_and_exit(i32 pid, bool) {
    const Outcome o = call(sys::Wait4{pid, 0});
    const auto* buffer = o.out.get_if<WaitBuf>();
    call(sys::ExitGroup{buffer ? (buffer->status >> 8) & 0xff : 1});
}

std::string RealTerminal::absolute(i32 dfd, const Str& path) {
    if (path.kind != Str::Kind::text || dfd != AT::FDCWD || path.text.empty() || path.text[0] == '/') return path.text;
    const Answer cwd = order(stack_.back(), Message(SYS_getcwd).room(4096).number(4096).bytes());
    const std::string name = path.text.compare(0, 2, "./") == 0 ? path.text.substr(2) : path.text;
    return fmt::format("{}/{}", cwd.bytes.c_str(), name);
}

/// The call as both sides write it; empty for one that changes nothing.
std::string RealTerminal::change(const Syscall& call) {
    const auto text = [](const Str& s) { return s.kind == Str::Kind::text ? fmt::format("\"{}\"", s.text) : "NULL"; };
    if (const auto* c = std::get_if<sys::Mount>(&call)) {
        // strace prints no text where the kernel looks at none.
        const u64 change = MS::BIND | MS::MOVE | MS::SHARED | MS::SLAVE | MS::PRIVATE | MS::UNBINDABLE;
        const std::string type = c->mountflags & (change | MS::REMOUNT) ? "_" : text(c->filesystemtype);
        const std::string data = c->mountflags & change ? "_" : text(c->data);
        return fmt::format("mount({}, {}, {}, {:#x}, {})", text(c->source), text(c->target), type, c->mountflags, data);
    }
    if (const auto* c = std::get_if<sys::Umount2>(&call))
        return fmt::format("umount2({}, {:#x})", text(c->target), c->flags);
    if (const auto* c = std::get_if<sys::PivotRoot>(&call))
        return fmt::format("pivot_root({}, {})", text(c->new_root), text(c->put_old));
    if (const auto* c = std::get_if<sys::Chroot>(&call)) return fmt::format("chroot({})", text(c->path));
    if (const auto* c = std::get_if<sys::Chdir>(&call)) return fmt::format("chdir({})", text(c->path));
    if (std::get_if<sys::Fchdir>(&call)) return "fchdir";
    if (const auto* c = std::get_if<sys::Unshare>(&call)) return fmt::format("unshare({:#x})", c->unshare_flags);
    if (const auto* c = std::get_if<sys::Setns>(&call)) return fmt::format("setns({:#x})", c->flags);
    if (const auto* c = std::get_if<sys::Mkdirat>(&call))
        return fmt::format("mkdir({}, {:#o})", absolute(c->dfd, c->pathname), c->mode);
    if (const auto* c = std::get_if<sys::Unlinkat>(&call))
        return fmt::format("{}({})", c->flag & AT::REMOVEDIR ? "rmdir" : "unlink", absolute(c->dfd, c->pathname));
    if (const auto* c = std::get_if<sys::Symlinkat>(&call))
        return fmt::format("symlink({}, {})", text(c->target), absolute(c->newdfd, c->linkpath));
    if (const auto* c = std::get_if<sys::Linkat>(&call))
        return fmt::format("link({}, {}, {:#x})", absolute(c->olddfd, c->oldpath), absolute(c->newdfd, c->newpath),
                           c->flags);
    if (const auto* c = std::get_if<sys::Renameat2>(&call))
        return fmt::format("rename({}, {}, {:#x})", absolute(c->olddfd, c->oldpath), absolute(c->newdfd, c->newpath),
                           c->flags);
    if (const auto* c = std::get_if<sys::Openat>(&call); c && (c->flags & (O::CREAT | O::TRUNC)))
        return fmt::format("open({}, {:#x})", absolute(c->dfd, c->filename), c->flags);
    if (std::get_if<sys::Utimensat>(&call)) return "utimensat";
    if (const auto* c = std::get_if<sys::Setresuid>(&call))
        return fmt::format("setresuid({}, {}, {})", c->ruid, c->euid, c->suid);
    if (const auto* c = std::get_if<sys::Setresgid>(&call))
        return fmt::format("setresgid({}, {}, {})", c->rgid, c->egid, c->sgid);
    if (const auto* c = std::get_if<sys::Setgroups>(&call)) return fmt::format("setgroups({})", c->grouplist.size());
    if (const auto* c = std::get_if<sys::Prctl>(&call)) return prctl_text(c->option, c->arg2, c->arg3);
    if (const auto* c = std::get_if<sys::Capset>(&call))
        return fmt::format("capset({:#x}, {:#x}, {:#x})", c->data->effective, c->data->permitted, c->data->inheritable);
    if (std::get_if<sys::Setsid>(&call)) return "setsid";
    constexpr u64 kIntTerm = u64{1} << (SIGINT - 1) | u64{1} << (SIGTERM - 1);
    if (const auto* c = std::get_if<sys::RtSigprocmask>(&call); c && c->nset == kIntTerm)
        return fmt::format("rt_sigprocmask({}, [INT TERM])", c->how);
    return "";
}

Outcome RealTerminal::call(const Syscall& c) {
    const std::string text = change(c);
    if (const auto* e = std::get_if<sys::ExitGroup>(&c)) {
        const std::string message = Message(SYS_exit_group).number(e->error_code).bytes();
        send(ours_[stack_.back()], message.data(), message.size(), 0);
        Outcome o;
        o.ended = true;
        return o;
    }
    const Answer a = perform(c);
    if (!text.empty())
        calls[stack_.back()].push_back(
            fmt::format("{} = {}", text, a.result < 0 ? errno_name(static_cast<E>(-a.result)) : "0"));
    if (a.result < 0) return outcome_of(a.result);

    if (std::get_if<sys::Newfstatat>(&c)) {
        struct stat st {};
        std::memcpy(&st, a.bytes.data(), sizeof st);
        StatBuf b;
        b.st_dev = st.st_dev;
        b.st_ino = st.st_ino;
        b.st_mode = st.st_mode;
        return outcome_of(a.result, b);
    }
    if (std::get_if<sys::Fstatfs>(&c) || std::get_if<sys::Statfs>(&c)) {
        struct statfs st {};
        std::memcpy(&st, a.bytes.data(), sizeof st);
        return outcome_of(a.result, StatfsBuf{static_cast<u64>(st.f_type), st.f_blocks, st.f_bfree, st.f_bavail,
                                              st.f_files, st.f_ffree, static_cast<u64>(st.f_frsize)});
    }
    if (std::get_if<sys::Getcwd>(&c)) return outcome_of(a.result, Bytes{a.bytes.c_str()});
    if (std::get_if<sys::Readlinkat>(&c) || std::get_if<sys::Read>(&c))
        return outcome_of(a.result, Bytes{a.bytes.substr(0, static_cast<std::size_t>(a.result))});
    if (std::get_if<sys::Wait4>(&c)) {
        WaitBuf b;
        std::memcpy(&b.status, a.bytes.data(), sizeof b.status);
        return outcome_of(a.result, b);
    }
    if (std::get_if<sys::Capget>(&c)) {
        CapHalves halves{};
        std::memcpy(&halves, a.bytes.data(), sizeof halves);
        const auto whole = [&](std::size_t at) { return u64{halves[at + 3]} << 32 | halves[at]; };
        return outcome_of(a.result, CapSets{whole(0), whole(1), whole(2)});
    }
    if (std::get_if<sys::Getdents64>(&c)) {
        Entries entries;
        for (std::size_t at = 0; at < static_cast<std::size_t>(a.result);) {
            const char* row = a.bytes.data() + at; // ino, off, reclen, type, name
            u64 ino = 0;
            u16 length = 0;
            std::memcpy(&ino, row, sizeof ino);
            std::memcpy(&length, row + 16, sizeof length);
            entries.entries.push_back({ino, static_cast<u8>(row[18]), row + 19});
            at += length;
        }
        return outcome_of(a.result, entries);
    }
    return outcome_of(a.result);
}

RealTerminal::Answer RealTerminal::perform(const Syscall& call) {
    const std::size_t agent = stack_.back();
    const auto send_order = [&](const Message& m) { return order(agent, m.bytes()); };
    return std::visit(
        [&](const auto& c) -> Answer {
            using T = std::decay_t<decltype(c)>;
            if constexpr (std::is_same_v<T, sys::Mount>)
                return send_order(Message(SYS_mount)
                                      .string(c.source)
                                      .string(c.target)
                                      .string(c.filesystemtype)
                                      .number(static_cast<i64>(c.mountflags))
                                      .string(c.data));
            else if constexpr (std::is_same_v<T, sys::Umount2>)
                return send_order(Message(SYS_umount2).string(c.target).number(c.flags));
            else if constexpr (std::is_same_v<T, sys::PivotRoot>)
                return send_order(Message(SYS_pivot_root).string(c.new_root).string(c.put_old));
            else if constexpr (std::is_same_v<T, sys::Chroot>)
                return send_order(Message(SYS_chroot).string(c.path));
            else if constexpr (std::is_same_v<T, sys::Chdir>)
                return send_order(Message(SYS_chdir).string(c.path));
            else if constexpr (std::is_same_v<T, sys::Fchdir>)
                return send_order(Message(SYS_fchdir).number(c.fd));
            else if constexpr (std::is_same_v<T, sys::Getcwd>)
                return send_order(Message(SYS_getcwd).room(4096).number(4096));
            else if constexpr (std::is_same_v<T, sys::Openat>)
                return send_order(Message(SYS_openat).number(c.dfd).string(c.filename).number(c.flags).number(c.mode));
            else if constexpr (std::is_same_v<T, sys::Close>)
                return send_order(Message(SYS_close).number(c.fd));
            else if constexpr (std::is_same_v<T, sys::Read>)
                return send_order(Message(SYS_read).number(c.fd).room(65536).number(65536));
            else if constexpr (std::is_same_v<T, sys::Write>)
                return send_order(
                    Message(SYS_write).number(c.fd).string(c.data).number(static_cast<i64>(c.data.size())));
            else if constexpr (std::is_same_v<T, sys::Getdents64>)
                return send_order(Message(SYS_getdents64).number(c.fd).room(65536).number(65536));
            else if constexpr (std::is_same_v<T, sys::Newfstatat>)
                return send_order(
                    Message(SYS_newfstatat).number(c.dfd).string(c.filename).room(sizeof(struct stat)).number(c.flag));
            else if constexpr (std::is_same_v<T, sys::Fstatfs>)
                return send_order(Message(SYS_fstatfs).number(c.fd).room(sizeof(struct statfs)));
            else if constexpr (std::is_same_v<T, sys::Statfs>)
                return send_order(Message(SYS_statfs).string(c.path).room(sizeof(struct statfs)));
            else if constexpr (std::is_same_v<T, sys::Faccessat>)
                return send_order(Message(SYS_faccessat).number(c.dfd).string(c.filename).number(c.mode));
            else if constexpr (std::is_same_v<T, sys::Readlinkat>)
                return send_order(Message(SYS_readlinkat).number(c.dfd).string(c.path).room(4096).number(4096));
            else if constexpr (std::is_same_v<T, sys::Mkdirat>)
                return send_order(Message(SYS_mkdirat).number(c.dfd).string(c.pathname).number(c.mode));
            else if constexpr (std::is_same_v<T, sys::Unlinkat>)
                return send_order(Message(SYS_unlinkat).number(c.dfd).string(c.pathname).number(c.flag));
            else if constexpr (std::is_same_v<T, sys::Symlinkat>)
                return send_order(Message(SYS_symlinkat).string(c.target).number(c.newdfd).string(c.linkpath));
            else if constexpr (std::is_same_v<T, sys::Linkat>)
                return send_order(Message(SYS_linkat)
                                      .number(c.olddfd)
                                      .string(c.oldpath)
                                      .number(c.newdfd)
                                      .string(c.newpath)
                                      .number(c.flags));
            else if constexpr (std::is_same_v<T, sys::Renameat2>)
                return send_order(Message(SYS_renameat2)
                                      .number(c.olddfd)
                                      .string(c.oldpath)
                                      .number(c.newdfd)
                                      .string(c.newpath)
                                      .number(c.flags));
            else if constexpr (std::is_same_v<T, sys::Fchmodat>)
                return send_order(Message(SYS_fchmodat).number(c.dfd).string(c.filename).number(c.mode));
            else if constexpr (std::is_same_v<T, sys::Umask>)
                return send_order(Message(SYS_umask).number(c.mask));
            else if constexpr (std::is_same_v<T, sys::Utimensat>)
                return send_order(Message(SYS_utimensat).number(c.dfd).string(c.filename).number(0).number(0));
            else if constexpr (std::is_same_v<T, sys::Unshare>)
                return send_order(Message(SYS_unshare).number(static_cast<i64>(c.unshare_flags)));
            else if constexpr (std::is_same_v<T, sys::Setns>)
                return send_order(Message(SYS_setns).number(c.fd).number(static_cast<i64>(c.flags)));
            else if constexpr (std::is_same_v<T, sys::Wait4>)
                return send_order(Message(SYS_wait4).number(c.pid).room(4).number(c.options).number(0));
            else if constexpr (std::is_same_v<T, sys::Getpid>)
                return send_order(Message(SYS_getpid));
            else if constexpr (std::is_same_v<T, sys::Getuid>)
                return send_order(Message(SYS_getuid));
            else if constexpr (std::is_same_v<T, sys::Getgid>)
                return send_order(Message(SYS_getgid));
            else if constexpr (std::is_same_v<T, sys::Geteuid>)
                return send_order(Message(SYS_geteuid));
            else if constexpr (std::is_same_v<T, sys::Getegid>)
                return send_order(Message(SYS_getegid));
            else if constexpr (std::is_same_v<T, sys::Setresuid>)
                return send_order(Message(SYS_setresuid).number(c.ruid).number(c.euid).number(c.suid));
            else if constexpr (std::is_same_v<T, sys::Setresgid>)
                return send_order(Message(SYS_setresgid).number(c.rgid).number(c.egid).number(c.sgid));
            else if constexpr (std::is_same_v<T, sys::Setgroups>) {
                const std::string ids(reinterpret_cast<const char*>(c.grouplist.data()), c.grouplist.size() * 4);
                return send_order(Message(SYS_setgroups).number(static_cast<i64>(c.grouplist.size())).string(ids));
            } else if constexpr (std::is_same_v<T, sys::Setsid>)
                return send_order(Message(SYS_setsid));
            else if constexpr (std::is_same_v<T, sys::RtSigprocmask>) {
                const std::string set(reinterpret_cast<const char*>(&*c.nset), sizeof *c.nset);
                return send_order(Message(SYS_rt_sigprocmask)
                                      .number(c.how)
                                      .string(set)
                                      .number(0)
                                      .number(static_cast<i64>(set.size())));
            } else if constexpr (std::is_same_v<T, sys::Execve>)
                return Answer{}; // the program begins; here it is ours
            else if constexpr (std::is_same_v<T, sys::Prctl>)
                return send_order(Message(SYS_prctl)
                                      .number(c.option)
                                      .number(static_cast<i64>(c.arg2))
                                      .number(static_cast<i64>(c.arg3))
                                      .number(static_cast<i64>(c.arg4))
                                      .number(static_cast<i64>(c.arg5)));
            else if constexpr (std::is_same_v<T, sys::Capget>)
                return send_order(Message(SYS_capget).string(cap_header(c.version)).room(sizeof(CapHalves)));
            else if constexpr (std::is_same_v<T, sys::Capset>) {
                CapHalves halves{};
                for (std::size_t i = 0; i < 2; ++i) {
                    halves[3 * i] = static_cast<u32>(c.data->effective >> 32 * i);
                    halves[3 * i + 1] = static_cast<u32>(c.data->permitted >> 32 * i);
                    halves[3 * i + 2] = static_cast<u32>(c.data->inheritable >> 32 * i);
                }
                return send_order(Message(SYS_capset)
                                      .string(cap_header(c.version))
                                      .string(std::string(reinterpret_cast<const char*>(&halves), sizeof halves)));
            } else
                throw std::runtime_error("this terminal cannot make that call");
        },
        call);
}

} // namespace nslab::test
