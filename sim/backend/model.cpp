// The model behind the Backend interface: which task is which actor, and what can be observed of a Kernel.

#include "sim/backend/model.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "sim/backend/boot_mountinfo.hpp"
#include "sim/linux/boot.hpp"
#include "sim/linux/fs/mount.hpp"
#include "sim/linux/kernel/internal.hpp"
#include "sim/linux/kernel/user_namespace.hpp"
#include "sim/linux/kernel_file.hpp"

namespace nslab {

namespace {

class Model final : public ModelBackend {
  public:
    Model(Kernel k, bool explaining) : k_(std::move(k)) {
        k_.explaining = explaining;
        tasks_[Actor::init] = k_.init;
        // sh1, and behind it whatever else a saved world begins with
        u32 number = static_cast<u32>(Actor::sh1);
        for (Id<Task> t = k_[k_.init].children; t; t = k_[t].sibling_next) tasks_[Actor{number++}] = t;
    }

    Outcome call(Actor who, const Syscall& c, Actor child) override {
        k_.events.clear();
        const Id<Task> task = this->task(who);
        if (!task || is_exiting(k_, task)) {
            Outcome gone;
            gone.error = E::SRCH;
            gone.ended = true;
            gone.why = "the process that stands for the actor has ended";
            return gone;
        }
        if (is_stopped(task)) { // what is typed there waits for SIGCONT
            sleeping_[who] = {c, std::nullopt};
            Outcome waits;
            waits.blocked = true;
            return waits;
        }
        Outcome o = syscall(k_, task, c);
        if (task_flags(c) && o.error == E::OK && o.value > 0 && child != Actor::none)
            tasks_[child] = find_task_by_vpid(k_, task, static_cast<i32>(o.value));
        forget_the_reaped();
        if (o.blocked) {
            sleeping_[who] = {c, task_flags(c) ? std::optional(o) : std::nullopt};
        } else if (is_stopped(this->task(who))) { // by its own signal: the call returns when it goes on
            sleeping_[who] = {c, o};
            o = {};
            o.blocked = true;
        }
        return o;
    }

    std::optional<Outcome> resume(Actor who) override {
        const auto it = sleeping_.find(who);
        if (it == sleeping_.end()) return std::nullopt;
        const Id<Task> task = this->task(who);
        Outcome o;
        if (!task || is_exiting(k_, task)) {
            o.ended = true;
        } else if (is_stopped(task) || k_[task].sleep == Sleep::vfork) {
            return std::nullopt;
        } else if (it->second.result) {
            o = *it->second.result;
            o.blocked = false;
        } else {
            o = syscall(k_, task, it->second.call);
            if (!o.blocked && is_stopped(this->task(who))) {
                it->second.result = o;
                return std::nullopt;
            }
        }
        if (o.blocked) return std::nullopt;
        sleeping_.erase(it);
        forget_the_reaped();
        return o;
    }

    Observation observe() override;

    bool alive(Actor who) override {
        const Id<Task> task = this->task(who);
        return task && !is_exiting(k_, task);
    }

    std::string_view name() const override { return "model"; }
    Release release() const override { return k_.release; }

    std::vector<std::string> reasons() override {
        std::vector<std::string> out;
        for (const Event& e : k_.events) {
            const KernelPlace place = kernel_place(e.function, e.file);
            out.push_back(e.text + " [" + place.function + "() in " + place.file + "]");
        }
        return out;
    }

    const Kernel& kernel() const override { return k_; }
    void restore(Kernel k) override { k_ = std::move(k); }
    Id<Task> task(Actor who) const override {
        const auto it = tasks_.find(who);
        return it == tasks_.end() ? Id<Task>{} : it->second;
    }

