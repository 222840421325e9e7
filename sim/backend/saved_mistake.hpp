#pragma once
// Mistakes in saved mountinfo files: what is wrong, and where it stands.

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "sim/backend/mountinfo.hpp"
#include "sim/syscall/expr.hpp"

namespace nslab {

using SavedFiles = std::vector<std::pair<std::string, std::string>>; // the name of the actor, and the text

/// A part of a line: a field, the end where something is missing, or the whole.
enum class SavedField : u8 {
    whole,
    id,
    parent,
    device,
    root,
    mount_point,
    options,
    shared,
    master,
    propagate_from,
    unbindable,
    fs_type,
    source,
    super_options,
    end,
};

/// What points at something: the line of a mount, in the file of an actor where one is named.
struct SavedSpot {
    int mount = -1; // none: the files as a whole
    SavedField field = SavedField::id;
    std::string actor{};
};

/// Mistakes, each at its place in one of the files. what() is the first in one line.
struct SavedMistakes : std::runtime_error {
    struct One {
        std::size_t file = 0;
        Diagnostic what; // line 0: of the file as a whole
    };
    std::vector<One> all;

    SavedMistakes(const std::string& words, std::vector<One> every) : runtime_error(words), all(std::move(every)) {}
};

/// Throws what locate() knows the place of.
[[noreturn]] void saved_error(const std::string& words, const SavedSpot& at);

/// Does `work`, and tells what it throws by saved_error() as SavedMistakes.
template <class Work> void located(const SavedFiles& files, Work work);

/// Where a field stands in a line.
Span field_span(std::string_view line, std::size_t number, SavedField field);

// Only for located():
struct SavedMistake : std::runtime_error {
    SavedSpot at;
    SavedMistake(const std::string& words, SavedSpot spot) : runtime_error(words), at(std::move(spot)) {}
};
SavedMistakes locate(const SavedFiles& files, const SavedMistake& mistake);

template <class Work> void located(const SavedFiles& files, Work work) {
    try {
        work();
    } catch (const SavedMistake& mistake) { throw locate(files, mistake); }
}

} // namespace nslab
