// Contrasts of all drawings, as WCAG 2 measures them.

#include <cmath>
#include <string>

#include "tests/catch.hpp"
#include "viz/palette.hpp"

using namespace nslab::viz;

namespace {

double luminance(const std::string& colour) {
    double sum = 0;
    const double weights[] = {0.2126, 0.7152, 0.0722};
    for (std::size_t i = 0; i < 3; ++i) {
        const double c = static_cast<double>(std::stoul(colour.substr(1 + 2 * i, 2), nullptr, 16)) / 255;
        sum += weights[i] * (c <= 0.03928 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4));
    }
    return sum;
}

double contrast(const char* a, const char* b) {
    const double x = luminance(a) + 0.05, y = luminance(b) + 0.05;
    return x > y ? x / y : y / x;
}

} // namespace

TEST_CASE("text can be read on every surface and lines are seen, dark and light") {
    REQUIRE(contrast("#000000", "#ffffff") > 20.9);
    for (const bool dark : {false, true}) {
        const Palette& p = palette(dark);
        INFO((dark ? "dark" : "light"));
        for (const char* surface : {p.paper, p.box, p.node}) {
            CHECK(contrast(p.ink, surface) >= 7);
            CHECK(contrast(p.soft, surface) >= 4.5);
            CHECK(contrast(p.frame, surface) >= 2.5); // a box is told by its head too
            CHECK(contrast(p.line, surface) >= 3);
            for (const char* mark : {p.fresh, p.changed, p.gone}) CHECK(contrast(mark, surface) >= 4.5);
        }
        for (const Tint& t : p.tints) {
            INFO(t.fill << " " << t.line);
            CHECK(contrast(p.ink, t.fill) >= 7);
            CHECK(contrast(p.soft, t.fill) >= 4.5);
            CHECK(contrast(t.line, p.box) >= 3);
            CHECK(contrast(t.line, p.paper) >= 3);
        }
    }
}
