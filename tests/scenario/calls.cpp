// Calls as strace prints them: read, bound and printed again they are the same.

#include "tests/scenario/scenario.hpp"

using namespace nslab;
using namespace nslab::test;

namespace {

std::string printed(const std::string& call) {
    const auto all = steps("sh1: " + call + "\n");
    REQUIRE(all.size() == 1);
    return to_string(bind(as<CallStep>(all[0]).call, sevens()));
}

// Lines of strace 6.1, and of the calls that it does not know yet.
const std::vector<std::string> kCalls = {
    R"(mount("a", "/b", "tmpfs", MS_MGC_VAL|MS_REC, NULL))",
    R"(mount(NULL, "/b", NULL, MS_RDONLY|MS_REMOUNT|MS_BIND|MS_REC|MS_PRIVATE, "size=1m"))",
    R"(mount("", BAD, "", 0x10000200000000, BAD))",
    R"(umount2("/a", MNT_DETACH|UMOUNT_NOFOLLOW))",
    R"(umount2("/a", 0))",
    R"(pivot_root(".", "."))",
    R"(chroot("/a"))",
    R"(chdir("/a"))",
    R"(fchdir(3))",
    R"(getcwd(..., 4096))",
    R"(open_tree(AT_FDCWD, "/a", OPEN_TREE_CLONE|OPEN_TREE_CLOEXEC|AT_RECURSIVE))",
    R"(move_mount(-1, "", AT_FDCWD, "/x", MOVE_MOUNT_F_EMPTY_PATH|MOVE_MOUNT_SET_GROUP|MOVE_MOUNT_BENEATH))",
    R"(fsopen("tmpfs", FSOPEN_CLOEXEC))",
    R"(fsconfig(3, FSCONFIG_SET_STRING, "source", "disk", 0))",
    R"(fsconfig(3, FSCONFIG_CMD_CREATE, NULL, NULL, 0))",
    R"(fsconfig(3, FSCONFIG_SET_FD, "fd", NULL, 5))",
    R"(fsconfig(3, 77, NULL, NULL, AT_FDCWD))",
    R"(fsmount(3, FSMOUNT_CLOEXEC, MOUNT_ATTR_RDONLY|MOUNT_ATTR_NOATIME))",
    R"(fspick(AT_FDCWD, "/a", FSPICK_CLOEXEC|FSPICK_EMPTY_PATH))",
    R"(mount_setattr(3, "", AT_EMPTY_PATH, {attr_set=MOUNT_ATTR_RDONLY, attr_clr=MOUNT_ATTR__ATIME, propagation=MS_SHARED, userns_fd=0}, 32))",
    R"(mount_setattr(AT_FDCWD, "/a", AT_RECURSIVE, NULL, 32))",
    R"(open_tree_attr(AT_FDCWD, "/a", OPEN_TREE_CLONE, {attr_set=0, attr_clr=0, propagation=0, userns_fd=0}, 32))",
    R"(statmount({mnt_id=0x105, param=STATMOUNT_SB_BASIC|STATMOUNT_MNT_POINT, mnt_ns_id=0}, ..., 512, 0))",
    R"(listmount({mnt_id=LSMT_ROOT, param=0x7, mnt_ns_id=0x3}, ..., 100, LISTMOUNT_REVERSE))",
    R"(openat(AT_FDCWD, "/a", O_RDWR|O_CREAT|O_EXCL|O_NOFOLLOW|O_CLOEXEC, 0644))",
    R"(openat(3, "a", O_RDONLY|O_PATH|O_DIRECTORY))",
    R"(openat(AT_FDCWD, "/a", O_WRONLY|O_TMPFILE, 000))",
    R"(close(3))",
    R"(dup(3))",
    R"(read(-1, ..., 5))",
    R"(write(1, "a\1b\n\t\"\\\303\2441\0017", 12))",
    R"(write(1, "price: \$5", 9))",
    R"(lseek(3, -5, SEEK_END))",
    R"(ftruncate(3, 5))",
    R"(getdents64(3, ..., 32768))",
    R"(newfstatat(AT_FDCWD, "/a", ..., AT_SYMLINK_NOFOLLOW))",
    R"(newfstatat(3, "", ..., AT_EMPTY_PATH))",
    R"(statfs("/a", ...))",
    R"(fstatfs(3, ...))",
    R"(faccessat(AT_FDCWD, "/a", F_OK))",
    R"(faccessat(AT_FDCWD, "/a", R_OK|W_OK|X_OK))",
    R"(readlinkat(AT_FDCWD, "/a", ..., 4096))",
    R"(mkdirat(AT_FDCWD, "/a", 01777))",
    R"(mkdirat(AT_FDCWD, "/a", 000))",
    R"(unlinkat(-1, "a", AT_REMOVEDIR))",
    R"(symlinkat("a", AT_FDCWD, "/b"))",
    R"(linkat(-1, "a", 3, "b", AT_SYMLINK_FOLLOW))",
    R"(renameat2(AT_FDCWD, "/a", AT_FDCWD, "/b", RENAME_NOREPLACE))",
    R"(utimensat(AT_FDCWD, "/a", NULL, 0))",
    R"(fchmodat(AT_FDCWD, "/a", 0644))",
    R"(umask(022))",
    R"(clone(child_stack=NULL, flags=CLONE_NEWNS|CLONE_NEWPID|SIGCHLD))",
    R"(clone(child_stack=NULL, flags=0))",
    R"(clone3({flags=CLONE_NEWTIME|CLONE_NEWNS, exit_signal=SIGCHLD}, 88))",
    R"(clone3({flags=CLONE_NEWPID, exit_signal=0, set_tid=[5, 6], set_tid_size=2}, 88))",
    R"(unshare(CLONE_NEWTIME|CLONE_FS|CLONE_NEWNS))",
    R"(setns(3, CLONE_NEWNS))",
    R"(clone(child_stack=NULL, flags=CLONE_PIDFD|SIGCHLD, parent_tid=...))",
    R"(clone3({flags=CLONE_PIDFD|CLONE_PARENT_SETTID, pidfd=..., parent_tid=..., exit_signal=SIGCHLD}, 88))",
    R"(exit_group(3))",
    R"(exit(3))",
    R"(execve("/proc/self/exe", ..., ...))",
    R"(waitid(P_PIDFD, 3, ..., WNOHANG|WEXITED|WNOWAIT, NULL))",
    R"(waitid(P_ALL, 0, NULL, WSTOPPED|WCONTINUED, NULL))",
    R"(tgkill(5, 6, SIGTERM))",
    R"(tkill(6, SIGTERM))",
    R"(pidfd_send_signal(3, SIGKILL, NULL, PIDFD_SIGNAL_PROCESS_GROUP))",
    R"(rt_sigaction(SIGCHLD, {sa_handler=SIG_IGN, sa_mask=[INT TERM], sa_flags=SA_RESTART|SA_NOCLDWAIT}, NULL, 8))",
    R"(rt_sigaction(SIGCHLD, NULL, ..., 8))",
    R"(rt_sigprocmask(SIG_BLOCK, ~[KILL STOP], ..., 8))",
    R"(rt_sigprocmask(SIG_SETMASK, NULL, BAD, 8))",
    R"(rt_sigpending(..., 8))",
    R"(rt_sigtimedwait([CHLD], ..., {tv_sec=0, tv_nsec=0}, 8))",
    R"(rt_sigtimedwait([], NULL, NULL, 8))",
    R"(pause())",
    R"(gettid())",
    R"(getuid())",
    R"(geteuid())",
    R"(getgid())",
    R"(getegid())",
    R"(setresuid(-1, 1000, 0))",
    R"(setresgid(-1, -1, 0))",
    R"(setgroups(2, [5, 6]))",
    R"(setsid())",
    R"(getsid(0))",
    R"(setpgid(0, 5))",
    R"(getpgid(5))",
    R"(getpgrp())",
    R"(prctl(PR_SET_CHILD_SUBREAPER, 1))",
    R"(prctl(PR_GET_CHILD_SUBREAPER, ...))",
    R"(ioctl(3, NS_GET_USERNS))",
    R"(ioctl(3, NS_GET_PID_FROM_PIDNS, 5))",
    R"(ioctl(3, NS_GET_OWNER_UID, ...))",
    R"(ioctl(3, NS_MNT_GET_INFO, NULL))",
    R"(wait4(-1, ..., WNOHANG|WSTOPPED|__WALL, NULL))",
    R"(kill(-5, SIGKILL))",
    R"(kill(5, 0))",
    R"(getpid())",
    R"(getppid())",
    R"(pidfd_open(1, PIDFD_NONBLOCK))",
    R"(pidfd_send_signal(3, SIGUSR1, {si_signo=SIGUSR1, si_code=SI_QUEUE, si_pid=5, si_uid=0, si_int=-1}, 0))",
    R"(rt_sigqueueinfo(5, SIGUSR1, {si_signo=0, si_code=SI_TKILL, si_pid=5, si_uid=0, si_int=7}))",
    R"(rt_tgsigqueueinfo(5, 6, SIGUSR1, NULL))",
    R"(capget({version=_LINUX_CAPABILITY_VERSION_3, pid=5}, ...))",
    R"(capget({version=0, pid=0}, NULL))",
    R"(capset({version=_LINUX_CAPABILITY_VERSION_1, pid=0}, {effective=0, permitted=1<<CAP_KILL|1<<CAP_SYSLOG, inheritable=1<<CAP_KILL}))",
    R"(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_KILL, 0, 0))",
    R"(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0))",
    R"(prctl(PR_CAPBSET_DROP, CAP_SYS_ADMIN))",
    R"(prctl(PR_SET_SECUREBITS, SECBIT_NOROOT|SECBIT_KEEP_CAPS))",
    R"(prctl(PR_GET_SECUREBITS))",
    R"(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))",
    R"(ioctl(3, PIDFD_GET_UTS_NAMESPACE))",
    R"(ioctl(3, PIDFD_GET_INFO, ...))",
    R"(poll([{fd=3, events=POLLIN|POLLHUP}], 1, -1))",
};

} // namespace

