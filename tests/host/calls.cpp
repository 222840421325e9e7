// Calls on the running kernel: what they return and write, and how processes come and go.

#include "tests/host/host.hpp"

#include <algorithm>

using namespace nslab;

TEST_CASE("NULL, \"\" and a bad pointer are three values") {
    const auto w = host_world();
    if (!w) return;
    CHECK(w->call(sh1, sys::Chdir{Str::bad_pointer()}).error == E::FAULT);
    CHECK(w->call(sh1, sys::Chdir{nullptr}).error == E::FAULT);
    CHECK(w->call(sh1, sys::Chdir{""}).error == E::NOENT);
    CHECK(w->call(sh1, sys::Mount{nullptr, "/", nullptr, 0, nullptr}).error == E::INVAL);
    CHECK(w->call(sh1, sys::Mount{nullptr, "/", "tmpfs", 0, Str::bad_pointer()}).error == E::FAULT);
    CHECK(w->call(sh1, sys::Openat{AT::FDCWD, Str::bad_pointer(), O::RDWR, 0}).error == E::FAULT);
    CHECK(w->call(sh1, sys::Chdir{std::string(5000, 'x')}).error == E::NAMETOOLONG);
}

TEST_CASE("what calls write comes back") {
    const auto w = host_world();
    if (!w) return;
    REQUIRE(w->call(sh1, sys::Openat{AT::FDCWD, "/f", O::CREAT | O::RDWR, 0600}).value == 3);
    CHECK(w->call(sh1, sys::Write{3, "hello"}).value == 5);
    CHECK(w->call(sh1, sys::Lseek{3, 0, 0}).value == 0);
    CHECK(w->call(sh1, sys::Read{3}).out.get<Bytes>().data == "hello");
    const auto st = w->call(sh1, sys::Newfstatat{AT::FDCWD, "/f", 0}).out.get<StatBuf>();
    CHECK(st.st_mode == (S::IFREG | 0600));
    CHECK(st.st_size == 5);
    CHECK(w->call(sh1, sys::Symlinkat{"f", AT::FDCWD, "/l"}).ok());
    CHECK(w->call(sh1, sys::Readlinkat{AT::FDCWD, "/l"}).out.get<Bytes>().data == "f");
    CHECK(w->call(sh1, sys::Getcwd{}).out.get<Bytes>().data == "/");
    CHECK(w->call(sh1, sys::Statfs{"/proc"}).out.get<StatfsBuf>().f_type == 0x9fa0);
    REQUIRE(w->call(sh1, sys::Openat{AT::FDCWD, "/", O::RDONLY | O::DIRECTORY, 0}).value == 4);
    const auto entries = w->call(sh1, sys::Getdents64{4}).out.get<Entries>().entries;
    CHECK(std::any_of(entries.begin(), entries.end(), [](const DirEntry& e) { return e.name == "f" && e.type == 8; }));
}

TEST_CASE("statmount and listmount tell of the world's own namespace") {
    const auto w = host_world();
    if (!w) return;
    const Outcome listed = w->call(sh1, sys::Listmount{{kLsmtRoot, 0, 0}});
    if (listed.error == E::NOSYS) return;
    REQUIRE(listed.ok());
    const auto ids = listed.out.get<Ids>().ids;
    REQUIRE(ids.size() == 2);
    const Outcome told = w->call(sh1, sys::Statmount{{ids[1], STATMOUNT::FS_TYPE | STATMOUNT::MNT_POINT, 0}});
    REQUIRE(told.ok());
    CHECK(told.out.get<StatmountBuf>().fs_type == "proc");
    CHECK(told.out.get<StatmountBuf>().mnt_point == "/proc");
}

TEST_CASE("a process that shares its memory with its parent lives beside it") {
    const auto w = host_world();
    if (!w) return;
    REQUIRE(w->call(sh1, sys::Clone{CLONE::VM | CLONE::FS | CLONE::FILES | 17}, sh2).ok());
    REQUIRE(w->call(sh1, sys::Mkdirat{AT::FDCWD, "/a", 0755}).ok());
    CHECK(w->call(sh2, sys::Chdir{"/a"}).ok());
    CHECK(w->call(sh1, sys::Getcwd{}).out.get<Bytes>().data == "/a");
    CHECK(w->call(sh2, sys::Openat{AT::FDCWD, ".", O::RDONLY, 0}).value == 3);
    CHECK(w->call(sh1, sys::Openat{AT::FDCWD, ".", O::RDONLY, 0}).value == 4);
}

