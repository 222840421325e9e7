#pragma once
// How large things are drawn, in points.

#include "viz/picture.hpp"

namespace nslab::viz {

inline constexpr double kTitle = 14, kSmall = 11.5;         // letters
inline constexpr double kTitleLine = 18, kSmallLine = 15.5; // and their lines
inline constexpr double kPadX = 10, kPadY = 6;              // inside of a node
inline constexpr double kSign = 12, kMarkGap = 10;          // a sign before a word; between two marks
inline constexpr double kMargin = 16;                       // around the drawing

/// How wide a mark is, and the line of all marks.
double mark_width(const Mark& mark);
double marks_width(const Look& look);

} // namespace nslab::viz
