#include "viz/page.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "sim/replay/result.hpp"
#include "viz/svg.hpp"
#include "viz_player_files.hpp" // made by CMake of viz/player/

namespace nslab::viz {

namespace {

/// The template with each {{name}} replaced; what is put in is not looked at again.
std::string fill(std::string_view page, const std::vector<std::pair<std::string_view, std::string>>& values) {
    std::string out;
    for (std::size_t at = 0; at < page.size();) {
        const std::size_t open = page.find("{{", at);
        out += page.substr(at, open - at);
        if (open == std::string_view::npos) break;
        const std::size_t close = page.find("}}", open);
        const std::string_view name = page.substr(open + 2, close - open - 2);
        for (const auto& [key, value] : values)
            if (key == name) out += value;
        at = close + 2;
    }
    return out;
}

/// Where the drawing of a view ends in width, which its natural size is.
std::string width_of(const std::string& svg) {
    const std::string lead = "viewBox=\"0 0 ";
    const std::size_t at = svg.find(lead) + lead.size();
    return svg.substr(at, svg.find(' ', at) - at);
}

} // namespace

std::string escaped(const std::string& text) {
    std::string out;
    // The one who knows UTF-8 here is the JSON library: it puts U+FFFD for what is none.
    const std::string clean =
        nlohmann::json::parse(nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
    for (const char c : clean) {
        switch (c) {
        case '&': out += "&amp;"; break;
        case '<': out += "&lt;"; break;
        case '>': out += "&gt;"; break;
        case '"': out += "&quot;"; break;
        case '\'': out += "&#39;"; break;
        case '\n':
        case '\t': out += c; break;
        default:
            out += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? std::string("\xef\xbf\xbd") : std::string(1, c);
        }
    }
    return out;
}

std::string data_of(const Lesson& lesson, const std::vector<Layout>& layouts, const std::vector<Stop>& stops) {
    nlohmann::json data = {{"views", nlohmann::json::array()}, {"words", nlohmann::json::array()}};
    std::vector<std::string> words;
    for (std::size_t v = 0; v < lesson.scenes.size(); ++v) {
        const Scene& scene = lesson.scenes[v];
        nlohmann::json view = {{"name", scene.view().name},
                               {"title", scene.view().title},
                               {"ids", nlohmann::json::array()},
                               {"steps", nlohmann::json::array()},
                               {"words", nlohmann::json::array()}};
        std::vector<std::size_t> placed;
        for (std::size_t i = 0; i < scene.elements().size(); ++i) {
            if (!layouts[v].of[i].placed) continue;
            placed.push_back(i);
            view["ids"].push_back(scene.elements()[i].id);
        }
        std::vector<std::pair<int, int>> before(placed.size(), {0, -1});
        for (std::size_t s = 0; s < stops.size(); ++s) {
            nlohmann::json difference = nlohmann::json::array();
            // Nothing moves where the begin or the closing words are shown.
            const bool moves = stops[s].first != stops[s].end;
            for (std::size_t i = 0; i < placed.size(); ++i) {
                ElementState state = scene.state(scene.elements()[placed[i]], stops[s].scene);
                if (!moves && state.presence >= Presence::gone) state = {};
                if (!moves && state.presence != Presence::absent) state.presence = Presence::there;
                const std::pair<int, int> now{static_cast<int>(state.presence), state.version};
                if (now == before[i]) continue;
                before[i] = now;
                difference.insert(difference.end(), {static_cast<int>(i), now.first, now.second});
            }
            view["steps"].push_back(std::move(difference));
            std::string told = scene.describe(stops[s].scene);
            auto known = std::find(words.begin(), words.end(), told);
            view["words"].push_back(known - words.begin());
            if (known == words.end()) words.push_back(std::move(told));
        }
        data["views"].push_back(std::move(view));
    }
    data["words"] = words;
    data["names"] = nlohmann::json::object();
    for (const auto& [name, step] : lesson.named)
        for (std::size_t s = 0; s < stops.size(); ++s)
            if (stops[s].scene <= step) data["names"][name] = s;
    std::string text = data.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    // Inside of a script element only a < could end it, and in JSON one stands in strings only.
    std::string out;
    for (const char c : text) out += c == '<' ? std::string("\\u003c") : std::string(1, c);
    return out;
}

std::string to_page(const Scenario& scenario, const Lesson& lesson, const std::vector<Layout>& layouts) {
    const std::vector<Stop> stops = stops_of(scenario, lesson);
    std::string tabs, panels;
    for (std::size_t v = 0; v < lesson.scenes.size(); ++v) {
        const View& view = lesson.scenes[v].view();
        SvgOptions options;
        options.inlined = true;
        options.style = false;
        const std::string svg = to_svg(lesson.scenes[v], layouts[v], options);
        const std::string name = escaped(view.name);
        tabs += fmt::format("<button type=\"button\" role=\"tab\" id=\"tab-{0}\" aria-controls=\"panel-{0}\" "
                            "aria-selected=\"{1}\" title=\"{3}\">{2}<span class=\"dot\" title=\"changes in this "
                            "step\"></span></button>\n",
                            name, v == 0, escaped(view.title), escaped(view.what));
        panels += fmt::format("<div class=\"panel\" role=\"tabpanel\" id=\"panel-{0}\" aria-labelledby=\"tab-{0}\" "
                              "tabindex=\"0\" style=\"--w:{1}\"{2}>{3}</div>\n",
                              name, width_of(svg), v == 0 ? "" : " hidden", svg);
    }
    // A script that somebody smuggled in would not know this word.
    const std::string nonce = scenario_hash(scenario.text);
    return fill(player::kHtml,
                {{"title", escaped(scenario.title.empty() ? scenario.file : scenario.title)},
                 {"source", scenario.source.empty() ? "" : "<p class=\"source\">" + escaped(scenario.source) + "</p>"},
                 {"style", std::string(player::kCss) + svg_style()},
                 {"steps", html_of(scenario, lesson, stops)},
                 {"tabs", tabs},
                 {"panels", panels},
                 {"data", data_of(lesson, layouts, stops)},
                 {"script", std::string(player::kScript)},
                 {"nonce", nonce}});
}

} // namespace nslab::viz
