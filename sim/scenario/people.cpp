// Actors, followed through the steps; see people.hpp.

#include "sim/scenario/people.hpp"

namespace nslab::scenario {

void People::foresee(const Step& step) {
    if (const auto* command = std::get_if<CommandStep>(&step.what)) {
        if (!command->new_actor.empty()) later_.emplace(command->new_actor, step.at.line);
    } else if (const auto* call = std::get_if<CallStep>(&step.what)) {
        if (!call->result_name.empty()) later_.emplace(call->result_name, step.at.line);
    }
}

Person& People::person(const std::string& name, Span at) {
    scenario_.actors.push_back(name);
    Person& p = people_[name];
    p.at = at;
    p.born = at.line;
    return p;
}

Span People::find(std::string_view word, std::size_t from) const {
    const std::string& text = step_->text;
    for (auto at = text.find(word, from); at != std::string::npos; at = text.find(word, at + 1)) {
        const bool begins = at == 0 || !is_name_char(text[at - 1]);
        const bool ends = at + word.size() >= text.size() || !is_name_char(text[at + word.size()]);
        if (begins && ends)
            return {step_->at.line, static_cast<u32>(step_->at.column + at), static_cast<u32>(word.size())};
    }
    return step_->at;
}

Person* People::mention(const std::string& name) {
    const auto dot = name.find('.');
    const auto found = people_.find(name.substr(0, dot));
    if (found == people_.end()) return nullptr;
    if (dot != std::string::npos && name.substr(dot + 1) != found->second.maker) return nullptr;
    found->second.mentioned = true;
    return &found->second;
}

void People::unknown_actor(const std::string& name, Span at) {
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

Person* People::acts(const std::string& name) {
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

void People::spoken_of(const std::string& name, bool may_be_gone) {
    if (name == "init") return;
    const Span at = find(name.substr(0, name.find('.')));
    const Person* p = mention(name);
    if (!p) return unknown_actor(name, at);
    if (may_be_gone || name.find('.') != std::string::npos) return;
    if (p->life == Person::Life::ended) complaints_.error(at, name + " has exited in " + line_text(p->changed));
    if (p->life == Person::Life::never)
        complaints_.error(at, name + " never comes to life: " + line_text(p->born) + " is expected to fail");
}

People::Fails People::fails() const {
    bool any = false, always = false;
    for (const auto& o : step_->outcomes) {
        const bool failure = o.kind == ExpectedOutcome::Kind::error || o.kind == ExpectedOutcome::Kind::program_failure;
        any |= failure;
        always |= failure && !o.since && !o.until;
    }
    return always ? Fails::always : any ? Fails::sometimes : Fails::never;
}

void People::born(const std::string& name, Span at, const std::string& maker, bool parent_waits) {
    if (people_.count(name)) {
        const u32 line = people_[name].born;
        complaints_.error(at, name + " is there already" + (line ? " since " + line_text(line) : ""),
                          "a new actor needs a new name");
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

void People::ends(const std::string& name, Person::Life life) {
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

void People::everybody_unsure() {
    for (auto& [name, p] : people_)
        if (name != step_->actor && p.life != Person::Life::ended && p.life != Person::Life::never)
            p.life = Person::Life::unsure;
}

} // namespace nslab::scenario
