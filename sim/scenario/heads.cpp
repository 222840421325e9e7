// The heads of a scenario: what it claims, where from, how its world begins.

#include "sim/scenario/internal.hpp"

namespace nslab::scenario {

namespace {

/// Prose, in which a # is a comment only with blanks on both sides, so that "moby #27381" can be said.
std::string prose(std::string_view text) {
    for (std::size_t i = 1; i + 1 < text.size(); ++i)
        if (text[i] == '#' && text[i - 1] == ' ' && text[i + 1] == ' ') text = text.substr(0, i);
    return std::string(trimmed(text));
}

void kernel(Cursor& c, Scenario& scenario, Complaints& complaints) {
    const std::size_t before = complaints.size();
    range(c, complaints, scenario.kernel_since, scenario.kernel_until);
    if (complaints.size() != before) return;
    if (!c.end() && !c.comment())
        complaints.error(c.here(c.line.size() - c.at), "since or until and a release are expected",
                         "such as kernel: since 6.15");
    else if (!scenario.kernel_since && !scenario.kernel_until)
        complaints.error(c.here(), "since or until and a release are expected", "such as kernel: since 6.15");
}

void boot(const std::vector<Word>& list, const Cursor& c, Scenario& scenario, Complaints& complaints) {
    const auto kind = list.empty() ? std::nullopt : literal(list[0]);
    if (kind == "plain" || kind == "systemd") {
        scenario.boot.kind = kind == "plain" ? BootOptions::Kind::plain : BootOptions::Kind::systemd;
        if (list.size() > 1) complaints.error(list[1].at, "nothing more is expected here");
    } else if (kind == "mountinfo") {
        scenario.boot.kind = BootOptions::Kind::mountinfo;
        for (std::size_t i = 1; i < list.size(); ++i) {
            const auto file = literal(list[i]);
            if (file)
                scenario.boot_files.push_back(*file);
            else
                complaints.error(list[i].at, "a file's name is expected");
        }
        if (list.size() < 2) complaints.error(list[0].at, "a file is expected behind mountinfo");
    } else {
        const auto near = kind ? nearest(*kind, {"plain", "systemd", "mountinfo"}) : std::nullopt;
        complaints.error(list.empty() ? c.here() : list[0].at, "boot: plain, systemd or mountinfo FILE is expected",
                         near ? "did you mean " + *near + "?" : "");
    }
}

void sysctl(const std::vector<Word>& list, const Cursor& c, Scenario& scenario, Complaints& complaints) {
    if (list.empty()) return complaints.error(c.here(), "NAME=VALUE is expected", "such as sysctl: fs.mount-max=100");
    for (const Word& w : list) {
        const auto text = literal(w);
        const auto equals = text ? text->find('=') : std::string::npos;
        if (equals == std::string::npos || equals == 0) {
            complaints.error(w.at, "NAME=VALUE is expected", "such as sysctl: fs.mount-max=100");
            continue;
        }
        const std::string name = text->substr(0, equals), setting = text->substr(equals + 1);
        if (name == "fs.mount-max") {
            u64 n = 0;
            for (const char ch : setting)
                n = ch >= '0' && ch <= '9' && n < 10'000'000'000 ? n * 10 + static_cast<u64>(ch - '0') : ~u64{0};
            // Source: fs/namespace.c, the table of sysctls: at least 1, an int.
            if (setting.empty() || n < 1 || n > 0x7fffffff)
                complaints.error(w.at, "fs.mount-max is a number from 1 on");
            else
                scenario.boot.mount_max = static_cast<u32>(n);
        } else {
            const auto near = nearest(name, {"fs.mount-max"});
            complaints.error(w.at, "unknown sysctl " + name,
                             near ? "did you mean " + *near + "?" : "fs.mount-max is known");
        }
        scenario.sysctls.emplace_back(name, setting);
    }
}

} // namespace

bool is_head(std::string_view word) {
    return word == "title" || word == "source" || word == "boot" || word == "sysctl" || word == "kernel";
}

void read_head(const std::string& name, Cursor& c, Scenario& scenario, Complaints& complaints) {
    c.blanks();
    if (name == "title" || name == "source") {
        std::string& text = name == "title" ? scenario.title : scenario.source;
        text = prose(c.line.substr(c.at));
        if (text.empty()) complaints.error(c.here(), name + ": a text is expected");
        return;
    }
    if (name == "kernel") return kernel(c, scenario, complaints);
    std::vector<Word> list;
    for (auto& token : words(c, complaints, true)) list.push_back(std::move(token.word));
    if (name == "boot")
        boot(list, c, scenario, complaints);
    else
        sysctl(list, c, scenario, complaints);
}

} // namespace nslab::scenario
