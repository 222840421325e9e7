// What is wrong with a command line, found without playing it, and where.

#include "tests/catch.hpp"
#include "tests/shell/recorder.hpp"

namespace nslab::test {
namespace {

using Words = std::vector<std::string>;

/// "word:column+length message (hint)" of the first complaint.
std::string complaint(const Words& argv) {
    const auto found = find_command(argv[0])->check(argv);
    if (found.empty()) return "";
    const Diagnostic& d = found[0];
    return std::to_string(d.at.line) + ":" + std::to_string(d.at.column) + "+" + std::to_string(d.at.length) + " " +
           d.message + (d.hint.empty() ? "" : " (" + d.hint + ")");
}

} // namespace

TEST_CASE("an unknown option names the nearest known one and its place") {
    CHECK(complaint({"mount", "--make-shred", "/mnt"}) ==
          "1:1+12 mount: unknown option --make-shred (did you mean --make-shared?)");
    CHECK(complaint({"umount", "/a", "--lasy=x"}) == "2:1+6 umount: unknown option --lasy (did you mean --lazy?)");
    CHECK(complaint({"umount", "-lZ", "/a"}) == "1:3+1 umount: invalid option -- 'Z'");
    CHECK(complaint({"mount", "--make", "/a"}).find("option '--make' is ambiguous; possibilities:") !=
          std::string::npos);
    CHECK(complaint({"mount", "/a", "-o"}) == "2:2+1 mount: option requires an argument -- 'o'");
    CHECK(complaint({"mount", "--bind=x", "/a", "/b"}) == "1:1+6 mount: option '--bind' doesn't allow an argument");
}

TEST_CASE("abbreviations, joined letters and optional values are no mistakes") {
    for (const Words& argv :
         {Words{"mount", "--rb", "--make-rsl", "/a", "/b"}, Words{"umount", "-lf", "/a"},
          Words{"unshare", "-mf", "--propagation=unchanged", "sh2"}, Words{"unshare", "--mount=/f", "sh2"},
          Words{"mount", "-ttmpfs", "-oro,size=1m", "x", "/a"}, Words{"mount"}, Words{"rm", "-rf"},
          Words{"nsenter", "-t", "sh1", "-m", "sh2"}, Words{"kill", "-9", "$sh2"}, Words{"exit", "$i"},
          Words{"unshare", "-m", "mount", "--bind", "/a", "/b"}})
        CHECK(complaint(argv) == "");
}

TEST_CASE("too few and too many operands are mistakes") {
    CHECK(complaint({"mkdir"}) == "0:1+5 mkdir: missing operand");
    CHECK(complaint({"pivot_root", "/a"}) == "0:1+10 pivot_root: missing operand");
    CHECK(complaint({"pivot_root", "/a", "/b", "/c"}) == "3:1+2 pivot_root: extra operand");
    CHECK(complaint({"mount", "a", "b", "c"}) == "3:1+1 mount: extra operand");
    CHECK(complaint({"umount"}) == "0:1+6 umount: missing operand");
    CHECK(complaint({"umount", "-a", "/x"}) == "2:1+2 umount: extra operand");
    CHECK(complaint({"unshare", "-m"}) == "0:1+7 unshare: a new actor or a command is missing at the end");
    CHECK(complaint({"cd", "/a", "/b"}) == "2:1+2 cd: too many arguments");
}

TEST_CASE("the command inside a command is checked in its place") {
    CHECK(complaint({"unshare", "-m", "mount", "--make-shred", "/a"}) ==
          "3:1+12 mount: unknown option --make-shred (did you mean --make-shared?)");
    CHECK(complaint({"unshare", "-m", "mont", "/a"}).find("2:1+4 unknown command mont") == 0);
    CHECK(complaint({"exec", "umount"}) == "1:1+6 umount: missing operand");
}

TEST_CASE("what nslab does not play is said, and not taken for done") {
    CHECK(complaint({"mount", "-a"}) == "1:1+2 mount: --all is not played by nslab");
    CHECK(complaint({"unshare", "--kill-child=FOO", "sh2"}) == "0:1+7 unshare: unknown signal: FOO");
    CHECK(complaint({"unshare", "--map-users=1,2", "sh2"}) == "0:1+7 unshare: mapping '1,2' contains only 2 elements");
    CHECK(complaint({"setsid", "--ctty", "sh2"}) == "1:1+6 setsid: --ctty is not played by nslab");
    CHECK(complaint({"setpriv", "--regid", "5", "sh2"}) ==
          "0:1+7 setpriv: --[re]gid requires --keep-groups, --clear-groups, --init-groups, or --groups");
    CHECK(complaint({"kill", "-FOO", "5"}) == "1:1+4 kill: -FOO: invalid signal specification");
    CHECK(complaint({"kill", "%1"}) == "1:1+2 kill: there is no job control here");
    CHECK(complaint({"lsns", "-t", "foo"}) == "0:1+4 lsns: unknown namespace type: foo");
    CHECK(complaint({"lsns", "-o", "NS,FOO"}) == "0:1+4 lsns: unknown column: FOO");
    CHECK(complaint({"ps", "-o", "pid,foo"}) == "0:1+2 ps: unknown user-defined format specifier \"foo\"");
    CHECK(complaint({"ps", "-H"}) == "1:1+2 ps: -H is not played by nslab");
}

TEST_CASE("the new actor is the only operand, and looks like one") {
    CHECK(new_actor_word({"unshare", "-m", "sh2"}) == 2);
    CHECK(new_actor_word({"unshare", "--propagation", "unchanged", "sh2"}) == 3);
    CHECK_FALSE(new_actor_word({"unshare", "-m", "ls"}));
    CHECK_FALSE(new_actor_word({"unshare", "-m", "umount", "mnt"}));
    CHECK_FALSE(new_actor_word({"unshare", "-w", "sub"}));
    CHECK(new_actor_word({"nsenter", "-t", "sh1", "-m", "sh2"}) == 4);
    CHECK(new_actor_word({"chroot", "new", "sh2"}) == 2);
    CHECK_FALSE(new_actor_word({"chroot", "new"}));
    CHECK(new_actor_word({"fork", "sh2"}) == 1);
    CHECK_FALSE(new_actor_word({"mount", "sh2"}));
}

} // namespace nslab::test
