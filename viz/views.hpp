#pragma once
// What the files of the views offer to their table, viz/views.cpp. A new view is one file, two lines here and a row
// there.

#include "viz/view.hpp"

namespace nslab::viz {

Picture draw_mounts(const State& state);
std::vector<LegendRow> legend_mounts();
Picture draw_propagation(const State& state);
std::vector<LegendRow> legend_propagation();
Picture draw_nsproxy(const State& state);
std::vector<LegendRow> legend_nsproxy();
Picture draw_pid(const State& state);
std::vector<LegendRow> legend_pid();
Picture draw_overview(const State& state);
std::vector<LegendRow> legend_overview();

} // namespace nslab::viz
