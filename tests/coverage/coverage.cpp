// docs/coverage.md against the files: what it names exists, what exists is named, no cell is missing, and no scenario
// stands twice.

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "sim/scenario/scenario.hpp"
#include "tests/catch.hpp"
#include "tests/coverage/page.hpp"

using namespace nslab;
using namespace nslab::coverage;
namespace fs = std::filesystem;

namespace {

const fs::path kRoot = NSLAB_SOURCE_DIR;
const fs::path kMount = kRoot / "scenarios" / "mount";

struct Row {
    std::string id, where; // the last cell
};

/// The page, read once.
struct Page {
    std::vector<Row> rows;
    std::vector<std::string> free_folders;

    Page() {
        const fs::path file = kRoot / "docs" / "coverage.md";
        for (auto& cell : table_rows(file, 3)) rows.push_back({cell[0], cell[2]});
        std::istringstream in(contents(file));
        for (std::string line; std::getline(in, line);)
            if (starts_with(line, "Folders that need no row:")) free_folders = between_backticks(line);
    }

    std::set<std::string> ids() const {
        std::set<std::string> all;
        for (const Row& row : rows) all.insert(row.id);
        return all;
    }
};

/// What a scenario does, with the names of its files taken off: expectations and outcomes do not count, since two
/// scenarios that do the same and expect different things are one.
std::string steps_of(const Scenario& scenario) {
    std::string text = std::to_string(static_cast<int>(scenario.boot.kind));
    for (const auto& [name, value] : scenario.sysctls) text += " " + name + "=" + value;
    std::map<std::string, std::size_t> names;
    for (const Step& step : scenario.steps) {
        if (!std::holds_alternative<CommandStep>(step.what) && !std::holds_alternative<CallStep>(step.what)) continue;
        text += '\n';
        bool blank = false;
        for (std::size_t i = 0; i < step.text.size(); ++i) {
            const char c = step.text[i];
            if (c == ' ' && blank) continue;
            blank = c == ' ';
            text += c;
            if (c != '/') continue;
            std::size_t end = i + 1;
            while (end < step.text.size() && std::string_view("/ \"',)").find(step.text[end]) == std::string_view::npos)
                ++end;
            const std::string name = step.text.substr(i + 1, end - i - 1);
            if (name.empty() || name == "proc" || name[0] == '$') continue;
            text += std::to_string(names.emplace(name, names.size()).first->second);
            i = end - 1;
        }
    }
    return text;
}

/// "EBUSY" of "mount-EBUSY-twice"; empty where an id names no errno.
std::string errno_in(const std::string& id) {
    const auto at = id.find("-E");
    if (at == std::string::npos) return {};
    std::size_t end = at + 1;
    while (end < id.size() && ((id[end] >= 'A' && id[end] <= 'Z') || (id[end] >= '0' && id[end] <= '9'))) ++end;
    return end - at > 3 ? id.substr(at + 1, end - at - 1) : std::string{};
}

} // namespace

TEST_CASE("coverage: every scenario that the page names exists, and every other row says why there is none") {
    const Page page;
    REQUIRE(page.rows.size() > 250);
    for (const Row& row : page.rows) {
        CAPTURE(row.id, row.where);
        if (starts_with(row.where, "none: ")) {
            CHECK(row.where.size() > 12);
            continue;
        }
        const auto names = between_backticks(row.where);
        CHECK(!names.empty());
        const std::string errno_name = errno_in(row.id);
        bool shown = errno_name.empty();
        for (const auto& name : names) {
            CAPTURE(name);
            const fs::path file = kMount / (name + ".scn");
            CHECK(fs::exists(file));
            const std::string text = contents(file);
            shown = shown || text.find("-1 " + errno_name) != std::string::npos ||
                    text.find("# " + errno_name) != std::string::npos;
        }
        CHECK(shown);
    }
}

TEST_CASE("coverage: every scenario of the mount slice is named, or lies in a folder that needs no row") {
    const Page page;
    std::set<std::string> named;
    for (const Row& row : page.rows)
        for (const auto& name : between_backticks(row.where)) named.insert(name);
    for (const auto& folder : page.free_folders) CHECK(fs::is_directory(kMount / folder));
    for (const auto& name : scenarios_below(kMount)) {
        CAPTURE(name);
        const bool free = std::any_of(page.free_folders.begin(), page.free_folders.end(),
                                      [&](const std::string& folder) { return starts_with(name, folder + "/"); });
        CHECK((free || named.count(name) != 0));
    }
}

TEST_CASE("coverage: no cell of the tables and no situation is missing, and no id stands twice") {
    const Page page;
    const auto ids = page.ids();
    CHECK(ids.size() == page.rows.size());
    std::vector<std::string> wanted;
    for (const std::string state : {"shared", "slave", "shared-and-slave", "private", "unbindable"})
        for (const std::string command : {"shared", "slave", "private", "unbindable"})
            wanted.push_back("5a-" + state + "-" + command);
    for (const std::string table : {"5b", "5d"}) {
        for (const std::string source : {"shared", "private", "slave", "unbindable"})
            for (const std::string destination : {"shared", "nonshared"})
                wanted.push_back(table + "-" + source + "-" + destination);
        for (int detail = 1; detail <= 8; ++detail) wanted.push_back(table + "-detail-" + std::to_string(detail));
    }
    for (const std::string kind : {"shared", "slave", "private", "unbindable"}) wanted.push_back("5g-" + kind);
    for (const std::string question : {"a", "b", "c"}) wanted.push_back("ss-6" + question);
    for (int situation = 1; situation <= 18; ++situation) wanted.push_back("situation-" + std::to_string(situation));
    for (int restriction = 1; restriction <= 5; ++restriction)
        wanted.push_back("mn-restriction-" + std::to_string(restriction));
    for (const auto& id : wanted) {
        CAPTURE(id);
        CHECK(ids.count(id) == 1);
    }
}

TEST_CASE("coverage: every scenario reads without complaint and has a source, a title and steps of its own") {
    std::map<std::string, std::string> titles, steps;
    for (const auto& name : scenarios_below(kRoot / "scenarios")) {
        CAPTURE(name);
        const auto text = contents(kRoot / "scenarios" / (name + ".scn"));
        const auto parsed = parse(name + ".scn", text);
        std::string complaints;
        for (const Diagnostic& d : parsed.diagnostics) complaints += render(d, name + ".scn", text) + "\n";
        CAPTURE(complaints);
        CHECK(complaints.empty());
        const Scenario& scenario = parsed.scenario;
        CHECK(!scenario.title.empty());
        CHECK(!scenario.source.empty());
        const auto [title, fresh] = titles.emplace(scenario.title, name);
        CHECK((fresh ? name : title->second) == name);
        const auto [same, unlike] = steps.emplace(steps_of(scenario), name);
        CHECK((unlike ? name : same->second) == name);
    }
    CHECK(titles.size() >= 100);
}
