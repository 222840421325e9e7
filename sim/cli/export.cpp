// nslab export: a scenario as a C program or a shell script that stands alone.

#include <iostream>

#include "sim/backend/model.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/files.hpp"
#include "sim/replay/export.hpp"
#include "sim/replay/report.hpp"

namespace nslab {

namespace {

struct ExportOptions {
    std::string file, as = "c", output;
};

int export_file(const ExportOptions& o) {
    const Loaded loaded = load(o.file);
    std::cerr << loaded.complaints;
    if (!loaded.ok) return exit_status(Verdict::broken);
    const auto model = make_model(loaded.scenario.boot, Release{});
    const std::string text = o.as == "c" ? export_c(loaded.scenario, *model) : export_sh(loaded.scenario);
    write_file(o.output, text);
    return 0;
}

} // namespace

void add_export(CLI::App& app, int& status) {
    auto o = std::make_shared<ExportOptions>();
    CLI::App* sub = app.add_subcommand("export", "Write a scenario as a C program or shell script, for a bug report");
    sub->add_option("FILE", o->file, "a scenario")->required();
    sub->add_option("--as", o->as, "c (all that the scenario does) or sh (its commands)")
        ->check(CLI::IsMember({"c", "sh"}))
        ->capture_default_str();
    sub->add_option("-o,--output", o->output, "write to this file instead of standard output");
    sub->footer("Both need root, play in fresh namespaces and need nothing of nslab.");
    sub->callback([o, &status] { status = export_file(*o); });
}

} // namespace nslab
