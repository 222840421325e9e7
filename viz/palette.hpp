#pragma once
// The colours of all drawings, twice. Nothing is told by colour alone, and tests/viz/palette.cpp measures the
// contrasts.

#include <array>

namespace nslab::viz {

struct Tint {
    const char *fill, *line; // a surface that text is read on; a line or a letter on the paper
};

struct Palette {
    const char *paper, *ink, *soft; // background; text; smaller text and thin lines
    const char *node, *line;        // surface and outline of a node without tint
    const char *box, *frame;        // surface and outline of a box
    const char *fresh, *changed, *gone;
    std::array<Tint, 9> tints; // [0] is none
};

// After Okabe and Ito: the eight stay apart for eyes that miss one of red, green and blue.
inline constexpr Palette kLight{"#ffffff",
                                "#1b1f27",
                                "#555d6b",
                                "#ffffff",
                                "#6b7280",
                                "#f4f6f9",
                                "#8a93a3",
                                "#00704f",
                                "#8a5200",
                                "#a62b17",
                                {{{"#ffffff", "#6b7280"},
                                  {"#dcebfa", "#0b62a8"},
                                  {"#fde9cf", "#a65e00"},
                                  {"#d5f0e4", "#00704f"},
                                  {"#f9dfee", "#a8397e"},
                                  {"#fbf3c4", "#7a6800"},
                                  {"#d8f0fb", "#00708f"},
                                  {"#fbdfd6", "#b3400a"},
                                  {"#e6e2f8", "#5b4bb0"}}}};
inline constexpr Palette kDark{"#14171c",
                               "#eef1f5",
                               "#aab3c0",
                               "#20252d",
                               "#8b95a5",
                               "#1a1e25",
                               "#5f6a7b",
                               "#4cc79c",
                               "#e9ac4d",
                               "#f08e7c",
                               {{{"#20252d", "#8b95a5"},
                                 {"#16314d", "#6cb4f0"},
                                 {"#44300f", "#f0ab4d"},
                                 {"#103a2d", "#4cc79c"},
                                 {"#45203a", "#e58ec6"},
                                 {"#3d380f", "#e0cd54"},
                                 {"#0e3a47", "#62c8e8"},
                                 {"#4a2414", "#f2936b"},
                                 {"#2d2855", "#aa9cf2"}}}};

inline constexpr const Palette& palette(bool dark) { return dark ? kDark : kLight; }

} // namespace nslab::viz
