#pragma once
// A scene as SVG, drawn by ourselves at the places that dot gave: styles are CSS variables, so that one file serves
// dark and light (prefers-color-scheme, or a class `light` or `dark` on the svg element or one around it).

#include <optional>
#include <string>

#include "viz/layout.hpp"

namespace nslab::viz {

struct SvgOptions {
    std::optional<std::size_t> step; // nothing: all steps in one SVG, for a player; see viz/scene.hpp
    std::string caption;             // a line below the title
    bool legend = true;
    bool inlined = false; // without XML head, to stand inside of an HTML document
    bool style = true;    // false: the document around it has svg_style() once for all
};

std::string to_svg(const Scene& scene, const Layout& layout, const SvgOptions& options);

/// The style sheet of every drawing: text of a <style> element.
std::string svg_style();

} // namespace nslab::viz
