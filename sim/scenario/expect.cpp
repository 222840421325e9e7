// What a scenario expects of the world: `expect sh1: /a is shared, peer of sh2:/a`.

#include "sim/scenario/expect_words.hpp"

namespace nslab::scenario {

namespace {

using Kind = ExpectStep::Kind;

constexpr std::string_view kForms =
    "/a is mounted, /a is shared, /a shows the same as /b, the parent of /a is /, 5 mounts, cat /f prints \"x\" ...";

class ExpectReader : ExpectWords {
  public:
    using ExpectWords::ExpectWords;

    void read() {
        c_.blanks();
        const std::size_t from = c_.at;
        const std::string actor = actor_name();
        if (actor.empty())
            return (void)complaints_.error(c_.here(), "an actor is expected", "expect sh1: /a is mounted");
        actor_at_ = c_.since(from);
        common_.actor = actor;
        if (c_.take(":")) return claims();
        load();
        if (take("and")) return share();
        if (take("sees")) return sees(false);
        if (take("does", "not", "see")) return sees(true);
        if (process_statement(*this)) return;
        complaints_.error(here(), "a colon, sees, is, and, exited, was killed by or may is expected behind the actor",
                          "expect " + actor + ": /a is mounted");
    }

  private:
    std::string actor_name() {
        const std::size_t from = c_.at;
        while (is_name_char(c_.peek()) || (c_.peek() == '.' && c_.at > from && is_name_start(c_.peek(1)))) ++c_.at;
        const auto name = c_.line.substr(from, c_.at - from);
        return name.empty() || !is_name_start(name[0]) ? "" : std::string(name);
    }

    // Places --------------------------------------------------------------------------------------------------------

    /// /a, or sh2:/a of another actor.
    bool place(ExpectStep& e) {
        if (done() || at_comma()) return error("a place is expected", "such as /a or sh2:/a"), false;
        Word w = words_[next_];
        if (!w.text.empty() && w.text[0].kind == Piece::Kind::text) {
            std::string& text = w.text[0].text;
            const auto colon = text.find(':');
            const auto head = std::string_view(text).substr(0, colon);
            if (colon != std::string::npos && !head.empty() && is_name_start(head[0]) &&
                head.find('/') == std::string_view::npos) {
                e.other_actor = head;
                text.erase(0, colon + 1);
                if (text.empty()) w.text.erase(w.text.begin());
            }
        }
        if (w.text.empty()) return error("a path is expected behind the colon"), false;
        e.other_path = std::move(w);
        ++next_;
        return true;
    }

    bool path(Word& into) {
        if (done() || at_comma()) return error("a path is expected", "such as /a"), false;
        into = words_[next_++];
        return true;
    }

    // expect sh1 ... ----

    void share() {
        ExpectStep e = blank(Kind::same_ns);
        if (done() || !bare(words_[next_])) return error("another actor is expected");
        e.other_actor = words_[next_++].text[0].text;
        if (take("do", "not", "share"))
            e.negated = true;
        else if (!take("share"))
            return error("share or do not share is expected", "expect sh1 and sh2 share mnt");
        std::vector<std::string_view> types(std::begin(kNamespaceTypes), std::end(kNamespaceTypes));
        types.push_back("nsproxy");
        do {
            const auto word = done() ? std::nullopt : literal(words_[next_]);
            bool known = false;
            for (const auto type : types) known |= word == type;
            if (!known) {
                const auto near = word ? nearest(*word, types) : std::nullopt;
                return error("a type of namespace is expected",
                             near ? "did you mean " + *near + "?"
                                  : "mnt, uts, ipc, pid, net, user, cgroup, time or nsproxy");
            }
            e.word = *word;
            ++next_;
            add(e);
        } while (take(","));
        finish();
    }

    void sees(bool negated) {
        do {
            ExpectStep e = blank(Kind::sees, negated);
            if (!path(e.path)) return;
            add(e);
        } while (take(","));
        finish();
    }

    // expect sh1: ... ----

    void claims() {
        if (prints()) return;
        load();
        if (done()) return error("a claim is expected", std::string(kForms));
        do claim();
        while (!failed_ && take(","));
        finish();
    }

