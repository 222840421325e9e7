#include "viz/dot.hpp"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "viz/layout.hpp"
#include "viz/legend.hpp"
#include "viz/measures.hpp"
#include "viz/palette.hpp"

namespace nslab::viz {

namespace {

using Kind = Element::Kind;

/// Text inside of an HTML-like label.
std::string html(const std::string& text) {
    std::string out;
    for (const char c : text) {
        if (c == '&')
            out += "&amp;";
        else if (c == '<')
            out += "&lt;";
        else if (c == '>')
            out += "&gt;";
        else if (static_cast<unsigned char>(c) >= 0x20)
            out += c;
    }
    return out;
}
std::string quoted(const std::string& text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        if (static_cast<unsigned char>(c) >= 0x20) out += c;
    }
    return out + "\"";
}

const char* presence_sign(Presence p) {
    switch (p) {
    case Presence::fresh: return "⊕";
    case Presence::changed: return "≈";
    case Presence::gone: return "⊖";
    default: return "";
    }
}

class Writer {
  public:
    Writer(const Scene& scene, const DotOptions& o) : scene_(scene), o_(o), colours_(palette(o.dark)) {}

    std::string write() {
        inside_.resize(scene_.elements().size() + 1);
        for (std::size_t i = 0; i < scene_.elements().size(); ++i)
            if (const int box = element(i).box + 1; element(i).kind != Kind::edge)
                inside_[static_cast<std::size_t>(box)].push_back(i);
        find_entered();
        // What comes first is at the top: from left to right, dot begins at the bottom.
        if (scene_.sideways())
            for (auto& things : inside_) std::reverse(things.begin(), things.end());
        head();
        level(0, "  ");
        for (std::size_t n = 0; n < scene_.elements().size(); ++n) {
            const std::size_t i = scene_.sideways() ? scene_.elements().size() - 1 - n : n;
            if (element(i).kind == Kind::edge && stands_for_pair(i)) edge(element(i));
        }
        out_ += "}\n";
        return std::move(out_);
    }

  private:
    const Element& element(std::size_t i) const { return scene_.elements()[i]; }

    /// The boxes into which an edge leads from outside: it runs through their heads, so those are twice as wide and
    /// leave room for it beside the title.
    void find_entered() {
        entered_.resize(scene_.elements().size());
        for (std::size_t i = 0; i < scene_.elements().size(); ++i) {
            const Element& e = element(i);
            if (e.kind != Kind::edge || !e.ranks || e.versions.front().stroke.line == Line::none) continue;
            std::set<int> around; // where the edge begins
            for (int box = element(static_cast<std::size_t>(e.from)).box; box >= 0;
                 box = element(static_cast<std::size_t>(box)).box)
                around.insert(box);
            for (int box = element(static_cast<std::size_t>(e.to)).box; box >= 0 && !around.contains(box);
                 box = element(static_cast<std::size_t>(box)).box)
                entered_[static_cast<std::size_t>(box)] = true;
        }
    }

    /// dot 2.42 fails where two edges that do not rank join the same nodes, so one of them is written: the one that is
    /// seen, or has an arrow, or is the first. lay_out() puts the others where it goes.
    bool stands_for_pair(std::size_t i) {
        if (element(i).ranks) return true;
        if (pairs_.empty())
            for (std::size_t j = 0; j < scene_.elements().size(); ++j) {
                const Element& e = element(j);
                if (e.kind != Kind::edge || e.ranks) continue;
                const auto found = pairs_.try_emplace(std::minmax(e.from, e.to), j).first;
                if (worth(j) > worth(found->second)) found->second = j;
            }
        return pairs_.at(std::minmax(element(i).from, element(i).to)) == i;
    }
    int worth(std::size_t i) const {
        const auto [version, presence] = shown(element(i));
        return (presence != Presence::absent ? 2 : 0) + (version->stroke.arrow != Arrow::none ? 1 : 0);
    }

    void head() {
        out_ += fmt::format("digraph {} {{\n", quoted(scene_.view().name));
        out_ +=
            fmt::format("  graph [rankdir={}, bgcolor=\"{}\", pad=0.15, fontname=\"DejaVu Sans\", fontcolor=\"{}\", "
                        "fontsize={}, ranksep={}, nodesep={}, compound=true, newrank=false, nslimit=4, "
                        "mclimit=0.5]\n",
                        scene_.sideways() ? "LR" : "TB", colours_.paper, colours_.ink, kTitle,
                        scene_.airy()       ? 0.8
                        : scene_.sideways() ? 0.55
                                            : 0.45,
                        scene_.sideways() ? 0.14 : 0.25);
        out_ += fmt::format("  node [fontname=\"DejaVu Sans\", fontsize={}, margin=\"0.1,0.05\"]\n", kSmall);
        out_ += fmt::format("  edge [fontname=\"DejaVu Sans\", fontsize={}, arrowsize=0.7]\n", kSmall);
        if (!o_.step) return;
        const std::string legend = legend_html(scene_, scene_.states(*o_.step), colours_);
        std::string label =
            fmt::format("<TABLE BORDER=\"0\" CELLSPACING=\"2\"><TR><TD ALIGN=\"LEFT\"><B>{}</B></TD></TR>",
                        html(scene_.view().title));
        if (!o_.caption.empty()) label += fmt::format("<TR><TD ALIGN=\"LEFT\">{}</TD></TR>", html(o_.caption));
        if (!legend.empty()) label += fmt::format("<TR>{}</TR>", legend);
        out_ += fmt::format("  label=<{}</TABLE>>; labelloc=b; labeljust=l\n", label);
    }

