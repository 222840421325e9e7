#include "sim/cli/output.hpp"

#include <cstdio>
#include <cstdlib>

#include <unistd.h>

#include <fmt/format.h>

namespace nslab {

bool wants_colour() {
    const char* no = std::getenv("NO_COLOR");
    const char* term = std::getenv("TERM");
    return isatty(STDOUT_FILENO) && !(no && *no) && !(term && std::string(term) == "dumb");
}

Progress::Progress(std::size_t total) : total_(total), shown_(total > 1 && isatty(STDERR_FILENO)) {}

void Progress::show(std::size_t finished) {
    if (!shown_) return;
    constexpr std::size_t kWidth = 40;
    const std::size_t filled = total_ ? finished * kWidth / total_ : kWidth;
    fmt::print(stderr, "\r[{:<{}}] {}/{}", std::string(filled, '#'), kWidth, finished, total_);
    std::fflush(stderr);
    drawn_ = true;
}

void Progress::clear() {
    if (!drawn_) return;
    fmt::print(stderr, "\r\x1b[K");
    std::fflush(stderr);
    drawn_ = false;
}

std::string document(const std::vector<ScenarioResult>& results, const std::string& format) {
    if (format == "ktap") return ktap(results);
    if (format == "junit") return junit(results);
    nlohmann::json all;
    if (results.size() == 1) {
        all = results[0].log;
    } else {
        all["scenarios"] = nlohmann::json::array();
        for (const ScenarioResult& r : results) all["scenarios"].push_back(r.log);
    }
    return all.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

ScenarioResult broken(const std::string& file, const std::string& complaints) {
    ScenarioResult result;
    result.file = file;
    result.verdict = Verdict::broken;
    result.message = complaints;
    result.log = {{"scenario", file}, {"verdict", to_string(Verdict::broken)}, {"message", complaints}};
    return result;
}

std::string plural(std::size_t n, const std::string& thing) {
    return fmt::format("{} {}{}", n, thing, n == 1 ? "" : "s");
}

} // namespace nslab
