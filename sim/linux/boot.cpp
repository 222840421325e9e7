// How a modelled machine begins: the kernel's start_kernel() and what the sandbox of the host does, as far as it shows.

#include "sim/linux/boot.hpp"

#include "sim/linux/fs/mount.hpp"
#include "sim/linux/kernel/internal.hpp"
#include "sim/linux/kernel/ucount.hpp"
#include "sim/linux/kernel/user_namespace.hpp"

namespace nslab {

namespace {

/// nsfs and the kernel's own mount of it, in nobody's namespace. Source: fs/nsfs.c, nsfs_init().
void nsfs_init(Kernel& k) {
    k.nsfs_sb = k.supers.alloc();
    SuperBlock& sb = k[k.nsfs_sb];
    sb.type = FsType::nsfs;
    sb.s_dev = k.anon_dev.alloc();
    sb.s_active = 1; // the kernel's
    sb.s_user_ns = k.init_user_ns;
    get_namespace(k, k.init_user_ns);
    const Id<Dentry> root = d_make_root(k, new_inode(k, k.nsfs_sb, InodeKind::dir, 0));
    k[k.nsfs_sb].s_root = root;
    k.nsfs_mnt = kern_mount(k, FsType::nsfs, root);
    --k[k.nsfs_sb].s_active; // kept by the mount from now on
}

/// PID 1, without a root and a working directory yet. Source: init/init_task.c and kernel_init().
Id<Task> make_init_task(Kernel& k, Id<Nsproxy> nsproxy, Id<Namespace> user_ns) {
    const Id<Task> init = k.tasks.alloc();
    const Id<FilesStruct> files = k.files_structs.alloc();
    k[files].count = 1;
    const Id<Namespace> pid_ns = k[nsproxy].pid_ns_for_children;
    const Id<Cred> cred = k.creds.alloc();
    get_namespace(k, user_ns);
    k[cred].user_ns = user_ns;
    k[cred].ucounts = alloc_ucounts(k, user_ns, 0);
    k[cred].usage = 1;
    k[cred].cap_permitted = k[cred].cap_effective = k[cred].cap_bset = kCapFullSet;
    Task& task = k[init];
    task.cred = cred;
    task.group_leader = init;
    MmStruct& mm = k[task.mm = k.mms.alloc()];
    mm.mm_users = 1;
    mm.exe_file = alloc_file(k, init, {}, O::RDONLY);
    mm.user_ns = user_ns;
    get_namespace(k, user_ns);
    k[task.sighand = k.sighands.alloc()].count = 1;
    SignalStruct& signal = k[task.signal = k.signals.alloc()];
    signal.nr_threads = signal.live = 1;
    signal.flags = SIGNAL::UNKILLABLE;
    signal.curr_target = init;
    thread_add_tail(k, init);
    task.exit_signal = SIG::CHLD;
    task.files = files;
    task.nsproxy = nsproxy;
    task.thread_pid = *alloc_pid(k, init, pid_ns, {});
    task.pid = task.tgid = 1;
    // Alone in its group and session: the sandbox's init calls setsid().
    signal.leader = true;
    for (std::size_t type = 1; type < kPidTypes; ++type) signal.pids[type] = task.thread_pid;
    for (const PidType type : {PidType::TGID, PidType::PGID, PidType::SID, PidType::PID}) attach_pid(k, init, type);
    k[pid_ns].child_reaper = init;
    k[pid_ns].had_init = true;
    k.init = init;
    return init;
}

/// A mount of a new super block of `type` on `parent` at `place`; on nothing where `parent` is NULL.
Id<Mount> mount_new(Kernel& k, Id<Task> init, Id<MntNamespace> ns, FsType type, std::string_view source,
                    Id<Mount> parent, Id<Dentry> place) {
    const Id<FsContext> fc = *fs_context_for_mount(k, init, type, 0);
    (void)vfs_get_tree(k, init, fc);
    const Id<Mount> m = vfs_create_mount(k, k[fc].root, source);
    put_fs_context(k, fc);
    k[m].mnt_flags = MNT::RELATIME;
    mnt_add_to_ns(k, ns, m);
    ++k[ns].nr_mounts;
    if (parent) attach_mnt(k, m, parent, place);
    return m;
}

} // namespace

Kernel boot(Release release) {
    Kernel k;
    k.release = release;

    // Namespaces of the first task. The user namespace owns itself in the kernel; here it has no owner.
    const Id<Namespace> user_ns = new_namespace(k, NsType::user, {}, {});
    {
        Namespace& ns = k[user_ns];
        ns.uid_map = ns.gid_map = ns.projid_map = {{0, 0, kInvalidId}};
        ns.parent_could_setfcap = true;
        k.init_user_ns = user_ns;
    }
    const Id<MntNamespace> mnt_ns = *alloc_mnt_ns(k, {}, user_ns, false);
    const Id<Nsproxy> nsproxy = k.nsproxies.alloc();
    {
        Nsproxy& n = k[nsproxy];
        n.count = 1;
        n.mnt_ns = mnt_ns;
        n.uts_ns = new_namespace(k, NsType::uts, user_ns, {});
        n.ipc_ns = new_namespace(k, NsType::ipc, user_ns, {});
        n.pid_ns_for_children = new_namespace(k, NsType::pid, user_ns, {});
        n.net_ns = new_namespace(k, NsType::net, user_ns, {});
        n.cgroup_ns = new_namespace(k, NsType::cgroup, user_ns, {});
        n.time_ns = new_namespace(k, NsType::time, user_ns, {});
        n.time_ns_for_children = n.time_ns;
        k[n.time_ns].frozen_offsets = true; // somebody is in it
        get_namespace(k, n.time_ns);
    }
    nsfs_init(k);

    const Id<Task> init = make_init_task(k, nsproxy, user_ns);
    put_namespace(k, user_ns); // held by what it owns and by the task from now on

    // rootfs, which nobody sees, and on it what is / of everybody.
    const Id<Mount> rootfs = mount_new(k, init, mnt_ns, FsType::rootfs, "rootfs", {}, {});
    k[mnt_ns].root = rootfs;
    const Id<Mount> root = mount_new(k, init, mnt_ns, FsType::tmpfs, "none", rootfs, k[rootfs].mnt_root);

    const Id<FsStruct> fs = k.fs_structs.alloc();
    const Path slash{root, k[root].mnt_root};
    for (int i = 0; i < 2; ++i) path_get(k, slash);
    k[fs].users = 1;
    k[fs].root = k[fs].pwd = slash;
    k[init].fs = fs;

    const Id<Inode> proc_dir = new_inode(k, mnt_sb(k, root), InodeKind::dir, 0755);
    ++d_inode(k, k[root].mnt_root).i_nlink;
    const Id<Dentry> proc = d_add(k, k[root].mnt_root, "proc", proc_dir);
    mount_new(k, init, mnt_ns, FsType::proc, "proc", root, proc);

    (void)copy_process(k, init, KernelCloneArgs{}); // sh1
    return k;
}

void make_everything_shared(Kernel& k) {
    const FsStruct& fs = std::as_const(k)[k[k.init].fs];
    for (Id<Mount> m = fs.root.mnt; m; m = next_mnt(k, m, fs.root.mnt)) {
        if (!k[m].mnt_group_id) k[m].mnt_group_id = static_cast<i32>(k.mnt_group_ida.alloc());
        set_mnt_shared(k, m);
    }
}

} // namespace nslab
