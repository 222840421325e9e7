#include "sim/shell/columns.hpp"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace nslab::shell {
namespace {

std::string escaped(const std::string& text) {
    std::string out;
    for (const char c : text) {
        const auto u = static_cast<unsigned char>(c);
        if (u <= 0x20 || u >= 0x7f || c == '\\')
            out += fmt::format("\\x{:02x}", u);
        else
            out += c;
    }
    return out;
}

class Printer {
  public:
    explicit Printer(const Listing& table) : t_(table) {}

    std::string print() {
        if (t_.style == Listing::Style::json) return json();
        for (const std::size_t root : t_.roots) collect(root, "", "");
        return t_.style == Listing::Style::raw ? raw() : aligned();
    }

  private:
    void collect(std::size_t line, const std::string& branch, const std::string& below) {
        std::vector<std::string> cells = t_.lines[line].cells;
        for (std::size_t i = 0; i < cells.size(); ++i)
            if (t_.columns[i].tree) cells[i] = branch + cells[i];
        rows_.push_back(std::move(cells));
        const auto& children = t_.lines[line].children;
        for (std::size_t i = 0; i < children.size(); ++i) {
            const bool last = i + 1 == children.size();
            collect(children[i], below + (last ? "`-" : "|-"), below + (last ? "  " : "| "));
        }
    }

    std::vector<std::string> names() const {
        std::vector<std::string> out;
        for (const Column& c : t_.columns) out.push_back(c.name);
        return out;
    }

    std::string raw() const {
        std::string out;
        const auto line = [&](const std::vector<std::string>& cells) {
            for (std::size_t i = 0; i < cells.size(); ++i) out += (i ? " " : "") + escaped(cells[i]);
            out += '\n';
        };
        if (t_.headings) line(names());
        for (const auto& row : rows_) line(row);
        return out;
    }

    std::string aligned() const {
        std::vector<std::size_t> widths;
        for (const Column& c : t_.columns) widths.push_back(c.name.size());
        for (const auto& row : rows_)
            for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
        std::string out;
        const auto line = [&](const std::vector<std::string>& cells) {
            for (std::size_t i = 0; i < cells.size(); ++i) {
                const std::string pad(widths[i] - cells[i].size(), ' ');
                const bool last = i + 1 == cells.size();
                out += t_.columns[i].right ? pad + cells[i] : cells[i] + (last ? "" : pad);
                out += last ? "\n" : " ";
            }
        };
        if (t_.headings) line(names());
        for (const auto& row : rows_) line(row);
        return out;
    }

    /// Three blanks a level and `},{` between objects: the library's own layout.
    void object(std::string& out, std::size_t number, std::size_t depth) const {
        const TableLine& line = t_.lines[number];
        const std::string indent(depth * 3, ' ');
        for (std::size_t i = 0; i < line.cells.size(); ++i) {
            std::string name = t_.columns[i].name;
            std::transform(name.begin(), name.end(), name.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
            const std::string& text = line.cells[i];
            out += fmt::format("{}\"{}\": {}", indent, name,
                               text.empty()           ? "null"
                               : t_.columns[i].number ? text
                                                      : nlohmann::json(text).dump());
            out += i + 1 < line.cells.size() || !line.children.empty() ? ",\n" : "\n";
        }
        if (line.children.empty()) return;
        out += indent + "\"children\": [\n";
        list(out, line.children, depth + 1);
        out += indent + "]\n";
    }
    void list(std::string& out, const std::vector<std::size_t>& lines, std::size_t depth) const {
        const std::string indent(depth * 3, ' ');
        out += indent + "{\n";
        for (std::size_t i = 0; i < lines.size(); ++i) {
            object(out, lines[i], depth + 1);
            out += indent + (i + 1 < lines.size() ? "},{\n" : "}\n");
        }
    }
    std::string json() const {
        std::string out = fmt::format("{{\n   \"{}\": [\n", t_.name);
        if (!t_.roots.empty()) list(out, t_.roots, 2);
        return out + "   ]\n}\n";
    }

    const Listing& t_;
    std::vector<std::vector<std::string>> rows_;
};

} // namespace

std::size_t Listing::add(std::vector<std::string> cells, std::size_t parent) {
    const std::size_t number = lines.size();
    lines.push_back({std::move(cells), {}});
    (parent == std::string::npos ? roots : lines[parent].children).push_back(number);
    return number;
}

std::string to_string(const Listing& table) { return Printer(table).print(); }

} // namespace nslab::shell
