// User namespaces: their making, maps, capabilities and limits; and who holds a namespace.

#include "sim/linux/kernel/user_namespace.hpp"
#include "sim/linux/holders.hpp"
#include "sim/linux/kernel/ucount.hpp"
#include "sim/linux/syscalls.hpp"
#include "tests/linux/world.hpp"

using namespace nslab;

namespace {

struct UserWorld : World {
    /// A child of sh1 in a new user namespace, and in others as the flags say.
    Id<Task> child(u64 flags = CLONE::NEWUSER) { return World::child(sh1, flags | SIG::CHLD); }
    Id<Namespace> user(Id<Task> task) const { return task_user_ns(k, task); }
};

} // namespace

TEST_CASE("user namespace: one more level, owned by its maker, with every capability inside") {
    UserWorld w;
    const Id<Task> kid = w.child();
    const Namespace& ns = w.k[w.user(kid)];
    CHECK(ns.level == 1);
    CHECK(ns.parent == w.user(w.sh1));
    CHECK(ns.owner == 0);
    CHECK(ns_capable(w.k, kid, w.user(kid), CAP::SYS_ADMIN));
    CHECK(!ns_capable(w.k, kid, w.user(w.sh1), CAP::SYS_ADMIN));
    CHECK(ns_capable(w.k, w.sh1, w.user(kid), CAP::SYS_ADMIN));
    CHECK(sys_getuid(w.k, kid).value() == 65534);
}

TEST_CASE("user namespace: it ends with its last holder and takes its limits along") {
    UserWorld w;
    const std::size_t before = w.k.namespaces.size(), counts = w.k.ucounts.size();
    const Id<Task> kid = w.child(CLONE::NEWUSER | CLONE::NEWUTS | CLONE::NEWNS | CLONE::NEWIPC);
    CHECK(w.k.namespaces.size() == before + 3);
    w.ok(sys::Kill{w.k[kid].pid, SIG::KILL});
    w.ok(sys::Wait4{-1, 0});
    CHECK(w.k.namespaces.size() == before);
    CHECK(w.k.ucounts.size() == counts);
}

TEST_CASE("id maps: whole ranges of the parent, found from both sides") {
    UserWorld w;
    const Id<Task> kid = w.child();
    CHECK(w.write(w.file_of(kid, "uid_map"), "100 0 10\n500 1000 1\n", w.sh1).ok());
    const Id<Namespace> ns = w.user(kid);
    CHECK(make_kuid(w.k, ns, 105) == 5);
    CHECK(make_kuid(w.k, ns, 110) == kInvalidId);
    CHECK(from_kid(w.k, ns, IdKind::uid, 1000) == 500);
    CHECK(from_kid_munged(w.k, ns, IdKind::uid, 11) == 65534);
    CHECK(w.write(w.file_of(kid, "uid_map"), "0 0 1", w.sh1).error == E::PERM);
}

TEST_CASE("id maps: more than five lines are sorted, and 340 are the most") {
    UserWorld w;
    std::string lines, many;
    for (int i = 6; i > 0; --i) lines += std::to_string(i) + " " + std::to_string(100 - i) + " 1\n";
    for (int i = 0; i < 341; ++i) many += std::to_string(i) + " " + std::to_string(i) + " 1\n";
    const Id<Task> kid = w.child();
    CHECK(w.write(w.file_of(kid, "uid_map"), many, w.sh1).error == E::INVAL);
    CHECK(w.write(w.file_of(kid, "uid_map"), lines, w.sh1).ok());
    CHECK(w.k[w.user(kid)].uid_map.front() == UidGidExtent{1, 99, 1});
    const Id<Task> other = w.child();
    CHECK(w.write(w.file_of(other, "uid_map"), many.substr(0, many.find("340 340")), w.sh1).ok());
}

TEST_CASE("id maps: numbers are cut to 32 bits, as simple_strtoul() does") {
    UserWorld w;
    const Id<Task> kid = w.child();
    CHECK(w.write(w.file_of(kid, "uid_map"), "4294967296 0 4294967297", w.sh1).ok());
    CHECK(w.k[w.user(kid)].uid_map.front() == UidGidExtent{0, 0, 1});
}

TEST_CASE("create_new_namespaces: a limit in the middle leaves nothing behind") {
    UserWorld w;
    const Id<Task> kid = w.child();
    for (const NsType last : {NsType::uts, NsType::ipc, NsType::cgroup, NsType::net, NsType::time}) {
        Namespace& ns = w.k[w.user(kid)];
        ns.ucount_max[static_cast<std::size_t>(ucount_type(last))] = 0;
        const std::size_t namespaces = w.k.namespaces.size(), mounts = w.k.mounts.size();
        const Nsproxy before = w.k[w.k[kid].nsproxy];
        CHECK(w.fails(sys::Unshare{CLONE::NEWNS | CLONE::NEWUTS | CLONE::NEWIPC | CLONE::NEWCGROUP | CLONE::NEWNET |
                                   CLONE::NEWTIME},
                      kid) == E::NOSPC);
        CHECK(w.k.namespaces.size() == namespaces);
        CHECK(w.k.mounts.size() == mounts);
        CHECK(w.k.mnt_namespaces.size() == 1);
        CHECK(w.k[w.k[kid].nsproxy].uts_ns == before.uts_ns);
        w.k[w.user(kid)].ucount_max[static_cast<std::size_t>(ucount_type(last))] = 100;
    }
}

