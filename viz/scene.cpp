#include "viz/scene.hpp"

#include <algorithm>

#include "viz/fold.hpp"

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
            out += "_" + std::to_string(static_cast<unsigned char>(c)) + "_";
    }
    return out;
}

} // namespace

int Scene::enter(Element::Kind kind, const std::string& key, std::string id, Version version) {
    const auto [found, fresh] = by_id_.try_emplace(std::move(id), static_cast<int>(elements_.size()));
    if (fresh) {
        Element& e = elements_.emplace_back();
        e.kind = kind;
        e.key = key;
        e.id = as_id(found->first);
    }
    Element& e = elements_[static_cast<std::size_t>(found->second)];
    const auto known = std::find(e.versions.begin(), e.versions.end(), version);
    const auto number = static_cast<i32>(known - e.versions.begin());
    if (known == e.versions.end()) e.versions.push_back(std::move(version));
    e.at.resize(steps_ + 1, -1);
    e.at[steps_] = number;
    return found->second;
}

void Scene::add(Picture picture) {
    const auto element = [&](int i) -> Element& { return elements_[static_cast<std::size_t>(i)]; };
    const std::size_t need = picture.boxes.size() + picture.nodes.size() + picture.edges.size();
    by_id_.reserve(need);
    if (elements_.empty()) elements_.reserve(need);
    // What moves from one box into another is gone from the one and new in the other, as two elements.
    std::unordered_map<std::string_view, int> boxes, nodes;
    nodes.reserve(picture.nodes.size());
    for (Box& box : picture.boxes) {
        const int outer = box.inside.empty() ? -1 : boxes.at(box.inside);
        std::string id = outer < 0 ? box.key : box.key + "." + element(outer).key;
        const int e =
            enter(Element::Kind::box, box.key, std::move(id), {std::move(box.look), {}, std::move(box.words)});
        element(e).box = outer;
        boxes[box.key] = e;
    }
    for (Node& node : picture.nodes) {
        const int box = node.box.empty() ? -1 : boxes.at(node.box);
        std::string id = box < 0 ? node.key : node.key + "." + element(box).key;
        const int e =
            enter(Element::Kind::node, node.key, std::move(id), {std::move(node.look), {}, std::move(node.words)});
        element(e).box = box;
        element(e).like = std::move(node.kind);
        nodes[node.key] = e;
    }
    for (const Node& node : picture.nodes) {
        if (node.under.empty()) continue;
        const auto above = nodes.find(node.under);
        if (above != nodes.end()) element(nodes[node.key]).under = above->second;
    }
    for (Edge& edge : picture.edges) {
        const auto from = nodes.find(edge.from), to = nodes.find(edge.to);
        if (from == nodes.end() || to == nodes.end()) continue;
        std::string id = element(from->second).id + "-" + edge.kind + "-" + element(to->second).id;
        const int i =
            enter(Element::Kind::edge, edge.kind, std::move(id), {{}, std::move(edge.stroke), std::move(edge.words)});
        Element& e = element(i);
        e.from = from->second;
        e.to = to->second;
        e.ranks = edge.ranks;
        e.span = edge.span;
        e.weight = edge.weight;
        e.like = std::move(edge.kind);
    }
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
}

ElementState Scene::state(const Element& e, std::size_t step) const {
    const i32 now = e.at[step];
    const i32 before = step == 0 ? now : e.at[step - 1];
    if (now < 0) return before < 0 ? ElementState{} : ElementState{Presence::gone, before};
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
