// nslab: a laboratory for Linux namespaces.

#include <csignal>
#include <iostream>

#include "sim/cli/commands.hpp"
#include "sim/host/host.hpp"
#include "sim/scenario/scenario.hpp"

#ifndef NSLAB_VERSION
#define NSLAB_VERSION "0.1.0"
#endif

namespace {

/// The nearest name to a subcommand or an option that there is not, as a line of its own; empty where nothing is near.
std::string nearest_name(const CLI::App& app, int argc, char** argv) {
    const auto hint = [](const std::string& word, const std::vector<std::string>& names) {
        const auto near = nslab::nearest(word, {names.begin(), names.end()});
        return near ? "did you mean " + *near + "?\n" : std::string{};
    };
    std::vector<std::string> names;
    const auto chosen = app.get_subcommands();
    if (chosen.empty()) {
        if (argc < 2 || argv[1][0] == '-') return {};
        for (const CLI::App* sub : app.get_subcommands([](const CLI::App*) { return true; }))
            names.push_back(sub->get_name());
        return "there is no subcommand " + std::string(argv[1]) + "\n" + hint(argv[1], names);
    }
    for (const CLI::Option* option : chosen.front()->get_options())
        for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    for (const std::string& word : chosen.front()->remaining())
        if (word.substr(0, 2) == "--") return hint(word.substr(0, word.find('=')), names);
    return {};
}

} // namespace

int main(int argc, char** argv) {
    signal(SIGPIPE, SIG_IGN); // `nslab run ... | head` ends quietly, by a failed write
    CLI::App app{"nslab plays scenarios of Linux namespaces in a model of the kernel, and on the kernel beside it."};
    app.name("nslab");
    app.set_version_flag("--version", "nslab " NSLAB_VERSION " (" + nslab::counts_built() + ")");
    app.require_subcommand(1);
    app.failure_message(CLI::FailureMessage::simple);
    app.footer("Exit status: 0 all good; 1 an expectation or a comparison failed; 2 misuse or a broken file;\n"
               "3 only differences of a release that is not the model's; 4 nothing could be compared.\n"
               "`nslab COMMAND --help` tells more.");
    int status = 0;
    nslab::add_run(app, status);
    nslab::add_check(app, status);
    nslab::add_compare(app, status);
    nslab::add_explain(app, status);
    nslab::add_show(app, status);
    nslab::add_shell(app, status);
    nslab::add_bench(app, status);
    nslab::add_export(app, status);
    nslab::add_draw(app, status);
    nslab::add_init(app, status);
    nslab::add_fuzz(app, status);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& e) {
        if (app.exit(e) == 0) return 0;
        std::cerr << nearest_name(app, argc, argv);
        return 2;
    } catch (const std::exception& e) {
        std::cerr << "nslab: " << e.what() << "\n";
        return 2;
    }
    return status;
}
