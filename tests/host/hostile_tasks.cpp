// What a stranger's scenario may try with processes, signals and programs, one rule a test.

#include "tests/host/host.hpp"

#include <csignal>

using namespace nslab;

TEST_CASE("kill of everybody reaches everybody of the world and nobody else") {
    const auto w = host_world();
    if (!w) return;
    REQUIRE(w->call(sh1, sys::Clone{}, sh2).ok());
    REQUIRE(w->call(sh2, sys::Clone{}, sh3).ok());
    CHECK(w->call(sh1, sys::Kill{-1, SIG::KILL}).ok()); // but for the sender and init
    CHECK(w->alive(Actor::init));
    CHECK(w->alive(sh1));
    CHECK_FALSE(w->alive(sh2));
    CHECK_FALSE(w->alive(sh3));
    CHECK(w->call(sh1, sys::Kill{1, SIG::KILL}).ok()); // which init does not heed
    CHECK(w->alive(Actor::init));
}

TEST_CASE("a program that the scenario wrote does not run") {
    const auto w = host_world();
    if (!w) return;
    REQUIRE(w->call(sh1, sys::Openat{AT::FDCWD, "/run", O::CREAT | O::WRONLY, 0755}).value == 3);
    REQUIRE(w->call(sh1, sys::Write{3, "#!/proc/self/exe\n"}).ok());
    REQUIRE(w->call(sh1, sys::Close{3}).ok());
    CHECK(w->call(sh1, sys::Execve{"/run"}).skipped);
    REQUIRE(w->call(sh1, sys::Symlinkat{"/run", AT::FDCWD, "/exe"}).ok());
    CHECK(w->call(sh1, sys::Execve{"/exe"}).skipped);
    // A rule of binfmt_misc may go by the ending of a name; without one an empty file is certainly no program.
    for (const char* name : {"/empty.jar", "/empty"})
        REQUIRE(w->call(sh1, sys::Openat{AT::FDCWD, name, O::CREAT | O::RDONLY, 0755}).ok());
    CHECK(w->call(sh1, sys::Execve{"/empty.jar"}).skipped);
    CHECK(w->call(sh1, sys::Execve{"/empty"}).error == E::NOEXEC);
}

TEST_CASE("no descriptor is free, so no program is run") {
    const auto w = host_world();
    if (!w) return;
    while (w->call(sh1, sys::Dup{0}).ok()) {}
    CHECK_FALSE(w->call(sh1, sys::Execve{"/proc/self/exe"}).ok());
    CHECK(w->call(sh1, sys::Getpid{}).value == 2);
}

TEST_CASE("a namespace's file leads to no mount namespace of the machine") {
    const auto w = host_world();
    if (!w) return;
    REQUIRE(w->call(sh1, sys::Openat{AT::FDCWD, "/proc/self/ns/mnt", O::RDONLY, 0}).value == 3);
    CHECK(w->call(sh1, sys::Ioctl{3, NS::MNT_GET_NEXT, static_cast<u64>(OutPtr::somewhere)}).skipped);
    CHECK(w->call(sh1, sys::Ioctl{3, NS::MNT_GET_PREV, static_cast<u64>(OutPtr::somewhere)}).skipped);
    CHECK(w->call(sh1, sys::Ioctl{3, 0x5413, static_cast<u64>(OutPtr::somewhere)}).skipped); // TIOCGWINSZ
}

TEST_CASE("a request of ioctl writes where our memory has room for it, or is not made") {
    const auto w = host_world();
    if (!w) return;
    REQUIRE(w->call(sh1, sys::PidfdOpen{2, 0}).value == 3);
    REQUIRE(w->call(sh1, sys::Openat{AT::FDCWD, "/proc/self/ns/mnt", O::RDONLY, 0}).value == 4);
    CHECK(w->call(sh1, sys::Ioctl{3, 0xc048ff0b, 0x200000001000}).skipped); // PIDFD_GET_INFO of a later size
    CHECK(w->call(sh1, sys::Ioctl{4, 0x8018b70a, 0x200000001000}).skipped); // NS_MNT_GET_INFO
    CHECK(w->call(sh1, sys::Ioctl{3, PIDFD::GET_INFO, static_cast<u64>(OutPtr::somewhere)}).ok());
}

TEST_CASE("init keeps what the end of the world hangs on") {
    const auto w = host_world();
    if (!w) return;
    CHECK(w->call(Actor::init, sys::Prctl{PR::SET_PDEATHSIG, 0}).skipped);
    CHECK(w->call(Actor::init, sys::Execve{"/proc/self/exe"}).skipped);
    CHECK(w->call(Actor::init, sys::Setresuid{-1, 1000, -1}).skipped);
    CHECK(w->call(Actor::init, sys::Clone{CLONE::VM | CLONE::SIGHAND | CLONE::THREAD}, sh2).skipped);
    CHECK(w->call(Actor::init, sys::Prctl{PR::SET_NO_NEW_PRIVS, 1}).skipped);
    CHECK(w->call(Actor::init, sys::Prctl{PR::CAPBSET_DROP, CAP::KILL}).skipped);
    CHECK(w->call(Actor::init, sys::Capset{kCapabilityVersion3, 0, CapSets{}}).skipped);
    CHECK(w->call(sh1, sys::Prctl{15, 1}).skipped); // PR_SET_NAME: an option that nobody has thought about
}

TEST_CASE("the init of a PID namespace joins no process group of its own, and so can end") {
    const auto w = host_world();
    if (!w) return;
    REQUIRE(w->call(sh1, sys::Clone{CLONE::NEWPID | SIG::CHLD}, sh2).ok());
    REQUIRE(w->call(sh2, sys::Clone{}, sh3).ok());
    REQUIRE(w->call(sh3, sys::Setpgid{0, 0}).ok());
    CHECK(w->call(sh2, sys::Setpgid{0, 2}).skipped);
    CHECK(w->call(sh1, sys::Setpgid{3, 4}).skipped); // by its parent, from outside
    CHECK(w->call(sh2, sys::Setpgid{0, 0}).ok());
    CHECK(w->call(sh2, sys::ExitGroup{0}).ended);
    CHECK(look_at(*w, sh2).state == State::zombie);
}

TEST_CASE("threads count among the processes that a world may have") {
    HostOptions options;
    options.max_actors = 6;
    const auto w = host_world({}, options);
    if (!w) return;
    const u64 thread = CLONE::VM | CLONE::SIGHAND | CLONE::THREAD;
    for (u32 n = 3; n <= 6; ++n) CHECK(w->call(sh1, sys::Clone{thread}, Actor{n}).ok());
    CHECK(w->call(sh1, sys::Clone{thread}, Actor{7}).skipped);
}

TEST_CASE("a signal that nohup ignores is not ignored in the world") {
    const auto before = std::signal(SIGHUP, SIG_IGN);
    const auto w = host_world();
    std::signal(SIGHUP, before);
    if (!w) return;
    REQUIRE(w->call(sh1, sys::Clone{}, sh2).ok());
    CHECK(w->call(sh1, sys::Kill{3, SIG::HUP}).ok());
    CHECK_FALSE(w->alive(sh2));
}
