// nslab compare: put logs of nslab check side by side, such as those of different kernels.

#include <algorithm>
#include <iostream>
#include <map>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "sim/cli/commands.hpp"
#include "sim/cli/files.hpp"
#include "sim/cli/output.hpp"

namespace nslab {

namespace {

using nlohmann::json;

/// One world that played a scenario, in one log.
struct Column {
    std::string head; // "6.18.44 x86_64 (a.json)"
    json steps;
};
struct Played {
    std::string name, title;
    std::vector<Column> columns;
};

/// Logs by the hash of the scenario, so that different scenarios never meet.
using Table = std::map<std::string, Played>;

void enter(Table& table, const json& log, const std::string& file) {
    if (!log.contains("hash")) return; // a file that could not be played
    Played& played = table[log.at("hash").get<std::string>()];
    played.name = log.at("scenario").get<std::string>();
    played.title = log.value("title", "");
    if (log.contains("kernel")) {
        const json& kernel = log.at("kernel");
        played.columns.push_back(
            {fmt::format("{} {} ({})", kernel.at("release").get<std::string>(), kernel.value("machine", ""), file),
             kernel.at("steps")});
    } else if (log.contains("steps")) {
        played.columns.push_back({fmt::format("model of {} ({})", log.value("release", ""), file), log.at("steps")});
    }
}

std::string cell(const json& step) {
    const json& outcome = step.at("outcome");
    std::string text = outcome.is_string() ? outcome.get<std::string>() : outcome.dump();
    if (step.contains("output")) text += " \"" + step["output"].get<std::string>() + '"';
    return text;
}

/// What differs in one scenario, in lines; empty where all columns say the same.
std::string differences(const Played& played) {
    std::string out;
    std::size_t steps = 0;
    for (const Column& c : played.columns) steps = std::max(steps, c.steps.size());
    for (std::size_t i = 0; i < steps; ++i) {
        std::vector<std::string> cells;
        bool mountinfo_differs = false;
        const json* step = nullptr;
        const json* first_mountinfo = nullptr;
        for (const Column& c : played.columns) {
            cells.push_back(i < c.steps.size() ? cell(c.steps[i]) : "did not come so far");
            if (i >= c.steps.size()) continue;
            step = &c.steps[i];
            if (!step->contains("mountinfo")) continue;
            if (first_mountinfo && *first_mountinfo != step->at("mountinfo")) mountinfo_differs = true;
            first_mountinfo = &step->at("mountinfo");
        }
        const bool same = std::all_of(cells.begin(), cells.end(), [&](const auto& c) { return c == cells[0]; });
        if (same || !step) continue;
        out += fmt::format("{}:{}: {}\n", played.name, step->at("line").get<unsigned>(),
                           step->at("text").get<std::string>());
        for (std::size_t c = 0; c < cells.size(); ++c)
            out += fmt::format("    {:<40} {}\n", played.columns[c].head, cells[c]);
        if (mountinfo_differs) out += "    (their mountinfo differs as well)\n";
    }
    return out;
}

int compare_logs(const std::vector<std::string>& files) {
    Table table;
    for (const std::string& file : files) {
        const json log = json::parse(read_file(file), nullptr, false);
        if (log.is_discarded() || !log.is_object()) throw std::runtime_error(file + ": this is no log of nslab");
        try {
            if (log.contains("scenarios"))
                for (const json& one : log.at("scenarios")) enter(table, one, file);
            else
                enter(table, log, file);
        } catch (const json::exception& e) {
            throw std::runtime_error(fmt::format("{}: this is no log of nslab ({})", file, e.what()));
        }
    }
    std::size_t compared = 0, different = 0, alone = 0;
    for (const auto& [hash, played] : table) {
        if (played.columns.size() < 2) {
            ++alone;
            continue;
        }
        ++compared;
        const std::string text = differences(played);
        if (text.empty()) continue;
        ++different;
        std::cout << text;
    }
    std::cout << fmt::format("{} in several logs: {} the same, {} different; {} in one log only\n",
                             plural(compared, "scenario"), compared - different, different, alone);
    if (compared == 0) return exit_status(Verdict::nothing);
    return different ? exit_status(Verdict::failed) : 0;
}

} // namespace

void add_compare(CLI::App& app, int& status) {
    auto files = std::make_shared<std::vector<std::string>>();
    CLI::App* sub = app.add_subcommand("compare", "Put logs of nslab check (-o) side by side");
    sub->add_option("LOG", *files, "logs: json of nslab check -o or nslab run --format json")
        ->required()
        ->expected(2, 1000);
    sub->footer("Only logs of the very same scenario are compared, whatever its file is called.");
    sub->callback([files, &status] { status = compare_logs(*files); });
}

} // namespace nslab
