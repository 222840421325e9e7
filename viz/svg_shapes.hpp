#pragma once
// The pieces that drawings are made of, as SVG text.

#include <string>

#include "viz/layout.hpp"

namespace nslab::viz {

/// Text for an element or an attribute.
std::string xml(const std::string& text);

/// One version of a node, or of a box with its head in its upper left corner, with its title for pointers and readers.
std::string svg_node(const Look& look, const Placed& at);
std::string svg_box(const Look& look, const Placed& at);
std::string svg_edge(const Stroke& stroke, const Placed& at);

/// A sign, its upper left corner at (x, y).
std::string svg_sign(Sign sign, double x, double y);
/// The three badges of what is new, changed and gone, around a point; the class of the element shows one of them.
std::string svg_badges(double x, double y);
std::string svg_badge(const char* of, double x, double y, double size = 1); // one: "fresh", "changed", "gone"

/// The classes of a look: tint, faintness.
std::string look_classes(const Look& look);

} // namespace nslab::viz