TEST_CASE("every call is read as it is printed") {
    std::vector<bool> seen(std::variant_size_v<AnySyscall>);
    for (const auto& call : kCalls) {
        INFO(call);
        CHECK(printed(call) == call);
        const auto all = steps("sh1: " + call);
        seen[bind(as<CallStep>(all[0]).call, sevens()).index()] = true;
    }
    // A struct without a line here is a call that nobody has tried to write.
    for (std::size_t i = 0; i < seen.size(); ++i) {
        INFO("the struct number " << i << " of the variant");
        CHECK(seen[i]);
    }
}

TEST_CASE("the other spellings of a call mean the kernel's own") {
    const std::vector<std::pair<std::string, std::string>> spellings = {
        {R"(open("/a"))", R"(openat(AT_FDCWD, "/a", O_RDONLY))"},
        {R"(open("/a", O_WRONLY|O_CREAT, 0600))", R"(openat(AT_FDCWD, "/a", O_WRONLY|O_CREAT, 0600))"},
        {R"(creat("/a", 0600))", R"(openat(AT_FDCWD, "/a", O_WRONLY|O_CREAT|O_TRUNC, 0600))"},
        {R"(stat("/a"))", R"(newfstatat(AT_FDCWD, "/a", ..., 0))"},
        {R"(lstat("/a"))", R"(newfstatat(AT_FDCWD, "/a", ..., AT_SYMLINK_NOFOLLOW))"},
        {R"(fstat(3))", R"(newfstatat(3, "", ..., AT_EMPTY_PATH))"},
        {R"(mkdir("/a", 0755))", R"(mkdirat(AT_FDCWD, "/a", 0755))"},
        {R"(rmdir("/a"))", R"(unlinkat(AT_FDCWD, "/a", AT_REMOVEDIR))"},
        {R"(unlink("/a"))", R"(unlinkat(AT_FDCWD, "/a", 0))"},
        {R"(symlink("a", "/b"))", R"(symlinkat("a", AT_FDCWD, "/b"))"},
        {R"(link("/a", "/b"))", R"(linkat(AT_FDCWD, "/a", AT_FDCWD, "/b", 0))"},
        {R"(rename("/a", "/b"))", R"(renameat2(AT_FDCWD, "/a", AT_FDCWD, "/b", 0))"},
        {R"(renameat(3, "a", 4, "b"))", R"(renameat2(3, "a", 4, "b", 0))"},
        {R"(fork())", R"(clone(child_stack=NULL, flags=SIGCHLD))"},
        {R"(vfork())", R"(clone(child_stack=NULL, flags=CLONE_VM|CLONE_VFORK|SIGCHLD))"},
        {R"(clone(CLONE_NEWNS|SIGCHLD))", R"(clone(child_stack=NULL, flags=CLONE_NEWNS|SIGCHLD))"},
        {R"(readlink("/a"))", R"(readlinkat(AT_FDCWD, "/a", ..., 4096))"},
        {R"(access("/a", X_OK))", R"(faccessat(AT_FDCWD, "/a", X_OK))"},
        {R"(faccessat2(AT_FDCWD, "/a", F_OK, 0))", R"(faccessat(AT_FDCWD, "/a", F_OK))"},
        {R"(umount("/a"))", R"(umount2("/a", 0))"},
        {R"(chmod("/a", 0700))", R"(fchmodat(AT_FDCWD, "/a", 0700))"},
        {R"(waitpid(-1, NULL, WUNTRACED))", R"(wait4(-1, ..., WSTOPPED, NULL))"},
        {R"(mount_setattr(3, "", 0, {propagation=MS_SLAVE}, MOUNT_ATTR_SIZE_VER0))",
         R"(mount_setattr(3, "", 0, {attr_set=0, attr_clr=0, propagation=MS_SLAVE, userns_fd=0}, 32))"},
        {R"(mount_setattr(3, "", 0, {}))",
         R"(mount_setattr(3, "", 0, {attr_set=0, attr_clr=0, propagation=0, userns_fd=0}, 32))"},
        {R"(write(1, "hello", 2))", R"(write(1, "he", 2))"},
        {R"(poll({fd=3, events=POLLIN}, 1, 0))", R"(poll([{fd=3, events=POLLIN}], 1, 0))"},
        {R"(capset({version=_LINUX_CAPABILITY_VERSION_3}, {permitted=0x20}))",
         R"(capset({version=_LINUX_CAPABILITY_VERSION_3, pid=0}, {effective=0, permitted=1<<CAP_KILL, inheritable=0}))"},
    };
    for (const auto& [spelling, kernel] : spellings) {
        INFO(spelling);
        CHECK(printed(spelling) == kernel);
    }
}

