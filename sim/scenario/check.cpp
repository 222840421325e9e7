// Everything that is seen by reading the steps in order: who is there, who waits, which names have values.

#include <algorithm>
#include <map>

#include "sim/scenario/people.hpp"
#include "sim/shell/shell.hpp"
#include "sim/syscall/calls.hpp"

namespace nslab::scenario {

namespace {

class Checker : People {
  public:
    using People::People;

    void check(Extent extent) {
        // With saved mountinfo each file stands for one process: sh1, sh2 ...
        const std::size_t first = std::max<std::size_t>(1, scenario_.boot_files.size());
        for (std::size_t n = 1; n <= first; ++n) person("sh" + std::to_string(n), {}).mentioned = true;
        for (const Step& step : scenario_.steps) foresee(step);
        for (const Step& step : scenario_.steps) {
            if (complaints_.full()) return;
            step_ = &step;
            std::visit([&](const auto& what) { look(what); }, step.what);
        }
        if (extent == Extent::whole) unused();
    }

  private:
    // Names -----------------------------------------------------------------------------------------------------------

    struct Name {
        u32 line = 0;
        std::pair<u32, u32> site; // line and column of its assignment
    };

    bool loop_variable(const std::string& name) const {
        return std::any_of(step_->loop.begin(), step_->loop.end(), [&](const auto& l) { return l.first == name; });
    }

    /// Whether `name` stands for a number here; it counts as used from now on.
    bool use(const std::string& name) {
        if (name == "init" || loop_variable(name)) return true;
        if (Person* p = mention(name)) {
            if (p->life == Person::Life::never)
                complaints_.error(find(name),
                                  name + " never comes to life: " + line_text(p->born) + " is expected to fail");
            return true;
        }
        const auto found = names_.find(name);
        if (found == names_.end()) return false;
        sites_[found->second.site].used = true;
        return true;
    }

    void unknown_name(const std::string& name, Span at) {
        // To look for the nearest name costs something, and the copies of a repeat make the same mistake.
        if (complaints_.excused(name) || !told_names_.insert({at.line, at.column}).second) return;
        std::vector<std::string_view> known;
        for (const auto& [each, value] : names_) known.push_back(each);
        for (const auto& actor : scenario_.actors) known.push_back(actor);
        for (const auto& l : step_->loop) known.push_back(l.first);
        const auto line = later_.find(name);
        const auto near = nearest(name, known);
        std::string hint = "a name gets its value before: " + name + " = ...";
        if (line != later_.end() && line->second >= at.line)
            hint = "it gets its value only in " + line_text(line->second);
        else if (near)
            hint = "did you mean " + *near + "?";
        complaints_.error(at, "unknown name " + name, hint);
    }

    void assign(const std::string& name, Span at, bool wildcard = false) {
        if (!is_name(name)) return;
        if (reserved(name)) return complaints_.error(at, name + " is a word of the language and no name");
        if (people_.count(name)) return complaints_.error(at, name + " is an actor", "a name is another word");
        if (loop_variable(name)) return complaints_.error(at, "$" + name + " is the number of the repeat");
        names_[name] = {at.line, {at.line, at.column}};
        auto& site = sites_[{at.line, at.column}];
        site.at = at;
        site.name = name;
        site.used |= wildcard;
    }

    void unused() {
        for (const auto& [place, site] : sites_)
            if (!site.used) complaints_.warn(site.at, site.name + " is never used");
        for (const auto& [name, p] : people_)
            if (!p.mentioned && !p.maker.empty() && p.life != Person::Life::never)
                complaints_.warn(p.at, "the new actor " + name + " has no line of its own", "is it a slip?");
    }

    void pieces(const Text& text) {
        for (const Piece& piece : text) {
            if (piece.kind == Piece::Kind::name && !use(piece.text)) unknown_name(piece.text, piece.at);
            if (piece.kind != Piece::Kind::pid_seen_by) continue;
            for (const auto& actor : {piece.text, piece.seen_by})
                if (actor != "init" && !mention(actor)) unknown_actor(actor, piece.at);
        }
    }

    void pieces(const std::vector<Word>& words) {
        for (const Word& w : words) pieces(w.text);
    }

    /// The names of an expression that check_call() does not see: inside strings, and what is taken.
    void walk(const Expr& e) {
        pieces(e.text);
        if (e.kind == Expr::Kind::take) takes_.emplace_back(e.name, e.at);
        for (const Expr& child : e.children) walk(child);
    }

