#include "viz/svg.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "viz/legend.hpp"
#include "viz/measures.hpp"
#include "viz/svg_shapes.hpp"

namespace nslab::viz {

namespace {

using Kind = Element::Kind;

const char* presence_class(Presence p) {
    switch (p) {
    case Presence::absent: return " absent";
    case Presence::fresh: return " fresh";
    case Presence::changed: return " changed";
    case Presence::gone: return " gone";
    case Presence::along: return " gone along";
    default: return "";
    }
}

/// Words in lines of at most `width`.
std::vector<std::string> wrapped(const std::string& text, double width, double size) {
    std::vector<std::string> lines(1);
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find(' ', at), text.size());
        const std::string word = text.substr(at, end - at);
        const std::string longer = lines.back().empty() ? word : lines.back() + " " + word;
        if (text_width(longer, size, false) > width && !lines.back().empty())
            lines.push_back(word);
        else
            lines.back() = longer;
        at = end + 1;
    }
    return lines;
}

class Drawing {
  public:
    Drawing(const Scene& scene, const Layout& layout, const SvgOptions& o) : scene_(scene), layout_(layout), o_(o) {}

    std::string draw() {
        now_ = scene_.states(o_.step.value_or(0));
        width_ = std::max({layout_.width, text_width(scene_.view().title, 19, true), 560.0});
        const std::string head = heading();
        const double top = y_;
        y_ += layout_.height + 10;
        const std::string foot = o_.legend ? legend() : std::string();
        const double w = width_ + 2 * kMargin, h = y_ + kMargin;
        const std::string id = std::string(scene_.view().name);
        std::string out;
        if (!o_.inlined) out += "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
        out += fmt::format(
            R"(<svg xmlns="http://www.w3.org/2000/svg" class="nslab" data-view="{}" viewBox="0 0 {:.0f} {:.0f}")", id,
            w, h);
        if (!o_.inlined) out += fmt::format(R"( width="{:.0f}" height="{:.0f}")", w, h);
        out += fmt::format(R"( role="img" aria-labelledby="{}-title {}-desc">)", id, id);
        out += fmt::format("\n<title id=\"{}-title\">{}</title>\n<desc id=\"{}-desc\">{}</desc>\n", id,
                           xml(scene_.view().title), id, xml_lines(scene_.describe(o_.step.value_or(0))));
        if (o_.style) out += "<style>" + svg_style() + "</style>\n";
        out += fmt::format("<rect class=\"paper\" width=\"{:.0f}\" height=\"{:.0f}\"/>\n", w, h);
        out += fmt::format("<g aria-hidden=\"true\">\n{}", head);
        out += fmt::format("<g transform=\"translate({:.1f} {:.1f})\">\n",
                           kMargin + std::max(0.0, (width_ - layout_.width) / 2), top);
        for (const Kind kind : {Kind::box, Kind::edge, Kind::node})
            for (std::size_t i = 0; i < scene_.elements().size(); ++i)
                if (scene_.elements()[i].kind == kind) element(i, out);
        return out + "</g>\n" + foot + "</g>\n</svg>\n";
    }

  private:
    static std::string xml_lines(const std::string& text) {
        std::string out;
        for (std::size_t at = 0; at < text.size();) {
            const std::size_t end = std::min(text.find('\n', at), text.size());
            out += xml(text.substr(at, end - at)) + "\n";
            at = end + 1;
        }
        return out;
    }

    std::string heading() {
        std::string out;
        y_ = kMargin + 16;
        out += fmt::format("<text class=\"head\" x=\"{}\" y=\"{}\">{}</text>\n", kMargin, y_, xml(scene_.view().title));
        y_ += 8;
        if (!o_.caption.empty())
            for (const std::string& line : wrapped(o_.caption, width_, 13.5)) {
                y_ += 18;
                out += fmt::format("<text class=\"caption\" x=\"{}\" y=\"{:.1f}\">{}</text>\n", kMargin, y_ - 4,
                                   xml(line));
            }
        y_ += 8;
        return out;
    }

