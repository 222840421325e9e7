#pragma once
// One view over all steps of a lesson: the union of their pictures as one graph (Boost.Graph), in which each thing has
// a place and a name that never change, and each step says what is there and what is new, changed or gone.
//
//     viz::Scene scene(*viz::find_view("mounts"));
//     scene.add({kernel, actors});             // the state before the first step; once more after every step
//     scene.add_same();                        // after a step that cannot have changed anything
//     scene.finish();                          // folds what is large; afterwards nothing is added
//     viz::Layout layout = viz::lay_out(scene);        // runs dot, once (viz/layout.hpp)
//     std::string svg = viz::to_svg(scene, layout, {}); // all steps in one SVG, or one of them (viz/svg.hpp)
//     scene.states(7)                          // what each element is at step 7: absent, there, new, changed, gone
//     scene.describe(7)                        // the same drawing in sentences
//
// In the SVG of all steps each element is <g id="VIEW-KEY" class="el node">, and holds one <g class="v v0">, "v v1" ...
// for each way it ever looks, all at the same place; the element is as large as the largest. A player shows the one
// that `state.version` names, and puts one of the classes fresh, changed, gone on the element (none of them: it was
// there before), or absent; gone and along on an edge that went with one of its ends. The style inside of the SVG does
// the rest, dark and light.

#include <string>
#include <unordered_map>
#include <vector>

#include <boost/graph/adjacency_list.hpp>

#include "viz/view.hpp"

namespace nslab::viz {

/// `along` is an edge that is gone because one of its ends is.
enum class Presence : u8 { absent, there, fresh, changed, gone, along };

/// One way in which an element looks in some steps.
struct Version {
    Look look;     // of a node or box
    Stroke stroke; // of an edge
    std::string words;
    friend bool operator==(const Version&, const Version&) = default;
};

struct Element {
    enum class Kind : u8 { box, node, edge } kind = Kind::node;
    std::string id;  // "m12", "m12-tree-m13": unique in the scene, good for an XML id; an edge has one when finished
    std::string key; // as the picture said it
    int box = -1;    // index of the box around a node or box
    int from = -1;   // of an edge: indices of nodes
    int to = -1;
    int under = -1; // of a node: index of the node that it hangs below
    bool ranks = true;
    int span = 1, weight = 1; // of an edge: see Edge
    std::string like;         // Node::kind, Edge::kind
    std::vector<Version> versions;
    std::vector<i32> at; // for each step the version, or -1 while it is not there
};

struct ElementState {
    Presence presence = Presence::absent;
    i32 version = -1; // of one that is gone: the last
};

/// The union as Boost.Graph knows it: a vertex for each node element, an edge for each edge element.
using Graph = boost::adjacency_list<boost::vecS, boost::vecS, boost::bidirectionalS, int, int>;

class Scene {
  public:
    explicit Scene(const View& view) : view_(&view) {}

    void add(const State& state) { add(view_->draw({state.kernel, state.actors, &memory_})); }
    /// A state that is no step of this scene, but came before its next one.
    void pass(const State& state) {
        if (view_->remembers) view_->draw({state.kernel, state.actors, &memory_});
    }
    void add(Picture picture);
    void add_same();
    /// Folds: of many that hang below one node and are alike a few are kept, and a pile says how many more there are.
    /// `limit` is how many of them are drawn; 0 folds nothing.
    void finish(std::size_t limit = 6);

    const View& view() const { return *view_; }
    std::size_t steps() const { return steps_; }
    const std::vector<Element>& elements() const { return elements_; }
    bool sideways() const { return sideways_; }
    bool airy() const { return airy_; }
    std::size_t folded() const { return folded_; } // how many nodes are inside of piles
    std::size_t drawn() const { return drawn_; }   // how many nodes its views have drawn, those of all steps together

    ElementState state(const Element& e, std::size_t step) const;
    /// Of every element, in the order of elements().
    std::vector<ElementState> states(std::size_t step) const;
    /// Nodes and edges of the union.
    Graph graph() const;

    /// Sentences, a line each: what is new, changed and gone at this step, then all that is there, box by box.
    std::string describe(std::size_t step) const;

  private:
    struct Ends {
        int from, to;
        u64 kind;
        friend bool operator==(const Ends&, const Ends&) = default;
    };
    struct HashEnds {
        std::size_t operator()(const Ends& e) const {
            return static_cast<std::size_t>(
                (u64(static_cast<u32>(e.from)) << 32 | static_cast<u32>(e.to)) * 0x9e3779b97f4a7c15 ^ e.kind);
        }
    };
    int place(Element::Kind kind, const std::string& key, int box);
    int join(const std::string& kind, int from, int to);
    Element& enter(int i, Version version);

    const View* view_;
    std::vector<Element> elements_;
    std::unordered_map<std::string, int> by_id_;      // boxes and nodes
    std::unordered_map<Ends, int, HashEnds> by_ends_; // edges
    Memory memory_;
    std::size_t steps_ = 0, folded_ = 0, drawn_ = 0;
    bool sideways_ = false, airy_ = false;
    friend class Folder;
};

} // namespace nslab::viz
