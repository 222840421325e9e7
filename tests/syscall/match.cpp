// What a call wrote against what the text says.

#include "tests/scenario/scenario.hpp"

using namespace nslab;
using namespace nslab::test;

namespace {

OutputMatch matched(const std::string& call, const Output& out) {
    const auto all = steps("sh1: " + call + "\n");
    Outcome outcome;
    outcome.out = out;
    return match_output(as<CallStep>(all[0]).call, outcome, sevens());
}

const StatBuf kStat{.st_dev = 28, .st_ino = 5, .st_mode = S::IFDIR | 0755, .st_nlink = 2, .st_size = 40};

} // namespace

TEST_CASE("members of a structure are compared, those left out are not") {
    CHECK(matched(R"(stat("/a", {st_mode=S_IFDIR|0755, st_ino=5, ...}))", kStat).mismatch.empty());
    CHECK(matched(R"(stat("/a", {st_dev=makedev(0, 0x1c)}))", kStat).mismatch.empty());
    CHECK(matched(R"(stat("/a", {st_mode=S_IFREG|0755}))", kStat).mismatch ==
          "st_mode is S_IFDIR|0755, not S_IFREG|0755");
    CHECK(matched(R"(stat("/a", {st_ino=6}))", kStat).mismatch == "st_ino is 5, not 6");
    CHECK(matched(R"(stat("/a", {st_dev=makedev(0, 0x1d)}))", kStat).mismatch ==
          "st_dev is makedev(0x0, 0x1c), not makedev(0x0, 0x1d)");
    CHECK(matched(R"(stat("/a", NULL))", kStat).mismatch.empty());
    CHECK(matched(R"(stat("/a", 0x7ffc362797c0))", kStat).mismatch.empty());
}

TEST_CASE("a name takes what was written, and is compared in the same call") {
    CHECK(matched(R"(stat("/a", {st_ino=?a}))", kStat).takes == std::map<std::string, i64>{{"a", 5}});
    CHECK(matched(R"(stat("/a", {st_ino=?a, st_nlink=a}))", kStat).mismatch == "st_nlink is 2, not 5");
}

TEST_CASE("a call that failed has written nothing") {
    const auto all = steps("sh1: stat(\"/a\", {st_ino=6}) = -1 ENOENT\n");
    Outcome outcome;
    outcome.error = E::NOENT;
    CHECK(match_output(as<CallStep>(all[0]).call, outcome, sevens()).mismatch.empty());
}

TEST_CASE("bytes are compared whole, or as far as strace has printed them") {
    CHECK(matched(R"(read(3, "abc", 100))", Bytes{"abc"}).mismatch.empty());
    CHECK(matched(R"(read(3, "ab"..., 100))", Bytes{"abc"}).mismatch.empty());
    CHECK(matched(R"(read(3, "ab", 100))", Bytes{"abc\n"}).mismatch == R"(what was written is "abc\n", not "ab")");
}

TEST_CASE("a wait status is looked at as strace prints it") {
    const WaitBuf exited{3 << 8}, killed{SIG::KILL};
    CHECK(matched("wait4(-1, [{WIFEXITED(s) && WEXITSTATUS(s) == 3}], 0, NULL)", exited).mismatch.empty());
    CHECK(matched("wait4(-1, [{WIFEXITED(s) && WEXITSTATUS(s) == 0}], 0, NULL)", exited).mismatch ==
          "the status is WIFEXITED(s) && WEXITSTATUS(s) == 3");
    CHECK(matched("wait4(-1, [{WIFSIGNALED(s) && WTERMSIG(s) == SIGKILL}], 0, NULL)", killed).mismatch.empty());
    CHECK(matched("wait4(-1, [{WIFEXITED(s)}], 0, NULL)", killed).mismatch ==
          "the status is WIFSIGNALED(s) && WTERMSIG(s) == SIGKILL");
    CHECK(matched("wait4(-1, [{!WIFEXITED(s)}], 0, NULL)", killed).mismatch.empty());
    CHECK(matched("wait4(-1, [768], 0, NULL)", exited).mismatch.empty());
    CHECK(matched("wait4(-1, [?s], 0, NULL)", exited).takes == std::map<std::string, i64>{{"s", 768}});
}

TEST_CASE("lists are compared in order, up to the dots") {
    const Ids ids{{5, 6, 7}};
    CHECK(matched("listmount({mnt_id=LSMT_ROOT}, [5, 6, 7])", ids).mismatch.empty());
    CHECK(matched("listmount({mnt_id=LSMT_ROOT}, [5, ...])", ids).mismatch.empty());
    CHECK(matched("listmount({mnt_id=LSMT_ROOT}, [5, ?b, 6])", ids).mismatch == "the id is 7, not 6");
    CHECK(matched("listmount({mnt_id=LSMT_ROOT}, [5, 6])", ids).mismatch == "there are 3 ids, not 2");
    const Entries entries{{{5, 4, "."}, {6, 8, "f"}}};
    CHECK(matched(R"(getdents64(3, [{d_name="."}, {d_name="f", d_type=DT_REG}]))", entries).mismatch.empty());
    CHECK(matched(R"(getdents64(3, [{d_name="."}, {d_name="g"}]))", entries).mismatch == R"(d_name is "f", not "g")");
    CHECK(matched(R"(getdents64(3, [{d_name="."}]))", entries).mismatch == "there are 2 entries, not 1");
}

TEST_CASE("a performed call is printed with what it wrote") {
    Outcome read;
    read.value = 2;
    read.out = Bytes{"a\n"};
    CHECK(to_string(sys::Read{3, 100}, read) == R"(read(3, "a\n", 100) = 2)");
    Outcome missing;
    missing.error = E::NOENT;
    CHECK(to_string(sys::Chdir{"/x"}, missing) == R"(chdir("/x") = -1 ENOENT (No such file or directory))");
    Outcome wait;
    wait.value = 5;
    wait.out = WaitBuf{0};
    CHECK(to_string(sys::Wait4{}, wait) == "wait4(-1, [{WIFEXITED(s) && WEXITSTATUS(s) == 0}], 0, NULL) = 5");
    Outcome gone;
    gone.ended = true;
    CHECK(to_string(sys::ExitGroup{}, gone) == "exit_group(0) = ?");
    Outcome asleep;
    asleep.blocked = true;
    CHECK(to_string(sys::Wait4{}, asleep) == "wait4(-1, ..., 0, NULL) <unfinished ...>");
}

TEST_CASE("the nearest word is near, or there is none") {
    CHECK(nearest("--make-shred", {"--make-shared", "--make-slave"}) == "--make-shared");
    CHECK(nearest("umont", {"mount", "umount"}) == "umount");
    CHECK(nearest("xyzzy", {"mount", "umount"}) == std::nullopt);
    CHECK(nearest("", {"mount"}) == std::nullopt);
    CHECK(nearest("a", {"b"}) == std::nullopt);
}
