#include "tests/viz/film.hpp"

using namespace nslab;

namespace {

const char* const kLesson = R"(
sh1# mkdir /a /b
sh1# mount -t tmpfs "d<i>&s\"k" /a
sh1# mount --make-shared /a
sh1# mount --bind /a /b
sh1# unshare -m --propagation slave sh2 &
sh2# mount --make-unbindable /b
sh1# unshare -m -u sh3 &
sh3# umount /b
)";

std::map<std::string, int> keys(const viz::Lesson& lesson, std::size_t step) {
    viz::SvgOptions options;
    options.step = step;
    options.caption = "a < b & \"c\"";
    const viz::Scene& scene = lesson.scenes[0];
    return attributes_of(viz::to_svg(scene, anywhere(scene), options), "data-key");
}

} // namespace

TEST_CASE("an SVG is well formed and has each mount and namespace once") {
    const auto lesson = film_text(kLesson, "mounts", 0);
    const auto found = keys(lesson, 7);
    std::size_t mounts = 0, namespaces = 0;
    for (const auto& [key, n] : found) {
        INFO(key);
        if (key[0] == 'm' && key != "master") {
            CHECK(n == 1);
            ++mounts;
        }
        if (key.rfind("ns", 0) == 0) {
            CHECK(n == 1);
            ++namespaces;
        }
    }
    CHECK(namespaces == 3);
    CHECK(mounts == 3 * 5);
    CHECK(found.at("tree") == 3 * 4);
}

TEST_CASE("an SVG has each task once") {
    for (const char* view : {"pid", "nsproxy"}) {
        std::size_t tasks = 0;
        for (const auto& [key, n] : keys(film_text(kLesson, view, 0), 8))
            if (key[0] == 't' && key[1] >= '0' && key[1] <= '9') {
                CHECK(n == 1);
                ++tasks;
            }
        CHECK(tasks == 4);
    }
}

TEST_CASE("ids are unique in the SVG of all steps, and exactly one version of each element is on") {
    for (const viz::View& view : viz::views()) {
        INFO(view.name);
        const auto lesson = film_text(kLesson, view.name);
        const viz::Scene& scene = lesson.scenes[0];
        const std::string svg = viz::to_svg(scene, anywhere(scene), {});
        for (const auto& [id, n] : attributes_of(svg, "id")) {
            INFO(id);
            CHECK(n == 1);
        }
        std::size_t on = 0;
        for (const auto& [classes, n] : attributes_of(svg, "class"))
            if ((" " + classes + " ").find(" on ") != std::string::npos) on += static_cast<std::size_t>(n);
        std::size_t drawn = 0;
        for (const viz::Element& e : scene.elements()) drawn += e.versions.front().stroke.line != viz::Line::none;
        CHECK(on == drawn);
    }
}

TEST_CASE("an SVG has a title and the drawing in words, and both colour schemes") {
    const auto lesson = film_text(kLesson, "mounts");
    const std::string svg = viz::to_svg(lesson.scenes[0], anywhere(lesson.scenes[0]), {});
    CHECK(svg.find("role=\"img\" aria-labelledby=\"mounts-title mounts-desc\"") != std::string::npos);
    CHECK(svg.find("<desc id=\"mounts-desc\">Mounts: Which mounts are in each") != std::string::npos);
    CHECK(svg.find("prefers-color-scheme:dark") != std::string::npos);
}

TEST_CASE("the legend explains what is in the drawing and nothing else") {
    const auto svg = [](const char* text) {
        const auto lesson = film_text(text, "mounts");
        viz::SvgOptions options;
        options.step = lesson.last;
        return viz::to_svg(lesson.scenes[0], anywhere(lesson.scenes[0]), options);
    };
    const std::string plain = svg("sh1# mkdir /a\n"), marked = svg("sh1# mount --make-runbindable /\n");
    CHECK(plain.find("private</text>") != std::string::npos);
    CHECK(plain.find("unbindable</text>") == std::string::npos);
    CHECK(marked.find("unbindable</text>") != std::string::npos);
}
