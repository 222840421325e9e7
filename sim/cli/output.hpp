#pragma once
// What run and check share in talking: formats, colour, progress.

#include <string>
#include <vector>

#include "sim/replay/result.hpp"
#include "sim/replay/style.hpp"

namespace nslab {

/// Whether standard output is a terminal that wants colour: never under NO_COLOR.
bool wants_colour();

/// A line on standard error that shows how many files are done; silent where standard error is no terminal.
class Progress {
  public:
    explicit Progress(std::size_t total);
    void show(std::size_t finished);
    void clear();

  private:
    std::size_t total_;
    bool shown_;
    bool drawn_ = false;
};

/// The document of a format other than text: "ktap", "junit" or "json" (one log alone, or all as "scenarios").
std::string document(const std::vector<ScenarioResult>& results, const std::string& format);

/// The result of a file that cannot be played, with its mistakes.
ScenarioResult broken(const std::string& file, const std::string& complaints);

/// A name for a number of things: "1 step", "2 steps".
std::string plural(std::size_t n, const std::string& thing);

} // namespace nslab
