// The door to the model: one case a system call. Whoever adds a call adds a case; the compiler names the one missing.

#include "sim/linux/kernel/internal.hpp"
#include "sim/linux/syscalls.hpp"
#include "sim/syscall/syscall.hpp"

namespace nslab {

namespace {

void tell(Outcome& o, const Error& e) {
    if (not_modelled(e))
        o.skipped = true;
    else
        o.error = e.code;
    o.why = e.why;
    if (e.function) o.function = e.function;
    if (e.file) o.file = e.file;
}

Outcome failed(const Error& e) {
    Outcome o;
    tell(o, e);
    return o;
}

// Most calls end in one of these two, so neither copies what it is given, or fills what it gives with zeros first
// (Outcome{} would).
Outcome outcome(const Result<>& r) {
    Outcome o;
    if (!r) tell(o, r.error());
    return o;
}

Outcome outcome(const Result<i64>& r) {
    Outcome o;
    if (r)
        o.value = *r;
    else
        tell(o, r.error());
    return o;
}

template <class T> Outcome written(const Result<T>& r, i64 value, Output out) {
    if (!r) return failed(r.error());
    Outcome o;
    o.value = value;
    o.out = std::move(out);
    return o;
}

Outcome outcome(Result<StatBuf> r) { return written(r, 0, r ? Output(*r) : Output()); }
Outcome outcome(Result<StatfsBuf> r) { return written(r, 0, r ? Output(*r) : Output()); }
Outcome outcome(Result<StatmountBuf> r) { return written(r, 0, r ? Output(*r) : Output()); }
Outcome outcome(Result<std::string> r) {
    return written(r, r ? static_cast<i64>(r->size()) : 0, r ? Output(Bytes{*r}) : Output());
}
Outcome outcome(Result<std::vector<DirEntry>> r) {
    // A length in bytes that depends on the layout of dirent64 says nothing: the number of entries does.
    return written(r, r ? static_cast<i64>(r->size()) : 0, r ? Output(Entries{*r}) : Output());
}
Outcome outcome(Result<std::vector<u64>> r) {
    return written(r, r ? static_cast<i64>(r->size()) : 0, r ? Output(Ids{*r}) : Output());
}

struct Door {
    Kernel& k;
    Id<Task> t;

