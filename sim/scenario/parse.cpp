// From a file's text to steps: lines, heads, narration, repeats. The only place that knows how a file is put together.

#include <algorithm>

#include "sim/scenario/expect_words.hpp"

namespace nslab {

bool ParseResult::ok() const {
    return std::none_of(diagnostics.begin(), diagnostics.end(), [](const Diagnostic& d) { return !d.warning; });
}

namespace scenario {

namespace {

/// Steps, or a repeat around more of them.
struct Item {
    std::vector<Step> steps;
    Span at;
    u32 count = 0; // of a repeat
    std::string variable;
    std::vector<Item> body;
};

class FileParser {
  public:
    FileParser(ParseResult& result, Complaints& complaints)
        : result_(result), scenario_(result.scenario), complaints_(complaints) {}

    void read(std::string_view text, Extent extent) {
        if (text.size() > kMaxBytes) return complaints_.error({1, 1, 1}, "the file is larger than a megabyte");
        if (text.substr(0, 3) == "\xef\xbb\xbf") text.remove_prefix(3);
        open_.emplace_back();
        u32 number = 0;
        while (!text.empty() && !complaints_.full()) {
            const auto newline = text.find('\n');
            auto one = text.substr(0, newline);
            text.remove_prefix(newline == std::string_view::npos ? text.size() : newline + 1);
            if (!one.empty() && one.back() == '\r') one.remove_suffix(1);
            ++number;
            if (readable(one, number)) line(one, number);
        }
        result_.open = open_.size() > 1;
        while (extent == Extent::whole && open_.size() > 1) {
            complaints_.error(open_.back().at, "this repeat has no end", "a line end closes it");
            close();
        }
        scenario_.closing = std::move(narration_);
        if (!complaints_.full()) unroll(open_[0].body, {});
    }

  private:
    bool readable(std::string_view one, u32 number) {
        if (one.size() > kMaxLine) {
            complaints_.error({number, 1, 1}, "the line is longer than 16 KiB");
            return false;
        }
        for (std::size_t at = 0; at < one.size();) {
            const Span here{number, static_cast<u32>(at + 1), 1};
            const std::size_t length = utf8_character(one, at);
            const auto byte = static_cast<unsigned char>(one[at]);
            if (length == 0) {
                complaints_.error(here, "this byte is no UTF-8");
                return false;
            }
            if ((byte < ' ' && byte != '\t') || byte == 0x7f) {
                complaints_.error(here, byte ? "a control character" : "a NUL byte",
                                  "\\0 and \\33 can be written inside a call's strings");
                return false;
            }
            at += length;
        }
        return true;
    }

    void line(std::string_view text, u32 number) {
        Cursor c{text, number, 0};
        c.blanks();
        if (c.end()) {
            if (!narration_.empty() && !narration_.back().empty()) blank_ = true;
            return;
        }
        if (c.comment()) {
            auto said = text.substr(c.at + 1);
            if (!said.empty() && said[0] == ' ') said.remove_prefix(1);
            if (blank_) narration_.emplace_back();
            blank_ = false;
            narration_.emplace_back(said.substr(0, said.find_last_not_of(" \t") + 1));
            return;
        }
        blank_ = false;
        const std::size_t from = c.at;
        const std::string word(identifier(c));
        const Span at = c.since(from);
        if (c.peek() == ':' && is_head(word)) {
            ++c.at;
            return head(word, at, c);
        }
        const bool alone = c.end() || c.peek() == ' ' || c.peek() == '\t';
        if (alone && word == "repeat") return repeat(c, at);
        if (alone && word == "end") return end(c, at);

        Step step;
        step.at = {number, static_cast<u32>(from + 1), static_cast<u32>(text.size() - from)};
        std::vector<Step> steps;
        statement(c, word, at, alone, step, steps);
        if (steps.empty()) {
            narration_.clear(); // of a line that is wrong
            return;
        }
        // The line as it is written, up to its comment.
        Cursor behind{text, number, c.at};
        const auto said = trimmed(text.substr(from, behind.at - from));
        for (Step& each : steps) {
            each.text = said;
            each.at.length = static_cast<u32>(said.size());
        }
        steps[0].narration = std::move(narration_);
        narration_.clear();
        Item item;
        item.steps = std::move(steps);
        open_.back().body.push_back(std::move(item));
        if (open_.size() == 1) result_.ends.push_back(number);
        heads_are_over_ = true;
    }