TEST_CASE("a parent that vforks sleeps until its child ends") {
    const auto w = host_world();
    if (!w) return;
    CHECK(w->call(sh1, sys::Clone{CLONE::VM | CLONE::VFORK | 17}, sh2).blocked);
    CHECK_FALSE(w->resume(sh1));
    CHECK(look_at(*w, sh1).state == State::blocked);
    CHECK(w->call(sh2, sys::Getpid{}).value == 3);
    CHECK(w->call(sh2, sys::ExitGroup{0}).ended);
    const auto back = w->resume(sh1);
    REQUIRE(back);
    CHECK(back->value == 3);
}

TEST_CASE("clone3 makes a process with the PID that is asked for") {
    const auto w = host_world();
    if (!w) return;
    sys::Clone3 c;
    c.exit_signal = 17;
    c.set_tid = {40};
    CHECK(w->call(sh1, c, sh2).value == 40);
    CHECK(look_at(*w, sh2).pid == 40);
    c.set_tid = {40};
    CHECK(w->call(sh1, c, sh3).error == E::EXIST);
}

TEST_CASE("an actor without descriptors is found all the same") {
    const auto w = host_world();
    if (!w) return;
    for (const i32 fd : {0, 1, 2}) REQUIRE(w->call(sh1, sys::Close{fd}).ok());
    CHECK(w->call(sh1, sys::Clone{}, sh2).ok());
    CHECK(look_at(*w, sh2).pid == 3);
    CHECK(w->call(sh2, sys::Openat{AT::FDCWD, "/", O::RDONLY, 0}).value == 0);
}

TEST_CASE("a process that is killed is a zombie until its parent waits") {
    const auto w = host_world();
    if (!w) return;
    REQUIRE(w->call(sh1, sys::Clone{}, sh2).ok());
    CHECK(w->call(sh1, sys::Kill{3, SIG::KILL}).ok());
    CHECK_FALSE(w->alive(sh2));
    CHECK(look_at(*w, sh2).state == State::zombie);
    CHECK(look_at(*w, sh2).exit_code == SIG::KILL);
    CHECK(w->call(sh2, sys::Getpid{}).error == E::SRCH);
    CHECK(w->call(sh1, sys::Wait4{}).out.get<WaitBuf>().status == SIG::KILL);
    CHECK(look_at(*w, sh2).state == State::gone);
}

TEST_CASE("an orphan is reaped by init") {
    const auto w = host_world();
    if (!w) return;
    REQUIRE(w->call(sh1, sys::Clone{}, sh2).ok());
    REQUIRE(w->call(sh2, sys::Clone{}, sh3).ok());
    CHECK(w->call(sh2, sys::ExitGroup{0}).ended);
    CHECK(w->call(sh3, sys::Getppid{}).value == 1);
    CHECK(w->call(sh3, sys::ExitGroup{0}).ended);
    CHECK(look_at(*w, sh3).state == State::gone);
    CHECK(look_at(*w, sh2).state == State::zombie);
}

TEST_CASE("the end of a PID namespace's init ends all in it") {
    const auto w = host_world();
    if (!w) return;
    REQUIRE(w->call(sh1, sys::Unshare{CLONE::NEWPID}).ok());
    REQUIRE(w->call(sh1, sys::Clone{}, sh2).ok());
    CHECK(look_at(*w, sh2).nspid == std::vector<i32>{3, 1});
    CHECK(w->call(sh2, sys::Getpid{}).value == 1);
    REQUIRE(w->call(sh2, sys::Clone{}, sh3).ok());
    CHECK(look_at(*w, sh3).nspid == std::vector<i32>{4, 2});
    CHECK(w->call(sh1, sys::Kill{3, SIG::KILL}).ok());
    CHECK(look_at(*w, sh2).state == State::zombie);
    CHECK(look_at(*w, sh3).state == State::gone);
    CHECK(w->call(sh1, sys::Clone{}, Actor{5}).error == E::NOMEM);
}

TEST_CASE("a process that kills itself does not return from the call") {
    const auto w = host_world();
    if (!w) return;
    REQUIRE(w->call(sh1, sys::Clone{}, sh2).ok());
    CHECK(w->call(sh2, sys::Kill{3, SIG::TERM}).ended);
    CHECK_FALSE(w->alive(sh2));
}

