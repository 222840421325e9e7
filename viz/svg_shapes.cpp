#include "viz/svg_shapes.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "viz/measures.hpp"

namespace nslab::viz {

std::string xml(const std::string& text) {
    std::string out;
    for (const char c : text) {
        switch (c) {
        case '&': out += "&amp;"; break;
        case '<': out += "&lt;"; break;
        case '>': out += "&gt;"; break;
        case '"': out += "&quot;"; break;
        default:
            if (static_cast<unsigned char>(c) >= 0x20) out += c;
        }
    }
    return out;
}

namespace {

std::string text(const char* of, double x, double y, const std::string& words, bool middle = false) {
    return fmt::format(R"(<text class="{}{}" x="{:.1f}" y="{:.1f}">{}</text>)", of, middle ? " mid" : "", x, y,
                       xml(words));
}

const char* line_class(Line line) {
    switch (line) {
    case Line::dashed:
    case Line::dashed_doubled: return " dashed";
    case Line::dotted: return " dotted";
    case Line::heavy: return " heavy";
    default: return "";
    }
}

std::string outline(Shape shape, Line border, double x, double y, double w, double h, const char* of) {
    if (shape == Shape::octagon) {
        const double c = std::min(10.0, h / 3);
        return fmt::format(
            R"(<path class="{0}{1}" d="M{2:.1f} {3:.1f}h{4:.1f}l{6:.1f} {6:.1f}v{5:.1f}l-{6:.1f} {6:.1f}h-{4:.1f}l-{6:.1f} -{6:.1f}v-{5:.1f}z"/>)",
            of, line_class(border), x + c, y, w - 2 * c, h - 2 * c, c);
    }
    const double round = shape == Shape::pill ? h / 2 : shape == Shape::rounded ? 8 : 3;
    return fmt::format(R"(<rect class="{}{}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" rx="{:.1f}"/>)", of,
                       line_class(border), x, y, w, h, round);
}

/// The lines of a look, from (x, y) on; `width` centres what is one line only.
std::string lines(const Look& look, double x, double y, double width) {
    std::string out;
    const bool alone = look.details.empty() && look.marks.empty();
    if (!look.title.empty()) {
        const double base = y + kTitleLine * 0.75;
        out += alone && width > 0 ? text("title", x + width / 2, base, look.title, true)
                                  : text("title", x, base, look.title);
        y += kTitleLine;
    }
    for (const std::string& detail : look.details) {
        out += text("detail", x, y + kSmallLine * 0.76, detail);
        y += kSmallLine;
    }
    for (const Mark& mark : look.marks) {
        double at = x;
        if (mark.sign != Sign::none) {
            out += svg_sign(mark.sign, x, y + 1.5);
            at += kSign + 3;
        }
        out += text("mark", at, y + kSmallLine * 0.76, mark.text);
        x += mark_width(mark) + kMarkGap;
    }
    return out;
}

} // namespace

std::string look_classes(const Look& look) {
    std::string out;
    if (look.tint) out += fmt::format(" t{}", look.tint);
    if (look.faint) out += " faint";
    return out;
}

std::string svg_node(const Look& look, const Placed& at) {
    const double x = at.at.x - at.width / 2, y = at.at.y - at.height / 2;
    std::string out;
    if (look.shape == Shape::pile) out += outline(Shape::box, look.border, x + 4, y - 4, at.width, at.height, "shape");
    out += outline(look.shape, look.border, x, y, at.width, at.height, "shape");
    if (look.border == Line::doubled || look.border == Line::dashed_doubled)
        out += outline(look.shape, look.border, x + 3, y + 3, at.width - 6, at.height - 6, "inner");
    double height = look.title.empty() ? 0 : kTitleLine;
    height += kSmallLine * static_cast<double>(look.details.size() + (look.marks.empty() ? 0 : 1));
    const double pad = look.shape == Shape::pill || look.shape == Shape::octagon ? kPadX + 6 : kPadX;
    return out + lines(look, x + pad, at.at.y - height / 2, at.width - 2 * pad);
}

std::string svg_box(const Look& look, const Placed& at) {
    std::string out = outline(look.shape, look.border, at.at.x, at.at.y, at.width, at.height, "frame");
    if (look.border == Line::doubled || look.border == Line::dashed_doubled)
        out += outline(look.shape, look.border, at.at.x + 3, at.at.y + 3, at.width - 6, at.height - 6, "inner");
    return out + lines(look, at.head.x, at.head.y, 0);
}

std::string svg_edge(const Stroke& stroke, const Placed& at) {
    if (!at.placed || stroke.line == Line::none) return {};
    std::string d = fmt::format("M{:.1f} {:.1f}C", at.spline[0].x, at.spline[0].y);
    for (std::size_t i = 1; i < at.spline.size(); ++i)
        d += fmt::format("{}{:.1f} {:.1f}", i == 1 ? "" : " ", at.spline[i].x, at.spline[i].y);
    const Point end = at.spline.back();
    const bool arrow = stroke.arrow != Arrow::none;
    // Without an arrow the line goes on to where the arrow would point.
    const bool tipped = at.tip.x != 0 || at.tip.y != 0;
    if (tipped && !arrow) d += fmt::format("L{:.1f} {:.1f}", at.tip.x, at.tip.y);
    std::string out;
    const bool doubled = stroke.line == Line::doubled || stroke.line == Line::dashed_doubled;
    out += fmt::format(R"(<path class="line{}{}" d="{}"/>)", line_class(stroke.line), doubled ? " wide" : "", d);
    if (doubled) out += fmt::format(R"(<path class="core" d="{}"/>)", d);
    if (arrow && tipped) {
        const double dx = at.tip.x - end.x, dy = at.tip.y - end.y;
        const double wing = stroke.line == Line::heavy ? 0.6 : 0.45;
        out += fmt::format(R"(<path class="{}" d="M{:.1f} {:.1f}L{:.1f} {:.1f} {:.1f} {:.1f}z"/>)",
                           stroke.arrow == Arrow::open ? "tip open" : "tip", at.tip.x, at.tip.y, end.x - dy * wing,
                           end.y + dx * wing, end.x + dy * wing, end.y - dx * wing);
    }
    if (!stroke.label.empty()) out += text("label mid", at.label.x, at.label.y + 4, stroke.label);
    return out;
}

std::string svg_sign(Sign sign, double x, double y) {
    const char* d = "";
    switch (sign) {
    case Sign::none: return {};
    case Sign::peers:
        d = "M1 6a3.2 3.2 0 1 0 6.4 0a3.2 3.2 0 1 0 -6.4 0zM4.6 6a3.2 3.2 0 1 0 6.4 0a3.2 3.2 0 1 0 -6.4 0z";
        break;
    case Sign::slave: d = "M1 1v6h8M6 3.5l3.5 3.5l-3.5 3.5"; break;
    case Sign::unbindable: d = "M1 6a5 5 0 1 0 10 0a5 5 0 1 0 -10 0zM2.5 9.5l7 -7"; break;
    case Sign::locked: d = "M2 5.5h8v5.5h-8zM3.8 5.5v-2a2.2 2.2 0 0 1 4.4 0v2"; break;
    case Sign::covered: d = "M1 4h7v7h-7zM3.5 4v-3h7.5v7.5h-3M1 8l3.5 -4M1.5 11l6 -6.5M5 11l3 -3.5"; break;
    case Sign::readonly: d = "M2 10l1 -3l6 -6l2 2l-6 6zM1 1l10 10"; break;
    case Sign::init: d = "M1.5 10h9l1 -7l-3 2.5l-2.5 -4.5l-2.5 4.5l-3 -2.5z"; break;
    case Sign::zombie: d = "M2 2l8 8M10 2l-8 8"; break;
    case Sign::stopped: d = "M3 1.5h2v9h-2zM7 1.5h2v9h-2z"; break;
    case Sign::adopted: d = "M1 10c0 -6 4 -7 8 -7M6 0.5l3.5 2.5l-3.5 2.8"; break;
    case Sign::counted: d = "M4 1l-1.5 10M9 1l-1.5 10M1 4h10M0.5 8h10"; break;
    }
    return fmt::format(R"_(<path class="sign" transform="translate({:.1f} {:.1f})" d="{}"/>)_", x, y, d);
}

std::string svg_badge(const char* of, double x, double y, double size) {
    const std::string name = of;
    const char* d = name == "fresh" ? "M-4 0h8M0 -4v8" : name == "changed" ? "M-4 1.3q2 -3.6 4 -1.3t4 -1.3" : "M-4 0h8";
    // Three outlines: a disc, a diamond, a square.
    const char* back = name == "fresh"     ? "M-7.5 0a7.5 7.5 0 1 0 15 0a7.5 7.5 0 1 0 -15 0z"
                       : name == "changed" ? "M0 -8.5l8.5 8.5l-8.5 8.5l-8.5 -8.5z"
                                           : "M-7 -7h14v14h-14z";
    return fmt::format(
        R"_(<g class="badge b-{}" transform="translate({:.1f} {:.1f}){}"><path d="{}"/><path class="s" d="{}"/></g>)_",
        name, x, y, size == 1 ? "" : fmt::format("scale({})", size), back, d);
}

std::string svg_badges(double x, double y) {
    return svg_badge("fresh", x, y) + svg_badge("changed", x, y) + svg_badge("gone", x, y);
}

} // namespace nslab::viz
