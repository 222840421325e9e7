#include "tests/catch.hpp"

#include "sim/compare/compare.hpp"

using namespace nslab;
using Kind = Bijection::Kind;

namespace {

std::vector<std::string> lines(const std::string& model, const std::string& kernel) {
    Bijection ids;
    return compare_mountinfo(model, kernel, ids, "sh1");
}

} // namespace

TEST_CASE("numbers are compared by what they stand for") {
    Bijection ids;
    CHECK(ids.pair(Kind::mount_id, 1, 31));
    CHECK(ids.pair(Kind::mount_id, 2, 32));
    CHECK(ids.pair(Kind::mount_id, 1, 31));
    CHECK_FALSE(ids.pair(Kind::mount_id, 1, 32));
    CHECK_FALSE(ids.pair(Kind::mount_id, 3, 31));
    CHECK(ids.pair(Kind::peer_group, 1, 32)); // numbers of another kind
}

TEST_CASE("no number is only no number") {
    Bijection ids;
    CHECK(ids.pair(Kind::peer_group, 0, 0));
    CHECK_FALSE(ids.pair(Kind::peer_group, 0, 5));
    CHECK_FALSE(ids.pair(Kind::peer_group, 5, 0));
}

TEST_CASE("a pair holds from one comparison to the next") {
    Bijection ids;
    CHECK(ids.pair(Kind::peer_group, 1, 31));
    ids.keep();
    CHECK_FALSE(ids.pair(Kind::peer_group, 1, 32));
}

TEST_CASE("a number that neither world showed may stand for another thing later") {
    Bijection ids;
    CHECK(ids.pair(Kind::peer_group, 1, 31));
    ids.keep();
    ids.keep();
    CHECK(ids.pair(Kind::peer_group, 1, 32));
}

TEST_CASE("a number that is never used again is never forgotten") {
    Bijection ids;
    CHECK(ids.pair(Kind::unique_mount_id, 1, 31));
    ids.keep();
    ids.keep();
    CHECK_FALSE(ids.pair(Kind::unique_mount_id, 1, 32));
}

TEST_CASE("a comparison that failed leaves no pairs") {
    Bijection ids;
    CHECK(ids.pair(Kind::peer_group, 1, 31));
    ids.drop();
    CHECK(ids.pair(Kind::peer_group, 1, 32));
}

TEST_CASE("mountinfo with other ids of the same shape is equal") {
    CHECK(lines("20 19 0:30 / / rw shared:1 - tmpfs none rw\n21 20 0:31 / /a rw shared:2 master:1 - tmpfs d rw\n",
                "120 99 0:77 / / rw shared:8 - tmpfs none rw\n133 120 0:78 / /a rw shared:3 master:8 - tmpfs d rw\n")
              .empty());
}

TEST_CASE("another parent is a difference") {
    CHECK(
        lines("20 19 0:30 / / rw - tmpfs n rw\n21 20 0:31 / /a rw - tmpfs d rw\n22 21 0:32 / /a/b rw - tmpfs e rw\n",
              "20 19 0:30 / / rw - tmpfs n rw\n21 20 0:31 / /a rw - tmpfs d rw\n22 20 0:32 / /a/b rw - tmpfs e rw\n") ==
        std::vector<std::string>{"sh1: /a/b: parent is 21 in the model and 20 in the kernel"});
}

TEST_CASE("a mount that is shared in one world only is told") {
    CHECK(lines("20 19 0:30 / / rw shared:1 - tmpfs n rw\n", "20 19 0:30 / / rw - tmpfs n rw\n") ==
          std::vector<std::string>{"sh1: /: shared is 1 in the model and none in the kernel"});
}

TEST_CASE("the order of mountinfo counts") {
    const std::string a = "21 20 0:31 / /a rw - tmpfs d rw\n", b = "22 20 0:32 / /b rw - tmpfs d rw\n";
    CHECK(lines(a + b, b + a).size() == 1);
    CHECK(lines(a + b, a + b).empty());
}

TEST_CASE("options of mounts and of super blocks count exactly") {
    CHECK(lines("20 19 0:30 / / rw,relatime - tmpfs n rw\n", "20 19 0:30 / / ro,relatime - tmpfs n rw\n") ==
          std::vector<std::string>{"sh1: /: options is rw,relatime in the model and ro,relatime in the kernel"});
    CHECK(lines("20 19 0:30 / / rw - tmpfs n rw\n", "20 19 0:30 / / rw - tmpfs n rw,size=4k\n").size() == 1);
}

TEST_CASE("namespaces that are printed are compared by what they are") {
    Bijection ids;
    CHECK(compare_text("mnt:[4026531840]\n", "mnt:[4026532999]\n", ids).empty());
    CHECK_FALSE(compare_text("mnt:[4026531840]\n", "mnt:[4026532998]\n", ids).empty());
    CHECK_FALSE(compare_text("a 1\n", "a 2\n", ids).empty());
}

TEST_CASE("what calls come to is compared by errno and value") {
    Bijection ids;
    Outcome ok, busy, three;
    busy.error = E::BUSY;
    three.value = 3;
    CHECK(compare(busy, busy, ids).empty());
    CHECK(compare(busy, ok, ids) == std::vector<std::string>{"the model says EBUSY, this kernel says 0"});
    CHECK(compare(three, ok, ids) == std::vector<std::string>{"the model says 3, this kernel says 0"});
}

TEST_CASE("an actor that ended in one world only is told") {
    Observation model, kernel;
    model.actors.resize(1);
    model.actors[0].actor = Actor::sh1;
    kernel = model;
    kernel.actors[0].state = ActorObservation::State::zombie;
    Bijection ids;
    CHECK(compare(model, kernel, ids, [](Actor) { return std::string("sh1"); }) ==
          std::vector<std::string>{"sh1 is running in the model and a zombie in the kernel"});
}

TEST_CASE("the file of a namespace is another number in each world") {
    CHECK(lines("20 19 0:4 mnt:[4026531848] /ns rw - nsfs nsfs rw\n",
                "20 19 0:4 mnt:[4026532937] /ns rw - nsfs nsfs rw\n")
              .empty());
    CHECK(lines("20 19 0:4 mnt:[4026531848] /ns rw - nsfs nsfs rw\n21 19 0:4 mnt:[4026531849] /ms rw - nsfs nsfs rw\n",
                "20 19 0:4 mnt:[4026532937] /ns rw - nsfs nsfs rw\n21 19 0:4 mnt:[4026532937] /ms rw - nsfs nsfs rw\n")
              .size() == 1);
}

TEST_CASE("a mount namespace that only one world keeps is told with its holder") {
    Observation model, kernel;
    model.trees.push_back({7, Actor::init, -1, {}});
    kernel = model;
    kernel.trees.push_back({8, Actor::none, -1, {}});
    Bijection ids;
    const auto said = compare(model, kernel, ids, [](Actor) { return std::string("init"); });
    REQUIRE(said.size() == 2);
    CHECK(said[0] ==
          "the model has 1 mount namespaces and 0 detached trees, the kernel 2 mount namespaces and 0 detached trees");
    CHECK(said[1] == "only in the kernel: the mount namespace of nobody");
}
