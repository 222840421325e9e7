// The pictures of docs/gallery.md show what their scenarios do. Places differ between versions of Graphviz, so places
// are left out of the comparison.

#include <regex>

#include "tests/viz/film.hpp"

using namespace nslab;

namespace {

/// The SVG without all that is a place or a size.
std::string structure(const std::string& svg) {
    static const std::regex places(R"re( (x|y|d|rx|width|height|transform|viewBox)="[^"]*")re");
    return std::regex_replace(svg, places, "");
}

} // namespace

TEST_CASE("every picture of the gallery shows what its scenario does") {
    const std::string root = NSLAB_SOURCE_DIR;
    std::istringstream page(text_of(root + "/docs/gallery.md"));
    std::size_t pictures = 0;
    for (std::string line; std::getline(page, line);) {
        if (line.rfind("<!-- draw: ", 0) != 0) continue;
        std::istringstream words(line.substr(11));
        std::string scenario, option, view, step, file;
        for (words >> scenario; words >> option && option != "-->";)
            words >> (option == "--view" ? view : option == "--step" ? step : file);
        INFO(line << "\nninja -C build gallery draws it anew");

        const ParseResult parsed = parse(scenario, text_of(root + "/scenarios/" + scenario));
        REQUIRE(parsed.ok());
        viz::LessonOptions options;
        options.views = {viz::find_view(view)};
        const viz::Lesson lesson = viz::film(parsed.scenario, options);
        std::size_t number = lesson.acted;
        if (step != "last") {
            for (const auto& [name, at] : lesson.named)
                if (name == step) number = at;
            if (step[0] >= '0' && step[0] <= '9') number = std::stoul(step);
        }
        viz::SvgOptions svg;
        svg.step = number;
        svg.caption = viz::caption(parsed.scenario, number);
        const std::string drawn = text_of(root + "/docs/gallery/" + file);
        std::smatch size;
        REQUIRE(std::regex_search(drawn, size, std::regex("viewBox=\"0 0 ([0-9]+)")));
        const double width = std::stod(size[1]) - 32; // without its margins: captions are wrapped at it
        CHECK(structure(viz::to_svg(lesson.scenes[0], anywhere(lesson.scenes[0], width), svg)) == structure(drawn));
        ++pictures;
    }
    CHECK(pictures >= 7);
}
