#include "sim/cli/files.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <stdexcept>

#include <fmt/format.h>

#include "sim/backend/model.hpp"

namespace nslab {

namespace fs = std::filesystem;

std::vector<std::string> find_scenarios(const std::vector<std::string>& arguments) {
    std::vector<std::string> files;
    for (const std::string& argument : arguments) {
        std::error_code error;
        if (!fs::is_directory(argument, error)) {
            if (!fs::exists(argument, error))
                throw std::runtime_error(argument + ": there is no such file or directory");
            files.push_back(argument);
            continue;
        }
        std::vector<std::string> found;
        for (const auto& entry : fs::recursive_directory_iterator(argument))
            if (entry.path().extension() == ".scn" && entry.is_regular_file()) found.push_back(entry.path().string());
        if (found.empty()) throw std::runtime_error(argument + ": no scenario (*.scn) in this directory or below it");
        std::sort(found.begin(), found.end());
        files.insert(files.end(), found.begin(), found.end());
    }
    return files;
}

std::string read_file(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    if (!in) throw std::runtime_error(fmt::format("{}: {}", file, std::strerror(errno)));
    std::string text{std::istreambuf_iterator<char>(in), {}};
    if (in.bad()) throw std::runtime_error(fmt::format("{}: it cannot be read", file));
    return text;
}

void write_file(const std::string& file, const std::string& text) {
    if (file.empty() || file == "-") {
        std::cout << text << std::flush;
        return;
    }
    std::ofstream out(file, std::ios::binary);
    out << text << std::flush;
    if (!out) throw std::runtime_error(fmt::format("{}: {}", file, std::strerror(errno)));
}

Loaded load(const std::string& file) {
    Loaded loaded;
    try {
        ParseResult parsed = parse(file, read_file(file));
        for (const Diagnostic& d : parsed.diagnostics) loaded.complaints += render(d, file, parsed.scenario.text);
        loaded.ok = parsed.ok();
        loaded.scenario = std::move(parsed.scenario);
        for (const auto& [name, value] : loaded.scenario.sysctls)
            if (name == "fs.mount-max") loaded.scenario.boot.mount_max = static_cast<u32>(std::stoul(value));
        std::size_t number = 0;
        for (const std::string& saved : loaded.scenario.boot_files)
            loaded.scenario.boot.mountinfo.emplace_back(fmt::format("sh{}", ++number),
                                                        read_file((fs::path(file).parent_path() / saved).string()));
        // A stranger's file may be no mountinfo: that is a mistake like any other.
        if (loaded.ok && number > 0) (void)make_model(loaded.scenario.boot, Release{});
    } catch (const std::exception& e) {
        loaded.complaints += std::string(e.what()) + "\n";
        loaded.ok = false;
    }
    return loaded;
}

} // namespace nslab
