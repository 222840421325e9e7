#pragma once
// A lesson that is played while it is written: what has been typed or stepped so far, what lies ahead of that, and the
// worlds in which all of it has happened. The text is the truth; it is read by the parser of scenario files, whole,
// whenever a line is put behind it.

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "sim/backend/model.hpp"
#include "sim/host/host.hpp"
#include "sim/replay/player.hpp"

namespace nslab::live {

struct LessonOptions {
    std::string name = "shell"; // of the file, for messages
    std::string text;           // of a scenario that can be stepped; it has been read without a mistake
    BootOptions boot;           // of it
    bool check = false;         // play on this machine's kernel too
};

/// What became of a line.
struct Answer {
    bool kept = false;
    std::string message; // what is wrong with it, rendered; or what is pointed out
};

class Lesson {
  public:
    /// Throws std::runtime_error where this machine's kernel cannot be played on.
    explicit Lesson(LessonOptions options);

    /// A line of a scenario, as typed behind what has been played. What it comes to is its outcome, unless it says one;
    /// a line that is wrong or does not come to what it says is not kept, and the worlds are as before. What lies ahead
    /// because it was taken back is forgotten.
    Answer type(const std::string& line);
    /// The next statement of the file; what was typed before it and taken back is forgotten. Without one: redo().
    Answer next();
    /// The statement ahead, also one that was typed and taken back.
    Answer redo();
    /// Takes the last statement back. False where nothing has been played.
    bool undo();
    /// Plays or takes back until `n` statements have been played, or one is not kept.
    Answer go_to(std::size_t n);
    /// Plays all statements of the file that lie ahead, until one is not kept.
    Answer play();

    std::size_t played() const { return played_.size(); }
    std::size_t ahead() const { return ahead_.size(); }
    /// The statement with this number, from 0 on, those ahead included.
    const std::string& statement(std::size_t n) const;

    /// Whether a repeat has been begun and not ended.
    bool unfinished() const { return open_; }
    /// Whose terminal is in front.
    const std::string& actor() const { return actor_; }
    /// Whether it is a terminal of root, as its own user namespace sees it.
    bool root();
    /// Brings the terminal of an actor to the front. False where there is no such living actor.
    bool turn_to(const std::string& name);
    std::vector<std::string> living();

    /// What has been played, as the text of a scenario that plays again.
    std::string text() const;

    const Scenario& scenario() const { return scenario_; }
    /// The reports of the last statement.
    std::vector<const StepReport*> last() const;
    Side& side() { return player_->model(); }
    const ModelBackend& model() const { return *model_; }
    bool with_kernel() const { return options_.check; }

    /// Told of every step that is played for the first time.
    StepListener on_step;

  private:
    struct Statement {
        std::string text; // with the narration above it
        bool typed = false;
        std::size_t first = 0; // of its steps
    };

    Answer append(Statement statement);
    Answer play_behind(ParseResult parsed, Statement statement);
    void begin();
    void replay();
    ParseResult read(const std::string& more) const;
    void settle_terminal(const StepReport& last);
    void write_outcome(std::size_t step);
    Answer refused(const ParseResult& parsed) const;

    LessonOptions options_;
    std::string heads_;
    std::vector<Statement> played_;
    std::deque<Statement> ahead_;
    std::string pending_; // narration, or a repeat without its end
    bool open_ = false;
    std::string actor_ = "sh1";

    Scenario scenario_; // of what has been played
    std::unique_ptr<ModelBackend> model_;
    std::unique_ptr<Backend> host_;
    std::unique_ptr<Player> player_; // uses all three
};

} // namespace nslab::live
