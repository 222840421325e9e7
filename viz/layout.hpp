#pragma once
// Where dot puts everything: places in points, y downwards.

#include <string>
#include <utility>
#include <vector>

#include "viz/scene.hpp"

namespace nslab::viz {

struct Point {
    double x = 0, y = 0;
};

struct Placed {
    Point at; // of a node: its middle; of a box: its upper left corner
    double width = 0, height = 0;
    std::vector<Point> spline; // of an edge: a start, then three points for each piece, as SVG's C wants them
    Point tip;                 // of an edge with an arrow: where it points to
    Point label;               // of an edge with a label: its middle
    Point head;                // of a box: where its title begins, beside the edges that come in from above
    Point badge;               // of an edge: where a sign on it hides nothing
    bool placed = false;
};

struct Layout {
    double width = 0, height = 0;
    std::vector<Placed> of; // in the order of Scene::elements()
    std::string warnings;   // of dot
};

/// Runs dot on the union of all steps. Throws GraphvizError.
Layout lay_out(const Scene& scene);

/// How wide a text is, in points, with room for fonts that are wider than most.
double text_width(const std::string& text, double size, bool bold);
/// What a look needs.
std::pair<double, double> size_of(const Look& look);

} // namespace nslab::viz
