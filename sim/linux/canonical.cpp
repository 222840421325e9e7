// The walk over all objects from init. Left out: the hash tables, which say nothing that the lists do not, and numbers
// whose only use is to be different from each other.

#include "sim/linux/canonical.hpp"

#include <algorithm>
#include <tuple>

namespace nslab {

namespace {

class Walk {
  public:
    explicit Walk(const Kernel& k) : k(k) { out_.reserve(1024); }

    std::vector<u64> run() {
        collect_ages();
        id(k.init);
        for (std::size_t i = 0; i < queue_.size(); ++i) {
            const auto [type, index] = queue_[i];
            visit(type, index);
        }
        // What init does not reach, such as namespaces that only each other hold.
        add(k.mounts.size(), k.dentries.size(), k.supers.size(), k.mnt_namespaces.size(), k.namespaces.size(),
            k.tasks.size(), k.pids.size(), k.creds.size(), k.ucounts.size(), k.sysctl_mount_max);
        return std::move(out_);
    }

  private:
    using Types =
        std::tuple<Mount, Dentry, Inode, SuperBlock, Devname, MntNamespace, Namespace, Nsproxy, FsStruct, FilesStruct,
                   File, FsContext, Task, Pid, SignalStruct, SighandStruct, MmStruct, Cred, Ucounts>;
    static constexpr std::size_t kTypes = std::tuple_size_v<Types>;
    template <class T, std::size_t i = 0> static constexpr std::size_t type_of() {
        if constexpr (std::is_same_v<T, std::tuple_element_t<i, Types>>)
            return i;
        else
            return type_of<T, i + 1>();
    }

    template <class... Numbers> void add(Numbers... numbers) { (out_.push_back(static_cast<u64>(numbers)), ...); }
    void add_text(const std::string& text) {
        u64 h = 0xcbf29ce484222325;
        for (const char c : text) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3;
        add(h);
    }
    /// Refers to an object by the place at which the walk met it.
    template <class T> void id(Id<T> object) {
        constexpr std::size_t type = type_of<T>();
        std::vector<u32>& names = names_[type];
        const u32 number = object ? Table<T>::number(object) + 1 : 0;
        if (names.size() <= number) names.resize(number + 32);
        u32& name = names[number];
        if (object && !name) {
            name = ++met_[type];
            queue_.emplace_back(type, object.index);
        }
        add(name);
    }
    template <class T, class... More> void ids(Id<T> first, More... more) {
        id(first);
        (id(more), ...);
    }
    void path(Path p) { ids(p.mnt, p.dentry); }

    /// The order in which mount namespaces were made decides which may be bound in which.
    void collect_ages() {
        k.mnt_namespaces.each([&](auto, const MntNamespace& ns) { ages_.push_back(ns.ns.ns_id); });
        std::sort(ages_.begin(), ages_.end());
    }
    void age(u64 ns_id) { add(std::lower_bound(ages_.begin(), ages_.end(), ns_id) - ages_.begin()); }

    void visit(std::size_t type, u32 index) {
        [&]<std::size_t... i>(std::index_sequence<i...>) {
            ((i == type ? object(k[Id<std::tuple_element_t<i, Types>>{index}]) : void()), ...);
        }
        (std::make_index_sequence<kTypes>());
    }