TEST_CASE("a line pasted from strace is understood") {
    const std::vector<std::pair<std::string, std::string>> lines = {
        {R"([pid  1234] chdir("/a") = 0)", R"(chdir("/a"))"},
        {R"(1234  chdir("/a")              = -1 ENOENT (No such file or directory))", R"(chdir("/a"))"},
        {R"(1234 12:30:01.123456 chdir("/a") = 0 <0.000012>)", R"(chdir("/a"))"},
        {R"(read(-1, 0x7ffc362797c0, 5)             = -1 EBADF (Bad file descriptor))", R"(read(-1, ..., 5))"},
        {R"(mount(NULL, "/b", 0x5, 0, 0)  = -1 EFAULT (Bad address))", R"(mount(NULL, "/b", BAD, 0, NULL))"},
        {R"(getdents64(5, 0x7ffc362797c0 /* 4 entries */, 100) = 96)", R"(getdents64(5, ..., 100))"},
        {R"(openat(AT_FDCWD</root>, "a", O_RDONLY) = 3</root/a>)", R"(openat(AT_FDCWD, "a", O_RDONLY))"},
        {R"(newfstatat(3</a>, "", {st_mode=S_IFCHR|0666, st_rdev=makedev(0x1, 0x3), ...}, AT_EMPTY_PATH) = 0)",
         R"(newfstatat(3, "", ..., AT_EMPTY_PATH))"},
        {R"(statfs("/proc", {f_type=PROC_SUPER_MAGIC, f_fsid={val=[0x15, 0]}, f_flags=ST_VALID|ST_RELATIME}) = 0)",
         R"(statfs("/proc", ...))"},
        {R"(clone(child_stack=NULL, flags=CLONE_CHILD_CLEARTID|CLONE_CHILD_SETTID|SIGCHLD, child_tidptr=0x7fa58843fa10) = 31507)",
         R"(clone(child_stack=NULL, flags=CLONE_CHILD_CLEARTID|CLONE_CHILD_SETTID|SIGCHLD))"},
        {R"(clone3({flags=CLONE_VM|CLONE_VFORK, exit_signal=SIGCHLD, stack=0x7f0000000000, stack_size=0x9000} => {parent_tid=[0]}, 88) = 5)",
         R"(clone3({flags=CLONE_VM|CLONE_VFORK, exit_signal=SIGCHLD}, 88))"},
        {R"(wait4(31507, [{WIFEXITED(s) && WEXITSTATUS(s) == 3}], 0, NULL) = 31507)", R"(wait4(31507, ..., 0, NULL))"},
        {R"(exit_group(0)                           = ?)", R"(exit_group(0))"},
    };
    for (const auto& [line, call] : lines) {
        INFO(line);
        CHECK(printed(line) == call);
    }
}

