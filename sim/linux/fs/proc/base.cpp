// /proc/PID: what is there of a task, its magic links, its files. Follows fs/proc/base.c, fs/proc/array.c and the
// opening of mountinfo of fs/proc_namespace.c, Linux 6.18. Of the many files those are readable that tell of mounts and
// namespaces; some others are there, since one may mount over them, and answer "not modelled yet".

#include "sim/linux/fs/proc/internal.hpp"
#include "sim/linux/kernel/user_namespace.hpp"

namespace nslab {

static constexpr PidEntry kTgidBaseStuff[] = {
    {"task", InodeKind::dir, 0555, ProcEntry::task_dir},
    {"fd", InodeKind::dir, 0500, ProcEntry::fd_dir},
    {"fdinfo", InodeKind::dir, 0555, ProcEntry::fdinfo_dir},
    {"ns", InodeKind::dir, 0511, ProcEntry::ns_dir},
    {"environ", InodeKind::proc_file, 0400, ProcEntry::environ},
    {"status", InodeKind::proc_file, 0444, ProcEntry::status},
    {"limits", InodeKind::proc_file, 0444, ProcEntry::unmodelled},
    {"timens_offsets", InodeKind::proc_file, 0644, ProcEntry::timens_offsets},
    {"comm", InodeKind::proc_file, 0644, ProcEntry::comm},
    {"cmdline", InodeKind::proc_file, 0444, ProcEntry::unmodelled},
    {"stat", InodeKind::proc_file, 0444, ProcEntry::unmodelled},
    {"statm", InodeKind::proc_file, 0444, ProcEntry::unmodelled},
    {"maps", InodeKind::proc_file, 0444, ProcEntry::maps},
    {"mem", InodeKind::proc_file, 0600, ProcEntry::mem},
    {"cwd", InodeKind::magic_link, 0777, ProcEntry::cwd},
    {"root", InodeKind::magic_link, 0777, ProcEntry::root_link},
    {"exe", InodeKind::magic_link, 0777, ProcEntry::exe},
    {"mounts", InodeKind::proc_file, 0444, ProcEntry::mounts},
    {"mountinfo", InodeKind::proc_file, 0444, ProcEntry::mountinfo},
    {"attr", InodeKind::dir, 0555, ProcEntry::attr_dir},
    {"cgroup", InodeKind::proc_file, 0444, ProcEntry::unmodelled},
    {"oom_score_adj", InodeKind::proc_file, 0644, ProcEntry::unmodelled},
    {"uid_map", InodeKind::proc_file, 0644, ProcEntry::uid_map},
    {"gid_map", InodeKind::proc_file, 0644, ProcEntry::gid_map},
    {"projid_map", InodeKind::proc_file, 0644, ProcEntry::projid_map},
    {"setgroups", InodeKind::proc_file, 0644, ProcEntry::setgroups},
};

std::span<const PidEntry> tgid_base_stuff() { return kTgidBaseStuff; }

// ---- magic links

static bool is_ns_link(ProcEntry entry) {
    return entry >= ProcEntry::ns_net && entry <= ProcEntry::ns_time_for_children;
}

/// The task that a link belongs to. EACCES: the reader may not look at it. A task that is gone is ENOENT, but EACCES
/// for a namespace (seen on 6.18.44). Source: fs/proc/base.c, proc_pid_get_link(), and fs/proc/namespaces.c.
static Result<Id<Task>> accessible_task(const Kernel& k, Id<Task> reader, const Inode& link) {
    const Id<Task> target = proc_task(k, link);
    if (!target)
        return fail(is_ns_link(static_cast<ProcEntry>(link.proc_entry)) ? E::ACCES : E::NOENT, "the process is gone");
    if (!ptrace_may_access(k, reader, target)) return fail(E::ACCES, "the reader may not look at the process");
    return target;
}

/// Root or working directory of a task, not held. Source: fs/proc/base.c, proc_root_link() and proc_cwd_link().
static Result<Path> fs_link(const Kernel& k, Id<Task> target, ProcEntry entry) {
    if (!k[target].fs) return fail(E::NOENT, "the process has exited and has no directories any more");
    const FsStruct& fs = k[k[target].fs];
    return entry == ProcEntry::cwd ? fs.pwd : fs.root;
}

/// The program of a task, by the name that it has: it lies in memory only, outside of the world.
/// Source: fs/proc/base.c, proc_exe_link().
static Result<std::string> exe_link(const Kernel& k, Id<Task> target) {
    if (!k[target].mm) return fail(E::NOENT, "the process has exited and has no program any more");
    return std::string(kProgramPath);
}

Result<HeldPath> proc_get_link(Kernel& k, Id<Task> task, Id<Dentry> link) {
    const Inode inode = d_inode(std::as_const(k), link);
    const ProcEntry entry = proc_entry(std::as_const(k), link);
    const Id<Task> target = TRY(accessible_task(k, task, inode));
    if (is_ns_link(entry)) {
        const NsOfTask ns = TRY(proc_ns_of(k, target, entry));
        return ns_get_path(k, ns.type, ns.index);
    }
    if (entry == ProcEntry::fd_link) return proc_fd_link(k, task, inode);
    if (entry == ProcEntry::exe) {
        TRY(exe_link(k, target));
        return fail(E::NOSYS, "not modelled yet: the program as a file");
    }
    const Path path = TRY(fs_link(k, target, entry));
    path_get(k, path);
    return HeldPath(k, path);
}

Result<std::string> proc_readlink(Kernel& k, Id<Task> task, Id<Dentry> link) {
    const Inode& inode = d_inode(std::as_const(k), link);
    const ProcEntry entry = proc_entry(std::as_const(k), link);
    const Id<Task> target = TRY(accessible_task(k, task, inode));
    if (is_ns_link(entry)) {
        const NsOfTask ns = TRY(proc_ns_of(k, target, entry));
        return ns_link_text(k, ns.type, ns.index);
    }
    if (entry == ProcEntry::fd_link) return proc_fd_readlink(k, task, inode);
    if (entry == ProcEntry::exe) return exe_link(k, target);
    return d_path(k, TRY(fs_link(k, target, entry)), task);
}

// ---- files

/// Whoever reads of itself runs; all others have come to rest. Source: fs/proc/array.c, get_task_state().
static std::string_view task_state(const Kernel& k, Id<Task> task, Id<Task> reader) {
    const Task& t = k[task];
    if (t.exit_state == ExitState::dead) return "X (dead)";
    if (t.exit_state == ExitState::zombie) return "Z (zombie)";
    if (t.jobctl & JOBCTL::STOPPED) return "T (stopped)";
    if (task == reader) return "R (running)";
    return t.sleep == Sleep::vfork ? "D (disk sleep)" : "S (sleeping)";
}

/// Source: fs/proc/array.c, proc_pid_status(); the lines that the model has something for.
std::string proc_pid_status(const Kernel& k, Id<Task> id, Id<Task> reader, Id<Namespace> pid_ns,
                            Id<Namespace> user_ns) {
    const Task& task = k[id];
    const auto nr = [&](PidType type) { return std::to_string(task_pid_nr_ns(k, id, pid_ns, type)); };
    // From the level of the mount's PID namespace inwards.
    const auto levels = [&](PidType type) {
        const Pid& own = k[task_pid(k, id)];
        const Id<Pid> named = task_pid_type(k, id, type);
        std::string all;
        for (u32 level = k[pid_ns].level; level <= own.level; ++level) {
            Id<Namespace> ns = own.ns;
            for (u32 i = own.level; i > level; --i) ns = k[ns].parent;
            all += "\t" + std::to_string(pid_nr_ns(k, named, ns));
        }
        return all + "\n";
    };
    const std::string ppid =
        std::to_string(task.real_parent ? task_pid_nr_ns(k, task.real_parent, pid_ns, PidType::TGID) : 0);
    const auto ids = [&](IdKind kind, std::initializer_list<u32> kids) {
        std::string all;
        for (const u32 kid : kids) all += "\t" + std::to_string(from_kid_munged(k, user_ns, kind, kid));
        return all;
    };
    const Cred& cred = task_cred(k, id);
    std::string out = std::string("Name:\t") + task.comm.data() + '\n';
    if (task.fs) {
        const u32 umask = k[task.fs].umask;
        out += "Umask:\t0";
        for (const int shift : {6, 3, 0}) out += static_cast<char>('0' + (umask >> shift & 7));
        out += '\n';
    }
    out.append("State:\t").append(task_state(k, id, reader)).append("\n");
    out += "Tgid:\t" + nr(PidType::TGID) + "\nNgid:\t0\nPid:\t" + nr(PidType::PID) + "\nPPid:\t" + ppid +
           "\nTracerPid:\t0\n";
    out += "Uid:" + ids(IdKind::uid, {cred.uid, cred.euid, cred.suid, cred.fsuid}) + "\n";
    out += "Gid:" + ids(IdKind::gid, {cred.gid, cred.egid, cred.sgid, cred.fsgid}) + "\n";
    out += "NStgid:" + levels(PidType::TGID) + "NSpid:" + levels(PidType::PID);
    out += "NSpgid:" + levels(PidType::PGID) + "NSsid:" + levels(PidType::SID);
    out += "Threads:\t" + std::to_string(k[task.signal].nr_threads) + "\n";
    return out;
}

/// Source: fs/proc/base.c, proc_id_map_open() and proc_setgroups_open().
static Result<> open_id_map(Kernel& k, Id<Task> task, Id<File> id, Id<Task> target, ProcEntry entry) {
    if (!target) return fail(E::INVAL, "the process is gone", "proc_id_map_open");
    const Id<Namespace> ns = task_user_ns(k, target);
    const bool writing = (k[id].f_flags & O::ACCMODE) != O::RDONLY;
    if (entry == ProcEntry::setgroups && writing && !ns_capable(k, task, ns, CAP::SYS_ADMIN))
        return fail(E::ACCES, "writing setgroups takes CAP_SYS_ADMIN in the user namespace", "proc_setgroups_open");
    get_namespace(k, ns);
    k[id].proc_user_ns = ns;
    return {};
}

static bool is_id_map(ProcEntry entry) { return entry >= ProcEntry::uid_map && entry <= ProcEntry::setgroups; }
static IdKind id_kind(ProcEntry entry) {
    return entry == ProcEntry::uid_map ? IdKind::uid : entry == ProcEntry::gid_map ? IdKind::gid : IdKind::projid;
}

Result<Id<Pid>> tgid_pidfd_to_pid(const Kernel& k, const File& file) {
    const Id<Dentry> dir = file.f_path.dentry;
    const bool of_process = dir && proc_entry(k, dir) == ProcEntry::tgid && !(file.f_flags & O::PATH) &&
                            proc_entry(k, k[dir].d_parent) == ProcEntry::root;
    if (!of_process) return fail(E::BADF, "the descriptor is no process");
    return d_inode(k, dir).proc_pid; // of a process that may have been reaped
}

/// An open file of a task's memory keeps the structure of that, though not what is in it. Without a reader's right it
/// is EACCES, and ESRCH where there is no such task or no memory any more, but not for maps, which is empty then.
/// Source: fs/proc/base.c, proc_mem_open() and __mem_open(); fs/proc/task_mmu.c, proc_maps_open().
static Result<> mem_open(Kernel& k, Id<Task> opener, Id<File> id, Id<Task> target, ProcEntry entry) {
    if (!target) return fail(E::SRCH, "the process is gone", "proc_mem_open");
    const Id<MmStruct> mm = k[target].mm;
    if (!mm) {
        if (entry == ProcEntry::maps) return {};
        return fail(E::SRCH, "the process has exited and has no memory any more", "__mem_open");
    }
    if (mm != k[opener].mm && !ptrace_may_access(k, opener, target))
        return fail(E::ACCES, "the opener may not look at the process", "mm_access");
    ++k[mm].mm_count;
    k[id].proc_mm = mm;
    return {};
}

Result<> proc_open(Kernel& k, Id<Task> opener, Id<File> id) {
    const Id<Dentry> dentry = k[id].f_path.dentry;
    const ProcEntry entry = proc_entry(std::as_const(k), dentry);
    const Id<Task> target = proc_task(k, d_inode(std::as_const(k), dentry));
    k[id].proc_sys_ns = proc_sys_ns_of(k, opener, entry);
    if (is_id_map(entry)) return open_id_map(k, opener, id, target, entry);
    if (entry == ProcEntry::maps || entry == ProcEntry::mem || entry == ProcEntry::environ)
        return mem_open(k, opener, id, target, entry);
    if (entry != ProcEntry::mountinfo && entry != ProcEntry::mounts) return {};
    // Source: fs/proc_namespace.c, mounts_open_common().
    if (!target) return fail(E::INVAL, "the process is gone", "mounts_open_common");
    const Task& task = std::as_const(k)[target];
    if (!task.nsproxy) return fail(E::INVAL, "the process has exited and is in no namespace", "mounts_open_common");
    if (!task.fs) return fail(E::NOENT, "the process has no root directory any more", "mounts_open_common");
    const Id<MntNamespace> ns = k[task.nsproxy].mnt_ns;
    const Path root = std::as_const(k)[task.fs].root;
    get_mnt_ns(k, ns);
    path_get(k, root);
    k[id].proc_mnt_ns = ns;
    k[id].proc_root = root;
    return {};
}

void proc_release(Kernel& k, Id<File> id) {
    const Path root = std::exchange(k[id].proc_root, {});
    const Id<MntNamespace> ns = std::exchange(k[id].proc_mnt_ns, {});
    const Id<Namespace> user_ns = std::exchange(k[id].proc_user_ns, {});
    const Id<MmStruct> mm = std::exchange(k[id].proc_mm, {});
    if (root.mnt) path_put(k, root);
    if (ns) put_mnt_ns(k, ns);
    if (user_ns) put_namespace(k, user_ns);
    if (mm) mmdrop(k, mm);
}

bool proc_write_leaves_position(const Kernel& k, Id<File> file) {
    return proc_entry(k, k[file].f_path.dentry) == ProcEntry::timens_offsets;
}

Result<i64> proc_write(Kernel& k, Id<Task> task, Id<File> file, std::string_view data) {
    const ProcEntry entry = proc_entry(std::as_const(k), k[file].f_path.dentry);
    if (data.empty()) return 0;
    if (entry >= ProcEntry::first_static) return proc_write_static(k, task, file, entry, data);
    if (entry == ProcEntry::setgroups) return setgroups_write(k, file, data);
    if (is_id_map(entry)) return id_map_write(k, task, file, id_kind(entry), data);
    const Id<Task> target = proc_task(k, file_inode(k, k[file]));
    if (entry == ProcEntry::timens_offsets) return timens_offsets_write(k, file, target, data);
    switch (entry) {
    case ProcEntry::mountinfo:
    case ProcEntry::mounts:
    case ProcEntry::status: return fail(E::INVAL, "nothing can be written there", "vfs_write");
    default: return fail(E::NOSYS, "not modelled yet: writing this file");
    }
}

} // namespace nslab
