// The program as a person meets it: its answers, formats and exit status.

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

#include <nlohmann/json.hpp>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/catch.hpp"

#ifdef NSLAB_BINARY

namespace {

struct Ran {
    int status;
    std::string out; // both streams
};

/// Runs a shell command in which $nslab is the program.
Ran sh(const std::string& command) {
    setenv("nslab", NSLAB_BINARY, 1);
    FILE* pipe = popen(("{ " + command + "\n} 2>&1").c_str(), "r");
    Ran ran{-1, ""};
    std::array<char, 4096> buffer{};
    while (const std::size_t n = fread(buffer.data(), 1, buffer.size(), pipe)) ran.out.append(buffer.data(), n);
    const int status = pclose(pipe);
    ran.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128;
    return ran;
}

/// A directory of scenarios for one test.
struct Folder {
    std::filesystem::path path;
    Folder() {
        std::string name = (std::filesystem::temp_directory_path() / "nslab-test-XXXXXX").string();
        path = mkdtemp(name.data());
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    ~Folder() { std::filesystem::remove_all(path); }
    std::string put(const std::string& name, const std::string& text) const {
        std::ofstream(path / name) << text;
        return (path / name).string();
    }
};

bool says(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

const char* const kGood =
    "title: A mount is there\n\nsh1# mkdir /a\nsh1# mount -t tmpfs disk /a\nexpect sh1: /a is mounted\n";
const char* const kBad = "sh1# mkdir /a\nexpect sh1: /a is mounted\nsh1# mkdir /b\n";

} // namespace

TEST_CASE("a scenario as expected exits with 0 and shows the session and the tree") {
    Folder f;
    const Ran r = sh("$nslab run " + f.put("a.scn", kGood));
    CHECK(r.status == 0);
    CHECK(says(r.out, "A mount is there"));
    CHECK(says(r.out, "sh1# mount -t tmpfs disk /a"));
    CHECK(says(r.out, "# holds"));
    CHECK(says(r.out, "`-/a    disk   private"));
    CHECK_FALSE(says(r.out, "\x1b")); // no colour where nobody sees it
}

TEST_CASE("a failed expectation exits with 1, says where and ends the session") {
    Folder f;
    const Ran r = sh("$nslab run " + f.put("a.scn", kBad));
    CHECK(r.status == 1);
    CHECK(says(r.out, "a.scn:2: expect sh1: /a is mounted"));
    CHECK(says(r.out, "nothing is mounted on /a"));
    CHECK_FALSE(says(r.out, "mkdir /b"));
}

TEST_CASE("a dollar is the prompt of who is not root, and of nobody else") {
    Folder f;
    const char* const kUser = "sh1# setpriv --reuid 1000 --clear-groups sh2 &\nsh2$ ls\n";
    CHECK(sh("$nslab run " + f.put("a.scn", kUser)).status == 0);
    const Ran root = sh("$nslab run " + f.put("b.scn", "sh1# mkdir /a\nsh1$ mkdir /b\n"));
    CHECK(root.status == 1);
    CHECK(says(root.out, "b.scn:2: sh1$ mkdir /b"));
    CHECK(says(root.out, "sh1 is root here, and the prompt of root is sh1#"));
}

TEST_CASE("an unknown subcommand or option names the nearest one") {
    const Ran command = sh("$nslab chek a.scn");
    CHECK(command.status == 2);
    CHECK(says(command.out, "there is no subcommand chek"));
    CHECK(says(command.out, "did you mean check?"));
    const Ran option = sh("$nslab run --observ /dev/null");
    CHECK(option.status == 2);
    CHECK(says(option.out, "did you mean --observe?"));
    CHECK(sh("$nslab run --mountinfo sh1 --format json /dev/null").status == 2);
}

TEST_CASE("a file that never ends or never begins is refused") {
    Folder f;
    const Ran endless = sh("timeout 60 $nslab run /dev/zero");
    CHECK(endless.status == 2);
    CHECK(says(endless.out, "larger than a megabyte"));
    const std::string boot = f.put("a.scn", "boot: mountinfo pipe\nsh1# ls\n");
    const Ran pipe = sh("mkfifo " + f.path.string() + "/pipe; timeout 60 $nslab run " + boot);
    CHECK(pipe.status == 2);
    CHECK(says(pipe.out, "pipe: it is no file"));
    // One mistake, and nothing of ours behind it.
    const Ran sysctl = sh("$nslab run " + f.put("b.scn", "sysctl: fs.mount-max=abc\nsh1# ls\n"));
    CHECK(sysctl.status == 2);
    CHECK_FALSE(says(sysctl.out, "sto"));
}

TEST_CASE("a broken file exits with 2 and all its mistakes") {
    Folder f;
    const Ran r = sh("$nslab run " + f.put("a.scn", "sh1# mont /a\nsh1# mount --make-shred /a\n"));
    CHECK(r.status == 2);
    CHECK(says(r.out, "a.scn:1:"));
    CHECK(says(r.out, "a.scn:2:"));
}

TEST_CASE("misuse exits with 2") {
    CHECK(sh("$nslab").status == 2);
    CHECK(sh("$nslab run").status == 2);
    CHECK(sh("$nslab run /no/such.scn").status == 2);
    CHECK(sh("$nslab run --format=xml x").status == 2);
}

TEST_CASE("help and version exit with 0") {
    CHECK(sh("$nslab --help").status == 0);
    CHECK(sh("$nslab run --help").status == 0);
    CHECK(says(sh("$nslab --version").out, "nslab "));
}

TEST_CASE("a directory is played whole, in order, and one failure fails it") {
    Folder f;
    f.put("b.scn", kBad);
    f.put("a.scn", kGood);
    f.put("notes.txt", "no scenario");
    const Ran r = sh("$nslab run -q -j2 " + f.path.string());
    CHECK(r.status == 1);
    CHECK(says(r.out, "2 scenarios: 1 as expected, 1 not"));
    const Ran ktap = sh("$nslab run --format ktap " + f.path.string());
    CHECK(ktap.out.find("ok 1 ") < ktap.out.find("not ok 2 "));
}

TEST_CASE("json has each step with its outcome, and mountinfo where it is asked for") {
    Folder f;
    const std::string file = f.put("a.scn", kGood);
    const auto log = nlohmann::json::parse(sh("$nslab run --format json --observe " + file).out);
    REQUIRE(log["steps"].size() == 3);
    CHECK(log["steps"][1]["line"] == 4);
    CHECK(log["steps"][1]["outcome"] == 0);
    CHECK(says(log["steps"][1]["mountinfo"]["sh1"], "/a rw,relatime - tmpfs disk rw"));
    CHECK_FALSE(nlohmann::json::parse(sh("$nslab run --format json " + file).out)["steps"][1].contains("mountinfo"));
}

TEST_CASE("findmnt reads our mountinfo and shows the same tree") {
    if (sh("findmnt --version").status != 0) {
        WARN("skipped: there is no findmnt");
        return;
    }
    Folder f;
    const std::string file = f.put("a.scn", std::string(kGood) + "sh1# mount --make-shared /a\nsh1# mkdir '/a/b c'\n"
                                                                 "sh1# mount --bind /a '/a/b c'\n");
    const std::string mountinfo = (f.path / "mountinfo").string();
    REQUIRE(sh("$nslab run " + file + " --mountinfo sh1 -o " + mountinfo).status == 0);
    const Ran theirs = sh("LC_ALL=C findmnt -F " + mountinfo + " -o TARGET,SOURCE,PROPAGATION");
    const Ran ours = sh("$nslab run " + file);
    CHECK(theirs.status == 0);
    CHECK(says(ours.out, theirs.out));
}

TEST_CASE("saved mountinfo is where a scenario can begin") {
    Folder f;
    f.put("saved",
          "20 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n21 20 0:30 / /run rw shared:2 - tmpfs tmpfs rw\n");
    const Ran r =
        sh("$nslab run " + f.put("a.scn", "boot: mountinfo saved\n\nexpect sh1: /run is shared\nsh1# umount /run\n"
                                          "expect sh1: /run is not mounted\n"));
    INFO(r.out);
    CHECK(r.status == 0);
    const Ran missing = sh("$nslab run " + f.put("b.scn", "boot: mountinfo lost\n\nsh1# pwd\n"));
    CHECK(missing.status == 2);
    CHECK(says(missing.out, "lost"));
}

TEST_CASE("explain names the kernel's functions and files") {
    Folder f;
    const Ran r = sh(
        "$nslab explain " +
        f.put(
            "a.scn",
            "sh1# umount /nowhere   # ENOENT\nsh1: mount(NULL, \"/\", NULL, MS_SHARED|MS_SLAVE, NULL) = -1 EINVAL\n"));
    INFO(r.out);
    CHECK(r.status == 0);
    CHECK(says(r.out, "in fs/"));
}

TEST_CASE("explain tells what became of mounts, not only why a call failed") {
    Folder f;
    const Ran r = sh("$nslab explain " + f.put("a.scn", "sh1# mkdir /a /b\n"
                                                        "sh1# mount --make-shared /\n"
                                                        "sh1# mount -t tmpfs disk /a\n"
                                                        "sh1# mount --bind /a /b\n"
                                                        "sh1# mount --make-slave /b\n"
                                                        "sh1# mount -o remount,bind,ro /b\n"
                                                        "sh1# mount -o remount,size=1m /a\n"
                                                        "sh1# umount -l /b\n"
                                                        "sh1# umount /a\n"));
    INFO(r.out);
    CHECK(r.status == 0);
    for (const char* line :
         {"mount 2 at / is shared, in group 1, alone so far: what happens below it reaches its peers and their slaves "
          "[change_mnt_propagation() in fs/pnode.c]",
          "mount 4 goes onto mount 2 at /, which is shared: it is shared too, in group 2 [attach_recursive_mnt() in "
          "fs/namespace.c]",
          "mount 5 is a copy of mount 4 at /a, and its peer [clone_mnt() in fs/namespace.c]",
          "mount 5 at /b is a slave of group 2: it receives from there and sends nothing [",
          "only the flags of mount 5 at /b change, not its file system [do_reconfigure_mnt() in fs/namespace.c]",
          "the file system changes, wherever it is mounted, and the flags of mount 4 at /a [do_remount() in",
          "mount 5 at /b goes with all below it, whoever uses it: the last user ends it [do_umount() in",
          "mount 4 at /a goes: nobody uses it [do_umount() in fs/namespace.c]"})
        CHECK(says(r.out, line));
}

TEST_CASE("a play that ended before its time shows the world as it was then") {
    Folder f;
    const std::string file = f.put("a.scn", std::string(kGood) + "sh1# false\n");
    const Ran mountinfo = sh("$nslab run " + file + " --mountinfo sh1");
    CHECK(mountinfo.status == 1);
    CHECK(says(mountinfo.out, " /a rw,relatime - tmpfs disk rw"));
    CHECK(says(sh("$nslab run --holders " + file).out, "the nsproxy of init and sh1"));
}

TEST_CASE("logs of the same scenario are compared, and of no other") {
    Folder f;
    const std::string a = f.put("a.scn", kGood), b = f.put("b.scn", std::string(kGood) + "sh1# pwd\n");
    const std::string dir = f.path.string();
    REQUIRE(sh("$nslab run --format json -o " + dir + "/1.json " + a).status == 0);
    REQUIRE(sh("$nslab run --format json -o " + dir + "/2.json --release 6.17 " + a).status == 0);
    REQUIRE(sh("$nslab run --format json -o " + dir + "/3.json " + b).status == 0);
    CHECK(sh("$nslab compare " + dir + "/1.json " + dir + "/2.json").status == 0);
    CHECK(sh("$nslab compare " + dir + "/1.json " + dir + "/3.json").status == 4);
    // One step came to something else.
    sh("sed -i 's/\"outcome\": 0/\"outcome\": \"EBUSY\"/' " + dir + "/2.json");
    const Ran r = sh("$nslab compare " + dir + "/1.json " + dir + "/2.json");
    CHECK(r.status == 1);
    CHECK(says(r.out, "EBUSY"));
    CHECK(sh("$nslab compare " + a + " " + b).status == 2); // no logs
    CHECK(says(sh("$nslab compare " + dir + "/1.json").out, "at least two logs"));
    f.put("4.json", "{}");
    CHECK(says(sh("$nslab compare " + dir + "/1.json " + dir + "/4.json").out, "4.json: this is no log of nslab"));
}

TEST_CASE("what the logs saw in mountinfo is compared, apart from the numbers of each machine") {
    Folder f;
    const std::string a = f.put("a.scn", kGood), dir = f.path.string();
    REQUIRE(sh("$nslab run --observe --format json -o " + dir + "/1.json " + a).status == 0);
    // Other ids, another device: the same world.
    sh("sed 's/ 0:3 / 0:43 /g; s/\"4 2 /\"104 102 /; s/n4 2 /n104 102 /g; s/\"2 1 /\"102 101 /; s/n3 2 /n103 102 /g' " +
       dir + "/1.json > " + dir + "/2.json");
    const Ran same = sh("$nslab compare " + dir + "/1.json " + dir + "/2.json");
    INFO(same.out);
    CHECK(same.status == 0);
    // Another source of one mount.
    sh("sed 's/tmpfs disk rw/tmpfs dusk rw/' " + dir + "/1.json > " + dir + "/3.json");
    const Ran other = sh("$nslab compare " + dir + "/1.json " + dir + "/3.json");
    INFO(other.out);
    CHECK(other.status == 1);
    CHECK(says(other.out, "mountinfo of sh1: "));
    CHECK(says(other.out, "dusk"));
}

#endif
