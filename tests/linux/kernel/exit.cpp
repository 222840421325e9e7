// exit, wait4(2) and kill(2).

#include "tests/linux/kernel/task_world.hpp"

using namespace nslab;

TEST_CASE("exit: a child is a zombie without files, directories and namespaces until it is waited for") {
    TaskWorld w;
    const Id<Task> child = w.clone(w.sh1);
    sys_exit_group(w.k, child, 0x103);
    REQUIRE(w.k.tasks.live(child));
    CHECK(w.at(child).exit_state == ExitState::zombie);
    CHECK(w.nsproxy(w.sh1).count == 2);
    const Waited waited = *sys_wait4(w.k, w.sh1, -1, 0);
    CHECK(waited.pid == 3);
    CHECK(waited.status == 0x300); // the low byte of the code, above that of the signal
    CHECK(!w.find(3));
    CHECK(error_of(sys_wait4(w.k, w.sh1, -1, 0)) == E::CHILD);
}

TEST_CASE("exit: the last task of a mount namespace takes it along") {
    TaskWorld w;
    const Id<Task> child = w.clone(w.sh1, CLONE::NEWNS | SIG::CHLD);
    const std::size_t mounts = w.k.mounts.size();
    sys_exit_group(w.k, child, 0);
    CHECK(w.k.mnt_namespaces.size() == 1);
    CHECK(w.k.mounts.size() < mounts);
}

TEST_CASE("exit: children go to init, which reaps those that are zombies") {
    TaskWorld w;
    const Id<Task> middle = w.clone(w.sh1);
    const Id<Task> dead = w.clone(middle), alive = w.clone(middle);
    sys_exit_group(w.k, dead, 0);
    sys_exit_group(w.k, middle, 0);
    CHECK(!w.find(4));
    CHECK(w.at(alive).parent == w.init);
    CHECK(sys_getppid(w.k, alive).value() == 1);
    sys_exit_group(w.k, alive, 0);
    CHECK(!w.find(5));
}

TEST_CASE("wait4: blocks while no child has exited, and takes them in order of making") {
    TaskWorld w;
    const Id<Task> first = w.clone(w.sh1), second = w.clone(w.sh1), third = w.clone(w.sh1);
    CHECK(sys_wait4(w.k, w.sh1, -1, WAIT::NOHANG)->pid == 0);
    sys_exit_group(w.k, third, 0);
    sys_exit_group(w.k, second, 0);
    CHECK(sys_wait4(w.k, w.sh1, w.at(first).pid, WAIT::NOHANG)->pid == 0);
    CHECK(sys_wait4(w.k, w.sh1, 0, 0)->pid == 4);
    CHECK(sys_wait4(w.k, w.sh1, 5, 0)->pid == 5);
    // The call that sleeps is the one that goes on when somebody has exited.
    CHECK(sys_wait4(w.k, w.sh1, -1, 0)->blocked);
    CHECK(sys_wait4(w.k, w.sh1, -1, 0)->blocked);
    sys_exit_group(w.k, first, 0);
    CHECK(sys_wait4(w.k, w.sh1, -1, 0)->pid == 3);
}

TEST_CASE("wait4: who is not one's child, and what is no option") {
    TaskWorld w;
    const Id<Task> child = w.clone(w.sh1);
    w.clone(child);
    CHECK(error_of(sys_wait4(w.k, w.sh1, 4, 0)) == E::CHILD); // a grandchild
    CHECK(error_of(sys_wait4(w.k, w.sh1, 99, 0)) == E::CHILD);
    CHECK(error_of(sys_wait4(w.k, w.sh1, -99, 0)) == E::CHILD);
    CHECK(error_of(sys_wait4(w.k, w.sh1, 99, 4)) == E::INVAL);
    CHECK(error_of(sys_wait4(w.k, w.sh1, INT32_MIN, 0)) == E::SRCH);
}

TEST_CASE("wait4: a child with another exit signal needs __WCLONE or __WALL") {
    TaskWorld w;
    const Id<Task> child = w.clone(w.sh1, 0);
    sys_exit_group(w.k, child, 0);
    CHECK(error_of(sys_wait4(w.k, w.sh1, -1, 0)) == E::CHILD);
    CHECK(sys_wait4(w.k, w.sh1, -1, WAIT::CLONE)->pid == 3);
}

TEST_CASE("kill: a signal without a handler ends the process, and wait4 tells which") {
    TaskWorld w;
    const Id<Task> child = w.clone(w.sh1);
    CHECK(sys_kill(w.k, w.sh1, 3, SIG::CHLD));
    CHECK(sys_kill(w.k, w.sh1, 3, SIG::CONT));
    CHECK(sys_kill(w.k, w.sh1, 3, 0));
    CHECK(w.at(child).exit_state == ExitState::running);
    CHECK(sys_kill(w.k, w.sh1, 3, SIG::TERM));
    CHECK(w.at(child).exit_state == ExitState::zombie);
    CHECK(sys_kill(w.k, w.sh1, 3, SIG::KILL)); // of a zombie
    CHECK(sys_wait4(w.k, w.sh1, 3, 0)->status == SIG::TERM);
    CHECK(error_of(sys_kill(w.k, w.sh1, 3, 0)) == E::SRCH);
}

TEST_CASE("kill: nobody there comes before no such signal") {
    TaskWorld w;
    CHECK(error_of(sys_kill(w.k, w.sh1, 99, 100)) == E::SRCH);
    CHECK(error_of(sys_kill(w.k, w.sh1, 1, 65)) == E::INVAL);
    CHECK(error_of(sys_kill(w.k, w.sh1, 1, -1)) == E::INVAL);
    CHECK(error_of(sys_kill(w.k, w.sh1, INT32_MIN, 9)) == E::SRCH);
}

TEST_CASE("kill: init does not heed a signal from inside, not even SIGKILL") {
    TaskWorld w;
    CHECK(sys_kill(w.k, w.sh1, 1, SIG::KILL));
    CHECK(w.at(w.init).exit_state == ExitState::running);
}

TEST_CASE("kill(-1) spares init and the caller") {
    TaskWorld w;
    w.clone(w.sh1);
    w.clone(w.sh1);
    CHECK(sys_kill(w.k, w.sh1, -1, SIG::KILL));
    CHECK(w.at(w.sh1).exit_state == ExitState::running);
    CHECK(sys_wait4(w.k, w.sh1, -1, 0)->pid == 3);
    CHECK(sys_wait4(w.k, w.sh1, -1, 0)->pid == 4);
    CHECK(error_of(sys_kill(w.k, w.sh1, -1, SIG::KILL)) == E::SRCH);
}

TEST_CASE("kill: an ordinary user may signal its own processes, and in the session all may be continued") {
    TaskWorld w;
    const Id<Task> child = w.clone(w.sh1);
    w.become_user(child, 1000);
    CHECK(error_of(sys_kill(w.k, child, 2, SIG::TERM)) == E::PERM);
    CHECK(sys_kill(w.k, child, 2, SIG::CONT));
    CHECK(sys_kill(w.k, w.sh1, 3, SIG::TERM));
}

TEST_CASE("exit: the exit signal that clone chose can end the parent") {
    TaskWorld w;
    const Id<Task> parent = w.clone(w.sh1);
    const Id<Task> child = w.clone(parent, SIG::USR1);
    sys_exit_group(w.k, child, 0);
    CHECK(w.at(parent).exit_state == ExitState::zombie);
    CHECK(w.at(parent).exit_code == SIG::USR1);
    CHECK(!w.find(4)); // fell to init
}
