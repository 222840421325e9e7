// A drawing in sentences, for people who do not see it.

#include <fmt/format.h>

#include "viz/scene.hpp"

namespace nslab::viz {

namespace {

/// A sentence with a full stop.
std::string sentence(const std::string& words) {
    return words.empty() || words.back() == '.' || words.back() == '?' ? words : words + ".";
}

} // namespace

std::string Scene::describe(std::size_t step) const {
    const auto now = states(step);
    const auto words = [&](std::size_t i) {
        const ElementState& s = now[i];
        return elements_[i].versions[static_cast<std::size_t>(s.version)].words;
    };
    std::string out = fmt::format("{}: {}\n", view_->title, sentence(view_->what));
    const auto list = [&](Presence p, const char* heading) {
        for (std::size_t i = 0; i < elements_.size(); ++i)
            if (now[i].presence == p && !words(i).empty()) out += fmt::format("{}: {}\n", heading, sentence(words(i)));
    };
    list(Presence::fresh, "New");
    list(Presence::changed, "Changed");
    list(Presence::gone, "Gone");

    const auto is_there = [&](std::size_t i) {
        return now[i].presence != Presence::absent && now[i].presence < Presence::gone && !words(i).empty();
    };
    // Box by box, each with its nodes; what stands in none comes first, the edges last.
    const auto inside = [&](auto&& self, int box) -> void {
        for (std::size_t i = 0; i < elements_.size(); ++i)
            if (elements_[i].kind == Element::Kind::node && elements_[i].box == box && is_there(i))
                out += sentence(words(i)) + "\n";
        for (std::size_t i = 0; i < elements_.size(); ++i) {
            if (elements_[i].kind != Element::Kind::box || elements_[i].box != box) continue;
            if (is_there(i)) out += sentence(words(i)) + "\n";
            self(self, static_cast<int>(i));
        }
    };
    inside(inside, -1);
    for (std::size_t i = 0; i < elements_.size(); ++i)
        if (elements_[i].kind == Element::Kind::edge && is_there(i)) out += sentence(words(i)) + "\n";
    return out;
}

} // namespace nslab::viz
