#include "viz/legend.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "viz/layout.hpp"
#include "viz/measures.hpp"

namespace nslab::viz {

namespace {

bool same_kind(const Look& a, const Look& b) { return a.shape == b.shape && a.border == b.border; }

bool is_in(const LegendRow& row, const Scene& scene) {
    return std::any_of(scene.elements().begin(), scene.elements().end(), [&](const Element& e) {
        return std::any_of(e.versions.begin(), e.versions.end(), [&](const Version& v) {
            switch (row.of) {
            case LegendRow::Of::node: return e.kind == Element::Kind::node && same_kind(v.look, row.look);
            case LegendRow::Of::edge:
                return e.kind == Element::Kind::edge && v.stroke.line == row.stroke.line &&
                       v.stroke.arrow == row.stroke.arrow;
            case LegendRow::Of::sign:
                return std::any_of(v.look.marks.begin(), v.look.marks.end(),
                                   [&](const Mark& m) { return m.sign == row.sign; });
            }
            return false;
        });
    });
}

/// An edge in letters.
const char* edge_text(const Stroke& s) {
    const bool arrow = s.arrow != Arrow::none;
    switch (s.line) {
    case Line::dashed:
    case Line::dashed_doubled: return arrow ? "╌╌▶" : "╌╌╌";
    case Line::dotted: return arrow ? "┈┈▶" : "┈┈┈";
    case Line::doubled: return arrow ? "══▶" : "═══";
    case Line::heavy: return arrow ? "━━▶" : "━━━";
    default: return arrow ? "──▶" : "───";
    }
}

} // namespace

std::vector<LegendRow> legend_of(const Scene& scene) {
    std::vector<LegendRow> rows;
    for (const LegendRow& row : scene.view().legend())
        if (is_in(row, scene)) rows.push_back(row);
    return rows;
}

std::string sign_text(Sign sign) {
    switch (sign) {
    case Sign::none: return "";
    case Sign::peers: return "∞ ";
    case Sign::slave: return "↳ ";
    case Sign::unbindable: return "⊘ ";
    case Sign::locked: return "⊞ ";
    case Sign::covered: return "▒ ";
    case Sign::readonly: return "◇ ";
    case Sign::init: return "♔ ";
    case Sign::zombie: return "✗ ";
    case Sign::stopped: return "‖ ";
    case Sign::adopted: return "↷ ";
    case Sign::counted: return "# ";
    }
    return "";
}

namespace {

constexpr double kSample = 44, kRow = 22; // a sample's cell

/// A node of the legend: a small table with its outline.
std::string node_html(const Look& look, const Palette& colours) {
    const bool dashed = look.border == Line::dashed || look.border == Line::dashed_doubled;
    const bool doubled = look.border == Line::doubled || look.border == Line::dashed_doubled;
    const Tint tint = colours.tints[look.tint];
    std::string style = look.shape == Shape::rounded || look.shape == Shape::pill ? "rounded" : "";
    if (dashed || look.border == Line::dotted)
        style += std::string(style.empty() ? "" : ",") + (dashed ? "dashed" : "dotted");
    const auto table = [&](int width, int height, const std::string& inside) {
        return fmt::format("<TABLE BORDER=\"1\" CELLBORDER=\"0\" CELLSPACING=\"0\" CELLPADDING=\"{}\" "
                           "FIXEDSIZE=\"TRUE\" WIDTH=\"{}\" HEIGHT=\"{}\" COLOR=\"{}\" BGCOLOR=\"{}\"{}>"
                           "<TR><TD>{}</TD></TR></TABLE>",
                           inside.empty() ? 0 : 3, width, height, tint.line, tint.fill,
                           style.empty() ? "" : fmt::format(" STYLE=\"{}\"", style), inside);
    };
    return doubled ? table(34, 20, table(26, 12, "")) : table(34, 18, "");
}

} // namespace

std::string legend_html(const Scene& scene, const std::vector<ElementState>& now, const Palette& colours) {
    std::string rows;
    double widest = 0;
    std::size_t count = 0;
    const auto row = [&](const std::string& sample, const std::string& meaning) {
        rows += fmt::format("<TR><TD FIXEDSIZE=\"TRUE\" WIDTH=\"{}\" HEIGHT=\"{}\">{}</TD>"
                            "<TD ALIGN=\"LEFT\">{}</TD></TR>",
                            kSample, kRow, sample, meaning);
        widest = std::max(widest, text_width(meaning, kTitle, false));
        ++count;
    };
    for (const LegendRow& r : legend_of(scene))
        row(r.of == LegendRow::Of::sign ? sign_text(r.sign)
            : r.of == LegendRow::Of::edge
                ? fmt::format("<FONT COLOR=\"{}\">{}</FONT>",
                              r.stroke.tint ? colours.tints[r.stroke.tint].line : colours.soft, edge_text(r.stroke))
                : node_html(r.look, colours),
            r.meaning);
    const auto any = [&](Presence p) {
        return std::any_of(now.begin(), now.end(), [&](const ElementState& s) { return s.presence == p; });
    };
    if (any(Presence::fresh)) row(fmt::format("<FONT COLOR=\"{}\">⊕</FONT>", colours.fresh), "new");
    if (any(Presence::changed)) row(fmt::format("<FONT COLOR=\"{}\">≈</FONT>", colours.changed), "changed");
    if (any(Presence::gone)) row(fmt::format("<FONT COLOR=\"{}\">⊖</FONT>", colours.gone), "gone");
    if (scene.folded()) row("", fmt::format("({} that are like their neighbours are folded)", scene.folded()));
    if (rows.empty()) return {};
    // A cell of a fixed size keeps the legend together at the left, however wide the drawing is.
    return fmt::format("<TD FIXEDSIZE=\"TRUE\" ALIGN=\"LEFT\" WIDTH=\"{:.0f}\" HEIGHT=\"{:.0f}\">"
                       "<TABLE BORDER=\"0\" CELLSPACING=\"0\" CELLPADDING=\"1\">{}</TABLE></TD>",
                       kSample + widest + 16, static_cast<double>(count) * (kRow + 2) + 8, rows);
}

} // namespace nslab::viz
