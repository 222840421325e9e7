// The works of `nslab bench`.

#include "sim/bench/works.hpp"

#include <algorithm>

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

/// From a user namespace nobody comes back: a child goes into ten of them, of which each lies in the one before.
void add_user_namespaces(std::vector<Work>& all) {
    constexpr i32 kLevels = 10, kFirstFd = 3;
    std::vector<BenchStep> unshare, setns;
    for (i32 level = 0; level < kLevels; ++level) {
        unshare.push_back({sys::Unshare{CLONE::NEWUSER}, true});
        // Its file stays open, for setns; and who has no name in a user namespace cannot make one in it.
        unshare.push_back({sys::Openat{AT::FDCWD, "/proc/self/ns/user", O::RDONLY, 0}});
        const std::pair<const char*, const char*> files[] = {
            {"setgroups", "deny"}, {"uid_map", "0 0 1"}, {"gid_map", "0 0 1"}};
        for (const auto& [file, text] : files) {
            const i32 fd = kFirstFd + level + 1;
            unshare.push_back({sys::Openat{AT::FDCWD, std::string("/proc/self/") + file, O::WRONLY, 0}});
            unshare.push_back({sys::Write{fd, text}});
            unshare.push_back({sys::Close{fd}});
        }
        setns.push_back({sys::Setns{kFirstFd + level, CLONE::NEWUSER}, true});
    }
    Work w;
    w.size = 1;
    w.rounds = 30;
    w.times = kLevels;
    w.name = "unshare user";
    w.measured = [=](Machine& m) { return m.in_child(SIG::CHLD, unshare); };
    all.push_back(w);
    w.name = "setns user";
    w.prepare = [=](Machine& m) { m.in_child(CLONE::FILES | SIG::CHLD, unshare); };
    w.measured = [=](Machine& m) { return m.in_child(SIG::CHLD, setns); };
    all.push_back(w);
}

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
        const sys::Setns back{3, kind.flag};
        Work w;
        w.size = 1;
        w.rounds = 99;
        w.name = std::string("unshare ") + kind.name + ", once";
        w.prepare = [=](Machine& m) { m.call(open); }; // 3: where we come from
        w.timed = {sys::Unshare{kind.flag}};
        w.undo = {back};
        all.push_back(w);
        // Again and again: all but the first end the namespace that the one before made. Whoever has prepared a PID
        // namespace gets no second one before it has come back.
        w.name = std::string("unshare ") + kind.name;
        w.rounds = 25;
        w.times = 100;
        for (std::uint32_t i = 1; i < w.times; ++i) {
            if (kind.flag == CLONE::NEWPID) w.timed.push_back(back);
            w.timed.push_back(sys::Unshare{kind.flag});
        }
        all.push_back(w);
        w.name = std::string("setns ") + kind.name;
        w.rounds = 99;
        w.prepare = [=](Machine& m) {
            m.call(open);
            m.call(sys::Unshare{kind.flag});
            // A PID namespace can be opened when it has an init, and joined as long as that lives.
            if (kind.flag == CLONE::NEWPID) m.fork_sleeper();
            m.call(open); // 4: the new one
        };
        // There and back, again and again: one call is over before the clock has been read.
        w.timed.clear();
        for (std::uint32_t i = 0; i < w.times; ++i) w.timed.push_back(sys::Setns{i % 2 ? 4 : 3, kind.flag});
        w.undo.clear();
        all.push_back(w);
    }
    add_user_namespaces(all);

    Work tree;
    tree.size = 10000;
    tree.rounds = 3;
    tree.name = "a tree of tasks in 32 PID namespaces";
    tree.act = [](Machine& m) { m.make_tree(10000, 31); }; // the world's own is the first of them
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
                       {},
                       {},
                       1});
        all.push_back({"mount and umount under peers",
                       peers,
                       rounds,
                       [=](Machine& m) { make_peers(m, peers); },
                       {tmpfs("/p/x"), unmount("/p/x")},
                       {},
                       {},
                       {},
                       {},
                       {},
                       1});
    }
    all.push_back({"rbind of a tree",
                   10000,
                   15,
                   [](Machine& m) {
                       make_tree(m, 10000);
                       m.call(make_dir("/r"));
                   },
                   {bind_mount("/t", "/r", MS::REC)},
                   {unmount("/r", UMOUNT::DETACH)},
                   {},
                   {},
                   {},
                   {},
                   1});
    all.push_back({"unshare(CLONE_NEWNS) with mounts",
                   10000,
                   15,
                   [](Machine& m) { make_tree(m, 10000); },
                   {sys::Unshare{CLONE::NEWNS}},
                   {},
                   {},
                   {},
                   {},
                   {},
                   1});
    all.push_back({"mount into a chain of slaves",
                   1000,
                   9,
                   [](Machine& m) { make_chain(m, 1000); },
                   {tmpfs("/c/0/x")},
                   {unmount("/c/0/x")},
                   {},
                   {},
                   {},
                   {},
                   1});
    add_processes(all);
    return all;
}

double clock_cost(const Machine& machine) {
    std::int64_t least = 1000;
    for (int i = 0; i < 1000; ++i) {
        const std::int64_t begin = machine.now();
        least = std::min(least, machine.now() - begin);
    }
    return static_cast<double>(least);
}

double run_work(const Work& work, Machine& machine) {
    const double clock = clock_cost(machine);
    if (work.prepare) work.prepare(machine);
    double best = 0;
    for (int round = 0; round < work.rounds; ++round) {
        double took = 0;
        if (work.measured) {
            took = work.measured(machine);
        } else {
            if (work.begin) work.begin(machine);
            const std::int64_t begin = machine.now();
            for (const Syscall& c : work.timed) machine.call(c);
            if (work.act) work.act(machine);
            took = static_cast<double>(machine.now() - begin) - clock;
            for (const Syscall& c : work.undo) machine.call(c);
            if (work.end) work.end(machine);
        }
        if (round == 0 || took < best) best = took;
    }
    return best / work.times;
}

} // namespace nslab
