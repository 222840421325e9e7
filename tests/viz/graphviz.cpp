#include <cstdlib>

#include "tests/viz/film.hpp"

using namespace nslab;

TEST_CASE("where dot is missing, one line says what to install") {
    const std::string path = std::getenv("PATH");
    setenv("PATH", "/nowhere", 1);
    std::string said;
    try {
        viz::run_dot({"-V"}, "");
    } catch (const viz::GraphvizError& e) { said = e.what(); }
    setenv("PATH", path.c_str(), 1);
    CHECK(said.find("apt-get install graphviz") != std::string::npos);
    CHECK(said.find('\n') == std::string::npos);
}

TEST_CASE("dot has a time limit, and what it complains of is told") {
    if (!dot_is_here()) {
        WARN("skipped: dot is not installed");
        return;
    }
    const auto begin = std::chrono::steady_clock::now();
    std::string large = "digraph {";
    for (int i = 0; i < 3000; ++i) large += "a" + std::to_string(i % 700) + "->b" + std::to_string(i * 7 % 900) + ";";
    CHECK_THROWS_AS(viz::run_dot({"-Tsvg"}, large + "}", std::chrono::milliseconds(50)), viz::GraphvizError);
    CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(10));
    std::string said;
    try {
        viz::run_dot({"-Tsvg"}, "digraph { a -> }");
    } catch (const viz::GraphvizError& e) { said = e.what(); }
    CHECK(said.find("syntax error") != std::string::npos);
}

TEST_CASE("a layout has a place for everything") {
    if (!dot_is_here()) {
        WARN("skipped: dot is not installed");
        return;
    }
    for (const viz::View& view : viz::views()) {
        INFO(view.name);
        const auto lesson = film_text(R"(
sh1# mkdir /a
sh1# mount -t tmpfs disk /a
sh1# mount --make-shared /a
sh1# unshare -m --propagation slave sh2 &
sh2# umount /a
)",
                                      view.name);
        const viz::Layout layout = viz::lay_out(lesson.scenes[0]);
        CHECK(layout.warnings == "");
        for (std::size_t i = 0; i < layout.of.size(); ++i) {
            INFO(lesson.scenes[0].elements()[i].id);
            CHECK(layout.of[i].placed);
        }
    }
}
