#include "sim/host/marshal.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include <asm/stat.h> // the kernel's own: st_mtime is a macro in the C library's
#include <sys/statfs.h>

#include "sim/host/policy.hpp"

namespace nslab::host {

namespace {

using raw::address;

constexpr u64 kOutAt = 128 * 1024; // arguments lie below in Slot::data, results from here on
constexpr u64 kOutSize = kDataSize - kOutAt;

/// Lays arguments into a slot.
class Writer {
  public:
    explicit Writer(Slot& slot) : slot_(slot) { slot_.order = Order{}; }

    u64 bytes(const void* p, std::size_t n) {
        if (used_ + n > kOutAt) {
            overflow = true;
            return kBadPointer;
        }
        char* at = slot_.data + used_;
        if (n != 0) std::memcpy(at, p, n); // an empty list is nowhere
        used_ += (n + 15) & ~std::size_t{15};
        return address(at);
    }
    u64 str(const Str& s) {
        if (s.kind == Str::Kind::null) return 0;
        if (s.kind == Str::Kind::bad) return kBadPointer;
        return bytes(s.text.c_str(), s.text.size() + 1);
    }
    u64 out() const { return address(slot_.data + kOutAt); }
    void clear_out(std::size_t n) { std::memset(slot_.data + kOutAt, 0, n); }
    template <class T> void put_out(const T& value) { std::memcpy(slot_.data + kOutAt, &value, sizeof value); }

    template <class... Args> void call(i64 nr, Args... args) {
        slot_.order.nr = nr;
        u64* to = slot_.order.args;
        ((*to++ = convert(args)), ...);
    }
    void judge(Judgement::Kind kind, i32 dfd, u64 path, u32 flags = 0) {
        slot_.order.judgements[judgements_++] = {kind, dfd, flags, path};
    }
    Order& order() { return slot_.order; }

    bool overflow = false;

  private:
    template <class T> static u64 convert(T v) {
        if constexpr (std::is_signed_v<T>)
            return static_cast<u64>(static_cast<i64>(v));
        else
            return static_cast<u64>(v);
    }
    Slot& slot_;
    std::size_t used_ = 0;
    u32 judgements_ = 0;
};

using Judge = Judgement::Kind;

struct Marshal {
    Writer& w;
    u32 child_slot;

