#include "tests/catch.hpp"

#include "sim/replay/expect.hpp"
#include "sim/replay/place.hpp"

using namespace nslab;

namespace {

ActorObservation actor(const std::string& mountinfo, const std::string& cwd = "/") {
    ActorObservation a;
    a.root = std::string("/"); // g++ 12 warns of an assignment of "/" without reason
    a.cwd = cwd;
    a.mountinfo = mountinfo;
    return a;
}

const char* const kStack = "20 19 0:30 / / rw - tmpfs none rw\n"
                           "21 20 0:31 / /a rw - tmpfs low rw\n"
                           "22 21 0:32 / /a rw - tmpfs high rw\n"
                           "23 20 0:33 / /b rw - tmpfs b rw\n"
                           "24 21 0:34 / /a/hidden rw - tmpfs hidden rw\n";

} // namespace

TEST_CASE("paths are made absolute without dots") {
    CHECK(absolute("/a/./b/../c//", "/") == "/a/c");
    CHECK(absolute("x", "/a") == "/a/x");
    CHECK(absolute("..", "/") == "/");
}

TEST_CASE("of mounts on one place the topmost is found") {
    const Place p = find_place(actor(kStack), "/a");
    REQUIRE(p.mount);
    CHECK(p.is_mounted);
    CHECK(p.mount->source == "high");
}

TEST_CASE("a mount below one that is covered is not found") {
    const Place p = find_place(actor(kStack), "/a/hidden");
    REQUIRE(p.mount);
    CHECK_FALSE(p.is_mounted);
    CHECK(p.mount->source == "high");
}

TEST_CASE("a place inside a mount is on it, and no mount point") {
    const Place p = find_place(actor(kStack, "/b"), "x/y");
    REQUIRE(p.mount);
    CHECK(p.mount->source == "b");
    CHECK_FALSE(p.is_mounted);
}

TEST_CASE("what is stacked on the root is not entered") {
    const Place p = find_place(actor("20 19 0:30 / / rw - tmpfs low rw\n21 20 0:31 / / rw - tmpfs high rw\n"), "/");
    REQUIRE(p.mount);
    CHECK(p.mount->source == "low");
}

TEST_CASE("in a chroot to a directory the root is on no mount that is listed, and others are found all the same") {
    const auto seen = actor("21 20 0:31 / /a rw - tmpfs a rw\n");
    CHECK_FALSE(find_place(seen, "/").mount);
    const Place p = find_place(seen, "/a");
    REQUIRE(p.mount);
    CHECK(p.mount->source == "a");
}

TEST_CASE("an excerpt of mountinfo matches fields that stand next to each other, and takes ids") {
    std::map<std::string, i64> takes;
    const std::string line = "36 35 0:31 / /a rw,relatime shared:4 - tmpfs disk rw";
    CHECK(match_excerpt("?id ?up 0:31 / /a", line, takes));
    CHECK(takes == std::map<std::string, i64>{{"id", 36}, {"up", 35}});
    CHECK(match_excerpt("shared:?g - tmpfs", line, takes));
    CHECK(takes["g"] == 4);
    CHECK_FALSE(match_excerpt("shared:?g tmpfs", line, takes));
    CHECK_FALSE(match_excerpt("/a rw", line, takes));
}

TEST_CASE("a name that an excerpt takes twice must be the same both times") {
    std::map<std::string, i64> takes;
    CHECK_FALSE(match_excerpt("?x ?x", "1 2", takes));
    CHECK(match_excerpt("?x ?x", "2 2", takes));
}

TEST_CASE("a bare question mark in an excerpt is anything in one field") {
    std::map<std::string, i64> takes;
    CHECK(match_excerpt("? ? 0:? / /a", "36 35 0:31 / /a rw", takes));
    CHECK_FALSE(match_excerpt("? 0:? / /b", "36 35 0:31 / /a rw", takes));
    CHECK(takes.empty());
}
