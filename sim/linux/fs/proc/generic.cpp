// What lies in /proc and belongs to no task, as one table; sysctls among it. Follows fs/proc/generic.c,
// fs/proc/proc_sysctl.c and who registers there, Linux 6.18. Only a choice is there: what people read, write or mount
// something over.

#include <charconv>

#include "sim/linux/fs/namei.hpp"
#include "sim/linux/fs/proc/internal.hpp"
#include "sim/linux/kernel/ucount.hpp"
#include "sim/linux/kernel/user_namespace.hpp"

namespace nslab {
namespace {

/// What a file does when it is read or written.
enum class Content : u8 { unmodelled, filesystems, mount_max, pid_max, ns_last_pid, ucount };

struct StaticRow {
    std::string_view path; // below /proc
    InodeKind kind;
    u16 mode;
    Content content = Content::unmodelled;
    std::string_view target = {}; // of a symlink
};

constexpr StaticRow kRows[] = {
    {"fs", InodeKind::dir, 0555},
    {"fs/nfsd", InodeKind::dir, 0555},
    {"bus", InodeKind::dir, 0555},
    {"driver", InodeKind::dir, 0555},
    {"irq", InodeKind::dir, 0555},
    {"acpi", InodeKind::dir, 0555},
    {"sys", InodeKind::dir, 0555},
    {"sys/abi", InodeKind::dir, 0555},
    {"sys/debug", InodeKind::dir, 0555},
    {"sys/dev", InodeKind::dir, 0555},
    {"sys/fs", InodeKind::dir, 0555},
    {"sys/fs/binfmt_misc", InodeKind::dir, 0555},
    {"sys/fs/mount-max", InodeKind::proc_file, 0644, Content::mount_max},
    {"sys/fs/mqueue", InodeKind::dir, 0555},
    {"sys/kernel", InodeKind::dir, 0555},
    {"sys/kernel/core_pattern", InodeKind::proc_file, 0644},
    {"sys/kernel/domainname", InodeKind::proc_file, 0644},
    {"sys/kernel/hostname", InodeKind::proc_file, 0644},
    {"sys/kernel/ns_last_pid", InodeKind::proc_file, 0666, Content::ns_last_pid},
    {"sys/kernel/osrelease", InodeKind::proc_file, 0444},
    {"sys/kernel/pid_max", InodeKind::proc_file, 0644, Content::pid_max},
    {"sys/kernel/random", InodeKind::dir, 0555},
    {"sys/net", InodeKind::dir, 0555},
    {"sys/user", InodeKind::dir, 0555},
    {"sys/user/max_cgroup_namespaces", InodeKind::proc_file, 0644, Content::ucount},
    {"sys/user/max_ipc_namespaces", InodeKind::proc_file, 0644, Content::ucount},
    {"sys/user/max_mnt_namespaces", InodeKind::proc_file, 0644, Content::ucount},
    {"sys/user/max_net_namespaces", InodeKind::proc_file, 0644, Content::ucount},
    {"sys/user/max_pid_namespaces", InodeKind::proc_file, 0644, Content::ucount},
    {"sys/user/max_time_namespaces", InodeKind::proc_file, 0644, Content::ucount},
    {"sys/user/max_user_namespaces", InodeKind::proc_file, 0644, Content::ucount},
    {"sys/user/max_uts_namespaces", InodeKind::proc_file, 0644, Content::ucount},
    {"sys/vm", InodeKind::dir, 0555},
    {"sysvipc", InodeKind::dir, 0555},
    {"tty", InodeKind::dir, 0555},
    {"cmdline", InodeKind::proc_file, 0444},
    {"cpuinfo", InodeKind::proc_file, 0444},
    {"devices", InodeKind::proc_file, 0444},
    {"filesystems", InodeKind::proc_file, 0444, Content::filesystems},
    {"kcore", InodeKind::proc_file, 0400},
    {"keys", InodeKind::proc_file, 0444},
    {"kmsg", InodeKind::proc_file, 0400},
    {"loadavg", InodeKind::proc_file, 0444},
    {"meminfo", InodeKind::proc_file, 0444},
    {"modules", InodeKind::proc_file, 0444},
    {"mounts", InodeKind::symlink, 0777, Content::unmodelled, "self/mounts"},
    {"net", InodeKind::symlink, 0777, Content::unmodelled, "self/net"},
    {"partitions", InodeKind::proc_file, 0444},
    {"stat", InodeKind::proc_file, 0444},
    {"swaps", InodeKind::proc_file, 0444},
    {"sysrq-trigger", InodeKind::proc_file, 0200},
    {"timer_list", InodeKind::proc_file, 0400},
    {"uptime", InodeKind::proc_file, 0444},
    {"version", InodeKind::proc_file, 0444},
};

constexpr auto kFirst = static_cast<std::size_t>(ProcEntry::first_static);

const StaticRow& row_of(ProcEntry entry) { return kRows[static_cast<std::size_t>(entry) - kFirst]; }

/// The name of a row within the directory `dir` ("" is /proc), nothing where it lies elsewhere.
std::optional<std::string_view> name_in(std::string_view dir, std::string_view path) {
    if (!dir.empty()) {
        if (path.size() <= dir.size() || path.substr(0, dir.size()) != dir || path[dir.size()] != '/')
            return std::nullopt;
        path.remove_prefix(dir.size() + 1);
    }
    if (path.find('/') != std::string_view::npos) return std::nullopt;
    return path;
}

std::string_view dir_path(ProcEntry dir) { return dir == ProcEntry::root ? std::string_view{} : row_of(dir).path; }

/// The types of the model, in the order in which the kernel registers them; all without a device.
std::string filesystems() {
    std::string out;
    for (const FsType type :
         {FsType::sysfs, FsType::tmpfs, FsType::proc, FsType::cgroup2, FsType::ramfs, FsType::devpts, FsType::mqueue})
        out += "nodev\t" + std::string(fs_type_name(type)) + "\n";
    return out;
}

/// A number within its bounds, in decimal, octal (010) or hexadecimal (0x10), with how much was read: blanks around it
/// are skipped, and what follows them is left. Source: kernel/sysctl.c, proc_dointvec_minmax(), strtoul_lenient().
struct SysctlNumber {
    i64 value = 0, taken = 0;
};
Result<SysctlNumber> sysctl_number(std::string_view data, i64 min, i64 max) {
    const std::size_t whole = data.size();
    const auto blank = [](char c) { return c == ' ' || (c >= '\t' && c <= '\r'); };
    const auto skip_blanks = [&] {
        while (!data.empty() && blank(data.front())) data.remove_prefix(1);
    };
    skip_blanks();
    SysctlNumber number;
    const bool negative = !data.empty() && data.front() == '-';
    if (negative) data.remove_prefix(1);
    const auto is_digit = [&](std::size_t at, const char* digits) {
        return at < data.size() && std::string_view(digits).find(data[at]) != std::string_view::npos;
    };
    if (!is_digit(0, "0123456789")) return fail(E::INVAL, "a sysctl wants a number", "proc_dointvec_minmax");
    int base = 10;
    if (data.front() == '0') {
        base = is_digit(1, "xX") && is_digit(2, "0123456789abcdefABCDEF") ? 16 : 8;
        if (base == 16) data.remove_prefix(2);
    }
    const auto [end, error] = std::from_chars(data.data(), data.data() + data.size(), number.value, base);
    if (error != std::errc{}) return fail(E::INVAL, "the number is out of bounds", "proc_dointvec_minmax");
    if (negative) number.value = -number.value;
    data.remove_prefix(static_cast<std::size_t>(end - data.data()));
    if (!data.empty() && !blank(data.front()) && data.front() != '\0')
        return fail(E::INVAL, "a sysctl wants a number", "proc_dointvec_minmax");
    if (number.value < min || number.value > max)
        return fail(E::INVAL, "the number is out of bounds", "proc_dointvec_minmax");
    skip_blanks();
    number.taken = static_cast<i64>(whole - data.size());
    return number;
}

/// Everybody sees the limits of the own user namespace. Source: kernel/ucount.c, set_lookup().
Id<Namespace> ucount_ns(const Kernel& k, Id<File> file) { return k[k[file].f_cred].user_ns; }

std::size_t ucount_index(ProcEntry entry) {
    for (std::size_t i = 0; i < kUcountTypes; ++i)
        if (row_of(entry).path.substr(9) == ucount_name(static_cast<UcountType>(i))) return i; // behind "sys/user/"
    return 0;
}

} // namespace

bool is_sysctl(ProcEntry entry) {
    if (entry < ProcEntry::first_static) return false;
    const std::string_view path = row_of(entry).path;
    return path == "sys" || path.substr(0, 4) == "sys/";
}

/// Whether the mode of a sysctl lets the caller. Some belong to a namespace, whose root decides over them: `ns` is the
/// user namespace of a limit, or the PID namespace of kernel.pid_max. Source: fs/proc/proc_sysctl.c, sysctl_perm();
/// kernel/ucount.c, set_permissions(); kernel/pid.c, pid_table_root_permissions().
static bool sysctl_perm(const Kernel& k, Id<Task> task, Content content, u32 mode, Id<Namespace> ns, u32 mask) {
    const Cred& cred = task_cred(k, task);
    u32 uid = 0, gid = 0;
    bool capable = false;
    if (content == Content::ucount) {
        capable = ns_capable(k, task, ns, CAP::SYS_RESOURCE);
        uid = gid = kInvalidId;
    } else if (content == Content::pid_max) {
        const Id<Namespace> owner = k[ns].ns.user_ns;
        capable = ns_capable(k, task, owner, CAP::SYS_ADMIN);
        uid = make_kid(k, owner, IdKind::uid, 0);
        gid = make_kid(k, owner, IdKind::gid, 0);
    }
    if (capable || (uid != kInvalidId && cred.euid == uid))
        mode >>= 6;
    else if (gid != kInvalidId && in_egroup_p(cred, gid))
        mode >>= 3;
    return !(mask & ~mode & 7);
}

Result<> proc_sys_permission(const Kernel& k, Id<Task> task, const Inode& inode, u32 mask) {
    const Content content = row_of(static_cast<ProcEntry>(inode.proc_entry)).content;
    if ((mask & MAY::EXEC) && inode.kind != InodeKind::dir) return fail(E::ACCES, "a sysctl is not executed");
    const Id<Namespace> ns = content == Content::ucount ? current_user_ns(k, task) : task_active_pid_ns(k, task);
    if (!sysctl_perm(k, task, content, inode.i_mode, ns, mask))
        return fail(E::ACCES, "the mode of the sysctl does not allow it");
    return {};
}

Id<Dentry> proc_lookup_static(Kernel& k, Id<Dentry> dir, std::string_view name) {
    const std::string_view parent = dir_path(proc_entry(std::as_const(k), dir));
    for (std::size_t i = 0; i < std::size(kRows); ++i) {
        if (name_in(parent, kRows[i].path) != name) continue;
        const PidEntry row{name, kRows[i].kind, kRows[i].mode, static_cast<ProcEntry>(kFirst + i)};
        const Id<Dentry> d = proc_instantiate(k, dir, row, {});
        // proc_create_mount_point() and register_sysctl_mount_point()
        d_inode(k, d).i_empty_dir = kRows[i].path == "fs/nfsd" || kRows[i].path == "sys/fs/binfmt_misc";
        d_inode(k, d).content = kRows[i].target;
        return d;
    }
    return {};
}

std::vector<std::string_view> proc_static_names(ProcEntry dir) {
    std::vector<std::string_view> names;
    for (const StaticRow& row : kRows)
        if (const auto name = name_in(dir_path(dir), row.path)) names.push_back(*name);
    return names;
}

std::string proc_static_symlink(ProcEntry entry) { return std::string(row_of(entry).target); }

u64 proc_sys_ns_of(const Kernel& k, Id<Task> task, ProcEntry entry) {
    const bool of_namespace = entry >= ProcEntry::first_static && row_of(entry).content == Content::pid_max;
    return of_namespace ? k[task_active_pid_ns(k, task)].ns.ns_id : 0;
}

/// What is asked once more by whoever reads or writes an open sysctl: the namespace that it belongs to, if to any.
/// EPERM: what the opener was allowed the caller is not; ENOENT: its PID namespace is gone.
/// Source: fs/proc/proc_sysctl.c, proc_sys_call_handler().
static Result<Id<Namespace>> proc_sys_call_handler(const Kernel& k, Id<Task> task, Id<File> file, ProcEntry entry,
                                                   u32 mask) {
    const Content content = row_of(entry).content;
    Id<Namespace> ns = task_active_pid_ns(k, task);
    if (content == Content::ucount) ns = ucount_ns(k, file);
    if (content == Content::pid_max) {
        ns = {};
        k.namespaces.each([&](Id<Namespace> id, const Namespace& other) {
            if (other.ns.ns_id == k[file].proc_sys_ns) ns = id;
        });
        if (!ns) return fail(E::NOENT, "the PID namespace that it belongs to is gone", "proc_sys_call_handler");
    }
    if (!sysctl_perm(k, task, content, row_of(entry).mode, ns, mask))
        return fail(E::PERM, "the mode of the sysctl does not allow it", "proc_sys_call_handler");
    return ns;
}

Result<std::string> proc_read_static(const Kernel& k, Id<Task> task, Id<File> file, ProcEntry entry) {
    Id<Namespace> ns;
    if (is_sysctl(entry)) ns = TRY(proc_sys_call_handler(k, task, file, entry, MAY::READ));
    switch (row_of(entry).content) {
    case Content::filesystems: return filesystems();
    case Content::ucount: return std::to_string(k[ns].ucount_max[ucount_index(entry)]) + "\n";
    case Content::mount_max: return std::to_string(k.sysctl_mount_max) + "\n";
    case Content::pid_max: return std::to_string(k[ns].pid_max) + "\n";
    case Content::ns_last_pid: return std::to_string(k[ns].last_pid) + "\n";
    case Content::unmodelled: break;
    }
    return fail(E::NOSYS, "not modelled yet: what this file says");
}

Result<i64> proc_write_static(Kernel& k, Id<Task> task, Id<File> file, ProcEntry entry, std::string_view data) {
    constexpr i64 kPidMaxMin = 301, kPidMaxLimit = 4194304;
    const Content content = row_of(entry).content;
    Id<Namespace> ns;
    if (is_sysctl(entry)) ns = TRY(proc_sys_call_handler(k, task, file, entry, MAY::WRITE));
    if (content == Content::ns_last_pid && !checkpoint_restore_ns_capable(k, task, k[ns].ns.user_ns))
        return fail(E::PERM, "choosing PIDs takes CAP_CHECKPOINT_RESTORE or CAP_SYS_ADMIN", "pid_ns_ctl_handler");
    // kernel.sysctl_writes_strict: only what begins the file counts.
    if (k[file].f_pos != 0) return static_cast<i64>(data.size());
    SysctlNumber number;
    switch (content) {
    case Content::mount_max:
        number = TRY(sysctl_number(data, 1, INT32_MAX));
        k.sysctl_mount_max = static_cast<u32>(number.value);
        return number.taken;
    case Content::ucount:
        number = TRY(sysctl_number(data, 0, INT32_MAX));
        k[ns].ucount_max[ucount_index(entry)] = number.value;
        return number.taken;
    case Content::pid_max:
        number = TRY(sysctl_number(data, kPidMaxMin, kPidMaxLimit));
        k[ns].pid_max = static_cast<i32>(number.value);
        return number.taken;
    case Content::ns_last_pid:
        number = TRY(sysctl_number(data, 0, std::as_const(k)[ns].pid_max));
        k[ns].last_pid = static_cast<i32>(number.value);
        return number.taken;
    case Content::filesystems: return fail(E::IO, "nothing can be written there", "proc_reg_write");
    case Content::unmodelled: break;
    }
    return fail(E::NOSYS, "not modelled yet: writing this file");
}

} // namespace nslab
