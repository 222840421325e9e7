#pragma once
// Scenarios as drawings, for tests.

#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include <boost/property_tree/ptree.hpp>
#include <boost/property_tree/xml_parser.hpp>

#include "tests/catch.hpp"
#include "viz/dot.hpp"
#include "viz/graphviz.hpp"
#include "viz/lesson.hpp"
#include "viz/svg.hpp"

namespace nslab {

inline std::string text_of(const std::filesystem::path& file) {
    std::ostringstream text;
    text << std::ifstream(file).rdbuf();
    return text.str();
}

/// The lesson of a scenario's text in one view.
inline viz::Lesson film_text(const std::string& text, const char* view, std::size_t fold = 6) {
    const ParseResult parsed = parse("test.scn", "title: T\n" + text);
    for (const Diagnostic& d : parsed.diagnostics) UNSCOPED_INFO(d.message);
    REQUIRE(parsed.ok());
    viz::LessonOptions options;
    options.views = {viz::find_view(view)};
    options.fold = fold;
    viz::Lesson lesson = viz::film(parsed.scenario, options);
    INFO(lesson.report.message);
    REQUIRE(lesson.report.verdict == Verdict::good);
    return lesson;
}

/// Everything at a place of its own, without dot.
inline viz::Layout anywhere(const viz::Scene& scene, double width = 600) {
    viz::Layout layout;
    layout.width = width;
    layout.height = 400;
    for (const viz::Element& e : scene.elements()) {
        viz::Placed p;
        p.placed = true;
        p.at = {100, 100};
        p.width = p.height = 50;
        if (e.kind == viz::Element::Kind::edge) p.spline = {{0, 0}, {1, 1}, {2, 2}, {3, 3}}, p.tip = {4, 4};
        layout.of.push_back(p);
    }
    return layout;
}

inline bool dot_is_here() {
    try {
        viz::run_dot({"-V"}, "");
        return true;
    } catch (const viz::GraphvizError&) { return false; }
}

/// How often each value of an attribute is in an XML text; throws where it is not well formed.
inline std::map<std::string, int> attributes_of(const std::string& xml, const std::string& name) {
    std::istringstream in(xml);
    boost::property_tree::ptree tree;
    boost::property_tree::read_xml(in, tree);
    std::map<std::string, int> found;
    const auto walk = [&](auto&& self, const boost::property_tree::ptree& t) -> void {
        for (const auto& [tag, child] : t) {
            if (tag == "<xmlattr>") {
                if (const auto value = child.get_child_optional(name)) ++found[value->data()];
            } else {
                self(self, child);
            }
        }
    };
    walk(walk, tree);
    return found;
}

} // namespace nslab
