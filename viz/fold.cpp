#include "viz/fold.hpp"

#include <algorithm>
#include <map>
#include <tuple>

#include <fmt/format.h>

#include "viz/hash.hpp"

namespace nslab::viz {

namespace {

using Kind = Element::Kind;

constexpr std::size_t kScreen = 120; // nodes that a screen holds
constexpr std::size_t kDepth = 12;   // of a tree on one screen

u64 mix(u64 x) {
    x += 0x9e3779b97f4a7c15;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
    x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
    return x ^ (x >> 31);
}

} // namespace

class Folder {
  public:
    Folder(std::vector<Element>& elements, std::size_t steps) : all_(elements), steps_(steps) {}

    std::size_t run(std::size_t limit) {
        grow();
        each_family([&](std::vector<int>& family) { fold_family(family, limit, false); });
        if (visible() > kScreen) {
            each_family([&](std::vector<int>& family) { fold_family(family, limit, true); });
            cut_depth();
        }
        if (piles_.empty()) return 0;
        return rebuild();
    }

  private:
    struct Pile {
        int first; // the first that went into it: its place is that one's
        std::vector<int> members;
    };

    Element& at(int i) { return all_[static_cast<std::size_t>(i)]; }
    std::size_t visible() const {
        std::size_t n = 0;
        for (std::size_t i = 0; i < all_.size(); ++i) n += all_[i].kind == Kind::node && pile_of_[i] < 0;
        return n;
    }

    /// Children of each node and box, parents before children in `order_`, and what each subtree is like.
    void grow() {
        const std::size_t n = all_.size();
        children_.assign(n, {});
        pile_of_.assign(n, -1);
        signature_.assign(n, 0);
        depth_.assign(n, 0);
        ending_.assign(n, 0);
        for (std::size_t i = 0; i < n; ++i) {
            if (all_[i].kind == Kind::edge) continue;
            const int parent = parent_of(static_cast<int>(i));
            (parent < 0 ? roots_ : children_[static_cast<std::size_t>(parent)]).push_back(static_cast<int>(i));
        }
        order_ = roots_;
        for (std::size_t i = 0; i < order_.size(); ++i)
            for (const int child : children_[static_cast<std::size_t>(order_[i])]) {
                depth_[static_cast<std::size_t>(child)] = depth_[static_cast<std::size_t>(order_[i])] + 1;
                order_.push_back(child);
            }
        for (auto i = order_.rbegin(); i != order_.rend(); ++i) {
            u64 sum = 0;
            for (const int child : children_[static_cast<std::size_t>(*i)])
                sum += signature_[static_cast<std::size_t>(child)];
            const Element& e = at(*i);
            const bool box = e.kind == Kind::box;
            signature_[static_cast<std::size_t>(*i)] = mix(hash_of(e.like) + mix(sum) + (box ? 1 : 0));
        }
    }

    /// The node that it hangs below where that stands in the same box, otherwise its box.
    int parent_of(int i) {
        const Element& e = at(i);
        if (e.kind == Kind::node && e.under >= 0 && at(e.under).box == e.box && !circles(i)) return e.under;
        return e.box;
    }
    /// Things that were moved into each other at different steps hang in a circle, each as it did last. Whether this
    /// one is in such a circle, or below one.
    bool circles(int i) {
        enum : u8 { unknown, ends, turns, on_the_way };
        std::vector<int> way;
        int up = i;
        for (; up >= 0 && ending_[static_cast<std::size_t>(up)] == unknown; up = at(up).under) {
            ending_[static_cast<std::size_t>(up)] = on_the_way;
            way.push_back(up);
        }
        const u8 end = up < 0 || ending_[static_cast<std::size_t>(up)] == ends ? ends : turns;
        for (const int passed : way) ending_[static_cast<std::size_t>(passed)] = end;
        return ending_[static_cast<std::size_t>(i)] == turns;
    }

    template <class F> void each_family(F&& visit) {
        visit(roots_);
        for (const int i : order_)
            if (pile_of_[static_cast<std::size_t>(i)] < 0) visit(children_[static_cast<std::size_t>(i)]);
    }

    void fold_family(const std::vector<int>& family, std::size_t limit, bool unlike) {
        if (family.size() <= limit) return;
        std::vector<std::pair<u64, int>> all; // by what they are like
        for (const int i : family)
            if (pile_of_[static_cast<std::size_t>(i)] < 0)
                all.emplace_back(unlike ? u64(at(i).kind) : signature_[static_cast<std::size_t>(i)], i);
        std::sort(all.begin(), all.end());
        for (auto begin = all.begin(); begin != all.end();) {
            const auto end = std::find_if(begin, all.end(), [&](const auto& e) { return e.first != begin->first; });
            std::vector<int> rest;
            if (static_cast<std::size_t>(end - begin) > limit)
                for (auto e = begin + static_cast<std::ptrdiff_t>((limit + 1) / 2); e != end; ++e)
                    rest.push_back(e->second);
            if (!rest.empty()) make_pile(rest);
            begin = end;
        }
    }

    void cut_depth() {
        for (const int i : order_) {
            const auto n = static_cast<std::size_t>(i);
            if (pile_of_[n] >= 0 || depth_[n] < kDepth || children_[n].empty()) continue;
            std::vector<int> rest;
            for (const int child : children_[n])
                if (pile_of_[static_cast<std::size_t>(child)] < 0) rest.push_back(child);
            if (!rest.empty()) make_pile(rest);
        }
    }

