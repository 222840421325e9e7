// The examples of the manual are scenarios without a mistake.

#include <fstream>
#include <sstream>

#include "tests/scenario/scenario.hpp"

using namespace nslab;
using namespace nslab::test;

TEST_CASE("each example in docs/language.md is a scenario without a mistake") {
    std::ifstream in(NSLAB_SOURCE_DIR "/docs/language.md");
    REQUIRE(in);
    std::string line, example;
    bool inside = false;
    int examples = 0;
    while (std::getline(in, line)) {
        if (inside && line == "```") {
            const auto r = parse("example", example);
            INFO(example << complaints(example));
            CHECK(r.ok());
            ++examples;
            inside = false;
        } else if (line == "```scenario") {
            inside = true;
            example.clear();
        } else if (inside) {
            example += line + "\n";
        }
    }
    CHECK(examples > 10);
}
