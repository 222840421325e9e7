#include "sim/replay/jobs.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <map>
#include <optional>

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>

namespace nslab {

namespace {

using Clock = std::chrono::steady_clock;
constexpr auto kLongest = std::chrono::seconds(300); // for one scenario; the tool never hangs

struct Job {
    std::size_t number = 0;
    pid_t pid = 0;
    int pipe = -1;
    std::string received;
    Clock::time_point begin;
    bool killed = false;
};

void write_all(int fd, const std::string& text) {
    for (std::size_t at = 0; at < text.size();) {
        const ssize_t n = write(fd, text.data() + at, text.size() - at);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return;
        at += static_cast<std::size_t>(n);
    }
}

[[noreturn]] void be_job(int out, pid_t parent, const std::function<ScenarioResult(std::size_t)>& work,
                         std::size_t number) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(1);
    std::string text;
    try {
        text = nlohmann::json(work(number)).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    } catch (const std::exception& e) {
        ScenarioResult r;
        r.verdict = Verdict::failed;
        r.message = fmt::format("a bug of nslab: {}\n", e.what());
        text = nlohmann::json(r).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    }
    write_all(out, text);
    _exit(0);
}

std::optional<Job> start(std::size_t number, const std::function<ScenarioResult(std::size_t)>& work) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return std::nullopt;
    const pid_t parent = getpid();
    std::fflush(nullptr); // or both processes would write what is in the buffers
    const pid_t pid = fork();
    if (pid == 0) {
        close(ends[0]);
        be_job(ends[1], parent, work, number);
    }
    close(ends[1]);
    if (pid < 0) {
        close(ends[0]);
        return std::nullopt;
    }
    Job job;
    job.number = number;
    job.pid = pid;
    job.pipe = ends[0];
    job.begin = Clock::now();
    return job;
}

ScenarioResult finish(Job& job, const std::string& name) {
    close(job.pipe);
    int status = 0;
    while (waitpid(job.pid, &status, 0) < 0 && errno == EINTR) {}
    ScenarioResult r;
    const auto parsed = nlohmann::json::parse(job.received, nullptr, false);
    if (!parsed.is_discarded() && WIFEXITED(status) && WEXITSTATUS(status) == 0) {
        r = parsed.get<ScenarioResult>();
    } else {
        r.verdict = Verdict::failed;
        r.message = job.killed ? fmt::format("{}: stopped after {} seconds\n", name, kLongest.count())
                    : WIFSIGNALED(status)
                        ? fmt::format("{}: a bug of nslab: its process was killed by signal {} ({})\n", name,
                                      WTERMSIG(status), strsignal(WTERMSIG(status)))
                        : fmt::format("{}: a bug of nslab: its process ended without a result\n", name);
    }
    if (r.file.empty()) r.file = name;
    return r;
}

/// Reads what came; false once the other end is closed.
bool read_some(Job& job) {
    char buffer[65536];
    const ssize_t n = read(job.pipe, buffer, sizeof buffer);
    if (n > 0) job.received.append(buffer, static_cast<std::size_t>(n));
    return n > 0 || (n < 0 && errno == EINTR);
}

} // namespace

std::vector<ScenarioResult> run_jobs(std::size_t count, unsigned jobs,
                                     const std::function<ScenarioResult(std::size_t)>& work,
                                     const std::function<std::string(std::size_t)>& name,
                                     const std::function<void(const ScenarioResult&)>& done,
                                     const std::function<void(std::size_t finished)>& progress) {
    std::vector<std::optional<ScenarioResult>> results(count);
    std::vector<Job> running;
    std::size_t next = 0, told = 0, finished = 0;
    const auto enter = [&](std::size_t number, ScenarioResult r) {
        results[number] = std::move(r);
        ++finished;
        if (progress) progress(finished);
        while (told < count && results[told]) done(*results[told++]);
    };
    while (finished < count) {
        while (next < count && running.size() < std::max(1u, jobs)) {
            if (auto job = start(next, work)) {
                running.push_back(std::move(*job));
            } else {
                ScenarioResult r;
                r.file = name(next);
                r.verdict = Verdict::failed;
                r.message = fmt::format("{}: no process could be made for it: {}\n", r.file, strerror(errno));
                enter(next, std::move(r));
            }
            ++next;
        }
        std::vector<pollfd> waiting;
        for (const Job& job : running) waiting.push_back({job.pipe, POLLIN, 0});
        poll(waiting.data(), waiting.size(), 1000);
        for (std::size_t i = running.size(); i-- > 0;) {
            Job& job = running[i];
            if (!job.killed && Clock::now() - job.begin > kLongest) {
                kill(job.pid, SIGKILL);
                job.killed = true;
            }
            if (waiting[i].revents == 0 || read_some(job)) continue;
            Job ended = std::move(job);
            running.erase(running.begin() + static_cast<std::ptrdiff_t>(i));
            enter(ended.number, finish(ended, name(ended.number)));
        }
    }
    std::vector<ScenarioResult> all;
    for (auto& r : results) all.push_back(std::move(*r));
    return all;
}

} // namespace nslab
