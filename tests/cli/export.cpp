// Exported programs and scripts, run: they must say what the model said.

#include <array>
#include <cstdio>
#include <filesystem>
#include <string>

#include <sys/wait.h>
#include <unistd.h>

#include "tests/catch.hpp"

#ifdef NSLAB_BINARY

namespace {

std::pair<int, std::string> sh(const std::string& command) {
    setenv("nslab", NSLAB_BINARY, 1);
    FILE* pipe = popen(("{ " + command + "\n} 2>&1").c_str(), "r");
    std::string out;
    std::array<char, 4096> buffer{};
    while (const std::size_t n = fread(buffer.data(), 1, buffer.size(), pipe)) out.append(buffer.data(), n);
    const int status = pclose(pipe);
    return {WIFEXITED(status) ? WEXITSTATUS(status) : 128, out};
}

/// Runs in a PID namespace of its own, so that nothing can be left.
std::string contained(const std::string& command) {
    return "timeout -s KILL 60 unshare --mount --pid --fork --kill-child " + command;
}

bool possible(const std::string& tool) {
    if (geteuid() != 0 || sh("unshare --mount --pid --fork true").first != 0) {
        WARN("skipped: this needs root and namespaces");
        return false;
    }
    if (sh("command -v " + tool).first != 0) {
        WARN("skipped: there is no " + tool);
        return false;
    }
    return true;
}

const std::string kScenarios = std::string(NSLAB_SOURCE_DIR) + "/scenarios/mount/";

} // namespace

TEST_CASE("an exported C program finds on the kernel what the model said") {
    if (!possible("cc")) return;
    const char* name = GENERATE("man/example-slave.scn", "man/systemd-shares.scn",
                                "surprises/busy-working-directory.scn", "surprises/lazy-umount-shared-parent.scn",
                                "api/open-tree-clone.scn", "situations/09-pivot-root-shared-parent.scn");
    std::string folder = (std::filesystem::temp_directory_path() / "nslab-export-XXXXXX").string();
    REQUIRE(mkdtemp(folder.data()));
    const auto [made, why] = sh("$nslab export --as c " + kScenarios + name + " -o " + folder +
                                "/a.c && cc -static -Wall -Wextra -Werror -o " + folder + "/a " + folder + "/a.c");
    INFO(name << "\n" << why);
    CHECK(made == 0);
    const auto [status, out] = sh(contained(folder + "/a"));
    INFO(out);
    CHECK(status == 0);
    CHECK(out.find("0 differences") != std::string::npos);
    std::filesystem::remove_all(folder);
}

TEST_CASE("an exported script ends each command as the model did") {
    if (!possible("unshare")) return;
    // Commands that fail; an actor of another PID namespace; a fork that fails; a wait; an actor that is stopped.
    const char* name = GENERATE("surprises/busy-working-directory.scn", "../pid/man/init-default-outside.scn",
                                "../pid/man/unshare-no-fork.scn", "../pid/situations/24-no-reaper.scn",
                                "../pid/stopping/typed-while-stopped.scn", "../pid/man/nsenter-exit-status.scn");
    CAPTURE(name);
    std::string folder = (std::filesystem::temp_directory_path() / "nslab-export-XXXXXX").string();
    REQUIRE(mkdtemp(folder.data()));
    const auto [made, why] = sh("$nslab export --as sh " + kScenarios + name + " -o " + folder + "/a.sh");
    INFO(why);
    CHECK(made == 0);
    const auto [status, out] = sh(contained("sh " + folder + "/a.sh"));
    INFO(out);
    CHECK(status == 0);
    CHECK(out.find("otherwise than in the model") == std::string::npos);
    // A script that expects something else says so.
    sh("sed -i 's/^\\(st[a-z]*\\) ok /\\1 fails /' " + folder + "/a.sh");
    const auto [other, text] = sh(contained("sh " + folder + "/a.sh"));
    INFO(text);
    CHECK(other != 0);
    CHECK(text.find("otherwise than in the model") != std::string::npos);
    std::filesystem::remove_all(folder);
}

TEST_CASE("a script says which step it cannot say") {
    const auto [status, out] = sh("$nslab export --as sh " + kScenarios + "api/open-tree-clone.scn");
    CHECK(status == 2);
    CHECK(out.find("a script cannot make this system call") != std::string::npos);
}

#endif
