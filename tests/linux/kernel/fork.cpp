// clone(2), clone3(2) and unshare(2): what is refused, in which order, and what is shared afterwards.

#include "tests/linux/kernel/task_world.hpp"

using namespace nslab;

TEST_CASE("fork: a child shares the nsproxy and copies root, working directory and descriptors") {
    TaskWorld w;
    const Id<Task> child = w.clone(w.sh1);
    CHECK(w.at(child).pid == 3);
    CHECK(w.at(child).parent == w.sh1);
    CHECK(w.at(child).nsproxy == w.at(w.sh1).nsproxy);
    CHECK(w.nsproxy(child).count == 3); // init, sh1, the child
    CHECK(w.at(child).fs != w.at(w.sh1).fs);
    CHECK(w.at(child).files != w.at(w.sh1).files);
}

TEST_CASE("clone: CLONE_FS and CLONE_FILES share instead of copying") {
    TaskWorld w;
    const Id<Task> child = w.clone(w.sh1, CLONE::FS | CLONE::FILES | SIG::CHLD);
    CHECK(w.at(child).fs == w.at(w.sh1).fs);
    CHECK(w.k[w.at(child).fs].users == 2);
    CHECK(w.k[w.at(child).files].count == 2);
    CHECK(sys_umask(w.k, child, 0).value() == 022);
    CHECK(sys_umask(w.k, w.sh1, 022).value() == 0);
}

TEST_CASE("clone: flags that contradict each other are EINVAL") {
    TaskWorld w;
    const auto clone = [&](Id<Task> task, u64 flags) { return error_of(sys_clone(w.k, task, clone_args(flags))); };
    CHECK(clone(w.sh1, CLONE::NEWNS | CLONE::FS) == E::INVAL);
    CHECK(clone(w.sh1, CLONE::NEWUSER | CLONE::FS) == E::INVAL);
    CHECK(clone(w.sh1, CLONE::THREAD | CLONE::VM) == E::INVAL);
    CHECK(clone(w.sh1, CLONE::SIGHAND) == E::INVAL);
    CHECK(clone(w.sh1, CLONE::NEWIPC | CLONE::SYSVSEM) == E::INVAL);
    CHECK(clone(w.sh1, CLONE::PIDFD | CLONE::DETACHED) == E::INVAL);
    CHECK(clone(w.sh1, CLONE::PIDFD | CLONE::PARENT_SETTID) == E::INVAL);
    CHECK(clone(w.init, CLONE::PARENT) == E::INVAL);
    CHECK(w.k.tasks.size() == 2);
}

TEST_CASE("clone: a pidfd that cannot be written is EFAULT and uses a PID up") {
    TaskWorld w;
    CHECK(error_of(sys_clone(w.k, w.sh1, clone_args(CLONE::PIDFD | SIG::CHLD))) == E::FAULT);
    CHECK(w.at(w.clone(w.sh1)).pid == 4);
}

TEST_CASE("clone: CLONE_PARENT makes a sibling") {
    TaskWorld w;
    const Id<Task> child = w.clone(w.sh1);
    const Id<Task> sibling = w.clone(child, CLONE::PARENT | SIG::USR1);
    CHECK(w.at(sibling).parent == w.sh1);
    CHECK(w.at(sibling).exit_signal == SIG::CHLD); // its elder's, not the one asked for
}

TEST_CASE("clone: what is not modelled yet says so and changes nothing") {
    TaskWorld w;
    const auto result = clone3_of(w, CLONE::INTO_CGROUP, SIG::CHLD, {});
    REQUIRE(!result);
    CHECK(not_modelled(result.error()));
    CHECK(w.at(w.clone(w.sh1)).pid == 3);
}

TEST_CASE("clone3: chosen PIDs") {
    TaskWorld w;
    const auto clone3 = [&](std::vector<i32> tid) { return clone3_of(w, 0, SIG::CHLD, std::move(tid)); };
    CHECK(clone3({4000}).value().pid == 4000);
    CHECK(error_of(clone3({4000})) == E::EXIST);
    CHECK(error_of(clone3({0})) == E::INVAL);
    CHECK(error_of(clone3({w.k[task_active_pid_ns(w.k, w.sh1)].pid_max})) == E::INVAL);
    CHECK(error_of(clone3({7, 8})) == E::INVAL);                          // more levels than there are
    CHECK(sys_clone(w.k, w.sh1, clone_args(SIG::CHLD)).value().pid == 3); // choosing does not move the counter
}

TEST_CASE("clone3: flags and signals that it refuses") {
    TaskWorld w;
    CHECK(error_of(clone3_of(w, u64{1} << 40, 0, {})) == E::INVAL);
    CHECK(error_of(clone3_of(w, CLONE::DETACHED, 0, {})) == E::INVAL);
    CHECK(error_of(clone3_of(w, 1, 0, {})) == E::INVAL); // a signal in the flags
    CHECK(error_of(clone3_of(w, 0, 65, {})) == E::INVAL);
    CHECK(error_of(clone3_of(w, CLONE::PARENT, SIG::CHLD, {})) == E::INVAL);
}

