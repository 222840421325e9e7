// The two machines that a work runs on: the model in this process, and the kernel in a child whose mount namespace
// holds one empty tmpfs and ends with it.

#include <cerrno>
#include <chrono>
#include <cstring>
#include <sched.h>
#include <stdexcept>
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

namespace nslab {

namespace {

std::int64_t monotonic_ns() {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

class ModelMachine final : public Machine {
  public:
    ModelMachine() : k(boot(Release{})), task(k[k.init].children) {}
    void call(const Syscall& c) override {
        const Outcome o = syscall(k, task, c);
        if (!o.ok()) throw std::runtime_error(to_string(c) + ": " + std::string(errno_name(o.error)) + " in the model");
    }
    std::int64_t now() const override { return monotonic_ns(); }

    Kernel k;
    Id<Task> task;
};

/// The few calls that works use, made at once; no agent stands between.
class KernelMachine final : public Machine {
  public:
    void call(const Syscall& c) override {
        if (perform(c) != 0) throw std::runtime_error(to_string(c) + ": " + std::strerror(errno));
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
        if (const auto* n = std::get_if<sys::Unshare>(&c)) return ::unshare(static_cast<int>(n->unshare_flags));
        errno = ENOSYS;
        return -1;
    }
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
}

struct Answer {
    std::int64_t ns = -1;
    char error[200] = "";
};

Answer in_child(const Work& work) {
    int pipe_ends[2];
    if (::pipe(pipe_ends) != 0) return {-1, "pipe"};
    const pid_t child = ::fork();
    if (child == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        Answer a;
        try {
            enter_world();
            KernelMachine machine;
            a.ns = run_work(work, machine);
        } catch (const std::exception& e) { std::strncpy(a.error, e.what(), sizeof a.error - 1); }
        const bool told = ::write(pipe_ends[1], &a, sizeof a) == sizeof a;
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
    {
        ModelMachine model;
        row.model_ns = run_work(work, model);
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
