#pragma once
// A Terminal that performs nothing: it answers from a few files, writes down each call, and fails those that it is told
// to.

#include <map>
#include <set>
#include <string>
#include <vector>

#include "sim/shell/shell.hpp"

namespace nslab::test {

class Recorder : public Terminal {
  public:
    std::map<std::string, std::string> files; // what open and read find
    std::set<std::string> directories;        // what stat finds, besides the files
    std::map<std::string, E> failures;        // by the kernel's name of the call
    std::vector<std::string> calls;           // as strace prints them, in order; probes are left out
    std::vector<std::string> programs;        // as what execve(2) was called
    std::string printed, complained;

    Outcome call(const Syscall& c) override {
        calls.push_back(to_string(c));
        return answer(c);
    }
    Outcome probe(const Syscall& c) override {
        if (const auto* program = std::get_if<sys::Execve>(&c)) programs.push_back(program->argv0);
        return answer(c);
    }
    std::optional<i32> fork(u64, const std::string& name) override {
        calls.push_back("fork " + name);
        return ++last_pid_;
    }
    void back() override { calls.emplace_back("back"); }
    std::vector<i32> jobs() override { return {}; }
    void enter(i32) override { calls.emplace_back("enter"); }
    void wait_and_exit(i32, bool) override { calls.emplace_back("wait and exit"); }
    void out(std::string_view text) override { printed += text; }
    void err(std::string_view text) override { complained += text; }
    Release release() const override { return {}; }

  private:
    Outcome fail(E e) const {
        Outcome o;
        o.error = e;
        return o;
    }
    Outcome answer(const Syscall& c) {
        if (const auto f = failures.find(std::string(name_of(c))); f != failures.end()) return fail(f->second);
        Outcome o;
        if (const auto* open = std::get_if<sys::Openat>(&c)) {
            const auto file = files.find(open->filename.text);
            if (file == files.end() && !directories.count(open->filename.text) && !(open->flags & O::CREAT))
                return fail(E::NOENT);
            open_ = file == files.end() ? "" : file->second;
            o.value = 3;
        } else if (std::get_if<sys::Read>(&c)) {
            o.out = Bytes{std::exchange(open_, "")};
        } else if (const auto* st = std::get_if<sys::Newfstatat>(&c)) {
            StatBuf b;
            if (directories.count(st->filename.text))
                b.st_mode = S::IFDIR | 0755;
            else if (files.count(st->filename.text))
                b.st_mode = S::IFREG | 0644;
            else
                return fail(E::NOENT);
            o.out = b;
        } else if (std::get_if<sys::Getcwd>(&c)) {
            o.out = Bytes{"/"};
        } else if (const auto* link = std::get_if<sys::Readlinkat>(&c)) {
            std::string path = link->path.text;
            return fail(directories.count(path) || files.count(path) ? E::INVAL : E::NOENT);
        } else if (std::get_if<sys::Fstatfs>(&c)) {
            o.out = StatfsBuf{0x01021994};
        }
        return o;
    }

    std::string open_;
    i32 last_pid_ = 100;
};

} // namespace nslab::test