    Outcome operator()(const sys::Mount& c) const {
        return outcome(sys_mount(k, t, c.source, c.target, c.filesystemtype, c.mountflags, c.data));
    }
    Outcome operator()(const sys::Umount2& c) const { return outcome(sys_umount(k, t, c.target, c.flags)); }
    Outcome operator()(const sys::PivotRoot& c) const { return outcome(sys_pivot_root(k, t, c.new_root, c.put_old)); }
    Outcome operator()(const sys::Chroot& c) const { return outcome(sys_chroot(k, t, c.path)); }
    Outcome operator()(const sys::Chdir& c) const { return outcome(sys_chdir(k, t, c.path)); }
    Outcome operator()(const sys::Fchdir& c) const { return outcome(sys_fchdir(k, t, c.fd)); }
    Outcome operator()(const sys::Getcwd&) const {
        Outcome o = outcome(sys_getcwd(k, t));
        if (o.ok()) ++o.value; // the final NUL counts
        return o;
    }
    Outcome operator()(const sys::OpenTree& c) const {
        return outcome(sys_open_tree(k, t, c.dfd, c.filename, c.flags));
    }
    Outcome operator()(const sys::MoveMount& c) const {
        return outcome(sys_move_mount(k, t, c.from_dfd, c.from_pathname, c.to_dfd, c.to_pathname, c.flags));
    }
    Outcome operator()(const sys::Fsopen& c) const { return outcome(sys_fsopen(k, t, c.fsname, c.flags)); }
    Outcome operator()(const sys::Fsconfig& c) const {
        return outcome(sys_fsconfig(k, t, c.fd, c.cmd, c.key, c.value, c.aux));
    }
    Outcome operator()(const sys::Fsmount& c) const { return outcome(sys_fsmount(k, t, c.fd, c.flags, c.attr_flags)); }
    Outcome operator()(const sys::Fspick& c) const { return outcome(sys_fspick(k, t, c.dfd, c.path, c.flags)); }
    Outcome operator()(const sys::MountSetattr& c) const {
        return outcome(sys_mount_setattr(k, t, c.dfd, c.path, c.flags, c.uattr, c.usize));
    }
    Outcome operator()(const sys::OpenTreeAttr& c) const {
        return outcome(sys_open_tree_attr(k, t, c.dfd, c.filename, c.flags, c.uattr, c.usize));
    }
    Outcome operator()(const sys::Statmount& c) const { return outcome(sys_statmount(k, t, c.req, c.flags)); }
    Outcome operator()(const sys::Listmount& c) const {
        return outcome(sys_listmount(k, t, c.req, c.nr_mnt_ids, c.flags));
    }
    Outcome operator()(const sys::Openat& c) const {
        return outcome(sys_openat(k, t, c.dfd, c.filename, c.flags, c.mode));
    }
    Outcome operator()(const sys::Close& c) const { return outcome(sys_close(k, t, c.fd)); }
    Outcome operator()(const sys::Dup& c) const { return outcome(sys_dup(k, t, c.fd)); }
    Outcome operator()(const sys::Read& c) const { return outcome(sys_read(k, t, c.fd, c.count)); }
    Outcome operator()(const sys::Write& c) const { return outcome(sys_write(k, t, c.fd, c.data)); }
    Outcome operator()(const sys::Lseek& c) const { return outcome(sys_lseek(k, t, c.fd, c.offset, c.whence)); }
    Outcome operator()(const sys::Ftruncate& c) const { return outcome(sys_ftruncate(k, t, c.fd, c.length)); }
    Outcome operator()(const sys::Getdents64& c) const { return outcome(sys_getdents64(k, t, c.fd, c.count)); }
    Outcome operator()(const sys::Newfstatat& c) const {
        return outcome(sys_newfstatat(k, t, c.dfd, c.filename, c.flag));
    }
    Outcome operator()(const sys::Statfs& c) const { return outcome(sys_statfs(k, t, c.path)); }
    Outcome operator()(const sys::Fstatfs& c) const { return outcome(sys_fstatfs(k, t, c.fd)); }
    Outcome operator()(const sys::Faccessat& c) const {
        return outcome(sys_faccessat(k, t, c.dfd, c.filename, c.mode));
    }
    Outcome operator()(const sys::Readlinkat& c) const { return outcome(sys_readlinkat(k, t, c.dfd, c.path)); }
    Outcome operator()(const sys::Mkdirat& c) const { return outcome(sys_mkdirat(k, t, c.dfd, c.pathname, c.mode)); }
    Outcome operator()(const sys::Unlinkat& c) const { return outcome(sys_unlinkat(k, t, c.dfd, c.pathname, c.flag)); }
    Outcome operator()(const sys::Symlinkat& c) const {
        return outcome(sys_symlinkat(k, t, c.target, c.newdfd, c.linkpath));
    }
    Outcome operator()(const sys::Linkat& c) const {
        return outcome(sys_linkat(k, t, c.olddfd, c.oldpath, c.newdfd, c.newpath, c.flags));
    }
    Outcome operator()(const sys::Renameat2& c) const {
        return outcome(sys_renameat2(k, t, c.olddfd, c.oldpath, c.newdfd, c.newpath, c.flags));
    }
    Outcome operator()(const sys::Utimensat& c) const { return outcome(sys_utimensat(k, t, c.dfd, c.filename)); }
    Outcome operator()(const sys::Fchmodat& c) const { return outcome(sys_fchmodat(k, t, c.dfd, c.filename, c.mode)); }
    Outcome operator()(const sys::Umask& c) const { return outcome(sys_umask(k, t, c.mask)); }
    Outcome operator()(const sys::Clone& c) const { return cloned(sys_clone(k, t, clone_args(c.flags, c.parent_tid))); }
    Outcome operator()(const sys::Clone3& c) const {
        const KernelCloneArgs args{c.flags,      static_cast<i32>(c.exit_signal),
                                   c.set_tid,    c.pidfd,
                                   c.parent_tid, c.pidfd == c.parent_tid && c.pidfd != OutPtr::somewhere};
        return cloned(sys_clone3(k, t, args, c.exit_signal));
    }
    Outcome cloned(const Result<Cloned>& made) const {
        if (!made) return failed(made.error());
        Outcome o;
        o.value = made->pid;
        o.blocked = made->blocked;
        // A thread ID that cannot be written is no failure. Nor is it told here.
        if (made->pidfd >= 0 || made->parent_tid) o.out = CloneBuf{made->pidfd, made->parent_tid};
        return o;
    }
    Outcome operator()(const sys::Unshare& c) const { return outcome(sys_unshare(k, t, c.unshare_flags)); }
    Outcome operator()(const sys::Setns& c) const { return outcome(sys_setns(k, t, c.fd, c.flags)); }
    Outcome operator()(const sys::ExitGroup& c) const {
        sys_exit_group(k, t, c.error_code);
        return gone();
    }
    Outcome operator()(const sys::Exit& c) const {
        sys_exit(k, t, c.error_code);
        return gone();
    }
    static Outcome gone() {
        Outcome o;
        o.ended = true;
        return o;
    }
    /// A call that may have ended its own caller.
    Outcome survived(const Outcome& o) const { return k.tasks.live(t) && !is_exiting(k, t) ? o : gone(); }
    Outcome operator()(const sys::Execve& c) const { return outcome(sys_execve(k, t, c.filename, c.argv0)); }
    Outcome operator()(const sys::Wait4& c) const {
        const auto waited = sys_wait4(k, t, c.pid, c.options);
        if (!waited) return failed(waited.error());
        Outcome o;
        o.value = waited->pid;
        o.blocked = waited->blocked;
        if (waited->found) o.out = WaitBuf{waited->status};
        return o;
    }
    Outcome operator()(const sys::Waitid& c) const {
        const auto waited = sys_waitid(k, t, c.which, c.upid, c.options);
        if (!waited) return failed(waited.error());
        Outcome o;
        o.blocked = waited->blocked;
        if (c.infop != OutPtr::somewhere || o.blocked) return o;
        Siginfo info;
        if (waited->found) {
            const i32 signal = waited->status & 0x7f, code = waited->status >> 8;
            info = {SIG::CHLD, waited->cause, waited->pid, waited->uid,
                    waited->cause == CLD::KILLED      ? signal
                    : waited->cause == CLD::CONTINUED ? SIG::CONT
                                                      : code};
        }
        o.out = info;
        return o;
    }
    Outcome operator()(const sys::Kill& c) const { return survived(outcome(sys_kill(k, t, c.pid, c.sig))); }
    Outcome operator()(const sys::Tgkill& c) const { return survived(outcome(sys_tgkill(k, t, c.tgid, c.pid, c.sig))); }
    Outcome operator()(const sys::Tkill& c) const { return survived(outcome(sys_tgkill(k, t, {}, c.pid, c.sig))); }
    Outcome operator()(const sys::PidfdSendSignal& c) const {
        return survived(outcome(sys_pidfd_send_signal(k, t, c.pidfd, c.sig, c.info, c.flags)));
    }
    Outcome operator()(const sys::RtSigqueueinfo& c) const {
        return survived(outcome(sys_rt_sigqueueinfo(k, t, c.pid, c.sig, c.uinfo)));
    }
    Outcome operator()(const sys::RtTgsigqueueinfo& c) const {
        return survived(outcome(sys_rt_tgsigqueueinfo(k, t, c.tgid, c.pid, c.sig, c.uinfo)));
    }
    Outcome operator()(const sys::RtSigaction& c) const {
        const auto old = sys_rt_sigaction(k, t, c.sig, c.act, c.sigsetsize);
        return written(old, 0, old && c.oact == OutPtr::somewhere ? Output(*old) : Output());
    }
    Outcome operator()(const sys::RtSigprocmask& c) const {
        const auto old = sys_rt_sigprocmask(k, t, c.how, c.nset, c.sigsetsize);
        return survived(written(old, 0, old && c.oset == OutPtr::somewhere ? Output(SigsetBuf{*old}) : Output()));
    }
    Outcome operator()(const sys::RtSigpending& c) const {
        const auto set = sys_rt_sigpending(k, t, c.sigsetsize);
        return written(set, 0, set ? Output(SigsetBuf{*set}) : Output());
    }
    Outcome operator()(const sys::RtSigtimedwait& c) const {
        const auto info = sys_rt_sigtimedwait(k, t, c.uthese, c.uts, c.sigsetsize);
        if (!info) return failed(info.error());
        Outcome o;
        o.blocked = !info->has_value();
        if (o.blocked) return o;
        o.value = (*info)->signo;
        if (c.uinfo == OutPtr::somewhere) o.out = **info;
        return o;
    }
    Outcome operator()(const sys::Pause&) const {
        const auto sleeps = sys_pause(k, t);
        if (!sleeps) return failed(sleeps.error());
        Outcome o;
        o.blocked = true;
        return o;
    }
    Outcome operator()(const sys::Gettid&) const { return outcome(sys_gettid(k, t)); }
    Outcome operator()(const sys::Setsid&) const { return outcome(sys_setsid(k, t)); }
    Outcome operator()(const sys::Getsid& c) const { return outcome(sys_getsid(k, t, c.pid)); }
    Outcome operator()(const sys::Setpgid& c) const { return outcome(sys_setpgid(k, t, c.pid, c.pgid)); }
    Outcome operator()(const sys::Getpgid& c) const { return outcome(sys_getpgid(k, t, c.pid)); }
    Outcome operator()(const sys::Getpgrp&) const { return outcome(sys_getpgid(k, t, 0)); }
    Outcome operator()(const sys::Prctl& c) const {
        const auto done = sys_prctl(k, t, c.option, {c.arg2, c.arg3, c.arg4, c.arg5});
        return written(done, done ? done->value : 0,
                       done && done->written ? Output(NumberBuf{*done->written}) : Output());
    }
    Outcome operator()(const sys::Capget& c) const {
        const auto sets = sys_capget(k, t, c.version, c.pid, c.dataptr);
        return written(sets, 0, sets && *sets ? Output(**sets) : Output());
    }
    Outcome operator()(const sys::Capset& c) const { return outcome(sys_capset(k, t, c.version, c.pid, c.data)); }
    Outcome operator()(const sys::Poll& c) const {
        const auto ready = sys_poll(k, t, c.fd, c.events, c.timeout_msecs);
        if (!ready) return failed(ready.error());
        Outcome o;
        o.blocked = !ready->has_value();
        if (o.blocked) return o;
        o.value = **ready != 0;
        o.out = PollBuf{**ready};
        return o;
    }
    Outcome operator()(const sys::Getpid&) const { return outcome(sys_getpid(k, t)); }
    Outcome operator()(const sys::Getppid&) const { return outcome(sys_getppid(k, t)); }
    Outcome operator()(const sys::Getuid&) const { return outcome(sys_getuid(k, t)); }
    Outcome operator()(const sys::Geteuid&) const { return outcome(sys_geteuid(k, t)); }
    Outcome operator()(const sys::Getgid&) const { return outcome(sys_getgid(k, t)); }
    Outcome operator()(const sys::Getegid&) const { return outcome(sys_getegid(k, t)); }
    Outcome operator()(const sys::Setresuid& c) const { return outcome(sys_setresuid(k, t, c.ruid, c.euid, c.suid)); }
    Outcome operator()(const sys::Setresgid& c) const { return outcome(sys_setresgid(k, t, c.rgid, c.egid, c.sgid)); }
    Outcome operator()(const sys::Setgroups& c) const { return outcome(sys_setgroups(k, t, c.grouplist)); }
    Outcome operator()(const sys::Ioctl& c) const {
        const auto done = sys_ioctl(k, t, c.fd, c.cmd, c.arg);
        if (!done) return failed(done.error());
        Outcome o;
        o.value = done->value;
        std::visit(
            [&]<class T>(const T& written) {
                if constexpr (!std::is_same_v<T, std::monostate>) o.out = written;
            },
            done->out);
        return o;
    }
    Outcome operator()(const sys::PidfdOpen& c) const { return outcome(sys_pidfd_open(k, t, c.pid, c.flags)); }
};

} // namespace

Outcome syscall(Kernel& k, Id<Task> task, const Syscall& call) { return std::visit(Door{k, task}, call); }

} // namespace nslab
