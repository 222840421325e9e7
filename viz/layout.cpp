#include "viz/layout.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <unordered_map>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "viz/dot.hpp"
#include "viz/graphviz.hpp"
#include "viz/measures.hpp"
#include "viz/signs.hpp"

namespace nslab::viz {

double text_width(const std::string& text, double size, bool bold) {
    // DejaVu Sans, in thousandths of its size: wider than what most readers have, so that no text is cut.
    const auto width = [](unsigned char c) -> double {
        if (c >= 0x80 && c < 0xc0) return 0; // a further byte of the same character
        if (c >= 0x80) return 800;
        if (c == 'i' || c == 'j' || c == 'l' || c == '\'' || c == '|') return 280;
        if (c == ' ' || c == '.' || c == ',' || c == ':' || c == ';' || c == '/' || c == 'I') return 330;
        if (c == 'f' || c == 't' || c == 'r' || c == '(' || c == ')' || c == '[' || c == ']' || c == '-') return 395;
        if (c == 'm' || c == 'w' || c == 'M' || c == 'W' || c == '%' || c == '@') return 960;
        if (c >= 'A' && c <= 'Z') return 720;
        return 630;
    };
    double sum = 0;
    for (const char c : text) sum += width(static_cast<unsigned char>(c));
    return sum * size / 1000 * (bold ? 1.1 : 1);
}

double mark_width(const Mark& mark) {
    return (mark.sign == Sign::none ? 0 : kSign + 3) + text_width(mark.text, kSmall, false);
}

double marks_width(const Look& look) {
    double width = 0;
    for (const Mark& mark : look.marks) width += mark_width(mark) + (width > 0 ? kMarkGap : 0);
    return width;
}

std::pair<double, double> size_of(const Look& look) {
    double width = text_width(look.title, kTitle, true);
    for (const std::string& line : look.details) width = std::max(width, text_width(line, kSmall, false));
    width = std::max(width, marks_width(look));
    double height = look.title.empty() ? 0 : kTitleLine;
    height += kSmallLine * static_cast<double>(look.details.size() + (look.marks.empty() ? 0 : 1));
    const double more = look.shape == Shape::pill || look.shape == Shape::octagon ? 12 : 0;
    return {std::max(width + 2 * kPadX + more, 36.0), height + 2 * kPadY};
}

namespace {

Point point(const std::string& text, double height) {
    Point p;
    if (std::sscanf(text.c_str(), "%lf,%lf", &p.x, &p.y) != 2) throw GraphvizError("dot gave a place that is none");
    return {p.x, height - p.y};
}

/// "e,97,18 54,18 ..." or "s,x,y e,x,y ...": where it points to, then a spline.
void read_edge(const std::string& pos, double height, Placed& to) {
    bool reversed = false;
    bool joins = false; // another spline begins, where the last has ended or close to that
    for (std::size_t at = 0; at < pos.size();) {
        const std::size_t end = std::min(pos.find_first_of(" ;", at), pos.size());
        const std::string word = pos.substr(at, end - at);
        const bool last_of_spline = end < pos.size() && pos[end] == ';';
        at = end + 1;
        if (word.rfind("e,", 0) == 0)
            to.tip = point(word.substr(2), height);
        else if (word.rfind("s,", 0) == 0) {
            to.tip = point(word.substr(2), height);
            reversed = true;
        } else if (!word.empty()) {
            const Point p = point(word, height);
            // A straight line between them makes one of two.
            if (joins && !to.spline.empty())
                to.spline.insert(to.spline.end(), {to.spline.back(), p, p});
            else
                to.spline.push_back(p);
            joins = last_of_spline;
        }
    }
    if (reversed) std::reverse(to.spline.begin(), to.spline.end());
    to.placed = to.spline.size() >= 4;
}

constexpr double kTip = 7; // of an arrow, with the arrowsize of viz/dot.cpp

/// Of edges between the same two nodes dot has seen one; the others go the same way, or back.
void place_twins(const Scene& scene, Layout& layout) {
    std::map<std::pair<int, int>, std::size_t> seen;
    const auto each = [&](const auto& edge) {
        for (std::size_t i = 0; i < scene.elements().size(); ++i) {
            const Element& e = scene.elements()[i];
            if (e.kind == Element::Kind::edge && !e.ranks) edge(e, i, std::minmax(e.from, e.to));
        }
    };
    each([&](const Element&, std::size_t i, std::pair<int, int> pair) {
        if (layout.of[i].placed) seen.emplace(pair, i);
    });
    each([&](const Element& e, std::size_t i, std::pair<int, int> pair) {
        const auto twin = seen.find(pair);
        if (layout.of[i].placed || twin == seen.end()) return;
        Placed& p = layout.of[i];
        p = layout.of[twin->second];
        if (scene.elements()[twin->second].from == e.from) return;
        // It begins where the other's tip is; its own tip is where the other begins, and the line ends before it.
        if (p.tip.x != 0 || p.tip.y != 0) p.spline.back() = p.tip;
        std::reverse(p.spline.begin(), p.spline.end());
        p.tip = p.spline.back();
        const Point before = p.spline[p.spline.size() - 2];
        const double dx = p.tip.x - before.x, dy = p.tip.y - before.y, length = std::hypot(dx, dy);
        if (length > 0) p.spline.back() = {p.tip.x - dx / length * kTip, p.tip.y - dy / length * kTip};
    });
}

double number(const nlohmann::json& j) { return j.is_string() ? std::stod(j.get<std::string>()) : j.get<double>(); }

} // namespace

Layout lay_out(const Scene& scene) {
    GraphvizResult result = run_dot({"-Tjson0"}, to_dot(scene, {}));
    Layout layout;
    layout.warnings = std::move(result.warnings);
    layout.of.resize(scene.elements().size());
    std::unordered_map<std::string, std::size_t> by_id;
    for (std::size_t i = 0; i < scene.elements().size(); ++i) by_id[scene.elements()[i].id] = i;
    const auto placed = [&](const nlohmann::json& j) -> Placed* {
        if (!j.contains("id")) return nullptr;
        const auto found = by_id.find(j["id"].get<std::string>());
        return found == by_id.end() ? nullptr : &layout.of[found->second];
    };
    try {
        const auto json = nlohmann::json::parse(result.output);
        double left = 0, bottom = 0, right = 0, top = 0;
        const auto corners = [&](const nlohmann::json& j) {
            if (std::sscanf(j["bb"].get<std::string>().c_str(), "%lf,%lf,%lf,%lf", &left, &bottom, &right, &top) != 4)
                throw GraphvizError("dot gave a box that is none");
        };
        corners(json);
        layout.width = right;
        layout.height = top;
        for (const auto& object : json.value("objects", nlohmann::json::array())) {
            Placed* p = placed(object);
            if (!p) continue;
            p->placed = true;
            if (object.contains("bb")) {
                corners(object);
                p->at = {left, layout.height - top};
                p->width = right - left;
                p->height = top - bottom;
            } else {
                p->at = point(object["pos"].get<std::string>(), layout.height);
                p->width = number(object["width"]) * 72;
                p->height = number(object["height"]) * 72;
            }
        }
        for (const auto& edge : json.value("edges", nlohmann::json::array())) {
            Placed* p = placed(edge);
            if (!p || !edge.contains("pos")) continue;
            read_edge(edge["pos"].get<std::string>(), layout.height, *p);
            if (edge.contains("lp")) p->label = point(edge["lp"].get<std::string>(), layout.height);
        }
        place_twins(scene, layout);
        place_signs(scene, layout);
    } catch (const nlohmann::json::exception& e) {
        throw GraphvizError(fmt::format("dot's answer cannot be read: {}", e.what()));
    }
    return layout;
}

} // namespace nslab::viz
