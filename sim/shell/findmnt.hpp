#pragma once
// The tables of findmnt(8) of util-linux 2.38: trees and lists of mounts.

#include <string>
#include <vector>

#include "sim/backend/mountinfo.hpp"

namespace nslab {

/// How a table is printed.
struct FindmntFormat {
    enum class Style { columns, raw, pairs, json } style = Style::columns;
    bool tree = true; // children below their parents
    bool headings = true;
    bool ascii = true;          // |-- rather than box drawing
    bool root_of_source = true; // disk[/sub] of a bind mount
    bool shell_names = false;   // MAJ_MIN
};

/// The columns that are known, and those of the table that is asked for without naming any.
const std::vector<std::string>& findmnt_columns();
inline const std::vector<std::string> kFindmntDefault = {"TARGET", "SOURCE", "FSTYPE", "OPTIONS"};

/// One mount's entry in a column.
std::string findmnt_cell(const MountinfoLine& line, const std::string& column, const FindmntFormat& format = {});

/// A line of the table, with its children.
struct FindmntNode {
    const MountinfoLine* line = nullptr;
    std::vector<FindmntNode> children;
};

/// The table of these nodes.
std::string findmnt_table(const std::vector<FindmntNode>& roots, const std::vector<std::string>& columns,
                          const FindmntFormat& format = {});

/// What `findmnt -o COLUMNS` prints of a whole mountinfo, for other parts of nslab.
std::string findmnt_tree(const std::vector<MountinfoLine>& lines, const std::vector<std::string>& columns,
                         bool ascii = true);

} // namespace nslab
