#pragma once
// What one view shows of one state, said in the few words that all drawings share: boxes, nodes and edges, each with a
// look that can be told without colour. Nothing here knows of Graphviz, of SVG, or of what is drawn.

#include <string>
#include <vector>

#include "sim/linux/lib/result.hpp"

namespace nslab::viz {

/// The outline of a node: it says what kind of thing it is.
enum class Shape : u8 { box, rounded, pill, octagon, pile };
/// The line around it, and of an edge: doubled, dashed and dotted are seen in black and white. An edge with none only
/// keeps things in their order.
enum class Line : u8 { solid, doubled, dashed, dashed_doubled, dotted, heavy, none };
enum class Arrow : u8 { none, filled, open };

/// A small sign in front of a word. Each is another outline, so that nobody needs colours to tell them apart.
enum class Sign : u8 {
    none,
    peers,      // two rings that meet
    slave,      // an arrow that comes in
    unbindable, // a ring with a bar
    locked,     // a padlock
    covered,    // a sheet over another
    readonly,   // a struck pen
    init,       // a crown
    zombie,     // a cross
    stopped,    // two bars
    adopted,    // a bent arrow
    counted,    // a hash
};

struct Mark {
    Sign sign = Sign::none;
    std::string text;
    friend bool operator==(const Mark&, const Mark&) = default;
};

/// How a node or the head of a box looks.
struct Look {
    std::string title;                // in bold
    std::vector<std::string> details; // a line each, smaller
    std::vector<Mark> marks;          // on one line, the last
    Shape shape = Shape::box;
    Line border = Line::solid;
    u8 tint = 0; // 0 is none; others as tint_of() gives them
    bool faint = false;
    friend bool operator==(const Look&, const Look&) = default;
};

/// How an edge looks.
struct Stroke {
    std::string label;
    Line line = Line::solid;
    Arrow arrow = Arrow::filled;
    u8 tint = 0;
    friend bool operator==(const Stroke&, const Stroke&) = default;
};

/// A key names the same thing in every state: it is made of numbers that the model never gives twice. `words` is a
/// sentence for people who do not see the drawing.
struct Box {
    std::string key, inside; // key of the box around it, empty for none
    Look look;
    std::string words;
};
struct Node {
    std::string key, box; // the box that it stands in, empty for none
    Look look;
    std::string words;
    std::string under; // the node that it hangs below: those that hang below one node may be folded
    /// What makes it like its neighbours: only those of one kind are folded together.
    std::string kind;
};
struct Edge {
    std::string from, to; // keys of nodes
    std::string kind;     // "tree", "peers", "master" ...; one edge of each kind between two nodes
    Stroke stroke;
    bool ranks = true; // whether `to` stands behind `from`
    int span = 1;      // and how many ranks at least
    int weight = 1;    // the heavier, the straighter and shorter
    std::string words;
};

struct Picture {
    std::vector<Box> boxes;
    std::vector<Node> nodes;
    std::vector<Edge> edges;
    /// Whether ranks go from left to right. The drawing of a lesson does when one of its pictures wants it.
    bool sideways = false;
    bool airy = false; // more room between ranks
};

/// A sample with its meaning. It is shown where something of that kind is in the drawing.
struct LegendRow {
    enum class Of : u8 { node, edge, sign } of = Of::node;
    Look look;     // of a node
    Stroke stroke; // of an edge
    Sign sign = Sign::none;
    std::string meaning;
};

/// One of eight tints for a number that stands for a group, from 1 on; the number itself is always written beside it.
inline u8 tint_of(i64 number) { return static_cast<u8>(number <= 0 ? 0 : (number - 1) % 8 + 1); }

} // namespace nslab::viz
