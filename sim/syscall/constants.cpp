// The names of flags and numbers, family by family, in the order in which strace prints them.

#include "sim/syscall/calls.hpp"

namespace nslab::describe {

namespace {

constexpr Constant mount_flags[] = {
    {"MS_MGC_VAL", MS::MGC_VAL, MS::MGC_MSK},
    {"MS_RDONLY", MS::RDONLY},
    {"MS_NOSUID", MS::NOSUID},
    {"MS_NODEV", MS::NODEV},
    {"MS_NOEXEC", MS::NOEXEC},
    {"MS_SYNCHRONOUS", MS::SYNCHRONOUS},
    {"MS_REMOUNT", MS::REMOUNT},
    {"MS_MANDLOCK", MS::MANDLOCK},
    {"MS_DIRSYNC", MS::DIRSYNC},
    {"MS_NOSYMFOLLOW", MS::NOSYMFOLLOW},
    {"MS_NOATIME", MS::NOATIME},
    {"MS_NODIRATIME", MS::NODIRATIME},
    {"MS_BIND", MS::BIND},
    {"MS_MOVE", MS::MOVE},
    {"MS_REC", MS::REC},
    {"MS_SILENT", MS::SILENT},
    {"MS_POSIXACL", MS::POSIXACL},
    {"MS_UNBINDABLE", MS::UNBINDABLE},
    {"MS_PRIVATE", MS::PRIVATE},
    {"MS_SLAVE", MS::SLAVE},
    {"MS_SHARED", MS::SHARED},
    {"MS_RELATIME", MS::RELATIME},
    {"MS_KERNMOUNT", MS::KERNMOUNT},
    {"MS_I_VERSION", MS::I_VERSION},
    {"MS_STRICTATIME", MS::STRICTATIME},
    {"MS_LAZYTIME", MS::LAZYTIME},
    {"MS_NOSEC", MS::NOSEC},
    {"MS_BORN", MS::BORN},
    {"MS_ACTIVE", MS::ACTIVE},
    {"MS_NOUSER", MS::NOUSER},
};

constexpr Constant umount_flags[] = {
    {"MNT_FORCE", UMOUNT::FORCE},
    {"MNT_DETACH", UMOUNT::DETACH},
    {"MNT_EXPIRE", UMOUNT::EXPIRE},
    {"UMOUNT_NOFOLLOW", UMOUNT::NOFOLLOW},
};

constexpr Constant open_flags[] = {
    {"O_RDONLY", O::RDONLY, O::ACCMODE},
    {"O_WRONLY", O::WRONLY, O::ACCMODE},
    {"O_RDWR", O::RDWR, O::ACCMODE},
    {"O_ACCMODE", O::ACCMODE, O::ACCMODE},
    {"O_CREAT", O::CREAT},
    {"O_EXCL", O::EXCL},
    {"O_NOCTTY", O::NOCTTY},
    {"O_TRUNC", O::TRUNC},
    {"O_APPEND", O::APPEND},
    {"O_NONBLOCK", O::NONBLOCK},
    {"O_SYNC", 04010000},
    {"O_DSYNC", O::DSYNC},
    {"O_ASYNC", 020000},
    {"O_DIRECT", 040000},
    {"O_LARGEFILE", 0100000},
    {"O_NOFOLLOW", O::NOFOLLOW},
    {"O_NOATIME", 01000000},
    {"O_CLOEXEC", O::CLOEXEC},
    {"O_PATH", O::PATH},
    {"O_TMPFILE", O::TMPFILE},
    {"O_DIRECTORY", O::DIRECTORY},
};

constexpr Constant open_tree_flags[] = {
    {"OPEN_TREE_CLONE", OPEN_TREE::CLONE},
    {"OPEN_TREE_CLOEXEC", OPEN_TREE::CLOEXEC},
    {"AT_SYMLINK_NOFOLLOW", AT::SYMLINK_NOFOLLOW},
    {"AT_NO_AUTOMOUNT", AT::NO_AUTOMOUNT},
    {"AT_EMPTY_PATH", AT::EMPTY_PATH},
    {"AT_RECURSIVE", AT::RECURSIVE},
};

constexpr Constant move_mount_flags[] = {
    {"MOVE_MOUNT_F_SYMLINKS", MOVE_MOUNT::F_SYMLINKS},     {"MOVE_MOUNT_F_AUTOMOUNTS", MOVE_MOUNT::F_AUTOMOUNTS},
    {"MOVE_MOUNT_F_EMPTY_PATH", MOVE_MOUNT::F_EMPTY_PATH}, {"MOVE_MOUNT_T_SYMLINKS", MOVE_MOUNT::T_SYMLINKS},
    {"MOVE_MOUNT_T_AUTOMOUNTS", MOVE_MOUNT::T_AUTOMOUNTS}, {"MOVE_MOUNT_T_EMPTY_PATH", MOVE_MOUNT::T_EMPTY_PATH},
    {"MOVE_MOUNT_SET_GROUP", MOVE_MOUNT::SET_GROUP},       {"MOVE_MOUNT_BENEATH", MOVE_MOUNT::BENEATH},
};

constexpr Constant fsopen_flags[] = {{"FSOPEN_CLOEXEC", FSOPEN::CLOEXEC}};

constexpr Constant fsconfig_commands[] = {
    {"FSCONFIG_SET_FLAG", FSCONFIG::SET_FLAG},
    {"FSCONFIG_SET_STRING", FSCONFIG::SET_STRING},
    {"FSCONFIG_SET_BINARY", FSCONFIG::SET_BINARY},
    {"FSCONFIG_SET_PATH", FSCONFIG::SET_PATH},
    {"FSCONFIG_SET_PATH_EMPTY", FSCONFIG::SET_PATH_EMPTY},
    {"FSCONFIG_SET_FD", FSCONFIG::SET_FD},
    {"FSCONFIG_CMD_CREATE", FSCONFIG::CMD_CREATE},
    {"FSCONFIG_CMD_RECONFIGURE", FSCONFIG::CMD_RECONFIGURE},
    {"FSCONFIG_CMD_CREATE_EXCL", FSCONFIG::CMD_CREATE_EXCL},
};

constexpr Constant fsmount_flags[] = {{"FSMOUNT_CLOEXEC", FSMOUNT::CLOEXEC}};

constexpr Constant fspick_flags[] = {
    {"FSPICK_CLOEXEC", FSPICK::CLOEXEC},
    {"FSPICK_SYMLINK_NOFOLLOW", FSPICK::SYMLINK_NOFOLLOW},
    {"FSPICK_NO_AUTOMOUNT", FSPICK::NO_AUTOMOUNT},
    {"FSPICK_EMPTY_PATH", FSPICK::EMPTY_PATH},
};

constexpr Constant mount_attrs[] = {
    {"MOUNT_ATTR_RDONLY", MOUNT_ATTR::RDONLY},
    {"MOUNT_ATTR_NOSUID", MOUNT_ATTR::NOSUID},
    {"MOUNT_ATTR_NODEV", MOUNT_ATTR::NODEV},
    {"MOUNT_ATTR_NOEXEC", MOUNT_ATTR::NOEXEC},
    {"MOUNT_ATTR__ATIME", MOUNT_ATTR::ATIME},
    {"MOUNT_ATTR_RELATIME", MOUNT_ATTR::RELATIME},
    {"MOUNT_ATTR_NOATIME", MOUNT_ATTR::NOATIME},
    {"MOUNT_ATTR_STRICTATIME", MOUNT_ATTR::STRICTATIME},
    {"MOUNT_ATTR_NODIRATIME", MOUNT_ATTR::NODIRATIME},
    {"MOUNT_ATTR_IDMAP", MOUNT_ATTR::IDMAP},
    {"MOUNT_ATTR_NOSYMFOLLOW", MOUNT_ATTR::NOSYMFOLLOW},
};

constexpr Constant setattr_flags[] = {
    {"AT_SYMLINK_NOFOLLOW", AT::SYMLINK_NOFOLLOW},
    {"AT_NO_AUTOMOUNT", AT::NO_AUTOMOUNT},
    {"AT_EMPTY_PATH", AT::EMPTY_PATH},
    {"AT_RECURSIVE", AT::RECURSIVE},
};

constexpr Constant propagation[] = {
    {"MS_UNBINDABLE", MS::UNBINDABLE},
    {"MS_PRIVATE", MS::PRIVATE},
    {"MS_SLAVE", MS::SLAVE},
    {"MS_SHARED", MS::SHARED},
};

constexpr Constant statmount_mask[] = {
    {"STATMOUNT_SB_BASIC", STATMOUNT::SB_BASIC},
    {"STATMOUNT_MNT_BASIC", STATMOUNT::MNT_BASIC},
    {"STATMOUNT_PROPAGATE_FROM", STATMOUNT::PROPAGATE_FROM},
    {"STATMOUNT_MNT_ROOT", STATMOUNT::MNT_ROOT},
    {"STATMOUNT_MNT_POINT", STATMOUNT::MNT_POINT},
    {"STATMOUNT_FS_TYPE", STATMOUNT::FS_TYPE},
    {"STATMOUNT_MNT_NS_ID", STATMOUNT::MNT_NS_ID},
    {"STATMOUNT_MNT_OPTS", STATMOUNT::MNT_OPTS},
    {"STATMOUNT_FS_SUBTYPE", STATMOUNT::FS_SUBTYPE},
    {"STATMOUNT_SB_SOURCE", STATMOUNT::SB_SOURCE},
    {"STATMOUNT_OPT_ARRAY", STATMOUNT::OPT_ARRAY},
    {"STATMOUNT_OPT_SEC_ARRAY", STATMOUNT::OPT_SEC_ARRAY},
    {"STATMOUNT_SUPPORTED_MASK", STATMOUNT::SUPPORTED_MASK},
    {"STATMOUNT_MNT_UIDMAP", STATMOUNT::MNT_UIDMAP},
    {"STATMOUNT_MNT_GIDMAP", STATMOUNT::MNT_GIDMAP},
};

constexpr Constant listmount_flags[] = {{"LISTMOUNT_REVERSE", LISTMOUNT::REVERSE}};
constexpr Constant mount_ids[] = {{"LSMT_ROOT", kLsmtRoot}};
constexpr Constant seek[] = {{"SEEK_SET", 0}, {"SEEK_CUR", 1}, {"SEEK_END", 2}, {"SEEK_DATA", 3}, {"SEEK_HOLE", 4}};

constexpr Constant stat_flags[] = {
    {"AT_SYMLINK_NOFOLLOW", AT::SYMLINK_NOFOLLOW},
    {"AT_NO_AUTOMOUNT", AT::NO_AUTOMOUNT},
    {"AT_EMPTY_PATH", AT::EMPTY_PATH},
};

constexpr Constant access_modes[] = {{"F_OK", 0, 7}, {"R_OK", 4}, {"W_OK", 2}, {"X_OK", 1}};
constexpr Constant unlink_flags[] = {{"AT_REMOVEDIR", AT::REMOVEDIR}};
constexpr Constant link_flags[] = {{"AT_SYMLINK_FOLLOW", AT::SYMLINK_FOLLOW}, {"AT_EMPTY_PATH", AT::EMPTY_PATH}};

constexpr Constant rename_flags[] = {
    {"RENAME_NOREPLACE", RENAME::NOREPLACE},
    {"RENAME_EXCHANGE", RENAME::EXCHANGE},
    {"RENAME_WHITEOUT", RENAME::WHITEOUT},
};

constexpr u64 kSignalMask = CLONE::SIGNAL_MASK;
constexpr Constant clone_flags[] = {
    {"CLONE_VM", CLONE::VM},
    {"CLONE_FS", CLONE::FS},
    {"CLONE_FILES", CLONE::FILES},
    {"CLONE_SIGHAND", CLONE::SIGHAND},
    {"CLONE_PIDFD", CLONE::PIDFD},
    {"CLONE_PTRACE", CLONE::PTRACE},
    {"CLONE_VFORK", CLONE::VFORK},
    {"CLONE_PARENT", CLONE::PARENT},
    {"CLONE_THREAD", CLONE::THREAD},
    {"CLONE_NEWNS", CLONE::NEWNS},
    {"CLONE_SYSVSEM", CLONE::SYSVSEM},
    {"CLONE_SETTLS", CLONE::SETTLS},
    {"CLONE_PARENT_SETTID", CLONE::PARENT_SETTID},
    {"CLONE_CHILD_CLEARTID", CLONE::CHILD_CLEARTID},
    {"CLONE_DETACHED", CLONE::DETACHED},
    {"CLONE_UNTRACED", CLONE::UNTRACED},
    {"CLONE_CHILD_SETTID", CLONE::CHILD_SETTID},
    {"CLONE_NEWCGROUP", CLONE::NEWCGROUP},
    {"CLONE_NEWUTS", CLONE::NEWUTS},
    {"CLONE_NEWIPC", CLONE::NEWIPC},
    {"CLONE_NEWUSER", CLONE::NEWUSER},
    {"CLONE_NEWPID", CLONE::NEWPID},
    {"CLONE_NEWNET", CLONE::NEWNET},
    {"CLONE_IO", CLONE::IO},
    {"CLONE_CLEAR_SIGHAND", CLONE::CLEAR_SIGHAND},
    {"CLONE_INTO_CGROUP", CLONE::INTO_CGROUP},
    // The signal that the parent gets, in the low byte. CLONE_NEWTIME is a bit of that byte and is no flag here.
    {"SIGHUP", SIG::HUP, kSignalMask},
    {"SIGINT", SIG::INT, kSignalMask},
    {"SIGKILL", SIG::KILL, kSignalMask},
    {"SIGUSR1", SIG::USR1, kSignalMask},
    {"SIGUSR2", SIG::USR2, kSignalMask},
    {"SIGTERM", SIG::TERM, kSignalMask},
    {"SIGCHLD", SIG::CHLD, kSignalMask},
};

// unshare, setns and clone3, in whose flags the low byte is no signal.
constexpr Constant unshare_flags[] = {
    {"CLONE_NEWTIME", CLONE::NEWTIME},
    {"CLONE_VM", CLONE::VM},
    {"CLONE_FS", CLONE::FS},
    {"CLONE_FILES", CLONE::FILES},
    {"CLONE_SIGHAND", CLONE::SIGHAND},
    {"CLONE_PIDFD", CLONE::PIDFD},
    {"CLONE_PTRACE", CLONE::PTRACE},
    {"CLONE_VFORK", CLONE::VFORK},
    {"CLONE_PARENT", CLONE::PARENT},
    {"CLONE_THREAD", CLONE::THREAD},
    {"CLONE_NEWNS", CLONE::NEWNS},
    {"CLONE_SYSVSEM", CLONE::SYSVSEM},
    {"CLONE_SETTLS", CLONE::SETTLS},
    {"CLONE_PARENT_SETTID", CLONE::PARENT_SETTID},
    {"CLONE_CHILD_CLEARTID", CLONE::CHILD_CLEARTID},
    {"CLONE_DETACHED", CLONE::DETACHED},
    {"CLONE_UNTRACED", CLONE::UNTRACED},
    {"CLONE_CHILD_SETTID", CLONE::CHILD_SETTID},
    {"CLONE_NEWCGROUP", CLONE::NEWCGROUP},
    {"CLONE_NEWUTS", CLONE::NEWUTS},
    {"CLONE_NEWIPC", CLONE::NEWIPC},
    {"CLONE_NEWUSER", CLONE::NEWUSER},
    {"CLONE_NEWPID", CLONE::NEWPID},
    {"CLONE_NEWNET", CLONE::NEWNET},
    {"CLONE_IO", CLONE::IO},
    {"CLONE_CLEAR_SIGHAND", CLONE::CLEAR_SIGHAND},
    {"CLONE_INTO_CGROUP", CLONE::INTO_CGROUP},
};

constexpr Constant signals[] = {
    {"SIGHUP", SIG::HUP},   {"SIGINT", SIG::INT},       {"SIGQUIT", SIG::QUIT}, {"SIGILL", SIG::ILL},
    {"SIGTRAP", SIG::TRAP}, {"SIGABRT", SIG::ABRT},     {"SIGBUS", SIG::BUS},   {"SIGFPE", SIG::FPE},
    {"SIGKILL", SIG::KILL}, {"SIGUSR1", SIG::USR1},     {"SIGSEGV", SIG::SEGV}, {"SIGUSR2", SIG::USR2},
    {"SIGPIPE", SIG::PIPE}, {"SIGALRM", SIG::ALRM},     {"SIGTERM", SIG::TERM}, {"SIGSTKFLT", SIG::STKFLT},
    {"SIGCHLD", SIG::CHLD}, {"SIGCONT", SIG::CONT},     {"SIGSTOP", SIG::STOP}, {"SIGTSTP", SIG::TSTP},
    {"SIGTTIN", SIG::TTIN}, {"SIGTTOU", SIG::TTOU},     {"SIGURG", SIG::URG},   {"SIGXCPU", SIG::XCPU},
    {"SIGXFSZ", SIG::XFSZ}, {"SIGVTALRM", SIG::VTALRM}, {"SIGPROF", SIG::PROF}, {"SIGWINCH", SIG::WINCH},
    {"SIGIO", SIG::IO},     {"SIGPWR", SIG::PWR},       {"SIGSYS", SIG::SYS},
};

// strace prints WSTOPPED for what wait4(2) calls WUNTRACED.
constexpr Constant wait_flags[] = {
    {"WNOHANG", WAIT::NOHANG},       {"WSTOPPED", WAIT::UNTRACED},    {"WUNTRACED", WAIT::UNTRACED},
    {"WCONTINUED", WAIT::CONTINUED}, {"__WNOTHREAD", WAIT::NOTHREAD}, {"__WALL", WAIT::ALL},
    {"__WCLONE", WAIT::CLONE},
};

constexpr Constant waitid_flags[] = {
    {"WNOHANG", WAIT::NOHANG},       {"WSTOPPED", WAIT::UNTRACED},    {"WUNTRACED", WAIT::UNTRACED},
    {"WEXITED", WAIT::EXITED},       {"WCONTINUED", WAIT::CONTINUED}, {"WNOWAIT", WAIT::NOWAIT},
    {"__WNOTHREAD", WAIT::NOTHREAD}, {"__WALL", WAIT::ALL},           {"__WCLONE", WAIT::CLONE},
};
constexpr Constant waitid_types[] = {{"P_ALL", P::ALL}, {"P_PID", P::PID}, {"P_PGID", P::PGID}, {"P_PIDFD", P::PIDFD}};

// Of SIGCHLD, and of who sent a signal.
constexpr Constant sig_codes[] = {
    {"CLD_EXITED", CLD::EXITED},
    {"CLD_KILLED", CLD::KILLED},
    {"CLD_DUMPED", CLD::DUMPED},
    {"CLD_TRAPPED", CLD::TRAPPED},
    {"CLD_STOPPED", CLD::STOPPED},
    {"CLD_CONTINUED", CLD::CONTINUED},
    {"SI_USER", 0},
    {"SI_KERNEL", static_cast<u64>(i64{SI::KERNEL})},
    {"SI_QUEUE", static_cast<u64>(i64{SI::QUEUE})},
    {"SI_TKILL", static_cast<u64>(i64{SI::TKILL})},
};
constexpr Constant sig_handlers[] = {{"SIG_DFL", kSigDfl}, {"SIG_IGN", kSigIgn}, {"HANDLER", kSigHandler}};
constexpr Constant sigaction_flags[] = {
    {"SA_RESTORER", SA::RESTORER},   {"SA_ONSTACK", SA::ONSTACK},     {"SA_RESTART", SA::RESTART},
    {"SA_NODEFER", SA::NODEFER},     {"SA_RESETHAND", SA::RESETHAND}, {"SA_SIGINFO", SA::SIGINFO},
    {"SA_NOCLDSTOP", SA::NOCLDSTOP}, {"SA_NOCLDWAIT", SA::NOCLDWAIT},
};
constexpr Constant sig_how[] = {
    {"SIG_BLOCK", SIG_HOW::BLOCK}, {"SIG_UNBLOCK", SIG_HOW::UNBLOCK}, {"SIG_SETMASK", SIG_HOW::SETMASK}};
constexpr Constant prctl_options[] = {
    {"PR_SET_PDEATHSIG", PR::SET_PDEATHSIG},
    {"PR_GET_PDEATHSIG", PR::GET_PDEATHSIG},
    {"PR_SET_CHILD_SUBREAPER", PR::SET_CHILD_SUBREAPER},
    {"PR_GET_CHILD_SUBREAPER", PR::GET_CHILD_SUBREAPER},
    {"PR_GET_DUMPABLE", PR::GET_DUMPABLE},
    {"PR_SET_DUMPABLE", PR::SET_DUMPABLE},
    {"PR_GET_KEEPCAPS", PR::GET_KEEPCAPS},
    {"PR_SET_KEEPCAPS", PR::SET_KEEPCAPS},
    {"PR_CAPBSET_READ", PR::CAPBSET_READ},
    {"PR_CAPBSET_DROP", PR::CAPBSET_DROP},
    {"PR_GET_SECUREBITS", PR::GET_SECUREBITS},
    {"PR_SET_SECUREBITS", PR::SET_SECUREBITS},
    {"PR_SET_NO_NEW_PRIVS", PR::SET_NO_NEW_PRIVS},
    {"PR_GET_NO_NEW_PRIVS", PR::GET_NO_NEW_PRIVS},
    {"PR_CAP_AMBIENT", PR::CAP_AMBIENT},
};
constexpr Constant ioctl_requests[] = {
    {"NS_GET_USERNS", NS::GET_USERNS},
    {"NS_GET_PARENT", NS::GET_PARENT},
    {"NS_GET_NSTYPE", NS::GET_NSTYPE},
    {"NS_GET_OWNER_UID", NS::GET_OWNER_UID},
    {"NS_GET_MNTNS_ID", NS::GET_MNTNS_ID},
    {"NS_GET_PID_FROM_PIDNS", NS::GET_PID_FROM_PIDNS},
    {"NS_GET_TGID_FROM_PIDNS", NS::GET_TGID_FROM_PIDNS},
    {"NS_GET_PID_IN_PIDNS", NS::GET_PID_IN_PIDNS},
    {"NS_GET_TGID_IN_PIDNS", NS::GET_TGID_IN_PIDNS},
    {"NS_MNT_GET_INFO", NS::MNT_GET_INFO},
    {"NS_MNT_GET_NEXT", NS::MNT_GET_NEXT},
    {"NS_MNT_GET_PREV", NS::MNT_GET_PREV},
    {"NS_GET_ID", NS::GET_ID},
    {"PIDFD_GET_CGROUP_NAMESPACE", PIDFD::GET_CGROUP_NAMESPACE},
    {"PIDFD_GET_IPC_NAMESPACE", PIDFD::GET_IPC_NAMESPACE},
    {"PIDFD_GET_MNT_NAMESPACE", PIDFD::GET_MNT_NAMESPACE},
    {"PIDFD_GET_NET_NAMESPACE", PIDFD::GET_NET_NAMESPACE},
    {"PIDFD_GET_PID_NAMESPACE", PIDFD::GET_PID_NAMESPACE},
    {"PIDFD_GET_PID_FOR_CHILDREN_NAMESPACE", PIDFD::GET_PID_FOR_CHILDREN_NAMESPACE},
    {"PIDFD_GET_TIME_NAMESPACE", PIDFD::GET_TIME_NAMESPACE},
    {"PIDFD_GET_TIME_FOR_CHILDREN_NAMESPACE", PIDFD::GET_TIME_FOR_CHILDREN_NAMESPACE},
    {"PIDFD_GET_USER_NAMESPACE", PIDFD::GET_USER_NAMESPACE},
    {"PIDFD_GET_UTS_NAMESPACE", PIDFD::GET_UTS_NAMESPACE},
    {"PIDFD_GET_INFO", PIDFD::GET_INFO},
};
constexpr Constant capabilities[] = {
    {"CAP_CHOWN", 0},
    {"CAP_DAC_OVERRIDE", 1},
    {"CAP_DAC_READ_SEARCH", 2},
    {"CAP_FOWNER", 3},
    {"CAP_FSETID", 4},
    {"CAP_KILL", 5},
    {"CAP_SETGID", 6},
    {"CAP_SETUID", 7},
    {"CAP_SETPCAP", 8},
    {"CAP_LINUX_IMMUTABLE", 9},
    {"CAP_NET_BIND_SERVICE", 10},
    {"CAP_NET_BROADCAST", 11},
    {"CAP_NET_ADMIN", 12},
    {"CAP_NET_RAW", 13},
    {"CAP_IPC_LOCK", 14},
    {"CAP_IPC_OWNER", 15},
    {"CAP_SYS_MODULE", 16},
    {"CAP_SYS_RAWIO", 17},
    {"CAP_SYS_CHROOT", 18},
    {"CAP_SYS_PTRACE", 19},
    {"CAP_SYS_PACCT", 20},
    {"CAP_SYS_ADMIN", 21},
    {"CAP_SYS_BOOT", 22},
    {"CAP_SYS_NICE", 23},
    {"CAP_SYS_RESOURCE", 24},
    {"CAP_SYS_TIME", 25},
    {"CAP_SYS_TTY_CONFIG", 26},
    {"CAP_MKNOD", 27},
    {"CAP_LEASE", 28},
    {"CAP_AUDIT_WRITE", 29},
    {"CAP_AUDIT_CONTROL", 30},
    {"CAP_SETFCAP", 31},
    {"CAP_MAC_OVERRIDE", 32},
    {"CAP_MAC_ADMIN", 33},
    {"CAP_SYSLOG", 34},
    {"CAP_WAKE_ALARM", 35},
    {"CAP_BLOCK_SUSPEND", 36},
    {"CAP_AUDIT_READ", 37},
    {"CAP_PERFMON", 38},
    {"CAP_BPF", 39},
    {"CAP_CHECKPOINT_RESTORE", 40},
};
// As strace prints sets of them.
constexpr Constant capability_sets[] = {
    {"1<<CAP_CHOWN", u64{1} << 0},
    {"1<<CAP_DAC_OVERRIDE", u64{1} << 1},
    {"1<<CAP_DAC_READ_SEARCH", u64{1} << 2},
    {"1<<CAP_FOWNER", u64{1} << 3},
    {"1<<CAP_FSETID", u64{1} << 4},
    {"1<<CAP_KILL", u64{1} << 5},
    {"1<<CAP_SETGID", u64{1} << 6},
    {"1<<CAP_SETUID", u64{1} << 7},
    {"1<<CAP_SETPCAP", u64{1} << 8},
    {"1<<CAP_LINUX_IMMUTABLE", u64{1} << 9},
    {"1<<CAP_NET_BIND_SERVICE", u64{1} << 10},
    {"1<<CAP_NET_BROADCAST", u64{1} << 11},
    {"1<<CAP_NET_ADMIN", u64{1} << 12},
    {"1<<CAP_NET_RAW", u64{1} << 13},
    {"1<<CAP_IPC_LOCK", u64{1} << 14},
    {"1<<CAP_IPC_OWNER", u64{1} << 15},
    {"1<<CAP_SYS_MODULE", u64{1} << 16},
    {"1<<CAP_SYS_RAWIO", u64{1} << 17},
    {"1<<CAP_SYS_CHROOT", u64{1} << 18},
    {"1<<CAP_SYS_PTRACE", u64{1} << 19},
    {"1<<CAP_SYS_PACCT", u64{1} << 20},
    {"1<<CAP_SYS_ADMIN", u64{1} << 21},
    {"1<<CAP_SYS_BOOT", u64{1} << 22},
    {"1<<CAP_SYS_NICE", u64{1} << 23},
    {"1<<CAP_SYS_RESOURCE", u64{1} << 24},
    {"1<<CAP_SYS_TIME", u64{1} << 25},
    {"1<<CAP_SYS_TTY_CONFIG", u64{1} << 26},
    {"1<<CAP_MKNOD", u64{1} << 27},
    {"1<<CAP_LEASE", u64{1} << 28},
    {"1<<CAP_AUDIT_WRITE", u64{1} << 29},
    {"1<<CAP_AUDIT_CONTROL", u64{1} << 30},
    {"1<<CAP_SETFCAP", u64{1} << 31},
    {"1<<CAP_MAC_OVERRIDE", u64{1} << 32},
    {"1<<CAP_MAC_ADMIN", u64{1} << 33},
    {"1<<CAP_SYSLOG", u64{1} << 34},
    {"1<<CAP_WAKE_ALARM", u64{1} << 35},
    {"1<<CAP_BLOCK_SUSPEND", u64{1} << 36},
    {"1<<CAP_AUDIT_READ", u64{1} << 37},
    {"1<<CAP_PERFMON", u64{1} << 38},
    {"1<<CAP_BPF", u64{1} << 39},
    {"1<<CAP_CHECKPOINT_RESTORE", u64{1} << 40},
};
constexpr Constant capability_versions[] = {
    {"_LINUX_CAPABILITY_VERSION_1", kCapabilityVersion1},
    {"_LINUX_CAPABILITY_VERSION_2", kCapabilityVersion2},
    {"_LINUX_CAPABILITY_VERSION_3", kCapabilityVersion3},
};
constexpr Constant securebits[] = {
    {"SECBIT_NOROOT", SECBIT::NOROOT},
    {"SECBIT_NOROOT_LOCKED", SECBIT::NOROOT_LOCKED},
    {"SECBIT_NO_SETUID_FIXUP", SECBIT::NO_SETUID_FIXUP},
    {"SECBIT_NO_SETUID_FIXUP_LOCKED", SECBIT::NO_SETUID_FIXUP_LOCKED},
    {"SECBIT_KEEP_CAPS", SECBIT::KEEP_CAPS},
    {"SECBIT_KEEP_CAPS_LOCKED", SECBIT::KEEP_CAPS_LOCKED},
    {"SECBIT_NO_CAP_AMBIENT_RAISE", SECBIT::NO_CAP_AMBIENT_RAISE},
    {"SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED", SECBIT::NO_CAP_AMBIENT_RAISE_LOCKED},
    {"SECBIT_EXEC_RESTRICT_FILE", SECBIT::EXEC_RESTRICT_FILE},
    {"SECBIT_EXEC_RESTRICT_FILE_LOCKED", SECBIT::EXEC_RESTRICT_FILE_LOCKED},
    {"SECBIT_EXEC_DENY_INTERACTIVE", SECBIT::EXEC_DENY_INTERACTIVE},
    {"SECBIT_EXEC_DENY_INTERACTIVE_LOCKED", SECBIT::EXEC_DENY_INTERACTIVE_LOCKED},
};
constexpr Constant ambient_changes[] = {
    {"PR_CAP_AMBIENT_IS_SET", PR::CAP_AMBIENT_IS_SET},
    {"PR_CAP_AMBIENT_RAISE", PR::CAP_AMBIENT_RAISE},
    {"PR_CAP_AMBIENT_LOWER", PR::CAP_AMBIENT_LOWER},
    {"PR_CAP_AMBIENT_CLEAR_ALL", PR::CAP_AMBIENT_CLEAR_ALL},
};
constexpr Constant poll_events[] = {
    {"POLLIN", POLL::IN},         {"POLLPRI", POLL::PRI},       {"POLLOUT", POLL::OUT},
    {"POLLERR", POLL::ERR},       {"POLLHUP", POLL::HUP},       {"POLLNVAL", POLL::NVAL},
    {"POLLRDNORM", POLL::RDNORM}, {"POLLRDBAND", POLL::RDBAND}, {"POLLWRNORM", POLL::WRNORM},
    {"POLLWRBAND", POLL::WRBAND},
};
constexpr Constant pidfd_info_mask[] = {
    {"PIDFD_INFO_PID", PIDFD::INFO_PID},
    {"PIDFD_INFO_CREDS", PIDFD::INFO_CREDS},
    {"PIDFD_INFO_CGROUPID", PIDFD::INFO_CGROUPID},
    {"PIDFD_INFO_EXIT", PIDFD::INFO_EXIT},
};
constexpr Constant pidfd_signal_flags[] = {
    {"PIDFD_SIGNAL_THREAD", kPidfdSignalThread},
    {"PIDFD_SIGNAL_THREAD_GROUP", kPidfdSignalThreadGroup},
    {"PIDFD_SIGNAL_PROCESS_GROUP", kPidfdSignalProcessGroup},
};

constexpr Constant modes[] = {
    {"S_IFSOCK", S::IFSOCK, S::IFMT},
    {"S_IFLNK", S::IFLNK, S::IFMT},
    {"S_IFREG", S::IFREG, S::IFMT},
    {"S_IFBLK", S::IFBLK, S::IFMT},
    {"S_IFDIR", S::IFDIR, S::IFMT},
    {"S_IFCHR", S::IFCHR, S::IFMT},
    {"S_IFIFO", S::IFIFO, S::IFMT},
    {"S_ISUID", 04000},
    {"S_ISGID", 02000},
    {"S_ISVTX", 01000},
};

constexpr Constant dirent_types[] = {
    {"DT_UNKNOWN", 0}, {"DT_FIFO", 1}, {"DT_CHR", 2},  {"DT_DIR", 4},
    {"DT_BLK", 6},     {"DT_REG", 8},  {"DT_LNK", 10}, {"DT_SOCK", 12},
};

constexpr Constant pidfd_flags[] = {{"PIDFD_NONBLOCK", O::NONBLOCK}, {"PIDFD_THREAD", O::EXCL}};
constexpr Constant descriptors[] = {{"AT_FDCWD", static_cast<u64>(i64{AT::FDCWD})}};

constexpr Constant struct_sizes[] = {
    {"MOUNT_ATTR_SIZE_VER0", kMountAttrSize},
    {"MNT_ID_REQ_SIZE_VER0", 24},
    {"MNT_ID_REQ_SIZE_VER1", 32},
    {"CLONE_ARGS_SIZE_VER0", 64},
    {"CLONE_ARGS_SIZE_VER1", 80},
    {"CLONE_ARGS_SIZE_VER2", 88},
};

// Source: include/uapi/linux/magic.h.
constexpr Constant magic[] = {
    {"TMPFS_MAGIC", 0x01021994},         {"RAMFS_MAGIC", 0x858458f6},  {"PROC_SUPER_MAGIC", 0x9fa0},
    {"SYSFS_MAGIC", 0x62656572},         {"MQUEUE_MAGIC", 0x19800202}, {"DEVPTS_SUPER_MAGIC", 0x1cd1},
    {"CGROUP2_SUPER_MAGIC", 0x63677270}, {"NSFS_MAGIC", 0x6e736673},   {"PIPEFS_MAGIC", 0x50495045},
};

} // namespace

constinit const Constants kMountFlags = mount_flags, kUmountFlags = umount_flags, kOpenFlags = open_flags,
                          kOpenTreeFlags = open_tree_flags, kMoveMountFlags = move_mount_flags,
                          kFsopenFlags = fsopen_flags, kFsconfigCommands = fsconfig_commands,
                          kFsmountFlags = fsmount_flags, kFspickFlags = fspick_flags, kMountAttrs = mount_attrs,
                          kSetattrFlags = setattr_flags, kPropagation = propagation, kStatmountMask = statmount_mask,
                          kListmountFlags = listmount_flags, kMountIds = mount_ids, kSeek = seek,
                          kStatFlags = stat_flags, kAccess = access_modes, kUnlinkFlags = unlink_flags,
                          kLinkFlags = link_flags, kRenameFlags = rename_flags, kCloneFlags = clone_flags,
                          kUnshareFlags = unshare_flags, kSignals = signals, kWaitFlags = wait_flags, kModes = modes,
                          kDirentTypes = dirent_types, kPidfdFlags = pidfd_flags, kDescriptors = descriptors,
                          kStructSizes = struct_sizes, kMagic = magic, kWaitidFlags = waitid_flags,
                          kWaitidTypes = waitid_types, kSigCodes = sig_codes, kSigHandlers = sig_handlers,
                          kSigactionFlags = sigaction_flags, kSigHow = sig_how, kPrctlOptions = prctl_options,
                          kIoctlRequests = ioctl_requests, kPidfdSignalFlags = pidfd_signal_flags,
                          kCapabilities = capabilities, kCapabilitySets = capability_sets,
                          kCapabilityVersions = capability_versions, kSecurebits = securebits,
                          kAmbientChanges = ambient_changes, kPollEvents = poll_events,
                          kPidfdInfoMask = pidfd_info_mask;

std::span<const Constants> all_constants() {
    static constexpr Constants all[] = {
        mount_flags,
        umount_flags,
        open_flags,
        open_tree_flags,
        move_mount_flags,
        fsopen_flags,
        fsconfig_commands,
        fsmount_flags,
        fspick_flags,
        mount_attrs,
        setattr_flags,
        propagation,
        statmount_mask,
        listmount_flags,
        mount_ids,
        seek,
        stat_flags,
        access_modes,
        unlink_flags,
        link_flags,
        rename_flags,
        unshare_flags,
        clone_flags,
        signals,
        wait_flags,
        modes,
        dirent_types,
        pidfd_flags,
        descriptors,
        struct_sizes,
        magic,
        waitid_flags,
        waitid_types,
        sig_codes,
        sig_handlers,
        sigaction_flags,
        sig_how,
        prctl_options,
        ioctl_requests,
        pidfd_signal_flags,
        capabilities,
        capability_sets,
        capability_versions,
        securebits,
        ambient_changes,
        poll_events,
        pidfd_info_mask,
    };
    return all;
}

} // namespace nslab::describe
