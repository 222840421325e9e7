// findmnt of util-linux reads what --mountinfo writes, and shows the tree that `nslab run` shows.

#include <array>
#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include <sys/wait.h>

#include "tests/catch.hpp"

#ifdef NSLAB_BINARY

namespace {

std::string output_of(const std::string& command, int& status) {
    FILE* pipe = popen(command.c_str(), "r");
    std::string out;
    std::array<char, 4096> buffer{};
    while (const std::size_t n = fread(buffer.data(), 1, buffer.size(), pipe)) out.append(buffer.data(), n);
    status = pclose(pipe);
    return out;
}

/// Without the drawing, which is in Unicode in one locale and not in another, and without the width of the columns.
std::string rows(const std::string& text) {
    std::string out;
    for (const char c : text) {
        const bool drawn = static_cast<unsigned char>(c) >= 0x80 || c == '|' || c == '`' || c == '-';
        if (drawn || (c == ' ' && (out.empty() || out.back() == ' ' || out.back() == '\n'))) continue;
        if (c == '\n' && !out.empty() && out.back() == ' ') out.pop_back();
        out += c;
    }
    return out;
}

/// The tree behind the last "ACTOR:" or "ACTOR, OTHER:" of a session.
std::string last_tree(const std::string& session) {
    const std::size_t at = session.rfind("\nTARGET");
    return at == std::string::npos ? "" : session.substr(at + 1);
}

} // namespace

TEST_CASE("findmnt of util-linux shows the tree that nslab shows") {
    int status = 0;
    output_of("findmnt --version 2>/dev/null", status);
    if (status != 0) {
        WARN("skipped: there is no findmnt here");
        return;
    }
    std::vector<std::string> files;
    const std::string scenarios = NSLAB_SOURCE_DIR "/scenarios";
    for (const char* folder : {"/saved", "/mount/man", "/mount/surprises", "/mount/situations"}) {
        std::size_t taken = 0;
        for (const auto& entry : std::filesystem::directory_iterator(scenarios + folder))
            if (entry.path().extension() == ".scn" && taken++ < 6) files.push_back(entry.path().string());
    }
    const std::string nslab = std::string("NO_COLOR=1 ") + NSLAB_BINARY;
    std::string name = (std::filesystem::temp_directory_path() / "nslab-findmnt-XXXXXX").string();
    const int fd = mkstemp(name.data());
    REQUIRE(fd >= 0);
    fclose(fdopen(fd, "w"));
    std::size_t compared = 0;
    for (const std::string& file : files) {
        const std::string session = output_of(nslab + " run " + file + " 2>/dev/null", status);
        if (status != 0) continue; // the scenarios have tests of their own
        // The last tree of the session, and the first of the actors above it.
        const std::size_t tree = session.rfind("\nTARGET");
        if (tree == std::string::npos) continue;
        const std::size_t line = session.rfind('\n', tree - 1) + 1;
        const std::string actor = session.substr(line, session.find_first_of(",: ", line) - line);
        output_of(nslab + " run " + file + " --mountinfo " + actor + " > " + name, status);
        REQUIRE(status == 0);
        const std::string theirs =
            output_of("LC_ALL=C.UTF-8 findmnt --ascii -F " + name + " -o TARGET,SOURCE,PROPAGATION", status);
        INFO(file << " as " << actor);
        CHECK(rows(theirs) == rows(last_tree(session)));
        ++compared;
    }
    std::filesystem::remove(name);
    CHECK(compared >= 12);
}

TEST_CASE("a saved mountinfo that is none is refused in one line, at the scenario that names it") {
    const auto folder = std::filesystem::temp_directory_path() / "nslab-saved-test";
    std::filesystem::create_directories(folder);
    int status = 0;
    output_of(
        "cd " + folder.string() +
            " && echo nonsense > bad.mountinfo && printf 'boot: mountinfo bad.mountinfo\\nsh1# ls /\\n' > bad.scn",
        status);
    const std::string words =
        output_of(std::string(NSLAB_BINARY) + " run " + (folder / "bad.scn").string() + " 2>&1", status);
    CHECK(WEXITSTATUS(status) == 2);
    CHECK(words.find("saved mountinfo: line 1 of sh1: this is no line of /proc/PID/mountinfo\n") != std::string::npos);
    CHECK(words.find('\n') == words.size() - 1);
    std::filesystem::remove_all(folder);
}

#endif
