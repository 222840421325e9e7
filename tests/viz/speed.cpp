// How long drawings of large worlds take; docs/drawing.md has the figures. Run by hand, in a Release build:
// nslab_tests "large worlds are drawn quickly"

#include <chrono>
#include <ctime>

#include "tests/linux/world.hpp"
#include "tests/viz/film.hpp"

using namespace nslab;

namespace {

double ms(std::chrono::steady_clock::time_point since) {
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - since).count();
}

double cpu_ms(std::clock_t since) { return 1000.0 * static_cast<double>(std::clock() - since) / CLOCKS_PER_SEC; }

/// Mounts of all kinds, `each` in every one of `namespaces`.
Kernel large(int each, int namespaces) {
    Kernel k = boot(Release{});
    const Id<Task> sh1 = k[k.init].children;
    k.sysctl_mount_max = 1'000'000;
    const auto ok = [&](const Syscall& c) { REQUIRE(syscall(k, sh1, c).ok()); };
    for (int i = 3; i < each; ++i) {
        const std::string place = "/m" + std::to_string(i % 7 ? i : i / 2 * 2) + (i % 7 ? "" : "s");
        ok(sys::Mkdirat{AT::FDCWD, place, 0755});
        ok(sys::Mount{"disk", place, "tmpfs", 0, Str{}});
        if (i % 3 == 0) ok(sys::Mount{Str{}, place, Str{}, MS::SHARED, Str{}});
    }
    for (int i = 1; i < namespaces; ++i) ok(sys::Clone{CLONE::NEWNS | SIG::CHLD});
    return k;
}

} // namespace

TEST_CASE("large worlds are drawn quickly", "[.]") {
    struct Case {
        int each, namespaces;
        std::size_t fold;
    };
    for (const Case c : {Case{50, 20, 6}, Case{50, 20, 0}, Case{100'000, 1, 6}, Case{5'000, 20, 6}}) {
        const Kernel k = large(c.each, c.namespaces);
        const viz::Actors actors;
        const std::clock_t begin = std::clock(); // our own work alone, however busy the machine is
        viz::Scene scene(*viz::find_view("mounts"));
        scene.add({k, actors});
        scene.finish(c.fold);
        const std::string dot = viz::to_dot(scene, {});
        const double made = cpu_ms(begin);
        const auto asked = std::chrono::steady_clock::now();
        const viz::Layout layout = viz::lay_out(scene);
        const double laid_out = ms(asked);
        const std::clock_t drawing = std::clock();
        viz::SvgOptions options;
        options.step = 0;
        const std::string svg = viz::to_svg(scene, layout, options);
        WARN(c.each << " mounts in " << c.namespaces << " namespaces, fold " << c.fold << ": DOT " << made
                    << " ms, dot " << laid_out << " ms, SVG " << cpu_ms(drawing) << " ms, " << svg.size() / 1024
                    << " KiB");
    }
}