TEST_CASE("clone3: CLONE_NEWTIME puts the child into the new time namespace at once") {
    TaskWorld w;
    const Id<Task> child = w.find(static_cast<i32>(clone3_of(w, CLONE::NEWTIME, SIG::CHLD, {})->pid));
    CHECK(w.nsproxy(child).time_ns != w.nsproxy(w.sh1).time_ns);
    CHECK(w.nsproxy(child).time_ns == w.nsproxy(child).time_ns_for_children);
}

TEST_CASE("unshare(CLONE_NEWTIME) waits for the next child, which then has an nsproxy of its own") {
    TaskWorld w;
    REQUIRE(sys_unshare(w.k, w.sh1, CLONE::NEWTIME));
    CHECK(w.nsproxy(w.sh1).time_ns != w.nsproxy(w.sh1).time_ns_for_children);
    const Id<Task> child = w.clone(w.sh1);
    CHECK(w.at(child).nsproxy != w.at(w.sh1).nsproxy);
    CHECK(w.nsproxy(child).time_ns == w.nsproxy(w.sh1).time_ns_for_children);
    // With shared memory there is one clock, and the nsproxy is shared as ever.
    CHECK(w.at(w.clone(w.sh1, CLONE::VM | SIG::CHLD)).nsproxy == w.at(w.sh1).nsproxy);
}

TEST_CASE("unshare(CLONE_NEWNS) takes an nsproxy and an fs_struct of one's own") {
    TaskWorld w;
    const Id<Task> child = w.clone(w.sh1, CLONE::FS | SIG::CHLD);
    REQUIRE(sys_unshare(w.k, child, CLONE::NEWNS));
    CHECK(w.nsproxy(child).count == 1);
    CHECK(w.nsproxy(child).mnt_ns != w.nsproxy(w.sh1).mnt_ns);
    CHECK(w.nsproxy(child).uts_ns == w.nsproxy(w.sh1).uts_ns);
    CHECK(w.k[w.at(w.sh1).fs].users == 1);
    CHECK(w.k[w.at(child).fs].root.mnt != w.k[w.at(w.sh1).fs].root.mnt);
    CHECK(w.k[w.nsproxy(child).mnt_ns].ns.count == 1);
}

TEST_CASE("unshare: each namespace is a new object with the owner's reference") {
    TaskWorld w;
    const Nsproxy before = w.nsproxy(w.sh1);
    REQUIRE(sys_unshare(w.k, w.sh1, CLONE::NEWUTS | CLONE::NEWIPC | CLONE::NEWNET | CLONE::NEWCGROUP));
    const Nsproxy after = w.nsproxy(w.sh1);
    CHECK(after.mnt_ns == before.mnt_ns);
    // Ids tell the order of making.
    CHECK(w.k[after.uts_ns].ns.ns_id < w.k[after.ipc_ns].ns.ns_id);
    CHECK(w.k[after.ipc_ns].ns.ns_id < w.k[after.cgroup_ns].ns.ns_id);
    CHECK(w.k[after.cgroup_ns].ns.ns_id < w.k[after.net_ns].ns.ns_id);
    CHECK(w.k[before.uts_ns].ns.count == 1); // init's nsproxy
}

TEST_CASE("clone: what was copied is undone when there is no PID for the child") {
    TaskWorld w;
    w.k[task_active_pid_ns(w.k, w.sh1)].pid_max = 301;
    w.k[task_active_pid_ns(w.k, w.sh1)].last_pid = 301;
    w.clone(w.sh1);
    const std::size_t namespaces = w.k.namespaces.size(), mounts = w.k.mounts.size();
    CHECK(error_of(sys_clone(w.k, w.sh1, clone_args(CLONE::NEWNS | CLONE::NEWUTS | SIG::CHLD))) == E::AGAIN);
    CHECK(error_of(sys_clone(w.k, w.sh1, clone_args(CLONE::FS | CLONE::FILES | SIG::CHLD))) == E::AGAIN);
    CHECK(w.k.namespaces.size() == namespaces);
    CHECK(w.k.mounts.size() == mounts);
    CHECK(w.k.nsproxies.size() == 1);
    CHECK(w.k.tasks.size() == 3);
}

TEST_CASE("unshare: unknown flags and shared memory are EINVAL") {
    TaskWorld w;
    CHECK(error_of(sys_unshare(w.k, w.sh1, CLONE::PARENT)) == E::INVAL);
    CHECK(sys_unshare(w.k, w.sh1, CLONE::VM)); // nothing is shared: pretends
    const Id<Task> child = w.clone(w.sh1, CLONE::VM | SIG::CHLD);
    CHECK(error_of(sys_unshare(w.k, child, CLONE::VM)) == E::INVAL);
    CHECK(sys_unshare(w.k, child, CLONE::SIGHAND));
    const Id<Task> other = w.clone(w.sh1, CLONE::VM | CLONE::SIGHAND | SIG::CHLD);
    CHECK(error_of(sys_unshare(w.k, other, CLONE::SIGHAND)) == E::INVAL);
}

TEST_CASE("unshare and clone: another user has no namespaces to give") {
    TaskWorld w;
    w.become_user(w.sh1, 1000);
    CHECK(error_of(sys_unshare(w.k, w.sh1, CLONE::NEWUTS)) == E::PERM);
    CHECK(error_of(sys_clone(w.k, w.sh1, clone_args(CLONE::NEWNS | SIG::CHLD))) == E::PERM);
    CHECK(sys_unshare(w.k, w.sh1, CLONE::FS | CLONE::FILES));
}
