// The printing half of findmnt: libsmartcols as it prints into a file, where nothing is cut.

#include <algorithm>
#include <cctype>
#include <functional>
#include <unordered_map>
#include <unordered_set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "sim/shell/findmnt.hpp"
#include "sim/shell/libmount.hpp"

namespace nslab {
namespace {

/// A line of the table: where it hangs in the tree, and its cells.
struct Row {
    std::string branch; // "| `-"
    std::vector<std::string> cells;
};

bool right_aligned(const std::string& column) {
    return is_size_column(column) || column == "ID" || column == "PARENT" || column == "TID";
}

std::string hex(unsigned char c) { return fmt::format("\\x{:02x}", c); }

/// What cannot be printed, as \x... Source: include/mbsalign.h, mbs_safe_encode(), in the C locale.
std::string printable(const std::string& text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto c = static_cast<unsigned char>(text[i]);
        const bool hides = c == '\\' && i + 1 < text.size() && text[i + 1] == 'x';
        out += (c < 0x20 || c >= 0x7f || hides) ? hex(c) : std::string(1, text[i]);
    }
    return out;
}

std::string escaped(const std::string& text, std::string_view also) {
    std::string out;
    for (const char c : text) {
        const auto u = static_cast<unsigned char>(c);
        out += (u < 0x20 || u >= 0x7f || also.find(c) != std::string_view::npos) ? hex(u) : std::string(1, c);
    }
    return out;
}

std::string json_string(const std::string& text) {
    std::string out = "\"";
    for (const char c : text) {
        switch (c) {
        case '"': out += "\\\""; break;
        case '\\': out += "\\\\"; break;
        case '\b': out += "\\b"; break;
        case '\f': out += "\\f"; break;
        case '\n': out += "\\n"; break;
        case '\r': out += "\\r"; break;
        case '\t': out += "\\t"; break;
        default:
            if (static_cast<unsigned char>(c) < 0x20)
                out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
            else
                out += c;
        }
    }
    return out + "\"";
}

std::string lower(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return text;
}

/// One mount's entry in a column.
std::string findmnt_cell(const FindmntNode& node, const std::string& column, const FindmntFormat& format);

class Printer {
  public:
    Printer(const std::vector<std::string>& columns, const FindmntFormat& format)
        : columns_(columns), format_(format) {}

    std::string table(const std::vector<FindmntNode>& roots) {
        if (format_.style == FindmntFormat::Style::json) return json(roots);
        // The top of a tree has no branch; what hangs below it has.
        for (const FindmntNode& root : roots) collect(root, "", "");
        switch (format_.style) {
        case FindmntFormat::Style::raw: return raw();
        case FindmntFormat::Style::pairs: return pairs();
        default: return aligned();
        }
    }

  private:
    bool tree() const {
        return format_.tree && std::find(columns_.begin(), columns_.end(), "TARGET") != columns_.end();
    }
    void collect(const FindmntNode& node, const std::string& branch, const std::string& below) {
        Row row{branch, {}};
        for (const std::string& column : columns_) row.cells.push_back(findmnt_cell(node, column, format_));
        rows_.push_back(std::move(row));
        for (std::size_t i = 0; i < node.children.size(); ++i) {
            const bool last = i + 1 == node.children.size();
            const char* here = format_.ascii ? (last ? "`-" : "|-") : (last ? "└─" : "├─");
            const char* under = last ? "  " : format_.ascii ? "| " : "│ ";
            collect(node.children[i], below + here, below + under);
        }
    }

    /// With its branch, where the column has them.
    std::string cell(const Row& row, std::size_t i) const {
        return (tree() && columns_[i] == "TARGET" ? row.branch : "") + row.cells[i];
    }

    std::string raw() const {
        std::string out;
        if (format_.headings) out += fmt::format("{}\n", fmt::join(columns_, " "));
        for (const Row& row : rows_) {
            std::string line;
            for (std::size_t i = 0; i < row.cells.size(); ++i) line += (i ? " " : "") + escaped(cell(row, i), " \t\\");
            out += line + "\n";
        }
        return out;
    }

