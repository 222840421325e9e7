#pragma once
// The tables of findmnt(8) of util-linux 2.38: trees and lists of mounts.

#include <optional>
#include <string>
#include <vector>

#include "sim/backend/mountinfo.hpp"
#include "sim/linux/uapi/buffers.hpp"

namespace nslab {

/// How a table is printed.
struct FindmntFormat {
    enum class Style { columns, raw, pairs, json } style = Style::columns;
    bool tree = true; // children below their parents
    bool headings = true;
    bool ascii = true;          // |-- rather than box drawing
    bool root_of_source = true; // disk[/sub] of a bind mount
    bool shell_names = false;   // MAJ_MIN
    bool bytes = false;         // sizes as plain numbers
    bool vfs_all = false;       // VFS-OPTIONS names those that are not set, too
    int tid = 0;                // column TID; 0 is none
};

/// The columns that are known, and those of the table that is asked for without naming any.
const std::vector<std::string>& findmnt_columns();
inline const std::vector<std::string> kFindmntDefault = {"TARGET", "SOURCE", "FSTYPE", "OPTIONS"};
inline const std::vector<std::string> kFindmntDf = {"SOURCE", "FSTYPE", "SIZE", "USED", "AVAIL", "USE%", "TARGET"};
/// Whether statfs(2) has to be asked for the column.
bool is_size_column(const std::string& column);

/// A line of the table, with its children.
struct FindmntNode {
    const MountinfoLine* line = nullptr;
    std::vector<FindmntNode> children;
    std::optional<StatfsBuf> space{}; // for SIZE, USED, AVAIL and USE%
};

/// The table of these nodes.
std::string findmnt_table(const std::vector<FindmntNode>& roots, const std::vector<std::string>& columns,
                          const FindmntFormat& format = {});

/// What `findmnt -o COLUMNS` prints of a whole mountinfo, for other parts of nslab.
std::string findmnt_tree(const std::vector<MountinfoLine>& lines, const std::vector<std::string>& columns,
                         bool ascii = true);

} // namespace nslab
