#include <string_view>

#include "tests/viz/film.hpp"
#include "viz/names.hpp"

using namespace nslab;
using viz::Presence;

namespace {

const viz::Element& node(const viz::Scene& scene, std::string_view title) {
    for (const viz::Element& e : scene.elements())
        for (const viz::Version& v : e.versions)
            if (e.kind != viz::Element::Kind::edge && v.look.title == title) return e;
    FAIL("nothing is called " << title);
    throw 0;
}
std::size_t count(const viz::Scene& scene, const std::string& like) {
    std::size_t n = 0;
    for (const viz::Element& e : scene.elements()) n += e.like == like;
    return n;
}

} // namespace

TEST_CASE("each step of a scene says what is new, changed and gone") {
    const auto lesson = film_text(R"(
sh1# mkdir /a
sh1# mount -t tmpfs disk /a
sh1# mount --make-shared /a
expect sh1: /a is shared
sh1# umount /a
)",
                                  "mounts");
    const viz::Scene& scene = lesson.scenes[0];
    REQUIRE(scene.steps() == 6);
    const viz::Element& a = node(scene, "/a");
    REQUIRE(a.versions.size() == 2);
    const Presence want[] = {Presence::absent,  Presence::absent, Presence::fresh,
                             Presence::changed, Presence::there,  Presence::gone};
    for (std::size_t step = 0; step < 6; ++step) {
        INFO(step);
        CHECK(scene.state(a, step).presence == want[step]);
    }
    CHECK(scene.state(a, 5).version == 1);
    CHECK(scene.describe(2).find("New: /a: tmpfs disk, private.") != std::string::npos);
    CHECK(scene.describe(3).find("Changed: /a: tmpfs disk, shared 1.") != std::string::npos);
    CHECK(scene.describe(5).find("Gone: /a") != std::string::npos);
    CHECK(scene.describe(5).find("\n/a") == std::string::npos); // what is gone is not listed as there
}

TEST_CASE("a process that is stopped is marked until it goes on") {
    const auto lesson = film_text(R"(
sh1# fork sh2 &
sh1# kill -STOP sh2
sh1# kill -CONT sh2
)",
                                  "pid");
    const viz::Scene& scene = lesson.scenes[0];
    const viz::Element& sh2 = node(scene, "sh2");
    REQUIRE(sh2.versions.size() == 2);
    CHECK(sh2.versions[1].look.marks.at(0).text == "stopped");
    CHECK(scene.state(sh2, 2).presence == Presence::changed);
    CHECK(scene.describe(2).find("stopped") != std::string::npos);
    CHECK(scene.state(sh2, 3).presence == Presence::changed);
    CHECK(scene.describe(3).find("stopped") == std::string::npos);
}

TEST_CASE("a mount that is moved keeps its element, and its edge is another one") {
    const auto lesson = film_text(R"(
sh1# mkdir /a /b
sh1# mount -t tmpfs disk /a
sh1# mount -t tmpfs other /b
sh1# mkdir /b/c
sh1# mount --move /a /b/c
)",
                                  "mounts");
    const viz::Scene& scene = lesson.scenes[0];
    const viz::Element& moved = node(scene, "/a");
    CHECK(&moved == &node(scene, "/b/c"));
    CHECK(scene.state(moved, 5).presence == Presence::changed);
    std::size_t gone = 0, fresh = 0;
    for (const viz::Element& e : scene.elements()) {
        if (e.like != "tree") continue;
        gone += scene.state(e, 5).presence == Presence::gone;
        fresh += scene.state(e, 5).presence == Presence::fresh;
    }
    CHECK(gone == 1);
    CHECK(fresh == 1);
}

TEST_CASE("of a hundred that are alike three are drawn, and a pile says how many more") {
    const std::string many = R"(
repeat 100 as $i
sh1# mkdir /m$i
sh1# mount -t tmpfs disk /m$i
end
sh1# umount /m100
)";
    const auto lesson = film_text(many, "mounts");
    const viz::Scene& scene = lesson.scenes[0];
    const viz::Element& pile = node(scene, "and 97 more");
    CHECK(pile.like == "pile");
    CHECK(scene.folded() == 98); // of all that ever were there; /proc is one of their kind
    CHECK(&pile == &node(scene, "and 98 more"));
    CHECK(scene.state(pile, 201).presence == Presence::changed);
    CHECK(scene.state(pile, 200).version != scene.state(pile, 201).version);
    CHECK(film_text(many, "mounts", 0).scenes[0].folded() == 0);
}

