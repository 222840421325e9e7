// The DOT of a dozen states, letter by letter: tests/viz/dot/ holds them. NSLAB_UPDATE=1 writes them anew; look at what
// changed before it is committed.

#include <cstdlib>

#include "tests/viz/film.hpp"

using namespace nslab;

namespace {

struct Chosen {
    const char *name, *scenario, *view;
    std::size_t step; // 0: the last
    bool dark = false;
};
const Chosen kChosen[] = {
    {"slave", "mount/man/example-slave.scn", "mounts", 13},
    {"slave-dark", "mount/man/example-slave.scn", "mounts", 13, true},
    {"slave-groups", "mount/situations/15-slave-after-a-group.scn", "mounts", 0},
    {"lazy", "mount/surprises/lazy-umount-shared-parent.scn", "mounts", 0},
    {"unbindable", "mount/man/prune-unbindable-only.scn", "mounts", 0},
    {"locked", "mount/man/unshare-reverses.scn", "mounts", 0},
    {"covered", "mount/surprises/mount-on-root.scn", "mounts", 0},
    {"detached", "mount/api/open-tree-clone.scn", "mounts", 4},
    {"propagation", "mount/situations/15-slave-after-a-group.scn", "propagation", 0},
    {"nsproxy", "mount/man/namespace-by-unshare.scn", "nsproxy", 0},
    {"pid", "mount/man/namespace-by-clone.scn", "pid", 0},
    {"overview", "mount/man/example-slave.scn", "overview", 0},
};

} // namespace

TEST_CASE("the DOT of a dozen states is what it was") {
    const std::string root = NSLAB_SOURCE_DIR;
    for (const Chosen& c : kChosen) {
        INFO(c.name);
        const ParseResult parsed = parse(c.scenario, text_of(root + "/scenarios/" + c.scenario));
        REQUIRE(parsed.ok());
        viz::LessonOptions options;
        options.views = {viz::find_view(c.view)};
        const viz::Lesson lesson = viz::film(parsed.scenario, options);
        viz::DotOptions dot;
        dot.step = c.step ? c.step : lesson.acted;
        dot.dark = c.dark;
        dot.caption = parsed.scenario.title;
        const std::string now = viz::to_dot(lesson.scenes[0], dot);
        const std::string file = root + "/tests/viz/dot/" + c.name + ".dot";
        if (std::getenv("NSLAB_UPDATE")) std::ofstream(file) << now;
        CHECK(now == text_of(file));
    }
}
