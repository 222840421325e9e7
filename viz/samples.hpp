#pragma once
// Rows for the legends of views.

#include "viz/picture.hpp"

namespace nslab::viz {

inline LegendRow node_sample(Shape shape, Line border, u8 tint, const char* meaning) {
    LegendRow row;
    row.look.shape = shape;
    row.look.border = border;
    row.look.tint = tint;
    row.meaning = meaning;
    return row;
}
inline LegendRow edge_sample(Line line, Arrow arrow, u8 tint, const char* meaning) {
    LegendRow row;
    row.of = LegendRow::Of::edge;
    row.stroke = {"", line, arrow, tint};
    row.meaning = meaning;
    return row;
}
inline LegendRow sign_sample(Sign sign, const char* meaning) {
    LegendRow row;
    row.of = LegendRow::Of::sign;
    row.sign = sign;
    row.meaning = meaning;
    return row;
}

} // namespace nslab::viz
