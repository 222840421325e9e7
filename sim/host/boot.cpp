// Making a world: the supervisor's side of it. See init.cpp for the other.

#include "sim/host/world.hpp"

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include <csignal>
#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

namespace nslab::host {

namespace {

bool write_file(const std::string& path, const std::string& text) {
    const Descriptor file(open(path.c_str(), O_WRONLY | O_CLOEXEC));
    return file && write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

HostRefusal refusal(std::string what, int error, std::string hint) {
    return {std::move(what) + " = -1 " + std::string(errno_name(static_cast<E>(error))),
            static_cast<E>(error),
            {std::move(hint)}};
}

} // namespace

std::string read_file(int dir, const char* name, std::vector<char>& buffer) {
    const Descriptor file(openat(dir, name, O_RDONLY | O_CLOEXEC));
    if (!file) return {};
    if (buffer.size() < 65536) buffer.resize(65536);
    std::size_t used = 0;
    for (;;) {
        const ssize_t n = read(file.get(), buffer.data() + used, buffer.size() - used);
        if (n <= 0) break;
        used += static_cast<std::size_t>(n);
        if (used == buffer.size()) buffer.resize(2 * used);
    }
    return std::string(buffer.data(), used);
}

/// The memory shared with the agents. It lies where an agent that runs another program finds the place free too: far
/// from where programs, libraries and stacks are put.
std::optional<HostRefusal> World::prepare_memory() {
    const u32 slots = std::max<u32>(options_.max_actors, 2);
    shared_size_ = kSharedHead + slots * sizeof(Slot);
    memory_ = Descriptor(memfd_create("nslab memory", MFD_CLOEXEC));
    if (!memory_ || ftruncate(memory_.get(), static_cast<off_t>(shared_size_)) != 0)
        return refusal("memfd_create", errno, "the kernel lacks memfd_create(2), or there is too little memory");
    void* memory = MAP_FAILED;
    for (u64 address = 0x200000000000; memory == MAP_FAILED && address < 0x210000000000; address += 0x100000000) {
        void* at = reinterpret_cast<void*>(address);
        memory = mmap(at, shared_size_, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE | MAP_FIXED_NOREPLACE,
                      memory_.get(), 0);
    }
    if (memory == MAP_FAILED)
        return refusal("mmap", errno, "there is not enough memory for " + std::to_string(slots) + " processes");
    shared_ = static_cast<Shared*>(memory);
    shared_->slots = slots;
    shared_->size = shared_size_;
    struct stat st {};
    if (stat("/proc/self/exe", &st) == 0) shared_->programs[0] = {st.st_dev, st.st_ino};
    return std::nullopt;
}

std::optional<HostRefusal> World::prepare() {
    char self[32] = {};
    if (readlink("/proc/self", self, sizeof self - 1) < 0 || std::atoi(self) != getpid())
        return refusal("readlink(\"/proc/self\")", errno ? errno : ENOENT,
                       "mount proc on /proc, of the PID namespace that we are in");
    // Both numbers have been the same since Linux 3.8. Source: include/uapi/linux/nsfs.h, enum init_ns_ino.
    in_first_pid_ns_ = link_number(AT_FDCWD, "/proc/self/ns/pid") == 0xEFFFFFFC;
    in_first_user_ns_ = link_number(AT_FDCWD, "/proc/self/ns/user") == 0xEFFFFFFD;
    utsname name{};
    uname(&name);
    release_ = parse_release(name.release).value_or(Release{});

    std::vector<char> buffer;
    const std::string core = read_file(AT_FDCWD, "/proc/sys/kernel/core_pattern", buffer);
    facts_.cores_leave = !core.empty() && core[0] == '@';
    const std::string groups = "\n" + read_file(AT_FDCWD, "/proc/self/cgroup", buffer);
    facts_.cgroup2_visible = groups.find("\n0::") != std::string::npos;

    if (auto no = prepare_memory()) return no;

    // An empty file that can only be read, on a mount that is in nobody's namespace.
    const Descriptor file(memfd_create("nslab", MFD_CLOEXEC));
    if (!file) return refusal("memfd_create", errno, "the kernel lacks memfd_create(2)");
    null_ = Descriptor(open(("/proc/self/fd/" + std::to_string(file.get())).c_str(), O_RDONLY | O_CLOEXEC));
    struct stat st {};
    if (!null_ || fstat(null_.get(), &st) != 0)
        return refusal("open(\"/proc/self/fd/N\")", errno, "mount proc on /proc");
    shared_->shmem_dev = st.st_dev;
    shared_->null_fd = null_.get();
    self_ = Descriptor(static_cast<int>(raw::call(raw::nr_pidfd_open, static_cast<u64>(getpid()))));
    shared_->supervisor_pidfd = self_.get();

    // All actors and we ourselves on one processor: namespace ids are handed out in batches per processor, and while we
    // run no actor does.
    old_affinity_.assign(128, 0);
    const i64 bytes =
        raw::call(raw::nr_sched_getaffinity, 0, old_affinity_.size() * 8, raw::address(old_affinity_.data()));
    old_affinity_.resize(bytes > 0 ? static_cast<std::size_t>(bytes) / 8 : 0);
    const int cpu = options_.cpu >= 0 ? options_.cpu : sched_getcpu();
    std::vector<u64> one(old_affinity_.size());
    if (cpu >= 0 && static_cast<std::size_t>(cpu) / 64 < one.size()) {
        one[static_cast<std::size_t>(cpu) / 64] = u64{1} << (cpu % 64);
        raw::call(raw::nr_sched_setaffinity, 0, one.size() * 8, raw::address(one.data()));
    }
    return std::nullopt;
}

std::optional<HostRefusal> World::start_init(const BootOptions& boot) {
    shared_->own_pid_max = !(release_ < Release{6, 14, 0});
    shared_->everything_shared = boot.kind == BootOptions::Kind::systemd;
    raw::CloneArgs args;
    args.flags = CLONE::NEWNS | CLONE::NEWPID | CLONE::NEWUTS | CLONE::NEWIPC | CLONE::NEWNET | CLONE::NEWCGROUP |
                 CLONE::NEWTIME | CLONE::CLEAR_SIGHAND;
    // Root of a user namespace that an ordinary user has made is no more than that user.
    const std::string setgroups = read_file(AT_FDCWD, "/proc/self/setgroups", buffer_);
    rootless_ = options_.user_namespace || (!in_first_user_ns_ && setgroups.starts_with("deny"));
    i64 pid = -EPERM; // there is no exit signal: an ordinary wait of the caller does not see init
    for (int attempt = rootless_ ? 1 : 0; attempt < 2 && pid == -EPERM; ++attempt) {
        rootless_ = attempt == 1;
        if (rootless_) args.flags |= CLONE::NEWUSER;
        shared_->rootless = facts_.rootless = rootless_;
        shared_->slot(0)->index = 0;
        shared_->slot(0)->state.store(kStarting);
        pid = raw::call(raw::nr_clone3, raw::address(&args), sizeof args);
        if (pid == -EINVAL && (args.flags & CLONE::NEWTIME)) { // a kernel without time namespaces
            args.flags &= ~CLONE::NEWTIME;
            pid = raw::call(raw::nr_clone3, raw::address(&args), sizeof args);
        }
        if (pid == 0) init_main(shared_);
    }
    if (pid < 0) {
        std::string flags =
            "CLONE_NEWNS|CLONE_NEWPID|CLONE_NEWUTS|CLONE_NEWIPC|CLONE_NEWNET|CLONE_NEWCGROUP|CLONE_NEWTIME";
        if (rootless_) flags += "|CLONE_NEWUSER";
        return explain_refusal("clone3(" + flags + ")", static_cast<i32>(-pid));
    }
    init_pid_ = static_cast<i32>(pid);
    if (rootless_) {
        const std::string dir = "/proc/" + std::to_string(pid);
        const auto map = [&](const char* file, u32 id) {
            return write_file(dir + file, "0 " + std::to_string(id) + " 1\n") ? 0 : errno;
        };
        if (const int error = map("/uid_map", geteuid())) return explain_refusal("write(\"/proc/PID/uid_map\")", error);
        write_file(dir + "/setgroups", "deny");
        if (const int error = map("/gid_map", getegid())) return explain_refusal("write(\"/proc/PID/gid_map\")", error);
    }
    shared_->slot(0)->command.store(1);
    raw::futex_wake(&shared_->slot(0)->command);
    return wait_for_init();
}

std::optional<HostRefusal> World::wait_for_init() {
    Slot& slot = *shared_->slot(0);
    for (u32 turns = 0; slot.state.load() != 0; ++turns) {
        int status = 0;
        const bool ended = turns > 0 && waitpid(init_pid_, &status, WNOHANG | __WALL) == init_pid_;
        if (ended) init_pid_ = 0;
        if (ended || turns > 1000)
            return explain_boot(static_cast<BootStep>(shared_->boot_step.load()),
                                static_cast<i32>(shared_->boot_error));
        const timespec timeout{0, 10000000};
        const u32 state = slot.state.load();
        if (state) raw::futex_wait(&slot.state, state & kFutexOwnerDied ? ~state : state, &timeout);
    }
    return std::nullopt;
}

tl::expected<std::unique_ptr<Backend>, HostRefusal> World::make(const BootOptions& boot, const HostOptions& options) {
    if (boot.kind == BootOptions::Kind::mountinfo)
        return tl::unexpected(
            HostRefusal{"boot: mountinfo", E::OPNOTSUPP, {"a saved mountinfo is played in the model only"}});
    std::unique_ptr<World> world(new World(options));
    if (auto no = world->prepare()) return tl::unexpected(*no);
    if (auto no = world->start_init(boot)) return tl::unexpected(*no);
    if (!world->adopt(Actor::init, world->shared_->slot(0)))
        return tl::unexpected(HostRefusal{"open(\"/proc/PID\")", E::ACCES, {"/proc hides processes (hidepid)"}});
    const int init = world->find(Actor::init)->proc.get();
    world->user_inum_ = link_number(init, "ns/user");
    const std::string status = read_file(init, "status", world->buffer_);
    world->capabilities_ = bits_of(status, "CapEff");
    ActorObservation first;
    world->observe_cred(first, status, init);
    world->first_groups_ = first.cred.groups;
    world->facts_.cores_leave |= world->shared_->cores_unlimited;
    world->note_namespace(*world->find(Actor::init));
    world->find_wchan();
    const Outcome program = world->call(Actor::init, sys::Readlinkat{AT::FDCWD, "/proc/self/exe"}, Actor::none);
    if (const auto* path = program.out.get_if<Bytes>()) world->program_path_ = path->data;
    const Outcome sh1 = world->call(Actor::init, sys::Clone{SIG::CHLD}, Actor::sh1);
    if (!sh1.ok()) return tl::unexpected(explain_refusal("fork()", static_cast<i32>(sh1.error)));
    return world;
}

World::~World() {
    if (init_pid_ > 0) {
        kill(init_pid_, SIGKILL);
        waitpid(init_pid_, nullptr, __WALL); // returns when all of its PID namespace is gone
    }
    if (!old_affinity_.empty())
        raw::call(raw::nr_sched_setaffinity, 0, old_affinity_.size() * 8, raw::address(old_affinity_.data()));
    if (shared_) munmap(shared_, shared_size_);
}

} // namespace nslab::host

namespace nslab {

tl::expected<std::unique_ptr<Backend>, HostRefusal> make_host(const BootOptions& boot, const HostOptions& options) {
    return host::World::make(boot, options);
}

BootOptions of_this_machine(BootOptions boot) {
    struct sysinfo info {};
    sysinfo(&info);
    boot.totalram_pages = u64{info.totalram} * info.mem_unit / static_cast<u64>(sysconf(_SC_PAGESIZE));
    return boot;
}

} // namespace nslab
