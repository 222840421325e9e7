// Signals by name, id maps, and the tables of lsns: what the commands of processes are made of.

#include "sim/shell/columns.hpp"
#include "sim/shell/idmap.hpp"
#include "sim/shell/signals.hpp"
#include "tests/catch.hpp"
#include "tests/shell/recorder.hpp"

namespace nslab::test {

using namespace shell;

TEST_CASE("signals by name and number") {
    CHECK(signal_number("KILL") == 9);
    CHECK(signal_number("SIGKILL") == 9);
    CHECK(signal_number("sigterm") == 15);
    CHECK(signal_number("0") == 0);
    CHECK(signal_number("EXIT") == 0);
    CHECK(signal_number("64") == 64);
    CHECK_FALSE(signal_number("65"));
    CHECK(signal_number("RTMIN+3") == 37);
    CHECK(signal_number("SIGRTMAX-1") == 63);
    CHECK_FALSE(signal_number("RTMIN+31"));
    CHECK_FALSE(signal_number("FOO"));
    CHECK_FALSE(signal_number(""));
    CHECK(signal_name(9) == "KILL");
    CHECK(signal_name(50) == "RTMAX-14");
    CHECK(signal_name(49) == "RTMIN+15");
    CHECK_FALSE(signal_name(32));
    CHECK(signal_text(SIG::KILL) == "Killed");
}

TEST_CASE("kill -l names signals and exit statuses") {
    const auto printed = [](const std::vector<std::string>& argv) {
        Recorder world;
        find_command("kill")->run(world, Invocation{argv, "", false});
        return world.printed;
    };
    CHECK(printed({"kill", "-l", "9", "137", "TERM"}) == "KILL\nKILL\n15\n");
    const std::string all = printed({"kill", "-l"});
    CHECK(all.substr(0, all.find('\n')) == " 1) SIGHUP\t 2) SIGINT\t 3) SIGQUIT\t 4) SIGILL\t 5) SIGTRAP");
    CHECK(all.substr(all.rfind("63)")) == "63) SIGRTMAX-1\t64) SIGRTMAX\t\n");
}

TEST_CASE("an id map has a hole where the caller's own id is put") {
    const IdRange range{100000, 0, 65536};
    CHECK(id_map_text(std::nullopt, 1000, range) == "0 100000 65536\n");
    CHECK(id_map_text(0, 1000, range) == "0 1000 1\n1 100000 65535\n");
    CHECK(id_map_text(5, 1000, range) == "5 1000 1\n0 100000 5\n6 100005 65530\n");
    CHECK(id_map_text(70000, 1000, range) == "70000 1000 1\n0 100000 65536\n");
    CHECK(id_range("1,2,3").range->count == 3);
    CHECK(id_range("1,2").wrong == "mapping '1,2' contains only 2 elements");
    CHECK(id_range("1,2,3,4").wrong == "too many elements for mapping '1,2,3,4'");
    CHECK(id_range("a,b,c").wrong == "could not parse ID: 'a'");
}

TEST_CASE("a table is aligned, raw or JSON, and its lines hang on each other") {
    Listing t;
    t.name = "namespaces";
    t.columns = {{"NS", true, true}, {"TYPE"}, {"COMMAND", false, false, true}};
    const std::size_t top = t.add({"4026531838", "uts", "bash lsd.sh"});
    t.add({"4026532179", "uts", "sleep"}, top);
    t.add({"7", "mnt", ""});
    CHECK(to_string(t) == "        NS TYPE COMMAND\n"
                          "4026531838 uts  bash lsd.sh\n"
                          "4026532179 uts  `-sleep\n"
                          "         7 mnt  \n");
    t.style = Listing::Style::raw;
    t.headings = false;
    CHECK(to_string(t) == "4026531838 uts bash\\x20lsd.sh\n4026532179 uts `-sleep\n7 mnt \n");
    t.style = Listing::Style::json;
    CHECK(to_string(t) == R"({
   "namespaces": [
      {
         "ns": 4026531838,
         "type": "uts",
         "command": "bash lsd.sh",
         "children": [
            {
               "ns": 4026532179,
               "type": "uts",
               "command": "sleep"
            }
         ]
      },{
         "ns": 7,
         "type": "mnt",
         "command": null
      }
   ]
}
)");
}

} // namespace nslab::test