    void make_pile(const std::vector<int>& tops) {
        const int number = static_cast<int>(piles_.size());
        Pile pile{tops.front(), {}};
        std::vector<int> todo = tops;
        while (!todo.empty()) {
            const int i = todo.back();
            todo.pop_back();
            const auto n = static_cast<std::size_t>(i);
            if (pile_of_[n] >= 0) {
                absorb(pile_of_[n], number, pile);
            } else {
                pile_of_[n] = number;
                pile.members.push_back(i);
            }
            todo.insert(todo.end(), children_[n].begin(), children_[n].end());
        }
        piles_.push_back(std::move(pile));
    }
    /// A pile inside of what is folded becomes part of the new one.
    void absorb(int old, int number, Pile& into) {
        if (old == number) return;
        for (const int i : piles_[static_cast<std::size_t>(old)].members) {
            pile_of_[static_cast<std::size_t>(i)] = number;
            into.members.push_back(i);
        }
        piles_[static_cast<std::size_t>(old)].members.clear();
    }

    Element pile_element(const Pile& pile) {
        const Element& first = at(pile.first);
        Element e;
        e.kind = Kind::node;
        e.key = "more";
        e.id = "more-" + first.id;
        e.box = first.box;
        e.under = first.kind == Kind::node ? first.under : -1;
        e.like = "pile";
        e.at.assign(steps_, -1);
        std::vector<std::size_t> nodes(steps_), boxes(steps_);
        for (const int i : pile.members)
            for (std::size_t step = 0; step < steps_; ++step)
                if (at(i).at[step] >= 0) ++(at(i).kind == Kind::box ? boxes : nodes)[step];
        std::map<std::pair<std::size_t, std::size_t>, i32> versions;
        for (std::size_t step = 0; step < steps_; ++step) {
            if (nodes[step] + boxes[step] == 0) continue;
            const auto [found, fresh] =
                versions.try_emplace({boxes[step], nodes[step]}, static_cast<i32>(e.versions.size()));
            e.at[step] = found->second;
            if (!fresh) continue;
            Version v;
            v.look.shape = Shape::pile;
            v.look.title = fmt::format("and {} more", boxes[step] ? boxes[step] : nodes[step]);
            if (boxes[step]) v.look.details.push_back(fmt::format("like these, with {} inside", nodes[step]));
            v.words = boxes[step] ? fmt::format("And {} more like these, with {} inside", boxes[step], nodes[step])
                                  : fmt::format("And {} more", nodes[step]);
            e.versions.push_back(std::move(v));
        }
        return e;
    }

    std::size_t rebuild() {
        std::size_t folded = 0;
        std::vector<Element> out;
        std::vector<int> place(all_.size(), -1), pile_place(piles_.size(), -1);
        for (std::size_t i = 0; i < all_.size(); ++i) {
            if (all_[i].kind == Kind::edge) continue;
            if (pile_of_[i] >= 0) {
                folded += all_[i].kind == Kind::node;
                continue;
            }
            place[i] = static_cast<int>(out.size());
            out.push_back(std::move(all_[i]));
        }
        const std::size_t kept = out.size();
        for (std::size_t p = 0; p < piles_.size(); ++p) {
            if (piles_[p].members.empty()) continue;
            pile_place[p] = static_cast<int>(out.size());
            out.push_back(pile_element(piles_[p]));
        }
        const auto moved = [&](int i) {
            if (i < 0) return -1;
            const int pile = pile_of_[static_cast<std::size_t>(i)];
            return pile < 0 ? place[static_cast<std::size_t>(i)] : pile_place[static_cast<std::size_t>(pile)];
        };
        for (std::size_t i = 0; i < out.size(); ++i) {
            out[i].box = moved(out[i].box);
            out[i].under = moved(out[i].under);
        }
        std::map<std::tuple<int, int, std::string>, std::size_t> edges;
        for (Element& e : all_) {
            if (e.kind != Kind::edge) continue;
            e.from = moved(e.from);
            e.to = moved(e.to);
            const auto piled = [&](int i) { return static_cast<std::size_t>(i) >= kept; };
            if (!piled(e.from) && !piled(e.to)) {
                out.push_back(std::move(e));
                continue;
            }
            if (e.from == e.to) continue;
            const auto [found, fresh] = edges.try_emplace({e.from, e.to, e.key}, out.size());
            if (fresh) {
                e.versions.resize(1);
                e.versions[0].stroke.label.clear();
                e.versions[0].words.clear();
                for (i32& version : e.at) version = version < 0 ? -1 : 0;
                out.push_back(std::move(e));
            } else {
                for (std::size_t step = 0; step < steps_; ++step)
                    if (e.at[step] >= 0) out[found->second].at[step] = 0;
            }
        }
        all_ = std::move(out);
        return folded;
    }

    std::vector<Element>& all_;
    std::size_t steps_;
    std::vector<std::vector<int>> children_;
    std::vector<int> roots_, order_, pile_of_;
    std::vector<u64> signature_;
    std::vector<std::size_t> depth_;
    std::vector<u8> ending_; // of the way upwards from each, where it is known: see circles()
    std::vector<Pile> piles_;
};

std::size_t fold(std::vector<Element>& elements, std::size_t steps, std::size_t limit) {
    return Folder(elements, steps).run(limit);
}

} // namespace nslab::viz