TEST_CASE("setns enters the namespace of another") {
    const auto w = host_world();
    if (!w) return;
    REQUIRE(w->call(sh1, sys::Clone{CLONE::NEWNS | CLONE::NEWUTS | 17}, sh2).ok());
    const Outcome fd = w->call(sh1, sys::Openat{AT::FDCWD, "/proc/3/ns/mnt", O::RDONLY, 0});
    REQUIRE(fd.value == 3);
    CHECK(w->call(sh1, sys::Setns{3, 0}).ok());
    CHECK(look_at(*w, sh1).ns.mnt == look_at(*w, sh2).ns.mnt);
    CHECK(look_at(*w, sh1).ns.uts != look_at(*w, sh2).ns.uts);
}

TEST_CASE("a namespace that nobody is in any more is still observed whole") {
    const auto w = host_world();
    if (!w || !w->observe().whole_trees) return;
    REQUIRE(w->call(sh1, sys::Clone{CLONE::NEWNS | 17}, sh2).ok());
    REQUIRE(w->call(sh1, sys::Openat{AT::FDCWD, "/proc/3/ns/mnt", O::RDONLY, 0}).value == 3);
    CHECK(w->call(sh2, sys::ExitGroup{0}).ended);
    const Observation held = w->observe();
    REQUIRE(held.trees.size() == 2);
    CHECK(held.trees[1].holder == Actor::none);
    CHECK(held.trees[1].mounts.size() == 2);
    CHECK(w->call(sh1, sys::Close{3}).ok());
    CHECK(w->observe().trees.size() == 1);
}

TEST_CASE("a tree is observed whole outside of a chroot too") {
    const auto w = host_world();
    if (!w || !w->observe().whole_trees) return;
    REQUIRE(w->call(sh1, sys::Mkdirat{AT::FDCWD, "/a", 0755}).ok());
    REQUIRE(w->call(sh1, sys::Chroot{"/a"}).ok());
    const Observation o = w->observe();
    CHECK(o.actors[1].root == "/a");
    CHECK(o.actors[1].mountinfo.empty());
    REQUIRE(o.trees.size() == 1);
    CHECK(o.trees[0].mounts.size() == 2);
}

TEST_CASE("wait4 without children fails and with WNOHANG returns at once") {
    const auto w = host_world();
    if (!w) return;
    CHECK(w->call(sh1, sys::Wait4{}).error == E::CHILD);
    REQUIRE(w->call(sh1, sys::Clone{}, sh2).ok());
    const Outcome o = w->call(sh1, sys::Wait4{-1, WAIT::NOHANG});
    CHECK(o.ok());
    CHECK(o.value == 0);
}

TEST_CASE("a stopped process sleeps in its next call until it is continued") {
    const auto w = host_world();
    if (!w) return;
    REQUIRE(w->call(sh1, sys::Clone{}, sh2).ok());
    CHECK(w->call(sh1, sys::Kill{3, SIG::STOP}).ok());
    CHECK(w->call(sh2, sys::Getpid{}).blocked);
    CHECK_FALSE(w->resume(sh2));
    CHECK(w->call(sh1, sys::Kill{3, SIG::CONT}).ok());
    const auto back = w->resume(sh2);
    REQUIRE(back);
    CHECK(back->value == 3);
}

TEST_CASE("a world in a user namespace plays the same") {
    HostOptions options;
    options.user_namespace = true;
    const auto w = host_world({}, options);
    if (!w) return;
    REQUIRE(w->call(sh1, sys::Mkdirat{AT::FDCWD, "/a", 0755}).ok());
    CHECK(w->call(sh1, sys::Mount{"disk", "/a", "tmpfs", 0, nullptr}).ok());
    CHECK(w->call(sh1, sys::Unshare{CLONE::NEWNS}).ok());
    CHECK(lines_of(look_at(*w, sh1).mountinfo).size() == 3);
    CHECK(w->call(sh1, sys::Newfstatat{AT::FDCWD, "/a", 0}).out.get<StatBuf>().st_uid == 0);
    CHECK(w->call(sh1, sys::Clone{CLONE::NEWUSER | CLONE::NEWNS | 17}, sh2).ok());
    CHECK(lines_of(look_at(*w, sh2).mountinfo).size() == 3);
}
