#pragma once
// The rows of the table of commands, each defined in the file of its command.

#include "sim/shell/options.hpp"
#include "sim/shell/shell.hpp"

namespace nslab::shell {

CommandRow mount_row();
CommandRow umount_row();
CommandRow findmnt_row();
CommandRow mountpoint_row();
CommandRow pivot_root_row();

// Processes and their namespaces.
CommandRow unshare_row();
CommandRow nsenter_row();
CommandRow setpriv_row();
CommandRow setsid_row();
CommandRow lsns_row();
CommandRow ps_row();
CommandRow chroot_row();
CommandRow fork_row();
CommandRow exec_row();
CommandRow exit_row();
CommandRow wait_row();
CommandRow kill_row();
CommandRow cd_row();
CommandRow pwd_row();

// Files.
CommandRow mkdir_row();
CommandRow rmdir_row();
CommandRow touch_row();
CommandRow rm_row();
CommandRow ln_row();
CommandRow mv_row();
CommandRow cp_row();
CommandRow ls_row();
CommandRow cat_row();
CommandRow readlink_row();
CommandRow echo_row();
CommandRow printf_row();
CommandRow true_row();
CommandRow false_row();

/// What follows the options of a command that may make an actor.
std::vector<Operand> unshare_operands(const std::vector<std::string>& argv);
std::vector<Operand> nsenter_operands(const std::vector<std::string>& argv);
std::vector<Operand> setpriv_operands(const std::vector<std::string>& argv);
std::vector<Operand> setsid_operands(const std::vector<std::string>& argv);
std::vector<Operand> chroot_operands(const std::vector<std::string>& argv);

/// Runs a command line in the process at hand, as execvp(3) would: 127 and a message where there is no such command.
CommandResult run_program(Terminal& terminal, const std::string& caller, const std::vector<std::string>& argv);
/// The complaints about a command line inside another one, whose first word is word `first` of `argv`.
std::vector<Diagnostic> check_program(const std::vector<std::string>& argv, std::size_t first);
/// The same of a tool whose operands are a program or a new actor; `missing` is said where there are none.
void check_program(const std::vector<std::string>& argv, const OptionTable& table, std::vector<Diagnostic>& found,
                   std::string_view missing = "a new actor or a command is missing at the end");

} // namespace nslab::shell
