// Receivers are told from the graph alone; propagate_mnt() is asked what it really does.

#include "sim/replay/receivers.hpp"

#include <algorithm>
#include <random>
#include <set>

#include "tests/linux/world.hpp"

using namespace nslab;

namespace {

Id<Mount> mount_at(const World& w, const std::string& path, Id<Task> task) {
    Id<Mount> found;
    const Path root = w.k[w.k[task].fs].root;
    w.k.mounts.each([&](Id<Mount> m, const Mount& mount) {
        if (mount.mnt_ns != w.k[w.k[task].nsproxy].mnt_ns) return;
        const PathText place = path_text(w.k, Path{m, mount.mnt_root}, root);
        if (place.reachable && place.text == path && !mount.overmount) found = m;
    });
    return found;
}

std::set<Id<Mount>> all_mounts(const Kernel& k) {
    std::set<Id<Mount>> all;
    k.mounts.each([&](Id<Mount> m, const Mount&) { all.insert(m); });
    return all;
}

} // namespace

TEST_CASE("peers and slaves of another namespace are receivers, masters are not") {
    World w;
    for (const char* d : {"/a", "/b", "/c"}) w.mkdir(d);
    w.tmpfs("/a");
    w.change("/a", MS::SHARED);
    w.bind("/a", "/b");
    w.bind("/a", "/c");
    w.change("/c", MS::SLAVE);
    const Id<Task> sh2 = w.child_ns();
    const Id<Mount> a = mount_at(w, "/a", w.sh1), c = mount_at(w, "/c", w.sh1);
    CHECK(receivers_of(w.k, a).size() == 5); // b, c, and all three in the copy
    CHECK(receivers_of(w.k, c).empty());
    CHECK(show_receivers(w.k, {{"sh1", w.sh1}, {"sh2", sh2}}).substr(0, 29) == "An event on sh1:/a reaches: s");
    w.change("/", MS::PRIVATE | MS::REC, sh2);
    CHECK(show_receivers(w.k, {{"sh1", w.sh1}, {"sh2", sh2}}) == "An event on sh1:/a reaches: sh1:/b, sh1:/c\n");
}

TEST_CASE("copies of a new mount appear on just those receivers that show its place") {
    std::mt19937 random(7);
    for (int round = 0; round < 60; ++round) {
        World w;
        const std::vector<std::string> dirs{"/a", "/b", "/c", "/d", "/e"};
        for (const auto& d : dirs) w.mkdir(d);
        w.tmpfs("/a");
        w.mkdir("/a/s");
        w.mkdir("/a/s/p");
        w.change("/a", MS::SHARED);
        std::vector<Id<Task>> tasks{w.sh1};
        for (int step = 0; step < 14; ++step) {
            const Id<Task> task = tasks[random() % tasks.size()];
            const auto dir = [&] { return dirs[random() % dirs.size()]; };
            const u64 types[] = {MS::SHARED, MS::SLAVE, MS::PRIVATE, MS::UNBINDABLE};
            switch (random() % 6) {
            case 0:
            case 1: w.call(sys::Mount{dir() + (random() % 3 ? "" : "/s"), dir(), Str{}, MS::BIND, Str{}}, task); break;
            case 2:
            case 3: w.call(sys::Mount{Str{}, dir(), Str{}, types[random() % 4], Str{}}, task); break;
            case 4:
                if (tasks.size() < 3) tasks.push_back(w.child_ns(task));
                break;
            default: w.call(sys::Umount2{dir(), UMOUNT::DETACH}, task);
            }
        }
        // Wherever the directory is seen, something is mounted there.
        const Id<Task> task = tasks[random() % tasks.size()];
        const std::string on = dirs[random() % dirs.size()];
        const Id<Mount> m = mount_at(w, on, task);
        if (!m) continue;
        const std::string place = w.k[w.k[m].mnt_root].d_name == "s" ? on + "/p" : on + "/s/p";
        const Kernel before = w.k;
        if (!w.call(sys::Mount{"disk", place, "tmpfs", 0, Str{}}, task).ok()) continue;
        const Id<Mount> mounted = mount_at(w, place, task);
        REQUIRE(mounted);
        const Id<Dentry> where = w.k[mounted].mnt_mountpoint;
        const std::vector<Id<Mount>> receivers = receivers_of(before, w.k[mounted].mnt_parent);
        std::set<Id<Mount>> expected, copied;
        for (const Id<Mount> r : receivers)
            if (is_subdir(w.k, where, w.k[r].mnt_root)) expected.insert(r);
        for (const Id<Mount> now : all_mounts(w.k))
            if (!before.mounts.live(now) && now != mounted) copied.insert(w.k[now].mnt_parent);
        INFO("round " << round);
        CHECK(copied == expected);
    }
}
