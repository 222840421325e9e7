// Our own constants against those of the system's headers, where these have the name (those of
// Debian 12 lack some): the two must not drift apart. Nothing is compiled from this file.

#include <cerrno>
#include <csignal>
#include <type_traits>

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "sim/host/raw.hpp"
#include "sim/linux/uapi/errno.hpp"

namespace nslab::host {

namespace {

/// Equal as the kernel sees them: a flag of 31 bits is negative as an int.
template <class A, class B> constexpr bool same(A a, B b) {
    return static_cast<std::uint32_t>(a) == static_cast<std::uint32_t>(b);
}

static_assert(same(MS::RDONLY, MS_RDONLY));
static_assert(same(MS::NOSUID, MS_NOSUID));
static_assert(same(MS::NODEV, MS_NODEV));
static_assert(same(MS::NOEXEC, MS_NOEXEC));
static_assert(same(MS::SYNCHRONOUS, MS_SYNCHRONOUS));
static_assert(same(MS::REMOUNT, MS_REMOUNT));
static_assert(same(MS::MANDLOCK, MS_MANDLOCK));
static_assert(same(MS::DIRSYNC, MS_DIRSYNC));
static_assert(same(MS::NOSYMFOLLOW, MS_NOSYMFOLLOW));
static_assert(same(MS::NOATIME, MS_NOATIME));
static_assert(same(MS::NODIRATIME, MS_NODIRATIME));
static_assert(same(MS::BIND, MS_BIND));
static_assert(same(MS::MOVE, MS_MOVE));
static_assert(same(MS::REC, MS_REC));
static_assert(same(MS::SILENT, MS_SILENT));
static_assert(same(MS::POSIXACL, MS_POSIXACL));
static_assert(same(MS::UNBINDABLE, MS_UNBINDABLE));
static_assert(same(MS::PRIVATE, MS_PRIVATE));
static_assert(same(MS::SLAVE, MS_SLAVE));
static_assert(same(MS::SHARED, MS_SHARED));
static_assert(same(MS::RELATIME, MS_RELATIME));
static_assert(same(MS::KERNMOUNT, MS_KERNMOUNT));
static_assert(same(MS::I_VERSION, MS_I_VERSION));
static_assert(same(MS::STRICTATIME, MS_STRICTATIME));
static_assert(same(MS::LAZYTIME, MS_LAZYTIME));
static_assert(same(MS::NOSEC, MS_NOSEC));
static_assert(same(MS::BORN, MS_BORN));
static_assert(same(MS::ACTIVE, MS_ACTIVE));
static_assert(same(MS::NOUSER, MS_NOUSER));
static_assert(same(MS::MGC_VAL, MS_MGC_VAL));
static_assert(same(MS::MGC_MSK, MS_MGC_MSK));
static_assert(same(UMOUNT::FORCE, MNT_FORCE));
static_assert(same(UMOUNT::DETACH, MNT_DETACH));
static_assert(same(UMOUNT::EXPIRE, MNT_EXPIRE));
static_assert(same(UMOUNT::NOFOLLOW, UMOUNT_NOFOLLOW));
static_assert(same(AT::FDCWD, AT_FDCWD));
static_assert(same(AT::SYMLINK_NOFOLLOW, AT_SYMLINK_NOFOLLOW));
static_assert(same(AT::REMOVEDIR, AT_REMOVEDIR));
static_assert(same(AT::SYMLINK_FOLLOW, AT_SYMLINK_FOLLOW));
static_assert(same(AT::NO_AUTOMOUNT, AT_NO_AUTOMOUNT));
static_assert(same(AT::EMPTY_PATH, AT_EMPTY_PATH));
static_assert(same(AT::RECURSIVE, AT_RECURSIVE));
static_assert(same(OPEN_TREE::CLONE, OPEN_TREE_CLONE));
static_assert(same(OPEN_TREE::CLOEXEC, OPEN_TREE_CLOEXEC));
static_assert(same(MOVE_MOUNT::F_SYMLINKS, MOVE_MOUNT_F_SYMLINKS));
static_assert(same(MOVE_MOUNT::F_AUTOMOUNTS, MOVE_MOUNT_F_AUTOMOUNTS));
static_assert(same(MOVE_MOUNT::F_EMPTY_PATH, MOVE_MOUNT_F_EMPTY_PATH));
static_assert(same(MOVE_MOUNT::T_SYMLINKS, MOVE_MOUNT_T_SYMLINKS));
static_assert(same(MOVE_MOUNT::T_AUTOMOUNTS, MOVE_MOUNT_T_AUTOMOUNTS));
static_assert(same(MOVE_MOUNT::T_EMPTY_PATH, MOVE_MOUNT_T_EMPTY_PATH));
static_assert(same(MOVE_MOUNT::SET_GROUP, MOVE_MOUNT_SET_GROUP));
#ifdef MOVE_MOUNT_BENEATH
static_assert(same(MOVE_MOUNT::BENEATH, MOVE_MOUNT_BENEATH));
#endif
static_assert(same(FSOPEN::CLOEXEC, FSOPEN_CLOEXEC));
static_assert(same(FSPICK::CLOEXEC, FSPICK_CLOEXEC));
static_assert(same(FSPICK::SYMLINK_NOFOLLOW, FSPICK_SYMLINK_NOFOLLOW));
static_assert(same(FSPICK::NO_AUTOMOUNT, FSPICK_NO_AUTOMOUNT));
static_assert(same(FSPICK::EMPTY_PATH, FSPICK_EMPTY_PATH));
static_assert(same(FSCONFIG::SET_FLAG, FSCONFIG_SET_FLAG));
static_assert(same(FSCONFIG::SET_STRING, FSCONFIG_SET_STRING));
static_assert(same(FSCONFIG::SET_BINARY, FSCONFIG_SET_BINARY));
static_assert(same(FSCONFIG::SET_PATH, FSCONFIG_SET_PATH));
static_assert(same(FSCONFIG::SET_PATH_EMPTY, FSCONFIG_SET_PATH_EMPTY));
static_assert(same(FSCONFIG::SET_FD, FSCONFIG_SET_FD));
static_assert(same(FSCONFIG::CMD_CREATE, FSCONFIG_CMD_CREATE));
static_assert(same(FSCONFIG::CMD_RECONFIGURE, FSCONFIG_CMD_RECONFIGURE));
static_assert(same(FSMOUNT::CLOEXEC, FSMOUNT_CLOEXEC));
static_assert(same(MOUNT_ATTR::RDONLY, MOUNT_ATTR_RDONLY));
static_assert(same(MOUNT_ATTR::NOSUID, MOUNT_ATTR_NOSUID));
static_assert(same(MOUNT_ATTR::NODEV, MOUNT_ATTR_NODEV));
static_assert(same(MOUNT_ATTR::NOEXEC, MOUNT_ATTR_NOEXEC));
static_assert(same(MOUNT_ATTR::ATIME, MOUNT_ATTR__ATIME));
static_assert(same(MOUNT_ATTR::RELATIME, MOUNT_ATTR_RELATIME));
static_assert(same(MOUNT_ATTR::NOATIME, MOUNT_ATTR_NOATIME));
static_assert(same(MOUNT_ATTR::STRICTATIME, MOUNT_ATTR_STRICTATIME));
static_assert(same(MOUNT_ATTR::NODIRATIME, MOUNT_ATTR_NODIRATIME));
static_assert(same(MOUNT_ATTR::IDMAP, MOUNT_ATTR_IDMAP));
static_assert(same(MOUNT_ATTR::NOSYMFOLLOW, MOUNT_ATTR_NOSYMFOLLOW));
#ifdef STATMOUNT_SB_BASIC
static_assert(same(STATMOUNT::SB_BASIC, STATMOUNT_SB_BASIC));
#endif
#ifdef STATMOUNT_MNT_BASIC
static_assert(same(STATMOUNT::MNT_BASIC, STATMOUNT_MNT_BASIC));
#endif
#ifdef STATMOUNT_PROPAGATE_FROM
static_assert(same(STATMOUNT::PROPAGATE_FROM, STATMOUNT_PROPAGATE_FROM));
#endif
#ifdef STATMOUNT_MNT_ROOT
static_assert(same(STATMOUNT::MNT_ROOT, STATMOUNT_MNT_ROOT));
#endif
#ifdef STATMOUNT_MNT_POINT
static_assert(same(STATMOUNT::MNT_POINT, STATMOUNT_MNT_POINT));
#endif
#ifdef STATMOUNT_FS_TYPE
static_assert(same(STATMOUNT::FS_TYPE, STATMOUNT_FS_TYPE));
#endif
#ifdef STATMOUNT_MNT_NS_ID
static_assert(same(STATMOUNT::MNT_NS_ID, STATMOUNT_MNT_NS_ID));
#endif
#ifdef STATMOUNT_MNT_OPTS
static_assert(same(STATMOUNT::MNT_OPTS, STATMOUNT_MNT_OPTS));
#endif
#ifdef STATMOUNT_FS_SUBTYPE
static_assert(same(STATMOUNT::FS_SUBTYPE, STATMOUNT_FS_SUBTYPE));
#endif
#ifdef STATMOUNT_SB_SOURCE
static_assert(same(STATMOUNT::SB_SOURCE, STATMOUNT_SB_SOURCE));
#endif
#ifdef STATMOUNT_OPT_ARRAY
static_assert(same(STATMOUNT::OPT_ARRAY, STATMOUNT_OPT_ARRAY));
#endif
#ifdef STATMOUNT_OPT_SEC_ARRAY
static_assert(same(STATMOUNT::OPT_SEC_ARRAY, STATMOUNT_OPT_SEC_ARRAY));
#endif
#ifdef STATMOUNT_SUPPORTED_MASK
static_assert(same(STATMOUNT::SUPPORTED_MASK, STATMOUNT_SUPPORTED_MASK));
#endif
#ifdef STATMOUNT_MNT_UIDMAP
static_assert(same(STATMOUNT::MNT_UIDMAP, STATMOUNT_MNT_UIDMAP));
#endif
#ifdef STATMOUNT_MNT_GIDMAP
static_assert(same(STATMOUNT::MNT_GIDMAP, STATMOUNT_MNT_GIDMAP));
#endif
#ifdef LSMT_ROOT
static_assert(same(kLsmtRoot, LSMT_ROOT));
#endif
#ifdef LISTMOUNT_REVERSE
static_assert(same(LISTMOUNT::REVERSE, LISTMOUNT_REVERSE));
#endif
static_assert(same(O::RDONLY, O_RDONLY));
static_assert(same(O::WRONLY, O_WRONLY));
static_assert(same(O::RDWR, O_RDWR));
static_assert(same(O::ACCMODE, O_ACCMODE));
static_assert(same(O::CREAT, O_CREAT));
static_assert(same(O::EXCL, O_EXCL));
static_assert(same(O::NOCTTY, O_NOCTTY));
static_assert(same(O::TRUNC, O_TRUNC));
static_assert(same(O::APPEND, O_APPEND));
static_assert(same(O::NONBLOCK, O_NONBLOCK));
static_assert(same(O::DSYNC, O_DSYNC));
static_assert(same(O::DIRECTORY, O_DIRECTORY));
static_assert(same(O::NOFOLLOW, O_NOFOLLOW));
static_assert(same(O::CLOEXEC, O_CLOEXEC));
static_assert(same(O::PATH, O_PATH));
static_assert(same(O::TMPFILE, O_TMPFILE));
#ifdef RENAME_NOREPLACE
static_assert(same(RENAME::NOREPLACE, RENAME_NOREPLACE));
#endif
#ifdef RENAME_EXCHANGE
static_assert(same(RENAME::EXCHANGE, RENAME_EXCHANGE));
#endif
#ifdef RENAME_WHITEOUT
static_assert(same(RENAME::WHITEOUT, RENAME_WHITEOUT));
#endif
static_assert(same(CLONE::VM, CLONE_VM));
static_assert(same(CLONE::FS, CLONE_FS));
static_assert(same(CLONE::FILES, CLONE_FILES));
static_assert(same(CLONE::SIGHAND, CLONE_SIGHAND));
static_assert(same(CLONE::PIDFD, CLONE_PIDFD));
static_assert(same(CLONE::PTRACE, CLONE_PTRACE));
static_assert(same(CLONE::VFORK, CLONE_VFORK));
static_assert(same(CLONE::PARENT, CLONE_PARENT));
static_assert(same(CLONE::THREAD, CLONE_THREAD));
static_assert(same(CLONE::NEWNS, CLONE_NEWNS));
static_assert(same(CLONE::SYSVSEM, CLONE_SYSVSEM));
static_assert(same(CLONE::SETTLS, CLONE_SETTLS));
static_assert(same(CLONE::PARENT_SETTID, CLONE_PARENT_SETTID));
static_assert(same(CLONE::CHILD_CLEARTID, CLONE_CHILD_CLEARTID));
static_assert(same(CLONE::DETACHED, CLONE_DETACHED));
static_assert(same(CLONE::UNTRACED, CLONE_UNTRACED));
static_assert(same(CLONE::CHILD_SETTID, CLONE_CHILD_SETTID));
static_assert(same(CLONE::NEWCGROUP, CLONE_NEWCGROUP));
static_assert(same(CLONE::NEWUTS, CLONE_NEWUTS));
static_assert(same(CLONE::NEWIPC, CLONE_NEWIPC));
static_assert(same(CLONE::NEWUSER, CLONE_NEWUSER));
static_assert(same(CLONE::NEWPID, CLONE_NEWPID));
static_assert(same(CLONE::NEWNET, CLONE_NEWNET));
static_assert(same(CLONE::IO, CLONE_IO));
static_assert(same(CLONE::NEWTIME, CLONE_NEWTIME));
#ifdef CLONE_CLEAR_SIGHAND
static_assert(same(CLONE::CLEAR_SIGHAND, CLONE_CLEAR_SIGHAND));
#endif
#ifdef CLONE_INTO_CGROUP
static_assert(same(CLONE::INTO_CGROUP, CLONE_INTO_CGROUP));
#endif
static_assert(same(CLONE::SIGNAL_MASK, CSIGNAL));
static_assert(same(WAIT::NOHANG, WNOHANG));
static_assert(same(WAIT::UNTRACED, WUNTRACED));
static_assert(same(WAIT::CONTINUED, WCONTINUED));
static_assert(same(WAIT::NOTHREAD, __WNOTHREAD));
static_assert(same(WAIT::ALL, __WALL));
static_assert(same(WAIT::CLONE, __WCLONE));
static_assert(same(S::IFMT, S_IFMT));
static_assert(same(S::IFSOCK, S_IFSOCK));
static_assert(same(S::IFLNK, S_IFLNK));
static_assert(same(S::IFREG, S_IFREG));
static_assert(same(S::IFBLK, S_IFBLK));
static_assert(same(S::IFDIR, S_IFDIR));
static_assert(same(S::IFCHR, S_IFCHR));
static_assert(same(S::IFIFO, S_IFIFO));
static_assert(same(SIG::HUP, SIGHUP));
static_assert(same(SIG::INT, SIGINT));
static_assert(same(SIG::QUIT, SIGQUIT));
static_assert(same(SIG::ILL, SIGILL));
static_assert(same(SIG::TRAP, SIGTRAP));
static_assert(same(SIG::ABRT, SIGABRT));
static_assert(same(SIG::BUS, SIGBUS));
static_assert(same(SIG::FPE, SIGFPE));
static_assert(same(SIG::KILL, SIGKILL));
static_assert(same(SIG::USR1, SIGUSR1));
static_assert(same(SIG::SEGV, SIGSEGV));
static_assert(same(SIG::USR2, SIGUSR2));
static_assert(same(SIG::PIPE, SIGPIPE));
static_assert(same(SIG::ALRM, SIGALRM));
static_assert(same(SIG::TERM, SIGTERM));
static_assert(same(SIG::STKFLT, SIGSTKFLT));
static_assert(same(SIG::CHLD, SIGCHLD));
static_assert(same(SIG::CONT, SIGCONT));
static_assert(same(SIG::STOP, SIGSTOP));
static_assert(same(SIG::TSTP, SIGTSTP));
static_assert(same(SIG::TTIN, SIGTTIN));
static_assert(same(SIG::TTOU, SIGTTOU));
static_assert(same(SIG::URG, SIGURG));
static_assert(same(SIG::XCPU, SIGXCPU));
static_assert(same(SIG::XFSZ, SIGXFSZ));
static_assert(same(SIG::VTALRM, SIGVTALRM));
static_assert(same(SIG::PROF, SIGPROF));
static_assert(same(SIG::WINCH, SIGWINCH));
static_assert(same(SIG::IO, SIGIO));
static_assert(same(SIG::PWR, SIGPWR));
static_assert(same(SIG::SYS, SIGSYS));
#ifdef SIGkPathMax
static_assert(same(SIG::kPathMax, SIGkPathMax));
#endif
#ifdef SIGkNameMax
static_assert(same(SIG::kNameMax, SIGkNameMax));
#endif
#ifdef SIGkMaxSymlinks
static_assert(same(SIG::kMaxSymlinks, SIGkMaxSymlinks));
#endif
static_assert(same(E::PERM, EPERM));
static_assert(same(E::NOENT, ENOENT));
static_assert(same(E::SRCH, ESRCH));
static_assert(same(E::INTR, EINTR));
static_assert(same(E::IO, EIO));
static_assert(same(E::NXIO, ENXIO));
static_assert(same(E::TOOBIG, E2BIG));
static_assert(same(E::NOEXEC, ENOEXEC));
static_assert(same(E::BADF, EBADF));
static_assert(same(E::CHILD, ECHILD));
static_assert(same(E::AGAIN, EAGAIN));
static_assert(same(E::NOMEM, ENOMEM));
static_assert(same(E::ACCES, EACCES));
static_assert(same(E::FAULT, EFAULT));
static_assert(same(E::NOTBLK, ENOTBLK));
static_assert(same(E::BUSY, EBUSY));
static_assert(same(E::EXIST, EEXIST));
static_assert(same(E::XDEV, EXDEV));
static_assert(same(E::NODEV, ENODEV));
static_assert(same(E::NOTDIR, ENOTDIR));
static_assert(same(E::ISDIR, EISDIR));
static_assert(same(E::INVAL, EINVAL));
static_assert(same(E::NFILE, ENFILE));
static_assert(same(E::MFILE, EMFILE));
static_assert(same(E::NOTTY, ENOTTY));
static_assert(same(E::TXTBSY, ETXTBSY));
static_assert(same(E::FBIG, EFBIG));
static_assert(same(E::NOSPC, ENOSPC));
static_assert(same(E::SPIPE, ESPIPE));
static_assert(same(E::ROFS, EROFS));
static_assert(same(E::MLINK, EMLINK));
static_assert(same(E::PIPE, EPIPE));
static_assert(same(E::DOM, EDOM));
static_assert(same(E::RANGE, ERANGE));
static_assert(same(E::DEADLK, EDEADLK));
static_assert(same(E::NAMETOOLONG, ENAMETOOLONG));
static_assert(same(E::NOLCK, ENOLCK));
static_assert(same(E::NOSYS, ENOSYS));
static_assert(same(E::NOTEMPTY, ENOTEMPTY));
static_assert(same(E::LOOP, ELOOP));
static_assert(same(E::NODATA, ENODATA));
static_assert(same(E::REMOTE, EREMOTE));
static_assert(same(E::OVERFLOW, EOVERFLOW));
static_assert(same(E::USERS, EUSERS));
static_assert(same(E::OPNOTSUPP, EOPNOTSUPP));
static_assert(same(E::STALE, ESTALE));
static_assert(raw::nr_read == SYS_read);
static_assert(raw::nr_write == SYS_write);
static_assert(raw::nr_close == SYS_close);
static_assert(raw::nr_poll == SYS_poll);
static_assert(raw::nr_lseek == SYS_lseek);
static_assert(raw::nr_ioctl == SYS_ioctl);
static_assert(raw::nr_sched_yield == SYS_sched_yield);
static_assert(raw::nr_dup == SYS_dup);
static_assert(raw::nr_dup2 == SYS_dup2);
static_assert(raw::nr_getpid == SYS_getpid);
static_assert(raw::nr_clone == SYS_clone);
static_assert(raw::nr_wait4 == SYS_wait4);
static_assert(raw::nr_kill == SYS_kill);
static_assert(raw::nr_fcntl == SYS_fcntl);
static_assert(raw::nr_ftruncate == SYS_ftruncate);
static_assert(raw::nr_getcwd == SYS_getcwd);
static_assert(raw::nr_chdir == SYS_chdir);
static_assert(raw::nr_fchdir == SYS_fchdir);
static_assert(raw::nr_umask == SYS_umask);
static_assert(raw::nr_getppid == SYS_getppid);
static_assert(raw::nr_setsid == SYS_setsid);
static_assert(raw::nr_capget == SYS_capget);
static_assert(raw::nr_capset == SYS_capset);
static_assert(raw::nr_rt_sigqueueinfo == SYS_rt_sigqueueinfo);
static_assert(raw::nr_rt_tgsigqueueinfo == SYS_rt_tgsigqueueinfo);
static_assert(raw::nr_statfs == SYS_statfs);
static_assert(raw::nr_fstatfs == SYS_fstatfs);
static_assert(raw::nr_pivot_root == SYS_pivot_root);
static_assert(raw::nr_execve == SYS_execve);
static_assert(raw::nr_prctl == SYS_prctl);
static_assert(raw::nr_setrlimit == SYS_setrlimit);
static_assert(raw::nr_chroot == SYS_chroot);
static_assert(raw::nr_mount == SYS_mount);
static_assert(raw::nr_umount2 == SYS_umount2);
static_assert(raw::nr_gettid == SYS_gettid);
static_assert(raw::nr_futex == SYS_futex);
static_assert(raw::nr_sched_setaffinity == SYS_sched_setaffinity);
static_assert(raw::nr_sched_getaffinity == SYS_sched_getaffinity);
static_assert(raw::nr_getdents64 == SYS_getdents64);
static_assert(raw::nr_exit_group == SYS_exit_group);
static_assert(raw::nr_openat == SYS_openat);
static_assert(raw::nr_mkdirat == SYS_mkdirat);
static_assert(raw::nr_newfstatat == SYS_newfstatat);
static_assert(raw::nr_unlinkat == SYS_unlinkat);
static_assert(raw::nr_linkat == SYS_linkat);
static_assert(raw::nr_symlinkat == SYS_symlinkat);
static_assert(raw::nr_readlinkat == SYS_readlinkat);
static_assert(raw::nr_fchmodat == SYS_fchmodat);
static_assert(raw::nr_faccessat == SYS_faccessat);
static_assert(raw::nr_unshare == SYS_unshare);
static_assert(raw::nr_set_robust_list == SYS_set_robust_list);
static_assert(raw::nr_utimensat == SYS_utimensat);
static_assert(raw::nr_setns == SYS_setns);
static_assert(raw::nr_renameat2 == SYS_renameat2);
static_assert(raw::nr_statx == SYS_statx);
static_assert(raw::nr_open_tree == SYS_open_tree);
static_assert(raw::nr_move_mount == SYS_move_mount);
static_assert(raw::nr_fsopen == SYS_fsopen);
static_assert(raw::nr_fsconfig == SYS_fsconfig);
static_assert(raw::nr_fsmount == SYS_fsmount);
static_assert(raw::nr_fspick == SYS_fspick);
static_assert(raw::nr_pidfd_open == SYS_pidfd_open);
static_assert(raw::nr_clone3 == SYS_clone3);
static_assert(raw::nr_close_range == SYS_close_range);
static_assert(raw::nr_mount_setattr == SYS_mount_setattr);
#ifdef SYS_statmount
static_assert(raw::nr_statmount == SYS_statmount);
#endif
#ifdef SYS_listmount
static_assert(raw::nr_listmount == SYS_listmount);
#endif
#ifdef SYS_open_tree_attr
static_assert(raw::nr_open_tree_attr == SYS_open_tree_attr);
#endif

} // namespace

} // namespace nslab::host