    std::string pairs() const {
        std::string out;
        for (const Row& row : rows_) {
            for (std::size_t i = 0; i < row.cells.size(); ++i) {
                std::string name = columns_[i];
                if (format_.shell_names) {
                    std::replace_if(
                        name.begin(), name.end(), [](unsigned char c) { return !std::isalnum(c); }, '_');
                    if (name.back() == '_') name.pop_back();
                }
                out += fmt::format("{}{}=\"{}\"", i ? " " : "", name, escaped(cell(row, i), "\"\\`$"));
            }
            out += "\n";
        }
        return out;
    }

    /// How wide text is, which may hold box drawing: characters, not bytes.
    static std::size_t width(const std::string& text) {
        return static_cast<std::size_t>(std::count_if(
            text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
    }

    std::string aligned() const {
        std::vector<std::size_t> widths;
        for (const std::string& column : columns_) widths.push_back(column.size());
        std::vector<std::vector<std::string>> texts;
        for (const Row& row : rows_) {
            std::vector<std::string> cells;
            for (std::size_t i = 0; i < columns_.size(); ++i) {
                const bool branches = tree() && columns_[i] == "TARGET";
                cells.push_back((branches ? row.branch : "") + printable(row.cells[i]));
                widths[i] = std::max(widths[i], width(cells.back()));
            }
            texts.push_back(std::move(cells));
        }
        const auto line = [&](const std::vector<std::string>& cells) {
            std::string out;
            for (std::size_t i = 0; i < cells.size(); ++i) {
                const std::string pad(widths[i] - width(cells[i]), ' ');
                const bool last = i + 1 == cells.size();
                out += right_aligned(columns_[i]) ? pad + cells[i] : cells[i] + (last ? "" : pad);
                if (!last) out += ' ';
            }
            return out + "\n";
        };
        std::string out;
        if (format_.headings) out += line(columns_);
        for (const auto& cells : texts) out += line(cells);
        return out;
    }

    void json_object(std::string& out, const FindmntNode& node, std::size_t depth) const {
        const std::string indent(depth * 3, ' ');
        for (std::size_t i = 0; i < columns_.size(); ++i) {
            const std::string text = findmnt_cell(node, columns_[i], format_);
            const bool plain = columns_[i] == "ID" || columns_[i] == "PARENT" || columns_[i] == "TID" ||
                               (format_.bytes && is_size_column(columns_[i]) && columns_[i] != "USE%");
            const std::string list = fmt::format("[\n{0}    {1}\n{0}]", indent, json_string(text));
            out += fmt::format("{}{}: {}", indent, json_string(lower(columns_[i])),
                               text.empty()               ? "null"
                               : plain                    ? text
                               : columns_[i] == "SOURCES" ? list
                                                          : json_string(text));
            out += i + 1 < columns_.size() || (tree() && !node.children.empty()) ? ",\n" : "\n";
        }
        if (tree() && !node.children.empty()) {
            out += fmt::format("{}\"children\": [\n", indent);
            json_list(out, node.children, depth + 1);
            out += fmt::format("{}]\n", indent);
        }
    }

    void json_list(std::string& out, const std::vector<FindmntNode>& nodes, std::size_t depth) const {
        const std::string indent(depth * 3, ' ');
        out += indent + "{\n";
        for (std::size_t i = 0; i < nodes.size(); ++i) {
            json_object(out, nodes[i], depth + 1);
            out += indent + (i + 1 < nodes.size() ? "},{\n" : "}\n");
        }
    }

    static void flatten(const FindmntNode& node, std::vector<FindmntNode>& out) {
        out.push_back({node.line, {}, node.space});
        for (const FindmntNode& child : node.children) flatten(child, out);
    }

    std::string json(const std::vector<FindmntNode>& roots) const {
        std::vector<FindmntNode> nodes;
        if (tree())
            nodes = roots;
        else
            for (const FindmntNode& root : roots) flatten(root, nodes);
        std::string out = "{\n   \"filesystems\": [\n";
        if (nodes.empty()) out += "\n";
        if (!nodes.empty()) json_list(out, nodes, 2);
        return out + "   ]\n}\n";
    }

    const std::vector<std::string>& columns_;
    const FindmntFormat& format_;
    std::vector<Row> rows_;
};

std::string optional_fields(const MountinfoLine& l) {
    std::vector<std::string> fields;
    if (l.shared) fields.push_back(fmt::format("shared:{}", l.shared));
    if (l.master) fields.push_back(fmt::format("master:{}", l.master));
    if (l.propagate_from) fields.push_back(fmt::format("propagate_from:{}", l.propagate_from));
    if (l.unbindable) fields.emplace_back("unbindable");
    return fmt::format("{}", fmt::join(fields, " "));
}

/// All that a mount's own options could say, set or not. Source: libmount, mnt_fs_get_vfs_options_all().
std::string all_vfs_options(const std::string& options) {
    constexpr std::pair<std::string_view, std::string_view> kWords[] = {{"ro", "rw"},
                                                                        {"noexec", "exec"},
                                                                        {"nosuid", "suid"},
                                                                        {"nodev", "dev"},
                                                                        {"sync", "async"},
                                                                        {"silent", "loud"},
                                                                        {"mand", "nomand"},
                                                                        {"noatime", "atime"},
                                                                        {"iversion", "noiversion"},
                                                                        {"nodiratime", "diratime"},
                                                                        {"relatime", "norelatime"},
                                                                        {"strictatime", "nostrictatime"},
                                                                        {"lazytime", "nolazytime"},
                                                                        {"nosymfollow", "symfollow"}};
    const std::string all = "," + options + ",";
    std::string out;
    for (const auto& [set, unset] : kWords) {
        const bool given = all.find("," + std::string(set) + ",") != std::string::npos;
        out += (out.empty() ? "" : ",") + std::string(given ? set : unset);
    }
    return out;
}

/// 100K, 24.1G. Source: lib/strutils.c, size_to_human_string() with SIZE_SUFFIX_1LETTER.
std::string human_size(u64 bytes) {
    unsigned power = 0;
    while (power < 6 && bytes >> (10 * (power + 1))) ++power;
    if (power == 0) return fmt::format("{}B", bytes);
    const unsigned shift = 10 * power;
    u64 whole = bytes >> shift;
    u64 tenths = (((bytes & ((u64{1} << shift) - 1)) >> (shift - 10)) * 1000 / 1024 + 50) / 100;
    if (tenths == 10) {
        ++whole;
        tenths = 0;
    }
    return tenths ? fmt::format("{}.{}{}", whole, tenths, "BKMGTPE"[power])
                  : fmt::format("{}{}", whole, "BKMGTPE"[power]);
}

/// Source: misc-utils/findmnt.c, get_vfs_attr().
std::string size_cell(const StatfsBuf& s, const std::string& column, bool bytes) {
    const u64 used = s.f_blocks - s.f_bfree;
    if (column == "USE%") {
        if (s.f_blocks == 0) return "-";
        return fmt::format("{:.0f}%", static_cast<double>(used) / static_cast<double>(s.f_blocks) * 100);
    }
    const u64 size = (column == "SIZE" ? s.f_blocks : column == "USED" ? used : s.f_bavail) * s.f_frsize;
    return size == 0 || bytes ? std::to_string(size) : human_size(size);
}

std::string findmnt_cell(const FindmntNode& node, const std::string& column, const FindmntFormat& format) {
    const MountinfoLine& l = *node.line;
    if (column == "TARGET") return l.mount_point;
    if (column == "SOURCE")
        return format.root_of_source && l.root != "/" ? fmt::format("{}[{}]", l.source, l.root) : l.source;
    if (column == "SOURCES") return l.source;
    if (column == "FSTYPE") return l.fs_type;
    if (column == "OPTIONS") return shell::merged_options(l);
    if (column == "VFS-OPTIONS")
        return format.vfs_all ? all_vfs_options(shell::merged_options(l))
                              : l.options; // all of the options, as in libmount
    if (column == "FS-OPTIONS") return l.super_options;
    if (column == "OPT-FIELDS") return optional_fields(l);
    if (column == "FSROOT") return l.root;
    if (column == "ID") return std::to_string(l.id);
    if (column == "PARENT") return l.parent ? std::to_string(l.parent) : "";
    if (column == "TID") return format.tid ? std::to_string(format.tid) : "";
    if (is_size_column(column)) return node.space ? size_cell(*node.space, column, format.bytes) : "";
    if (column == "MAJ:MIN")
        return format.style == FindmntFormat::Style::columns ? fmt::format("{:>3}:{:<3}", l.major, l.minor)
                                                             : fmt::format("{}:{}", l.major, l.minor);
    if (column == "PROPAGATION")
        return fmt::format("{}{}{}", l.shared ? "shared" : "private", l.master ? ",slave" : "",
                           l.unbindable ? ",unbindable" : "");
    return ""; // of fstab, or of block devices, of which there are none
}

/// What hangs on each mount, in the order of their ids.
using Children = std::unordered_map<int, std::vector<const MountinfoLine*>>;

Children children_of(const std::vector<MountinfoLine>& lines) {
    Children out;
    for (const MountinfoLine& l : lines)
        if (l.id != l.parent) out[l.parent].push_back(&l);
    for (auto& [parent, children] : out)
        std::sort(children.begin(), children.end(), [](const auto* a, const auto* b) { return a->id < b->id; });
    return out;
}

FindmntNode node_of(const Children& children, const MountinfoLine& line) {
    FindmntNode node{&line, {}, {}};
    if (const auto below = children.find(line.id); below != children.end())
        for (const MountinfoLine* child : below->second) node.children.push_back(node_of(children, *child));
    return node;
}

} // namespace

const std::vector<std::string>& findmnt_columns() {
    static const std::vector<std::string> columns = {
        "AVAIL",   "FREQ",       "FSROOT", "FSTYPE",    "FS-OPTIONS", "ID",     "LABEL",       "MAJ:MIN",
        "OPTIONS", "OPT-FIELDS", "PARENT", "PARTLABEL", "PARTUUID",   "PASSNO", "PROPAGATION", "SIZE",
        "SOURCE",  "SOURCES",    "TARGET", "TID",       "USED",       "USE%",   "UUID",        "VFS-OPTIONS"};
    return columns;
}

bool is_size_column(const std::string& column) {
    return column == "SIZE" || column == "USED" || column == "AVAIL" || column == "USE%";
}

std::string findmnt_table(const std::vector<FindmntNode>& roots, const std::vector<std::string>& columns,
                          const FindmntFormat& format) {
    return Printer(columns, format).table(roots);
}

std::string findmnt_tree(const std::vector<MountinfoLine>& lines, const std::vector<std::string>& columns, bool ascii) {
    shell::MountTable table;
    table.lines = lines;
    const Children children = children_of(table.lines);
    std::vector<FindmntNode> roots;
    std::unordered_set<int> shown;
    const std::function<void(const FindmntNode&)> note = [&](const FindmntNode& node) {
        shown.insert(node.line->id);
        for (const FindmntNode& child : node.children) note(child);
    };
    const auto add = [&](const MountinfoLine& line) {
        roots.push_back(node_of(children, line));
        note(roots.back());
    };
    if (const MountinfoLine* root = table.root()) add(*root);
    // What does not hang on the root, for its parent cannot be seen from here.
    for (const MountinfoLine& line : table.lines)
        if (!shown.contains(line.id)) add(line);
    FindmntFormat format;
    format.ascii = ascii;
    return findmnt_table(roots, columns, format);
}

} // namespace nslab
