#include "sim/shell/spawn.hpp"

#include <fmt/format.h>

#include "sim/shell/rows.hpp"
#include "sim/shell/signals.hpp"

namespace nslab::shell {

int shell_status(Tool& tool, const Outcome& waited) {
    const auto* buffer = waited.out.get_if<WaitBuf>();
    const i32 status = buffer ? buffer->status : 0;
    const i32 signal = status & 0x7f;
    if (signal == 0) return status >> 8 & 0xff;
    // Who pressed ^C knows it. Source: bash, jobs.c, notify_of_job_status().
    if (signal != SIG::INT && signal != SIG::PIPE) tool.say(signal_text(signal));
    return 128 + signal;
}

void begin_program(Tool& tool, const std::string& name) { tool.probe(sys::Execve{"/proc/self/exe", name}); }

Program program_of(const Invocation& invocation, const std::vector<Operand>& operands, std::size_t from) {
    Program program{invocation.new_actor, {}, invocation.background};
    for (std::size_t i = from; i < operands.size(); ++i) program.argv.push_back(operands[i].text);
    if (!program.new_actor.empty()) program.argv.clear();
    return program;
}

CommandResult spawn(Tool& tool, const Program& program, const Spawn& how, bool fork_again) {
    Terminal& terminal = tool.terminal;
    const bool actor = !program.new_actor.empty();
    const std::string middle = actor ? program.new_actor + "." + tool.name : "";
    const auto outer = terminal.fork(0, fork_again ? middle : program.new_actor);
    if (!outer) {
        tool.warn("fork failed");
        return tool.end(1);
    }

    int status = 0;
    CommandResult ran; // by the command
    // Does a part. True where it exited.
    const auto gone = [&](const Prepare& part) {
        const auto refused = part ? part(tool) : std::nullopt;
        if (!refused) return false;
        status = *refused;
        terminal.call(sys::ExitGroup{status});
        return true;
    };
    // The program, in the process at hand: an actor lives on, a command exits.
    const auto run = [&] {
        if (gone(how.child)) return;
        if (actor) return begin_program(tool, "nslab");
        if (!program.argv.empty() && find_command(program.argv[0])) begin_program(tool, program.argv[0]);
        ran = run_program(terminal, tool.name, program.argv);
        status = ran.status;
        terminal.call(sys::ExitGroup{status});
    };

    if (gone(how.first)) {
        // nothing to be run
    } else if (!fork_again) {
        if (!gone(how.parent)) run();
    } else if (gone(how.before_fork)) {
        // nor here
    } else if (const auto inner = terminal.fork(0, program.new_actor)) {
        terminal.back();
        const bool parent_gone = gone(how.parent);
        terminal.enter(*inner);
        run();
        terminal.back();
        if (!parent_gone) terminal.wait_and_exit(*inner, how.stops_along);
    } else {
        tool.warn("fork failed");
        status = 1;
        terminal.call(sys::ExitGroup{status});
    }
    terminal.back();

    if (!program.background) {
        const Outcome waited = terminal.call(sys::Wait4{*outer, 0});
        if (waited.ok()) status = shell_status(tool, waited);
    }
    CommandResult result = tool.end(status);
    if (!ran.message.empty()) result.message += (result.message.empty() ? "" : "\n") + ran.message;
    if (ran.error) result.error = ran.error;
    return result;
}

} // namespace nslab::shell
