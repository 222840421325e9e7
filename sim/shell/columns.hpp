#pragma once
// Tables as libsmartcols prints them into a file, where nothing is cut: aligned, raw, JSON; flat or as a tree.

#include <string>
#include <vector>

namespace nslab::shell {

struct Column {
    std::string name;
    bool right = false;  // aligned so
    bool number = false; // in JSON without quotes
    bool tree = false;   // has the branches
};

/// A line with the lines that hang on it.
struct TableLine {
    std::vector<std::string> cells; // one for each column
    std::vector<std::size_t> children;
};

struct Listing {
    enum class Style { aligned, raw, json } style = Style::aligned;
    std::string name; // in JSON
    bool headings = true;
    std::vector<Column> columns;
    std::vector<TableLine> lines;
    std::vector<std::size_t> roots; // in order, as children are

    /// Adds a line below `parent`, or at the top where that is npos; its number.
    std::size_t add(std::vector<std::string> cells, std::size_t parent = std::string::npos);
};

std::string to_string(const Listing& table);

} // namespace nslab::shell
