#pragma once
// The legend: a row for each kind of thing that is somewhere in the scene.

#include <string>
#include <vector>

#include "viz/palette.hpp"
#include "viz/scene.hpp"

namespace nslab::viz {

/// The rows of the view's legend whose sample is in the scene.
std::vector<LegendRow> legend_of(const Scene& scene);

/// The legend of a drawing of this state as a cell with a table, of Graphviz's HTML-like labels; empty where there is
/// nothing to explain.
std::string legend_html(const Scene& scene, const std::vector<ElementState>& now, const Palette& colours);

/// A sign where only text can be had, with a blank behind it; empty for none.
std::string sign_text(Sign sign);

} // namespace nslab::viz
