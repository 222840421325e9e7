#pragma once
// Lines that a person types: with editing, history and completion on a terminal, plainly from anywhere else.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace nslab::live {

/// What may stand in the place of the last word of what has been typed, whole words.
using Completer = std::function<std::vector<std::string>(const std::string& line)>;

class LineSource {
  public:
    virtual ~LineSource() = default;
    /// The next line without its end; nothing at the end of the input. A line that was given up (^C) is empty.
    virtual std::optional<std::string> read(const std::string& prompt) = 0;
    /// Whether a person has seen the line where it was typed.
    virtual bool echoes() const = 0;
};

/// Lines of standard input. On a terminal they are edited, by libedit where nslab was built with it.
std::unique_ptr<LineSource> make_line_source(const Completer& completer);

} // namespace nslab::live
