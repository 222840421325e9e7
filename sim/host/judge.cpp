// What a call of the scenario may touch, judged by the process that is about to make it. A scenario comes from a
// stranger and we may be root, while much that is seen through /proc, sysfs and cgroup2 is the machine's own: so only
// tmpfs, ramfs and mqueue are written to, apart from a few files of /proc that belong to the world's own namespaces.
// Objects are looked at through O_PATH descriptors; nothing else runs in the world meanwhile, so what was judged is
// what is used.
//
// No code here may use the C library; see agent.cpp.

#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/statfs.h>

#include "sim/host/slot.hpp"

namespace nslab::host {

using raw::address;
using raw::word;

namespace {

constexpr u64 kMqueueMagic = 0x19800202; // MQUEUE_MAGIC, in no header

/// struct statx, as far as it is looked at.
struct Statx {
    u32 mask, blksize;
    u64 attributes;
    u32 nlink, uid, gid;
    u16 mode, pad;
    u64 ino, size, blocks, attributes_mask;
    u64 times[8], devices[2];
    u64 mnt_id;
    u64 rest[16];
};

/// An object, held by an O_PATH descriptor while it is looked at. NULL and "" are the object that `dfd` is.
struct Look {
    i64 fd;
    bool opened = true;
    u64 magic = 0, dev = 0;
    u32 mode = 0;

    Look(i32 dfd, const char* path, u32 flags) {
        if (!path || !*path) {
            opened = dfd == AT::FDCWD;
            path = ".";
        }
        fd = opened ? raw::call(raw::nr_openat, word(dfd), address(path), O::PATH | O::CLOEXEC | flags) : dfd;
        if (fd < 0) return;
        if (const i64 error = examine()) {
            close();
            fd = error;
        }
    }
    ~Look() { close(); }
    Look(const Look&) = delete;
    Look& operator=(const Look&) = delete;

    explicit operator bool() const { return fd >= 0; }
    /// What an object that cannot be looked at comes to. Where the path leads nowhere, the call fails by itself; a full
    /// table of descriptors only hides what it leads to.
    Refused without() const { return without(fd); }
    static Refused without(i64 error) {
        // EPERM and ESRCH: a directory of proc that hidepid= closes, or whose process is gone.
        constexpr E nowhere[] = {E::NOENT, E::NOTDIR, E::LOOP,  E::ACCES, E::NAMETOOLONG,
                                 E::FAULT, E::BADF,   E::STALE, E::PERM,  E::SRCH};
        for (const E e : nowhere)
            if (error == -static_cast<i64>(e)) return Refused::no;
        return Refused::unseen;
    }
    bool is(u32 type) const { return (mode & S::IFMT) == type; }
    u64 mount_id() const {
        Statx stx;
        constexpr u64 mnt_id = 0x1000; // STATX_MNT_ID
        const i64 r = raw::call(raw::nr_statx, word(fd), address(""), AT::EMPTY_PATH, mnt_id, address(&stx));
        return r == 0 && (stx.mask & mnt_id) ? stx.mnt_id : 0;
    }

  private:
    i64 examine() {
        struct stat st;
        struct statfs fs;
        i64 error = raw::call(raw::nr_newfstatat, word(fd), address(""), address(&st), AT::EMPTY_PATH);
        if (error == 0) error = raw::call(raw::nr_fstatfs, word(fd), address(&fs));
        if (error != 0) return error;
        dev = st.st_dev;
        mode = st.st_mode;
        magic = static_cast<u64>(fs.f_type);
        return 0;
    }
    void close() {
        if (opened && fd >= 0) raw::call(raw::nr_close, word(fd));
    }
};

/// A tmpfs of the world, and not the machine's rootfs or the file system of its memfds and shared memory.
bool in_memory(const Shared& shared, const Look& o) {
    if (o.magic == kMqueueMagic) return true;
    if (o.magic != TMPFS_MAGIC && o.magic != RAMFS_MAGIC) return false;
    return o.dev != shared.shmem_dev && shared.rootfs_known && o.dev != shared.rootfs_dev;
}

/// A super block that nobody outside of the world has: /proc and devpts are made anew by each mount, sysfs and mqueue
/// are one for each network and IPC namespace. The only cgroup2 is the machine's.
bool own_super_block(const Shared& shared, const Look& o) {
    return in_memory(shared, o) || o.magic == PROC_SUPER_MAGIC || o.magic == DEVPTS_SUPER_MAGIC ||
           o.magic == SYSFS_MAGIC;
}

/// A path cut into the directory and the last name in it. `fits` is false where it is longer than any path may be.
struct Cut {
    char dir[kPathMax];
    char last[kNameMax + 1];
    bool fits = false;