  private:
    /// An actor whose task has been reaped is gone: its handle may mean another task later.
    void forget_the_reaped() {
        for (auto& [actor, task] : tasks_)
            if (task && !k_.tasks.live(task)) task = {};
    }
    /// As /proc/PID/cwd says it to somebody in no namespace of the world: from the top of the tree of mounts.
    std::string place_from_outside(Path p) const {
        Id<Mount> top = p.mnt;
        while (mnt_has_parent(k_, top)) top = k_[top].mnt_parent;
        return path_text(k_, p, Path{top, k_[top].mnt_root}).text + (d_unlinked(k_, p.dentry) ? " (deleted)" : "");
    }
    MountObservation observe_mount(Id<Mount> m, Path reader) const;
    ActorObservation observe_actor(Actor who, Id<Task> task) const;
    CredObservation observe_cred(Id<Task> task) const;
    SignalObservation observe_signals(Id<Task> task) const;
    std::vector<NamespaceObservation> observe_namespaces() const;
    TreeObservation observe_tree(Id<MntNamespace> ns, Actor holder) const;

    Kernel k_;
    std::map<Actor, Id<Task>> tasks_;
    bool is_stopped(Id<Task> task) const { return k_.tasks.live(task) && (k_[task].jobctl & JOBCTL::STOPPED); }

