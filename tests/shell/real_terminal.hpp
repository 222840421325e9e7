#pragma once
// A Terminal whose calls the real kernel performs, one agent process for each process of the command.

#include <map>
#include <string>
#include <vector>

#include "sim/shell/shell.hpp"

namespace nslab::test {

class RealTerminal : public Terminal {
  public:
    /// Forks the first agent, which enters a fresh mount namespace at `scratch` and runs `setup`.
    RealTerminal(const std::string& scratch, const std::string& setup);
    ~RealTerminal() override;
    RealTerminal(const RealTerminal&) = delete;
    RealTerminal& operator=(const RealTerminal&) = delete;

    Outcome call(const Syscall& c) override;
    Outcome probe(const Syscall& c) override { return call(c); }
    std::optional<i32> fork(u64 flags, const std::string& name) override;
    void back() override { stack_.pop_back(); }
    void enter(i32 pid) override { stack_.push_back(agents_.at(pid)); }
    std::vector<i32> jobs() override { return {}; } // the commands that are tried have none
    void wait_and_exit(i32 pid, bool stops_along) override;
    void out(std::string_view text) override { printed += text; }
    void err(std::string_view text) override { complained += text; }
    Release release() const override { return {}; }

    std::string printed, complained;
    std::vector<std::vector<std::string>> calls; // changes, by agent

  private:
    struct Answer {
        i64 result = 0;
        std::string bytes;
    };
    Answer order(std::size_t agent, const std::string& message);
    Answer perform(const Syscall& c);
    std::string absolute(i32 dfd, const Str& path);
    std::string change(const Syscall& c);

    static constexpr std::size_t kAgents = 6;
    int ours_[kAgents] = {}, theirs_[kAgents] = {};
    std::size_t made_ = 1;
    i32 first_pid_ = -1;
    std::map<i32, std::size_t> agents_; // by PID
    std::vector<std::size_t> stack_{0};
};

} // namespace nslab::test