    /// What stands in the box with this number (0: in none), boxes where their first thing came.
    void level(std::size_t number, const std::string& indent) {
        for (const std::size_t i : inside_[number]) {
            if (element(i).kind == Kind::node)
                node(element(i), indent);
            else
                box(i, indent);
        }
    }

    /// The version to show, and whether it is there; of the union the first.
    std::pair<const Version*, Presence> shown(const Element& e) const {
        if (!o_.step) return {&e.versions.front(), Presence::there};
        const ElementState s = scene_.state(e, *o_.step);
        if (s.presence == Presence::absent) return {&e.versions.front(), s.presence};
        return {&e.versions[static_cast<std::size_t>(s.version)], s.presence};
    }
    const char* presence_colour(Presence p, const char* otherwise) const {
        switch (p) {
        case Presence::fresh: return colours_.fresh;
        case Presence::changed: return colours_.changed;
        case Presence::gone:
        case Presence::along: return colours_.gone;
        default: return otherwise;
        }
    }

    /// The text of a node or of a box's head, its lines beginning below each other where there are several.
    std::string label(const Look& look, Presence p) const {
        const bool gone = p == Presence::gone;
        std::vector<std::string> lines;
        const auto struck = [&](const std::string& text) { return gone ? "<S>" + text + "</S>" : text; };
        if (!look.title.empty()) {
            std::string title = struck(html(look.title));
            if (const std::string sign = presence_sign(p); !sign.empty())
                title = fmt::format("<FONT COLOR=\"{}\">{}</FONT> {}", presence_colour(p, ""), sign, title);
            lines.push_back(fmt::format("<FONT POINT-SIZE=\"{}\"><B>{}</B></FONT>", kTitle, title));
        }
        for (const std::string& detail : look.details) lines.push_back(struck(html(detail)));
        std::string marks;
        for (const Mark& mark : look.marks)
            marks += (marks.empty() ? "" : "  ") + sign_text(mark.sign) + struck(html(mark.text));
        if (!marks.empty()) lines.push_back(marks);
        if (lines.empty()) return " ";
        if (lines.size() == 1) return lines[0];
        std::string out;
        for (const std::string& line : lines) out += line + "<BR ALIGN=\"LEFT\"/>";
        return out;
    }

    static std::string style_of(const Look& look, Presence p) {
        std::string style = look.shape == Shape::rounded || look.shape == Shape::pill ? "rounded,filled" : "filled";
        if (look.border == Line::dashed || look.border == Line::dashed_doubled)
            style += ",dashed";
        else if (look.border == Line::dotted || p == Presence::gone)
            style += ",dotted";
        return style;
    }

    void box(std::size_t i, const std::string& indent) {
        const Element& e = element(i);
        const auto [version, presence] = shown(e);
        out_ += fmt::format("{}subgraph {} {{\n", indent, quoted("cluster_" + e.id));
        const auto [width, height] = head_room(e, entered_[i]);
        if (!o_.step) {
            out_ += fmt::format("{}  id={}; margin=10; label=<{}>\n", indent, quoted(e.id),
                                head("FIXEDSIZE=\"TRUE\" ", width, height, ""));
        } else if (presence == Presence::absent) {
            out_ += fmt::format("{}  style=invis; margin=10; label=<{}>\n", indent, head("", width, height, ""));
        } else {
            out_ += fmt::format(
                "{}  id={}; margin=10; labelloc=t; labeljust=l; style=\"{}\"; color=\"{}\"; fillcolor=\"{}\"; "
                "fontcolor=\"{}\"; penwidth={}; label=<{}>\n",
                indent, quoted(e.id), style_of(version->look, presence) + ",rounded",
                presence_colour(presence, colours_.frame), colours_.box,
                presence == Presence::gone ? colours_.soft : colours_.ink, presence == Presence::there ? 1 : 2,
                head("", width, height, label(version->look, presence)));
        }
        level(i + 1, indent + "  ");
        // A box with nothing in it would have no place.
        if (inside_[i + 1].empty())
            out_ += fmt::format("{}  {} [shape=point, style=invis, label=\"\", width=0.3, height=0.1]\n", indent,
                                quoted(e.id + "-empty"));
        out_ += indent + "}\n";
    }

