// The two machines that a work runs on: the model in this process, and the kernel in a child whose mount namespace
// holds one empty tmpfs and ends with it.

#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <sched.h>
#include <stdexcept>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim/bench/works.hpp"
#include "sim/linux/boot.hpp"
#include "sim/linux/kernel.hpp"
#include "sim/linux/kernel/internal.hpp"

namespace nslab {

namespace {

std::int64_t monotonic_ns() {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

/// Takes each step, and the time of those that are timed. Those that follow one another are timed as one: a single call
/// would be over before the clock has been read.
template <class F> double time_each(const Machine& machine, const std::vector<BenchStep>& steps, const F& perform) {
    const double clock = clock_cost(machine);
    double took = 0;
    for (auto step = steps.begin(); step != steps.end();) {
        const bool timed = step->timed;
        const std::int64_t begin = machine.now();
        do perform((step++)->call);
        while (step != steps.end() && step->timed == timed);
        if (timed) took += static_cast<double>(machine.now() - begin) - clock;
    }
    return took;
}

/// Not inside of what is timed, also where it is not called.
[[noreturn, gnu::noinline, gnu::cold]] void refused(const Syscall& c, std::string_view why) {
    throw std::runtime_error(to_string(c) + ": " + std::string(why));
}

class ModelMachine final : public Machine {
  public:
    ModelMachine() : k(boot(Release{})), task(k[k.init].children) {}
    void call(const Syscall& c) override { call_as(task, c); }
    std::int64_t now() const override { return monotonic_ns(); }

    void fork_exit_wait(std::uint64_t flags) override {
        const auto [pid, child] = clone(task, flags);
        act(child, sys::ExitGroup{0});
        call(sys::Wait4{pid, 0});
    }
    void fork_sleeper() override { call(sys::Clone{SIG::CHLD}); }
    double in_child(std::uint64_t flags, const std::vector<BenchStep>& steps) override {
        const auto [pid, child] = clone(task, flags);
        const double took = time_each(*this, steps, [&, who = child](const Syscall& c) { call_as(who, c); });
        act(child, sys::ExitGroup{0});
        call(sys::Wait4{pid, 0});
        return took;
    }
    void make_tree(std::uint32_t tasks, std::uint32_t levels) override {
        Id<Task> parent = task;
        for (std::uint32_t level = 0; level < levels; ++level) {
            const auto [pid, init] = clone(parent, CLONE::NEWPID | SIG::CHLD);
            if (level == 0) tree_ = pid;
            for (std::uint32_t n = 1; n < tasks / levels; ++n) act(init, sys::Clone{SIG::CHLD});
            parent = init;
        }
    }
    void kill_tree() override {
        call(sys::Kill{tree_, SIG::KILL});
        call(sys::Wait4{tree_, 0});
    }

    Kernel k;
    Id<Task> task;

  private:
    void call_as(Id<Task> who, const Syscall& c) {
        const Outcome o = syscall(k, who, c);
        if (!o.ok()) refused(c, errno_name(o.error));
    }
    Outcome act(Id<Task> who, const Syscall& c) {
        Outcome o = syscall(k, who, c);
        if (!o.ok()) refused(c, errno_name(o.error));
        return o;
    }
    std::pair<i32, Id<Task>> clone(Id<Task> parent, std::uint64_t flags) {
        const i32 pid = static_cast<i32>(act(parent, sys::Clone{flags}).value);
        return {pid, find_task_by_vpid(k, parent, pid)};
    }

    i32 tree_ = 0;
};

/// What a child tells its parent.
struct Answer {
    double ns = -1;
    char error[200] = "";
};

/// Where a task of a tree sleeps: clone(2) wants a stack for each, and nobody needs more of it than this.
constexpr std::size_t kStack = 4096, kInitStack = 65536;

[[noreturn]] int sleep_for_ever(void*) {
    for (;;) ::pause();
}

/// The tree is made by its members, which share our memory.
struct TreePlan {
    std::uint32_t tasks = 0, levels = 0;
    char* stacks = nullptr; // the next that is free
    std::atomic<int> done{0}, failed{0};
};

/// The init of a level: makes its children, then the init of the next level.
int tree_init(void* argument) {
    auto& plan = *static_cast<TreePlan*>(argument);
    for (std::uint32_t n = 1; n < plan.tasks; ++n)
        if (::clone(sleep_for_ever, plan.stacks += kStack, CLONE_VM | SIGCHLD, nullptr) < 0) plan.failed = errno;
    if (--plan.levels == 0)
        plan.done = 1;
    else if (::clone(tree_init, plan.stacks += kInitStack, CLONE_VM | CLONE_NEWPID | SIGCHLD, argument) < 0) {
        plan.failed = errno;
        plan.done = 1;
    }
    sleep_for_ever(nullptr);
}

/// The few calls that works use, made at once; no agent stands between.
class KernelMachine final : public Machine {
  public:
    void fork_exit_wait(std::uint64_t flags) override {
        const long pid = ::syscall(SYS_clone, flags, nullptr, nullptr, nullptr, nullptr);
        if (pid == 0) ::_exit(0);
        if (pid < 0 || ::waitpid(static_cast<pid_t>(pid), nullptr, 0) != pid)
            throw std::runtime_error(std::string("clone: ") + std::strerror(errno));
    }
    void fork_sleeper() override {
        const long pid = ::syscall(SYS_clone, SIGCHLD, nullptr, nullptr, nullptr, nullptr);
        if (pid < 0) throw std::runtime_error(std::string("clone: ") + std::strerror(errno));
        if (pid > 0) return;
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        sleep_for_ever(nullptr);
    }
    double in_child(std::uint64_t flags, const std::vector<BenchStep>& steps) override {
        void* const page = ::mmap(nullptr, sizeof(Answer), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (page == MAP_FAILED) throw std::runtime_error(std::string("mmap: ") + std::strerror(errno));
        auto& answer = *new (page) Answer;
        const long pid = ::syscall(SYS_clone, flags, nullptr, nullptr, nullptr, nullptr);
        if (pid == 0) {
            try {
                ::setns(-1, 0); // what has been mapped lazily is there
                const double took = time_each(*this, steps, [this](const Syscall& c) { call(c); });
                answer.ns = took;
            } catch (const std::exception& e) { std::strncpy(answer.error, e.what(), sizeof answer.error - 1); }
            ::_exit(0);
        }
        if (pid > 0) ::waitpid(static_cast<pid_t>(pid), nullptr, 0);
        const Answer a = answer;
        ::munmap(page, sizeof(Answer));
        if (a.ns < 0) throw std::runtime_error(a.error);
        return a.ns;
    }
    void make_tree(std::uint32_t tasks, std::uint32_t levels) override {
        if (memory_.empty()) memory_.resize(tasks * kStack + (levels + 1) * kInitStack);
        TreePlan plan;
        plan.tasks = tasks / levels;
        plan.levels = levels;
        plan.stacks = memory_.data() + kInitStack;
        tree_ = ::clone(tree_init, plan.stacks, CLONE_VM | CLONE_NEWPID | SIGCHLD, &plan);
        if (tree_ < 0) throw std::runtime_error(std::string("clone: ") + std::strerror(errno));
        while (!plan.done) ::sched_yield();
        if (plan.failed) throw std::runtime_error(std::string("clone: ") + std::strerror(plan.failed));
    }
    void kill_tree() override {
        ::kill(tree_, SIGKILL);
        ::waitpid(tree_, nullptr, 0);
    }
    void call(const Syscall& c) override {
        if (perform(c) < 0) refused(c, std::strerror(errno));
    }
    std::int64_t now() const override { return monotonic_ns(); }

  private:
    static const char* pointer(const Str& s) { return s.kind == Str::Kind::text ? s.text.c_str() : nullptr; }
    static long perform(const Syscall& c) {
        if (const auto* m = std::get_if<sys::Mount>(&c))
            return ::mount(pointer(m->source), pointer(m->target), pointer(m->filesystemtype), m->mountflags,
                           pointer(m->data));
        if (const auto* u = std::get_if<sys::Umount2>(&c))
            return ::umount2(pointer(u->target), static_cast<int>(u->flags));
        if (const auto* d = std::get_if<sys::Mkdirat>(&c)) return ::mkdirat(d->dfd, pointer(d->pathname), d->mode);
        if (const auto* o = std::get_if<sys::Openat>(&c))
            return ::openat(o->dfd, pointer(o->filename), static_cast<int>(o->flags));
        if (const auto* n = std::get_if<sys::Setns>(&c)) return ::setns(n->fd, static_cast<int>(n->flags));
        if (const auto* n = std::get_if<sys::Unshare>(&c)) return ::unshare(static_cast<int>(n->unshare_flags));
        if (const auto* w = std::get_if<sys::Write>(&c)) return ::write(w->fd, w->data.data(), w->data.size());
        if (const auto* d = std::get_if<sys::Close>(&c)) return ::close(d->fd);
        errno = ENOSYS;
        return -1;
    }

    std::vector<char> memory_;
    pid_t tree_ = 0;
};

/// Where works may mount: an empty tmpfs as root, everything of the machine out of sight.
void enter_world() {
    const auto must = [](long result, const char* what) {
        if (result != 0) throw std::runtime_error(std::string(what) + ": " + std::strerror(errno));
    };
    const bool root = ::geteuid() == 0;
    must(::unshare(CLONE_NEWNS | (root ? 0 : CLONE_NEWUSER)), "unshare");
    must(::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "mount --make-rprivate /");
    must(::mount("bench", "/proc", "tmpfs", 0, nullptr), "mount -t tmpfs");
    must(::chdir("/proc"), "chdir");
    must(::syscall(SYS_pivot_root, ".", "."), "pivot_root");
    must(::umount2(".", MNT_DETACH), "umount -l");
    must(::chdir("/"), "chdir");
    // Namespaces are opened there; where it may not be mounted the works that need it are not measured.
    if (::mkdir("/proc", 0555) == 0) ::mount("proc", "/proc", "proc", 0, nullptr);
}

Answer in_child(const Work& work) {
    int pipe_ends[2];
    if (::pipe(pipe_ends) != 0) return {-1, "pipe"};
    const pid_t child = ::fork();
    if (child == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        // The first descriptor that it opens is 3, as in the model.
        const int answer = ::fcntl(pipe_ends[1], F_DUPFD, 100);
        ::close_range(3, static_cast<unsigned>(answer) - 1, 0);
        Answer a;
        try {
            enter_world();
            KernelMachine machine;
            a.ns = run_work(work, machine);
        } catch (const std::exception& e) { std::strncpy(a.error, e.what(), sizeof a.error - 1); }
        const bool told = ::write(answer, &a, sizeof a) == sizeof a;
        ::_exit(told ? 0 : 1);
    }
    ::close(pipe_ends[1]);
    Answer a;
    if (child < 0 || ::read(pipe_ends[0], &a, sizeof a) != sizeof a) std::strcpy(a.error, "the child gave no answer");
    ::close(pipe_ends[0]);
    if (child > 0) ::waitpid(child, nullptr, 0);
    return a;
}

} // namespace

BenchRow measure(const Work& work) {
    BenchRow row;
    row.name = work.name;
    row.size = work.size;
    try {
        ModelMachine model;
        row.model_ns = run_work(work, model);
    } catch (const std::exception& e) {
        row.skipped = e.what();
        return row;
    }
    const Answer a = in_child(work);
    if (a.ns >= 0)
        row.kernel_ns = a.ns;
    else
        row.skipped = a.error;
    return row;
}

BenchRow measure_memory(std::uint32_t mounts) {
    ModelMachine model;
    model.k.sysctl_mount_max = mounts + 100;
    // A tree of a thousand mounts, bound with all below it at as many places: few dentries, many mounts.
    constexpr std::uint32_t kTree = 1000;
    const auto make_dir = [&](const std::string& path) { model.call(sys::Mkdirat{AT::FDCWD, path, 0755}); };
    for (const char* d : {"/u", "/t", "/r"}) make_dir(d);
    model.call(sys::Mount{"disk", "/t", "tmpfs", 0, Str{}});
    for (std::uint32_t i = 1; i < kTree; ++i) {
        make_dir("/t/" + std::to_string(i));
        model.call(sys::Mount{"/u", "/t/" + std::to_string(i), Str{}, MS::BIND, Str{}});
    }
    for (std::uint32_t i = 0; i + 1 < mounts / kTree; ++i) {
        make_dir("/r/" + std::to_string(i));
        model.call(sys::Mount{"/t", "/r/" + std::to_string(i), Str{}, MS::BIND | MS::REC, Str{}});
    }
    BenchRow row;
    row.name = "bytes a mount";
    row.size = static_cast<std::uint32_t>(model.k.mounts.size());
    row.bytes = static_cast<double>(model.k.mounts.bytes() + model.k.mount_hash.bytes()) /
                static_cast<double>(model.k.mounts.size());
    return row;
}

} // namespace nslab