    void operator()(const sys::Mount& c) {
        const u64 source = w.str(c.source), target = w.str(c.target), type = w.str(c.filesystemtype);
        // mount(2) copies a page from `data`, wherever the string ends.
        const u64 data = w.str(c.data);
        u64 flags = c.mountflags;
        if ((flags & MS::MGC_MSK) == MS::MGC_VAL) flags &= ~MS::MGC_MSK;
        if ((flags & MS::REMOUNT) && !(flags & MS::BIND)) w.judge(Judge::super_block, AT::FDCWD, target);
        constexpr u64 before_move = MS::REMOUNT | MS::BIND | MS::SHARED | MS::PRIVATE | MS::SLAVE | MS::UNBINDABLE;
        if ((flags & MS::MOVE) && !(flags & before_move)) w.judge(Judge::move, AT::FDCWD, source);
        w.call(raw::nr_mount, source, target, type, c.mountflags, data);
    }
    void operator()(const sys::Umount2& c) {
        const u64 target = w.str(c.target);
        if (!(c.flags & UMOUNT::EXPIRE))
            w.judge(c.flags & UMOUNT::DETACH ? Judge::umount_lazily : Judge::umount, AT::FDCWD, target,
                    c.flags & UMOUNT::NOFOLLOW ? O::NOFOLLOW : 0);
        w.call(raw::nr_umount2, target, c.flags);
    }
    void operator()(const sys::PivotRoot& c) {
        const u64 new_root = w.str(c.new_root);
        w.judge(Judge::pivot, AT::FDCWD, new_root);
        w.call(raw::nr_pivot_root, new_root, w.str(c.put_old));
    }
    void operator()(const sys::Chroot& c) { w.call(raw::nr_chroot, w.str(c.path)); }
    void operator()(const sys::Chdir& c) { w.call(raw::nr_chdir, w.str(c.path)); }
    void operator()(const sys::Fchdir& c) { w.call(raw::nr_fchdir, c.fd); }
    void operator()(const sys::Getcwd&) { w.call(raw::nr_getcwd, w.out(), kPathMax); }
    void operator()(const sys::OpenTree& c) { w.call(raw::nr_open_tree, c.dfd, w.str(c.filename), c.flags); }
    void operator()(const sys::MoveMount& c) {
        const u64 from = w.str(c.from_pathname);
        w.judge(Judge::move, c.from_dfd, from, c.flags & MOVE_MOUNT::F_SYMLINKS ? 0 : O::NOFOLLOW);
        w.call(raw::nr_move_mount, c.from_dfd, from, c.to_dfd, w.str(c.to_pathname), c.flags);
    }
    void operator()(const sys::Fsopen& c) { w.call(raw::nr_fsopen, w.str(c.fsname), c.flags); }
    void operator()(const sys::Fsconfig& c) {
        const u64 key = w.str(c.key);
        w.call(raw::nr_fsconfig, c.fd, c.cmd, key, w.str(c.value), c.aux);
    }
    void operator()(const sys::Fsmount& c) { w.call(raw::nr_fsmount, c.fd, c.flags, c.attr_flags); }
    void operator()(const sys::Fspick& c) {
        const u64 path = w.str(c.path);
        w.judge(Judge::super_block, c.dfd, path, c.flags & FSPICK::SYMLINK_NOFOLLOW ? O::NOFOLLOW : 0);
        w.call(raw::nr_fspick, c.dfd, path, c.flags);
    }
    /// A struct mount_attr followed by zeros as far as its size says; NULL where there is none.
    u64 mount_attr(const std::optional<MountAttr>& attr, u64 size) {
        if (!attr) return 0;
        const u64 v[4] = {attr->attr_set, attr->attr_clr, attr->propagation, attr->userns_fd};
        char whole[4096 + 32] = {};
        std::memcpy(whole, v, sizeof v);
        return w.bytes(whole, std::min<u64>(std::max<u64>(size, sizeof v), sizeof whole));
    }
    void operator()(const sys::MountSetattr& c) {
        const u64 path = w.str(c.path);
        w.call(raw::nr_mount_setattr, c.dfd, path, c.flags, mount_attr(c.uattr, c.usize), c.usize);
    }
    void operator()(const sys::OpenTreeAttr& c) {
        const u64 path = w.str(c.filename);
        w.call(raw::nr_open_tree_attr, c.dfd, path, c.flags, mount_attr(c.uattr, c.usize), c.usize);
    }
    u64 request(const MntIdReq& r) {
        raw::MntIdReqBuf b;
        b.mnt_id = r.mnt_id;
        b.param = r.param;
        b.mnt_ns_id = r.mnt_ns_id;
        return w.bytes(&b, sizeof b);
    }
    void operator()(const sys::Statmount& c) { w.call(raw::nr_statmount, request(c.req), w.out(), kOutSize, c.flags); }
    void operator()(const sys::Listmount& c) {
        // An absurd number fails in the kernel before it writes; a large one is cut to what fits here.
        const u64 room = kOutSize / 8, n = c.nr_mnt_ids > 1000000 ? c.nr_mnt_ids : std::min(c.nr_mnt_ids, room);
        w.call(raw::nr_listmount, request(c.req), w.out(), n, c.flags);
    }
    void operator()(const sys::Openat& c) {
        const u64 name = w.str(c.filename);
        w.judge(Judge::open, c.dfd, name, c.flags);
        w.call(raw::nr_openat, c.dfd, name, c.flags, c.mode);
    }
    void operator()(const sys::Close& c) { w.call(raw::nr_close, c.fd); }
    void operator()(const sys::Dup& c) { w.call(raw::nr_dup, c.fd); }
    void operator()(const sys::Read& c) { w.call(raw::nr_read, c.fd, w.out(), std::min(c.count, kOutSize)); }
    void operator()(const sys::Write& c) {
        w.call(raw::nr_write, c.fd, w.bytes(c.data.data(), c.data.size()), c.data.size());
    }
    void operator()(const sys::Lseek& c) { w.call(raw::nr_lseek, c.fd, c.offset, c.whence); }
    void operator()(const sys::Ftruncate& c) { w.call(raw::nr_ftruncate, c.fd, c.length); }
    void operator()(const sys::Getdents64& c) {
        w.call(raw::nr_getdents64, c.fd, w.out(), std::min(c.count, kOutSize));
    }
    void operator()(const sys::Newfstatat& c) { w.call(raw::nr_newfstatat, c.dfd, w.str(c.filename), w.out(), c.flag); }
    void operator()(const sys::Statfs& c) { w.call(raw::nr_statfs, w.str(c.path), w.out()); }
    void operator()(const sys::Fstatfs& c) { w.call(raw::nr_fstatfs, c.fd, w.out()); }
    void operator()(const sys::Faccessat& c) { w.call(raw::nr_faccessat, c.dfd, w.str(c.filename), c.mode); }
    void operator()(const sys::Readlinkat& c) { w.call(raw::nr_readlinkat, c.dfd, w.str(c.path), w.out(), kPathMax); }
    void operator()(const sys::Mkdirat& c) {
        const u64 path = w.str(c.pathname);
        w.judge(Judge::parent, c.dfd, path);
        w.call(raw::nr_mkdirat, c.dfd, path, c.mode);
    }
    void operator()(const sys::Unlinkat& c) {
        const u64 path = w.str(c.pathname);
        w.judge(Judge::parent, c.dfd, path);
        w.call(raw::nr_unlinkat, c.dfd, path, c.flag);
    }
    void operator()(const sys::Symlinkat& c) {
        const u64 target = w.str(c.target), path = w.str(c.linkpath);
        w.judge(Judge::parent, c.newdfd, path);
        w.call(raw::nr_symlinkat, target, c.newdfd, path);
    }
    void operator()(const sys::Linkat& c) {
        const u64 from = w.str(c.oldpath), to = w.str(c.newpath);
        w.judge(Judge::parent, c.newdfd, to);
        w.call(raw::nr_linkat, c.olddfd, from, c.newdfd, to, c.flags);
    }
    void operator()(const sys::Renameat2& c) {
        const u64 from = w.str(c.oldpath), to = w.str(c.newpath);
        w.judge(Judge::parent, c.olddfd, from);
        w.judge(Judge::parent, c.newdfd, to);
        w.call(raw::nr_renameat2, c.olddfd, from, c.newdfd, to, c.flags);
    }
    void operator()(const sys::Utimensat& c) {
        const u64 path = w.str(c.filename);
        w.judge(Judge::target, c.dfd, path);
        w.call(raw::nr_utimensat, c.dfd, path, u64{0}, 0);
    }
    void operator()(const sys::Fchmodat& c) {
        const u64 path = w.str(c.filename);
        w.judge(Judge::target, c.dfd, path);
        w.call(raw::nr_fchmodat, c.dfd, path, c.mode);
    }
    void operator()(const sys::Umask& c) { w.call(raw::nr_umask, c.mask); }
    /// Where the kernel is to write; `offset` bytes into the room for results, where several things are written.
    u64 place(OutPtr p, u64 offset = 0) const {
        if (p == OutPtr::null) return 0;
        return p == OutPtr::bad ? kBadPointer : w.out() + offset;
    }
    void operator()(const sys::Clone& c) {
        w.call(raw::nr_clone, c.flags, place(c.parent_tid));
        w.order().kind = Order::Kind::clone;
        w.order().child = child_slot;
    }
    void operator()(const sys::Clone3& c) {
        raw::CloneArgs args;
        args.flags = c.flags;
        args.exit_signal = c.exit_signal;
        args.pidfd = place(c.pidfd);
        args.parent_tid = place(c.parent_tid, 8);
        args.set_tid_size = c.set_tid.size();
        if (!c.set_tid.empty()) args.set_tid = w.bytes(c.set_tid.data(), c.set_tid.size() * sizeof(i32));
        w.call(raw::nr_clone3, w.bytes(&args, sizeof args));
        w.order().kind = Order::Kind::clone3;
        w.order().child = child_slot;
    }
    void operator()(const sys::Unshare& c) { w.call(raw::nr_unshare, c.unshare_flags); }
    void operator()(const sys::Setns& c) { w.call(raw::nr_setns, c.fd, c.flags); }
    void operator()(const sys::ExitGroup& c) {
        w.call(raw::nr_exit_group, c.error_code);
        w.order().kind = Order::Kind::exit;
    }
    void operator()(const sys::Exit& c) {
        w.call(raw::nr_exit, c.error_code);
        w.order().kind = Order::Kind::exit;
    }
    void operator()(const sys::Execve& c) {
        const u64 path = w.str(c.filename);
        w.call(raw::nr_execveat, path, c.argv0.empty() ? path : w.str(c.argv0));
        w.order().kind = Order::Kind::execve;
    }

