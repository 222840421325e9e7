#pragma once
// A lesson as one page of HTML that needs nothing else: no network, no server. What moves in it stands in viz/player/;
// here the parts of the scenario are put into that page, each escaped, for a scenario may be a stranger's.

#include <string>
#include <vector>

#include "viz/layout.hpp"
#include "viz/lesson.hpp"

namespace nslab::viz {

/// One stop of the player. Claims of one line are one stop, and `draw NAME` is none.
struct Stop {
    std::size_t first = 0, end = 0; // steps of the scenario; none for the begin and for closing words
    std::size_t scene = 0;          // the step of the scenes that is shown
};

/// From the world before the first step to the last step that was played, or to the closing words.
std::vector<Stop> stops_of(const Scenario& scenario, const Lesson& lesson);

/// The list of the stops, as items of a list: what is said, typed, printed, and why.
std::string html_of(const Scenario& scenario, const Lesson& lesson, const std::vector<Stop>& stops);

/// What each element of each drawing is at each stop, as JSON that may stand inside of a script element.
std::string data_of(const Lesson& lesson, const std::vector<Layout>& layouts, const std::vector<Stop>& stops);

/// The whole page; a layout for each scene.
std::string to_page(const Scenario& scenario, const Lesson& lesson, const std::vector<Layout>& layouts);

/// Text for an element or an attribute of HTML; control characters and what is no UTF-8 become a mark.
std::string escaped(const std::string& text);

} // namespace nslab::viz
