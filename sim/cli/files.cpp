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
#include "sim/backend/saved_mistake.hpp"

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
        for (const auto& entry :
             fs::recursive_directory_iterator(argument, fs::directory_options::skip_permission_denied))
            if (entry.path().extension() == ".scn" && entry.is_regular_file()) found.push_back(entry.path().string());
        if (found.empty()) throw std::runtime_error(argument + ": no scenario (*.scn) in this directory or below it");
        std::sort(found.begin(), found.end());
        files.insert(files.end(), found.begin(), found.end());
    }
    return files;
}

std::string read_file(const std::string& file, std::size_t most) {
    std::ifstream in(file, std::ios::binary);
    if (!in) throw std::runtime_error(fmt::format("{}: {}", file, std::strerror(errno)));
    std::string text;
    char block[1 << 16];
    // One byte too many tells that it is larger; a device such as /dev/zero never ends.
    while (text.size() <= most && (in.read(block, sizeof block) || in.gcount() > 0))
        text.append(block, static_cast<std::size_t>(in.gcount()));
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

/// What `boot: mountinfo` names, which a stranger may have written: no pipe that never speaks, no device that never
/// ends.
static std::string read_saved(const std::string& scenario, const std::string& saved) {
    const fs::path path = fs::path(scenario).parent_path() / saved;
    std::error_code error;
    if (fs::exists(path, error) && !fs::is_regular_file(path, error))
        throw std::runtime_error(fmt::format("{}: it is no file", path.string()));
    return read_file(path.string());
}

/// Mistakes in saved files, each in its own; of many the first ones.
static void complain(Loaded& loaded, const std::string& file, const SavedMistakes& mistakes) {
    constexpr std::size_t kMost = 20;
    loaded.ok = false;
    for (std::size_t i = 0; i < std::min(kMost, mistakes.all.size()); ++i) {
        const auto& [which, what] = mistakes.all[i];
        const std::string name = (fs::path(file).parent_path() / loaded.scenario.boot_files[which]).string();
        loaded.complaints += what.at.line ? render(what, name, loaded.scenario.boot.mountinfo[which].second)
                                          : fmt::format("{}: {}\n", name, what.message);
    }
    if (mistakes.all.size() > kMost)
        loaded.complaints +=
            fmt::format("{}: and {} more mistakes in saved files\n", file, mistakes.all.size() - kMost);
}

Loaded load(const std::string& file) {
    Loaded loaded;
    try {
        ParseResult parsed = parse(file, read_file(file, 1 << 20));
        for (const Diagnostic& d : parsed.diagnostics) loaded.complaints += render(d, file, parsed.scenario.text);
        loaded.ok = parsed.ok();
        loaded.scenario = std::move(parsed.scenario);
        if (!loaded.ok) return loaded;
        std::size_t number = 0;
        for (const std::string& saved : loaded.scenario.boot_files)
            loaded.scenario.boot.mountinfo.emplace_back(fmt::format("sh{}", ++number), read_saved(file, saved));
        // A stranger's file may be no mountinfo: that is a mistake like any other.
        if (number > 0) (void)make_model(loaded.scenario.boot, Release{});
    } catch (const SavedMistakes& mistakes) { complain(loaded, file, mistakes); } catch (const std::exception& e) {
        const bool named = std::string_view(e.what()).starts_with(file);
        loaded.complaints += fmt::format("{}{}\n", named ? "" : file + ": ", e.what());
        loaded.ok = false;
    }
    return loaded;
}

} // namespace nslab
