#include "sim/backend/saved_mistake.hpp"

#include <algorithm>
#include <charconv>

namespace nslab {

void saved_error(const std::string& words, const SavedSpot& at) { throw SavedMistake(words, at); }

namespace {

struct Word {
    std::size_t begin, length;
};

std::vector<Word> words_of(std::string_view line) {
    std::vector<Word> words;
    for (std::size_t begin = 0; begin <= line.size();) {
        const std::size_t end = std::min(line.find(' ', begin), line.size());
        words.push_back({begin, end - begin});
        begin = end + 1;
    }
    return words;
}

/// Which word a field is; a number beyond them all where the line has none.
std::size_t word_number(std::string_view line, const std::vector<Word>& words, SavedField field) {
    const auto text = [&](std::size_t i) { return line.substr(words[i].begin, words[i].length); };
    const auto first = [&](std::size_t from, auto is) {
        while (from < words.size() && !is(text(from))) ++from;
        return from;
    };
    const auto tagged = [&](std::string_view tag) {
        return first(6, [&](std::string_view word) { return word.starts_with(tag); });
    };
    const auto behind_hyphen = [&](std::size_t n) {
        return first(6, [](std::string_view word) { return word == "-"; }) + n;
    };
    switch (field) {
    case SavedField::id: return 0;
    case SavedField::parent: return 1;
    case SavedField::device: return 2;
    case SavedField::root: return 3;
    case SavedField::mount_point: return 4;
    case SavedField::options: return 5;
    case SavedField::shared: return tagged("shared:");
    case SavedField::master: return tagged("master:");
    case SavedField::propagate_from: return tagged("propagate_from:");
    case SavedField::unbindable: return tagged("unbindable");
    case SavedField::fs_type: return behind_hyphen(1);
    case SavedField::source: return behind_hyphen(2);
    case SavedField::super_options: return behind_hyphen(3);
    case SavedField::whole:
    case SavedField::end: break;
    }
    return words.size();
}

} // namespace

Span field_span(std::string_view line, std::size_t number, SavedField field) {
    const auto at = [&](std::size_t begin, std::size_t length) {
        return Span{static_cast<u32>(number), static_cast<u32>(begin + 1),
                    static_cast<u32>(std::max<std::size_t>(length, 1))};
    };
    if (field == SavedField::end) return at(line.size(), 1);
    const std::vector<Word> words = words_of(line);
    const std::size_t word = word_number(line, words, field);
    if (word >= words.size()) return at(0, line.size());
    return at(words[word].begin, words[word].length);
}

SavedMistakes locate(const SavedFiles& files, const SavedMistake& mistake) {
    const std::string words = mistake.what();
    const auto told = [&](std::size_t file, Span at) {
        return SavedMistakes("saved mountinfo: " + words, {{file, Diagnostic{at, words, {}}}});
    };
    std::size_t whose = 0;
    const auto search = [&](bool only_whose) -> std::optional<SavedMistakes> {
        for (std::size_t file = 0; file < files.size(); ++file) {
            if (only_whose && files[file].first != mistake.at.actor) continue;
            whose = file;
            std::string_view text = files[file].second;
            for (std::size_t number = 1; !text.empty(); ++number) {
                const std::string_view line = text.substr(0, text.find('\n'));
                text.remove_prefix(std::min(line.size() + 1, text.size()));
                int id = -1;
                std::from_chars(line.data(), line.data() + line.size(), id);
                if (id == mistake.at.mount && id >= 0) return told(file, field_span(line, number, mistake.at.field));
            }
        }
        return std::nullopt;
    };
    if (!mistake.at.actor.empty())
        if (auto found = search(true)) return *found;
    const std::size_t named = mistake.at.actor.empty() ? 0 : whose;
    if (auto found = search(false)) return *found;
    return told(named, Span{0, 0, 1});
}

} // namespace nslab