    template <class... Args> void sleep(i64 nr, Args... args) {
        w.call(nr, args...);
        w.order().kind = Order::Kind::sleep;
    }
    void operator()(const sys::Wait4& c) { sleep(raw::nr_wait4, c.pid, w.out(), c.options); }
    void operator()(const sys::Waitid& c) {
        w.clear_out(sizeof(raw::SiginfoBuf)); // some members are not written where there is nothing to tell
        sleep(raw::nr_waitid, c.which, c.upid, place(c.infop), c.options);
    }
    void operator()(const sys::RtSigtimedwait& c) {
        const u64 these = w.bytes(&c.uthese, sizeof c.uthese);
        const i64 time[2] = {c.uts ? c.uts->tv_sec : 0, c.uts ? c.uts->tv_nsec : 0};
        sleep(raw::nr_rt_sigtimedwait, these, place(c.uinfo), c.uts ? w.bytes(time, sizeof time) : 0, c.sigsetsize);
    }
    void operator()(const sys::Pause&) { sleep(raw::nr_pause); }

    void operator()(const sys::Kill& c) { w.call(raw::nr_kill, c.pid, c.sig); }
    void operator()(const sys::Tgkill& c) { w.call(raw::nr_tgkill, c.tgid, c.pid, c.sig); }
    void operator()(const sys::Tkill& c) { w.call(raw::nr_tkill, c.pid, c.sig); }
    u64 siginfo(const std::optional<Siginfo>& info, i32 sig) {
        if (!info) return 0;
        raw::SiginfoBuf b;
        b.signo = sig;
        b.code = info->code;
        b.pid = info->pid;
        b.uid = info->uid;
        b.status = info->status;
        return w.bytes(&b, sizeof b);
    }
    void operator()(const sys::PidfdSendSignal& c) {
        w.call(raw::nr_pidfd_send_signal, c.pidfd, c.sig, siginfo(c.info, c.info ? c.info->signo : 0), c.flags);
    }
    void operator()(const sys::RtSigqueueinfo& c) {
        w.call(raw::nr_rt_sigqueueinfo, c.pid, c.sig, siginfo(c.uinfo, c.sig));
    }
    void operator()(const sys::RtTgsigqueueinfo& c) {
        w.call(raw::nr_rt_tgsigqueueinfo, c.tgid, c.pid, c.sig, siginfo(c.uinfo, c.sig));
    }
    void operator()(const sys::RtSigaction& c) {
        u64 act = 0;
        if (c.act) {
            raw::KernelSigaction k;
            k.handler = c.act->handler;
            k.flags = c.act->flags;
            k.mask = c.act->mask;
            act = w.bytes(&k, sizeof k);
        }
        w.call(raw::nr_rt_sigaction, c.sig, act, place(c.oact), c.sigsetsize);
        w.order().kind = Order::Kind::sigaction;
    }
    void operator()(const sys::RtSigprocmask& c) {
        const u64 set = c.nset ? w.bytes(&*c.nset, sizeof *c.nset) : 0;
        w.call(raw::nr_rt_sigprocmask, c.how, set, place(c.oset), c.sigsetsize);
    }
    void operator()(const sys::RtSigpending& c) { w.call(raw::nr_rt_sigpending, w.out(), c.sigsetsize); }

