#pragma once
// The subcommands of nslab, one file each: it adds its options to the program and, when chosen, does its work.

#include <CLI/CLI.hpp>

namespace nslab {

/// `status` is the exit status of the program, set by the subcommand that ran.
void add_run(CLI::App& app, int& status);
void add_check(CLI::App& app, int& status);
void add_compare(CLI::App& app, int& status);
void add_explain(CLI::App& app, int& status);
void add_show(CLI::App& app, int& status);
void add_shell(CLI::App& app, int& status);
void add_export(CLI::App& app, int& status);
void add_draw(CLI::App& app, int& status);
void add_bench(CLI::App& app, int& status);
void add_init(CLI::App& app, int& status);
void add_fuzz(CLI::App& app, int& status);

} // namespace nslab
