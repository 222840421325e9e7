// A text that may go on: what a live terminal gives the parser.

#include "sim/scenario/scenario.hpp"
#include "tests/catch.hpp"

using namespace nslab;

TEST_CASE("a text so far may end inside a repeat, a whole one may not") {
    const std::string text = "sh1# mkdir /a\nrepeat 2 as $i\n    sh1# mkdir /a/$i\n";
    const ParseResult so_far = parse("a.scn", text, Extent::so_far);
    CHECK(so_far.ok());
    CHECK(so_far.open);
    CHECK(so_far.scenario.steps.size() == 1); // what is repeated comes with its end
    CHECK_FALSE(parse("a.scn", text).ok());
    const ParseResult ended = parse("a.scn", text + "end\n", Extent::so_far);
    CHECK_FALSE(ended.open);
    CHECK(ended.scenario.steps.size() == 3);
}

TEST_CASE("nothing is said of what a text so far has not used yet") {
    const std::string text = "sh1: t = open(\"/\", O_RDONLY)\nsh1# unshare -m sh2 &\n";
    CHECK(parse("a.scn", text).diagnostics.size() == 2);
    CHECK(parse("a.scn", text, Extent::so_far).diagnostics.empty());
}

TEST_CASE("the parser says where heads and statements end") {
    const ParseResult p =
        parse("a.scn", "title: x\n# of the file\nboot: systemd\n\n# Said.\nsh1# mkdir /a\n\nrepeat 2 as "
                       "$i\n    sh1# mkdir /a/$i\n    repeat 2 as $j\n        sh1# pwd\n    end\n"
                       "end\nexpect sh1: / is mounted, / is shared\n");
    REQUIRE(p.ok());
    CHECK(p.heads == 3);
    CHECK(p.ends == std::vector<u32>{6, 13, 14});
}
