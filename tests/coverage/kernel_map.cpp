// docs/kernel-map.md against the sources: each file of the model is named, and each function that kernel/ declares.

#include <regex>
#include <set>

#include "tests/coverage/page.hpp"

using namespace nslab::coverage;
namespace fs = std::filesystem;

namespace {

const fs::path kRoot = NSLAB_SOURCE_DIR;

/// The functions that a header declares or defines, at the beginning of a line.
std::vector<std::string> functions_of(const fs::path& header) {
    static const std::regex declared(R"(^(?:inline |constexpr )*[A-Za-z][\w:<>,&* ]* \*?([a-z_0-9]+)\(.*)");
    std::vector<std::string> found;
    std::istringstream in(contents(header));
    std::smatch match;
    for (std::string line; std::getline(in, line);)
        if (std::regex_match(line, match, declared)) found.push_back(match[1]);
    return found;
}

std::set<std::string> named() {
    std::set<std::string> found;
    std::istringstream in(contents(kRoot / "docs" / "kernel-map.md"));
    for (std::string line; std::getline(in, line);)
        for (const auto& word : between_backticks(line)) found.insert(word);
    return found;
}

} // namespace

TEST_CASE("kernel map: each function that the model's kernel/ offers stands beside the kernel's") {
    const auto names = named();
    std::size_t functions = 0;
    for (const char* header : {"internal.hpp", "nscommon.hpp", "ucount.hpp", "user_namespace.hpp"})
        for (const auto& name : functions_of(kRoot / "sim" / "linux" / "kernel" / header)) {
            CAPTURE(header, name);
            CHECK(names.count(name) == 1);
            ++functions;
        }
    CHECK(functions > 90);
}

TEST_CASE("kernel map: each file of kernel/ has its row") {
    const auto names = named();
    for (const auto& entry : fs::directory_iterator(kRoot / "sim" / "linux" / "kernel")) {
        if (entry.path().extension() != ".cpp") continue;
        CAPTURE(entry.path().filename().string());
        CHECK(names.count("kernel/" + entry.path().filename().string()) == 1);
    }
}
