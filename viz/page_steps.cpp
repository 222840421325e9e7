// The stops of a page, and what stands at each of them in words.

#include <algorithm>

#include <fmt/format.h>

#include "sim/replay/session.hpp"
#include "viz/page.hpp"

namespace nslab::viz {

namespace {

/// Narration as paragraphs: an empty line parts them, other ends of lines are blanks.
std::string narration(const std::vector<std::string>& lines) {
    std::string out, paragraph;
    const auto end = [&] {
        if (!paragraph.empty()) out += "<p>" + escaped(paragraph) + "</p>";
        paragraph.clear();
    };
    for (const std::string& line : lines) {
        if (line.empty())
            end();
        else
            paragraph += (paragraph.empty() ? "" : " ") + line;
    }
    end();
    return out.empty() ? out : "<div class=\"say\">" + out + "</div>\n";
}

/// The outcome without the # that a terminal puts in front of it, and how it is to look.
std::string outcome(const Scenario& scenario, const StepReport& report) {
    std::string text = step_outcome(scenario, report, Style{});
    if (text.substr(0, 2) == "# ") text.erase(0, 2);
    if (text.empty()) return {};
    const StepResult& r = report.model;
    const Step& step = scenario.steps[report.step];
    const char* look = "ok";
    if (!r.failure.empty() || !r.skipped.empty())
        look = "wrong";
    else if (r.failed())
        look = "no";
    if (std::holds_alternative<CommandStep>(step.what) && text == "0") text = "done";
    if (std::holds_alternative<CallStep>(step.what) && !r.failed() && r.call && !r.call->ended) text = "= " + text;
    const char* sign = look[0] == 'o' ? "\xe2\x9c\x93 " : "\xe2\x9c\x97 "; // told apart without colour
    return fmt::format("<p class=\"outcome {}\"><span aria-hidden=\"true\">{}</span>{}</p>\n", look, sign,
                       escaped(text));
}

std::string reasons(const std::vector<CallRecord>& calls) {
    std::string out;
    for (const CallRecord& c : calls) {
        if (c.looks) continue;
        out += fmt::format("<dt>{} = {}</dt>\n", escaped(c.call), escaped(c.result));
        if (!c.why.empty())
            out += fmt::format(
                "<dd>{}{}</dd>\n", escaped(c.why),
                c.function.empty() ? "" : fmt::format(" <i>{}() in {}</i>", escaped(c.function), escaped(c.file)));
        for (const std::string& reason : c.reasons) {
            // "text [function() in file]"
            const std::size_t at = reason.rfind(" [");
            out += at == std::string::npos || reason.back() != ']'
                       ? fmt::format("<dd>{}</dd>\n", escaped(reason))
                       : fmt::format("<dd>{} <i>{}</i></dd>\n", escaped(reason.substr(0, at)),
                                     escaped(reason.substr(at + 2, reason.size() - at - 3)));
        }
    }
    return out.empty() ? out : "<details class=\"why\"><summary>Why?</summary><dl>\n" + out + "</dl></details>\n";
}

std::string line_of(const Step& step) {
    std::string text = step.text, prompt;
    // An actor's prompt, but not the actors that expect speaks of.
    const bool acts = std::holds_alternative<CommandStep>(step.what) || std::holds_alternative<CallStep>(step.what);
    if (acts && !step.actor.empty() && text.compare(0, step.actor.size(), step.actor) == 0) {
        prompt = text.substr(0, step.actor.size() + 1);
        text.erase(0, prompt.size());
    }
    for (const auto& [name, value] : step.loop) text += fmt::format("   [{}={}]", name, value);
    return fmt::format("<button type=\"button\" class=\"line\">{}{}</button>\n",
                       prompt.empty() ? "" : "<span class=\"prompt\">" + escaped(prompt) + "</span>", escaped(text));
}

} // namespace

std::vector<Stop> stops_of(const Scenario& scenario, const Lesson& lesson) {
    std::vector<Stop> stops{{0, 0, 0}};
    for (std::size_t i = 0; i < lesson.last; ++i) {
        const Step& step = scenario.steps[i];
        if (std::holds_alternative<DrawStep>(step.what) && step.narration.empty()) continue;
        if (i > 0 && std::holds_alternative<ExpectStep>(step.what) && stops.back().end == i &&
            std::holds_alternative<ExpectStep>(scenario.steps[i - 1].what) &&
            scenario.steps[i - 1].at.line == step.at.line && scenario.steps[i - 1].loop == step.loop) {
            stops.back().end = stops.back().scene = i + 1;
            continue;
        }
        stops.push_back({i, i + 1, i + 1});
    }
    if (!scenario.closing.empty() && lesson.report.message.empty()) stops.push_back({0, 0, lesson.last});
    return stops;
}

std::string html_of(const Scenario& scenario, const Lesson& lesson, const std::vector<Stop>& stops) {
    std::string out;
    for (std::size_t s = 0; s < stops.size(); ++s) {
        const Stop& stop = stops[s];
        if (stop.first == stop.end) {
            const bool begin = s == 0;
            out += fmt::format("<li class=\"step\" data-n=\"{}\">{}</li>\n", s,
                               begin ? "<button type=\"button\" class=\"line\">Before the first step</button>"
                                     : narration(scenario.closing));
            continue;
        }
        const Step& step = scenario.steps[stop.first];
        const auto actor = std::find(scenario.actors.begin(), scenario.actors.end(), step.actor);
        const bool acts = !std::holds_alternative<ExpectStep>(step.what) && !step.actor.empty();
        out += fmt::format("<li class=\"step{}\" data-n=\"{}\">\n{}{}<div class=\"after\">\n",
                           acts ? fmt::format(" a{}", (actor - scenario.actors.begin()) % 6) : "", s,
                           narration(step.narration), line_of(step));
        // Of several claims in one line the one that fails is told; else one word serves for all.
        std::size_t worst = stop.first;
        std::vector<CallRecord> calls;
        for (std::size_t i = stop.first; i < stop.end; ++i) {
            const StepResult& r = lesson.report.steps[i].model;
            if (!r.failure.empty()) worst = i;
            calls.insert(calls.end(), r.calls.begin(), r.calls.end());
        }
        const StepReport& report = lesson.report.steps[worst];
        const std::string printed = step_below(scenario, report, Style{});
        // Success is a word behind the line; a failure stands below what was printed, with its reason.
        const bool good = report.model.failure.empty() && report.model.skipped.empty() && !report.model.failed();
        if (good) out += outcome(scenario, report);
        if (!printed.empty())
            out += "<pre class=\"out\">" + escaped(printed.substr(0, printed.find_last_not_of('\n') + 1)) + "</pre>\n";
        if (!good) out += outcome(scenario, report);
        out += reasons(calls) + "</div></li>\n";
    }
    if (!lesson.report.message.empty())
        out += "<li class=\"failure\" role=\"alert\">" + escaped(lesson.report.message) + "</li>\n";
    return out;
}

} // namespace nslab::viz