    explicit Cut(const char* path) {
        u64 n = 0;
        while (path[n]) ++n;
        u64 end = n;
        while (end > 0 && path[end - 1] == '/') --end; // trailing slashes belong to the last name
        u64 begin = end;
        while (begin > 0 && path[begin - 1] != '/') --begin;
        if (n >= kPathMax || end - begin > kNameMax) return;
        u64 d = 0;
        for (; d < begin; ++d) dir[d] = path[d];
        if (d == 0) dir[d++] = n > 0 && path[0] == '/' ? '/' : '.';
        dir[d] = 0;
        u64 l = 0;
        for (u64 i = begin; i < end; ++i) last[l++] = path[i];
        last[l] = 0;
        fits = true;
    }
};

bool equal(const char* a, const char* b) {
    for (; *a && *a == *b; ++a, ++b) {}
    return *a == *b;
}

/// Whether `name` below /proc is a file whose writing changes only namespaces of the world. No such name can be chosen
/// by a scenario: what is called so in a procfs is that file, unless something is mounted on it.
bool writable_proc_name(const char* name) {
    // The static array of pointers would need relocation; comparing one by one does not.
    return equal(name, "uid_map") || equal(name, "gid_map") || equal(name, "projid_map") || equal(name, "setgroups") ||
           equal(name, "timens_offsets") || equal(name, "ns_last_pid") || equal(name, "hostname") ||
           equal(name, "domainname");
}

/// Whether `name` below /proc is a limit of /proc/sys/user, which is the opener's user namespace's own.
bool limit_of_user_namespace(const char* name) {
    return equal(name, "max_user_namespaces") || equal(name, "max_pid_namespaces") ||
           equal(name, "max_uts_namespaces") || equal(name, "max_ipc_namespaces") ||
           equal(name, "max_net_namespaces") || equal(name, "max_mnt_namespaces") ||
           equal(name, "max_cgroup_namespaces") || equal(name, "max_time_namespaces");
}

/// Whether the caller has left the user namespace in which the world began, whose limits may be the machine's.
bool in_user_namespace_of_the_scenario(const Shared& shared) {
    const u64 own = own_user_namespace();
    return shared.user_ns && own && own != shared.user_ns;
}

/// Whether something is mounted at `o`, so that its name says nothing about it. True where the kernel cannot tell.
bool is_mount_root(const Look& o) {
    Statx stx;
    constexpr u64 mount_root = 0x2000; // STATX_ATTR_MOUNT_ROOT
    if (raw::call(raw::nr_statx, word(o.fd), address(""), AT::EMPTY_PATH, 0, address(&stx)) != 0) return true;
    return !(stx.attributes_mask & mount_root) || (stx.attributes & mount_root);
}

bool writes(u32 flags) { return (flags & O::ACCMODE) != O::RDONLY || (flags & O::TRUNC); }

/// An object that exists is opened.
Refused judge_existing(const Shared& shared, const Look& o, const char* last, u32 flags) {
    if (o.is(S::IFCHR) || o.is(S::IFBLK)) return Refused::device; // a device is the machine's wherever its node lies
    if (in_memory(shared, o)) return Refused::no;
    if (writes(flags)) {
        if (o.is(S::IFDIR)) return Refused::no; // EISDIR
        const bool named = last && o.magic == PROC_SUPER_MAGIC && o.is(S::IFREG);
        if (!named || is_mount_root(o)) return Refused::machine_object;
        if (limit_of_user_namespace(last) && in_user_namespace_of_the_scenario(shared)) return Refused::no;
        if (equal(last, "pid_max") && shared.own_pid_max) return Refused::no;
        return writable_proc_name(last) ? Refused::no : Refused::machine_object;
    }
    if (o.is(S::IFDIR) || o.is(S::IFLNK) || o.magic == NSFS_MAGIC) return Refused::no;
    // Reading some files takes from the machine (/proc/kmsg), pokes at hardware (PCI configuration in sysfs) or shows
    // what is in the memory of our own processes (/proc/PID/mem, environ).
    const bool for_everybody = (o.mode & 4) != 0;
    if (for_everybody && (o.magic == PROC_SUPER_MAGIC || o.magic == CGROUP2_SUPER_MAGIC)) return Refused::no;
    return Refused::machine_file_read;
}

/// openat(2): an object that exists is judged itself; one that would be made, by the directory that gets it, behind
/// however many symbolic links.
Refused judge_open(const Shared& shared, i32 dfd, const char* path, u32 flags) {
    if (flags & O::PATH) return Refused::no;
    const bool follow = !(flags & O::NOFOLLOW) && !((flags & O::CREAT) && (flags & O::EXCL));
    const Look whole(dfd, path, follow ? 0 : O::NOFOLLOW);
    if (whole) {
        if ((flags & O::TMPFILE) == O::TMPFILE)
            return in_memory(shared, whole) ? Refused::no : Refused::machine_directory;
        // The name is that of the object only where no symbolic link lies between.
        const Cut cut(path);
        const Look direct(dfd, path, O::NOFOLLOW);
        return judge_existing(shared, whole, !cut.fits || !direct || direct.is(S::IFLNK) ? nullptr : cut.last, flags);
    }
    if (!(flags & O::CREAT) || whole.without() != Refused::no) return whole.without();
    char target[kPathMax];
    i64 opened = -1; // where the last link lay; before the first one it is the caller's directory that counts
    const char* name = path;
    for (u32 links = 0; links <= kMaxSymlinks; ++links) {
        const Cut cut(name);
        if (!cut.fits) break; // ENAMETOOLONG
        const i64 base = opened >= 0 ? opened : dfd;
        const i64 dir = raw::call(raw::nr_openat, word(base), address(cut.dir), O::PATH | O::CLOEXEC);
        if (opened >= 0) raw::call(raw::nr_close, word(opened));
        opened = -1;
        if (dir < 0) return Look::without(dir);
        const Look parent(static_cast<i32>(dir), nullptr, 0);
        const i64 n = raw::call(raw::nr_readlinkat, word(dir), address(cut.last), address(target), sizeof target - 1);
        if (n < 0 || !follow) {
            const bool ours = in_memory(shared, parent);
            raw::call(raw::nr_close, word(dir));
            return ours ? Refused::no : Refused::machine_directory;
        }
        target[n] = 0;
        name = target;
        opened = dir;
    }
    if (opened >= 0) raw::call(raw::nr_close, word(opened));
    return Refused::no; // ELOOP
}

Refused judge_parent(const Shared& shared, i32 dfd, const char* path) {
    const Cut cut(path);
    if (!cut.fits) return Refused::no; // ENAMETOOLONG
    const Look dir(dfd, cut.dir, 0);
    if (!dir) return dir.without();
    return !dir.is(S::IFDIR) || in_memory(shared, dir) ? Refused::no : Refused::machine_directory;
}

/// Whether the path leads to the locked mount of a user namespace; to its root, where only that counts. Where none is
/// locked nothing is looked at.
bool is_locked(const Shared& shared, const Judgement& j, bool root) {
    const auto* path = reinterpret_cast<const char*>(j.path);
    if (shared.locked_mount == 0 || !path || !*path) return false;
    const Look o(j.dfd, path, j.flags);
    return o && o.mount_id() == shared.locked_mount && (!root || is_mount_root(o));
}

} // namespace

u64 own_user_namespace() {
    constexpr u64 get_user_namespace = 0xff09; // PIDFD_GET_USER_NAMESPACE, in no header yet
    const i64 pid = raw::call(raw::nr_getpid);
    const i64 pidfd = pid > 0 ? raw::call(raw::nr_pidfd_open, word(pid), 0) : -1;
    if (pidfd < 0) return 0;
    const i64 ns = raw::call(raw::nr_ioctl, word(pidfd), get_user_namespace, 0);
    u64 ino = 0;
    struct stat st;
    if (ns >= 0 && raw::call(raw::nr_newfstatat, word(ns), address(""), address(&st), AT::EMPTY_PATH) == 0)
        ino = st.st_ino;
    if (ns >= 0) raw::call(raw::nr_close, word(ns));
    raw::call(raw::nr_close, word(pidfd));
    return ino;
}

Refused judge(const Shared& shared, const Judgement& j) {
    using Kind = Judgement::Kind;
    if (j.kind == Kind::none || j.path == kBadPointer) return Refused::no;
    const auto* path = reinterpret_cast<const char*>(j.path);
    switch (j.kind) {
    case Kind::none: break;
    case Kind::target: {
        const Look o(j.dfd, path, 0);
        if (!o) return o.without();
        return in_memory(shared, o) ? Refused::no : Refused::machine_object;
    }
    case Kind::parent: return path ? judge_parent(shared, j.dfd, path) : Refused::no;
    case Kind::open: return path ? judge_open(shared, j.dfd, path, j.flags) : Refused::no;
    case Kind::super_block: {
        const Look o(j.dfd, path, j.flags);
        if (!o) return o.without();
        return own_super_block(shared, o) ? Refused::no : Refused::machine_super_block;
    }
    case Kind::move: return is_locked(shared, j, true) ? Refused::locked : Refused::no;
    case Kind::pivot: return is_locked(shared, j, false) ? Refused::locked : Refused::no;
    case Kind::umount:
    case Kind::umount_lazily: {
        if (is_locked(shared, j, true)) return Refused::locked;
        if (j.kind == Kind::umount_lazily) return Refused::no;
        // Only one's own root is made read-only instead. The target is looked at only where that matters: a look clears
        // the mark of MNT_EXPIRE.
        const Look root(AT::FDCWD, "/", 0);
        if (root && own_super_block(shared, root)) return Refused::no;
        const Look o(j.dfd, path, j.flags);
        if (!o) return o.without();
        return root && o.dev != root.dev ? Refused::no : Refused::machine_super_block;
    }
    }
    return Refused::no;
}

} // namespace nslab::host