    /// `COMMAND prints "text"`; the text has the escapes of C, the command is a command line.
    bool prints() {
        Complaints quiet;
        Cursor ahead = c_;
        const auto tokens = words(ahead, quiet, true);
        std::size_t at = 0;
        while (at < tokens.size() && !(bare(tokens[at].word) && (tokens[at].word.text[0].text == "prints" ||
                                                                 tokens[at].word.text[0].text == "print")))
            ++at;
        if (at == tokens.size()) return false;
        Cursor command = c_;
        command.line = c_.line.substr(0, tokens[at].word.at.column - 1);
        ExpectStep e = blank(Kind::prints);
        for (auto& token : words(command, complaints_)) {
            if (token.kind != Token::Kind::word) {
                complaints_.error(token.word.at, "output goes to the expectation, nowhere else");
                return true;
            }
            e.words.push_back(std::move(token.word));
        }
        if (tokens[at].word.text[0].text == "print") {
            const std::size_t n = e.words.size();
            if (n < 3 || literal(e.words[n - 2]) != "does" || literal(e.words[n - 1]) != "not") return false;
            e.words.resize(n - 2);
            e.negated = true;
        }
        if (e.words.empty()) {
            complaints_.error(tokens[at].word.at, "a command is expected in front of prints");
            return true;
        }
        looking_command(e.words, complaints_);
        c_.at = tokens[at].word.at.column - 1 + tokens[at].word.at.length;
        c_.blanks();
        const std::size_t from = c_.at;
        if (c_.peek() != '"') {
            if (identifier(c_) != "nothing") {
                c_.at = from;
                complaints_.error(c_.here(), "a text in double quotes is expected", "or nothing");
                return true;
            }
        } else {
            auto text = c_string(c_, complaints_);
            if (!text) return true;
            e.text.text = std::move(*text);
            e.text.quoted = true;
        }
        e.text.at = c_.since(from);
        load();
        e.since = common_.since;
        e.until = common_.until;
        add(std::move(e));
        finish();
        return true;
    }

    void claim() {
        if (take("the", "parent", "of")) return relation_of(Kind::parent);
        if (take("the", "master", "of")) return relation_of(Kind::master);
        if (take("mountinfo", "of")) return mountinfo();
        if (count()) return;
        if (process_claim(*this)) return;
        // Words that go on with the place of the claim before.
        const bool goes_on = !subject_.text.empty();
        if (goes_on && !names_a_place() && (relation(false) || state(false))) return;
        if (failed_) return;
        if (goes_on && take("its", "master", "is")) return named(Kind::master);
        if (goes_on && take("its", "parent", "is")) return named(Kind::parent);
        if (!goes_on && (is(next_, "peer") || is(next_, "slave") || is(next_, "its") || is(next_, "not")))
            return error("of which place?", "/a is " + *literal(words_[next_]) + " ...");
        if (!path(subject_)) return;
        about();
    }

    /// Whether a claim about the place of the next word begins here: `shared is mounted`, of a file of that name.
    bool names_a_place() const {
        return is(next_ + 1, "is") || is(next_ + 1, "shows") || is(next_ + 1, "has") || is(next_ + 1, "does");
    }

    /// `peer of X`, `slave of X`, `propagate_from X` and their opposites, of the subject.
    bool relation(bool negated) {
        if (!negated && take("not")) {
            if (relation(true) || (!failed_ && state(true))) return true;
            if (!failed_) error("a state, peer of, slave of or propagate_from is expected behind not");
            return true;
        }
        if (take("no", "propagate_from")) {
            ExpectStep e = blank(Kind::propagate_from, true);
            e.path = subject_;
            return add(std::move(e)), true;
        }
        const bool article = take("a");
        if (take("peer", "of")) return named(Kind::peer_of, negated), true;
        if (take("slave", "of")) return named(Kind::master, negated), true;
        if (take("propagate_from")) return named(Kind::propagate_from, negated), true;
        if (article) return error("peer of or slave of is expected behind a"), true;
        return false;
    }

    void named(Kind kind, bool negated = false) {
        ExpectStep e = blank(kind, negated);
        e.path = subject_;
        if (place(e)) add(std::move(e));
    }

    /// `the parent of /a is /`
    void relation_of(Kind kind) {
        if (!path(subject_)) return;
        if (!take("is")) return error("is and a place are expected");
        const bool negated = take("not");
        named(kind, negated);
    }

