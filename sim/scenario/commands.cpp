// A command line: words, a redirection, a new actor, &.

#include <algorithm>

#include "sim/scenario/internal.hpp"
#include "sim/shell/shell.hpp"

namespace nslab::scenario {

namespace {

void new_actor(const CommandRow& row, CommandStep& command, Complaints& complaints) {
    std::vector<std::string> argv;
    for (const Word& w : command.words) argv.push_back(approximate(w));
    const auto index = new_actor_word(argv);
    if (index && *index < command.words.size() && bare(command.words[*index])) {
        const Word& word = command.words[*index];
        command.new_actor = word.text[0].text;
        command.new_actor_at = word.at;
        if (reserved(command.new_actor))
            complaints.error(word.at, command.new_actor + " is a word of the language and no actor");
        command.words.erase(command.words.begin() + static_cast<std::ptrdiff_t>(*index));
    } else if (command.background) {
        complaints.error(command.words[0].at, "& is for a new actor at the end of the line",
                         std::string(row.name) + " ... sh2 &");
    }
}

/// The complaints of the command itself: their places count words, then bytes inside of the word.
void options(const CommandRow& row, const std::vector<Word>& words, Complaints& complaints) {
    if (!row.check) return;
    std::vector<std::string> argv;
    for (const Word& w : words) argv.push_back(approximate(w));
    for (Diagnostic d : row.check(argv)) {
        const std::size_t index = d.at.line < words.size() ? d.at.line : 0;
        const Word& w = words[index];
        const bool inside = bare(w) && d.at.column > 0 && d.at.column <= w.at.length;
        const u32 length = d.at.length;
        d.at.column = inside ? w.at.column + d.at.column - 1 : w.at.column;
        d.at.length = inside && length > 0 ? std::min(length, w.at.column + w.at.length - d.at.column) : w.at.length;
        d.at.line = w.at.line;
        complaints.add(std::move(d));
    }
}

/// The command that a line begins with; nullptr and a complaint where there is none.
const CommandRow* known(const Word& first, Complaints& complaints) {
    const auto name = literal(first);
    if (const CommandRow* row = name ? find_command(*name) : nullptr) return row;
    std::vector<std::string_view> names;
    for (const CommandRow& each : commands()) names.push_back(each.name);
    const auto near = name ? nearest(*name, names) : std::nullopt;
    complaints.error(first.at, name ? "unknown command " + *name : "a command's name cannot be in a name",
                     near ? "did you mean " + *near + "?" : "");
    return nullptr;
}

} // namespace

void looking_command(const std::vector<Word>& words, Complaints& complaints) {
    static constexpr std::string_view lookers[] = {"cat",        "echo",   "findmnt", "ls",       "mount",
                                                   "mountpoint", "printf", "pwd",     "readlink", "true",
                                                   "false",      "lsns",   "ps"};
    const CommandRow* row = known(words[0], complaints);
    if (!row) return;
    if (std::find(std::begin(lookers), std::end(lookers), row->name) == std::end(lookers))
        complaints.error(words[0].at, std::string(row->name) + " changes the world; an expectation only looks");
    else
        options(*row, words, complaints);
}

bool command_step(Cursor& c, Complaints& complaints, Step& step) {
    CommandStep command;
    command.as_user = std::get<CommandStep>(step.what).as_user;
    const std::size_t before = complaints.size();
    const auto tokens = words(c, complaints);
    const Token* ampersand = nullptr;
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        const Token& token = tokens[i];
        if (ampersand) {
            complaints.error(token.word.at, "nothing may follow the &");
            break;
        }
        switch (token.kind) {
        case Token::Kind::word: command.words.push_back(token.word); break;
        case Token::Kind::background:
            command.background = true;
            ampersand = &token;
            break;
        case Token::Kind::redirect:
        case Token::Kind::append:
            if (i + 1 >= tokens.size() || tokens[i + 1].kind != Token::Kind::word) {
                complaints.error(token.word.at, "a file is expected behind the >");
                break;
            }
            if (command.redirect) complaints.error(token.word.at, "output goes to one file");
            command.append = token.kind == Token::Kind::append;
            command.redirect = tokens[++i].word;
            if (!command.words.empty()) {
                const auto name = literal(command.words[0]);
                if (name != "echo" && name != "printf")
                    complaints.error(token.word.at, "only echo and printf write into files");
            }
        }
    }
    if (command.words.empty()) {
        if (complaints.size() == before) complaints.error(c.here(), "a command is expected");
        return false;
    }
    if (c.comment()) comment_outcome(c, complaints, step.outcomes);

    const CommandRow* row = known(command.words[0], complaints);
    if (!row) {
        const Word& last = command.words.back();
        if (bare(last)) complaints.excuse(last.text[0].text);
        return false;
    }
    if (complaints.size() == before) options(*row, command.words, complaints);
    if (row->makes_actor)
        new_actor(*row, command, complaints);
    else if (ampersand)
        complaints.error(ampersand->word.at, "& is for a new actor at the end of the line", "unshare -m sh2 &");
    step.what = std::move(command);
    return true;
}

} // namespace nslab::scenario