TEST_CASE("names stand for numbers in calls and for text in strings") {
    const auto all = steps("sh1: f = open(\"/a\")\n"
                           "sh1: g = open(\"/proc/$$/fd/${f}0\", O_RDONLY)\n"
                           "sh1: close($f)\n"
                           "sh1: kill($$, 0)\n"
                           "sh1: kill(sh1@sh1, g)\n");
    CHECK(as<CallStep>(all[0]).result_name == "f");
    CHECK(written(as<CallStep>(all[1]).call.children[0].text) == "/proc/<$>/fd/<f>0");
    CHECK(to_string(bind(as<CallStep>(all[2]).call, sevens())) == "close(7)");
    CHECK(to_string(bind(as<CallStep>(all[3]).call, sevens())) == "kill(7, 0)");
    CHECK(to_string(bind(as<CallStep>(all[4]).call, sevens())) == "kill(7, SIGBUS)");
}

TEST_CASE("the text of a step ends before its result") {
    const auto all = steps("sh1:   chdir( \"/a\" )   = -1 ENOENT (No such file or directory)  # so it is\n"
                           "sh1# mkdir  /a   # EEXIST\n");
    CHECK(all[0].text == "sh1:   chdir( \"/a\" )");
    CHECK(all[1].text == "sh1# mkdir  /a");
}