    void about() {
        if (take("is", "not")) return is_claim(true);
        if (take("is")) return is_claim(false);
        if (take("shows", "the", "same", "as")) return named(Kind::same_tree);
        if (take("does", "not", "show", "the", "same", "as")) return named(Kind::same_tree, true);
        if (take("has", "no", "propagate_from")) {
            ExpectStep e = blank(Kind::propagate_from, true);
            e.path = subject_;
            return add(std::move(e));
        }
        error("is, is not, shows the same as or does not show the same as is expected", std::string(kForms));
    }

    void is_claim(bool negated) {
        // "slave of" before "slave": the longer form wins.
        if (relation(negated) || failed_ || state(negated)) return;
        const auto word = done() ? std::nullopt : literal(words_[next_]);
        const auto near = word ? nearest(*word, {"mounted", "shared", "private", "slave", "unbindable"}) : std::nullopt;
        error("mounted, shared, private, slave, unbindable, peer of or on the same super block as is expected",
              near ? "did you mean " + *near + "?" : "");
    }

    /// `mounted`, `shared`, `on the same super block as X` and so on, of the subject.
    bool state(bool negated) {
        if (take("mounted")) {
            ExpectStep e = blank(Kind::mounted, negated);
            e.path = subject_;
            return add(std::move(e)), true;
        }
        if (take("on", "the", "same", "super", "block", "as")) return named(Kind::same_super, negated), true;
        if (take("on", "another", "super", "block", "than") || take("on", "a", "different", "super", "block", "from"))
            return named(Kind::same_super, !negated), true;
        ExpectStep e = blank(Kind::propagation, negated);
        e.path = subject_;
        if (take("shared", "and", "slave") || take("slave", "and", "shared"))
            e.word = "shared and slave";
        else
            for (const auto word : {"shared", "private", "slave", "unbindable"})
                if (take(word)) {
                    e.word = word;
                    break;
                }
        if (e.word.empty()) return false;
        return add(std::move(e)), true;
    }

    bool count() {
        const auto word = done() ? std::nullopt : literal(words_[next_]);
        if (!word || !bare(words_[next_]) || !(is(next_ + 1, "mounts") || is(next_ + 1, "mount")) || next_ + 1 >= end_)
            return false;
        ExpectStep e = blank(Kind::mount_count);
        u64 n = 0;
        for (const char ch : *word) {
            if (ch < '0' || ch > '9') return false;
            n = std::min<u64>(n * 10 + static_cast<u64>(ch - '0'), 0xffffffff);
        }
        e.number = static_cast<u32>(n);
        next_ += 2;
        add(std::move(e));
        return true;
    }

    void mountinfo() {
        ExpectStep e = blank(Kind::mountinfo);
        if (!path(e.path)) return;
        if (!take("is")) return error("is and a line in quotes are expected");
        e.negated = take("not");
        if (done() || !words_[next_].quoted)
            return error("a line in quotes is expected", "such as '?m ?p 0:?d / /a rw,relatime - tmpfs disk rw'");
        subject_ = e.path;
        e.text = words_[next_++];
        add(std::move(e));
    }

    Span actor_at_;
    Word subject_; // the place spoken of
};

} // namespace

void ExpectWords::load() {
    for (auto& token : words(c_, complaints_, true)) words_.push_back(std::move(token.word));
    end_ = words_.size();
    while (end_ >= 2) {
        const bool since = is(end_ - 2, "since"), until = is(end_ - 2, "until");
        if (!since && !until) return;
        const auto text = literal(words_[end_ - 1]);
        const auto r = text ? release(*text, until) : std::nullopt;
        if (!r) complaints_.error(words_[end_ - 1].at, "this is no release", "such as 6.18 or 6.12.41");
        auto& slot = since ? common_.since : common_.until;
        if (slot) complaints_.error(words_[end_ - 2].at, since ? "since is given twice" : "until is given twice");
        slot = r;
        if (common_.since && common_.until && *common_.since > *common_.until)
            complaints_.error(words_[end_ - 2].at, "no release is both since and until these");
        end_ -= 2;
    }
}

void expect_steps(Cursor& c, Complaints& complaints, const Step& blank, std::vector<Step>& steps) {
    ExpectReader(c, complaints, blank, steps).read();
}

} // namespace nslab::scenario
