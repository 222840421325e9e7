#include "viz/legend.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace nslab::viz {

namespace {

bool same_kind(const Look& a, const Look& b) {
    return a.shape == b.shape && a.border == b.border && a.faint == b.faint;
}

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
    case Line::dashed_doubled: return arrow ? "- - &gt;" : "- - -";
    case Line::dotted: return arrow ? ". . &gt;" : ". . .";
    case Line::doubled: return arrow ? "=&gt;" : "===";
    case Line::heavy: return arrow ? "━━&gt;" : "━━━";
    default: return arrow ? "──&gt;" : "───";
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
    case Sign::adopted: return "↷ ";
    case Sign::counted: return "# ";
    }
    return "";
}

std::string legend_html(const Scene& scene, const Palette& colours) {
    std::string cells;
    for (const LegendRow& row : legend_of(scene)) {
        std::string sample;
        switch (row.of) {
        case LegendRow::Of::sign: sample = sign_text(row.sign); break;
        case LegendRow::Of::edge: sample = edge_text(row.stroke); break;
        case LegendRow::Of::node: {
            const bool dashed = row.look.border == Line::dashed || row.look.border == Line::dashed_doubled;
            const bool doubled = row.look.border == Line::doubled || row.look.border == Line::dashed_doubled;
            const Tint tint = colours.tints[row.look.tint];
            sample = fmt::format("<TABLE BORDER=\"1\" CELLBORDER=\"{}\" CELLSPACING=\"2\" CELLPADDING=\"0\" "
                                 "FIXEDSIZE=\"TRUE\" WIDTH=\"34\" HEIGHT=\"20\" COLOR=\"{}\" "
                                 "BGCOLOR=\"{}\"{}><TR><TD><FONT POINT-SIZE=\"4\"> </FONT></TD></TR></TABLE>",
                                 doubled ? 1 : 0, tint.line, tint.fill,
                                 dashed                             ? " STYLE=\"dashed\""
                                 : row.look.border == Line::dotted  ? " STYLE=\"dotted\""
                                 : row.look.shape == Shape::rounded ? " STYLE=\"rounded\""
                                                                    : "");
            break;
        }
        }
        cells += fmt::format("<TR><TD WIDTH=\"40\" ALIGN=\"LEFT\">{}</TD><TD ALIGN=\"LEFT\">{}</TD></TR>", sample,
                             row.meaning);
    }
    if (cells.empty()) return {};
    return fmt::format("<TABLE BORDER=\"0\" CELLSPACING=\"0\" CELLPADDING=\"1\">{}</TABLE>", cells);
}

} // namespace nslab::viz
