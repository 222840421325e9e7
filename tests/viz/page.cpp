// The page of a lesson: its stops, and that a stranger's text stays text. What moves in it is tested in a browser, by
// tests/player.

#include "viz/page.hpp"
#include "sim/scenario/scenario.hpp"
#include "tests/catch.hpp"

using namespace nslab;
using namespace nslab::viz;

namespace {

struct Filmed {
    Scenario scenario;
    Lesson lesson;
    std::vector<Layout> layouts; // places do not matter here, so dot need not be on the machine

    explicit Filmed(const std::string& text) {
        ParseResult parsed = parse("a.scn", text);
        REQUIRE(parsed.ok());
        scenario = std::move(parsed.scenario);
        LessonOptions options;
        options.views = {find_view("mounts")};
        options.record = true;
        lesson = film(scenario, options);
        Layout layout;
        for (const Element& e : lesson.scenes[0].elements()) {
            Placed p;
            p.placed = true;
            p.width = p.height = 10;
            if (e.kind == Element::Kind::edge) p.spline = {{0, 0}, {1, 1}, {2, 2}, {3, 3}};
            layout.of.push_back(p);
        }
        layouts.push_back(layout);
    }
};

std::size_t times_in(const std::string& text, const std::string& part) {
    std::size_t n = 0;
    for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++n;
    return n;
}

bool found_in(const std::string& text, const std::string& part) { return times_in(text, part) != 0; }

} // namespace

TEST_CASE("a page escapes what a scenario says, wherever it puts it") {
    CHECK(escaped("<a href='x'>&\"") == "&lt;a href=&#39;x&#39;&gt;&amp;&quot;");
    CHECK(escaped("a\n\tb\x01\x1b[0m\xff") == "a\n\tb\xef\xbf\xbd\xef\xbf\xbd[0m\xef\xbf\xbd");
    const Filmed p(
        "title: </title><script>1</script>\nsource: <script>2</script>\n\n# </ol><script>3</script> {{script}}\n"
        "sh1# mkdir -p '/<script>4</script>'\nsh1# echo '</script><script>5</script>'\n"
        "sh1# mount -t tmpfs '<script>6</script>' '/<script>4</script>'\ndraw a\n");
    const std::string page = to_page(p.scenario, p.lesson, p.layouts);
    CHECK(times_in(page, "<script") == 2); // the data and the player
    CHECK(times_in(page, "</script>") == 2);
    CHECK(times_in(page, "{{script}}") == 1);
    CHECK(found_in(page, "&lt;script&gt;5&lt;/script&gt;"));
    CHECK_FALSE(found_in(data_of(p.lesson, p.layouts, stops_of(p.scenario, p.lesson)), "<"));
    CHECK(page == to_page(p.scenario, p.lesson, p.layouts)); // the same scenario is the same page
}

TEST_CASE("claims of one line are one stop, draw is none, and closing words are the last") {
    const Filmed p("sh1# mkdir /a\nsh1# mount -t tmpfs d /a\nexpect sh1: /a is mounted, /a is private\ndraw here\n"
                   "sh1# umount /a\n\n# The end.\n");
    const auto stops = stops_of(p.scenario, p.lesson);
    REQUIRE(stops.size() == 6);
    CHECK(stops[3].first == 2);
    CHECK(stops[3].end == 4);
    CHECK(stops[5].first == stops[5].end);
    const std::string data = data_of(p.lesson, p.layouts, stops);
    CHECK(found_in(data, "\"names\":{\"here\":2}")); // the last step that acted, as nslab draw has it
    const std::string list = html_of(p.scenario, p.lesson, stops);
    CHECK(times_in(list, "<li ") == 6);
    CHECK(found_in(list, "The end."));
}

TEST_CASE("a step tells what it came to, what was printed, and why") {
    const Filmed p("sh1# mkdir /a\nsh1# cd /a\nsh1# mount -t tmpfs d /a\nsh1# cd /a\nsh1# umount /a  # EBUSY\n");
    const std::string list = html_of(p.scenario, p.lesson, stops_of(p.scenario, p.lesson));
    CHECK(found_in(list, "umount: /a: target is busy."));
    CHECK(found_in(list, "<p class=\"outcome no\"><span aria-hidden=\"true\">\xe2\x9c\x97 </span>EBUSY: "));
    CHECK(found_in(list, "<i>"));
    CHECK(found_in(list, "umount2(&quot;/a&quot;, 0) = -1 EBUSY"));
}

TEST_CASE("a lesson that fails ends with what went wrong") {
    const Filmed p("sh1# mkdir /a\nexpect sh1: /a is mounted\nsh1# mkdir /b\n");
    const auto stops = stops_of(p.scenario, p.lesson);
    CHECK(stops.size() == 3);
    const std::string list = html_of(p.scenario, p.lesson, stops);
    CHECK(found_in(list, "<li class=\"failure\" role=\"alert\">a.scn:2: expect sh1: /a is mounted"));
    CHECK(found_in(list, "outcome wrong"));
}
