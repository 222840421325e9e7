#pragma once
// Calls as text, one a line, each with what it gives: `mkdir("/a", 0755) = 0`, `rmdir("/a") = -1 EBUSY`. The words are
// those that strace prints, so that a line can be tried on a real kernel.

#include <algorithm>
#include <map>

#include "sim/linux/audit.hpp"
#include "sim/linux/boot.hpp"
#include "sim/linux/fs/internal.hpp"
#include "sim/linux/kernel/internal.hpp"
#include "sim/linux/syscalls.hpp"
#include "sim/syscall/calls.hpp"
#include "sim/syscall/expr.hpp"
#include "tests/catch.hpp"

namespace nslab::vfs_test {

/// A cursor over the text of one call.
class Reader {
  public:
    explicit Reader(std::string_view text) : s_(text) {}

    Expr call() {
        Expr e;
        e.kind = Expr::Kind::call;
        e.name = word();
        expect('(');
        while (peek() != ')') {
            e.children.push_back(value());
            if (peek() == ',') ++at_;
        }
        expect(')');
        return e;
    }
    std::string_view rest() {
        peek();
        return s_.substr(at_);
    }

  private:
    char peek() {
        while (at_ < s_.size() && s_[at_] == ' ') ++at_;
        return at_ < s_.size() ? s_[at_] : '\0';
    }
    void expect(char c) {
        INFO("in " << s_);
        REQUIRE(peek() == c);
        ++at_;
    }
    std::string word() {
        peek();
        const std::size_t start = at_;
        while (at_ < s_.size() && (std::isalnum(static_cast<unsigned char>(s_[at_])) || s_[at_] == '_')) ++at_;
        return std::string(s_.substr(start, at_ - start));
    }
    Expr one() {
        Expr e;
        if (peek() == '"') {
            e.kind = Expr::Kind::string;
            const std::size_t end = s_.find('"', at_ + 1);
            Piece piece;
            piece.text = std::string(s_.substr(at_ + 1, end - at_ - 1));
            e.text.push_back(piece);
            at_ = end + 1;
        } else if (std::isdigit(static_cast<unsigned char>(peek())) || peek() == '-') {
            std::size_t used = 0;
            e.number = std::stoll(std::string(s_.substr(at_)), &used, 0);
            at_ += used;
        } else if (peek() == '[') {
            e.kind = Expr::Kind::omitted;
            at_ = s_.find(']', at_) + 1;
        } else {
            e.name = word();
            INFO("in " << s_);
            REQUIRE(!e.name.empty());
            e.kind = e.name == "NULL" ? Expr::Kind::null : e.name == "BAD" ? Expr::Kind::bad : Expr::Kind::word;
        }
        return e;
    }
    Expr value() {
        Expr first = one();
        if (peek() != '|') return first;
        Expr all;
        all.kind = Expr::Kind::or_;
        all.children.push_back(std::move(first));
        while (peek() == '|') {
            ++at_;
            all.children.push_back(one());
        }
        return all;
    }

    std::string_view s_;
    std::size_t at_ = 0;
};

/// A machine at boot, with sh1 (PID 2) and whoever is made by `child`.
class Machine {
  public:
    Kernel k = boot({});
    std::map<std::string, Id<Task>> actors{{"sh1", find_task_by_vpid(k, k.init, 2)}};

    /// A child of sh1 in a mount namespace of its own.
    void child(const std::string& name) {
        const auto made = sys_clone(k, actors["sh1"], clone_args(CLONE::NEWNS | SIG::CHLD));
        REQUIRE(made);
        actors[name] = find_task_by_vpid(k, k.init, made->pid);
    }
    /// Plays lines of sh1, or of who stands before a colon. The audit must hold behind each.
    void play(std::string_view text) {
        while (!text.empty()) {
            const std::size_t end = text.find('\n');
            std::string_view line = text.substr(0, end);
            text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
            line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
            if (!line.empty()) play_line(line);
        }
    }
    /// What the call in `text` wrote: what read, readlink and getcwd give.
    std::string bytes(std::string_view text) {
        const Outcome o = perform(text);
        REQUIRE(o.ok());
        return o.out.get<Bytes>().data;
    }
    StatBuf stat(const std::string& path) {
        const auto st = sys_newfstatat(k, actors["sh1"], AT::FDCWD, path, AT::SYMLINK_NOFOLLOW);
        REQUIRE(st);
        return *st;
    }
    /// The names that getdents64 lists, "." and ".." left out, blanks between.
    std::string ls(const std::string& path) {
        const auto fd = sys_openat(k, actors["sh1"], AT::FDCWD, path, O::RDONLY | O::DIRECTORY, 0);
        REQUIRE(fd);
        const auto entries = sys_getdents64(k, actors["sh1"], static_cast<i32>(*fd), 1 << 16);
        REQUIRE(entries);
        std::string names;
        for (const DirEntry& e : *entries)
            if (e.name != "." && e.name != "..") names += (names.empty() ? "" : " ") + e.name;
        REQUIRE(sys_close(k, actors["sh1"], static_cast<i32>(*fd)));
        return names;
    }
    /// What mountinfo shows behind " - " of what is mounted at `path` last.
    std::string options(const std::string& path) {
        const std::string all = show_mountinfo(k, actors["sh1"]);
        const std::size_t at = all.rfind(" " + path + " ");
        REQUIRE(at != std::string::npos);
        const std::size_t dash = all.find(" - ", at);
        return all.substr(dash + 3, all.find('\n', dash) - dash - 3);
    }

  private:
    Outcome perform(std::string_view line, std::string_view* rest = nullptr) {
        std::string who = "sh1";
        const std::size_t colon = line.find(": ");
        if (colon != std::string_view::npos && colon < line.find('(')) {
            who = line.substr(0, colon);
            line.remove_prefix(colon + 2);
        }
        Reader reader(line);
        const Expr e = reader.call();
        if (rest) *rest = reader.rest();
        Names names;
        names.value = [](const std::string&) { return std::nullopt; };
        names.text = [](const Text& text) { return text.empty() ? std::string() : text.front().text; };
        return syscall(k, actors[who], bind(e, names));
    }
    void play_line(std::string_view line) {
        INFO(line);
        std::string_view expected;
        const Outcome o = perform(line, &expected);
        REQUIRE(expected.substr(0, 2) == "= ");
        expected.remove_prefix(2);
        const std::string got = o.skipped          ? "skipped: " + o.why
                                : o.error == E::OK ? std::to_string(o.value)
                                                   : "-1 " + std::string(errno_name(o.error));
        INFO(o.why);
        REQUIRE(got == expected);
        REQUIRE(audit(k) == std::vector<std::string>{});
    }
};

} // namespace nslab::vfs_test