    void give() {
        for (const auto& [name, at] : takes_) assign(name, at);
        takes_.clear();
    }

    void results() {
        for (const auto& outcome : step_->outcomes) {
            if (!outcome.value) continue;
            walk(*outcome.value);
            const Expr& e = *outcome.value;
            if (e.kind == Expr::Kind::word && e.text.empty() && !constant(e.name) && !use(e.name))
                unknown_name(e.name, e.at);
        }
    }

    /// A new actor, whose name nobody else may have.
    void comes(const std::string& name, Span at, const std::string& maker, bool parent_waits) {
        const auto taken = names_.find(name);
        if (taken == names_.end()) return born(name, at, maker, parent_waits);
        complaints_.error(at, name + " is a name already, since " + line_text(taken->second.line));
    }

    // Steps -----------------------------------------------------------------------------------------------------------

    void look(const CommandStep& command) {
        acts(step_->actor);
        pieces(command.words);
        if (command.redirect) pieces(command.redirect->text);
        const auto name = literal(command.words[0]).value_or("");
        const CommandRow* row = find_command(name);
        if (row && row->actor_words != ActorWords::none) actors_in(command.words, *row);
        if (name == "exit" && fails() == Fails::never) ends(step_->actor, Person::Life::ended);
        if (name == "exec" && command.words.size() > 1) ends(step_->actor, Person::Life::unsure);
        if (name == "kill") killed(command.words);
        if (!command.new_actor.empty()) comes(command.new_actor, command.new_actor_at, name, !command.background);
    }

    /// Bare words that are actors: mentioned. Where a PID is expected, a bare word that is none is a mistake.
    void actors_in(const std::vector<Word>& words, const CommandRow& row) {
        const std::string_view command = row.name;
        const bool each = command == "kill" || command == "wait"; // else the argument of an option
        for (std::size_t i = 1; i < words.size(); ++i) {
            if (!bare(words[i])) continue;
            const std::string& word = words[i].text[0].text;
            const auto before = literal(words[i - 1]).value_or("");
            const bool behind_N = row.actor_words == ActorWords::behind_N;
            if (behind_N && !may_name_actor(row, before)) continue;
            if (mention(word) || !is_name(word) || word == "init") continue;
            const bool signal = before == "-s" || before == "-n" || before == "-l" || literal(words[1]) == "-l";
            // nsenter -t, --target; ps -p, --pid, --ppid; lsns -p, --task.
            const bool nsenter = command == "nsenter";
            const bool is_long = before.starts_with("--");
            const bool target = is_long
                                    ? before.find('=') == std::string::npos &&
                                          (before.starts_with("--ta") || (!nsenter && before.starts_with("--p")))
                                    : before.size() > 1 && before[0] == '-' && before.back() == (nsenter ? 't' : 'p');
            // findmnt takes nothing but a PID; what is no actor for mount and umount is a file.
            if (each ? !signal : behind_N ? command == "findmnt" : target) unknown_actor(word, words[i].at);
        }
    }

    /// Who is hit by a kill cannot be followed here; whoever may be is not judged from now on.
    void killed(const std::vector<Word>& words) {
        for (std::size_t i = 1; i < words.size(); ++i)
            for (const Piece& piece : words[i].text)
                if (people_.count(piece.text))
                    ends(piece.text, Person::Life::unsure);
                else if (piece.kind != Piece::Kind::text)
                    everybody_unsure();
                else if (!piece.text.empty() && piece.text[0] >= '0' && piece.text[0] <= '9')
                    everybody_unsure();
    }

