// Credentials: ids and capabilities, what changes them and what they allow.

#include "sim/linux/kernel/internal.hpp"
#include "sim/linux/kernel/user_namespace.hpp"
#include "tests/linux/world.hpp"

using namespace nslab;

namespace {

struct CredWorld : World {
    const Cred& cred(Id<Task> task) const { return task_cred(k, task); }
};

} // namespace

TEST_CASE("credentials are copied by fork and shared by threads, and never changed while shared") {
    CredWorld w;
    const Id<Task> a = w.child();
    CHECK(w.k[a].cred != w.k[w.sh1].cred);
    const Id<Task> t =
        find_task_by_vpid(w.k, a, static_cast<i32>(w.ok(sys::Clone{CLONE::VM | CLONE::SIGHAND | CLONE::THREAD}, a)));
    CHECK(w.k[t].cred == w.k[a].cred);
    w.ok(sys::Setresuid{1000, 1000, 1000}, t);
    CHECK(w.cred(t).euid == 1000);
    CHECK(w.cred(a).euid == 0); // in the kernel ids are a thread's own
}

TEST_CASE("setresuid: one of the three for everybody, any with CAP_SETUID, and the id for files follows") {
    CredWorld w;
    const Id<Task> a = w.child();
    w.ok(sys::Setresuid{1000, 2000, 3000}, a);
    CHECK(w.cred(a).fsuid == 2000);
    CHECK(w.fails(sys::Setresuid{4000, -1, -1}, a) == E::PERM);
    w.ok(sys::Setresuid{-1, 3000, -1}, a);
    CHECK(w.cred(a).uid == 1000);
    CHECK(w.cred(a).euid == 3000);
    CHECK(w.cred(a).suid == 3000);
    CHECK(w.cred(a).fsuid == 3000);
}

TEST_CASE("capabilities go with the last of three zeros, and the effective ones with the effective") {
    CredWorld w;
    const Id<Task> a = w.child(), b = w.child();
    const u64 all = w.cred(a).cap_permitted;
    CHECK(all != 0);
    w.ok(sys::Setresuid{-1, 1000, -1}, a);
    CHECK(w.cred(a).cap_effective == 0);
    CHECK(w.cred(a).cap_permitted == all);
    w.ok(sys::Setresuid{-1, 0, -1}, a);
    CHECK(w.cred(a).cap_effective == all);
    w.ok(sys::Setresuid{1000, 1000, 1000}, b);
    CHECK(w.cred(b).cap_permitted == 0);
    CHECK(w.cred(b).cap_bset == all);
}

TEST_CASE("execve gives root all that the bounding set allows, and nobody else anything") {
    CredWorld w;
    const Id<Task> a = w.child(), b = w.child();
    w.ok(sys::Setresuid{-1, 1000, 0}, a); // real id 0: root still, for execve
    w.ok(sys::Execve{"/proc/self/exe"}, a);
    CHECK(w.cred(a).cap_permitted != 0);
    w.ok(sys::Setresuid{1000, 1000, 0}, b); // may be root again, but is nobody
    CHECK(w.cred(b).cap_permitted != 0);
    w.ok(sys::Execve{"/proc/self/exe"}, b);
    CHECK(w.cred(b).cap_permitted == 0);
    CHECK(w.cred(b).suid == 1000); // the saved id becomes the effective one
}

TEST_CASE("execve: the file of the program has the credentials of whoever called, and fork and CLONE_VM share it") {
    CredWorld w;
    const Id<Task> a = w.child();
    const Id<Cred> before = w.k[a].cred;
    w.ok(sys::Execve{"/proc/self/exe"}, a);
    const Id<File> program = w.k[w.k[a].mm].exe_file;
    CHECK(w.k[program].f_cred == before);
    CHECK(w.k[a].cred != before);
    CHECK(w.k[before].usage == 1);
    const Id<Task> b = w.child(a), c = w.child(a, CLONE::VM | SIG::CHLD);
    CHECK(w.k[w.k[b].mm].exe_file == program);
    CHECK(w.k[c].mm == w.k[a].mm);
    CHECK(w.k[program].f_count == 2); // one for each memory
    w.call(sys::ExitGroup{0}, c);
    w.ok(sys::Execve{"/proc/self/exe"}, a);
    CHECK(w.k[program].f_count == 1);
    w.call(sys::ExitGroup{0}, b);
    CHECK(!w.k.files.live(program));
}

