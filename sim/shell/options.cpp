#include "sim/shell/options.hpp"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

namespace nslab::shell {
namespace {

/// The length of the option's own name in a word such as --types=tmpfs.
std::size_t name_length(const std::string& word) { return std::min(word.find('='), word.size()); }

std::vector<const option*> abbreviated(const std::string& name, const OptionTable& table) {
    std::vector<const option*> matching;
    for (const option& o : table.long_options) {
        if (name == o.name) return {&o};
        if (std::string_view(o.name).substr(0, name.size()) == name) matching.push_back(&o);
    }
    return matching;
}

std::string known_long_option(const std::string& name, const OptionTable& table) {
    std::vector<std::string_view> names;
    for (const option& o : table.long_options) names.emplace_back(o.name);
    const auto near = nearest(name, names);
    return near ? fmt::format("did you mean --{}?", *near) : "";
}

/// What getopt would have said of a long option that it did not take. Source: glibc, posix/getopt.c.
Misuse bad_long_option(const std::string& word, std::size_t index, const OptionTable& table) {
    const std::string name = word.substr(2, name_length(word) - 2);
    const auto matching = abbreviated(name, table);
    Misuse m{"", "", index, 1, name_length(word)};
    if (matching.empty()) {
        m.message = fmt::format("unrecognized option '{}'", word);
        m.hint = known_long_option(name, table);
    } else if (matching.size() > 1) {
        m.message = fmt::format("option '{}' is ambiguous; possibilities:", word);
        for (const option* o : matching) m.message += fmt::format(" '--{}'", o->name);
    } else if (matching[0]->has_arg == no_argument) {
        m.message = fmt::format("option '--{}' doesn't allow an argument", matching[0]->name);
    } else {
        m.message = fmt::format("option '--{}' requires an argument", matching[0]->name);
    }
    return m;
}

Misuse bad_short_option(const std::string& word, std::size_t index, const OptionTable& table) {
    const char letter = static_cast<char>(optopt);
    const char* known = std::strchr(table.short_options, letter);
    const std::size_t at = std::min(word.find(letter, 1), word.size() - 1);
    if (known && letter != ':')
        return {fmt::format("option requires an argument -- '{}'", letter), "", index, at + 1, 1};
    return {fmt::format("invalid option -- '{}'", letter), "", index, at + 1, 1};
}

/// The option as it is called: the long name that was given, or its letter.
std::string option_name(const GivenOption& given, const OptionTable& table) {
    if (!given.name.empty()) return fmt::format("--{}", given.name);
    for (const option& o : table.long_options)
        if (o.val == given.id) return fmt::format("--{}", o.name);
    return fmt::format("-{}", static_cast<char>(given.id));
}

} // namespace

bool CommandLine::has(int id) const {
    return std::any_of(options.begin(), options.end(), [&](const GivenOption& o) { return o.id == id; });
}

std::optional<std::string> CommandLine::last(int id) const {
    std::optional<std::string> found;
    for (const GivenOption& o : options)
        if (o.id == id && o.argument) found = o.argument;
    return found;
}

CommandLine read_options(const std::vector<std::string>& argv, const OptionTable& table) {
    std::vector<std::string> words = argv; // getopt moves pointers to them about
    std::vector<char*> pointers;
    for (std::string& word : words) pointers.push_back(word.data());
    const std::vector<char*> in_order = pointers;
    const auto index_of = [&](const char* word) {
        return static_cast<std::size_t>(std::find(in_order.begin(), in_order.end(), word) - in_order.begin());
    };
    pointers.push_back(nullptr);
    std::vector<option> long_options = table.long_options;
    long_options.push_back({nullptr, 0, nullptr, 0});

    CommandLine line;
    const int count = static_cast<int>(words.size());
    optind = 0;
    opterr = 0;
    for (;;) {
        optarg = nullptr;
        const int before = std::max(optind, 1);
        int row = -1;
        const int id = getopt_long(count, pointers.data(), table.short_options, long_options.data(), &row);
        if (id == -1) break;
        if (id == '?') {
            // The word in question is the last one passed over, or, inside a word of letters, the one at hand.
            std::size_t at = index_of(pointers[static_cast<std::size_t>(optind > before ? optind - 1 : optind)]);
            if (at >= argv.size()) at = argv.size() - 1;
            const bool long_form = argv[at].size() > 2 && argv[at].compare(0, 2, "--") == 0;
            line.misuse = long_form ? bad_long_option(argv[at], at, table) : bad_short_option(argv[at], at, table);
            break;
        }
        // The word that is done with, or, inside a word of letters, the one at hand.
        int at = optind - 1 - (optarg && index_of(optarg) < argv.size() ? 1 : 0);
        if (row < 0 && optind < count && (optind == before || pointers[static_cast<std::size_t>(at)][0] != '-'))
            at = optind;
        line.options.push_back({id, optarg ? std::optional<std::string>(optarg) : std::nullopt,
                                row >= 0 ? long_options[static_cast<std::size_t>(row)].name : "",
                                index_of(pointers[static_cast<std::size_t>(std::max(at, 1))])});
    }
    for (int i = optind; i < count; ++i) {
        const std::size_t word = index_of(pointers[static_cast<std::size_t>(i)]);
        line.operands.push_back({argv[word], word});
    }
    return line;
}

Diagnostic complaint(const std::vector<std::string>& argv, std::size_t word, std::string message, std::string hint) {
    const auto length = static_cast<u32>(std::max<std::size_t>(word < argv.size() ? argv[word].size() : 1, 1));
    return {Span{static_cast<u32>(word), 1, length}, std::move(message), std::move(hint), false};
}

std::vector<Diagnostic> check_options(const std::vector<std::string>& argv, const OptionTable& table) {
    const std::string& name = argv[0];
    const CommandLine line = read_options(argv, table);
    if (line.misuse) {
        const Misuse& m = *line.misuse;
        const std::string& word = argv[m.word];
        const std::string message = m.message.compare(0, 12, "unrecognized") == 0
                                        ? fmt::format("{}: unknown option {}", name, word.substr(0, name_length(word)))
                                        : fmt::format("{}: {}", name, m.message);
        return {{Span{static_cast<u32>(m.word), static_cast<u32>(m.column), static_cast<u32>(m.length)}, message,
                 m.hint, false}};
    }
    std::vector<Diagnostic> found;
    for (const GivenOption& o : line.options)
        if (std::find(table.not_played.begin(), table.not_played.end(), o.id) != table.not_played.end())
            found.push_back(complaint(argv, o.word < argv.size() ? o.word : 0,
                                      fmt::format("{}: {} is not played by nslab", name, option_name(o, table))));
    if (line.operands.size() < table.fewest)
        found.push_back(complaint(argv, 0, fmt::format("{}: missing operand", name)));
    else if (line.operands.size() > table.most)
        found.push_back(complaint(argv, line.operands[table.most].word, fmt::format("{}: extra operand", name)));
    return found;
}

} // namespace nslab::shell
