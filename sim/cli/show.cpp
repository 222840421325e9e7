// nslab show: a scenario as a page to step through in front of a class.

#include <algorithm>
#include <filesystem>
#include <iostream>

#include <fmt/format.h>

#include "sim/cli/commands.hpp"
#include "sim/cli/files.hpp"
#include "viz/lesson.hpp"
#include "viz/page.hpp"

namespace nslab {

namespace {

struct ShowOptions {
    std::string file, output;
    std::vector<std::string> views;
    std::size_t fold = 6;
};

int make_page(const ShowOptions& o) {
    const Loaded loaded = load(o.file);
    std::cerr << loaded.complaints;
    if (!loaded.ok) return exit_status(Verdict::broken);

    viz::LessonOptions options;
    options.fold = o.fold;
    options.record = true;
    const bool all = o.views.empty() || std::find(o.views.begin(), o.views.end(), "all") != o.views.end();
    if (!all)
        for (const std::string& name : o.views) options.views.push_back(viz::find_view(name));
    else
        for (const viz::View& view : viz::views()) options.views.push_back(&view);
    viz::Lesson lesson = viz::film(loaded.scenario, options);
    // A view that has nothing to show in this lesson is no tab of it.
    if (all && lesson.scenes.size() > 1)
        std::erase_if(lesson.scenes, [](const viz::Scene& scene) { return scene.elements().empty(); });
    std::vector<viz::Layout> layouts;
    for (const viz::Scene& scene : lesson.scenes) {
        layouts.push_back(viz::lay_out(scene));
        std::cerr << layouts.back().warnings;
    }
    const std::string name = o.output.empty() ? std::filesystem::path(o.file).stem().string() + ".html" : o.output;
    write_file(name, viz::to_page(loaded.scenario, lesson, layouts));
    if (name != "-") std::cout << name << "\n";
    std::cerr << lesson.report.message;
    return exit_status(lesson.report.verdict);
}

} // namespace

void add_show(CLI::App& app, int& status) {
    auto o = std::make_shared<ShowOptions>();
    CLI::App* sub = app.add_subcommand("show", "Make a page of a scenario, to step through in front of a class");
    std::vector<std::string> names{"all"};
    for (const viz::View& view : viz::views()) names.emplace_back(view.name);
    sub->add_option("FILE", o->file, "a scenario")->required();
    sub->add_option("-o,--output", o->output,
                    "the page; FILE's name with .html where not given, - for standard output");
    sub->add_option("--view", o->views, "what is looked at; may be given several times; all where not given")
        ->check(CLI::IsMember(names))
        ->allow_extra_args(false);
    sub->add_option("--fold", o->fold, "fold where more than so many are alike; 0 folds nothing")
        ->capture_default_str();
    sub->footer("The page is one file that needs no network and no server. Making it needs Graphviz's dot.");
    sub->callback([o, &status] { status = make_page(*o); });
}

} // namespace nslab