    void statement(Cursor& c, const std::string& word, Span at, bool alone, Step& step, std::vector<Step>& steps) {
        if (alone && word == "expect") return expect_steps(c, complaints_, step, steps);
        if (alone && word == "show") return show(c, step, steps);
        if (alone && word == "draw") return draw(c, step, steps);
        const bool command = c.peek() == '#' ||
                             (c.peek() == '$' && (c.peek(1) == ' ' || c.peek(1) == '\t' || c.at + 1 == c.line.size()));
        const bool call = c.peek() == ':' && c.peek(1) != ':';
        if (word.empty() || !(command || call)) return nonsense(c, word, at);
        if (!is_name(word) || reserved(word)) {
            complaints_.error(at, word + " cannot be an actor",
                              reserved(word) ? "it is a word of the language"
                                             : "an actor is a word of small letters, digits and _");
            return;
        }
        // Above the first step nobody but sh1 (and with saved mountinfo sh2 ...) can act.
        const bool first = word.substr(0, 2) == "sh" && word.find_first_not_of("0123456789", 2) == std::string::npos;
        if (call && !heads_are_over_ && !first && c.line.find('(') == std::string_view::npos) {
            const auto near = nearest(word, {"title", "source", "boot", "sysctl", "kernel"});
            complaints_.error(at, "unknown head " + word,
                              near ? "did you mean " + *near + "?"
                                   : "title, source, boot, sysctl and kernel are known");
            return;
        }
        step.actor = word;
        const bool user = c.peek() == '$';
        ++c.at;
        bool good = false;
        if (command) {
            CommandStep what;
            what.as_user = user;
            step.what = what;
            good = command_step(c, complaints_, step);
            // words() has stopped at the comment.
        } else {
            step.what = CallStep{};
            good = call_step(c, complaints_, step);
            if (good) cut_result(c, step);
        }
        if (good) steps.push_back(step);
    }

    /// The text of a call ends before its result: "without its outcome".
    static void cut_result(Cursor& c, const Step& step) {
        const auto& call = std::get<CallStep>(step.what).call;
        c.at = call.at.column - 1 + call.at.length;
    }

    void nonsense(Cursor& c, const std::string& word, Span at) {
        // A line of strace that nobody says.
        const std::size_t bracket = c.line.find('(');
        const bool strace = bracket != std::string_view::npos && c.line.find(" = ", bracket) != std::string_view::npos;
        if (strace) return complaints_.error(at, "who makes this call?", "put an actor in front: sh1: ...");
        std::vector<std::string_view> names = {"expect", "show",    "draw",  "repeat",  "end",
                                               "title:", "source:", "boot:", "sysctl:", "kernel:"};
        const auto near = nearest(c.peek() == ':' ? word + ":" : word, names);
        complaints_.error(at, "a prompt, a call or a statement is expected",
                          near ? "did you mean " + *near + "?" : "such as sh1# mount ... or sh1: mount(...)");
    }

    void head(const std::string& name, Span at, Cursor& c) {
        narration_.clear(); // above the heads stands what belongs to the file, not to a step
        if (heads_are_over_) return complaints_.error(at, name + ": stands above the first step");
        if (name != "sysctl" && !given_.insert(name).second) return complaints_.error(at, name + ": is given twice");
        read_head(name, c, scenario_, complaints_);
        result_.heads = at.line;
    }

    static bool more_follows(Cursor c) {
        c.blanks();
        return !c.end() && !c.comment();
    }

    void rest(Cursor& c) {
        c.blanks();
        if (!c.end() && !c.comment()) complaints_.error(c.here(c.line.size() - c.at), "nothing more is expected here");
    }

    void show(Cursor& c, Step& step, std::vector<Step>& steps) {
        c.blanks();
        ShowStep what;
        if (!c.end() && !c.comment()) {
            const std::size_t from = c.at;
            what.actor = identifier(c);
            if (what.actor == "holders" && more_follows(c)) return show_holders(c, step, steps);
            if (!is_name(what.actor)) complaints_.error(c.since(from), "show wants an actor or nothing");
            step.actor = what.actor;
        }
        const std::size_t behind = c.at;
        rest(c);
        c.at = behind;
        step.what = what;
        steps.push_back(step);
    }

    /// `show holders net of sh1`
    void show_holders(Cursor& c, Step& step, std::vector<Step>& steps) {
        ShowStep what;
        c.blanks();
        const std::size_t from = c.at;
        what.holders = identifier(c);
        const std::vector<std::string_view> types(std::begin(kNamespaceTypes), std::end(kNamespaceTypes));
        if (std::find(types.begin(), types.end(), what.holders) == types.end()) {
            const auto near = nearest(what.holders, types);
            return complaints_.error(c.since(from), "a type of namespace is expected",
                                     near ? "did you mean " + *near + "?" : "show holders net of sh1");
        }
        c.blanks();
        if (identifier(c) != "of")
            return complaints_.error(c.here(), "of and an actor are expected", "show holders net of sh1");
        c.blanks();
        const std::size_t name = c.at;
        what.actor = identifier(c);
        if (!is_name(what.actor))
            return complaints_.error(c.since(name), "an actor is expected", "show holders net of sh1");
        step.actor = what.actor;
        const std::size_t behind = c.at;
        rest(c);
        c.at = behind;
        step.what = what;
        steps.push_back(step);
    }

