// The works of `nslab bench`.

#include "sim/bench/works.hpp"

namespace nslab {

namespace {

Syscall make_dir(const std::string& path) { return sys::Mkdirat{AT::FDCWD, path, 0755}; }
Syscall bind_mount(const std::string& from, const std::string& to, u64 more = 0) {
    return sys::Mount{from, to, Str{}, MS::BIND | more, Str{}};
}
Syscall change(const std::string& path, u64 type) { return sys::Mount{Str{}, path, Str{}, type, Str{}}; }
Syscall tmpfs(const std::string& path) { return sys::Mount{"disk", path, "tmpfs", 0, Str{}}; }
Syscall unmount(const std::string& path, u32 flags = 0) { return sys::Umount2{path, flags}; }
std::string numbered(const char* folder, std::uint32_t i) { return std::string(folder) + "/" + std::to_string(i); }

/// /p shared with `peers` peers in all, the others at /d/1, /d/2 ...
void make_peers(Machine& m, std::uint32_t peers) {
    for (const char* d : {"/p", "/d"}) m.call(make_dir(d));
    m.call(tmpfs("/p"));
    m.call(make_dir("/p/x"));
    m.call(change("/p", MS::SHARED));
    for (std::uint32_t i = 1; i < peers; ++i) {
        m.call(make_dir(numbered("/d", i)));
        m.call(bind_mount("/p", numbered("/d", i)));
    }
}

/// /t with `mounts` mounts in it, itself included, all private.
void make_tree(Machine& m, std::uint32_t mounts) {
    for (const char* d : {"/t", "/u"}) m.call(make_dir(d));
    m.call(tmpfs("/t"));
    for (std::uint32_t i = 1; i < mounts; ++i) {
        m.call(make_dir(numbered("/t", i)));
        m.call(bind_mount("/u", numbered("/t", i)));
    }
}

/// /c/0 shared, /c/1 its slave and shared itself, /c/2 the slave of that, and so on.
void make_chain(Machine& m, std::uint32_t length) {
    m.call(make_dir("/c"));
    m.call(make_dir("/c/0"));
    m.call(tmpfs("/c/0"));
    m.call(make_dir("/c/0/x"));
    m.call(change("/c/0", MS::SHARED));
    for (std::uint32_t i = 1; i < length; ++i) {
        m.call(make_dir(numbered("/c", i)));
        m.call(bind_mount(numbered("/c", i - 1), numbered("/c", i)));
        m.call(change(numbered("/c", i), MS::SLAVE));
        m.call(change(numbered("/c", i), MS::SHARED));
    }
}

struct Kind {
    const char* name;
    u64 flag;
};
constexpr Kind kKinds[] = {{"mnt", CLONE::NEWNS},   {"uts", CLONE::NEWUTS}, {"ipc", CLONE::NEWIPC},
                           {"pid", CLONE::NEWPID},  {"net", CLONE::NEWNET}, {"cgroup", CLONE::NEWCGROUP},
                           {"time", CLONE::NEWTIME}};

/// unshare(2) and setns(2) of each kind that can be undone; fork; trees of tasks, and their end.
void add_processes(std::vector<Work>& all) {
    Work fork;
    fork.name = "fork, exit and wait";
    fork.size = 1;
    fork.rounds = 99;
    fork.act = [](Machine& m) { m.fork_exit_wait(SIG::CHLD); };
    all.push_back(fork);
    fork.name = "fork into a PID namespace, exit and wait";
    fork.act = [](Machine& m) { m.fork_exit_wait(CLONE::NEWPID | SIG::CHLD); };
    all.push_back(fork);

    for (const Kind& kind : kKinds) {
        // For pid and time that is what children come into, which is what unshare changes.
        const bool children = kind.flag == CLONE::NEWPID || kind.flag == CLONE::NEWTIME;
        const std::string file = std::string("/proc/self/ns/") + kind.name + (children ? "_for_children" : "");
        const sys::Openat open{AT::FDCWD, file, O::RDONLY, 0};
        Work w;
        w.size = 1;
        w.rounds = 99;
        w.name = std::string("unshare ") + kind.name;
        w.prepare = [=](Machine& m) { m.call(open); }; // 3: where we come from
        w.timed = {sys::Unshare{kind.flag}};
        w.undo = {sys::Setns{3, kind.flag}};
        all.push_back(w);
        w.name = std::string("setns ") + kind.name;
        w.prepare = [=](Machine& m) {
            m.call(open);
            m.call(sys::Unshare{kind.flag});
            if (children) m.fork_exit_wait(SIG::CHLD); // a PID namespace without an init cannot be opened
            m.call(open);                              // 4: the new one
        };
        w.timed = {sys::Setns{3, kind.flag}};
        w.undo = {sys::Setns{4, kind.flag}};
        // A PID namespace whose init has gone lets nobody in; time namespaces are joined for children as well.
        if (kind.flag != CLONE::NEWPID) all.push_back(w);
    }

    Work tree;
    tree.size = 10000;
    tree.rounds = 3;
    tree.name = "a tree of tasks in 32 PID namespaces";
    tree.act = [](Machine& m) { m.make_tree(10000, 32); };
    tree.end = [](Machine& m) { m.kill_tree(); };
    all.push_back(tree);
    tree.name = "death of an init with descendants";
    tree.begin = [](Machine& m) { m.make_tree(10000, 1); };
    tree.act = [](Machine& m) { m.kill_tree(); };
    tree.end = {};
    all.push_back(tree);
}

} // namespace

std::vector<Work> works() {
    std::vector<Work> all;
    for (const std::uint32_t peers : {1U, 10U, 100U, 1000U, 10000U}) {
        const int rounds = peers >= 10000 ? 5 : 15;
        all.push_back({"mount under peers",
                       peers,
                       rounds,
                       [=](Machine& m) { make_peers(m, peers); },
                       {tmpfs("/p/x")},
                       {unmount("/p/x")},
                       {},
                       {},
                       {}});
        all.push_back({"mount and umount under peers",
                       peers,
                       rounds,
                       [=](Machine& m) { make_peers(m, peers); },
                       {tmpfs("/p/x"), unmount("/p/x")},
                       {},
                       {},
                       {},
                       {}});
    }
    all.push_back({"rbind of a tree",
                   10000,
                   5,
                   [](Machine& m) {
                       make_tree(m, 10000);
                       m.call(make_dir("/r"));
                   },
                   {bind_mount("/t", "/r", MS::REC)},
                   {unmount("/r", UMOUNT::DETACH)},
                   {},
                   {},
                   {}});
    all.push_back({"unshare(CLONE_NEWNS) with mounts",
                   10000,
                   5,
                   [](Machine& m) { make_tree(m, 10000); },
                   {sys::Unshare{CLONE::NEWNS}},
                   {},
                   {},
                   {},
                   {}});
    all.push_back({"mount into a chain of slaves",
                   1000,
                   9,
                   [](Machine& m) { make_chain(m, 1000); },
                   {tmpfs("/c/0/x")},
                   {unmount("/c/0/x")},
                   {},
                   {},
                   {}});
    add_processes(all);
    return all;
}

std::int64_t run_work(const Work& work, Machine& machine) {
    if (work.prepare) work.prepare(machine);
    std::int64_t best = 0;
    for (int round = 0; round < work.rounds; ++round) {
        if (work.begin) work.begin(machine);
        const std::int64_t begin = machine.now();
        for (const Syscall& c : work.timed) machine.call(c);
        if (work.act) work.act(machine);
        const std::int64_t took = machine.now() - begin;
        if (round == 0 || took < best) best = took;
        for (const Syscall& c : work.undo) machine.call(c);
        if (work.end) work.end(machine);
    }
    return best;
}

} // namespace nslab