    /// The head of a box keeps room for the largest of its versions.
    static std::pair<double, double> head_room(const Element& e, bool entered) {
        double width = 0, height = 0;
        for (const Version& v : e.versions) {
            const auto [w, h] = size_of(v.look);
            width = std::max(width, w);
            height = std::max(height, h);
        }
        return {entered ? 2 * width : width, std::max(height - 2 * kPadY, 1.0)};
    }
    static std::string head(const char* fixed, double width, double height, const std::string& text) {
        return fmt::format("<TABLE BORDER=\"0\" CELLPADDING=\"0\" CELLSPACING=\"0\" {}WIDTH=\"{:.0f}\" "
                           "HEIGHT=\"{:.0f}\"><TR><TD ALIGN=\"LEFT\">{}</TD></TR></TABLE>",
                           fixed, width, height, text);
    }

    void node(const Element& e, const std::string& indent) {
        double width = 0, height = 0;
        for (const Version& v : e.versions) {
            const auto [w, h] = size_of(v.look);
            width = std::max(width, w);
            height = std::max(height, h);
        }
        const std::string size = fmt::format("width={:.2f}, height={:.2f}", width / 72, height / 72);
        if (!o_.step) {
            out_ += fmt::format("{}{} [id={}, label=\"\", shape=box, fixedsize=true, {}]\n", indent, quoted(e.id),
                                quoted(e.id), size);
            return;
        }
        const auto [version, presence] = shown(e);
        if (presence == Presence::absent) {
            out_ += fmt::format("{}{} [label=\"\", shape=box, style=invis, {}]\n", indent, quoted(e.id), size);
            return;
        }
        const Look& look = version->look;
        const Tint tint = colours_.tints[look.tint];
        const bool doubled = look.border == Line::doubled || look.border == Line::dashed_doubled;
        out_ += fmt::format("{}{} [id={}, label=<{}>, shape={}, style=\"{}\", peripheries={}, color=\"{}\", "
                            "fillcolor=\"{}\", fontcolor=\"{}\", penwidth={}, {}]\n",
                            indent, quoted(e.id), quoted(e.id), label(look, presence), shape(look.shape),
                            style_of(look, presence), doubled ? 2 : 1, presence_colour(presence, tint.line), tint.fill,
                            look.faint || presence == Presence::gone ? colours_.soft : colours_.ink,
                            presence == Presence::there ? 1.2 : 2.4, size);
    }
    static const char* shape(Shape s) {
        switch (s) {
        case Shape::octagon: return "octagon";
        case Shape::pile: return "folder";
        default: return "box";
        }
    }

    void edge(const Element& e) {
        const auto [version, presence] = shown(e);
        const Stroke& stroke = version->stroke;
        std::string attributes = fmt::format("id={}", quoted(e.id));
        if (!e.ranks) attributes += ", constraint=false";
        if (e.weight != 1) attributes += fmt::format(", weight={}", e.weight);
        if (e.span > 1) attributes += fmt::format(", minlen={}", e.span);
        if (stroke.arrow == Arrow::none) attributes += ", dir=none";
        if (stroke.arrow == Arrow::open) attributes += ", arrowhead=empty";
        if (!o_.step) {
            if (!stroke.label.empty()) attributes += ", label=" + quoted(stroke.label);
        } else if (presence == Presence::absent || stroke.line == Line::none) {
            attributes += ", style=invis";
            if (!stroke.label.empty()) attributes += ", label=" + quoted(stroke.label);
        } else {
            const char* colour =
                presence_colour(presence, stroke.tint ? colours_.tints[stroke.tint].line : colours_.soft);
            attributes += fmt::format(", color=\"{}\", penwidth={}", doubled_colour(stroke, colour),
                                      stroke.line == Line::heavy                                     ? 2.4
                                      : presence == Presence::fresh || presence == Presence::changed ? 2.6
                                                                                                     : 1.3);
            if (stroke.line == Line::dashed || stroke.line == Line::dashed_doubled)
                attributes += ", style=dashed";
            else if (stroke.line == Line::dotted || presence >= Presence::gone)
                attributes += ", style=dotted";
            if (!stroke.label.empty())
                attributes += fmt::format(", label={}, fontcolor=\"{}\"", quoted(stroke.label), colour);
        }
        out_ += fmt::format("  {} -> {} [{}]\n", quoted(element(static_cast<std::size_t>(e.from)).id),
                            quoted(element(static_cast<std::size_t>(e.to)).id), attributes);
    }
    static std::string doubled_colour(const Stroke& stroke, const char* colour) {
        const bool doubled = stroke.line == Line::doubled || stroke.line == Line::dashed_doubled;
        return doubled ? fmt::format("{}:invis:{}", colour, colour) : colour;
    }

    const Scene& scene_;
    const DotOptions& o_;
    const Palette& colours_;
    std::map<std::pair<int, int>, std::size_t> pairs_; // of edges that do not rank: which one is written
    std::vector<bool> entered_;                        // of each box
    std::vector<std::vector<std::size_t>> inside_;     // [0] in no box, [i + 1] in element i
    std::string out_;
};

} // namespace

std::string to_dot(const Scene& scene, const DotOptions& options) { return Writer(scene, options).write(); }

} // namespace nslab::viz
