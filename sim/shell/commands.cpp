#include <algorithm>

#include <fmt/format.h>

#include "sim/shell/rows.hpp"
#include "sim/shell/tool.hpp"

namespace nslab {

const std::vector<CommandRow>& commands() {
    using namespace shell;
    static const std::vector<CommandRow> rows = [] {
        std::vector<CommandRow> all = {cat_row(),        cd_row(),       chroot_row(),  cp_row(),         echo_row(),
                                       exec_row(),       exit_row(),     false_row(),   findmnt_row(),    fork_row(),
                                       kill_row(),       ln_row(),       ls_row(),      mkdir_row(),      mount_row(),
                                       mountpoint_row(), mv_row(),       nsenter_row(), pivot_root_row(), printf_row(),
                                       pwd_row(),        readlink_row(), rm_row(),      rmdir_row(),      touch_row(),
                                       true_row(),       umount_row(),   unshare_row(), wait_row(),       setpriv_row(),
                                       setsid_row(),     lsns_row(),     ps_row()};
        std::sort(all.begin(), all.end(), [](const CommandRow& a, const CommandRow& b) { return a.name < b.name; });
        return all;
    }();
    return rows;
}

const CommandRow* find_command(std::string_view name) {
    const auto& all = commands();
    const auto row = std::find_if(all.begin(), all.end(), [&](const CommandRow& r) { return r.name == name; });
    return row == all.end() ? nullptr : &*row;
}

bool may_name_actor(const CommandRow& row, std::string_view before) {
    if (row.actor_words != ActorWords::behind_N) return row.actor_words == ActorWords::any;
    constexpr std::string_view kNamespace = "--namespace", kTask = "--task"; // mount, umount; findmnt
    const std::string_view name = row.name == "findmnt" ? kTask : kNamespace;
    return before == "-N" || (before.size() > 3 && name.starts_with(before));
}

std::optional<std::size_t> new_actor_word(const std::vector<std::string>& argv) {
    if (argv.empty()) return std::nullopt;
    std::vector<shell::Operand> operands;
    std::size_t at = 0; // which operand it is
    if (argv[0] == "unshare") operands = shell::unshare_operands(argv);
    if (argv[0] == "nsenter") operands = shell::nsenter_operands(argv);
    if (argv[0] == "setpriv") operands = shell::setpriv_operands(argv);
    if (argv[0] == "setsid") operands = shell::setsid_operands(argv);
    if (argv[0] == "chroot") {
        operands = shell::chroot_operands(argv);
        at = 1;
    }
    if (argv[0] == "fork" && argv.size() > 1) operands = {{argv[1], 1}};
    if (operands.size() != at + 1) return std::nullopt;
    const std::string& word = operands[at].text;
    const bool name = !word.empty() && word[0] >= 'a' && word[0] <= 'z' &&
                      word.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string::npos;
    return name && !find_command(word) ? std::optional(operands[at].word) : std::nullopt;
}

namespace shell {

CommandResult run_program(Terminal& terminal, const std::string& caller, const std::vector<std::string>& argv) {
    Tool tool(terminal, caller);
    const CommandRow* row = argv.empty() ? nullptr : find_command(argv[0]);
    if (!row) {
        tool.warn(fmt::format("failed to execute {}", argv.empty() ? "" : argv[0]), E::NOENT);
        return tool.end(127);
    }
    return row->run(terminal, Invocation{argv, "", false});
}

std::vector<Diagnostic> check_program(const std::vector<std::string>& argv, std::size_t first) {
    const CommandRow* row = find_command(argv[first]);
    if (!row) {
        std::vector<std::string_view> names;
        for (const CommandRow& r : commands()) names.push_back(r.name);
        const auto near = nearest(argv[first], names);
        return {complaint(argv, first, fmt::format("unknown command {}", argv[first]),
                          near ? fmt::format("did you mean {}?", *near) : "")};
    }
    std::vector<Diagnostic> found =
        row->check(std::vector<std::string>(argv.begin() + static_cast<std::ptrdiff_t>(first), argv.end()));
    for (Diagnostic& d : found) d.at.line += static_cast<u32>(first);
    return found;
}

void check_program(const std::vector<std::string>& argv, const OptionTable& table, std::vector<Diagnostic>& found,
                   std::string_view missing) {
    const CommandLine line = read_options(argv, table);
    if (line.operands.empty())
        found.push_back(complaint(argv, 0, fmt::format("{}: {}", argv[0], missing)));
    else if (!new_actor_word(argv))
        for (Diagnostic& d : check_program(argv, line.operands[0].word)) found.push_back(std::move(d));
}

} // namespace shell
} // namespace nslab
