#include "sim/fuzz/results.hpp"

#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace nslab::fuzz {

using Json = nlohmann::ordered_json;

void Distinct::add(u64 hash) {
    if (kept_.size() == kKept && hash >= kept_.back()) return;
    const auto at = std::lower_bound(kept_.begin(), kept_.end(), hash);
    if (at != kept_.end() && *at == hash) return;
    kept_.insert(at, hash);
    if (kept_.size() > kKept) kept_.pop_back();
}

void Distinct::merge(const Distinct& other) {
    for (const u64 hash : other.kept_) add(hash);
}

u64 Distinct::count() const {
    if (kept_.size() < kKept) return kept_.size();
    return static_cast<u64>(static_cast<double>(kKept - 1) / (static_cast<double>(kept_.back()) / 0x1p64));
}

void Results::add_seed(u64 seed) {
    if (done(seed)) return;
    auto at = std::lower_bound(seeds.begin(), seeds.end(), std::pair(seed, seed));
    at = seeds.insert(at, {seed, seed});
    if (const auto next = std::next(at); next != seeds.end() && next->first == seed + 1) {
        at->second = next->second;
        at = std::prev(seeds.erase(next));
    }
    if (at != seeds.begin() && std::prev(at)->second + 1 == seed) {
        std::prev(at)->second = at->second;
        seeds.erase(at);
    }
}

bool Results::done(u64 seed) const {
    return std::any_of(seeds.begin(), seeds.end(), [&](const auto& r) { return r.first <= seed && seed <= r.second; });
}

void Results::add(const Results& part) {
    scenarios += part.scenarios;
    steps += part.steps;
    compared += part.compared;
    pairs += part.pairs;
    skipped += part.skipped;
    cut_short += part.cut_short;
    again += part.again;
    states.merge(part.states);
    branches.merge(part.branches);
    // A seed that was not finished before is played again, and finds the same.
    const auto add_all = [](std::vector<Found>& all, const std::vector<Found>& more) {
        for (const Found& f : more)
            if (std::none_of(all.begin(), all.end(),
                             [&](const Found& a) { return a.seed == f.seed && a.number == f.number; }))
                all.push_back(f);
    };
    add_all(found, part.found);
    add_all(strange, part.strange);
}

namespace {

Json json_of(const Found& f) {
    return {{"seed", f.seed},   {"number", f.number},   {"message", f.message},      {"scenario", f.scenario},
            {"steps", f.steps}, {"repeats", f.repeats}, {"reproduces", f.reproduces}};
}
Found found_of(const Json& j) {
    return {j.at("seed"),  j.at("number"),  j.at("message"),   j.at("scenario"),
            j.at("steps"), j.at("repeats"), j.at("reproduces")};
}

Json json_of(const Extent& e) {
    return {{"sequences", e.written}, {"renamed", e.renamed}, {"states", e.states}, {"pairs", e.pairs}};
}

Json json_of(const std::vector<Found>& all) {
    Json out = Json::array();
    for (const Found& f : all) out.push_back(json_of(f));
    return out;
}

Distinct distinct_of(const Json& j) {
    Distinct d;
    for (const auto& hash : j) d.add(hash);
    return d;
}

} // namespace

std::string to_json(const Results& r) {
    Json j{{"nslab", "fuzz"},
           {"model", r.model},
           {"kernel", r.kernel},
           {"against", r.against},
           {"calls", r.calls},
           {"depth", r.depth},
           {"actors", r.actors},
           {"seeds", r.seeds},
           {"scenarios", r.scenarios},
           {"steps", r.steps},
           {"compared", r.compared},
           {"pairs", r.pairs},
           {"skipped", r.skipped},
           {"cut_short", r.cut_short},
           {"again", r.again},
           {"seconds", r.seconds},
           {"distinct_states", r.states.count()},
           {"distinct_branches", r.branches.count()},
           {"differences", json_of(r.found)},
           {"not_repeated", json_of(r.strange)},
           {"states", r.states.kept()},
           {"branches", r.branches.kept()}};
    if (r.extent.pairs) j["extent"] = json_of(r.extent);
    return j.dump() + "\n";
}

Results from_json(const std::string& text, const std::string& file) {
    try {
        const Json j = Json::parse(text);
        if (j.at("nslab") != "fuzz") throw std::runtime_error("no results of nslab fuzz");
        Results r;
        r.model = j.at("model");
        r.kernel = j.at("kernel");
        r.against = j.at("against");
        r.calls = j.at("calls");
        r.depth = j.at("depth");
        r.actors = j.at("actors");
        r.seeds = j.at("seeds").get<std::vector<std::pair<u64, u64>>>();
        r.scenarios = j.at("scenarios");
        r.steps = j.at("steps");
        r.compared = j.at("compared");
        r.pairs = j.at("pairs");
        if (j.contains("extent")) {
            const Json& e = j.at("extent");
            r.extent = {e.at("sequences"), e.at("renamed"), e.at("states"), e.at("pairs")};
        }
        r.skipped = j.at("skipped");
        r.cut_short = j.at("cut_short");
        r.again = j.at("again");
        r.seconds = j.at("seconds");
        r.states = distinct_of(j.at("states"));
        r.branches = distinct_of(j.at("branches"));
        for (const auto& f : j.at("differences")) r.found.push_back(found_of(f));
        for (const auto& f : j.at("not_repeated")) r.strange.push_back(found_of(f));
        return r;
    } catch (const std::exception& e) {
        throw std::runtime_error(fmt::format("{}: not a file of results of nslab fuzz: {}", file, e.what()));
    }
}

Results merge(const std::vector<std::pair<std::string, Results>>& parts) {
    Results all = parts.at(0).second;
    for (std::size_t i = 1; i < parts.size(); ++i) {
        const std::string& file = parts[i].first;
        const Results& part = parts[i].second;
        const auto alike = [&](const char* what, const auto& a, const auto& b) {
            if (a != b)
                throw std::runtime_error(
                    fmt::format("{}: {} is {}, but {} in {}: not one campaign", file, what, b, a, parts[0].first));
        };
        alike("the model's release", all.model, part.model);
        alike("the kernel", all.kernel, part.kernel);
        alike("--against", all.against, part.against);
        alike("--calls", all.calls, part.calls);
        alike("--depth", all.depth, part.depth);
        alike("--actors", all.actors, part.actors);
        alike("the number of pairs", all.extent.pairs, part.extent.pairs);
        for (const auto& [first, last] : part.seeds) {
            for (const auto& [from, to] : all.seeds)
                if (first <= to && from <= last)
                    throw std::runtime_error(
                        fmt::format("{}: seed {} was merged already", file, std::max(first, from)));
            if (last - first > 100'000'000) throw std::runtime_error(file + ": more seeds than anybody has played");
            for (u64 seed = first; seed <= last; ++seed) all.add_seed(seed);
        }
        all.add(part);
        all.seconds += part.seconds;
    }
    return all;
}

} // namespace nslab::fuzz
