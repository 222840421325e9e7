#include "sim/host/marshal.hpp"

#include <algorithm>
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
        std::memcpy(at, p, n);
        used_ += (n + 15) & ~std::size_t{15};
        return address(at);
    }
    u64 str(const Str& s) {
        if (s.kind == Str::Kind::null) return 0;
        if (s.kind == Str::Kind::bad) return kBadPointer;
        return bytes(s.text.c_str(), s.text.size() + 1);
    }
    /// Where the call writes to, `offset` bytes behind where results begin.
    u64 place(OutPtr where, u64 offset = 0) const {
        if (where == OutPtr::null) return 0;
        return where == OutPtr::bad ? kBadPointer : out() + offset;
    }
    u64 out() const { return address(slot_.data + kOutAt); }

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
    void operator()(const sys::Clone& c) {
        w.order().kind = Order::Kind::clone;
        w.order().child = child_slot;
        w.call(raw::nr_clone, c.flags, u64{0}, w.place(c.parent_tid));
    }
    void operator()(const sys::Clone3& c) {
        w.order().kind = Order::Kind::clone3;
        w.order().child = child_slot;
        raw::CloneArgs args;
        args.flags = c.flags;
        args.exit_signal = c.exit_signal;
        args.set_tid_size = c.set_tid.size();
        args.pidfd = w.place(c.pidfd);
        args.parent_tid = w.place(c.parent_tid, sizeof(i32));
        if (!c.set_tid.empty()) args.set_tid = w.bytes(c.set_tid.data(), c.set_tid.size() * sizeof(i32));
        w.call(raw::nr_clone3, w.bytes(&args, sizeof args));
    }
    void operator()(const sys::Unshare& c) { w.call(raw::nr_unshare, c.unshare_flags); }
    void operator()(const sys::Setns& c) { w.call(raw::nr_setns, c.fd, c.flags); }
    // Those that policy.cpp says are not played yet.
    template <class Other> void operator()(const Other&) {}
    void operator()(const sys::ExitGroup& c) {
        w.order().kind = Order::Kind::exit;
        w.call(raw::nr_exit_group, c.error_code);
    }
    void operator()(const sys::Wait4& c) {
        w.order().kind = Order::Kind::wait;
        w.call(raw::nr_wait4, c.pid, w.out(), c.options);
    }
    void operator()(const sys::Kill& c) { w.call(raw::nr_kill, c.pid, c.sig); }
    void operator()(const sys::Getpid&) { w.call(raw::nr_getpid); }
    void operator()(const sys::Getppid&) { w.call(raw::nr_getppid); }
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
    Output operator()(const sys::Statfs&) const {
        return StatfsBuf{static_cast<u64>(copy_of<struct statfs>(slot).f_type)};
    }
    Output operator()(const sys::Fstatfs&) const {
        return StatfsBuf{static_cast<u64>(copy_of<struct statfs>(slot).f_type)};
    }
    Output operator()(const sys::Getdents64&) const { return entries_of(slot, size); }
    Output operator()(const sys::Statmount&) const { return read_statmount(out_of(slot)); }
    Output operator()(const sys::Listmount&) const {
        Ids ids;
        ids.ids.resize(size);
        if (size) std::memcpy(ids.ids.data(), out_of(slot), size * 8); // an empty list has no place to copy to
        return ids;
    }
    Output operator()(const sys::Clone& c) const {
        if (!(c.flags & (CLONE::PIDFD | CLONE::PARENT_SETTID))) return {};
        return clone_of(c.flags, 0);
    }
    Output operator()(const sys::Clone3& c) const {
        if (!(c.flags & (CLONE::PIDFD | CLONE::PARENT_SETTID))) return {};
        return clone_of(c.flags, sizeof(i32));
    }
    /// What was written of a new task: its pidfd first, its TID `tid_at` bytes behind.
    CloneBuf clone_of(u64 flags, std::size_t tid_at) const {
        CloneBuf b;
        if (flags & CLONE::PIDFD) std::memcpy(&b.pidfd, out_of(slot), sizeof b.pidfd);
        if (flags & CLONE::PARENT_SETTID) std::memcpy(&b.parent_tid, out_of(slot) + tid_at, sizeof b.parent_tid);
        return b;
    }
    Output operator()(const sys::Wait4&) const {
        if (slot.result == 0) return {};
        return WaitBuf{copy_of<i32>(slot)};
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
