// Everything that is seen by reading the steps in order: who is there, who waits, which names have values.

#include <algorithm>
#include <map>
#include <set>

#include "sim/scenario/internal.hpp"
#include "sim/shell/shell.hpp"
#include "sim/syscall/calls.hpp"

namespace nslab::scenario {

namespace {

struct Person {
    enum class Life : u8 {
        running,
        waiting, // for a child in the foreground
        ended,
        never,  // the step that would make it is expected to fail
        unsure, // killed perhaps; only the play can tell
    } life = Life::running;
    std::string parent, waits_for;
    std::string maker;         // the command that made it
    u32 born = 0, changed = 0; // lines
    Span at;                   // where its name stands
    bool mentioned = false;
};

std::string line_text(u32 line) { return "line " + std::to_string(line); }

class Checker {
  public:
    Checker(Scenario& scenario, Complaints& complaints) : scenario_(scenario), complaints_(complaints) {}

    void check() {
        // With saved mountinfo each file stands for one process: sh1, sh2 ...
        const std::size_t first = std::max<std::size_t>(1, scenario_.boot_files.size());
        for (std::size_t n = 1; n <= first; ++n) person("sh" + std::to_string(n), {}).mentioned = true;
        for (const Step& step : scenario_.steps) foresee(step);
        for (const Step& step : scenario_.steps) {
            if (complaints_.full()) return;
            step_ = &step;
            std::visit([&](const auto& what) { look(what); }, step.what);
        }
        unused();
    }

  private:
    // What is made anywhere, for "comes only in line 12".
    void foresee(const Step& step) {
        if (const auto* command = std::get_if<CommandStep>(&step.what)) {
            if (!command->new_actor.empty()) later_.emplace(command->new_actor, step.at.line);
        } else if (const auto* call = std::get_if<CallStep>(&step.what)) {
            if (!call->result_name.empty()) later_.emplace(call->result_name, step.at.line);
        }
    }

    Person& person(const std::string& name, Span at) {
        scenario_.actors.push_back(name);
        Person& p = people_[name];
        p.at = at;
        p.born = at.line;
        return p;
    }

    /// Where `word` stands in the step's line.
    Span find(std::string_view word, std::size_t from = 0) const {
        const std::string& text = step_->text;
        for (auto at = text.find(word, from); at != std::string::npos; at = text.find(word, at + 1)) {
            const bool begins = at == 0 || !is_name_char(text[at - 1]);
            const bool ends = at + word.size() >= text.size() || !is_name_char(text[at + word.size()]);
            if (begins && ends)
                return {step_->at.line, static_cast<u32>(step_->at.column + at), static_cast<u32>(word.size())};
        }
        return step_->at;
    }

    // Actors ----------------------------------------------------------------------------------------------------------

    /// The process that `name` means; "sh2.unshare" is the one between sh2 and its parent.
    Person* mention(const std::string& name) {
        const auto dot = name.find('.');
        const auto found = people_.find(name.substr(0, dot));
        if (found == people_.end()) return nullptr;
        if (dot != std::string::npos && name.substr(dot + 1) != found->second.maker) return nullptr;
        found->second.mentioned = true;
        return &found->second;
    }

    void unknown_actor(const std::string& name, Span at) {
        if (complaints_.excused(name) || !told_.insert(name).second) return;
        std::vector<std::string_view> names;
        for (const auto& actor : scenario_.actors) names.push_back(actor);
        const auto line = later_.find(name);
        const auto near = nearest(name, names);
        std::string hint;
        if (line != later_.end() && line->second > at.line)
            hint = "it comes only in " + line_text(line->second);
        else if (near)
            hint = "did you mean " + *near + "?";
        else
            hint = "sh1# unshare ... " + name + " & makes one";
        complaints_.error(at, "there is no actor " + name, hint);
    }

    /// The one whose line this is: there, awake, and known.
    Person* acts(const std::string& name) {
        const Span at = find(name);
        Person* p = mention(name);
        if (!p) return unknown_actor(name, at), nullptr;
        switch (p->life) {
        case Person::Life::waiting:
            complaints_.error(at, name + " waits for " + p->waits_for + " since " + line_text(p->changed),
                              "exit " + p->waits_for + " first, or end " + line_text(p->changed) + " with &");
            p->life = Person::Life::unsure; // once is enough
            break;
        case Person::Life::ended: complaints_.error(at, name + " has exited in " + line_text(p->changed)); break;
        case Person::Life::never:
            complaints_.error(at, name + " never comes to life: " + line_text(p->born) + " is expected to fail");
            break;
        case Person::Life::running:
        case Person::Life::unsure: break;
        }
        return p;
    }

    /// One of whom something is said.
    void spoken_of(const std::string& name, bool may_be_gone) {
        if (name == "init") return;
        const Span at = find(name.substr(0, name.find('.')));
        const Person* p = mention(name);
        if (!p) return unknown_actor(name, at);
        if (may_be_gone || name.find('.') != std::string::npos) return;
        if (p->life == Person::Life::ended) complaints_.error(at, name + " has exited in " + line_text(p->changed));
        if (p->life == Person::Life::never)
            complaints_.error(at, name + " never comes to life: " + line_text(p->born) + " is expected to fail");
    }

    /// Whether the step fails in all releases, in some, in none.
    enum class Fails : u8 { never, sometimes, always };
    Fails fails() const {
        bool any = false, always = false;
        for (const auto& o : step_->outcomes) {
            const bool failure =
                o.kind == ExpectedOutcome::Kind::error || o.kind == ExpectedOutcome::Kind::program_failure;
            any |= failure;
            always |= failure && !o.since && !o.until;
        }
        return always ? Fails::always : any ? Fails::sometimes : Fails::never;
    }

