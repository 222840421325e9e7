#pragma once
// New processes of the tools: the one that becomes an actor, or the unnamed one that runs a command and exits.

#include <functional>

#include "sim/shell/tool.hpp"

namespace nslab::shell {

/// What a tool does in its new process before it runs a program. Nothing where it goes on; otherwise its exit status.
using Prepare = std::function<std::optional<int>(Tool& tool)>;

/// What the tool ends in.
struct Program {
    std::string new_actor;         // empty where there is a command
    std::vector<std::string> argv; // the command
    bool background = false;
};

/// What follows the options: the name of a new actor (taken out of argv already, or still there), or a command.
Program program_of(const Invocation& invocation, const std::vector<Operand>& operands, std::size_t from = 0);

/// $? behind a wait: the exit status, or 128 and the signal that has ended the process. The terminal says which signal
/// that was, as a shell does.
int shell_status(Tool& tool, const Outcome& waited);

/// A program begins, in the process at hand, and calls itself `name`. The programs of the terminals lie outside of the
/// world; the kernel runs the only one that there is (/proc/self/exe), for what execve(2) does to a process: its
/// capabilities become those of its user, it moves into a time namespace that was prepared, and it sheds what is to be
/// closed. Without /proc there is no way to it, and the process stays as it is.
void begin_program(Tool& tool, const std::string& name);

/// The parts of a tool's work, in their order; each may be missing.
struct Spawn {
    Prepare first;       // in the tool's process
    Prepare before_fork; // in it too, where it forks once more
    Prepare parent;      // and behind that fork
    Prepare child;       // in the process that runs the program: the second one, where there is one
    // The process in the middle stops when its child does, and lets it go on when it goes on itself.
    bool stops_along = false;
};

/// A child of the terminal does the tool's work; with `fork_again` a child of that child runs the program. Then it
/// becomes the actor (its parent is called NAME.TOOL), or runs the command and exits. The terminal waits, unless told
/// to go on.
CommandResult spawn(Tool& tool, const Program& program, const Spawn& how, bool fork_again);

} // namespace nslab::shell
