#include "sim/host/counts.hpp"

#include "sim/host/host.hpp"

#ifndef NSLAB_WITHOUT_COUNTS

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

#include "sim/host/descriptor.hpp"

namespace nslab {
namespace host {
namespace {

alignas(8) constexpr unsigned char kProgram[] = {
#include "sim/host/bpf/counts.inc"
};

/// The program in the kernel. One for all worlds, also those of processes that we fork: loading it means reading the
/// type information of the whole kernel.
class Reader {
  public:
    Reader() {
        libbpf_set_print([](libbpf_print_level, const char*, va_list) { return 0; });
        // Before 5.11 libbpf raises this limit, for the whole process; what is too large for it fails just as well.
        // Asking libbpf not to is impossible: the function for it is declared and, in 1.1, not exported.
        rlimit before{};
        getrlimit(RLIMIT_MEMLOCK, &before);
        load();
        setrlimit(RLIMIT_MEMLOCK, &before);
    }

    std::string refusal;

    std::optional<Counts> read(u32 pid_inum, const std::vector<u64>& known) {
        if (!refusal.empty()) return std::nullopt;
        Counts counts;
        std::size_t asked = 0;
        do {
            nslab_question question{};
            question.pid_inum = asked == 0 ? pid_inum : 0; // the tasks once only
            question.asked = static_cast<u32>(std::min<std::size_t>(known.size() - asked, NSLAB_ASKED));
            std::copy_n(known.begin() + static_cast<std::ptrdiff_t>(asked), question.asked, question.known);
            if (!ask(question, counts)) return std::nullopt;
            asked += question.asked;
        } while (asked < known.size());
        return counts;
    }

  private:
    bool ask(const nslab_question& question, Counts& counts) {
        // One question at a time: who is forked shares the map that it is written to.
        const Locked locked(lock_.get());
        const u32 first = 0;
        if (bpf_map_update_elem(question_, &first, &question, BPF_ANY) != 0) return false;
        const Descriptor file(bpf_iter_create(bpf_link__fd(link_.get())));
        if (!file) return false;
        if (buffer_.empty()) buffer_.resize(256);
        for (;;) {
            const ssize_t n = ::read(file.get(), buffer_.data(), buffer_.size() * sizeof(nslab_task));
            if (n < 0 && (errno == EINTR || errno == EAGAIN)) continue;
            if (n < 0) return false;
            if (n == 0) return true;
            // The kernel hands out whole records only.
            for (std::size_t i = 0; i < static_cast<std::size_t>(n) / sizeof(nslab_task); ++i) {
                if (buffer_[i].tid)
                    counts.tasks.push_back(buffer_[i]);
                else
                    counts.known.push_back(buffer_[i].ns[0]);
            }
        }
    }

    /// Held against other processes; the kernel opens it when we die.
    class Locked {
      public:
        explicit Locked(int fd) : fd_(fd) { set(F_WRLCK); }
        ~Locked() { set(F_UNLCK); }
        Locked(const Locked&) = delete;
        Locked& operator=(const Locked&) = delete;

      private:
        void set(short type) const {
            struct flock whole {};
            whole.l_type = type;
            whole.l_whence = SEEK_SET;
            while (fcntl(fd_, F_SETLKW, &whole) != 0 && errno == EINTR) {}
        }
        int fd_;
    };

    void load() {
        const auto fails = [&](const char* what, int error) {
            refusal = std::string(what) + ": " + std::strerror(error);
            if (error == EPERM || error == EACCES) refusal += "; root may, outside of containers";
        };
        object_.reset(bpf_object__open_mem(kProgram, sizeof kProgram, nullptr));
        if (!object_) return fails("the program that reads them cannot be opened", errno);
        if (const int error = bpf_object__load(object_.get()))
            return fails("the kernel does not take the program that reads them", -error);
        const bpf_program* program = bpf_object__find_program_by_name(object_.get(), "tasks");
        question_ = bpf_object__find_map_fd_by_name(object_.get(), ".data.question");
        link_.reset(bpf_program__attach_iter(program, nullptr));
        if (!link_) return fails("the kernel has no iterator over tasks", errno);
        lock_ = Descriptor(memfd_create("nslab counts", MFD_CLOEXEC));
        if (question_ < 0 || !lock_) fails("the program that reads them cannot be asked", errno);
    }

    struct Close {
        void operator()(bpf_object* o) const { bpf_object__close(o); }
        void operator()(bpf_link* l) const { bpf_link__destroy(l); }
    };
    std::unique_ptr<bpf_object, Close> object_;
    std::unique_ptr<bpf_link, Close> link_;
    int question_ = -1;
    Descriptor lock_;
    std::vector<nslab_task> buffer_;
};

Reader& reader() {
    static Reader one;
    return one;
}

} // namespace

std::optional<Counts> read_counts(u32 pid_inum, const std::vector<u64>& known) {
    return reader().read(pid_inum, known);
}

} // namespace host

std::string counts_refusal() { return host::reader().refusal; }
std::string counts_built() { return "with reference counts by BPF"; }

} // namespace nslab

#else

namespace nslab {

std::optional<host::Counts> host::read_counts(u32, const std::vector<u64>&) { return std::nullopt; }

std::string counts_refusal() { return "this nslab is built without BPF, because " NSLAB_WITHOUT_COUNTS; }
std::string counts_built() { return "without reference counts by BPF, because " NSLAB_WITHOUT_COUNTS; }

} // namespace nslab

#endif
