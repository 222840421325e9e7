// The kernel's own reference counts.

#include "tests/host/host.hpp"

using namespace nslab;

namespace {

/// A world whose counts can be read; nothing, and a word, where this machine or this build has none.
std::unique_ptr<Backend> counted_world() {
    if (const std::string why = counts_refusal(); !why.empty()) {
        WARN("skipped: " << why);
        return nullptr;
    }
    return host_world();
}

} // namespace

TEST_CASE("an nsproxy is shared by fork and copied as soon as one namespace is another") {
    const auto w = counted_world();
    if (!w) return;
    CHECK(look_at(*w, sh1).nsproxy_count == 2); // init and sh1
    REQUIRE(w->call(sh1, sys::Clone{}, sh2).ok());
    CHECK(look_at(*w, sh1).nsproxy_count == 3);
    CHECK(look_at(*w, sh2).nsproxy == look_at(*w, sh1).nsproxy);
    CHECK(look_at(*w, sh2).counts.uts == 1); // one nsproxy, however many processes
    REQUIRE(w->call(sh2, sys::Unshare{CLONE::NEWUTS}).ok());
    CHECK(look_at(*w, sh1).nsproxy_count == 2);
    CHECK(look_at(*w, sh2).nsproxy_count == 1);
    CHECK(look_at(*w, sh2).counts.uts == 1);
    CHECK(look_at(*w, sh2).counts.ipc == 2); // two nsproxies
}

TEST_CASE("an open file holds its namespace, and the end of the process does so no more") {
    const auto w = counted_world();
    if (!w) return;
    REQUIRE(w->call(sh1, sys::Clone{CLONE::NEWUTS | SIG::CHLD}, sh2).ok());
    REQUIRE(w->call(sh1, sys::Openat{AT::FDCWD, "/proc/3/ns/uts", O::RDONLY, 0}).value == 3);
    CHECK(look_at(*w, sh2).counts.uts == 2);
    REQUIRE(w->call(sh1, sys::Setns{3, 0}).ok());
    CHECK(look_at(*w, sh1).counts.uts == 3);
    REQUIRE(w->call(sh1, sys::Close{3}).ok());
    CHECK(look_at(*w, sh1).counts.uts == 2);
    REQUIRE(w->call(sh2, sys::ExitGroup{0}).ended);
    CHECK(look_at(*w, sh1).counts.uts == 1);
    CHECK(look_at(*w, sh2).nsproxy == 0); // a zombie has none
}

TEST_CASE("whoever asks for no counts gets none") {
    HostOptions options;
    options.counts = false;
    const auto w = host_world({}, options);
    if (!w) return;
    CHECK(look_at(*w, sh1).nsproxy == 0);
    CHECK(look_at(*w, sh1).counts.uts == 0);
}