    void born(const std::string& name, Span at, const std::string& maker, bool parent_waits) {
        if (people_.count(name)) {
            const u32 line = people_[name].born;
            complaints_.error(at, name + " is there already" + (line ? " since " + line_text(line) : ""),
                              "a new actor needs a new name");
            return;
        }
        if (names_.count(name)) {
            complaints_.error(at, name + " is a name already, since " + line_text(names_[name].line));
            return;
        }
        if (people_.size() == kMaxActors) complaints_.error(at, "there are more than 1000 actors");
        if (people_.size() >= kMaxActors) return complaints_.excuse(name);
        Person& p = person(name, at);
        p.parent = step_->actor;
        p.mentioned = told_.count(name) != 0; // too early, but told already
        p.maker = maker;
        const Fails how = fails();
        if (how == Fails::always) p.life = Person::Life::never;
        if (how == Fails::sometimes) p.life = Person::Life::unsure;
        if (!parent_waits || how != Fails::never) return;
        Person& parent = people_[step_->actor];
        if (parent.life != Person::Life::running) return;
        parent.life = Person::Life::waiting;
        parent.waits_for = name;
        parent.changed = step_->at.line;
    }

    /// `name` ends: who waited for it goes on. Its children may have been killed with it, if it was PID 1 for them.
    void ends(const std::string& name, Person::Life life) {
        const auto found = people_.find(name);
        if (found == people_.end() || found->second.life == Person::Life::ended) return;
        found->second.life = life;
        found->second.changed = step_->at.line;
        for (auto& [other, p] : people_) {
            if (p.life == Person::Life::waiting && p.waits_for == name)
                p.life = life == Person::Life::ended ? Person::Life::running : Person::Life::unsure;
            if (p.parent == name && p.life != Person::Life::unsure && p.life != Person::Life::never)
                ends(other, Person::Life::unsure);
        }
    }

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
        if (complaints_.excused(name)) return;
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

    // Steps -----------------------------------------------------------------------------------------------------------

    void look(const CommandStep& command) {
        acts(step_->actor);
        pieces(command.words);
        if (command.redirect) pieces(command.redirect->text);
        const auto name = literal(command.words[0]).value_or("");
        const CommandRow* row = find_command(name);
        if (row && row->names_actors) actors_in(command.words, name);
        if (name == "exit" && fails() == Fails::never) ends(step_->actor, Person::Life::ended);
        if (name == "exec" && command.words.size() > 1) ends(step_->actor, Person::Life::unsure);
        if (name == "kill") killed(command.words);
        if (!command.new_actor.empty()) born(command.new_actor, command.new_actor_at, name, !command.background);
    }

    /// Bare words that are actors: mentioned. Behind kill and wait a bare word that is none is a mistake.
    void actors_in(const std::vector<Word>& words, const std::string& command) {
        for (std::size_t i = 1; i < words.size(); ++i) {
            if (!bare(words[i])) continue;
            const std::string& word = words[i].text[0].text;
            if (mention(word) || !is_name(word) || word == "init") continue;
            const auto before = literal(words[i - 1]).value_or("");
            const bool operand = before != "-s" && before != "--signal" && before != "-n";
            const bool target = before.substr(0, 3) == "--t" ||
                                (before.size() > 1 && before[0] == '-' && before[1] != '-' && before.back() == 't');
            if (command == "nsenter" ? target : operand) unknown_actor(word, words[i].at);
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

    void everybody_unsure() {
        for (auto& [name, p] : people_)
            if (name != step_->actor && p.life != Person::Life::ended && p.life != Person::Life::never)
                p.life = Person::Life::unsure;
    }

    void look(const CallStep& call) {
        acts(step_->actor);
        walk(call.call);
        // A name that this very call takes may be compared with in the same call.
        const auto known = [&](const std::string& name) {
            return use(name) ||
                   std::any_of(takes_.begin(), takes_.end(), [&](const auto& t) { return t.first == name; });
        };
        auto found = check_call(call.call, known);
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
        const bool makes = std::holds_alternative<sys::Clone>(bound) || std::holds_alternative<sys::Clone3>(bound);
        if (!call.result_name.empty()) {
            const Span at = find(call.result_name, step_->actor.size() + 1);
            if (!makes) {
                assign(call.result_name, at);
            } else if (reserved(call.result_name) || find_command(call.result_name)) {
                complaints_.error(at, call.result_name + " cannot be an actor",
                                  "it is a command or a word of the language");
            } else {
                const auto* clone = std::get_if<sys::Clone>(&bound);
                const auto* clone3 = std::get_if<sys::Clone3>(&bound);
                const u64 flags = clone ? clone->flags : clone3->flags;
                born(call.result_name, at, "", (flags & CLONE::VFORK) != 0);
            }
        }
        if (std::holds_alternative<sys::Exit>(bound)) ends(step_->actor, Person::Life::ended);
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
        spoken_of(e.actor, e.kind == ExpectStep::Kind::alive);
        if (!e.other_actor.empty()) spoken_of(e.other_actor, false);
        pieces(e.path.text);
        pieces(e.other_path.text);
        if (e.kind == ExpectStep::Kind::prints) pieces(e.words);
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

    Scenario& scenario_;
    Complaints& complaints_;
    const Step* step_ = nullptr;
    std::map<std::string, Person> people_;
    std::map<std::string, Name> names_;
    std::map<std::pair<u32, u32>, Site> sites_;
    std::map<std::string, u32> later_;
    std::set<std::string> told_;
    std::vector<std::pair<std::string, Span>> takes_;
};

} // namespace

void check_steps(Scenario& scenario, Complaints& complaints) { Checker(scenario, complaints).check(); }

} // namespace nslab::scenario
