#pragma once
// What is left of a scenario once it has been played in a process of its own: a value that goes through a pipe, and
// that the reports in ktap, junit and json are made of.

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "sim/replay/report.hpp"

namespace nslab {

struct ScenarioResult {
    std::string file, title;
    Verdict verdict = Verdict::good;
    std::string text;    // the session, for people
    std::string message; // what went wrong, or the mistakes of the file
    std::string skipped; // why the kernel did not play all of it
    std::size_t steps = 0, compared = 0, agreed = 0, differing = 0, again = 0, skipped_steps = 0;
    nlohmann::json log; // of this scenario
};
void to_json(nlohmann::json& j, const ScenarioResult& r);
void from_json(const nlohmann::json& j, ScenarioResult& r);

/// Sums up a report; text is left empty.
ScenarioResult sum_up(const Scenario& scenario, const PlayReport& report);

/// The log of a played scenario: what it is, and its steps in the model, and where a kernel played too (`machine` says
/// which) in both.
nlohmann::json play_log(const Scenario& scenario, const PlayReport& report, const std::string& machine);

/// A name that two scenarios share only where their texts are equal.
std::string scenario_hash(const std::string& text);

/// All results as one document.
std::string ktap(const std::vector<ScenarioResult>& results);
std::string junit(const std::vector<ScenarioResult>& results);

/// The exit status of all together: a broken file, a failure, another release, nothing compared, in this order.
int exit_status(const std::vector<ScenarioResult>& results);

} // namespace nslab