TEST_CASE("namespaces that are alike are folded with all that is in them") {
    const auto lesson = film_text(R"(
sh1# mkdir /a
sh1# mount -t tmpfs disk /a
sh1: n1 = clone(child_stack=NULL, flags=CLONE_NEWNS|SIGCHLD)
sh1: n2 = clone(child_stack=NULL, flags=CLONE_NEWNS|SIGCHLD)
sh1: n3 = clone(child_stack=NULL, flags=CLONE_NEWNS|SIGCHLD)
sh1: n4 = clone(child_stack=NULL, flags=CLONE_NEWNS|SIGCHLD)
sh1: n5 = clone(child_stack=NULL, flags=CLONE_NEWNS|SIGCHLD)
sh1: n6 = clone(child_stack=NULL, flags=CLONE_NEWNS|SIGCHLD)
sh1: n7 = clone(child_stack=NULL, flags=CLONE_NEWNS|SIGCHLD)
)",
                                  "mounts");
    const viz::Scene& scene = lesson.scenes[0];
    CHECK(node(scene, "and 5 more").versions.back().look.details[0] == "like these, with 20 inside");
    std::size_t boxes = 0;
    for (const viz::Element& e : scene.elements()) boxes += e.kind == viz::Element::Kind::box;
    CHECK(boxes == 3);
}

TEST_CASE("a chain of mounts that is too deep for a screen ends in a pile") {
    const auto lesson = film_text(R"(
sh1# mkdir /d
repeat 140 as $i
sh1# mount -t tmpfs disk /d
end
)",
                                  "mounts");
    CHECK(count(lesson.scenes[0], "pile") == 1);
    CHECK(lesson.scenes[0].folded() > 100);
}

TEST_CASE("a path that is too long to read keeps its ends") {
    CHECK(viz::shortened("/mnt/data") == "/mnt/data");
    const std::string longest = "/mnt/a/b/usr/share/doc/packages/bash/examples/scripts";
    CHECK(viz::shortened(longest) == "/mnt/a/b/usr/…/bash/examples/scripts");
    // Shortened again and again while it grows, it is what it would be at once.
    std::string grown, whole;
    for (int i = 0; i < 60; ++i) {
        const std::string name = "/dir" + std::to_string(i);
        whole += name;
        grown = viz::shortened(grown + name, 200);
        CHECK(viz::shortened(grown) == viz::shortened(whole));
        CHECK(viz::shortened(grown).size() <= 44);
    }
    std::string umlauts;
    for (int i = 0; i < 40; ++i) umlauts += "ä";
    CHECK(viz::shortened(umlauts).size() % 2 == 1); // three bytes of the sign, and whole letters
}

TEST_CASE("of a lesson that is too large the later steps are left out, and it says so") {
    const std::string text = "repeat 20 as $i\nsh1# mkdir /m$i\nsh1# mount -t tmpfs disk /m$i\nend\n";
    const ParseResult parsed = parse("test.scn", text);
    viz::LessonOptions options;
    options.views = {viz::find_view("mounts")};
    options.most = 100;
    const viz::Lesson lesson = viz::film(parsed.scenario, options);
    CHECK(lesson.too_large);
    CHECK(lesson.last == 40);
    CHECK(lesson.scenes[0].drawn() < 130);
    options.most = 1'000'000;
    CHECK(!viz::film(parsed.scenario, options).too_large);
}

TEST_CASE("an edge that goes with one of its ends has no sign of its own") {
    const auto lesson = film_text(R"(
sh1# mkdir /a /b
sh1# mount -t tmpfs disk /a
sh1# mount -t tmpfs other /b
sh1# mkdir /b/c
sh1# mount --move /a /b/c
sh1# umount /b/c
)",
                                  "mounts");
    const viz::Scene& scene = lesson.scenes[0];
    std::map<Presence, int> moved, umounted;
    for (const viz::Element& e : scene.elements()) {
        if (e.like != "tree") continue;
        ++moved[scene.state(e, 5).presence];
        ++umounted[scene.state(e, 6).presence];
    }
    CHECK(moved[Presence::gone] == 1);
    CHECK(moved[Presence::along] == 0);
    CHECK(umounted[Presence::gone] == 0);
    CHECK(umounted[Presence::along] == 1);
}

TEST_CASE("a view is remembered by name and has a legend and a question") {
    for (const viz::View& view : viz::views()) {
        CHECK(viz::find_view(view.name) == &view);
        CHECK(!view.legend().empty());
        CHECK(std::string(view.what).back() == '?');
    }
    CHECK(viz::find_view("mount") == nullptr);
}

TEST_CASE("the graph of a scene has a vertex for each element and an edge for each edge") {
    const auto lesson = film_text("sh1# mkdir /a\nsh1# mount -t tmpfs disk /a\n", "mounts");
    const viz::Scene& scene = lesson.scenes[0];
    const viz::Graph g = scene.graph();
    CHECK(boost::num_vertices(g) == scene.elements().size());
    CHECK(boost::num_edges(g) == count(scene, "tree"));
}
