#include <cmath>
#include <cstdlib>

#include "tests/viz/film.hpp"

using namespace nslab;

TEST_CASE("where dot is missing, one line says what to install") {
    const std::string path = std::getenv("PATH");
    setenv("PATH", "/nowhere", 1);
    std::string said;
    try {
        viz::run_dot({"-V"}, "");
    } catch (const viz::GraphvizError& e) { said = e.what(); }
    setenv("PATH", path.c_str(), 1);
    CHECK(said.find("apt-get install graphviz") != std::string::npos);
    CHECK(said.find('\n') == std::string::npos);
}

TEST_CASE("dot has a time limit, and what it complains of is told") {
    if (!dot_is_here()) {
        WARN("skipped: dot is not installed");
        return;
    }
    const auto begin = std::chrono::steady_clock::now();
    std::string large = "digraph {";
    for (int i = 0; i < 3000; ++i) large += "a" + std::to_string(i % 700) + "->b" + std::to_string(i * 7 % 900) + ";";
    CHECK_THROWS_AS(viz::run_dot({"-Tsvg"}, large + "}", std::chrono::milliseconds(50)), viz::GraphvizError);
    CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(10));
    std::string said;
    try {
        viz::run_dot({"-Tsvg"}, "digraph { a -> }");
    } catch (const viz::GraphvizError& e) { said = e.what(); }
    CHECK(said.find("syntax error") != std::string::npos);
}

TEST_CASE("a layout has a place for everything") {
    if (!dot_is_here()) {
        WARN("skipped: dot is not installed");
        return;
    }
    for (const viz::View& view : viz::views()) {
        INFO(view.name);
        const auto lesson = film_text(R"(
sh1# mkdir /a
sh1# mount -t tmpfs disk /a
sh1# mount --make-shared /a
sh1# unshare -m --propagation slave sh2 &
sh2# umount /a
)",
                                      view.name);
        const viz::Layout layout = viz::lay_out(lesson.scenes[0]);
        CHECK(layout.warnings == "");
        for (std::size_t i = 0; i < layout.of.size(); ++i) {
            INFO(lesson.scenes[0].elements()[i].id);
            CHECK(layout.of[i].placed);
        }
    }
}

TEST_CASE("no line runs through the title of a box, and no badge lies on a node") {
    if (!dot_is_here()) {
        WARN("skipped: dot is not installed");
        return;
    }
    for (const char* file :
         {"pid/lessons/ten-levels.scn", "pid/lessons/nested-death.scn", "lessons/three-terminals.scn"}) {
        const ParseResult parsed = parse(file, text_of(std::string(NSLAB_SOURCE_DIR "/scenarios/") + file));
        viz::LessonOptions options;
        options.views = {viz::find_view("pid"), viz::find_view("mounts")};
        const viz::Lesson lesson = viz::film(parsed.scenario, options);
        for (const viz::Scene& scene : lesson.scenes) {
            const viz::Layout layout = viz::lay_out(scene);
            const auto each = [&](viz::Element::Kind kind, auto&& visit) {
                for (std::size_t i = 0; i < scene.elements().size(); ++i)
                    if (scene.elements()[i].kind == kind) visit(scene.elements()[i], layout.of[i]);
            };
            each(viz::Element::Kind::edge, [&](const viz::Element& edge, const viz::Placed& line) {
                if (edge.like == "order") return;
                each(viz::Element::Kind::box, [&](const viz::Element& box, const viz::Placed& at) {
                    INFO(file << ": " << edge.id << " and the title of " << box.id);
                    const auto [width, height] = viz::size_of(box.versions[0].look);
                    // Straight lines between the ends of the pieces are close enough to the edge here.
                    for (std::size_t p = 0; p + 3 < line.spline.size(); p += 3)
                        for (double t = 0; t <= 1; t += 0.02) {
                            const double x = line.spline[p].x + t * (line.spline[p + 3].x - line.spline[p].x);
                            const double y = line.spline[p].y + t * (line.spline[p + 3].y - line.spline[p].y);
                            const bool through = x > at.head.x && x < at.head.x + width - 20 && y > at.head.y &&
                                                 y < at.head.y + height - 12;
                            if (through) FAIL_CHECK(x << " " << y);
                        }
                });
                each(viz::Element::Kind::node, [&](const viz::Element& node, const viz::Placed& at) {
                    INFO(file << ": the badge of " << edge.id << " and " << node.id);
                    CHECK_FALSE((std::abs(line.badge.x - at.at.x) < at.width / 2 &&
                                 std::abs(line.badge.y - at.at.y) < at.height / 2));
                });
            });
        }
    }
}
