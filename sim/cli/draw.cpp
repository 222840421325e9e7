// nslab draw: pictures of what a scenario does.

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <iostream>

#include <fmt/format.h>

#include "sim/cli/commands.hpp"
#include "sim/cli/files.hpp"
#include "viz/dot.hpp"
#include "viz/graphviz.hpp"
#include "viz/lesson.hpp"
#include "viz/svg.hpp"

namespace nslab {

namespace {

struct DrawOptions {
    std::string file, output, step, diff;
    std::vector<std::string> views{"mounts"};
    std::size_t fold = 6;
    bool dark = false;
};

constexpr std::size_t kMost = 200'000; // nodes of all steps: some tenths of a second

struct Moment {
    std::string name;     // of the file, where there are several
    std::size_t step = 0; // of the scenario
    std::size_t at = 0;   // of the scenes
};

[[noreturn]] void misuse(const std::string& message) { throw std::runtime_error(message); }

std::size_t number(const std::string& text, const char* option) {
    std::size_t n = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
    if (error != std::errc{} || end != text.data() + text.size() || text.empty())
        misuse(fmt::format("--{}: {} is no number of a step", option, text.empty() ? "\"\"" : text));
    return n;
}

void within(std::size_t step, const viz::Lesson& lesson, const char* option) {
    if (step > lesson.last)
        misuse(fmt::format("--{}: there is no step {}; the scenario has 0 (before the first) to {}", option, step,
                           lesson.last));
}

/// The moments that --step asks for.
std::vector<Moment> moments(const DrawOptions& o, const viz::Lesson& lesson) {
    std::vector<Moment> out;
    if (o.step == "all") {
        for (std::size_t n = 0; n <= lesson.last; ++n) out.push_back({fmt::format("{:03}", n), n, n});
        return out;
    }
    if (o.step == "last" || (o.step.empty() && lesson.named.empty())) return {{"", lesson.acted, lesson.acted}};
    for (const auto& [name, step] : lesson.named)
        if (o.step.empty() || o.step == name) out.push_back({o.step.empty() ? name : "", step, step});
    if (!out.empty()) return out;
    if (o.step.find_first_not_of("0123456789") != std::string::npos) {
        std::string names;
        for (const auto& [name, step] : lesson.named) names += ", " + name;
        misuse(fmt::format("--step: {} is no step; a number, all, last{}", o.step,
                           names.empty() ? " (and no `draw NAME` of the scenario gives a name)" : names));
    }
    const std::size_t n = number(o.step, "step");
    within(n, lesson, "step");
    return {{"", n, n}};
}

/// All steps are laid out together, so that what does not change stays where it is in every drawing of a lesson. Where
/// that is too much, only the moments that are asked for are, each with the step before it.
viz::Lesson only_those(std::vector<Moment>& asked, const Scenario& scenario, viz::LessonOptions options) {
    std::cerr << fmt::format(
        "note: all steps of {} are too many to lay them out together; only those that are drawn are, "
        "so that another step's drawing has other places\n",
        scenario.file);
    for (const Moment& m : asked)
        for (const std::size_t step : {m.step == 0 ? 0 : m.step - 1, m.step}) options.only.push_back(step);
    std::sort(options.only.begin(), options.only.end());
    options.only.erase(std::unique(options.only.begin(), options.only.end()), options.only.end());
    for (Moment& m : asked)
        m.at = static_cast<std::size_t>(std::lower_bound(options.only.begin(), options.only.end(), m.step) -
                                        options.only.begin());
    options.most = 0;
    return viz::film(scenario, options);
}

class Writer {
  public:
    Writer(const DrawOptions& o, const std::string& stem) : o_(o) {
        const std::filesystem::path path(o.output.empty() ? stem + ".svg" : o.output);
        format_ = path.extension().string();
        if (format_ != ".svg" && format_ != ".png" && format_ != ".dot")
            misuse(fmt::format("-o {}: a drawing is NAME.svg, NAME.png or NAME.dot", o.output));
        stem_ = (path.parent_path() / path.stem()).string();
    }