    void draw(Cursor& c, Step& step, std::vector<Step>& steps) {
        c.blanks();
        const std::size_t from = c.at;
        while (!c.end() && (is_name_char(c.peek()) || c.peek() == '-' || (c.peek() >= 'A' && c.peek() <= 'Z'))) ++c.at;
        DrawStep what{std::string(c.line.substr(from, c.at - from))};
        if (what.name.empty()) complaints_.error(c.here(), "draw wants a name", "of letters, digits, - and _");
        const std::size_t behind = c.at;
        rest(c);
        c.at = behind;
        step.what = what;
        steps.push_back(step);
    }

    void repeat(Cursor& c, Span at) {
        Item item;
        item.at = at;
        c.blanks();
        const std::size_t from = c.at;
        u64 n = 0;
        while (c.peek() >= '0' && c.peek() <= '9')
            n = std::min<u64>(n * 10 + static_cast<u64>(c.line[c.at++] - '0'), 1'000'000);
        if (c.at == from)
            complaints_.error(c.here(), "repeat wants a number", "repeat 3 as $i");
        else if (n == 0)
            complaints_.error(c.since(from), "repeat wants a number from 1 on");
        else if (n > kMaxSteps)
            complaints_.error(c.since(from), "that is more than 20000 steps");
        item.count = static_cast<u32>(std::clamp<u64>(n, 1, kMaxSteps));
        c.blanks();
        const std::size_t as = c.at;
        if (identifier(c) == "as") {
            c.blanks();
            const std::size_t dollar_at = c.at;
            c.take("$");
            item.variable = identifier(c);
            if (!is_name(item.variable) || reserved(item.variable)) {
                complaints_.error(c.since(dollar_at), "repeat gives its number to a name", "repeat 3 as $i");
                item.variable = "i";
            }
            for (const Item& outer : open_)
                if (outer.variable == item.variable)
                    complaints_.error(c.since(dollar_at),
                                      "the repeat around this one has $" + item.variable + " already");
            rest(c);
        } else {
            c.at = as;
            complaints_.error(c.here(), "as and a name are expected", "repeat 3 as $i");
            item.variable = "i";
        }
        if (open_.size() > kMaxDepth) {
            complaints_.error(at, "repeats lie too deep in each other");
            ++too_deep_;
            return;
        }
        open_.push_back(std::move(item));
        heads_are_over_ = true;
    }

    void end(Cursor& c, Span at) {
        rest(c);
        if (too_deep_) {
            --too_deep_;
            return;
        }
        if (open_.size() == 1) return complaints_.error(at, "no repeat is open here");
        if (open_.back().body.empty()) complaints_.warn(open_.back().at, "nothing is repeated");
        close();
        if (open_.size() == 1) result_.ends.push_back(at.line);
    }

    void close() {
        Item inner = std::move(open_.back());
        open_.pop_back();
        open_.back().body.push_back(std::move(inner));
    }

    /// Copies of the bodies of repeats, each with its numbers. False where there are too many steps.
    bool unroll(const std::vector<Item>& items, const std::vector<std::pair<std::string, i64>>& loop) {
        for (const Item& item : items) {
            for (const Step& step : item.steps) {
                unrolled_ += step.text.size();
                if (scenario_.steps.size() >= kMaxSteps || unrolled_ > kMaxUnrolled) {
                    complaints_.error(step.at, unrolled_ > kMaxUnrolled
                                                   ? "the steps, written out, are longer than 4 megabytes"
                                                   : "the scenario has more than 20000 steps");
                    return false;
                }
                scenario_.steps.push_back(step);
                scenario_.steps.back().loop = loop;
                // A caption is said once.
                const bool first = std::all_of(loop.begin(), loop.end(), [](const auto& l) { return l.second == 1; });
                if (!first) scenario_.steps.back().narration.clear();
            }
            if (item.steps.empty() && !item.body.empty())
                for (u32 n = 1; n <= item.count; ++n) {
                    auto inner = loop;
                    inner.emplace_back(item.variable, n);
                    if (!unroll(item.body, inner)) return false;
                }
        }
        return true;
    }

    ParseResult& result_;
    Scenario& scenario_;
    Complaints& complaints_;
    std::vector<Item> open_; // the file, and the repeats around this line
    std::vector<std::string> narration_;
    std::set<std::string> given_;
    bool blank_ = false, heads_are_over_ = false;
    u32 too_deep_ = 0;
    std::size_t unrolled_ = 0;
};

} // namespace
} // namespace scenario

ParseResult parse(std::string file, std::string text, Extent extent) {
    ParseResult result;
    result.scenario.file = std::move(file);
    scenario::Complaints complaints;
    scenario::FileParser(result, complaints).read(text, extent);
    scenario::check_steps(result.scenario, complaints, extent);
    result.scenario.text = std::move(text);
    result.diagnostics = complaints.take();
    return result;
}

} // namespace nslab