    void look(const CallStep& call) {
        acts(step_->actor);
        walk(call.call);
        // A name that this very call takes may be compared with in the same call.
        const auto known = [&](const std::string& name) {
            return use(name) ||
                   std::any_of(takes_.begin(), takes_.end(), [&](const auto& t) { return t.first == name; });
        };
        std::vector<Diagnostic> found;
        if (!wrong_calls_.count(step_->at.line)) found = check_call(call.call, known);
        if (!found.empty()) wrong_calls_.insert(step_->at.line);
        for (Diagnostic& d : found) {
            // What the names of this scenario know better than a call can.
            const std::string_view lead = "unknown name ";
            if (std::string_view(d.message).substr(0, lead.size()) == lead &&
                (d.hint.empty() || d.hint.find("did you mean") == std::string::npos))
                unknown_name(d.message.substr(lead.size()), d.at);
            else
                complaints_.add(std::move(d));
        }
        results();
        give();
        if (const auto* row = describe::find_call(call.call.name)) release(*row, call.call.at);

        const Syscall bound = bind(call.call, {});
        const auto flags = task_flags(bound);
        if (!call.result_name.empty()) {
            const Span at = find(call.result_name, step_->actor.size() + 1);
            if (!flags) {
                assign(call.result_name, at);
            } else if (reserved(call.result_name) || find_command(call.result_name)) {
                complaints_.error(at, call.result_name + " cannot be an actor",
                                  "it is a command or a word of the language");
            } else {
                comes(call.result_name, at, "", (*flags & CLONE::VFORK) != 0);
            }
        }
        if (std::holds_alternative<sys::ExitGroup>(bound) || std::holds_alternative<sys::Exit>(bound))
            ends(step_->actor, Person::Life::ended);
        if (std::holds_alternative<sys::Kill>(bound)) {
            const Expr* target = call.call.children.empty() ? nullptr : &call.call.children[0];
            if (target && target->kind == Expr::Kind::word && people_.count(target->name))
                ends(target->name, Person::Life::unsure);
            else
                everybody_unsure();
        }
    }

    /// The head kernel: against the first release that has the call.
    void release(const describe::CallRow& row, Span at) {
        const std::string has = std::string(row.name) + " is there since " + to_string(row.since);
        at.length = static_cast<u32>(row.name.size());
        if (scenario_.kernel_until && *scenario_.kernel_until < row.since)
            complaints_.error(at, has + ", and the scenario is for releases before it");
        else if (scenario_.kernel_since && *scenario_.kernel_since < row.since && step_->outcomes.empty())
            complaints_.warn(at, has, "kernel: since " + to_string(row.since));
    }

    void look(const ExpectStep& e) {
        using Kind = ExpectStep::Kind;
        const bool of_its_life = e.kind == Kind::alive || e.kind == Kind::status || e.kind == Kind::child;
        const bool of_a_process = e.kind >= Kind::alive;
        spoken_of(e.actor, of_its_life);
        if (!e.other_actor.empty()) spoken_of(e.other_actor, of_a_process);
        for (const std::string& name : e.holders) spoken_of(name.substr(name.rfind(' ') + 1), false);
        pieces(e.path.text);
        pieces(e.other_path.text);
        pieces(e.words);
        pieces(e.text.text);
        if (e.kind == ExpectStep::Kind::mountinfo) pattern(e.text);
        give();
    }

    /// ?name in a line of mountinfo takes a number; it is the only way to say "any number", so it need not be used.
    void pattern(const Word& w) {
        for (const Piece& piece : w.text) {
            if (piece.kind != Piece::Kind::text) continue;
            const u32 quote = piece.at.column == w.at.column ? 1 : 0;
            const auto place = [&](std::size_t at) { return piece.at.column + quote + static_cast<u32>(at); };
            for (auto at = piece.text.find('?'); at != std::string::npos; at = piece.text.find('?', at + 1)) {
                std::size_t to = at + 1;
                while (to < piece.text.size() && is_name_char(piece.text[to])) ++to;
                const std::string name = piece.text.substr(at + 1, to - at - 1);
                if (name.empty()) continue;
                if (!is_name(name))
                    complaints_.error(w.at, "?" + name + " takes no name", "a name begins with a small letter");
                else
                    assign(name, {step_->at.line, place(at), static_cast<u32>(name.size() + 1)}, true);
            }
        }
    }

    void look(const ShowStep& show) {
        if (!show.actor.empty()) spoken_of(show.actor, false);
    }

    void look(const DrawStep&) {}

    struct Site {
        Span at;
        std::string name;
        bool used = false;
    };

    std::map<std::string, Name> names_;
    std::map<std::pair<u32, u32>, Site> sites_;
    std::set<std::pair<u32, u32>> told_names_;
    std::set<u32> wrong_calls_; // lines
    std::vector<std::pair<std::string, Span>> takes_;
};

} // namespace

void check_steps(Scenario& scenario, Complaints& complaints, Extent extent) {
    Checker(scenario, complaints).check(extent);
}

} // namespace nslab::scenario
