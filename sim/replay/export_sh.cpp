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
# command and how it ended. Its exit status is 0 where each succeeded or failed as in the model. Two things are not as in
# nslab: the programs of the machine are mounted there (one mount on usr and each of its neighbours), and each command is
# a process of its own, which uses up a PID; /dev and /run are there as well.

if [ "${1-}" != inside ]; then
	self=$(readlink -f "$0")
	# On one processor: elsewhere Linux 6.18 refuses unshare --mount=FILE now and then, by the order of namespace ids.
	one=
	command -v taskset > /dev/null && one="taskset -c $(taskset -cp $$ | sed 's/.*: //; s/[,-].*//')"
	exec $one unshare --mount --propagation private --pid --fork --kill-child --uts --ipc --net -- sh "$self" inside
fi

umask 022
mount -t tmpfs none /tmp || exit 2
mkdir /tmp/proc /tmp/dev /tmp/run /tmp/.lab
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
echo "ready $1 $$" > "/.lab/$2"
exec 7>&-
trap 'echo "$n ended" >&9' EXIT
while read -r n line <&8; do
	command eval "$line"
	echo "$n $?" >&9
done
END
mkfifo -m 666 /.lab/answers
exec 9<> /.lab/answers
actors=
n=0
tick=0
late=
differs=0

# pids ACTOR: what the other actors' PIDs are for this one, as assignments. ns_NAME has the PIDs of an actor from here on.
pids() {
	eval "set -- \$ns_$1"
	depth=$#
	for a in $actors; do
		eval "set -- \$ns_$a"
		[ $# -lt $depth ] || [ $depth = 0 ] || { shift $((depth - 1)) && printf '%s=%s; ' "$a" "$1"; }
	done
}

# arrived ACTOR PID: takes a new actor in. It knows its own PID only; /proc tells those further out.
arrived() {
	pid=
	for dir in /proc/[0-9]*; do
		[ "$(tr '\0' ' ' 2> /dev/null < "$dir/cmdline" | cut -d ' ' -f 1-3)" = "sh /.lab/actor $1" ] && pid=${dir#/proc/}
	done
	list=$(sed -n 's/^NSpid://p' "/proc/${pid:-none}/status" 2> /dev/null)
	eval "outer_$1=\$pid ns_$1=\${list:-\$2}"
	actors="$actors $1"
}

# state ACTOR: leaves in `state` what /proc says of it: T is stopped, Z or nothing is dead.
state() {
	eval "pid=\$outer_$1"
	state='?'
	[ -z "$pid" ] || [ ! -d /proc/$$ ] || { state= && read -r pid comm state rest 2> /dev/null < "/proc/$pid/stat"; } || :
}

# judged STATUS: shows how a command ended, and whether the model said so.
judged() {
	[ "$1" = 0 ] || printf '    # %s\n' "$1"
	case $want:$1 in
	any:* | ok:0 | ok:ended | fails:[!0]*) ;;
	*) differs=1 && printf '    # otherwise than in the model\n' ;;
	esac
}

# answer ACTOR NUMBER: waits until the command with this number has ended. 1 where the actor is stopped, 2 where it dies
# before that.
answer() {
	while state "$1"; do
		tick=$((tick + 1))
		echo "tick$tick" >&9
		while read -r who how rest <&9 && [ "$who" != "tick$tick" ]; do
			[ "$who" != "$2" ] || return 0
		done
		case $state in T) return 1 ;; '' | Z | X) return 2 ;; esac
		sleep 0.01
	done
}

# step WANT ACTOR COMMAND: types a command and waits until it has ended. WANT: whether the model says that it fails.
step() {
	want=$1
	[ -p "/.lab/$2" ] || { echo "there is no $2" && exit 1; }
	n=$((n + 1))
	printf '%s# %s\n' "$2" "$3"
	printf '%s %s %s\n' "$n" "$(pids "$2")" "$3" 1<> "/.lab/$2"
	answer "$2" "$n" && set -- "$1" "$2" 0 || set -- "$1" "$2" $?
	case $3 in
	0) judged "$how" ;;
	1) printf '    # it is stopped, and does it when it goes on\n' && late="$late $2:$n" ;;
	2) judged killed ;;
	esac
	# Who goes on does first what was typed meanwhile.
	again=$late
	late=
	for what in $again; do
		answer "${what%:*}" "${what#*:}" || [ $? = 2 ] || late="$late $what"
	done
}