TEST_CASE("an inode of proc holds the pid of its task, also once that is gone") {
    CredWorld w;
    const Id<Task> a = w.child();
    const Id<Pid> pid = task_pid(w.k, a);
    const i64 fd = w.ok(sys::Openat{AT::FDCWD, w.file_of(a, "status"), O::RDONLY, 0});
    w.call(sys::ExitGroup{0}, a);
    w.ok(sys::Wait4{-1, 0});
    CHECK(w.k.pids.live(pid));
    CHECK(w.k[pid].count == 2); // of the file and of the directory above it
    CHECK(w.fails(sys::Read{static_cast<i32>(fd), 10}) == E::SRCH);
    w.ok(sys::Close{static_cast<i32>(fd)});
    CHECK(!w.k.pids.live(pid));
}

TEST_CASE("setgroups: with CAP_SETGID, and in a user namespace only where it was not denied") {
    CredWorld w;
    w.ok(sys::Setgroups{{5, 3, 4}});
    CHECK(w.cred(w.sh1).group_info.size() == 3);
    const Id<Task> a = w.child();
    w.ok(sys::Setresuid{1000, 1000, 1000}, a);
    CHECK(w.fails(sys::Setgroups{{}}, a) == E::PERM);
    const Id<Task> b = w.child(w.sh1, CLONE::NEWUSER | SIG::CHLD), c = w.child(w.sh1, CLONE::NEWUSER | SIG::CHLD);
    CHECK(w.fails(sys::Setgroups{{}}, b) == E::PERM); // no groups are mapped
    CHECK(w.write(w.file_of(b, "gid_map"), "0 0 1", w.sh1).ok());
    w.ok(sys::Setgroups{{0}}, b);
    CHECK(w.fails(sys::Setgroups{{7}}, b) == E::INVAL); // has no name there
    CHECK(w.write(w.file_of(c, "setgroups"), "deny", w.sh1).ok());
    CHECK(w.write(w.file_of(c, "gid_map"), "0 0 1", w.sh1).ok());
    CHECK(w.fails(sys::Setgroups{{0}}, c) == E::PERM);
}

TEST_CASE("capabilities: inside of a namespace and of those below, and of the owner from outside") {
    CredWorld w;
    const Id<Task> a = w.child();
    w.ok(sys::Setresgid{1000, 1000, 1000}, a);
    w.ok(sys::Setresuid{1000, 1000, 1000}, a);
    const Id<Task> b = find_task_by_vpid(w.k, a, static_cast<i32>(w.ok(sys::Clone{CLONE::NEWUSER | SIG::CHLD}, a)));
    const Id<Namespace> inner = task_user_ns(w.k, b), outer = task_user_ns(w.k, a);
    CHECK(cap_capable(w.k, w.cred(b), inner, CAP::SYS_ADMIN));
    CHECK(!cap_capable(w.k, w.cred(b), outer, CAP::SYS_ADMIN));
    CHECK(cap_capable(w.k, w.cred(a), inner, CAP::SYS_ADMIN)); // its euid made it, in the parent
    CHECK(!cap_capable(w.k, w.cred(a), outer, CAP::SYS_ADMIN));
    const Id<Task> other = w.child();
    w.ok(sys::Setresuid{2000, 2000, 2000}, other);
    CHECK(!cap_capable(w.k, w.cred(other), inner, CAP::SYS_ADMIN));
    CHECK(cap_capable(w.k, w.cred(w.sh1), inner, CAP::SYS_ADMIN)); // root of a namespace around it
    CHECK(in_userns(w.k, outer, inner));
    CHECK(!in_userns(w.k, inner, outer));
}

TEST_CASE("ids without a name are the overflow id, and cannot be taken on") {
    CredWorld w;
    const Id<Task> b = w.child(w.sh1, CLONE::NEWUSER | SIG::CHLD);
    CHECK(w.ok(sys::Getuid{}, b) == 65534);
    CHECK(w.fails(sys::Setresuid{0, 0, 0}, b) == E::INVAL);
    CHECK(w.write(w.file_of(b, "uid_map"), "7 0 1\n8 1000 1", w.sh1).ok());
    CHECK(w.ok(sys::Getuid{}, b) == 7);
    w.ok(sys::Setresuid{8, 8, 8}, b);
    CHECK(w.cred(b).euid == 1000);
    CHECK(w.cred(b).cap_effective != 0); // 7 was not the root of that namespace: only from 0 capabilities go
}