    struct Sleeping {
        Syscall call;                  // made anew to see whether it has ended
        std::optional<Outcome> result; // or what it returns when the process runs: of vfork(), or stopped meanwhile
    };
    std::map<Actor, Sleeping> sleeping_;
};

u64 inum(const Kernel& k, Id<Namespace> ns) { return ns ? k[ns].ns.inum : 0; }

CredObservation Model::observe_cred(Id<Task> id) const {
    const Cred& cred = task_cred(k_, id);
    CredObservation o;
    for (const u32 uid : {cred.uid, cred.euid, cred.suid, cred.fsuid}) o.uid.push_back(static_cast<i32>(uid));
    for (const u32 gid : {cred.gid, cred.egid, cred.sgid, cred.fsgid}) o.gid.push_back(static_cast<i32>(gid));
    for (const u32 group : cred.group_info) o.groups.push_back(static_cast<i32>(group));
    std::sort(o.groups.begin(), o.groups.end(), [](i32 a, i32 b) { return static_cast<u32>(a) < static_cast<u32>(b); });
    o.inheritable = cred.cap_inheritable;
    o.permitted = cred.cap_permitted;
    o.effective = cred.cap_effective;
    o.bounding = cred.cap_bset;
    o.ambient = cred.cap_ambient;
    if (cred.user_ns == k_.init_user_ns) return o;
    const auto map = [&](IdKind kind) { return id_map_text(k_, cred.user_ns, k_.init_user_ns, kind); };
    o.uid_map = map(IdKind::uid);
    o.gid_map = map(IdKind::gid);
    o.projid_map = map(IdKind::projid);
    o.setgroups = k_[cred.user_ns].setgroups_allowed ? "allow\n" : "deny\n";
    return o;
}

/// Source: fs/proc/array.c, task_sig().
SignalObservation Model::observe_signals(Id<Task> id) const {
    const Task& task = k_[id];
    SignalObservation o;
    o.pending = task.pending.signal;
    o.shared_pending = k_[task.signal].shared_pending.signal;
    o.blocked = task.blocked & ~task.awaited;
    for (i32 sig = 1; sig <= 64; ++sig) {
        const u64 handler = sigaction_of(k_, id, sig).handler;
        if (handler == kSigIgn) o.ignored |= sig_bit(sig);
        if (handler > kSigIgn) o.caught |= sig_bit(sig);
    }
    return o;
}

/// All that have a name in nsfs, in the order of their making: a detached tree's has none.
std::vector<NamespaceObservation> Model::observe_namespaces() const {
    std::vector<NamespaceObservation> all;
    const auto enter = [&](u64 type, const NsCommon& ns) { all.push_back({type, ns.ns_id, ns.inum, ns.count}); };
    k_.mnt_namespaces.each([&](Id<MntNamespace>, const MntNamespace& ns) {
        if (!ns.anon) enter(CLONE::NEWNS, ns.ns);
    });
    k_.namespaces.each([&](Id<Namespace>, const Namespace& ns) { enter(clone_flag(ns.type), ns.ns); });
    std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
    return all;
}

ActorObservation Model::observe_actor(Actor who, Id<Task> id) const {
    ActorObservation o;
    o.actor = who;
    if (!id) {
        o.state = ActorObservation::State::gone;
        return o;
    }
    const Task& task = k_[id];
    o.pid = task.pid;
    const Pid& pid = k_[task.thread_pid];
    o.nspid.assign(pid.numbers.begin(), pid.numbers.begin() + pid.level + 1);
    // A group or a session from outside, or from another namespace beside, has no number further inside, which is a 0.
    const auto inwards = [&](Id<Pid> named) {
        std::vector<i32> numbers(o.nspid.size());
        Id<Namespace> ns = pid.ns;
        for (std::size_t i = numbers.size(); i-- > 0; ns = k_[ns].parent) numbers[i] = pid_nr_ns(k_, named, ns);
        return numbers;
    };
    o.nstgid = inwards(k_[k_[id].group_leader].thread_pid);
    o.nspgid = inwards(task_pgrp(k_, id));
    o.nssid = inwards(task_session(k_, id));
    // The process of the parent, whichever of its threads made this one.
    o.ppid = task.parent ? k_[k_[task.parent].group_leader].pid : 0;
    if (task.exit_state != ExitState::running) {
        o.state = ActorObservation::State::zombie;
        // Of a leader whose other threads are stopped it is the stop. Source: fs/proc/array.c, do_task_stat().
        const SignalStruct& sig = k_[task.signal];
        o.exit_code = sig.flags & SIGNAL::STOP_STOPPED ? sig.group_exit_code : exit_status(k_, id);
        return o;
    }
    o.cred = observe_cred(id);
    o.signals = observe_signals(id);
    if (task.exiting) { // an init that waits for the end of its PID namespace: it is in no other any more
        o.state = ActorObservation::State::blocked;
        o.ns.pid = inum(k_, task_active_pid_ns(k_, id));
        o.ns.user = inum(k_, task_user_ns(k_, id));
        return o;
    }
    if (sleeping_.contains(who)) o.state = ActorObservation::State::blocked;
    if (is_stopped(id)) o.state = ActorObservation::State::stopped;
    const Nsproxy& n = k_[task.nsproxy];
    o.ns.mnt = k_[n.mnt_ns].ns.inum;
    o.ns.uts = inum(k_, n.uts_ns);
    o.ns.ipc = inum(k_, n.ipc_ns);
    o.ns.pid = inum(k_, task_active_pid_ns(k_, id));
    // The link of /proc/PID/ns leads nowhere before there is an init.
    if (k_[n.pid_ns_for_children].had_init) o.ns.pid_for_children = inum(k_, n.pid_ns_for_children);
    o.ns.net = inum(k_, n.net_ns);
    o.ns.user = inum(k_, task_user_ns(k_, id));
    o.ns.cgroup = inum(k_, n.cgroup_ns);
    o.ns.time = inum(k_, n.time_ns);
    o.ns.time_for_children = inum(k_, n.time_ns_for_children);
    o.fs = task.fs.index;
    o.files = task.files.index;
    o.mm = task.mm.index;
    o.sighand = task.sighand.index;
    o.nsproxy = task.nsproxy.index;
    o.nsproxy_count = n.count;
    const auto count = [&](Id<Namespace> ns) { return u64{k_[ns].ns.count}; };
    o.counts = {k_[n.mnt_ns].ns.count,
                count(n.uts_ns),
                count(n.ipc_ns),
                count(task_active_pid_ns(k_, id)),
                count(n.pid_ns_for_children),
                count(n.net_ns),
                count(task_user_ns(k_, id)),
                count(n.cgroup_ns),
                count(n.time_ns),
                count(n.time_ns_for_children)};
    const std::vector<Fd>& table = k_[task.files].fd;
    for (std::size_t i = 3; i < table.size(); ++i) {
        if (!table[i].file) continue;
        const Id<Dentry> dentry = k_[table[i].file].f_path.dentry;
        const Inode* inode = dentry ? &k_[k_[dentry].d_inode] : nullptr;
        o.fds.emplace_back(static_cast<i32>(i), inode && inode->kind == InodeKind::ns_file
                                                    ? ns_common(k_, inode->ns_type, inode->ns_index).inum
                                                    : 0);
    }
    const FsStruct& fs = k_[task.fs];
    o.root = place_from_outside(fs.root);
    o.cwd = place_from_outside(fs.pwd);
    o.mountinfo = show_mountinfo(k_, id);
    return o;
}

MountObservation Model::observe_mount(Id<Mount> m, Path reader) const {
    const StatmountBuf s = statmount_of(k_, m, ~u64{0}, reader, reader);
    MountObservation o;
    o.id = s.mnt_id;
    o.parent = s.mnt_parent_id;
    o.dev = s.sb_dev_minor;
    o.root = s.mnt_root;
    o.source = s.sb_source;
    o.fs_type = s.fs_type;
    o.options = mount_options(k_[m].mnt_flags);
    o.attr = s.mnt_attr;
    o.propagation = s.mnt_propagation;
    o.peer_group = s.mnt_peer_group;
    o.master = s.mnt_master;
    if (const MntIdmap* idmap = mnt_idmap(k_, m)) {
        o.uid_map = statmount_mnt_idmap(idmap->uid_map, id_map(k_, k_.init_user_ns, IdKind::uid));
        o.gid_map = statmount_mnt_idmap(idmap->gid_map, id_map(k_, k_.init_user_ns, IdKind::gid));
    }
    return o;
}

TreeObservation Model::observe_tree(Id<MntNamespace> ns, Actor holder) const {
    TreeObservation tree;
    tree.ns = k_[ns].ns.inum;
    tree.holder = holder;
    if (!first_mount_for_others(k_, ns)) return tree; // no kernel tells of it
    // The first mount, rootfs, is the machine's own and left out.
    const Id<Mount> root = k_[ns].root;
    for (Id<Mount> m = k_[ns].mounts_first; m; m = k_[m].mnt_ns_next)
        if (m != root) tree.mounts.push_back(observe_mount(m, Path{root, k_[root].mnt_root}));
    return tree;
}

Observation Model::observe() {
    Observation o;
    o.namespaces = observe_namespaces();
    o.all_namespaces = true;
    std::set<Id<MntNamespace>> seen;
    for (const auto& [who, task] : tasks_) {
        o.actors.push_back(observe_actor(who, task));
        if (!task || is_exiting(k_, task)) continue;
        const Id<MntNamespace> ns = k_[k_[task].nsproxy].mnt_ns;
        if (seen.insert(ns).second) o.trees.push_back(observe_tree(ns, who));
    }
    // Then those that a bound or open file keeps alive, oldest first.
    std::map<u64, Id<MntNamespace>> kept;
    k_.mnt_namespaces.each([&](Id<MntNamespace> id, const MntNamespace& ns) {
        if (!ns.anon && !seen.contains(id) && first_mount_for_others(k_, id)) kept[ns.ns.ns_id] = id;
    });
    for (const auto& [age, ns] : kept) o.trees.push_back(observe_tree(ns, Actor::none));
    return o;
}

} // namespace

std::unique_ptr<ModelBackend> make_model(const BootOptions& options, Release release, bool explaining) {
    Kernel k = boot(release);
    if (options.mount_max) k.sysctl_mount_max = *options.mount_max;
    if (options.totalram_pages) k.totalram_pages = *options.totalram_pages;
    if (options.kind == BootOptions::Kind::systemd) make_everything_shared(k);
    if (options.kind == BootOptions::Kind::mountinfo) boot_from_mountinfo(k, options.mountinfo);
    return std::make_unique<Model>(std::move(k), explaining);
}

} // namespace nslab
