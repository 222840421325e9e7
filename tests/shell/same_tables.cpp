// Our tables of mounts beside findmnt's own, both from one file, so that the machine's mounts do not matter.

#include <cstdio>
#include <filesystem>
#include <fstream>

#include "sim/shell/findmnt.hpp"
#include "tests/catch.hpp"
#include "tests/shell/recorder.hpp"
#include "tests/shell/sandbox.hpp"

namespace nslab::test {
namespace {

const char* const kMountinfo = "80 1 0:50 / / rw,relatime - tmpfs none rw,size=10k\n"
                               "81 80 0:51 / /proc rw,nosuid shared:1 - proc proc rw\n"
                               "90 80 0:52 / /a rw,relatime shared:2 master:1 - tmpfs disk rw,inode64\n"
                               "85 80 0:53 /sub/dir /a/very/long/target/that/is/longer/than/any/other/of/them "
                               "ro,relatime unbindable - tmpfs usb rw\n"
                               "93 90 0:54 / /a/b\\040c rw master:2 propagate_from:1 - ramfs x\\043y rw\n"
                               "94 93 0:54 / /a/b\\040c rw - ramfs q rw\n"
                               "95 81 0:55 / /proc/z rw - sysfs sysfs rw\n"
                               "96 7 0:56 / /lost rw - tmpfs lost ro\n"
                               "97 80 0:57 / /tab\\011and\\134x rw - tmpfs t\"q$ rw\n";

std::string of_tool(const std::string& options) {
    const auto file = std::filesystem::temp_directory_path() / "nslab-mountinfo.txt";
    std::ofstream(file) << kMountinfo;
    FILE* pipe = popen(("LC_ALL=C findmnt -F " + file.string() + " " + options + " 2>&1").c_str(), "r");
    std::string text;
    char buffer[512];
    while (pipe && fgets(buffer, sizeof buffer, pipe)) text += buffer;
    if (pipe) pclose(pipe);
    std::filesystem::remove(file);
    return text;
}

std::string of_ours(const std::vector<std::string>& options) {
    Recorder world;
    world.files["/proc/self/mountinfo"] = kMountinfo;
    std::vector<std::string> argv = {"findmnt"};
    argv.insert(argv.end(), options.begin(), options.end());
    find_command("findmnt")->run(world, Invocation{argv, "", false});
    return world.printed;
}

} // namespace

TEST_CASE("findmnt prints the tables of util-linux") {
    if (const std::string why = cannot_compare(); !why.empty()) {
        WARN("skipped: " << why);
        return;
    }
    const std::vector<std::vector<std::string>> forms = {
        {},
        {"-l"},
        {"-n"},
        {"-r"},
        {"-a"},
        {"-o", "TARGET,PROPAGATION"},
        {"-o", "+ID,PARENT"},
        {"-J"},
        {"-P"},
        {"-o", "ID,PARENT,MAJ:MIN,TARGET,FSROOT,VFS-OPTIONS,FS-OPTIONS,OPT-FIELDS"},
        {"-R", "/a"},
        {"/a"},
        {"-o", "SOURCE,TARGET"},
        {"-t", "ramfs"},
        {"-r", "-o", "TARGET,SOURCE"},
        {"-v"},
        {"-U"},
        {"-i", "-t", "ramfs"},
        {"disk"},
        {"-d", "backward", "-l"},
        {"-J", "-o", "ID,TARGET"},
        {"-J", "-l", "-o", "ID,TARGET"},
        {"-y", "-P", "-o", "MAJ:MIN"},
        {"-f", "-t", "ramfs"},
        {"-J", "-o", "OPT-FIELDS,MAJ:MIN", "-t", "tmpfs"},
        {"-M", "/a"},
        {"-S", "q"},
        {"-t", "nosysfs,ramfs", "-o", "TARGET,FSTYPE"},
        {"0:54"},
        {"--shadowed"},
        {"--pseudo", "-l", "-o", "TARGET"},
        {"-O", "ro"},
        {"-O", "rw,noro"},
        {"-O", "noro", "-l"},
        {"-O", "nosuid", "-l"},
        {"-O", "+nosuid", "-l"},
        {"-O", "rw", "-i"},
        {"-R", "-O", "ro"},
        {"-O", "ro", "-J"},
        {"--tree", "-r"},
        {"--tree", "-P", "-o", "TARGET"},
        {"--tree", "-l"},
        {"--tree", "/a"},
        {"--tree", "-M", "/a"},
        {"--tree", "-S", "disk"},
        {"--tree", "-f", "-t", "tmpfs"},
        {"--tree", "-R", "/a"},
        {"--tree", "-J", "/a"},
        {"--vfs-all", "-o", "TARGET,VFS-OPTIONS,OPTIONS"},
        {"--output-all", "-t", "ramfs"},
        {"--output-all", "-J", "-t", "ramfs"},
        {"--output-all", "-o", "TARGET", "-t", "ramfs"},
        {"-D", "-A", "-t", "ramfs"},
        {"-D", "-t", "ramfs"},
        {"-J", "-o", "TARGET,SOURCES,UUID,FREQ", "-t", "ramfs"},
    };
    for (const auto& form : forms) {
        std::string options;
        for (const std::string& word : form) options += word + " ";
        INFO("findmnt " << options);
        CHECK(of_ours(form) == of_tool(options));
    }
}

TEST_CASE("the tree for other parts of nslab is findmnt's") {
    CHECK(findmnt_tree(parse_mountinfo("80 1 0:50 / / rw shared:1 - tmpfs none rw\n"
                                       "82 80 0:51 / /b rw - tmpfs b rw\n"
                                       "81 80 0:50 /x /a rw master:1 - tmpfs none rw\n"),
                       {"TARGET", "SOURCE", "PROPAGATION"}) == "TARGET SOURCE   PROPAGATION\n"
                                                               "/      none     shared\n"
                                                               "|-/a   none[/x] private,slave\n"
                                                               "`-/b   b        private\n");
}

} // namespace nslab::test
