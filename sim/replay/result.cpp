#include "sim/replay/result.hpp"

#include <algorithm>

#include <boost/uuid/name_generator_sha1.hpp>
#include <boost/uuid/uuid_io.hpp>

namespace nslab {

NLOHMANN_JSON_SERIALIZE_ENUM(Verdict, {{Verdict::good, "good"},
                                       {Verdict::failed, "failed"},
                                       {Verdict::other_release, "other release"},
                                       {Verdict::nothing, "nothing compared"},
                                       {Verdict::broken, "broken"}})

void to_json(nlohmann::json& j, const ScenarioResult& r) {
    j = {{"file", r.file},       {"title", r.title},         {"verdict", r.verdict}, {"text", r.text},
         {"message", r.message}, {"skipped", r.skipped},     {"steps", r.steps},     {"compared", r.compared},
         {"agreed", r.agreed},   {"differing", r.differing}, {"again", r.again},     {"skipped_steps", r.skipped_steps},
         {"log", r.log}};
}

void from_json(const nlohmann::json& j, ScenarioResult& r) {
    j.at("file").get_to(r.file);
    j.at("title").get_to(r.title);
    j.at("verdict").get_to(r.verdict);
    j.at("text").get_to(r.text);
    j.at("message").get_to(r.message);
    j.at("skipped").get_to(r.skipped);
    j.at("steps").get_to(r.steps);
    j.at("compared").get_to(r.compared);
    j.at("agreed").get_to(r.agreed);
    j.at("differing").get_to(r.differing);
    j.at("again").get_to(r.again);
    j.at("skipped_steps").get_to(r.skipped_steps);
    r.log = j.at("log");
}

ScenarioResult sum_up(const Scenario& scenario, const PlayReport& report) {
    ScenarioResult r;
    r.file = scenario.file;
    r.title = scenario.title;
    r.verdict = report.verdict;
    r.message = report.message;
    r.skipped = report.skipped;
    r.steps = scenario.steps.size();
    r.compared = report.compared();
    r.agreed = report.agreed();
    r.differing = report.differing();
    r.again = report.again();
    r.skipped_steps = report.skipped_steps();
    return r;
}

namespace {

nlohmann::json outcome_of(const Step& step, const StepResult& r) {
    if (!r.skipped.empty()) return "skipped";
    if (r.asleep && !r.played) return "asleep";
    if (!r.played) return "not played";
    if (r.error != E::OK && r.failed()) return errno_name(r.error);
    if (r.status != 0) return "FAIL";
    return std::holds_alternative<ExpectStep>(step.what) && !r.failure.empty() ? nlohmann::json("FAIL")
                                                                               : nlohmann::json(0);
}

nlohmann::json steps_of(const Scenario& scenario, const PlayReport& report, StepResult StepReport::*side) {
    nlohmann::json steps = nlohmann::json::array();
    for (const StepReport& s : report.steps) {
        const Step& step = scenario.steps[s.step];
        const StepResult& r = s.*side;
        std::string message = !r.skipped.empty() ? r.skipped : r.message;
        if (message.empty() && r.error != E::OK) message = errno_text(r.error);
        nlohmann::json j = {{"line", step.at.line},
                            {"actor", step.actor},
                            {"text", step.text},
                            {"outcome", outcome_of(step, r)},
                            {"message", message}};
        if (r.call && r.call->ok()) j["value"] = r.value;
        if (std::holds_alternative<CommandStep>(step.what)) j["status"] = r.status;
        if (!r.output.empty()) j["output"] = r.output;
        if (!r.failure.empty()) j["failure"] = r.failure;
        if (!r.why.empty()) j["why"] = r.why;
        for (const auto& [actor, text] : r.mountinfo) j["mountinfo"][actor] = text;
        if (side == &StepReport::host && !s.differences.empty()) j["differences"] = s.differences;
        steps.push_back(std::move(j));
    }
    return steps;
}

} // namespace

std::string scenario_hash(const std::string& text) {
    boost::uuids::name_generator_sha1 name(boost::uuids::ns::oid());
    return boost::uuids::to_string(name(text));
}

nlohmann::json play_log(const Scenario& scenario, const PlayReport& report, const std::string& machine) {
    nlohmann::json log = {{"scenario", scenario.file},
                          {"title", scenario.title},
                          {"hash", scenario_hash(scenario.text)},
                          {"verdict", report.verdict}};
    if (!report.message.empty()) log["message"] = report.message;
    if (!report.skipped.empty()) log["skipped"] = report.skipped;
    const std::string model_release = to_string(report.model_release);
    if (!report.with_host) {
        log["release"] = model_release;
        log["steps"] = steps_of(scenario, report, &StepReport::model);
        return log;
    }
    log["model"] = {{"release", model_release}, {"steps", steps_of(scenario, report, &StepReport::model)}};
    log["kernel"] = {{"release", to_string(report.host_release)},
                     {"machine", machine},
                     {"steps", steps_of(scenario, report, &StepReport::host)}};
    return log;
}

int exit_status(const std::vector<ScenarioResult>& results) {
    for (const Verdict v : {Verdict::broken, Verdict::failed, Verdict::other_release})
        if (std::any_of(results.begin(), results.end(), [&](const auto& r) { return r.verdict == v; }))
            return exit_status(v);
    const bool nothing = !results.empty() && std::all_of(results.begin(), results.end(),
                                                         [](const auto& r) { return r.verdict == Verdict::nothing; });
    return exit_status(nothing ? Verdict::nothing : Verdict::good);
}

} // namespace nslab
