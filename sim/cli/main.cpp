// nslab: a laboratory for Linux namespaces.

#include <csignal>
#include <iostream>

#include "sim/cli/commands.hpp"
#include "sim/host/host.hpp"

#ifndef NSLAB_VERSION
#define NSLAB_VERSION "0.1.0"
#endif

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
    } catch (const CLI::ParseError& e) { return app.exit(e) == 0 ? 0 : 2; } catch (const std::exception& e) {
        std::cerr << "nslab: " << e.what() << "\n";
        return 2;
    }
    return status;
}
