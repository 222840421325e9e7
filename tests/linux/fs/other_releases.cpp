// The model plays what the table of behaviours says of other releases, as seen on 6.1 and 6.12.

#include "tests/linux/world.hpp"

using namespace nslab;

namespace {

/// /a shared, with two peers /b and /c, and something mounted on /a/x.
World with_two_peers(Release release) {
    World w(release);
    for (const char* d : {"/a", "/b", "/c"}) w.mkdir(d);
    w.tmpfs("/a");
    w.mkdir("/a/x");
    w.change("/a", MS::SHARED);
    w.bind("/a", "/b");
    w.bind("/a", "/c");
    w.tmpfs("/a/x");
    return w;
}

bool met(const World& w, Behaviour b) { return w.k.behaviours_met >> static_cast<unsigned>(b) & 1; }

std::size_t place_of(const World& w, const std::string& mount) {
    return show_mountinfo(w.k, w.sh1).find(" " + mount + " r");
}

} // namespace

TEST_CASE("until 6.7 mountinfo lists the newest copy first, since 6.8 the oldest mount") {
    const World old = with_two_peers({6, 1, 0});
    const World today = with_two_peers({6, 18, 0});
    REQUIRE(place_of(old, "/a/x") != std::string::npos);
    REQUIRE(place_of(old, "/a/x") < place_of(old, "/b/x"));
    REQUIRE((place_of(old, "/b/x") < place_of(old, "/c/x")) != (place_of(today, "/b/x") < place_of(today, "/c/x")));
    REQUIRE(met(today, Behaviour::mountinfo_in_id_order));
}

TEST_CASE("until 6.16 who leaves its group follows a peer that shows the same root") {
    for (const bool today : {false, true}) {
        World w(today ? Release{6, 18, 0} : Release{6, 12, 95});
        for (const char* d : {"/a", "/sub", "/z"}) w.mkdir(d);
        w.tmpfs("/a");
        w.mkdir("/a/dir");
        w.change("/a", MS::SHARED);
        w.bind("/a", "/z");
        w.bind("/a/dir", "/sub"); // bound last, and so the next peer of /a; it shows another root
        w.change("/a", MS::SLAVE);
        std::size_t slaves = 0;
        w.k.mounts.each([&](Id<Mount>, const Mount& m) {
            if (!m.mnt_master) return;
            ++slaves;
            REQUIRE((std::as_const(w.k)[m.mnt_master].mnt_root == m.mnt_root) != today);
        });
        REQUIRE(slaves == 1);
        REQUIRE(met(w, Behaviour::next_peer_inherits));
    }
}

TEST_CASE("calls that a release does not have are ENOSYS, and flags EINVAL") {
    World w({6, 1, 0});
    REQUIRE(w.fails(sys::Listmount{{~0ULL, 0, 0}}) == E::NOSYS);
    REQUIRE(w.fails(sys::MoveMount{AT::FDCWD, "/", AT::FDCWD, "/proc", MOVE_MOUNT::BENEATH}) == E::INVAL);
    REQUIRE(rows_between(w.k.behaviours_met, {6, 1, 0}, {6, 18, 0}).size() == 2);
    REQUIRE(rows_between(w.k.behaviours_met, {6, 12, 0}, {6, 18, 0}).empty());
}

TEST_CASE("a detached tree cannot be copied before 6.15") {
    for (const bool today : {false, true}) {
        World w(today ? Release{6, 18, 0} : Release{6, 12, 95});
        const auto tree = static_cast<i32>(w.ok(sys::OpenTree{AT::FDCWD, "/proc", OPEN_TREE::CLONE}));
        const E again = w.fails(sys::OpenTree{tree, "", OPEN_TREE::CLONE | AT::EMPTY_PATH});
        REQUIRE(again == (today ? E::OK : E::INVAL));
    }
}
