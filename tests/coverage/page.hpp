#pragma once
// What the tests of documents read: tables of Markdown, and the scenarios below a folder.

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/catch.hpp"

namespace nslab::coverage {

inline std::string contents(const std::filesystem::path& file) {
    std::ifstream in(file);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

/// All scenarios below a folder, as names relative to it, without ".scn".
inline std::vector<std::string> scenarios_below(const std::filesystem::path& folder) {
    std::vector<std::string> found;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
        if (entry.path().extension() == ".scn")
            found.push_back(entry.path().lexically_relative(folder).replace_extension().generic_string());
    std::sort(found.begin(), found.end());
    return found;
}

inline std::string trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(' ');
    if (first == std::string_view::npos) return {};
    return std::string(text.substr(first, text.find_last_not_of(' ') - first + 1));
}

inline bool starts_with(std::string_view text, std::string_view head) { return text.substr(0, head.size()) == head; }

/// The cells of a row of a Markdown table; \| is no border.
inline std::vector<std::string> cells(std::string_view line) {
    std::vector<std::string> found;
    std::string cell;
    for (std::size_t i = 1; i < line.size(); ++i) {
        if (line[i] == '\\' && i + 1 < line.size() && line[i + 1] == '|')
            cell += line[++i];
        else if (line[i] == '|')
            found.push_back(trimmed(std::exchange(cell, {})));
        else
            cell += line[i];
    }
    return found;
}

/// What stands between backticks.
inline std::vector<std::string> between_backticks(std::string_view text) {
    std::vector<std::string> found;
    while (true) {
        const auto open = text.find('`');
        const auto close = open == std::string_view::npos ? open : text.find('`', open + 1);
        if (close == std::string_view::npos) return found;
        found.emplace_back(text.substr(open + 1, close - open - 1));
        text.remove_prefix(close + 1);
    }
}

/// The rows of all tables of a page, without their heads; each must have so many cells.
inline std::vector<std::vector<std::string>> table_rows(const std::filesystem::path& file, std::size_t columns) {
    std::vector<std::vector<std::string>> rows;
    std::istringstream in(contents(file));
    for (std::string line; std::getline(in, line);) {
        if (line.empty() || line[0] != '|') continue;
        auto cell = cells(line);
        REQUIRE(cell.size() == columns);
        if (cell[0] != "Id" && cell[0] != "---") rows.push_back(std::move(cell));
    }
    return rows;
}

/// Holds the rows of a page's tables against the scenarios: in the last cell stands "none: " and the reason, or which
/// scenarios show it; each must be there, and `shows` may ask more of its text. What is in the first cells must differ.
struct Rows {
    std::set<std::string> ids, scenarios;
};
template <class Shows>
Rows check_rows(const std::filesystem::path& page, const std::filesystem::path& scenarios, std::size_t columns,
                Shows&& shows) {
    Rows found;
    for (const auto& row : table_rows(page, columns)) {
        const std::string& last = row.back();
        CAPTURE(row[0], last);
        CHECK(found.ids.insert(row[0]).second);
        if (starts_with(last, "none: ")) {
            CHECK(last.size() > 12);
            continue;
        }
        const auto names = between_backticks(last);
        CHECK(!names.empty());
        for (const auto& name : names) {
            CAPTURE(name);
            REQUIRE(std::filesystem::exists(scenarios / (name + ".scn")));
            CHECK(shows(contents(scenarios / (name + ".scn"))));
            found.scenarios.insert(name);
        }
    }
    return found;
}

} // namespace nslab::coverage
