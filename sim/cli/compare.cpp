// nslab compare: put logs of nslab check side by side, such as those of different kernels.

#include <algorithm>
#include <iostream>
#include <map>
#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "sim/cli/commands.hpp"
#include "sim/cli/files.hpp"
#include "sim/cli/output.hpp"
#include "sim/compare/compare.hpp"

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

/// What the actors of one world saw after a step against what they saw in another, apart from the numbers that each
/// machine hands out. `ids` remembers those from step to step.
std::vector<std::string> mountinfo_differences(const json& one, const json& two, Bijection& ids, const Sides& sides) {
    std::vector<std::string> lines;
    for (const auto& [actor, text] : one.items()) {
        if (!two.contains(actor)) continue;
        const auto more = compare_mountinfo(text.get<std::string>(), two.at(actor).get<std::string>(), ids,
                                            "mountinfo of " + actor, sides);
        lines.insert(lines.end(), more.begin(), more.end());
    }
    lines.empty() ? ids.keep() : ids.drop();
    return lines;
}

/// What differs in one scenario, in lines; empty where all columns say the same.
std::string differences(const Played& played) {
    std::string out;
    std::size_t steps = 0;
    for (const Column& c : played.columns) steps = std::max(steps, c.steps.size());
    std::vector<Bijection> ids(played.columns.size());
    for (std::size_t i = 0; i < steps; ++i) {
        std::vector<std::string> cells, seen;
        const json* step = nullptr;
        std::optional<std::size_t> first; // whose mountinfo the others are compared with
        for (std::size_t c = 0; c < played.columns.size(); ++c) {
            const Column& column = played.columns[c];
            cells.push_back(i < column.steps.size() ? cell(column.steps[i]) : "did not come so far");
            if (i >= column.steps.size()) continue;
            step = &column.steps[i];
            if (!step->contains("mountinfo")) continue;
            if (!first) {
                first = c;
                continue;
            }
            const Column& other = played.columns[*first];
            const auto lines = mountinfo_differences(other.steps[i].at("mountinfo"), step->at("mountinfo"), ids[c],
                                                     {other.head, column.head});
            seen.insert(seen.end(), lines.begin(), lines.end());
        }
        const bool same = std::all_of(cells.begin(), cells.end(), [&](const auto& c) { return c == cells[0]; });
        if (!step || (same && seen.empty())) continue;
        out += fmt::format("{}:{}: {}\n", played.name, step->at("line").get<unsigned>(),
                           step->at("text").get<std::string>());
        for (std::size_t c = 0; c < cells.size(); ++c)
            out += fmt::format("    {:<40} {}\n", played.columns[c].head, cells[c]);
        for (const std::string& line : seen) out += "    " + line + "\n";
    }
    return out;
}

int compare_logs(const std::vector<std::string>& files) {
    Table table;
    for (const std::string& file : files) {
        const json log = json::parse(read_file(file), nullptr, false);
        if (log.is_discarded() || !log.is_object()) throw std::runtime_error(file + ": this is no log of nslab");
        try {
            if (!log.contains("scenarios") && !log.contains("scenario"))
                throw std::runtime_error(file + ": this is no log of nslab");
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
    sub->add_option("LOG", *files, "two logs or more: json of nslab check -o or nslab run --format json")->required();
    sub->footer("Only logs of the very same scenario are compared, whatever its file is called.");
    sub->callback([files, &status] {
        if (files->size() < 2) throw CLI::ValidationError("LOG", "at least two logs are needed");
        status = compare_logs(*files);
    });
}

} // namespace nslab