    void operator()(const sys::Getpid&) { w.call(raw::nr_getpid); }
    void operator()(const sys::Getppid&) { w.call(raw::nr_getppid); }
    void operator()(const sys::Gettid&) { w.call(raw::nr_gettid); }
    void operator()(const sys::Getuid&) { w.call(raw::nr_getuid); }
    void operator()(const sys::Geteuid&) { w.call(raw::nr_geteuid); }
    void operator()(const sys::Getgid&) { w.call(raw::nr_getgid); }
    void operator()(const sys::Getegid&) { w.call(raw::nr_getegid); }
    void operator()(const sys::Setresuid& c) { w.call(raw::nr_setresuid, c.ruid, c.euid, c.suid); }
    void operator()(const sys::Setresgid& c) { w.call(raw::nr_setresgid, c.rgid, c.egid, c.sgid); }
    void operator()(const sys::Setgroups& c) {
        const u64 list = w.bytes(c.grouplist.data(), c.grouplist.size() * sizeof(i32));
        w.call(raw::nr_setgroups, c.grouplist.size(), list);
    }
    void operator()(const sys::Setsid&) { w.call(raw::nr_setsid); }
    void operator()(const sys::Getsid& c) { w.call(raw::nr_getsid, c.pid); }
    void operator()(const sys::Setpgid& c) { w.call(raw::nr_setpgid, c.pid, c.pgid); }
    void operator()(const sys::Getpgid& c) { w.call(raw::nr_getpgid, c.pid); }
    void operator()(const sys::Getpgrp&) { w.call(raw::nr_getpgrp); }
    void operator()(const sys::Prctl& c) {
        w.call(raw::nr_prctl, c.option, writes(c) ? place(static_cast<OutPtr>(c.arg2)) : c.arg2, c.arg3, c.arg4,
               c.arg5);
    }
    void operator()(const sys::Ioctl& c) {
        if (c.cmd == PIDFD::GET_INFO) { // what is asked for stands where the answer goes
            w.clear_out(sizeof(raw::PidfdInfoBuf));
            w.put_out(u64{PIDFD::INFO_EXIT});
        }
        w.call(raw::nr_ioctl, c.fd, c.cmd, writes(c) ? place(static_cast<OutPtr>(c.arg)) : c.arg);
    }
    u64 cap_header(u32 version, i32 pid) {
        const raw::CapHeader header{version, pid};
        return w.bytes(&header, sizeof header);
    }
    void operator()(const sys::Capget& c) {
        w.clear_out(2 * sizeof(raw::CapData));
        w.call(raw::nr_capget, cap_header(c.version, c.pid), place(c.dataptr));
    }
    void operator()(const sys::Capset& c) {
        u64 data = 0;
        if (c.data) {
            raw::CapData halves[2];
            for (u32 i = 0; i < 2; ++i)
                halves[i] = {static_cast<u32>(c.data->effective >> 32 * i),
                             static_cast<u32>(c.data->permitted >> 32 * i),
                             static_cast<u32>(c.data->inheritable >> 32 * i)};
            data = w.bytes(halves, sizeof halves);
        }
        w.call(raw::nr_capset, cap_header(c.version, c.pid), data);
    }
    void operator()(const sys::Poll& c) {
        const raw::PollFd fd{c.fd, static_cast<raw::i16>(c.events), 0};
        w.put_out(fd);
        sleep(raw::nr_poll, w.out(), 1, c.timeout_msecs);
    }
    void operator()(const sys::PidfdOpen& c) { w.call(raw::nr_pidfd_open, c.pid, c.flags); }
};

const char* out_of(const Slot& slot) { return slot.data + kOutAt; }

template <class T> T copy_of(const Slot& slot) {
    T v;
    std::memcpy(&v, out_of(slot), sizeof v);
    return v;
}

StatBuf stat_of(const Slot& slot) {
    const auto st = copy_of<struct stat>(slot);
    StatBuf b;
    // Minor number only: all that is modelled has an anonymous device.
    b.st_dev = (st.st_dev & 0xff) | ((st.st_dev >> 12) & ~u64{0xff});
    b.st_ino = st.st_ino;
    b.st_mode = st.st_mode;
    b.st_nlink = static_cast<u32>(st.st_nlink);
    b.st_uid = st.st_uid;
    b.st_gid = st.st_gid;
    b.st_size = static_cast<u64>(st.st_size);
    return b;
}

StatfsBuf statfs_of(const Slot& slot) {
    const auto s = copy_of<struct statfs>(slot);
    return {static_cast<u64>(s.f_type),  s.f_blocks, s.f_bfree, s.f_bavail, s.f_files, s.f_ffree,
            static_cast<u64>(s.f_frsize)};
}

Entries entries_of(const Slot& slot, std::size_t size) {
    Entries all;
    const char* at = out_of(slot);
    for (const char* end = at + size; at + 19 <= end;) {
        DirEntry e;
        u16 length;
        std::memcpy(&e.ino, at, 8);
        std::memcpy(&length, at + 16, 2);
        e.type = static_cast<u8>(at[18]);
        e.name = at + 19;
        all.entries.push_back(std::move(e));
        at += length;
    }
    return all;
}

} // namespace

StatmountBuf read_statmount(const char* buffer) {
    raw::StatmountHead h;
    std::memcpy(&h, buffer, sizeof h);
    const char* strings = buffer + sizeof h;
    StatmountBuf b;
    b.mask = h.mask;
    b.sb_dev_major = h.sb_dev_major;
    b.sb_dev_minor = h.sb_dev_minor;
    b.sb_flags = h.sb_flags;
    b.sb_magic = h.sb_magic;
    b.mnt_id = h.mnt_id;
    b.mnt_parent_id = h.mnt_parent_id;
    b.mnt_id_old = h.mnt_id_old;
    b.mnt_parent_id_old = h.mnt_parent_id_old;
    b.mnt_attr = h.mnt_attr;
    b.mnt_propagation = h.mnt_propagation;
    b.mnt_peer_group = h.mnt_peer_group;
    b.mnt_master = h.mnt_master;
    b.propagate_from = h.propagate_from;
    b.mnt_ns_id = h.mnt_ns_id;
    const auto text = [&](u64 bit, u32 offset) { return h.mask & bit ? std::string(strings + offset) : std::string(); };
    b.fs_type = text(STATMOUNT::FS_TYPE, h.fs_type);
    b.mnt_root = text(STATMOUNT::MNT_ROOT, h.mnt_root);
    b.mnt_point = text(STATMOUNT::MNT_POINT, h.mnt_point);
    b.mnt_opts = text(STATMOUNT::MNT_OPTS, h.mnt_opts);
    b.sb_source = text(STATMOUNT::SB_SOURCE, h.sb_source);
    const auto lines = [&](u64 bit, u32 offset, u32 count) {
        std::string all;
        for (const char* line = strings + offset; h.mask & bit && count; --count, line += std::strlen(line) + 1)
            all += (all.empty() ? "" : "\n") + std::string(line);
        return all;
    };
    b.mnt_uidmap = lines(STATMOUNT::MNT_UIDMAP, h.mnt_uidmap, h.mnt_uidmap_num);
    b.mnt_gidmap = lines(STATMOUNT::MNT_GIDMAP, h.mnt_gidmap, h.mnt_gidmap_num);
    return b;
}

namespace {

struct Unmarshal {
    const Slot& slot;
    std::size_t size = static_cast<std::size_t>(slot.result);

