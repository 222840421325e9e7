// findmnt of util-linux reads what --mountinfo writes, and shows the tree that `nslab run` shows.

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
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

TEST_CASE("what is wrong in saved mountinfo is told at its place, all at once") {
    const auto folder = std::filesystem::temp_directory_path() / "nslab-saved-test";
    std::filesystem::create_directories(folder);
    int status = 0;
    const auto words_of = [&](const std::string& saved) {
        std::ofstream(folder / "bad.mountinfo") << saved;
        std::ofstream(folder / "bad.scn") << "boot: mountinfo bad.mountinfo\nsh1# ls /\n";
        return output_of("cd " + folder.string() + " && " + NSLAB_BINARY + " run bad.scn 2>&1", status);
    };
    const std::string good = "20 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw\n";
    CHECK(words_of("nonsense\n" + good + "30 20 0:5 / /a rw,relatime shared:x - tmpfs t rw\n") ==
          "bad.mountinfo:1:1: this is no line of /proc/PID/mountinfo\n"
          "    nonsense\n"
          "    ^~~~~~~~ expected the number of a mount\n"
          "bad.mountinfo:3:28: this is no line of /proc/PID/mountinfo\n"
          "    30 20 0:5 / /a rw,relatime shared:x - tmpfs t rw\n"
          "                               ^~~~~~~~ expected the number of a peer group behind the colon\n");
    CHECK(WEXITSTATUS(status) == 2);
    CHECK(words_of(good + "30 20 0:5 / /a rw,fast - tmpfs t rw\n") ==
          "bad.mountinfo:2:16: mount 30 has the option \"fast\", which the model does not know\n"
          "    30 20 0:5 / /a rw,fast - tmpfs t rw\n"
          "                   ^~~~~~~\n");
    CHECK(words_of(good + "31 20 0:5 / /a rw - tmpfs t rw\n32 20 0:6 / /a rw - tmpfs t rw\n") ==
          "bad.mountinfo:3:13: mount 31 and mount 32 are on one place of one parent, mount 20: the newer one should be "
          "on the older\n"
          "    32 20 0:6 / /a rw - tmpfs t rw\n"
          "                ^~\n");
    CHECK(words_of("") == "bad.mountinfo: the file of sh1 shows no mount\n");
    std::filesystem::remove_all(folder);
}

#endif
