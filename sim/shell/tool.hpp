#pragma once
// What the tools have in common: how they complain, and the questions that they ask of the file system through the
// calls of their own process. Questions are probes: their failure is an answer, not the errno of the step.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/backend/mountinfo.hpp"
#include "sim/shell/options.hpp"
#include "sim/shell/shell.hpp"

namespace nslab::shell {

/// A running command: its terminal, its name, and what it has said on standard error.
class Tool {
  public:
    Tool(Terminal& terminal, std::string name) : terminal(terminal), name(std::move(name)) {}

    Terminal& terminal;
    const std::string name;

    Outcome call(const Syscall& c) { return remember(terminal.call(c)); }
    Outcome probe(const Syscall& c) { return remember(terminal.probe(c)); }
    void out(std::string_view text) { terminal.out(text); }

    /// "name: text"
    void warn(std::string_view text);
    /// "name: text: No such file or directory"; this is the errno of the step then.
    void warn(std::string_view text, E error);
    /// The errno of the step, where the message does not say it: that of the latest call that failed with it.
    void blame(E error);
    /// A line as it is.
    void say(std::string_view line);
    /// What getopt says, and the line that sends to --help. Source: util-linux include/c.h, errtryhelp(); coreutils the
    /// same.
    CommandResult misuse(const CommandLine& line, const OptionTable& table);
    CommandResult bad_usage(std::string_view text, int status = 1);

    CommandResult end(int status);

  private:
    Outcome remember(Outcome o);

    std::string errors_;
    std::vector<Outcome> failed_; // the latest failed call of each errno
    std::optional<E> blamed_;
};

std::optional<StatBuf> stat(Tool& tool, const std::string& path);
std::optional<StatBuf> lstat(Tool& tool, const std::string& path);
bool is_directory(const StatBuf& st);
bool is_regular(const StatBuf& st);
bool is_link(const StatBuf& st);

/// access(path, F_OK)
bool exists(Tool& tool, const std::string& path);

std::optional<std::string> getcwd(Tool& tool);

/// Which components of a path that is made canonical need not exist.
enum class Missing : u8 { none, last, any };
/// What has come of it, or why nothing.
struct Canonical {
    std::optional<std::string> path;
    E error = E::OK;
};
/// Source: realpath(3) of glibc 2.36 and canonicalize_filename_mode() of gnulib, which both ask readlink(2) about each
/// component.
Canonical canonicalize(Tool& tool, const std::string& path, Missing missing);
/// The same where all of it must exist.
std::optional<std::string> realpath(Tool& tool, const std::string& path);

/// The whole of a file; its descriptor is the lowest free one and closed again.
struct FileText {
    E error = E::OK;
    std::string text;
};
FileText read_file(Tool& tool, const std::string& path);

/// 'name' as coreutils quotes it in the C locale; shell-escape quoting where the name needs it.
std::string quote(std::string_view name);
std::string quote_always(std::string_view name);

/// "a" and "b" with one slash between.
std::string join(const std::string& directory, const std::string& entry);
/// The last component, without trailing slashes; "/" of the root.
std::string base_name(const std::string& path);

} // namespace nslab::shell