    void object(const Mount& m) {
        ids(m.mnt_parent, m.mnt_mountpoint, m.mnt_root, m.mnt_mp_next, m.mnt_mounts, m.mnt_child_next);
        ids(m.mnt_share_next, m.mnt_master, m.mnt_slave_list, m.mnt_slave_next, m.overmount);
        ids(m.mnt_ns, m.mnt_ns_next, m.mnt_devname);
        add(m.mnt_count, m.mnt_writers, m.mnt_group_id != 0, m.mnt_flags, m.mnt_t_flags);
        add(m.mnt_expiry_mark, m.on_ns_list, m.internal);
    }
    void object(const Dentry& d) {
        ids(d.d_parent, d.d_child_first, d.d_sib_next, d.d_mounts);
        id(d.d_inode);
        id(d.d_sb);
        add_text(d.d_name);
        add(d.d_count, d.d_unhashed, d.d_cant_mount);
    }
    void object(const Inode& i) {
        add(i.kind, i.i_mode, i.i_nlink, i.dentries, i.i_uid, i.i_gid, i.i_size, i.i_linkable, i.proc_entry, i.proc_fd);
        add(i.i_empty_dir);
        ids(i.i_sb, i.proc_pid, i.mq_ucounts);
        add_text(i.content);
        if (i.kind != InodeKind::ns_file) return;
        if (i.ns_type == NsType::mnt)
            id(Id<MntNamespace>{i.ns_index});
        else
            id(Id<Namespace>{i.ns_index});
    }
    void object(const SuperBlock& sb) {
        add(sb.type, sb.s_readonly, sb.s_flags, sb.s_active);
        ids(sb.s_root, sb.ns, sb.s_user_ns);
        add_text(sb.options);
    }
    void object(const Devname& d) {
        add_text(d.text);
        add(d.count);
        extents(d.idmap.uid_map);
        extents(d.idmap.gid_map);
    }
    void extents(const std::vector<UidGidExtent>& map) {
        add(map.size());
        for (const UidGidExtent& e : map) add(e.first, e.lower_first, e.count);
    }
    void common(const NsCommon& ns) {
        add(ns.count);
        ids(ns.user_ns, ns.stashed, ns.ucounts);
    }
    void object(const MntNamespace& ns) {
        common(ns.ns);
        ids(ns.root, ns.mounts_first);
        add(ns.nr_mounts, ns.anon);
        age(ns.ns.ns_id);
        age(ns.seq_origin);
    }
    void object(const Namespace& ns) {
        common(ns.ns);
        ids(ns.parent, ns.child_reaper);
        add(ns.type, ns.level, ns.pid_allocated, ns.pid_max, ns.had_init);
        if (ns.type == NsType::time)
            add(ns.monotonic.sec, ns.monotonic.nsec, ns.boottime.sec, ns.boottime.nsec, ns.frozen_offsets);
        if (ns.type != NsType::user) return;
        add(ns.owner, ns.group, ns.setgroups_allowed, ns.parent_could_setfcap);
        for (const auto* map : {&ns.uid_map, &ns.gid_map, &ns.projid_map}) extents(*map);
        for (const i64 max : ns.ucount_max) add(max);
    }
    void object(const Ucounts& u) {
        id(u.ns);
        add(u.uid, u.count);
        for (const i64 n : u.ucount) add(n);
    }
    void object(const Nsproxy& n) {
        add(n.count);
        ids(n.uts_ns, n.ipc_ns, n.mnt_ns, n.pid_ns_for_children, n.net_ns, n.time_ns, n.time_ns_for_children);
        id(n.cgroup_ns);
    }
    void object(const FsStruct& fs) {
        add(fs.users, fs.umask);
        path(fs.root);
        path(fs.pwd);
    }
    void object(const FilesStruct& files) {
        add(files.count, files.fd.size());
        for (const Fd& fd : files.fd) {
            id(fd.file);
            add(fd.close_on_exec);
        }
    }
    void object(const File& f) {
        path(f.f_path);
        path(f.proc_root);
        ids(f.fs_context, f.pidfd, f.proc_mnt_ns, f.f_cred, f.proc_user_ns, f.proc_mm);
        add(f.f_count, f.f_flags, f.f_pos, f.need_unmount, f.writer, f.seq.buf.size(), f.seq.read_pos);
        add(f.proc_mnt_ns ? f.seq.index != 0 : f.seq.index, f.proc_tid);
    }
    void object(const FsContext& fc) {
        add(fc.purpose, fc.phase, fc.type, fc.oldapi, fc.sb_flags, fc.sb_flags_mask, fc.has_source, fc.exclusive);
        add(fc.opts.seen, fc.opts.mode, fc.opts.uid, fc.opts.gid, fc.opts.blocks, fc.opts.inodes, fc.opts.pidonly);
        ids(fc.ns, fc.root, fc.user_ns, fc.net_ns, fc.cgroup_ns, fc.cred);
        add_text(fc.source);
    }
    void object(const Task& t) {
        add(t.exit_state, t.exiting, t.forknoexec, t.no_new_privs, t.sleep, t.sigpending, t.exit_code, t.exit_signal,
            t.pdeath_signal, t.blocked, t.awaited, t.saved_sigmask.has_value(), t.saved_sigmask.value_or(0));
        add(t.woken, t.jobctl, !t.parent || t.parent_exec_id == k[t.parent].self_exec_id);
        add(t.user_dumpable, t.waits, t.child_woke, t.wait.flags, t.wait.type ? static_cast<u32>(*t.wait.type) + 1 : 0);
        ids(t.wait.pid, t.polls);
        pending(t.pending);
        ids(t.real_parent, t.parent, t.children, t.sibling_next, t.group_leader, t.thread_next, t.vfork_parent);
        ids(t.fs, t.files, t.nsproxy, t.thread_pid, t.mm, t.signal, t.sighand, t.cred);
        for (const auto& [next, previous] : t.pid_links) id(next);
    }
    /// The sender is a number only.
    void pending(const Sigpending& p) {
        add(p.signal, p.list.size());
        for (const Siginfo& info : p.list) add(info.signo, info.code, info.uid, info.status);
    }
    void object(const Pid& p) {
        add(p.count, p.level, p.hashed, p.in_pidfs, p.exit_code);
        id(p.ns);
        for (const Id<Task> t : p.tasks) id(t);
    }
    void object(const SignalStruct& s) {
        add(s.nr_threads, s.live, s.flags, s.group_exit_code, s.group_stop_count, s.notify_count);
        add(s.leader, s.is_child_subreaper, s.has_child_subreaper);
        pending(s.shared_pending);
        ids(s.thread_head, s.group_exec_task, s.curr_target);
        for (const Id<Pid> p : s.pids) id(p);
    }
    void object(const SighandStruct& s) {
        add(s.count, s.action.size());
        for (const KSigaction& a : s.action) add(a.handler, a.flags, a.mask);
    }
    void object(const MmStruct& m) {
        add(m.mm_users, m.mm_count, m.dumpable);
        id(m.user_ns);
        id(m.exe_file);
    }
    void object(const Cred& c) {
        add(c.usage, c.uid, c.gid, c.suid, c.sgid, c.euid, c.egid, c.fsuid, c.fsgid);
        add(c.cap_inheritable, c.cap_permitted, c.cap_effective, c.cap_bset, c.cap_ambient, c.securebits);
        add(c.group_info.size());
        for (const u32 group : c.group_info) add(group);
        ids(c.user_ns, c.ucounts);
    }

    const Kernel& k;
    std::vector<u64> out_, ages_;
    std::vector<u32> names_[kTypes];
    u32 met_[kTypes] = {};
    std::vector<std::pair<std::size_t, u32>> queue_;
};

} // namespace

std::vector<u64> canonical(const Kernel& k) { return Walk(k).run(); }

u64 canonical_hash(const Kernel& k) {
    u64 h = 0x9e3779b97f4a7c15;
    for (const u64 n : canonical(k)) {
        h = (h ^ n) * 0xff51afd7ed558ccd;
        h ^= h >> 32;
    }
    return h;
}

} // namespace nslab
