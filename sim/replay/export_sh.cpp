// A scenario as a shell script. Each actor is a shell that reads its commands from a fifo; a new actor is started by
// the command that makes it.

#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>

#include "sim/replay/export.hpp"
#include "sim/shell/shell.hpp"

namespace nslab {

namespace {

const char* const kHead = R"sh(
# Written by nslab. Run as root: it plays in fresh mount, PID, UTS, IPC and network namespaces on a tmpfs, and shows each
# command and how it ended. Two things are not as in nslab: the programs of the machine are mounted there (one mount on
# usr and each of its neighbours), and each command is a process of its own, which uses up a PID; /dev is there as well.

if [ "${1-}" != inside ]; then
	self=$(readlink -f "$0")
	# On one processor: elsewhere Linux 6.18 refuses unshare --mount=FILE now and then, by the order of namespace ids.
	one=
	command -v taskset > /dev/null && one="taskset -c $(taskset -cp $$ | sed 's/.*: //; s/[,-].*//')"
	exec $one unshare --mount --propagation private --pid --fork --kill-child --uts --ipc --net -- sh "$self" inside
fi

umask 022
mount -t tmpfs none /tmp || exit 2
mkdir /tmp/proc /tmp/dev /tmp/.lab
mount -t proc proc /tmp/proc || exit 2
for dir in usr bin sbin lib lib32 lib64; do
	if [ -L /$dir ]; then
		cp -P /$dir /tmp/$dir
	elif [ -d /$dir ]; then
		mkdir /tmp/$dir
		mount --rbind /$dir /tmp/$dir
	fi
done
: > /tmp/dev/null
cd /tmp && pivot_root . . && umount -l . && cd / || exit 2

cat > /.lab/actor <<'END'
# sh actor NAME: says that it is there, then does what it is told and says how each command ended.
exec 8<> "/.lab/$1"
echo "ready $1 $$" >&9
trap 'echo "$n ended" >&9' EXIT
while read -r n line <&8; do
	eval "$line"
	echo "$n $?" >&9
done
END
mkfifo /.lab/answers
exec 9<> /.lab/answers
pids=
n=0

# step ACTOR COMMAND: types a command and waits until it has ended.
step() {
	[ -p "/.lab/$1" ] || { echo "there is no $1" && exit 1; }
	n=$((n + 1))
	printf '%s# %s\n' "$1" "$2"
	printf '%s %s %s\n' "$n" "$pids" "$2" 1<> "/.lab/$1"
	while read -r who how rest <&9 && [ "$who" != "$n" ]; do :; done
	[ "$how" = 0 ] || printf '    # %s\n' "$how"
}

# start ACTOR COMMAND NEW [&]: types a command that ends in a new actor, and waits until that is there.
start() {
	mkfifo "/.lab/$3"
	n=$((n + 1))
	printf '%s# %s %s %s\n' "$1" "${2:-fork}" "$3" "$4"
	printf '%s %s { %s sh /.lab/actor %s || echo "%s failed" >&9; } %s\n' "$n" "$pids" "$2" "$3" "$n" "$4" 1<> "/.lab/$1"
	while read -r who how rest <&9; do
		if [ "$who $how" = "ready $3" ]; then
			pids="$pids $3=$rest;"
			return
		elif [ "$who $how" = "$n failed" ]; then
			printf '    # failed\n'
			rm "/.lab/$3"
			return
		fi
	done
}

mkfifo /.lab/sh1
sh /.lab/actor sh1 &
read -r who how rest <&9
pids="sh1=$rest;"
)sh";

std::string quote(const std::string& text) {
    std::string out = "'";
    for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return out + "'";
}

/// The line with a dollar in front of each actor that stands for its PID: `kill sh2`.
std::string with_pids(const Scenario& scenario, const Step& step, const CommandStep& what) {
    std::string line = step.text;
    const CommandRow* row = find_command(what.words[0].text.empty() ? "" : what.words[0].text[0].text);
    if (!row || !row->names_actors) return line;
    for (auto word = what.words.rbegin(); word + 1 != what.words.rend(); ++word) {
        if (word->quoted || word->text.size() != 1 || word->text[0].kind != Piece::Kind::text) continue;
        const std::string& text = word->text[0].text;
        const std::string actor = text.substr(0, text.find_first_of(".@"));
        if (std::find(scenario.actors.begin(), scenario.actors.end(), actor) == scenario.actors.end()) continue;
        if (actor != text)
            throw std::runtime_error(fmt::format("{}:{}: a script cannot say {}, use --as c: {}", scenario.file,
                                                 step.at.line, text, step.text));
        line.insert(word->at.column - step.at.column, "$");
    }
    return line;
}

/// What was typed: the line without the actor and its prompt, and without the new actor.
std::string typed(const Scenario& scenario, const Step& step, const CommandStep& what) {
    const std::string line = with_pids(scenario, step, what);
    const std::size_t prompt = line.find_first_of("#$");
    std::string text = prompt == std::string::npos ? line : line.substr(prompt + 1);
    text.erase(0, text.find_first_not_of(' '));
    if (!what.new_actor.empty()) text.erase(text.rfind(what.new_actor));
    while (!text.empty() && text.back() == ' ') text.pop_back();
    return text == "fork" ? "" : text; // starting the actor's shell is the fork
}

} // namespace

std::string export_sh(const Scenario& scenario) {
    if (!scenario.boot_files.empty())
        throw std::runtime_error("a scenario that begins from saved mountinfo cannot be exported");
    std::string out = "#!/bin/sh\n";
    if (!scenario.title.empty()) out += "# " + scenario.title + "\n";
    if (!scenario.source.empty()) out += "# " + scenario.source + "\n";
    out += kHead;
    if (scenario.boot.kind == BootOptions::Kind::systemd) out += "mount --make-rshared /\n";
    out += "\n";
    for (const Step& step : scenario.steps) {
        for (const std::string& line : step.narration) out += "# " + line + "\n";
        if (std::holds_alternative<CallStep>(step.what))
            throw std::runtime_error(fmt::format("{}:{}: a script cannot make this system call, use --as c: {}",
                                                 scenario.file, step.at.line, step.text));
        const auto* command = std::get_if<CommandStep>(&step.what);
        if (!command) {
            out += "# " + step.text + "\n";
            continue;
        }
        // Here a terminal changes its own root; in a script the program would have to lie below the new one.
        if (!command->words.empty() && command->words[0].text.size() == 1 && command->words[0].text[0].text == "chroot")
            throw std::runtime_error(fmt::format("{}:{}: a script cannot chroot its own shell, use --as c: {}",
                                                 scenario.file, step.at.line, step.text));
        for (const ExpectedOutcome& expected : step.outcomes)
            if (expected.kind == ExpectedOutcome::Kind::error)
                out += fmt::format("# {} is expected:\n", errno_name(expected.error));
        std::string loop; // the variables of `repeat` are set before the command
        for (const auto& [name, value] : step.loop) loop += fmt::format("{}={}; ", name, value);
        const std::string text = quote(loop + typed(scenario, step, *command));
        if (command->new_actor.empty())
            out += fmt::format("step {} {}\n", step.actor, text);
        else
            out += fmt::format("start {} {} {} '{}'\n", step.actor, text, command->new_actor,
                               command->background ? "&" : "");
    }
    return out;
}

} // namespace nslab
