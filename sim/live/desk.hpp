#pragma once
// What a person types in the live terminal: lines of a scenario, and the words of the terminal itself.

#include <functional>
#include <ostream>
#include <string>
#include <vector>

#include "sim/live/lesson.hpp"
#include "sim/replay/style.hpp"

namespace nslab::live {

/// The words that are not the scenario's: undo, why, save ...
const std::vector<std::string>& desk_words();

class Desk {
  public:
    /// Prints to `out`; `seen` says that what is typed stands on the screen already.
    Desk(Lesson& lesson, Style style, std::ostream& out, bool seen);

    /// Does what one line says. Never throws for what was typed.
    void obey(const std::string& line);

    std::string prompt() const;
    /// What the prompt ends with: # where the terminal is root's.
    std::string mark() const;
    bool left() const { return left_; }
    bool all_kept() const { return all_kept_; }

    /// Writes what was played; `over` allows to write over another file. Throws std::runtime_error where it cannot.
    std::function<void(const std::string& file, const std::string& text, bool over)> save;
    /// Draws a view into a file and returns what there is to say. Throws std::runtime_error where it cannot.
    std::function<std::string(const std::vector<std::string>& arguments)> draw;

  private:
    friend struct DeskWord;
    using Arguments = std::vector<std::string>;

    void show_step(const StepReport& report);
    void told(const Answer& answer);
    std::string as_step(const std::string& line);
    std::size_t number(const Arguments& arguments, std::size_t otherwise);

    void help(const Arguments& arguments);
    void times(const Arguments& arguments, Answer (Lesson::*go)());
    void forward(const Arguments& arguments);
    void redo(const Arguments& arguments);
    void back(const Arguments& arguments);
    void go_to(const Arguments& arguments);
    void play(const Arguments& arguments);
    void list(const Arguments& arguments);
    void why(const Arguments& arguments);
    void who(const Arguments& arguments);
    void show(const Arguments& arguments);
    void draw_view(const Arguments& arguments);
    void save_text(const Arguments& arguments);
    void quit(const Arguments& arguments);

    Lesson& lesson_;
    Style style_;
    std::ostream& out_;
    bool seen_;
    bool typed_ = false; // the step that is being played was typed, and stands on the screen
    bool left_ = false, all_kept_ = true;
};

} // namespace nslab::live
