// The first process of a world, from its birth in the machine's mount tree to the moment when it sees nothing but an
// empty tmpfs with /proc on it. No code here may use the C library; see agent.cpp.

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "sim/host/slot.hpp"

namespace nslab::host {

using raw::address;
using raw::word;

namespace {

constexpr u64 kBasicMount = STATMOUNT::MNT_BASIC, kBasicSuper = STATMOUNT::SB_BASIC;

/// Goes on to the next step of boot, or ends the process where the last one failed; the supervisor reads both.
class Boot {
  public:
    explicit Boot(Shared* shared) : shared_(shared) {}
    void at(BootStep step) { shared_->boot_step.store(static_cast<u32>(step)); }
    i64 must(i64 result) {
        if (raw::failed(result)) {
            shared_->boot_error = -result;
            Slot* slot = shared_->slot(0);
            slot->state.store(kFutexOwnerDied);
            raw::futex_wake(&slot->state);
            raw::call(raw::nr_exit_group, 1);
        }
        return result;
    }

  private:
    Shared* shared_;
};

/// Dies with the supervisor. It may have died before we asked for the signal; its pidfd tells.
void guard(Boot& boot, const Shared& shared) {
    boot.must(raw::call(raw::nr_prctl, PR_SET_PDEATHSIG, static_cast<u64>(SIG::KILL)));
    struct {
        i32 fd;
        u16 events, revents;
    } gone{shared.supervisor_pidfd, 1 /* POLLIN */, 0};
    if (raw::call(raw::nr_poll, address(&gone), 1, 0) == 1) raw::call(raw::nr_exit_group, 1);
}

/// 0, 1 and 2 are an empty file that nobody can write to; nothing else stays open.
void close_descriptors(Boot& boot, const Shared& shared) {
    for (u64 fd = 0; fd < 3; ++fd) boot.must(raw::call(raw::nr_dup2, word(shared.null_fd), fd));
    if (raw::call(raw::nr_close_range, 3, ~u32{0}, 0) == 0) return;
    for (u64 fd = 3; fd < 65536; ++fd) raw::call(raw::nr_close, fd); // before 5.9
}

/// What was ignored or blocked when nslab was started, by nohup for one, is not so in the world.
void reset_signals() {
    const raw::KernelSigaction by_default;
    const u64 none = 0;
    for (u64 sig = 1; sig <= 64; ++sig) raw::call(raw::nr_rt_sigaction, sig, address(&by_default), 0, sizeof none);
    raw::call(raw::nr_rt_sigprocmask, 2 /* SIG_SETMASK */, address(&none), 0, sizeof none);
}

bool limit(u64 resource, u64 value) {
    struct {
        u64 soft, hard;
    } both{value, value};
    return raw::call(raw::nr_setrlimit, resource, address(&both)) == 0;
}

/// From the process's root, which may be a chroot, to the root of the mount namespace: entering our own namespace again
/// does that, and makes pivot_root(2) possible.
void enter_own_namespace() {
    const i64 ns = raw::call(raw::nr_openat, word(AT::FDCWD), address("/proc/self/ns/mnt"), O::RDONLY | O::CLOEXEC);
    if (ns < 0) return; // then the root is taken as it is
    raw::call(raw::nr_setns, word(ns), CLONE::NEWNS);
    raw::call(raw::nr_close, word(ns));
}

/// A new file system, mounted nowhere: the descriptor of the mount.
i64 new_mount(Boot& boot, const char* type, const char* source) {
    const i64 context = boot.must(raw::call(raw::nr_fsopen, address(type), 1));
    if (source)
        boot.must(
            raw::call(raw::nr_fsconfig, word(context), FSCONFIG::SET_STRING, address("source"), address(source), 0));
    boot.must(raw::call(raw::nr_fsconfig, word(context), FSCONFIG::CMD_CREATE, 0, 0, 0));
    const i64 mount = boot.must(raw::call(raw::nr_fsmount, word(context), 1, 0));
    raw::call(raw::nr_close, word(context));
    return mount;
}

/// The next mount point in the text of mountinfo, its escapes undone in place; NULL at the end.
char* next_mount_point(char*& at) {
    for (int field = 1; field < 5; ++field) {
        while (*at && *at != ' ') ++at;
        if (!*at) return nullptr;
        ++at;
    }
    char* const begin = at;
    char* to = at;
    for (; *at && *at != ' '; ++at) {
        if (*at == '\\' && at[1] && at[2] && at[3]) {
            *to++ = static_cast<char>((at[1] - '0') * 64 + (at[2] - '0') * 8 + (at[3] - '0'));
            at += 3;
        } else {
            *to++ = *at;
        }
    }
    while (*at && *at != '\n') ++at;
    if (*at) ++at;
    *to = 0;
    return begin;
}

/// Enters the world's root, which is the working directory, where the machine runs on its rootfs and pivot_root(2) is
/// impossible: every other mount is taken away by its path from the old root, on which "/" is still the rootfs itself.
void enter_from_rootfs(Boot& boot, Shared& shared) {
    if (shared.rootless) boot.must(-static_cast<i64>(E::INVAL)); // they are locked, and would stay
    char* text = shared.slot(0)->data;
    const i64 file = boot.must(raw::call(raw::nr_openat, word(AT::FDCWD), address("/proc/self/mountinfo"), O::RDONLY));
    u64 used = 0;
    for (i64 n = 1; n > 0 && used < kDataSize - 1; used += static_cast<u64>(n))
        n = boot.must(raw::call(raw::nr_read, word(file), address(text + used), kDataSize - 1 - used));
    raw::call(raw::nr_close, word(file));
    text[used] = 0;
    for (char* at = text; char* path = next_mount_point(at);)
        if (path[1])
            raw::call(raw::nr_umount2, address(path), UMOUNT::DETACH); // what hung below another is gone already
    boot.must(raw::call(raw::nr_chroot, address(".")));
}

u64 encode_dev(u64 major, u64 minor) { return (minor & 0xff) | (major << 8) | ((minor & ~u64{0xff}) << 12); }

/// The super block of the mount beneath the world's root: the machine's rootfs. Where statmount(2) is missing we go and
/// look: into a copy of the namespace whose root we take away.
void find_rootfs(Boot& boot, Shared& shared) {
    struct {
        u8 before[144];
        u64 mnt_id;
        u64 after[16];
    } stx;
    struct {
        raw::StatmountHead head;
        char strings[64];
    } sm;
    constexpr u64 unique = 0x4000; // STATX_MNT_ID_UNIQUE
    raw::MntIdReqBuf req;
    if (raw::call(raw::nr_statx, word(AT::FDCWD), address("/"), 0, unique, address(&stx)) == 0) {
        req.mnt_id = stx.mnt_id;
        req.param = kBasicMount;
        if (raw::call(raw::nr_statmount, address(&req), address(&sm), sizeof sm, 0) == 0) {
            req.mnt_id = sm.head.mnt_parent_id;
            req.param = kBasicSuper;
            if (raw::call(raw::nr_statmount, address(&req), address(&sm), sizeof sm, 0) == 0) {
                shared.rootfs_dev = encode_dev(sm.head.sb_dev_major, sm.head.sb_dev_minor);
                shared.rootfs_known = true;
                return;
            }
        }
    }
    const char* self = "/proc/self/ns/mnt";
    const i64 world = raw::call(raw::nr_openat, word(AT::FDCWD), address(self), O::RDONLY);
    if (raw::failed(world) || raw::failed(raw::call(raw::nr_unshare, CLONE::NEWNS))) return;
    const i64 copy = raw::call(raw::nr_openat, word(AT::FDCWD), address(self), O::RDONLY);
    struct stat st;
    if (copy >= 0 && raw::call(raw::nr_umount2, address("/"), UMOUNT::DETACH) == 0 &&
        raw::call(raw::nr_setns, word(copy), CLONE::NEWNS) == 0 &&
        raw::call(raw::nr_newfstatat, word(AT::FDCWD), address("/"), address(&st), 0) == 0) {
        shared.rootfs_dev = st.st_dev;
        shared.rootfs_known = true;
    }
    // The root is locked in a user namespace; but there the rootfs can be written to by nobody.
    if (shared.rootless) shared.rootfs_known = true;
    raw::call(raw::nr_close, word(copy));
    boot.must(raw::call(raw::nr_setns, word(world), CLONE::NEWNS));
    raw::call(raw::nr_close, word(world));
}

void find_locked_mount(Shared& shared) {
    struct {
        u8 before[144];
        u64 mnt_id;
        u64 after[16];
    } stx;
    constexpr u64 mnt_id = 0x1000; // STATX_MNT_ID
    if (raw::call(raw::nr_statx, word(AT::FDCWD), address("/"), 0, mnt_id, address(&stx)) == 0)
        shared.locked_mount = stx.mnt_id;
}

void make_world(Boot& boot, Shared& shared) {
    boot.at(BootStep::own_root);
    enter_own_namespace();
    boot.at(BootStep::make_private);
    boot.must(raw::call(raw::nr_mount, 0, address("/"), 0, MS::REC | MS::PRIVATE, 0));

    boot.at(BootStep::tmpfs);
    const i64 root = new_mount(boot, "tmpfs", nullptr);
    boot.must(raw::call(raw::nr_move_mount, word(root), address(""), word(AT::FDCWD), address("/"),
                        MOVE_MOUNT::F_EMPTY_PATH));
    boot.must(raw::call(raw::nr_fchdir, word(root)));
    boot.must(raw::call(raw::nr_mkdirat, word(AT::FDCWD), address("proc"), 0755));
    boot.at(BootStep::proc);
    const i64 proc = new_mount(boot, "proc", "proc");
    boot.must(raw::call(raw::nr_move_mount, word(proc), address(""), word(AT::FDCWD), address("proc"),
                        MOVE_MOUNT::F_EMPTY_PATH));
    raw::call(raw::nr_close, word(proc));
    raw::call(raw::nr_close, word(root));

    boot.at(BootStep::enter_root);
    const i64 pivoted = raw::call(raw::nr_pivot_root, address("."), address("."));
    boot.at(BootStep::leave_machine);
    if (pivoted == 0)
        boot.must(raw::call(raw::nr_umount2, address("."), UMOUNT::DETACH)); // the old root lies on top of the new one
    else
        enter_from_rootfs(boot, shared);
    boot.must(raw::call(raw::nr_chdir, address("/")));
    find_rootfs(boot, shared);
    if (shared.rootless) find_locked_mount(shared);
    boot.at(BootStep::share);
    if (shared.everything_shared) boot.must(raw::call(raw::nr_mount, 0, address("/"), 0, MS::REC | MS::SHARED, 0));
}

} // namespace

void init_main(Shared* shared) {
    Boot boot(shared);
    boot.at(BootStep::guard);
    guard(boot, *shared);
    // The supervisor writes the id maps meanwhile.
    Slot* slot = shared->slot(0);
    while (slot->command.load() == 0) raw::futex_wait(&slot->command, 0);
    slot->command.store(0);
    boot.at(BootStep::session);
    raw::call(raw::nr_prctl, PR_SET_NAME, raw::address("nslab")); // whatever program plays it
    boot.must(raw::call(raw::nr_setsid));                         // kill(0, ...) reaches the world alone
    reset_signals();
    if (shared->rootless) boot.must(raw::call(raw::nr_prctl, PR_SET_DUMPABLE, 1));
    boot.at(BootStep::descriptors);
    close_descriptors(boot, *shared);
    // 1, not 0, keeps a core_pattern with a pipe from running its program. Who is not root may have less already.
    shared->cores_unlimited = !limit(RLIMIT_CORE, 1);
    limit(RLIMIT_NOFILE, 1024);
    limit(RLIMIT_MEMLOCK, 0);
    raw::call(raw::nr_umask, 022);
    if (!shared->rootless) raw::call(raw::nr_setgroups, 0, 0); // in a user namespace they cannot be left
    shared->user_ns = own_user_namespace();
    make_world(boot, *shared);
    boot.at(BootStep::done);
    agent_main(shared, slot);
}

} // namespace nslab::host