    void write(const viz::Scene& scene, const std::vector<std::pair<Moment, std::string>>& moments, bool many_views) {
        viz::Layout layout;
        if (format_ == ".svg") {
            layout = viz::lay_out(scene);
            if (!layout.warnings.empty()) std::cerr << layout.warnings;
        }
        for (const auto& [moment, caption] : moments) {
            const std::string name = stem_ + (many_views ? std::string("-") + scene.view().name : "") +
                                     (moment.name.empty() ? "" : "-" + moment.name) + format_;
            viz::DotOptions dot;
            dot.step = moment.at;
            dot.dark = o_.dark;
            dot.caption = caption;
            if (format_ == ".dot") {
                write_file(name, viz::to_dot(scene, dot));
            } else if (format_ == ".png") {
                const auto png = viz::run_dot({"-Tpng", "-Gdpi=144"}, viz::to_dot(scene, dot));
                std::cerr << png.warnings;
                write_file(name, png.output);
            } else {
                viz::SvgOptions svg;
                svg.step = moment.at;
                svg.caption = caption;
                write_file(name, viz::to_svg(scene, layout, svg));
            }
            std::cout << name << "\n";
        }
    }

  private:
    const DrawOptions& o_;
    std::string stem_, format_;
};

int draw(const DrawOptions& o) {
    const Loaded loaded = load(o.file);
    std::cerr << loaded.complaints;
    if (!loaded.ok) return exit_status(Verdict::broken);
    const Scenario& scenario = loaded.scenario;
    Writer writer(o, std::filesystem::path(o.file).stem().string());

    viz::LessonOptions options;
    options.fold = o.fold;
    for (const std::string& name : o.views)
        if (name == "all")
            for (const viz::View& view : viz::views()) options.views.push_back(&view);
        else
            options.views.push_back(viz::find_view(name));
    std::size_t from = 0, to = 0;
    if (!o.diff.empty()) {
        const std::size_t colon = o.diff.find(':');
        if (colon == std::string::npos) misuse(fmt::format("--diff {}: wants two steps, such as 2:5", o.diff));
        from = number(o.diff.substr(0, colon), "diff");
        to = number(o.diff.substr(colon + 1), "diff");
        if (from >= to) misuse(fmt::format("--diff {}: the second step has to come after the first", o.diff));
        options.only = {from, to};
    } else if (o.step != "all") {
        options.most = kMost;
    }
    viz::Lesson lesson = viz::film(scenario, options);
    std::vector<std::pair<Moment, std::string>> pictures;
    if (!o.diff.empty()) {
        within(to, lesson, "diff");
        pictures.emplace_back(Moment{"", to, 1},
                              fmt::format("{} · what changed from step {} to step {}", scenario.title, from, to));
    } else {
        std::vector<Moment> asked = moments(o, lesson);
        if (lesson.too_large) lesson = only_those(asked, scenario, options);
        for (const Moment& m : asked) pictures.emplace_back(m, viz::caption(scenario, m.step));
    }
    for (const viz::Scene& scene : lesson.scenes) writer.write(scene, pictures, lesson.scenes.size() > 1);
    if (!lesson.report.message.empty()) std::cerr << lesson.report.message;
    return exit_status(lesson.report.verdict);
}

} // namespace

void add_draw(CLI::App& app, int& status) {
    auto o = std::make_shared<DrawOptions>();
    CLI::App* sub = app.add_subcommand("draw", "Draw what a scenario does, as SVG, PNG or DOT");
    std::vector<std::string> names{"all"};
    for (const viz::View& view : viz::views()) names.emplace_back(view.name);
    sub->add_option("FILE", o->file, "a scenario")->required();
    sub->add_option("--view", o->views, "what is looked at; may be given several times")
        ->check(CLI::IsMember(names))
        ->allow_extra_args(false)
        ->capture_default_str();
    CLI::Option* step = sub->add_option("--step", o->step,
                                        "a number (0 is before the first step), all, last, or the NAME of a draw NAME");
    sub->add_option("--diff", o->diff, "N:M, what changed between two steps")->excludes(step);
    sub->add_option("-o,--output", o->output, "NAME.svg, NAME.png or NAME.dot; FILE's name with .svg where not given");
    sub->add_option("--fold", o->fold, "fold where more than so many are alike; 0 folds nothing")
        ->capture_default_str();
    sub->add_flag("--dark", o->dark, "PNG and DOT with light letters on dark paper; SVG adapts by itself");
    sub->footer("SVG and PNG need Graphviz's dot. Without --step it draws the moments that the scenario names with\n"
                "`draw NAME`, or the end where it names none.");
    sub->callback([o, &status] { status = draw(*o); });
}

} // namespace nslab
