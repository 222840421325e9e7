// The processes of a campaign. Most of a step against the kernel is waiting: an umount sleeps until all processors have
// passed a quiet state. Several worlds at once fill that time, on the same processor.

#include "sim/fuzz/campaign.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <new>
#include <stdexcept>

#include <fmt/format.h>
#include <malloc.h>
#include <poll.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim/fuzz/sequence_player.hpp"

namespace nslab::fuzz {

namespace {

using Clock = std::chrono::steady_clock;

// A scenario takes milliseconds, on an overloaded machine perhaps seconds. Who has not begun another for so long hangs.
constexpr auto kHangs = std::chrono::minutes(10);
// What a process is in the middle of when the time is over may take so long, on top of that time.
constexpr auto kLastWord = std::chrono::seconds(10);

constexpr unsigned kMostJobs = 256;

/// What all processes see.
struct Board {
    std::atomic<u64> next_seed;
    std::atomic<u64> plays; // begun so far, where there is a limit
    std::atomic<bool> stop;
    std::atomic<u64> beats[kMostJobs]; // of each process: grows while it does not hang
};

struct Worker {
    pid_t pid = 0;
    int pipe = -1;
    std::string said; // not yet a whole line
    u64 seed = 0;     // that it plays
    unsigned number = 0;
    u64 beat = 0;            // last seen
    Clock::time_point since; // then
};

class Runner {
  public:
    Runner(const Campaign& campaign, Results& results, const std::function<bool()>& stop, const Telling& tell)
        : campaign_(campaign), results_(results), stop_(stop), tell_(tell), began_(Clock::now()),
          seconds_before_(results.seconds) {
        void* page = mmap(nullptr, sizeof(Board), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (page == MAP_FAILED) throw std::runtime_error("mmap: no memory");
        board_ = new (page) Board{};
        board_->next_seed = campaign.seed;
        if (campaign.runs) last_seed_ = campaign.seed + (*campaign.runs + kFamily - 1) / kFamily - 1;
    }
    ~Runner() {
        for (const Worker& w : workers_) {
            kill(w.pid, SIGKILL);
            waitpid(w.pid, nullptr, 0);
            close(w.pipe);
        }
        munmap(board_, sizeof(Board));
    }
    Runner(const Runner&) = delete;
    Runner& operator=(const Runner&) = delete;

    void run();

  private:
    bool over() const {
        return stop_() || results_.found.size() >= campaign_.most ||
               (campaign_.time && Clock::now() - began_ >= *campaign_.time);
    }
    void hire(unsigned number);
    [[noreturn]] void work(int out, std::atomic<u64>& beat);
    void look_after(Worker& w);
    u32 scenarios_of(u64 seed) const;
    void hear(Worker& w);
    void take(Worker& w, const std::string& line);
    void bury(Worker& w);

    const Campaign& campaign_;
    Results& results_;
    const std::function<bool()>& stop_;
    const Telling& tell_;
    Clock::time_point began_;
    std::optional<Clock::time_point> stopped_;
    double seconds_before_;
    Board* board_ = nullptr;
    u64 last_seed_ = ~u64{0};
    std::vector<Worker> workers_;
    std::string trouble_;
    bool no_sandbox_ = false;
};

/// All of a family, but for the last seed of a campaign with a limit.
u32 Runner::scenarios_of(u64 seed) const {
    if (!campaign_.runs || seed != last_seed_) return kFamily;
    return static_cast<u32>(*campaign_.runs - (last_seed_ - campaign_.seed) * kFamily);
}

std::string in_one_line(std::string text) {
    std::replace(text.begin(), text.end(), '\n', ';');
    return text;
}

void say(int out, const std::string& line) {
    for (std::size_t at = 0; at < line.size();) {
        const ssize_t n = write(out, line.data() + at, line.size() - at);
        if (n <= 0) _exit(1);
        at += static_cast<std::size_t>(n);
    }
}

/// A world is made and let go of a thousand times a second: the memory of the last one is kept for the next.
void keep_memory() {
#ifdef __GLIBC__
    constexpr int kMuch = 1 << 30;
    mallopt(M_TRIM_THRESHOLD, kMuch);
    mallopt(M_MMAP_THRESHOLD, kMuch);
#endif
}

/// The life of a process: seed after seed, each told of before ("S seed") and after ("D" or "P", whole or part, and
/// the results).
void Runner::work(int out, std::atomic<u64>& beat) {
    const std::function<bool()> enough = [&] {
        ++beat;
        return board_->stop.load();
    };
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    signal(SIGINT, SIG_IGN);
    signal(SIGTERM, SIG_DFL);
    keep_memory();
    try {
        std::optional<SequencePlayer> sequences;
        if (campaign_.sequences) sequences.emplace(campaign_, enough);
        while (!board_->stop) {
            ++beat; // sequences ask only while they are made
            const u64 seed = board_->next_seed.fetch_add(1);
            if (seed > last_seed_) break;
            if (results_.done(seed)) continue;
            say(out, fmt::format("S{}\n", seed));
            if (sequences) { // they are few and short: none is left half done
                say(out, "D" + to_json(sequences->play((seed - 1) * kFamily, scenarios_of(seed))));
                continue;
            }
            bool whole = true;
            const Results part = play_seed(campaign_, seed, scenarios_of(seed), [&] {
                whole = whole && !enough();
                return !whole;
            });
            say(out, (whole ? "D" : "P") + to_json(part));
        }
    } catch (const NoSandbox& e) {
        say(out, fmt::format("N{}\n", in_one_line(e.what())));
    } catch (const std::exception& e) { say(out, fmt::format("E{}\n", in_one_line(e.what()))); }
    _exit(0);
}

void Runner::hire(unsigned number) {
    int ends[2];
    if (pipe(ends) != 0) throw std::runtime_error("pipe: no descriptors left");
    const pid_t pid = fork();
    if (pid < 0) throw std::runtime_error("fork: no more processes");
    if (pid == 0) {
        close(ends[0]);
        work(ends[1], board_->beats[number]);
    }
    close(ends[1]);
    Worker w;
    w.pid = pid;
    w.pipe = ends[0];
    w.number = number;
    w.since = Clock::now();
    workers_.push_back(std::move(w));
}

void Runner::take(Worker& w, const std::string& line) {
    switch (line[0]) {
    case 'S': w.seed = std::stoull(line.substr(1)); return;
    case 'N': no_sandbox_ = true; [[fallthrough]];
    case 'E': trouble_ = line.substr(1); return;
    default:
        Results part = from_json(line.substr(1), "a worker");
        if (line[0] == 'P' && campaign_.goes_on) {
            Results only;
            only.found = std::move(part.found);
            only.strange = std::move(part.strange);
            part = std::move(only);
        }
        results_.add(part);
        if (line[0] == 'D') results_.add_seed(w.seed);
        w.seed = 0;
    }
}

void Runner::hear(Worker& w) {
    char buffer[65536];
    const ssize_t n = read(w.pipe, buffer, sizeof buffer);
    if (n <= 0) return bury(w);
    w.said.append(buffer, static_cast<std::size_t>(n));
    for (std::size_t end; (end = w.said.find('\n')) != std::string::npos; w.said.erase(0, end + 1))
        take(w, w.said.substr(0, end));
}

/// A process that has ended: by itself, or because the model crashed, which is worth as much as a difference.
void Runner::bury(Worker& w) {
    int status = 0;
    waitpid(w.pid, &status, 0);
    close(w.pipe);
    if (w.seed && (!WIFEXITED(status) || WEXITSTATUS(status) != 0)) {
        Found f;
        f.seed = w.seed;
        f.message = WIFSIGNALED(status) ? fmt::format("playing this seed ended by signal {}", WTERMSIG(status))
                                        : std::string("playing this seed failed");
        f.reproduces = false;
        results_.found.push_back(std::move(f));
        results_.add_seed(w.seed);
    }
    w.pid = 0;
}

/// Ends one that hangs. When the time is over what it was about to find is left to the next time.
void Runner::look_after(Worker& w) {
    if (!w.pid) return;
    const auto now = Clock::now();
    if (const u64 beat = board_->beats[w.number]; beat != w.beat) {
        w.beat = beat;
        w.since = now;
    }
    if (stopped_ && now - *stopped_ > kLastWord) {
        w.seed = 0;
        kill(w.pid, SIGTERM);
    } else if (w.seed && now - w.since > kHangs) {
        kill(w.pid, SIGKILL);
    }
}

void Runner::run() {
    for (unsigned i = 0; i < std::clamp(campaign_.jobs, 1U, kMostJobs); ++i) hire(i);
    auto told = Clock::now();
    while (!workers_.empty()) {
        std::vector<pollfd> fds;
        for (const Worker& w : workers_) fds.push_back({w.pipe, POLLIN, 0});
        if (poll(fds.data(), fds.size(), 200) > 0)
            for (std::size_t i = 0; i < fds.size(); ++i)
                if (fds[i].revents) hear(workers_[i]);
        std::vector<unsigned> died; // at work
        for (Worker& w : workers_) {
            look_after(w);
            if (!w.pid && w.seed) died.push_back(w.number);
        }
        std::erase_if(workers_, [](const Worker& w) { return !w.pid; });
        if (!stopped_ && (over() || !trouble_.empty())) {
            board_->stop = true;
            stopped_ = Clock::now();
        }
        if (!stopped_)
            for (const unsigned number : died) hire(number);
        results_.seconds = seconds_before_ + std::chrono::duration<double>(Clock::now() - began_).count();
        if (Clock::now() - told >= std::chrono::seconds(1) || workers_.empty()) {
            tell_(results_);
            told = Clock::now();
        }
    }
    if (no_sandbox_) throw NoSandbox(trouble_);
    if (!trouble_.empty()) throw std::runtime_error(trouble_);
}

} // namespace

void run_campaign(const Campaign& campaign, Results& results, const std::function<bool()>& stop, const Telling& tell) {
    Runner(campaign, results, stop, tell).run();
}

} // namespace nslab::fuzz
