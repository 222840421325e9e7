#pragma once
// A scenario as its text says it: heads, steps, narration. parse() is the only place that knows the grammar; it finds
// every mistake of a file before anything is played. The grammar is in docs/language.md.

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "sim/backend/backend.hpp"
#include "sim/syscall/expr.hpp"

namespace nslab {

/// A word of a command line, with names to expand.
struct Word {
    Text text;
    Span at;
    bool quoted = false;
};

/// What a step is expected to come to, in one range of releases: 0, an errno, or a failure of the program itself.
struct ExpectedOutcome {
    enum class Kind : u8 { success, error, program_failure, value } kind = Kind::success;
    E error = E::OK;
    std::optional<Expr> value; // of a call: `= 5`, `= ?pid`
    std::optional<Release> since, until;
    Span at;
};

struct CommandStep {
    std::vector<Word> words;
    std::optional<Word> redirect; // echo and printf only
    bool append = false;
    std::string new_actor; // bare last word of unshare, nsenter, fork ...
    Span new_actor_at;
    bool background = false; // &
    bool as_user = false;    // the prompt is $
};

struct CallStep {
    std::string result_name; // "t" of `t = open_tree(...)`; an actor where the call makes a process
    Expr call;
};

/// `expect` statements. Each judges Observations (and calls that only look), in both worlds.
struct ExpectStep {
    enum class Kind : u8 {
        mounted,        // expect sh1: /a is mounted / is not mounted
        sees,           // expect sh1 sees /a/file / does not see
        same_tree,      // expect sh1: /a shows the same as /b / does not show the same as (optionally sh2:/b)
        propagation,    // expect sh1: /a is shared | private | slave | unbindable | shared and slave
        peer_of,        // ..., peer of sh2:/b / not peer of
        master,         // ..., slave of sh2:/b | its master is sh2:/b
        propagate_from, // ..., propagate_from sh2:/b | no propagate_from
        parent,         // expect sh1: the parent of /a is /
        same_super,     // expect sh1: /a is on the same super block as /b / on another super block than
        mount_count,    // expect sh1: 5 mounts / 1 mount
        same_ns,        // expect sh1 and sh2 share mnt / do not share mnt, nsproxy
        prints,         // expect sh1: cat /a prints "text" (a command and its standard output)
        mountinfo,      // expect sh1: mountinfo of /a is "..." with ids as names ($a ?a)
        alive,          // expect sh2 is alive | running | asleep | stopped | a zombie | gone
        status,         // expect sh2 exited with 3 / was killed by SIGKILL
        child,          // expect sh2 is a child of sh1
        reaper,         // expect sh2 is the child reaper of sh3
        may_signal,     // expect sh1 may signal sh2 / may not signal
        pid,            // expect sh1: pid of sh3 is 5, ppid is 0, NSpid of sh3 is 5 2 1
        no_pid,         // expect sh2: sh1 has no pid
        ref_count,      // expect sh1: nsproxy has count 2, net has count 3
        held_by,        // expect sh1: net is held by sh1 and file of sh2 and mount /run/netns/x
    };
    Kind kind = Kind::mounted;
    bool negated = false;
    std::string actor;
    Word path;               // the place spoken of
    std::string other_actor; // of "sh2:/b"; the same actor where empty
    Word other_path;
    std::string word;                    // propagation ("shared and slave"), namespace type, state, kind of PID
    u32 number = 0;                      // of mounts; of a signal
    std::vector<Word> words;             // of prints; numbers
    Word text;                           // expected output; mountinfo pattern
    std::vector<std::string> holders;    // actors, or "file of" one; `words` are the mounts
    std::optional<Release> since, until; // where the expectation holds only for some releases
};

struct ShowStep {
    std::string actor;   // empty: every mount namespace
    std::string holders; // of the actor's namespace of this type, instead of mounts
};
struct DrawStep {
    std::string name;
};

struct Step {
    Span at;                               // of the whole line
    std::string text;                      // the line as written, without its outcome and comment
    std::string actor;                     // of commands, calls and expects
    std::vector<std::string> narration;    // comments on lines of their own above it
    std::vector<ExpectedOutcome> outcomes; // empty: must succeed
    std::variant<CommandStep, CallStep, ExpectStep, ShowStep, DrawStep> what;
    // `repeat N as $i` is unrolled by the parser: the values of its variables for this copy.
    std::vector<std::pair<std::string, i64>> loop;
    bool may_fail = false; // typed in a live terminal, without an outcome: whatever it comes to is as expected
};

struct Scenario {
    std::string file; // as it was named
    std::string text; // whole
    std::string title, source;
    BootOptions boot;
    std::vector<std::string> boot_files; // of `boot: mountinfo`, as written; run reads them beside the scenario
    std::vector<std::pair<std::string, std::string>> sysctls;
    std::optional<Release> kernel_since, kernel_until; // head `kernel: since 6.8`
    std::vector<Step> steps;
    std::vector<std::string> closing; // narration after the last step
    std::vector<std::string> actors;  // in order of their first mention; init is none of them, sh1 is the first
};

/// Whether more lines may follow. Then a repeat may still be open, and nothing is said of what was not used yet.
enum class Extent : u8 { whole, so_far };

struct ParseResult {
    Scenario scenario;
    std::vector<Diagnostic> diagnostics; // in order of their lines; errors and warnings
    u32 heads = 0;                       // the line of the last head; 0 where there is none
    std::vector<u32> ends;               // the last line of each statement; a repeat with all inside is one
    bool open = false;                   // the text so far ends inside a repeat
    bool ok() const;
};

/// Reads a scenario. `file` is only for messages; nothing is read from disk.
ParseResult parse(std::string file, std::string text, Extent extent = Extent::whole);

/// "tests/bad.scn:7:14: mount: unknown option --make-shred", the line, a caret and the hint, each on a line of its own.
std::string render(const Diagnostic& d, const std::string& file, const std::string& text);

} // namespace nslab
