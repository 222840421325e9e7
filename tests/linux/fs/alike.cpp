// The short loops for mounts that are alike (sim/linux/fs/alike.cpp) do what the general way does: with `explaining`
// nobody takes them, so two worlds that differ in that alone must stay the same.

#include <random>

#include "sim/linux/canonical.hpp"
#include "tests/linux/world.hpp"

using namespace nslab;

namespace {

/// What two worlds are compared by: all states, and all numbers that mountinfo shows.
void require_same(const World& a, const World& b) {
    REQUIRE(canonical(a.k) == canonical(b.k));
    a.k.tasks.each([&](Id<Task> task, const Task& t) {
        if (t.nsproxy) REQUIRE(show_mountinfo(a.k, task) == show_mountinfo(b.k, task));
    });
    REQUIRE(a.k.behaviours_met == b.k.behaviours_met);
    REQUIRE(a.k.mounts_hashed == b.k.mounts_hashed);
}

/// Calls that make groups of peers and chains of slaves, and mount and umount below them.
class Dice {
  public:
    explicit Dice(u32 seed) : random_(seed) {}

    Syscall next() {
        switch (below(16)) {
        case 0:
        case 1:
        case 2: return sys::Mount{place(), place(), Str{}, MS::BIND | (below(4) ? 0 : MS::REC), Str{}};
        case 3: return sys::Mount{Str{}, place(), Str{}, MS::SLAVE, Str{}};
        case 4:
        case 5: return sys::Mount{Str{}, place(), Str{}, MS::SHARED | (below(2) ? MS::REC : 0), Str{}};
        case 6: return sys::Mount{Str{}, place(), Str{}, below(2) ? MS::PRIVATE : MS::UNBINDABLE, Str{}};
        case 7: return sys::Mount{place(), place(), Str{}, MS::MOVE, Str{}};
        case 8: return sys::Chdir{place()};
        case 9: return sys::Umount2{place(), UMOUNT::DETACH};
        case 10:
        case 11:
        case 12: return sys::Umount2{inner(), 0};
        default: return sys::Mount{"disk", inner(), "tmpfs", 0, Str{}};
        }
    }
    u32 below(u32 n) { return static_cast<u32>(random_()) % n; }

  private:
    std::string place() { return below(4) ? "/" + std::to_string(below(kPlaces)) : inner(); }
    std::string inner() { return "/" + std::to_string(below(kPlaces)) + "/" + std::to_string(below(2)); }

    static constexpr u32 kPlaces = 5;
    std::mt19937 random_;
};

/// /0 with /0/0 and /0/1 in it, bound at /1 to /4.
enum class Shape : u32 { peers, chain, enslaved_peers };
void prepare(World& w, Shape shape) {
    for (const char* d : {"/0", "/1", "/2", "/3", "/4", "/s"}) w.mkdir(d);
    w.tmpfs("/0");
    for (const char* d : {"/0/0", "/0/1"}) w.mkdir(d);
    w.change("/0", MS::SHARED);
    if (shape == Shape::enslaved_peers) { // of /s, which gets nothing but what is mounted there
        w.bind("/0", "/s");
        w.change("/0", MS::SLAVE);
        w.change("/0", MS::SHARED);
    }
    for (int i = 1; i < 5; ++i) {
        const std::string place = "/" + std::to_string(i);
        w.bind("/" + std::to_string(i - 1), place);
        if (shape != Shape::chain) continue; // each the slave of the one before, and shared itself
        w.change(place, MS::SLAVE);
        w.change(place, MS::SHARED);
    }
}

void play(u32 seed, Release release) {
    World fast(release), slow(release);
    Dice dice(seed);
    for (World* w : {&fast, &slow}) prepare(*w, static_cast<Shape>(seed % 3));
    if (dice.below(4) == 0) { // a second namespace, whose mounts are peers of ours
        for (World* w : {&fast, &slow}) w->child_ns();
    }
    if (dice.below(3) == 0)
        for (World* w : {&fast, &slow}) w->k.sysctl_mount_max = 12;
    slow.k.explaining = true;
    for (int step = 0; step < 25; ++step) {
        const Syscall c = dice.next();
        INFO("seed " << seed << ", step " << step << ": " << to_string(c));
        REQUIRE(fast.call(c).error == slow.call(c).error);
        require_same(fast, slow);
        slow.k.events.clear();
    }
}

} // namespace

TEST_CASE("short loops for mounts that are alike give what the general way gives") {
    for (u32 seed = 0; seed < 200; ++seed) play(seed, Release{});
}

TEST_CASE("copies that differ from others in one thing are umounted as the general way does it") {
    const std::vector<std::vector<Syscall>> cases = {
        // a slave, a peer, a second mount of a copy, and one that comes between
        {sys::Mount{"/2/0", "/s", Str{}, MS::BIND, Str{}}, sys::Mount{Str{}, "/s", Str{}, MS::SLAVE, Str{}}},
        {sys::Mount{"/2/0", "/s", Str{}, MS::BIND, Str{}}},
        {sys::Mount{Str{}, "/2/0", Str{}, MS::PRIVATE, Str{}}},
        {sys::Mount{Str{}, "/2/0", Str{}, MS::SLAVE, Str{}}},
        {sys::Mount{"disk", "/2/0", "tmpfs", 0, Str{}}},
        {sys::Mount{Str{}, "/2", Str{}, MS::PRIVATE, Str{}}, sys::Umount2{"/2/0", 0}},
        {sys::Mount{Str{}, "/2", Str{}, MS::SLAVE, Str{}}, sys::Mount{"disk", "/2/0", "tmpfs", 0, Str{}}},
        {sys::Chdir{"/2/0"}},
    };
    for (const auto& calls : cases) {
        World fast, slow;
        for (World* w : {&fast, &slow}) prepare(*w, Shape::peers);
        slow.k.explaining = true;
        const auto both = [&](const Syscall& c) {
            INFO(to_string(calls[0]) << ", then " << to_string(c));
            REQUIRE(fast.call(c).error == slow.call(c).error);
            require_same(fast, slow);
        };
        both(sys::Mount{"disk", "/0/0", "tmpfs", 0, Str{}});
        for (const Syscall& c : calls) both(c);
        both(sys::Umount2{"/0/0", 0});
    }
}

TEST_CASE("short loops for mounts that are alike do so with the behaviours of 6.1") {
    for (u32 seed = 1000; seed < 1050; ++seed) play(seed, Release{6, 1, 0});
}
