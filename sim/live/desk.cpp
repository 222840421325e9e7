#include "sim/live/desk.hpp"

#include <algorithm>
#include <sstream>
#include <stdexcept>

#include <fmt/format.h>

#include "sim/live/look.hpp"
#include "sim/replay/session.hpp"
#include "sim/replay/show.hpp"

namespace nslab::live {

/// One word of the terminal.
struct DeskWord {
    std::string_view name, arguments, help;
    void (Desk::*obey)(const Desk::Arguments&);

    static const std::vector<DeskWord>& all() {
        static const std::vector<DeskWord> words = {
            {"undo", "[N]", "take the last step back, or N steps", &Desk::back},
            {"redo", "[N]", "play again what was taken back", &Desk::redo},
            {"next", "[N]", "play the next step of FILE, or N steps; step is the same", &Desk::forward},
            {"step", "[N]", "", &Desk::forward},
            {"back", "[N]", "take steps of FILE back: undo by another name", &Desk::back},
            {"goto", "N", "go to where N steps have been played, forward or back", &Desk::go_to},
            {"play", "", "play all of FILE that lies ahead", &Desk::play},
            {"list", "", "show all steps with their numbers, and where we are", &Desk::list},
            {"why", "", "give the reasons of the last step: calls, functions of the kernel, edges of propagation",
             &Desk::why},
            {"who", "PATH", "show which actors see a file or directory", &Desk::who},
            {"show", "[ACTOR]", "show the mount namespaces as trees", &Desk::show},
            {"draw", "[VIEW] [FILE]", "draw the state as a picture", &Desk::draw_view},
            {"save", "[-f] FILE.scn", "write what was played as a scenario; -f writes over a file", &Desk::save_text},
            {"help", "[COMMAND]", "show this, or how a command is used", &Desk::help},
            {"quit", "", "leave; so does ^D", &Desk::quit},
        };
        return words;
    }
};

namespace {

std::vector<std::string> split(const std::string& line) {
    std::istringstream in(line);
    std::vector<std::string> out;
    for (std::string word; in >> word;) out.push_back(word);
    return out;
}

/// The words that begin a line of a scenario which is no command of the terminal in front.
bool statement(const std::string& word) {
    const auto is_name = [](std::string_view name) {
        return !name.empty() && name[0] >= 'a' && name[0] <= 'z' &&
               name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string_view::npos;
    };
    if (word[0] == '#' || word == "expect" || word == "repeat" || word == "end") return true;
    const auto mark = word.find_first_of("#$:");
    return mark != std::string::npos && is_name(word.substr(0, mark));
}

} // namespace

const std::vector<std::string>& desk_words() {
    static const std::vector<std::string> names = [] {
        std::vector<std::string> out = {"expect", "repeat", "end"};
        for (const DeskWord& word : DeskWord::all()) out.emplace_back(word.name);
        return out;
    }();
    return names;
}

Desk::Desk(Lesson& lesson, Style style, std::ostream& out, bool seen)
    : lesson_(lesson), style_(style), out_(out), seen_(seen) {
    lesson_.on_step = [this](const StepReport& report) { show_step(report); };
}

std::string Desk::prompt() const { return lesson_.unfinished() ? "> " : lesson_.actor() + mark(); }

std::string Desk::mark() const { return lesson_.root() ? "# " : "$ "; }

void Desk::obey(const std::string& line) {
    const auto words = split(line);
    typed_ = false;
    if (words.empty()) {
        if (seen_ && lesson_.ahead() > 0) forward({}); // Enter goes on
        return;
    }
    const auto& all = DeskWord::all();
    const auto word = std::find_if(all.begin(), all.end(), [&](const DeskWord& w) { return w.name == words[0]; });
    try {
        if (word != all.end() && !lesson_.unfinished()) {
            if (!seen_) out_ << prompt() << line << "\n";
            (this->*word->obey)({words.begin() + 1, words.end()});
        } else if (words.size() == 1 && lesson_.turn_to(words[0].substr(0, words[0].find_last_not_of("#$") + 1))) {
            // Only the terminal in front is another one now.
        } else {
            typed_ = true;
            told(lesson_.type(as_step(line)));
        }
    } catch (const std::runtime_error& e) {
        all_kept_ = false;
        out_ << style_.red(e.what()) << "\n";
    }
    out_ << std::flush;
}

/// The line as a scenario has it: a bare command belongs to the terminal in front.
std::string Desk::as_step(const std::string& line) {
    const auto from = line.find_first_not_of(" \t");
    const std::string text = line.substr(from);
    const std::string first = text.substr(0, text.find_first_of(" \t"));
    // Inside a repeat every line is written out.
    return lesson_.unfinished() || statement(first) ? text : lesson_.actor() + mark() + text;
}

void Desk::show_step(const StepReport& report) {
    const Scenario& scenario = lesson_.scenario();
    if (!typed_ || !seen_) {
        out_ << session_step(scenario, report, style_) << std::flush;
        return;
    }
    const Step& step = scenario.steps[report.step];
    const bool quiet = std::holds_alternative<CommandStep>(step.what) && !report.model.failed() &&
                       !report.model.asleep && !lesson_.with_kernel();
    const std::string outcome = step_outcome(scenario, report, style_);
    out_ << step_below(scenario, report, style_);
    if (!quiet && !outcome.empty()) out_ << outcome << "\n";
    out_ << std::flush;
}

void Desk::told(const Answer& answer) {
    all_kept_ &= answer.kept;
    out_ << answer.message;
    if (!answer.message.empty() && answer.message.back() != '\n') out_ << "\n";
}

std::size_t Desk::number(const Arguments& arguments, std::size_t otherwise) {
    if (arguments.empty()) return otherwise;
    const std::string& text = arguments[0];
    if (arguments.size() > 1 || text.size() > 6 || text.find_first_not_of("0123456789") != std::string::npos)
        throw std::runtime_error("a number is expected, not " + arguments.back());
    return std::stoul(text);
}

void Desk::forward(const Arguments& arguments) { times(arguments, &Lesson::next); }
void Desk::redo(const Arguments& arguments) { times(arguments, &Lesson::redo); }

void Desk::times(const Arguments& arguments, Answer (Lesson::*go)()) {
    const std::size_t n = number(arguments, 1);
    for (std::size_t i = 0; i < n; ++i) {
        const Answer answer = (lesson_.*go)();
        told(answer);
        if (!answer.kept) return;
    }
}

void Desk::back(const Arguments& arguments) {
    const std::size_t n = number(arguments, 1), before = lesson_.played();
    if (n == 1) {
        if (!lesson_.undo()) throw std::runtime_error("nothing has been played that could be taken back");
    } else {
        told(lesson_.go_to(before > n ? before - n : 0));
    }
    if (lesson_.played() < before)
        out_ << style_.dim(fmt::format("back at step {} of {}", lesson_.played(), lesson_.played() + lesson_.ahead()))
             << "\n";
}

void Desk::go_to(const Arguments& arguments) {
    if (arguments.empty()) throw std::runtime_error("goto which step? list shows their numbers");
    const std::size_t n = number(arguments, 0), before = lesson_.played();
    told(lesson_.go_to(n));
    if (lesson_.played() < before) out_ << style_.dim(fmt::format("back at step {}", lesson_.played())) << "\n";
}

void Desk::play(const Arguments&) { told(lesson_.play()); }

void Desk::list(const Arguments&) {
    const std::size_t all = lesson_.played() + lesson_.ahead();
    for (std::size_t i = 0; i < all; ++i) {
        std::istringstream in(lesson_.statement(i));
        bool first = true;
        for (std::string line; std::getline(in, line);) {
            const auto begin = line.find_first_not_of(" \t");
            if (begin == std::string::npos || line[begin] == '#') continue;
            const std::string text = fmt::format("{:>4}  {}", first ? std::to_string(i + 1) : "", line);
            out_ << (i < lesson_.played() ? text : style_.dim(text)) << "\n";
            first = false;
        }
        if (i + 1 == lesson_.played() && lesson_.ahead() > 0) out_ << "----  here\n";
    }
    if (lesson_.played() == 0) out_ << (all ? "nothing of it has been played yet\n" : "nothing has been played yet\n");
}

void Desk::why(const Arguments&) {
    Style reasons = style_;
    reasons.reasons = true;
    const auto last = lesson_.last();
    if (last.empty()) throw std::runtime_error("nothing has been played yet");
    for (const StepReport* report : last) {
        const Step& step = lesson_.scenario().steps[report->step];
        out_ << step.text << "  " << step_outcome(lesson_.scenario(), *report, style_) << "\n"
             << step_below(lesson_.scenario(), *report, reasons);
        if (report->model.calls.empty()) out_ << style_.dim("    it makes no system call of its own") << "\n";
    }
}

void Desk::who(const Arguments& arguments) {
    if (arguments.size() != 1) throw std::runtime_error("who sees what? who PATH");
    out_ << who_sees(lesson_.side(), lesson_.side().actor(lesson_.actor()), arguments[0]);
}

void Desk::show(const Arguments& arguments) {
    const auto living = lesson_.living();
    if (arguments.size() > 1 ||
        (!arguments.empty() && std::find(living.begin(), living.end(), arguments[0]) == living.end()))
        throw std::runtime_error(fmt::format("there is no living actor {}", arguments[0]));
    out_ << show_trees(lesson_.side(), arguments.empty() ? "" : arguments[0]);
}

void Desk::draw_view(const Arguments& arguments) {
    if (!draw) throw std::runtime_error("this nslab was built without drawings");
    out_ << draw(arguments);
}

void Desk::save_text(const Arguments& arguments) {
    const bool over = !arguments.empty() && arguments[0] == "-f";
    if (arguments.size() != (over ? 2 : 1)) throw std::runtime_error("save it where? save FILE.scn");
    if (lesson_.played() == 0) throw std::runtime_error("nothing has been played yet");
    save(arguments.back(), lesson_.text(), over);
    out_ << fmt::format("saved {} step{} as {}", lesson_.played(), lesson_.played() == 1 ? "" : "s", arguments.back());
    if (lesson_.ahead() > 0) out_ << fmt::format("; the {} ahead are not in it", lesson_.ahead());
    out_ << "\n";
}

void Desk::help(const Arguments& arguments) {
    for (const std::string& name : arguments) {
        const CommandRow* row = find_command(name);
        const auto& all = DeskWord::all();
        const auto word = std::find_if(all.begin(), all.end(), [&](const DeskWord& w) { return w.name == name; });
        if (word != all.end())
            out_ << fmt::format("{} {}\n    {}\n", word->name, word->arguments, word->help);
        else if (row)
            out_ << row->synopsis << "\n";
        else
            throw std::runtime_error("there is no command " + name);
    }
    if (!arguments.empty()) return;
    out_ << "A line is a step, as in a scenario: a command of the terminal in front (mount -t tmpfs disk /mnt), of\n"
            "another (sh2# umount /mnt), a call (sh1: umount2(\"/mnt\", 0)), or expect sh1: /mnt is mounted.\n"
            "unshare -m sh2 & makes a new terminal, sh2# alone brings it to the front. The terminal's own words:\n\n";
    for (const DeskWord& word : DeskWord::all())
        if (!word.help.empty())
            out_ << fmt::format("  {:<20} {}\n", fmt::format("{} {}", word.name, word.arguments), word.help);
    out_ << "\nCommands of the terminals, each with the options of the real one:\n ";
    std::size_t width = 1;
    for (const CommandRow& row : commands()) {
        if (width + row.name.size() + 1 > 78) {
            out_ << "\n ";
            width = 1;
        }
        out_ << " " << row.name;
        width += row.name.size() + 1;
    }
    out_ << "\n";
}

void Desk::quit(const Arguments&) { left_ = true; }

} // namespace nslab::live