    Output operator()(const sys::Getcwd&) const { return Bytes{std::string(out_of(slot), size ? size - 1 : 0)}; }
    Output operator()(const sys::Readlinkat&) const { return Bytes{std::string(out_of(slot), size)}; }
    Output operator()(const sys::Read&) const { return Bytes{std::string(out_of(slot), size)}; }
    Output operator()(const sys::Newfstatat&) const { return stat_of(slot); }
    Output operator()(const sys::Statfs&) const { return statfs_of(slot); }
    Output operator()(const sys::Fstatfs&) const { return statfs_of(slot); }
    Output operator()(const sys::Getdents64&) const { return entries_of(slot, size); }
    Output operator()(const sys::Statmount&) const { return read_statmount(out_of(slot)); }
    Output operator()(const sys::Listmount&) const {
        Ids ids;
        ids.ids.resize(size);
        if (size) std::memcpy(ids.ids.data(), out_of(slot), size * 8); // an empty list has no place to copy to
        return ids;
    }
    Output operator()(const sys::Wait4&) const {
        if (slot.result == 0) return {};
        return WaitBuf{copy_of<i32>(slot)};
    }
    Siginfo siginfo() const {
        const auto b = copy_of<raw::SiginfoBuf>(slot);
        return {b.signo, b.code, b.pid, b.uid, b.status};
    }
    Output operator()(const sys::Waitid& c) const {
        return c.infop == OutPtr::somewhere ? Output(siginfo()) : Output();
    }
    Output operator()(const sys::RtSigtimedwait& c) const {
        if (c.uinfo != OutPtr::somewhere) return {};
        Siginfo info = siginfo();
        if (info.code <= 0 && info.code != SI::QUEUE) info.status = 0; // nobody has written it
        return info;
    }
    Output operator()(const sys::RtSigaction& c) const {
        if (c.oact != OutPtr::somewhere) return {};
        const auto k = copy_of<raw::KernelSigaction>(slot);
        return KSigaction{k.handler, k.flags, k.mask};
    }
    Output operator()(const sys::RtSigprocmask& c) const {
        return c.oset == OutPtr::somewhere ? Output(SigsetBuf{copy_of<u64>(slot)}) : Output();
    }
    Output operator()(const sys::RtSigpending&) const { return SigsetBuf{copy_of<u64>(slot)}; }
    Output operator()(const sys::Prctl& c) const {
        return writes(c) ? Output(NumberBuf{copy_of<i32>(slot)}) : Output();
    }
    Output operator()(const sys::Ioctl& c) const {
        switch (c.cmd) {
        case NS::GET_OWNER_UID: return NumberBuf{copy_of<u32>(slot)};
        case NS::GET_MNTNS_ID:
        case NS::GET_ID: return NumberBuf{static_cast<i64>(copy_of<u64>(slot))};
        case NS::MNT_GET_INFO: {
            const auto info = copy_of<std::array<u32, 4>>(slot);
            return MntNsInfo{info[0], info[1], copy_of<std::array<u64, 2>>(slot)[1]};
        }
        case PIDFD::GET_INFO: {
            const auto b = copy_of<raw::PidfdInfoBuf>(slot);
            return PidfdInfo{b.mask, b.pid,  b.tgid, b.ppid,  b.ruid,  b.rgid,     b.euid,
                             b.egid, b.suid, b.sgid, b.fsuid, b.fsgid, b.exit_code};
        }
        default: return {};
        }
    }
    Output operator()(const sys::Capget& c) const {
        if (c.dataptr != OutPtr::somewhere) return {};
        const auto halves = copy_of<std::array<raw::CapData, 2>>(slot);
        const auto whole = [&](u32 raw::CapData::*set) { return u64{halves[1].*set} << 32 | halves[0].*set; };
        return CapSets{whole(&raw::CapData::effective), whole(&raw::CapData::permitted),
                       whole(&raw::CapData::inheritable)};
    }
    Output operator()(const sys::Poll&) const { return PollBuf{static_cast<u16>(copy_of<raw::PollFd>(slot).revents)}; }
    Output clone(u64 flags, OutPtr pidfd, i32 fd, OutPtr parent_tid, i32 tid) const {
        CloneBuf b;
        const bool has_fd = (flags & CLONE::PIDFD) && pidfd == OutPtr::somewhere;
        const bool has_tid = (flags & CLONE::PARENT_SETTID) && parent_tid == OutPtr::somewhere;
        if (has_fd) b.pidfd = fd;
        if (has_tid) b.parent_tid = tid;
        return has_fd || has_tid ? Output(b) : Output();
    }
    Output operator()(const sys::Clone& c) const {
        const i32 written = copy_of<i32>(slot);
        return clone(c.flags, c.parent_tid, written, c.parent_tid, written);
    }
    Output operator()(const sys::Clone3& c) const {
        const auto written = copy_of<std::array<i32, 3>>(slot);
        return clone(c.flags, c.pidfd, written[0], c.parent_tid, written[2]);
    }
    template <class Other> Output operator()(const Other&) const { return {}; }
};

} // namespace

std::optional<std::string> marshal(Slot& slot, const Syscall& c, u32 child_slot, MachineFacts& facts, bool by_init) {
    if (auto why = refuse(c, facts, by_init)) return why;
    Writer w(slot);
    std::visit(Marshal{w, child_slot}, c);
    if (w.overflow) return "its arguments are longer than the sandbox takes";
    return std::nullopt;
}

Outcome unmarshal(const Slot& slot, const Syscall& c) {
    Outcome o;
    if (slot.refused != Refused::no) {
        o.skipped = true;
        o.why = to_string(slot.refused);
        return o;
    }
    if (raw::failed(slot.result)) {
        o.error = static_cast<E>(-slot.result);
        return o;
    }
    o.value = slot.result;
    o.out = std::visit(Unmarshal{slot}, c);
    return o;
}

} // namespace nslab::host
