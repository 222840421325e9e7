#pragma once
// Colour, where a person reads on a terminal that has it.

#include <string>
#include <string_view>

namespace nslab {

/// How text for people is made.
struct Style {
    bool colour = false;
    bool reasons = false; // each step with what made it so

    std::string bold(std::string_view text) const { return paint("1", text); }
    std::string dim(std::string_view text) const { return paint("2", text); }
    std::string red(std::string_view text) const { return paint("31", text); }
    std::string green(std::string_view text) const { return paint("32", text); }
    std::string yellow(std::string_view text) const { return paint("33", text); }

  private:
    std::string paint(std::string_view code, std::string_view text) const {
        if (!colour || text.empty()) return std::string(text);
        return "\x1b[" + std::string(code) + "m" + std::string(text) + "\x1b[0m";
    }
};

} // namespace nslab
