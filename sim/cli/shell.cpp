// nslab shell: the live terminal of a lesson.

#include <filesystem>
#include <iostream>

#include <fmt/format.h>

#include "sim/cli/commands.hpp"
#include "sim/cli/files.hpp"
#include "sim/cli/output.hpp"
#include "sim/live/complete.hpp"
#include "sim/live/desk.hpp"
#include "sim/live/editor.hpp"
#include "sim/replay/session.hpp"
#include "viz/dot.hpp"
#include "viz/graphviz.hpp"
#include "viz/lesson.hpp"
#include "viz/svg.hpp"

namespace nslab {

namespace {

struct ShellOptions {
    std::string file;
    bool check = false, step = false;
};

std::string unknown_view(const std::string& name) {
    std::string names;
    for (const viz::View& view : viz::views()) names += (names.empty() ? "" : ", ") + std::string(view.name);
    return fmt::format("there is no view {}; there are: {}", name, names);
}

/// Draws what has been played, marked with what the last statement changed. The arguments are a view and a file, both
/// may be missing.
std::string draw(const live::Lesson& lesson, const std::vector<std::string>& arguments) {
    const viz::View* view = &viz::views().front();
    std::string file;
    for (const std::string& argument : arguments) {
        if (const viz::View* named = viz::find_view(argument))
            view = named;
        else if (file.empty() && argument.find('.') != std::string::npos)
            file = argument;
        else
            throw std::runtime_error(unknown_view(argument));
    }
    if (file.empty()) file = std::string(view->name) + ".svg";
    const std::string format = std::filesystem::path(file).extension().string();
    if (format != ".svg" && format != ".png" && format != ".dot")
        throw std::runtime_error(file + ": a drawing is NAME.svg, NAME.png or NAME.dot");
    viz::LessonOptions options;
    options.views = {view};
    const std::size_t to = lesson.scenario().steps.size();
    const auto last = lesson.last();
    if (!last.empty()) options.only.push_back(last.front()->step);
    options.only.push_back(to);
    const viz::Lesson film = viz::film(lesson.scenario(), options);
    const std::size_t step = options.only.size() - 1;
    if (format == ".svg") {
        viz::SvgOptions svg;
        svg.step = step;
        write_file(file, viz::to_svg(film.scenes[0], viz::lay_out(film.scenes[0]), svg));
    } else {
        viz::DotOptions dot;
        dot.step = step;
        const std::string text = viz::to_dot(film.scenes[0], dot);
        write_file(file, format == ".dot" ? text : viz::run_dot({"-Tpng", "-Gdpi=144"}, text).output);
    }
    return file + "\n";
}

int run_shell(const ShellOptions& options) {
    live::LessonOptions lesson_options;
    lesson_options.check = options.check;
    if (!options.file.empty()) {
        const Loaded loaded = load(options.file);
        std::cerr << loaded.complaints;
        if (!loaded.ok) return exit_status(Verdict::broken);
        const Scenario& s = loaded.scenario;
        if (!holds_for(Release{}, s.kernel_since, s.kernel_until))
            throw std::runtime_error(options.file + ": it is not for Linux " + to_string(Release{}));
        if (options.check && s.boot.kind == BootOptions::Kind::mountinfo)
            throw std::runtime_error(options.file + ": boot: mountinfo is played in the model only, without --check");
        lesson_options.name = options.file;
        lesson_options.text = s.text;
        lesson_options.boot = s.boot;
    }
    live::Lesson lesson(std::move(lesson_options));
    Style style;
    style.colour = wants_colour();
    std::unique_ptr<live::LineSource> lines =
        live::make_line_source([&](const std::string& line) { return completions(lesson, line, live::desk_words()); });
    live::Desk desk(lesson, style, std::cout, lines->echoes());
    std::string saved;
    desk.save = [&](const std::string& file, const std::string& text, bool over) {
        if (!over && file != saved && std::filesystem::exists(file))
            throw std::runtime_error(file + " is there already; save -f writes over it");
        write_file(file, text);
        saved = file;
    };

    desk.draw = [&](const std::vector<std::string>& arguments) { return draw(lesson, arguments); };
    std::cout << session_head(lesson.scenario(), style);
    if (lines->echoes() && options.file.empty())
        std::cout << style.dim("Type at the prompt, as in a scenario. help tells more, quit leaves.") << "\n";
    if (!options.file.empty() && !options.step) desk.obey("play");
    while (!desk.left()) {
        const auto line = lines->read(desk.prompt());
        if (!line) break;
        desk.obey(*line);
    }
    // A person at a terminal may err; a script that does has failed.
    return lines->echoes() || desk.all_kept() ? 0 : exit_status(Verdict::failed);
}

} // namespace

void add_shell(CLI::App& app, int& status) {
    auto o = std::make_shared<ShellOptions>();
    CLI::App* sub = app.add_subcommand("shell", "A live terminal: type the steps of a scenario and see what they do");
    sub->add_option("FILE", o->file, "a scenario that is played first");
    sub->add_flag("--check", o->check, "play every step on this machine's kernel too, and compare");
    sub->add_flag("--step", o->step, "do not play FILE at once; next plays its steps one by one");
    sub->footer("help, typed at the prompt, tells the commands of the terminal itself.");
    sub->callback([o, &status] { status = run_shell(*o); });
}

} // namespace nslab