    void element(std::size_t i, std::string& out) const {
        const Element& e = scene_.elements()[i];
        const Placed& at = layout_.of[i];
        const ElementState& s = now_[i];
        if (e.kind == Kind::edge && e.versions.front().stroke.line == Line::none) return;
        if (!at.placed || (o_.step && s.presence == Presence::absent)) return;
        const char* kind = e.kind == Kind::box ? "box" : e.kind == Kind::node ? "node" : "edge";
        out += fmt::format(R"(<g id="{}-{}" class="el {}{}" data-key="{}">)", scene_.view().name, e.id, kind,
                           presence_class(s.presence), xml(e.key));
        for (std::size_t v = 0; v < e.versions.size(); ++v) {
            const bool on = static_cast<i32>(v) == std::max(s.version, 0);
            if (o_.step && !on) continue;
            version(e, v, on, at, out);
        }
        if (e.kind == Kind::node)
            out += svg_badges(at.at.x + at.width / 2 - 3, at.at.y - at.height / 2 + 1);
        else if (e.kind == Kind::box)
            out += svg_badges(at.at.x + at.width - 3, at.at.y + 3);
        else if (at.spline.size() >= 4)
            out += svg_badge("gone", at.badge.x, at.badge.y, 0.8); // what is new is seen by its width
        out += "</g>\n";
    }
    void version(const Element& e, std::size_t v, bool on, const Placed& at, std::string& out) const {
        const Version& version = e.versions[v];
        std::string classes;
        if (e.kind == Kind::edge)
            classes = version.stroke.tint ? fmt::format(" t{}", version.stroke.tint) : "";
        else
            classes = look_classes(version.look);
        out += fmt::format(R"(<g class="v v{}{}{}">)", v, on ? " on" : "", classes);
        if (!version.words.empty()) out += "<title>" + xml(version.words) + "</title>";
        out += e.kind == Kind::edge   ? svg_edge(version.stroke, at)
               : e.kind == Kind::node ? svg_node(version.look, at)
                                      : svg_box(version.look, at);
        out += "</g>";
    }

    // ---- the legend: samples with their meanings, side by side in lines

    void sample(const std::string& drawn, const std::string& meaning, double wide, std::string& out) {
        const double need = wide + 8 + text_width(meaning, kSmall, false) + 22;
        if (x_ > kMargin && x_ + need > kMargin + width_) {
            x_ = kMargin;
            y_ += 26;
        }
        out += fmt::format("<g class=\"sample\" transform=\"translate({:.1f} {:.1f})\">{}"
                           "<text class=\"detail\" x=\"{:.1f}\" y=\"4\">{}</text></g>\n",
                           x_, y_, drawn, wide + 8, xml(meaning));
        x_ += need;
    }
    bool any(Presence p) const {
        if (o_.step)
            return std::any_of(now_.begin(), now_.end(), [&](const ElementState& s) { return s.presence == p; });
        for (std::size_t step = 1; step < scene_.steps(); ++step)
            for (const Element& e : scene_.elements())
                if (scene_.state(e, step).presence == p) return true;
        return false;
    }

    std::string legend() {
        std::string out;
        x_ = kMargin;
        y_ += 16;
        for (const LegendRow& row : legend_of(scene_)) {
            Placed at;
            at.placed = true;
            switch (row.of) {
            case LegendRow::Of::node:
                at.at = {17, 0};
                at.width = 34;
                at.height = 18;
                sample(fmt::format("<g class=\"{}\">{}</g>", look_classes(row.look), svg_node(row.look, at)),
                       row.meaning, 34, out);
                break;
            case LegendRow::Of::edge: {
                const double end = row.stroke.arrow == Arrow::none ? 34 : 26;
                at.spline = {{0, 0}, {10, 0}, {20, 0}, {end, 0}};
                if (row.stroke.arrow != Arrow::none) at.tip = {34, 0.01};
                Stroke stroke = row.stroke;
                stroke.label.clear();
                sample(fmt::format("<g class=\"edge{}\">{}</g>", stroke.tint ? fmt::format(" t{}", stroke.tint) : "",
                                   svg_edge(stroke, at)),
                       row.meaning, 34, out);
                break;
            }
            case LegendRow::Of::sign: sample(svg_sign(row.sign, 0, -6), row.meaning, kSign, out); break;
            }
        }
        if (any(Presence::fresh)) sample(svg_badge("fresh", 8, 0), "new", 16, out);
        if (any(Presence::changed)) sample(svg_badge("changed", 8, 0), "changed", 16, out);
        if (any(Presence::gone)) sample(svg_badge("gone", 8, 0), "gone", 16, out);
        if (scene_.folded())
            sample("", fmt::format("({} that are like their neighbours are folded)", scene_.folded()), 0, out);
        y_ += 10;
        return out;
    }

    const Scene& scene_;
    const Layout& layout_;
    const SvgOptions& o_;
    std::vector<ElementState> now_;
    double width_ = 0, y_ = 0, x_ = 0;
};

} // namespace

std::string to_svg(const Scene& scene, const Layout& layout, const SvgOptions& options) {
    return Drawing(scene, layout, options).draw();
}

} // namespace nslab::viz
