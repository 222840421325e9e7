// nslab bench: the same work in the model and on the running kernel, as ratios.

#include <fmt/format.h>
#include <iostream>
#include <nlohmann/json.hpp>

#include "sim/bench/works.hpp"
#include "sim/cli/bench_drawings.hpp"
#include "sim/cli/commands.hpp"

namespace nslab {

namespace {

struct BenchOptions {
    std::string format = "text";
    std::uint32_t largest = 10000; // works beyond this size are left out
    std::uint32_t mounts = 1000000;
    std::string only;
};

nlohmann::ordered_json to_json(const BenchRow& row) {
    nlohmann::ordered_json j{{"name", row.name}, {"size", row.size}};
    if (row.bytes) {
        j["bytes"] = *row.bytes;
        return j;
    }
    j["model_ns"] = row.model_ns;
    if (row.kernel_ns) j["kernel_ns"] = *row.kernel_ns;
    if (const auto ratio = row.ratio()) j["ratio"] = *ratio;
    if (!row.skipped.empty()) j["skipped"] = row.skipped;
    return j;
}

void print(const BenchRow& row) {
    if (row.bytes) {
        std::cout << fmt::format("{:<42} {:>8} {:>10.1f} bytes\n", row.name, row.size, *row.bytes);
        return;
    }
    std::cout << fmt::format("{:<42} {:>8} {:>10.2f} us", row.name, row.size, row.model_ns / 1e3);
    if (row.kernel_ns)
        std::cout << fmt::format(" {:>10.2f} us {:>7.1f}\n", *row.kernel_ns / 1e3, row.ratio().value_or(0));
    else
        std::cout << "   not on the kernel: " << row.skipped << '\n';
    std::cout.flush();
}

int bench(const BenchOptions& options) {
    const bool text = options.format == "text";
    nlohmann::ordered_json rows = nlohmann::ordered_json::array();
    const auto take = [&](const BenchRow& row) {
        if (text)
            print(row);
        else
            rows.push_back(to_json(row));
    };
    if (text)
        std::cout << fmt::format("{:<42} {:>8} {:>13} {:>13} {:>7}\n", "work", "size", "model", "kernel", "ratio");
    for (const Work& work : works())
        if (work.size <= options.largest && work.name.find(options.only) != std::string::npos) take(measure(work));
    if (options.mounts && std::string("bytes a mount").find(options.only) != std::string::npos)
        take(measure_memory(options.mounts));
    measure_drawings(options.mounts, options.only, take);
    if (!text) std::cout << rows.dump(2) << '\n';
    return 0;
}

} // namespace

void add_bench(CLI::App& app, int& status) {
    auto options = std::make_shared<BenchOptions>();
    CLI::App* sub = app.add_subcommand("bench", "Measure the model against this machine's kernel");
    sub->add_option("--format", options->format, "text or json")
        ->check(CLI::IsMember({"text", "json"}))
        ->capture_default_str();
    sub->add_option("--largest", options->largest, "leave out works of more peers or mounts")->capture_default_str();
    sub->add_option("--mounts", options->mounts,
                    "mounts for the memory row and at most for drawings; 0 leaves them out")
        ->capture_default_str();
    sub->add_option("--only", options->only, "works whose name holds this text");
    sub->footer("Times are those of the fastest round of one run. The ratio is kernel / model: machines differ, ratios "
                "less so.");
    sub->callback([options, &status] { status = bench(*options); });
}

} // namespace nslab
