#pragma once
// Flags and small numbers of the system call interface, as our own constants.
// Source: include/uapi/linux/{mount,fcntl,sched,wait,openat2,nsfs}.h and asm-generic/{fcntl,signal}.h, Linux 6.18,
// x86-64.

#include <cstdint>

namespace nslab {

using u8 = std::uint8_t;
using u16 = std::uint16_t;
using u32 = std::uint32_t;
using u64 = std::uint64_t;
using i32 = std::int32_t;
using i64 = std::int64_t;

// mount(2)
namespace MS {
inline constexpr u64 RDONLY = 1, NOSUID = 2, NODEV = 4, NOEXEC = 8, SYNCHRONOUS = 16, REMOUNT = 32, MANDLOCK = 64,
                     DIRSYNC = 128, NOSYMFOLLOW = 256, NOATIME = 1024, NODIRATIME = 2048, BIND = 4096, MOVE = 8192,
                     REC = 16384, SILENT = 32768, POSIXACL = 1 << 16, UNBINDABLE = 1 << 17, PRIVATE = 1 << 18,
                     SLAVE = 1 << 19, SHARED = 1 << 20, RELATIME = 1 << 21, KERNMOUNT = 1 << 22, I_VERSION = 1 << 23,
                     STRICTATIME = 1 << 24, LAZYTIME = 1 << 25, NOSEC = 1 << 28, BORN = 1 << 29, ACTIVE = 1 << 30,
                     NOUSER = u64{1} << 31, MGC_VAL = 0xC0ED0000, MGC_MSK = 0xffff0000;
} // namespace MS

// umount2(2)
namespace UMOUNT {
inline constexpr u32 FORCE = 1, DETACH = 2, EXPIRE = 4, NOFOLLOW = 8;
}

// *at(2) and open_tree(2)
namespace AT {
inline constexpr i32 FDCWD = -100;
inline constexpr u32 SYMLINK_NOFOLLOW = 0x100, REMOVEDIR = 0x200, SYMLINK_FOLLOW = 0x400, NO_AUTOMOUNT = 0x800,
                     EMPTY_PATH = 0x1000, RECURSIVE = 0x8000;
} // namespace AT
namespace OPEN_TREE {
inline constexpr u32 CLONE = 1, CLOEXEC = 02000000;
}
namespace MOVE_MOUNT {
inline constexpr u32 F_SYMLINKS = 1, F_AUTOMOUNTS = 2, F_EMPTY_PATH = 4, T_SYMLINKS = 0x10, T_AUTOMOUNTS = 0x20,
                     T_EMPTY_PATH = 0x40, SET_GROUP = 0x100, BENEATH = 0x200, MASK = 0x377;
}
namespace FSOPEN {
inline constexpr u32 CLOEXEC = 1;
}
namespace FSPICK {
inline constexpr u32 CLOEXEC = 1, SYMLINK_NOFOLLOW = 2, NO_AUTOMOUNT = 4, EMPTY_PATH = 8;
}
namespace FSCONFIG {
inline constexpr u32 SET_FLAG = 0, SET_STRING = 1, SET_BINARY = 2, SET_PATH = 3, SET_PATH_EMPTY = 4, SET_FD = 5,
                     CMD_CREATE = 6, CMD_RECONFIGURE = 7, CMD_CREATE_EXCL = 8;
}
namespace FSMOUNT {
inline constexpr u32 CLOEXEC = 1;
}
namespace MOUNT_ATTR {
inline constexpr u64 RDONLY = 1, NOSUID = 2, NODEV = 4, NOEXEC = 8, ATIME = 0x70, RELATIME = 0, NOATIME = 0x10,
                     STRICTATIME = 0x20, NODIRATIME = 0x80, IDMAP = 0x100000, NOSYMFOLLOW = 0x200000;
}
namespace STATMOUNT {
inline constexpr u64 SB_BASIC = 1, MNT_BASIC = 2, PROPAGATE_FROM = 4, MNT_ROOT = 8, MNT_POINT = 0x10, FS_TYPE = 0x20,
                     MNT_NS_ID = 0x40, MNT_OPTS = 0x80, FS_SUBTYPE = 0x100, SB_SOURCE = 0x200, OPT_ARRAY = 0x400,
                     OPT_SEC_ARRAY = 0x800, SUPPORTED_MASK = 0x1000, MNT_UIDMAP = 0x2000, MNT_GIDMAP = 0x4000;
}
inline constexpr u64 kLsmtRoot = ~u64{0}; // LSMT_ROOT is a macro of newer headers
namespace LISTMOUNT {
inline constexpr u32 REVERSE = 1;
}

// open(2)
namespace O {
inline constexpr u32 RDONLY = 0, WRONLY = 1, RDWR = 2, ACCMODE = 3, CREAT = 0100, EXCL = 0200, NOCTTY = 0400,
                     TRUNC = 01000, APPEND = 02000, NONBLOCK = 04000, DSYNC = 010000, DIRECTORY = 0200000,
                     NOFOLLOW = 0400000, CLOEXEC = 02000000, PATH = 010000000, TMPFILE = 020200000;
}
namespace RENAME {
inline constexpr u32 NOREPLACE = 1, EXCHANGE = 2, WHITEOUT = 4;
}

// clone(2), unshare(2), setns(2)
namespace CLONE {
inline constexpr u64 VM = 0x100, FS = 0x200, FILES = 0x400, SIGHAND = 0x800, PIDFD = 0x1000, PTRACE = 0x2000,
                     VFORK = 0x4000, PARENT = 0x8000, THREAD = 0x10000, NEWNS = 0x20000, SYSVSEM = 0x40000,
                     SETTLS = 0x80000, PARENT_SETTID = 0x100000, CHILD_CLEARTID = 0x200000, DETACHED = 0x400000,
                     UNTRACED = 0x800000, CHILD_SETTID = 0x1000000, NEWCGROUP = 0x2000000, NEWUTS = 0x4000000,
                     NEWIPC = 0x8000000, NEWUSER = 0x10000000, NEWPID = 0x20000000, NEWNET = 0x40000000,
                     IO = 0x80000000, NEWTIME = 0x80, CLEAR_SIGHAND = u64{1} << 32, INTO_CGROUP = u64{1} << 33,
                     SIGNAL_MASK = 0xff;
} // namespace CLONE

// wait4(2)
namespace WAIT {
inline constexpr u32 NOHANG = 1, UNTRACED = 2, CONTINUED = 8, NOTHREAD = 0x20000000, ALL = 0x40000000,
                     CLONE = 0x80000000;
}

// waitid(2)
namespace WAIT {
inline constexpr u32 EXITED = 4, NOWAIT = 0x01000000; // and STOPPED, which is UNTRACED
}

// capabilities(7), those that decide something here
namespace CAP {
inline constexpr u32 CHOWN = 0, DAC_OVERRIDE = 1, DAC_READ_SEARCH = 2, FOWNER = 3, FSETID = 4, KILL = 5, SETGID = 6,
                     SETUID = 7, SETPCAP = 8, SYS_CHROOT = 18, SYS_PTRACE = 19, SYS_ADMIN = 21, SYS_RESOURCE = 24,
                     SYS_TIME = 25, SETFCAP = 31, CHECKPOINT_RESTORE = 40, LAST_CAP = 40;
}
inline constexpr u64 kCapFullSet = (u64{1} << (CAP::LAST_CAP + 1)) - 1;

// capget(2) and capset(2)
inline constexpr u32 kCapabilityVersion1 = 0x19980330, kCapabilityVersion2 = 0x20071026,
                     kCapabilityVersion3 = 0x20080522;

// Source: include/uapi/linux/securebits.h; a lock stands behind each bit.
namespace SECBIT {
inline constexpr u32 NOROOT = 1, NOROOT_LOCKED = 2, NO_SETUID_FIXUP = 4, NO_SETUID_FIXUP_LOCKED = 8, KEEP_CAPS = 0x10,
                     KEEP_CAPS_LOCKED = 0x20, NO_CAP_AMBIENT_RAISE = 0x40, NO_CAP_AMBIENT_RAISE_LOCKED = 0x80,
                     EXEC_RESTRICT_FILE = 0x100, EXEC_RESTRICT_FILE_LOCKED = 0x200, EXEC_DENY_INTERACTIVE = 0x400,
                     EXEC_DENY_INTERACTIVE_LOCKED = 0x800;
// The last two, which the kernel only keeps, since 6.14, anybody may set and lock.
inline constexpr u32 ALL_BITS = 0x555, ALL_LOCKS = 0xaaa, UNPRIVILEGED = 0xf00;
} // namespace SECBIT

// poll(2)
namespace POLL {
inline constexpr u32 IN = 1, PRI = 2, OUT = 4, ERR = 8, HUP = 0x10, NVAL = 0x20, RDNORM = 0x40, RDBAND = 0x80,
                     WRNORM = 0x100, WRBAND = 0x200;
}

// ioctl(2) of namespace files. Source: include/uapi/linux/nsfs.h.
namespace NS {
inline constexpr u32 GET_USERNS = 0xb701, GET_PARENT = 0xb702, GET_NSTYPE = 0xb703, GET_OWNER_UID = 0xb704,
                     GET_MNTNS_ID = 0x8008b705, GET_PID_FROM_PIDNS = 0x8004b706, GET_TGID_FROM_PIDNS = 0x8004b707,
                     GET_PID_IN_PIDNS = 0x8004b708, GET_TGID_IN_PIDNS = 0x8004b709, MNT_GET_INFO = 0x8010b70a,
                     MNT_GET_NEXT = 0x8010b70b, MNT_GET_PREV = 0x8010b70c, GET_ID = 0x8008b70d;
} // namespace NS
// ioctl(2) of pidfds. Source: include/uapi/linux/pidfd.h. GET_INFO is that of the first size, 64 bytes.
namespace PIDFD {
inline constexpr u32 GET_CGROUP_NAMESPACE = 0xff01, GET_IPC_NAMESPACE = 0xff02, GET_MNT_NAMESPACE = 0xff03,
                     GET_NET_NAMESPACE = 0xff04, GET_PID_NAMESPACE = 0xff05, GET_PID_FOR_CHILDREN_NAMESPACE = 0xff06,
                     GET_TIME_NAMESPACE = 0xff07, GET_TIME_FOR_CHILDREN_NAMESPACE = 0xff08, GET_USER_NAMESPACE = 0xff09,
                     GET_UTS_NAMESPACE = 0xff0a, GET_INFO = 0xc040ff0b;
inline constexpr u32 INFO_PID = 1, INFO_CREDS = 2, INFO_CGROUPID = 4, INFO_EXIT = 8;
} // namespace PIDFD
inline constexpr u32 kPidfdSignalThread = 1, kPidfdSignalThreadGroup = 2, kPidfdSignalProcessGroup = 4;

// stat(2): the type in st_mode
namespace S {
inline constexpr u32 IFMT = 0170000, IFSOCK = 0140000, IFLNK = 0120000, IFREG = 0100000, IFBLK = 0060000,
                     IFDIR = 0040000, IFCHR = 0020000, IFIFO = 0010000;
}

// signals
namespace SIG {
inline constexpr i32 HUP = 1, INT = 2, QUIT = 3, ILL = 4, TRAP = 5, ABRT = 6, BUS = 7, FPE = 8, KILL = 9, USR1 = 10,
                     SEGV = 11, USR2 = 12, PIPE = 13, ALRM = 14, TERM = 15, STKFLT = 16, CHLD = 17, CONT = 18,
                     STOP = 19, TSTP = 20, TTIN = 21, TTOU = 22, URG = 23, XCPU = 24, XFSZ = 25, VTALRM = 26, PROF = 27,
                     WINCH = 28, IO = 29, PWR = 30, SYS = 31, RTMAX = 64;
}

inline constexpr u32 kPathMax = 4096;
inline constexpr u32 kNameMax = 255;
inline constexpr u32 kMaxSymlinks = 40;

} // namespace nslab