TEST_CASE("setns: a user namespace and others at once, or none") {
    UserWorld w;
    const Id<Task> kid = w.child(CLONE::NEWUSER | CLONE::NEWUTS);
    const auto pidfd = static_cast<i32>(w.ok(sys::PidfdOpen{w.k[kid].pid, 0}));
    const Id<Namespace> user = w.user(w.sh1);
    // The PID namespace is sh1's own, which does not belong to the new user namespace: sh1 may, and enters all.
    w.ok(sys::Setns{pidfd, CLONE::NEWUSER | CLONE::NEWUTS});
    CHECK(w.user(w.sh1) == w.user(kid));
    CHECK(w.user(w.sh1) != user);
    CHECK(w.fails(sys::Setns{pidfd, CLONE::NEWUSER | CLONE::NEWUTS}) == E::INVAL);
}

TEST_CASE("mounts: a copy into another user namespace is slave and locked") {
    UserWorld w;
    w.mkdir("/a");
    w.tmpfs("/a");
    w.change("/a", MS::SHARED);
    const Id<Task> kid = w.child(CLONE::NEWUSER | CLONE::NEWNS);
    CHECK(w.mountinfo("/a", kid).find("master:") != std::string::npos);
    CHECK(w.fails(sys::Umount2{"/a", 0}, kid) == E::INVAL);
    CHECK(w.fails(sys::Mount{Str{}, "/a", Str{}, MS::REMOUNT, Str{}}, kid) == E::PERM);
    // proc belongs to the owner of the PID namespace, which is not the new user namespace.
    CHECK(w.fails(sys::Mount{"proc", "/proc", "proc", 0, Str{}}, kid) == E::PERM);
}

TEST_CASE("holders: each by its name, as many as the count says") {
    UserWorld w;
    const Id<Task> kid = w.child(CLONE::NEWUSER | CLONE::NEWUTS);
    const HolderNames names{[&](Id<Task> t) { return t == w.sh1 ? "sh1"
                                                     : t == kid ? "kid"
                                                                : "init"; },
                            [&](NsRef ns) { return ns.type == NsType::uts ? "uts:2" : "user:2"; }};
    const NsRef uts{NsType::uts, w.k[w.k[kid].nsproxy].uts_ns.index};
    CHECK(holders(w.k, uts).size() == 1);
    CHECK(holder_text(w.k, holders(w.k, uts)[0], names) == std::vector<std::string>{"the nsproxy of kid"});

    w.ok(sys::Openat{AT::FDCWD, w.file_of(kid, "ns/uts"), O::RDONLY, 0});
    w.ok(sys::Openat{AT::FDCWD, w.file_of(kid, "ns/uts"), O::RDONLY, 0});
    w.ok(sys::Openat{AT::FDCWD, "/file", O::CREAT | O::WRONLY, 0600});
    w.bind(w.file_of(kid, "ns/uts"), "/file");
    const auto found = holders(w.k, uts);
    REQUIRE(found.size() == w.k[Id<Namespace>{uts.index}].ns.count);
    REQUIRE(found.size() == 2); // however often it is open and mounted
    CHECK(holder_text(w.k, found[1], names) == std::vector<std::string>{"a file open in sh1", "the bind mount /file"});

    std::string all;
    const NsRef user{NsType::user, w.user(kid).index};
    for (const Holder& h : holders(w.k, user)) all += holder_text(w.k, h, names).front() + "\n";
    CHECK(all == "the credentials of kid\nuts:2, which it owns\nthe limits of user 0 in it\n");
    CHECK(holders(w.k, w.k[kid].nsproxy) == std::vector<Id<Task>>{kid});
}

TEST_CASE("time namespace: offsets are text, and fixed once somebody is inside") {
    UserWorld w;
    CHECK(w.write("/proc/self/timens_offsets", "monotonic 1 0", w.sh1).error == E::ACCES);
    w.ok(sys::Unshare{CLONE::NEWTIME});
    CHECK(w.write("/proc/self/timens_offsets", "monotonic 1", w.sh1).error == E::INVAL);
    CHECK(w.write("/proc/self/timens_offsets", "monotonic 1 1000000000", w.sh1).error == E::INVAL);
    CHECK(w.write("/proc/self/timens_offsets", "monotonic -9000000000 0", w.sh1).error == E::RANGE);
    CHECK(w.write("/proc/self/timens_offsets", "monotonic 86400 5\nboottime 7 0\nthree 1 1\n", w.sh1).value == 31);
    CHECK(timens_offsets_show(w.k, w.sh1) == "monotonic       86400         5\nboottime            7         0\n");
    w.ok(sys::Clone{SIG::CHLD});
    CHECK(w.write("/proc/self/timens_offsets", "monotonic 1 0", w.sh1).error == E::ACCES);
}
