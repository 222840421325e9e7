// dot lays out every scenario in every view without a warning: a sample in the ordinary run, all of them as a long
// test.

#include <algorithm>
#include <vector>

#include "tests/viz/film.hpp"

using namespace nslab;

namespace {

void draw_all(std::size_t every) {
    if (!dot_is_here()) {
        WARN("skipped: dot is not installed");
        return;
    }
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(NSLAB_SOURCE_DIR "/scenarios"))
        if (entry.path().extension() == ".scn") files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    viz::LessonOptions options;
    for (const viz::View& view : viz::views()) options.views.push_back(&view);
    // dot takes many graphs at once; where it warns, each is asked alone.
    std::vector<std::pair<std::string, std::string>> graphs;
    std::string together;
    for (std::size_t i = 0; i < files.size(); i += every) {
        const ParseResult parsed = parse(files[i].string(), text_of(files[i]));
        INFO(files[i].string());
        REQUIRE(parsed.ok());
        if (!parsed.scenario.boot_files.empty()) continue;
        const viz::Lesson lesson = viz::film(parsed.scenario, options);
        for (const viz::Scene& scene : lesson.scenes) {
            viz::DotOptions last;
            last.step = lesson.last;
            graphs.emplace_back(files[i].string() + " " + scene.view().name,
                                viz::to_dot(scene, {}) + viz::to_dot(scene, last));
            together += graphs.back().second;
        }
    }
    REQUIRE(graphs.size() >= 5 * files.size() / every - 50);
    if (viz::run_dot({"-Tsvg"}, together, std::chrono::minutes(10)).warnings.empty()) return;
    for (const auto& [name, dot] : graphs) {
        INFO(name);
        CHECK(viz::run_dot({"-Tsvg"}, dot).warnings == "");
    }
}

} // namespace

TEST_CASE("every twentieth scenario is drawn in every view without a warning of dot") { draw_all(20); }

TEST_CASE("each scenario is drawn in every view without a warning of dot", "[.]") { draw_all(1); }
