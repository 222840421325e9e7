#pragma once
// What `nslab bench` measures: the same work in the model and on the running kernel, in one run, because machines
// differ and are noisy. A work is written once, against Machine.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "sim/syscall/syscall.hpp"

namespace nslab {

/// A call of a work that a child of its own does.
struct BenchStep {
    Syscall call;
    bool timed = false;
};

/// Something that performs calls and can be asked to do so as one process, as fast as it can.
class Machine {
  public:
    virtual ~Machine() = default;
    /// Performs a call that must succeed; throws std::runtime_error with the call and its errno otherwise.
    virtual void call(const Syscall& c) = 0;
    /// A child by clone(2) with `flags`, that exits at once and is waited for.
    virtual void fork_exit_wait(std::uint64_t flags) = 0;
    /// A child that sleeps until we end.
    virtual void fork_sleeper() = 0;
    /// What those of `steps` take together that are timed, in a child by clone(2) with `flags` that ends with them.
    virtual double in_child(std::uint64_t flags, const std::vector<BenchStep>& steps) = 0;
    /// `tasks` sleeping tasks, evenly in `levels` PID namespaces of which each lies in the one before.
    virtual void make_tree(std::uint32_t tasks, std::uint32_t levels) = 0;
    /// The init of the outermost of them is killed, and all is waited for.
    virtual void kill_tree() = 0;
    /// Nanoseconds that a monotonic clock shows.
    virtual std::int64_t now() const = 0;
};

/// One work at one size: `prepare` once, then `timed` as often as `rounds`, each followed by `undo`. What is more than
/// calls is `begin` (not timed), `act` (timed) and `end`; what can be done but once in a process is `measured`, which
/// tells its own time.
struct Work {
    std::string name; // "mount under peers"
    std::uint32_t size = 0;
    int rounds = 5;
    std::function<void(Machine&)> prepare;
    std::vector<Syscall> timed, undo;
    std::function<void(Machine&)> begin, act, end;
    std::function<double(Machine&)> measured;
    std::uint32_t times = 1; // how often a round does the work
};

std::vector<Work> works();

/// What reading the clock takes, which is in every time that it shows.
double clock_cost(const Machine& machine);

/// The fastest of the rounds, in nanoseconds: what other programs of the machine take is in the slower ones.
double run_work(const Work& work, Machine& machine);

/// A row of the result: what `--format json` prints.
struct BenchRow {
    std::string name;
    std::uint32_t size = 0;
    double model_ns = 0;
    std::optional<double> kernel_ns; // none where the machine forbids mount namespaces
    std::optional<double> bytes;     // of memory rows, a mount
    std::string skipped;             // why there is no kernel_ns

    std::optional<double> ratio() const {
        if (!kernel_ns || model_ns <= 0) return std::nullopt;
        return *kernel_ns / model_ns;
    }
};

/// Runs a work in the model and on the kernel, the latter in a process with a mount namespace of its own that ends with
/// it.
BenchRow measure(const Work& work);

/// Bytes a mount in a model with `mounts` mounts, tables and hash included, dentries not.
BenchRow measure_memory(std::uint32_t mounts);

} // namespace nslab
