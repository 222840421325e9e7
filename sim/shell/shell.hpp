#pragma once
// The commands of the terminals: each a function from its arguments to system calls. A command sees the machine only
// through Terminal::call, so that it means the same in the model and on a real kernel, call for call.

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/backend/backend.hpp"
#include "sim/syscall/expr.hpp"

namespace nslab {

namespace shell {
struct OptionTable;
}

/// Where a command runs: one process, its terminal, and the calls that it makes.
class Terminal {
  public:
    virtual ~Terminal() = default;

    /// Performs a call in the process that runs the command and returns what became of it. The last call that failed,
    /// and that the command did not mean to fail (see `probe`), is the errno of the step.
    virtual Outcome call(const Syscall& c) = 0;

    /// The same, for a call whose failure is part of the tool's work (does this exist?): it never becomes the errno.
    virtual Outcome probe(const Syscall& c) = 0;

    /// This failed call, though a probe or not the last one, is what the tool complains about: the errno of the step.
    virtual void blame(const Outcome&) {}

    /// Makes a process with clone(2) flags `flags` (0 is fork) and goes on in it: the calls that follow are the
    /// child's. `name` is the actor that it becomes, empty for an unnamed one. Nothing where it failed.
    virtual std::optional<i32> fork(u64 flags, const std::string& name) = 0;
    /// Back in the process that forked; what it is now is the parent.
    virtual void back() = 0;
    /// Goes on in a child that fork() made earlier and that still runs (by its PID as fork() returned it), until
    /// back().
    virtual void enter(i32 pid) = 0;
    /// The processes that this one has made and nobody has reaped yet, by their PIDs: the jobs of a shell. One that it
    /// was given when its own parent died is none of them.
    virtual std::vector<i32> jobs() = 0;
    /// The current process waits for its child `pid` and then exits as the child did, while the command itself ends:
    /// the process in the middle of `unshare --fork`. Returns at once. `stops_along`: it also stops when its child is
    /// stopped, and lets that go on when it goes on itself.
    virtual void wait_and_exit(i32 pid, bool stops_along) = 0;

    virtual void out(std::string_view text) = 0; // standard output
    virtual void err(std::string_view text) = 0; // standard error

    /// The release that the world plays, for tools that behave by it.
    virtual Release release() const = 0;
};

/// A command line after expansion of names.
struct Invocation {
    std::vector<std::string> argv; // argv[0] is the command; without the new actor's name
    // The command ends in a new actor (unshare, nsenter, fork): its name, and whether the parent goes on (&).
    std::string new_actor;
    bool background = false;
};

/// How a command ended: its exit status as a shell sees it. What it made of a new actor is in the Terminal's hands.
struct CommandResult {
    int status = 0;
    std::string message; // what it printed on standard error, without its last newline
    // The errno that its message speaks of, where that is not the one of the last call that failed (touch complains
    // about open(2) although utimensat(2) failed after it).
    std::optional<E> error{};
};

/// Where a bare word that is an actor's name stands for its PID.
enum class ActorWords : u8 {
    none,
    any,      // kill, wait, nsenter -t, ps -p
    behind_N, // mount, umount, findmnt: other words are places
};

struct CommandRow {
    std::string_view name;
    std::string_view synopsis; // one line for the manual and for completion
    bool makes_actor = false;  // may end in a new actor
    ActorWords actor_words = ActorWords::none;
    /// What is wrong with these arguments, found without playing: unknown options, missing operands. The words are as
    /// written, the new actor's name included. In a diagnostic `at.line` is the index of the word, column (from 1) and
    /// length are inside that word.
    std::vector<Diagnostic> (*check)(const std::vector<std::string>& argv);
    CommandResult (*run)(Terminal& terminal, const Invocation& invocation);
    const shell::OptionTable& (*options)() = nullptr; // NULL for a command that reads none by getopt
};

/// Which word of a command line is the name of a new actor: the only operand of unshare, nsenter, setpriv or fork (the
/// second of chroot), where it looks like one ([a-z][a-z0-9_]*) and is no command. Words are as written, `&` taken off.
std::optional<std::size_t> new_actor_word(const std::vector<std::string>& argv);

/// All commands, by name.
const std::vector<CommandRow>& commands();
const CommandRow* find_command(std::string_view name);

/// Whether the word behind `before` may name an actor.
bool may_name_actor(const CommandRow& row, std::string_view before);

} // namespace nslab
