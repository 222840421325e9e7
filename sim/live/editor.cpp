#include "sim/live/editor.hpp"

#include <algorithm>
#include <cerrno>
#include <clocale>
#include <csignal>
#include <cstdio>
#include <cwchar>
#include <iostream>

#include <langinfo.h>
#include <poll.h>
#include <unistd.h>

#include "sim/live/complete.hpp"

#ifdef NSLAB_EDIT
#include <histedit.h>
#endif

namespace nslab::live {

namespace {

class PlainLines final : public LineSource {
  public:
    std::optional<std::string> read(const std::string& prompt) override {
        if (echoes()) std::cout << prompt << std::flush;
        std::string line;
        if (!std::getline(std::cin, line)) return std::nullopt;
        return line;
    }
    bool echoes() const override { return isatty(STDIN_FILENO) != 0; }
};

#ifdef NSLAB_EDIT

volatile std::sig_atomic_t interrupted = 0;
void interrupt(int) { interrupted = 1; }

class EditedLines final : public LineSource {
  public:
    explicit EditedLines(Completer completer)
        : completer_(std::move(completer)), editor_(el_init("nslab", stdin, stdout, stderr)), history_(history_init()) {
        // What is typed is UTF-8, also where nobody has said so.
        setlocale(LC_CTYPE, "");
        if (std::string(nl_langinfo(CODESET)) != "UTF-8") setlocale(LC_CTYPE, "C.UTF-8");
        HistEvent event;
        history(history_, &event, H_SETSIZE, 1000);
        history(history_, &event, H_SETUNIQUE, 1);
        el_set(editor_, EL_CLIENTDATA, this);
        el_set(editor_, EL_PROMPT, &EditedLines::prompt);
        el_set(editor_, EL_EDITOR, "emacs");
        el_set(editor_, EL_HIST, ::history, history_);
        el_set(editor_, EL_ADDFN, "complete", "completes the word", &EditedLines::complete);
        el_set(editor_, EL_BIND, "^I", "complete", nullptr);
        el_set(editor_, EL_BIND, "^R", "em-inc-search-prev", nullptr);
        el_source(editor_, nullptr);
        // ^C gives up the line that is being typed, and nothing else. It comes through only while a key is waited for,
        // so that none is missed between two keys.
        el_set(editor_, EL_GETCFN, &EditedLines::key);
        struct sigaction action = {};
        action.sa_handler = interrupt;
        sigaction(SIGINT, &action, &old_);
    }
    EditedLines(const EditedLines&) = delete;
    EditedLines& operator=(const EditedLines&) = delete;
    ~EditedLines() override {
        sigaction(SIGINT, &old_, nullptr);
        el_end(editor_);
        history_end(history_);
    }

    std::optional<std::string> read(const std::string& prompt) override {
        prompt_ = prompt;
        sigset_t interrupts;
        sigemptyset(&interrupts);
        sigaddset(&interrupts, SIGINT);
        sigprocmask(SIG_BLOCK, &interrupts, &unblocked_);
        interrupted = 0;
        int count = 0;
        const char* typed = el_gets(editor_, &count);
        sigprocmask(SIG_SETMASK, &unblocked_, nullptr);
        if (interrupted) {
            std::cout << "^C\n" << std::flush;
            el_reset(editor_);
            return std::string();
        }
        if (!typed || count <= 0) {
            std::cout << "\n" << std::flush;
            return std::nullopt;
        }
        std::string line = typed;
        while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.pop_back();
        HistEvent event;
        if (!line.empty()) history(history_, &event, H_ENTER, line.c_str());
        return line;
    }
    bool echoes() const override { return true; }

  private:
    static EditedLines& self(EditLine* editor) {
        void* data = nullptr;
        el_get(editor, EL_CLIENTDATA, &data);
        return *static_cast<EditedLines*>(data);
    }
    /// The next character, as el_gets() wants it: 1, or 0 at the end, or -1 where ^C came.
    static int key(EditLine* editor, wchar_t* to) {
        std::mbstate_t state{};
        for (;;) {
            pollfd input{STDIN_FILENO, POLLIN, 0};
            if (ppoll(&input, 1, nullptr, &self(editor).unblocked_) < 0) {
                if (interrupted || errno != EINTR) return -1;
                continue;
            }
            char byte = 0;
            const ssize_t n = ::read(STDIN_FILENO, &byte, 1);
            if (n <= 0) return n == 0 || errno == EIO ? 0 : -1;
            const std::size_t used = std::mbrtowc(to, &byte, 1, &state);
            if (used == static_cast<std::size_t>(-2)) continue; // a part of a character
            if (used == static_cast<std::size_t>(-1)) {
                state = {};
                continue; // no UTF-8
            }
            return 1;
        }
    }
    static char* prompt(EditLine* editor) { return self(editor).prompt_.data(); }

    /// Puts what all candidates begin with in the place of the word; where that is nothing new, lists them.
    static unsigned char complete(EditLine* editor, int) {
        const LineInfo* info = el_line(editor);
        const std::string line(info->buffer, info->cursor);
        const std::size_t typed = line.size() - word_begin(line);
        const auto candidates = self(editor).completer_(line);
        if (candidates.empty()) return CC_REFRESH_BEEP;
        std::string common = candidates[0];
        for (const std::string& c : candidates) {
            std::size_t same = 0;
            while (same < common.size() && same < c.size() && common[same] == c[same]) ++same;
            common.resize(same);
        }
        const bool only = candidates.size() == 1;
        const bool goes_on = !common.empty() && (common.back() == '/' || common.back() == '=' || common.back() == '(');
        const std::string more = common.substr(std::min(typed, common.size())) + (only && !goes_on ? " " : "");
        if (!more.empty()) {
            el_insertstr(editor, more.c_str());
            return CC_REFRESH;
        }
        std::cout << "\n";
        std::size_t width = 0;
        for (const std::string& c : candidates) width = std::max(width, c.size() + 2);
        const std::size_t columns = std::max<std::size_t>(1, 78 / width);
        for (std::size_t i = 0; i < candidates.size(); ++i) {
            const bool last = i + 1 == candidates.size() || (i + 1) % columns == 0;
            std::cout << candidates[i] << (last ? "\n" : std::string(width - candidates[i].size(), ' '));
        }
        std::cout << std::flush;
        return CC_REDISPLAY;
    }

    Completer completer_;
    EditLine* editor_;
    History* history_;
    std::string prompt_;
    struct sigaction old_ = {};
    sigset_t unblocked_{};
};

#endif

} // namespace

std::unique_ptr<LineSource> make_line_source([[maybe_unused]] const Completer& completer) {
#ifdef NSLAB_EDIT
    if (isatty(STDIN_FILENO) && isatty(STDOUT_FILENO)) return std::make_unique<EditedLines>(completer);
#endif
    return std::make_unique<PlainLines>();
}

} // namespace nslab::live
