// Files that are no scenarios: each ends with a complaint, soon, and without eating memory.

#include "tests/scenario/scenario.hpp"

using namespace nslab;
using namespace nslab::test;

TEST_CASE("bytes that are no text") {
    CHECK(complaints(std::string("sh1# pwd\0x\n", 11)) ==
          "t.scn:1:9: a NUL byte\n"
          "    sh1# pwd?x\n"
          "            ^ \\0 and \\33 can be written inside a call's strings\n");
    CHECK(complaints("sh1# ls \xff\n") == "t.scn:1:9: this byte is no UTF-8\n"
                                          "    sh1# ls ?\n"
                                          "            ^\n");
    // An escape sequence must not reach the terminal, neither in the message nor in the line.
    const auto shown = complaints("sh1# ls \x1b[2J\n");
    CHECK(shown.find('\x1b') == std::string::npos);
    CHECK(shown.find("a control character") != std::string::npos);
    for (const char* bytes : {"\xc0\xaf", "\xed\xa0\x80", "\xf5\x80\x80\x80", "\xe2\x82", "\x80"})
        CHECK_FALSE(parse("t.scn", std::string("sh1# ls ") + bytes + "\n").ok());
}

TEST_CASE("other systems' lines are read") {
    CHECK(complaints("\xef\xbb\xbftitle: a\r\nsh1# pwd\r\n").empty());
    CHECK(complaints("").empty());
    CHECK(complaints("sh1# pwd").empty());
}

TEST_CASE("sizes are bounded") {
    CHECK(complaints(std::string((1 << 20) + 1, '\n')).find("the file is larger than a megabyte") != std::string::npos);
    CHECK(complaints("sh1# ls " + std::string(17'000, 'a')).find("the line is longer than 16 KiB") !=
          std::string::npos);
    CHECK(complaints("repeat 20000 as $i\nsh1# ls " + std::string(10'000, 'a') + "\nend\n")
              .find("the steps, written out, are longer than 4 megabytes") != std::string::npos);
    std::string crowd;
    for (int i = 1; i < 1100; ++i)
        crowd += "sh" + std::to_string(i) + "# unshare -m sh" + std::to_string(i + 1) + " &\n";
    CHECK(complaints(crowd).find("there are more than 1000 actors") != std::string::npos);
    std::string many;
    for (int i = 0; i < 500; ++i) many += "foo bar\n";
    const auto r = parse("t.scn", many);
    REQUIRE(r.diagnostics.size() == 101);
    CHECK(r.diagnostics.back().message == "there are more mistakes; these are the first hundred");
}

TEST_CASE("depth is bounded") {
    for (const char open : {'{', '[', '!'})
        CHECK(complaints("sh1: close(" + std::string(15'000, open)).find("values lie too deep in each other") !=
              std::string::npos);
    std::string calls;
    for (int i = 0; i < 3'000; ++i) calls += "dup(";
    CHECK(complaints("sh1: " + calls).find("values lie too deep in each other") != std::string::npos);
    std::string repeats;
    for (int i = 0; i < 1000; ++i) repeats += "repeat 1 as $a" + std::to_string(i) + "\n";
    CHECK(complaints(repeats).find("repeats lie too deep in each other") != std::string::npos);
}
