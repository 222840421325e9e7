// Files: what lies in the way of mounts, and what is read and written.

#include "sim/fuzz/kinds.hpp"

namespace nslab::fuzz {

namespace {

Syscall openat(Chooser& c) {
    sys::Openat call;
    call.dfd = c.dfd();
    switch (c.random.below(6)) {
    case 0:
        call.filename = c.link_of_proc();
        call.flags = O::RDONLY;
        break;
    case 1:
        call.filename = c.path();
        call.flags = O::RDONLY | O::DIRECTORY;
        break;
    case 2:
        call.filename = c.fresh();
        call.flags = c.random.of({O::WRONLY | O::CREAT, O::RDWR, O::RDONLY | O::CREAT, O::WRONLY | O::CREAT | O::EXCL});
        call.mode = 0644;
        break;
    case 3:
        call.filename = c.path();
        call.flags = c.random.of({O::RDONLY, O::WRONLY, O::RDWR | O::TMPFILE, O::RDONLY | O::NOFOLLOW});
        break;
    default: call.filename = c.path(); call.flags = O::PATH;
    }
    if (c.rarely(6)) call.flags |= O::CLOEXEC;
    return call;
}
Syscall close(Chooser& c) { return sys::Close{c.fd()}; }
Syscall dup(Chooser& c) { return sys::Dup{c.fd()}; }
Syscall mkdirat(Chooser& c) { return sys::Mkdirat{c.dfd(), c.fresh(), 0755}; }
Syscall unlinkat(Chooser& c) {
    return sys::Unlinkat{AT::FDCWD, c.random.percent(60) ? c.fresh() : c.path(), c.rarely(4) ? 0 : AT::REMOVEDIR};
}
Syscall symlinkat(Chooser& c) {
    return sys::Symlinkat{c.random.of({"/a", "/b", "x", "/proc/self/ns/mnt", "l"}), AT::FDCWD, c.fresh()};
}
/// Who is not root may do more or less as the machine's fs.protected_hardlinks says.
Syscall linkat(Chooser& c) {
    c.pointless = c.kernel()[c.kernel()[c.task()].cred].fsuid != 0;
    if (c.pointless) return sys::Getcwd{};
    return sys::Linkat{AT::FDCWD, c.fresh(), AT::FDCWD, c.fresh(), 0};
}
Syscall renameat2(Chooser& c) {
    return sys::Renameat2{AT::FDCWD, c.random.percent(60) ? c.path() : c.fresh(), AT::FDCWD, c.fresh(),
                          c.rarely(4) ? c.random.of({RENAME::NOREPLACE, RENAME::EXCHANGE}) : 0};
}
Syscall chdir(Chooser& c) { return sys::Chdir{c.path()}; }
Syscall fchdir(Chooser& c) { return sys::Fchdir{c.fd()}; }
Syscall chroot(Chooser& c) { return sys::Chroot{c.path()}; }
Syscall getcwd(Chooser&) { return sys::Getcwd{}; }
Syscall readlinkat(Chooser& c) { return sys::Readlinkat{AT::FDCWD, c.link_of_proc()}; }
Syscall newfstatat(Chooser& c) {
    return sys::Newfstatat{c.dfd(), c.path(), c.random.of({u32{0}, AT::SYMLINK_NOFOLLOW, AT::EMPTY_PATH})};
}
Syscall statfs(Chooser& c) { return sys::Statfs{c.path()}; }
Syscall faccessat(Chooser& c) { return sys::Faccessat{c.dfd(), c.path(), c.random.of({0u, 2u, 4u})}; }

Syscall fchmodat(Chooser& c) { return sys::Fchmodat{c.dfd(), c.path(), c.random.of({0755u, 0700u, 0u, 01777u})}; }
Syscall utimensat(Chooser& c) { return sys::Utimensat{c.dfd(), c.path()}; }
Syscall umask(Chooser& c) { return sys::Umask{c.random.of({022u, 0u, 077u, 0777u})}; }
/// Not the messages of a file system that is being configured, which are not modelled; and what proc says from its
/// beginning, since half of a number says nothing.
Syscall read(Chooser& c) {
    sys::Read call{c.fd(), 65536};
    if (c.is_context(call.fd)) c.pointless = true, call.fd = -1;
    if (c.is_plain(call.fd)) call.count = c.random.of({u64{1}, u64{65536}, u64{65536}, u64{0}});
    return call;
}
/// Also lines of an id map, where the descriptor is one.
Syscall write(Chooser& c) {
    return sys::Write{c.fd(), c.random.of({"x", "0 0 1", "0 0 1\n", "0 0 10\n5 20 3\n", "deny", "allow", "1 0 1"})};
}
Syscall lseek(Chooser& c) {
    sys::Lseek call{c.fd(), 0, 0};
    if (!c.is_plain(call.fd)) return call;
    call.offset = c.random.of({i64{0}, i64{1}, i64{-1}, i64{4096}});
    call.whence = c.random.of({0u, 1u, 2u, 9u});
    return call;
}
Syscall ftruncate(Chooser& c) { return sys::Ftruncate{c.fd(), c.random.of({u64{0}, u64{3}, u64{10000}})}; }
Syscall getdents64(Chooser& c) { return sys::Getdents64{c.fd()}; }
Syscall fstatfs(Chooser& c) { return sys::Fstatfs{c.fd()}; }
Syscall fstat(Chooser& c) { return sys::Newfstatat{c.fd(), "", AT::EMPTY_PATH}; }

constexpr Kind kKinds[] = {
    {"openat", 16, openat},
    {"close", 12, close},
    {"dup", 2, dup},
    {"mkdirat", 40, mkdirat},
    {"unlinkat", 10, unlinkat},
    {"symlinkat", 3, symlinkat},
    {"linkat", 2, linkat},
    {"renameat2", 6, renameat2},
    {"chdir", 12, chdir},
    {"fchdir", 4, fchdir},
    {"chroot", 4, chroot},
    {"getcwd", 2, getcwd},
    {"readlinkat", 3, readlinkat},
    {"newfstatat", 5, newfstatat},
    {"statfs", 2, statfs},
    {"faccessat", 2, faccessat},
    {"fchmodat", 3, fchmodat},
    {"utimensat", 1, utimensat},
    {"umask", 1, umask},
    {"read", 4, read},
    {"write", 6, write},
    {"lseek", 2, lseek},
    {"ftruncate", 2, ftruncate},
    {"getdents64", 3, getdents64},
    {"fstatfs", 1, fstatfs},
    {"newfstatat", 2, fstat},
};

} // namespace

std::span<const Kind> kinds_of_files() { return kKinds; }

} // namespace nslab::fuzz
