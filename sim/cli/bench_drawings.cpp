#include "sim/cli/bench_drawings.hpp"

#include <algorithm>
#include <chrono>
#include <stdexcept>

#include "sim/linux/boot.hpp"
#include "sim/syscall/syscall.hpp"
#include "viz/dot.hpp"
#include "viz/graphviz.hpp"
#include "viz/svg.hpp"

namespace nslab {

namespace {

struct World {
    Kernel k = boot(Release{});
    Id<Task> sh1 = k[k.init].children;

    World() { k.sysctl_mount_max = 1'000'000; }
    void call(const Syscall& c) {
        if (const Outcome out = syscall(k, sh1, c); !out.ok()) throw std::logic_error("the world is not as planned");
    }
};

/// As many mounts in each of the namespaces, not all alike: every third is shared.
World flat(std::uint32_t mounts, std::uint32_t namespaces) {
    World w;
    const std::uint32_t each = mounts / namespaces;
    for (std::uint32_t i = 3; i < each; ++i) { // rootfs, / and /proc are there
        const std::string place = "/m" + std::to_string(i);
        w.call(sys::Mkdirat{AT::FDCWD, place, 0755});
        w.call(sys::Mount{"disk", place, "tmpfs", 0, Str{}});
        if (i % 3 == 0) w.call(sys::Mount{Str{}, place, Str{}, MS::SHARED, Str{}});
    }
    for (std::uint32_t i = 1; i < namespaces; ++i) w.call(sys::Clone{CLONE::NEWNS | SIG::CHLD});
    return w;
}

/// Each mount on a directory of the one before.
World chain(std::uint32_t mounts) {
    World w;
    for (std::uint32_t i = 3; i < mounts; ++i) {
        w.call(sys::Mkdirat{AT::FDCWD, "d", 0755});
        w.call(sys::Mount{"disk", "d", "tmpfs", 0, Str{}});
        w.call(sys::Chdir{"d"});
    }
    return w;
}

std::string dot_of(viz::Scene& scene, const Kernel& k) {
    scene.add({k, {}});
    scene.finish();
    viz::DotOptions options;
    options.step = 0;
    return viz::to_dot(scene, options);
}

std::string svg_of(viz::Scene& scene, const Kernel& k) {
    scene.add({k, {}});
    scene.finish();
    viz::SvgOptions options;
    options.step = 0;
    return viz::to_svg(scene, viz::lay_out(scene), options);
}

} // namespace

void measure_drawings(std::uint32_t largest, const std::string& only,
                      const std::function<void(const BenchRow&)>& take) {
    struct Drawing {
        const char* name;
        std::uint32_t size;
        World (*world)(std::uint32_t);
        std::string (*draw)(viz::Scene&, const Kernel&);
    };
    const auto twenty = [](std::uint32_t n) { return flat(n, 20); };
    const auto one = [](std::uint32_t n) { return flat(n, 1); };
    for (const Drawing& d : {Drawing{"DOT of 20 namespaces", 1'000, twenty, dot_of},
                             Drawing{"SVG of 20 namespaces, with dot", 1'000, twenty, svg_of},
                             Drawing{"DOT of a chain of mounts", 10'000, chain, dot_of},
                             Drawing{"DOT of 20 namespaces", 100'000, twenty, dot_of},
                             Drawing{"DOT of one namespace", 100'000, one, dot_of}}) {
        if (d.size > largest || std::string(d.name).find(only) == std::string::npos) continue;
        BenchRow row;
        row.name = d.name;
        row.size = d.size;
        row.skipped = "it draws no pictures";
        const World w = d.world(d.size);
        try {
            for (int round = 0; round < 3; ++round) {
                const auto begin = std::chrono::steady_clock::now();
                viz::Scene scene(*viz::find_view("mounts"));
                d.draw(scene, w.k);
                const std::chrono::duration<double, std::nano> took = std::chrono::steady_clock::now() - begin;
                const auto ns = static_cast<decltype(row.model_ns)>(took.count());
                row.model_ns = round == 0 ? ns : std::min(row.model_ns, ns);
            }
        } catch (const viz::GraphvizError&) { continue; } // there is no dot
        take(row);
    }
}

} // namespace nslab
