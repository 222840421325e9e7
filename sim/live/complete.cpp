#include "sim/live/complete.hpp"

#include <algorithm>

#include "sim/live/look.hpp"
#include "sim/replay/place.hpp"
#include "sim/shell/options.hpp"
#include "sim/syscall/calls.hpp"

namespace nslab::live {

namespace {

bool begins(std::string_view text, std::string_view with) { return text.substr(0, with.size()) == with; }

/// The options of a command as they are typed: long ones, and letters that have no long name.
std::vector<std::string> options_of(const CommandRow& row) {
    std::vector<std::string> out;
    if (!row.options) return out;
    const shell::OptionTable& table = row.options();
    std::string named;
    for (const option& o : table.long_options) {
        if (std::find(table.not_played.begin(), table.not_played.end(), o.val) != table.not_played.end()) continue;
        out.push_back(std::string("--") + o.name + (o.has_arg == required_argument ? "=" : ""));
        if (o.val < shell::kLongOnly) named += static_cast<char>(o.val);
    }
    for (const char* c = table.short_options; *c; ++c)
        if (*c != ':' && *c != '+' && named.find(*c) == std::string::npos &&
            std::find(table.not_played.begin(), table.not_played.end(), *c) == table.not_played.end())
            out.push_back(std::string("-") + *c);
    return out;
}

std::vector<std::string> paths(Lesson& lesson, const std::string& actor, const std::string& typed) {
    const Actor who = lesson.side().actor(actor);
    if (who == Actor::none || !lesson.side().alive(who)) return {};
    const auto slash = typed.rfind('/');
    const std::string above = slash == std::string::npos ? "" : typed.substr(0, slash + 1);
    std::vector<std::string> out;
    for (const std::string& name : names_in(lesson.side(), who, above.empty() ? "." : above))
        out.push_back(above + name);
    return out;
}

} // namespace

std::size_t word_begin(std::string_view line) {
    std::size_t begin = 0;
    char quote = 0;
    for (std::size_t i = 0; i < line.size(); ++i) {
        if (line[i] == '\\') {
            ++i;
        } else if (quote) {
            if (line[i] == quote) quote = 0;
        } else if (line[i] == '\'' || line[i] == '"') {
            quote = line[i];
        } else if (line[i] == ' ' || line[i] == '\t') {
            begin = i + 1;
        }
    }
    return std::min(begin, line.size());
}

std::vector<std::string> completions(Lesson& lesson, std::string_view line, const std::vector<std::string>& words) {
    std::string actor = lesson.actor();
    std::string_view rest = line;
    const auto living = lesson.living();
    bool prompt = false, call = false;
    for (const std::string& name : living) {
        if (!begins(line, name) || line.size() <= name.size()) continue;
        const char mark = line[name.size()];
        if (mark != '#' && mark != '$' && mark != ':') continue;
        actor = name;
        rest = line.substr(name.size() + 1);
        prompt = true;
        call = mark == ':';
    }
    const std::size_t at = word_begin(line);
    const std::string typed(line.substr(at));
    std::string_view before = line.substr(0, at);
    before = before.substr(0, before.find_last_not_of(" \t") + 1);
    before.remove_prefix(before.find_last_of(" \t") + 1);
    rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size()));
    const std::string first(rest.substr(0, rest.find_first_of(" \t")));
    const bool in_first = rest.size() == first.size();

    std::vector<std::string> all;
    const auto add = [&](const std::vector<std::string>& more) { all.insert(all.end(), more.begin(), more.end()); };
    if (call) {
        if (in_first)
            for (const auto& row : describe::calls()) all.push_back(std::string(row.name) + "(");
    } else if (in_first) {
        for (const CommandRow& row : commands()) all.emplace_back(row.name);
        if (!prompt) {
            add(words);
            for (const std::string& name : living) all.push_back(name + "#");
        }
    } else {
        const CommandRow* row = find_command(first);
        if (!typed.empty() && typed[0] == '-') {
            if (row) add(options_of(*row));
        } else {
            add(paths(lesson, actor, typed));
            if (typed.find('/') == std::string::npos && (!row || may_name_actor(*row, before))) add(living);
        }
    }
    std::erase_if(all, [&](const std::string& word) { return !begins(word, typed); });
    std::sort(all.begin(), all.end());
    all.erase(std::unique(all.begin(), all.end()), all.end());
    return all;
}

} // namespace nslab::live
