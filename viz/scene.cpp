#include "viz/scene.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "viz/fold.hpp"
#include "viz/hash.hpp"

namespace nslab::viz {

namespace {

/// Letters, digits, - and _ stay; all else becomes _ and its number, so that two keys never become one.
std::string as_id(const std::string& key) {
    std::string out;
    out.reserve(key.size() + 8);
    for (const char c : key) {
        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-')
            out += c;
        else
            out.append("_").append(std::to_string(static_cast<unsigned char>(c))).append("_");
    }
    return out;
}

/// The elements of a picture's nodes. Views name nodes mostly in the order in which they made them, so it looks beside
/// the last one first.
class NodeFinder {
  public:
    explicit NodeFinder(const std::vector<Node>& nodes) : nodes_(nodes) { elements.reserve(nodes.size()); }

    std::vector<int> elements; // in the order of the nodes

    /// -1 where no node has this key.
    int find(const std::string& key) {
        for (const std::size_t n : {last_[0], last_[1], last_[0] + 1, last_[1] + 1})
            if (n < nodes_.size() && nodes_[n].key == key) return found(n);
        if (by_key_.empty()) {
            by_key_.reserve(nodes_.size());
            for (std::size_t n = 0; n < nodes_.size(); ++n) by_key_.emplace(nodes_[n].key, n);
        }
        const auto at = by_key_.find(key);
        return at == by_key_.end() ? -1 : found(at->second);
    }

  private:
    int found(std::size_t n) {
        // Two, since edges have two ends.
        if (n != last_[0]) last_[1] = std::exchange(last_[0], n);
        return elements[n];
    }
    const std::vector<Node>& nodes_;
    std::array<std::size_t, 2> last_{};
    std::unordered_map<std::string_view, std::size_t> by_key_;
};

} // namespace

/// A thing that was there at an earlier step, or a new one, as it is now.
Element& Scene::enter(int i, Version version) {
    Element& e = elements_[static_cast<std::size_t>(i)];
    const auto known = std::find(e.versions.begin(), e.versions.end(), version);
    const auto number = static_cast<i32>(known - e.versions.begin());
    if (known == e.versions.end()) e.versions.push_back(std::move(version));
    e.at.resize(steps_ + 1, -1);
    e.at[steps_] = number;
    return e;
}

/// What moves from one box into another is gone from the one and new in the other, as two elements.
int Scene::place(Element::Kind kind, const std::string& key, int box) {
    std::string id = as_id(key);
    if (box >= 0) id += as_id(".") + as_id(elements_[static_cast<std::size_t>(box)].key);
    const auto [found, fresh] = by_id_.try_emplace(std::move(id), static_cast<int>(elements_.size()));
    if (fresh) {
        Element& e = elements_.emplace_back();
        e.kind = kind;
        e.key = key;
        e.id = found->first;
        e.box = box;
    }
    return found->second;
}

int Scene::join(const std::string& kind, int from, int to) {
    const auto [found, fresh] = by_ends_.try_emplace({from, to, hash_of(kind)}, static_cast<int>(elements_.size()));
    if (fresh) {
        Element& e = elements_.emplace_back();
        e.kind = Element::Kind::edge;
        e.key = e.like = kind;
        e.from = from;
        e.to = to;
    }
    return found->second;
}

void Scene::add(Picture picture) {
    const std::size_t need = picture.boxes.size() + picture.nodes.size();
    if (elements_.empty()) {
        elements_.reserve(need + picture.edges.size());
        by_id_.reserve(need);
        by_ends_.reserve(picture.edges.size());
    }
    std::unordered_map<std::string_view, int> boxes;
    const auto box_of = [&](const std::string& key) { return key.empty() ? -1 : boxes.at(key); };
    for (Box& box : picture.boxes) {
        const int i = place(Element::Kind::box, box.key, box_of(box.inside));
        enter(i, {std::move(box.look), {}, std::move(box.words)});
        boxes[box.key] = i;
    }
    NodeFinder nodes(picture.nodes);
    for (Node& node : picture.nodes) {
        const int i = place(Element::Kind::node, node.key, box_of(node.box));
        enter(i, {std::move(node.look), {}, std::move(node.words)}).like = std::move(node.kind);
        nodes.elements.push_back(i);
    }
    for (std::size_t n = 0; n < picture.nodes.size(); ++n) {
        if (picture.nodes[n].under.empty()) continue;
        const int above = nodes.find(picture.nodes[n].under);
        if (above >= 0) elements_[static_cast<std::size_t>(nodes.elements[n])].under = above;
    }
    for (Edge& edge : picture.edges) {
        const int from = nodes.find(edge.from), to = nodes.find(edge.to);
        if (from < 0 || to < 0) continue;
        Element& e = enter(join(edge.kind, from, to), {{}, std::move(edge.stroke), std::move(edge.words)});
        e.ranks = edge.ranks;
        e.span = edge.span;
        e.weight = edge.weight;
    }
    drawn_ += picture.nodes.size();
    sideways_ |= picture.sideways;
    airy_ |= picture.airy;
    ++steps_;
    for (Element& e : elements_) e.at.resize(steps_, -1);
}

void Scene::add_same() {
    if (steps_ == 0) return;
    ++steps_;
    for (Element& e : elements_) e.at.push_back(e.at.back());
}

void Scene::finish(std::size_t limit) {
    if (limit != 0) folded_ = fold(elements_, steps_, limit);
    const auto id = [&](int i) -> const std::string& { return elements_[static_cast<std::size_t>(i)].id; };
    for (Element& e : elements_)
        if (e.kind == Element::Kind::edge) e.id = id(e.from) + "-" + as_id(e.key) + "-" + id(e.to);
}

ElementState Scene::state(const Element& e, std::size_t step) const {
    const i32 now = e.at[step];
    const i32 before = step == 0 ? now : e.at[step - 1];
    if (now < 0 && before < 0) return {};
    if (now < 0) {
        const auto stays = [&](int end) { return elements_[static_cast<std::size_t>(end)].at[step] >= 0; };
        const bool along = e.kind == Element::Kind::edge && !(stays(e.from) && stays(e.to));
        return {along ? Presence::along : Presence::gone, before};
    }
    if (before < 0) return {Presence::fresh, now};
    if (now == before) return {Presence::there, now};
    // What only reads otherwise, such as a box's number of mounts, has not changed to look at.
    const Version &a = e.versions[static_cast<std::size_t>(before)], &b = e.versions[static_cast<std::size_t>(now)];
    return {a.look == b.look && a.stroke == b.stroke ? Presence::there : Presence::changed, now};
}

std::vector<ElementState> Scene::states(std::size_t step) const {
    std::vector<ElementState> out;
    out.reserve(elements_.size());
    for (const Element& e : elements_) out.push_back(state(e, step));
    return out;
}

Graph Scene::graph() const {
    Graph g(elements_.size());
    for (std::size_t i = 0; i < elements_.size(); ++i) {
        const Element& e = elements_[i];
        boost::put(boost::vertex_bundle, g, i, static_cast<int>(i));
        if (e.kind == Element::Kind::edge)
            boost::add_edge(static_cast<std::size_t>(e.from), static_cast<std::size_t>(e.to), static_cast<int>(i), g);
    }
    return g;
}

} // namespace nslab::viz
