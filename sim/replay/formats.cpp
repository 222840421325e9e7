// Results for machines: KTAP (Documentation/dev-tools/ktap.rst) and the XML that JUnit began.

#include <sstream>

#include <boost/property_tree/ptree.hpp>
#include <boost/property_tree/xml_parser.hpp>
#include <fmt/format.h>

#include "sim/replay/result.hpp"

namespace nslab {

namespace {

bool bad(const ScenarioResult& r) { return r.verdict != Verdict::good && r.verdict != Verdict::nothing; }

std::string comments(const std::string& text) {
    std::istringstream in(text);
    std::string out;
    for (std::string line; std::getline(in, line);) out += "# " + line + "\n";
    return out;
}

} // namespace

std::string ktap(const std::vector<ScenarioResult>& results) {
    std::string out = fmt::format("KTAP version 1\n1..{}\n", results.size());
    std::size_t number = 0;
    for (const ScenarioResult& r : results) {
        out += comments(r.message);
        std::string directive = r.title;
        if (!bad(r) && !r.skipped.empty()) directive = "SKIP " + r.skipped;
        // A "#" inside the name would begin the directive.
        std::string name = r.file;
        for (char& c : name)
            if (c == '#') c = '_';
        out += fmt::format("{} {} {}{}\n", bad(r) ? "not ok" : "ok", ++number, name,
                           directive.empty() ? "" : " # " + directive);
    }
    return out;
}

std::string junit(const std::vector<ScenarioResult>& results) {
    using boost::property_tree::ptree;
    ptree suite;
    std::size_t failures = 0, skipped = 0;
    for (const ScenarioResult& r : results) {
        ptree test;
        test.put("<xmlattr>.classname", r.file);
        test.put("<xmlattr>.name", r.title.empty() ? r.file : r.title);
        if (bad(r)) {
            ++failures;
            test.put("failure", r.message);
            test.put("failure.<xmlattr>.message", to_string(r.verdict));
        } else if (!r.skipped.empty() || r.verdict == Verdict::nothing) {
            ++skipped;
            test.put("skipped.<xmlattr>.message", r.skipped);
        }
        suite.add_child("testcase", test);
    }
    suite.put("<xmlattr>.name", "nslab");
    suite.put("<xmlattr>.tests", results.size());
    suite.put("<xmlattr>.failures", failures);
    suite.put("<xmlattr>.skipped", skipped);
    ptree root;
    root.add_child("testsuites.testsuite", suite);
    std::ostringstream out;
    boost::property_tree::write_xml(out, root, boost::property_tree::xml_writer_make_settings<std::string>(' ', 2));
    return out.str() + "\n";
}

} // namespace nslab