# start WANT ACTOR COMMAND NEW [&]: types a command that ends in a new actor, and waits until that is there.
start() {
	want=$1
	mkfifo -m 666 "/.lab/$4"
	n=$((n + 1))
	printf '%s# %s %s %s\n' "$2" "${3:-fork}" "$4" "$5"
	if [ -n "$5" ]; then
		# No process may come between the actor and the new one. When all who could say hello are gone, it has failed.
		mkfifo -m 666 "/.lab/hello$n"
		printf '%s %s %s sh /.lab/actor %s hello%s 7> /.lab/hello%s &\n' "$n" "$(pids "$2")" "$3" "$4" "$n" "$n" 1<> "/.lab/$2"
		while read -r who how rest <&9 && [ "$who" != "$n" ]; do :; done
		[ "$how" != 0 ] || { who=failed && read -r who how rest < "/.lab/hello$n"; } || :
		rm "/.lab/hello$n"
	else
		printf '%s %s %s sh /.lab/actor %s answers\n' "$n" "$(pids "$2")" "$3" "$4" 1<> "/.lab/$2"
		while read -r who how rest <&9 && [ "$who" != "$n" ] && [ "$who $how" != "ready $4" ]; do :; done
	fi
	if [ "$who" = ready ]; then
		arrived "$4" "$rest"
		judged 0
	else
		rm "/.lab/$4"
		judged failed
	fi
}

mkfifo /.lab/sh1
sh /.lab/actor sh1 answers &
read -r who how rest <&9
arrived sh1 "$rest"
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
    if (!row) return line;
    for (auto word = what.words.rbegin(); word + 1 != what.words.rend(); ++word) {
        if (word->quoted || word->text.size() != 1 || word->text[0].kind != Piece::Kind::text) continue;
        const std::string& text = word->text[0].text;
        const std::string actor = text.substr(0, text.find_first_of(".@"));
        if (std::find(scenario.actors.begin(), scenario.actors.end(), actor) == scenario.actors.end()) continue;
        const auto before = std::next(word);
        if (!may_name_actor(*row, before->text.size() == 1 ? before->text[0].text : "")) continue;
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

bool is_word(const Word& word, std::string_view text) {
    return word.text.size() == 1 && word.text[0].kind == Piece::Kind::text && word.text[0].text == text;
}

/// Whether it makes a directory that the script's world has from the beginning.
bool makes_what_is_there(const CommandStep& what) {
    if (!is_word(what.words[0], "mkdir")) return false;
    return std::any_of(what.words.begin(), what.words.end(), [](const Word& word) {
        constexpr std::string_view there[] = {"/dev", "/run", "/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64"};
        return std::any_of(std::begin(there), std::end(there), [&](std::string_view t) { return is_word(word, t); });
    });
}

/// Why a script cannot give the command. In nslab a terminal changes its own root; in a script the program would have
/// to lie below the new one.
std::optional<std::string_view> why_not(const CommandStep& what) {
    if (is_word(what.words[0], "chroot")) return "a script cannot chroot its own shell";
    const bool nsenter = is_word(what.words[0], "nsenter");
    if (!nsenter && !is_word(what.words[0], "unshare")) return std::nullopt;
    for (const Word& word : what.words) {
        const bool plain = !word.text.empty() && word.text[0].kind == Piece::Kind::text;
        const std::string_view text = plain ? std::string_view(word.text[0].text) : "";
        if (text.starts_with("--map-auto") || text.starts_with("--map-users") || text.starts_with("--map-groups"))
            return "a script's unshare needs newuidmap(1) and an /etc/passwd, which are not there";
        if (text.starts_with("--root") || text.starts_with(nsenter ? "-r" : "-R"))
            return "the shell of a script does not lie below another root directory";
    }
    return std::nullopt;
}

/// How the command ends in the model: "ok", "fails", or "any" where that depends on the release, or on what is there.
std::string_view wanted(const CommandStep& what, const std::vector<ExpectedOutcome>& outcomes) {
    if (makes_what_is_there(what)) return "any";
    if (outcomes.empty()) return "ok";
    if (outcomes.size() > 1 || outcomes[0].since || outcomes[0].until) return "any";
    return outcomes[0].kind == ExpectedOutcome::Kind::success ? "ok" : "fails";
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
            const auto* expect = std::get_if<ExpectStep>(&step.what);
            if (expect && expect->kind == ExpectStep::Kind::alive && expect->word == "asleep")
                throw std::runtime_error(
                    fmt::format("{}:{}: a script goes on only when a command has ended, use --as c: {}", scenario.file,
                                step.at.line, step.text));
            out += "# " + step.text + "\n";
            continue;
        }
        const auto cannot = [&](std::string_view why) {
            throw std::runtime_error(
                fmt::format("{}:{}: {}, use --as c: {}", scenario.file, step.at.line, why, step.text));
        };
        if (const auto why = why_not(*command)) cannot(*why);
        for (const ExpectedOutcome& expected : step.outcomes)
            if (expected.kind == ExpectedOutcome::Kind::error)
                out += fmt::format("# {} is expected:\n", errno_name(expected.error));
        const std::string_view want = wanted(*command, step.outcomes);
        std::string loop; // the variables of `repeat` are set before the command
        for (const auto& [name, value] : step.loop) loop += fmt::format("{}={}; ", name, value);
        const std::string text = quote(loop + typed(scenario, step, *command));
        if (command->new_actor.empty())
            out += fmt::format("step {} {} {}\n", want, step.actor, text);
        else
            out += fmt::format("start {} {} {} {} '{}'\n", want, step.actor, text, command->new_actor,
                               command->background ? "&" : "");
    }
    return out + "exit $differs\n";
}

} // namespace nslab
