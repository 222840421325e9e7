// Follows fs/fs_context.c and fs/fs_parser.c of Linux 6.18, with ->init_fs_context and ->parse_param of the types.
// Left out: messages for read(2), security modules.

#include "sim/linux/fs/fs_context.hpp"
#include "sim/linux/fs/namei.hpp"
#include "sim/linux/kernel/internal.hpp"
#include "sim/linux/kernel/user_namespace.hpp"

namespace nslab {
namespace {

struct SbFlagRow {
    std::string_view key;
    u64 flag;
    bool set;
};
constexpr SbFlagRow kSbFlagNames[] = {
    {"dirsync", MS::DIRSYNC, true},      {"lazytime", MS::LAZYTIME, true},
    {"mand", MS::MANDLOCK, true},        {"ro", MS::RDONLY, true},
    {"sync", MS::SYNCHRONOUS, true},     {"async", MS::SYNCHRONOUS, false},
    {"nolazytime", MS::LAZYTIME, false}, {"nomand", MS::MANDLOCK, false},
    {"rw", MS::RDONLY, false},
};

/// Options that are flags of every super block. A value behind them is not looked at. Source: vfs_parse_sb_flag().
bool parse_sb_flag(FsContext& fc, std::string_view key) {
    for (const SbFlagRow& row : kSbFlagNames) {
        if (row.key != key) continue;
        const u32 flag = static_cast<u32>(row.flag);
        fc.sb_flags = row.set ? fc.sb_flags | flag : fc.sb_flags & ~flag;
        fc.sb_flags_mask |= flag;
        return true;
    }
    return false;
}

/// Source: vfs_parse_fs_param_source().
Result<Parsed> parse_source(FsContext& fc, const FsParameter& param) {
    if (param.key != "source") return Parsed::not_mine;
    if (param.type != FsValue::string) return fail(E::INVAL, "the source is no string");
    if (fc.has_source) return fail(E::INVAL, "the source is given twice");
    fc.source = param.string;
    fc.has_source = true;
    return Parsed::done;
}

Result<u32> number(const FsParameter& param, int base) {
    if (param.type != FsValue::string) return fail(E::INVAL, "the option needs a value");
    return kstrtouint(param.string, base);
}

/// An id that exists: all but -1. Source: fs/fs_parser.c, fs_param_is_uid().
Result<u32> id_number(const FsParameter& param) {
    const u32 id = TRY(number(param, 0));
    if (id == ~u32{0}) return fail(E::INVAL, "-1 is nobody's id");
    return id;
}

Result<Parsed> ramfs_parse_param(FsContext& fc, const FsParameter& param) {
    if (param.key == "mode") {
        fc.opts.mode = static_cast<u16>(TRY(number(param, 8)) & 07777);
        return Parsed::done;
    }
    TRY(parse_source(fc, param));
    return Parsed::done; // ramfs has always ignored what it does not know
}

Result<> parse_hidepid(FsOptions& opts, const FsParameter& param) {
    if (param.type != FsValue::string || param.string.empty()) return fail(E::INVAL, "the option needs a value");
    constexpr std::string_view names[] = {"off", "noaccess", "invisible", "", "ptraceable"};
    for (u8 i = 0; i < 5; ++i) {
        const auto value = kstrtouint(param.string, 0);
        if (i == 3 || (names[i] != param.string && !(value && *value == i))) continue;
        opts.hidepid = i;
        opts.seen |= SEEN::HIDEPID;
        return {};
    }
    return fail(E::INVAL, "unknown value of hidepid");
}

/// The context's user namespace is that of what it shows.
void belongs_to(Kernel& k, FsContext& fc, Id<Namespace> user_ns) {
    get_namespace(k, user_ns);
    put_namespace(k, std::exchange(fc.user_ns, user_ns));
}

/// Which PID namespace the proc shows: what entering it and mounting there would do. EBUSY: of a proc that is there
/// already. EINVAL: no file of a PID namespace, or not the caller's own and none below it. EPERM: no CAP_SYS_ADMIN in
/// its owner. Source: proc_parse_pidns_param().
Result<> parse_pidns(Kernel& k, Id<Task> task, Id<FsContext> id, const FsParameter& param) {
    const bool text = param.type == FsValue::string && !param.string.empty();
    if (!text && param.type != FsValue::file) return fail(E::INVAL, "the option needs a path or a descriptor");
    if (k[id].purpose == FsContext::Purpose::reconfigure)
        return fail(E::BUSY, "the PID namespace of a proc cannot be changed");
    Id<File> file = param.file;
    if (text) file = TRY(do_filp_open(k, task, AT::FDCWD, param.string, O::RDONLY, 0));
    const Id<Dentry> dentry = std::as_const(k)[file].f_path.dentry;
    Id<Namespace> target;
    if (dentry) {
        const Inode& inode = d_inode(std::as_const(k), dentry);
        if (inode.kind == InodeKind::ns_file && inode.ns_type == NsType::pid) target = Id<Namespace>{inode.ns_index};
    }
    Result<> good;
    if (!target)
        good = fail(E::INVAL, "not the file of a PID namespace");
    else if (!ns_capable(k, task, k[target].ns.user_ns, CAP::SYS_ADMIN))
        good = fail(E::PERM, "the PID namespace takes CAP_SYS_ADMIN in its owner");
    else if (!pidns_is_ancestor(k, target, task_active_pid_ns(k, task)))
        good = fail(E::INVAL, "the PID namespace is neither the caller's own nor below it");
    if (good) {
        FsContext& fc = k[id];
        get_namespace(k, target);
        put_namespace(k, std::exchange(fc.ns, target));
        belongs_to(k, fc, k[target].ns.user_ns);
    }
    if (text) fput(k, file);
    return good;
}

Result<Parsed> proc_parse_param(Kernel& k, Id<Task> task, Id<FsContext> id, const FsParameter& param) {
    FsOptions& opts = k[id].opts;
    if (param.key == "gid") {
        opts.gid = TRY(number(param, 0));
        opts.seen |= SEEN::GID;
    } else if (param.key == "hidepid") {
        TRY(parse_hidepid(opts, param));
    } else if (param.key == "subset") {
        if (param.type != FsValue::string || param.string.empty()) return fail(E::INVAL, "the option needs a value");
        for (std::string_view rest = param.string; !rest.empty();) {
            const std::size_t comma = rest.find(',');
            const std::string_view one = rest.substr(0, comma);
            if (!one.empty() && one != "pid") return fail(E::INVAL, "unsupported value of subset");
            opts.pidonly |= !one.empty();
            rest = comma == std::string_view::npos ? std::string_view{} : rest.substr(comma + 1);
        }
        opts.seen |= SEEN::SUBSET;
    } else if (param.key == "pidns" && k.plays(Behaviour::proc_pidns)) {
        TRY(parse_pidns(k, task, id, param));
    } else {
        return Parsed::not_mine;
    }
    return Parsed::done;
}

Result<Parsed> devpts_parse_param(FsOptions& opts, const FsParameter& param) {
    constexpr u32 max_ptys = 1U << 20;
    if (param.key == "uid") {
        opts.uid = TRY(id_number(param));
        opts.seen |= SEEN::UID;
    } else if (param.key == "gid") {
        opts.gid = TRY(id_number(param));
        opts.seen |= SEEN::GID;
    } else if (param.key == "mode") {
        opts.mode = static_cast<u16>(TRY(number(param, 8)) & 07777);
    } else if (param.key == "ptmxmode") {
        opts.ptmxmode = static_cast<u16>(TRY(number(param, 8)) & 07777);
    } else if (param.key == "max") {
        const u32 max = TRY(number(param, 0));
        if (max > max_ptys) return fail(E::INVAL, "max is out of range");
        opts.max = max;
    } else if (param.key == "newinstance") {
        if (param.type != FsValue::flag) return fail(E::INVAL, "the option takes no value");
    } else {
        return Parsed::not_mine;
    }
    return Parsed::done;
}

/// The options of the hierarchy change it in the first cgroup namespace only, where no scenario is.
Result<Parsed> cgroup2_parse_param(const FsParameter& param) {
    for (const std::string_view key : {"nsdelegate", "favordynmods", "memory_localevents", "memory_recursiveprot",
                                       "memory_hugetlb_accounting", "pids_localevents"}) {
        if (key != param.key) continue;
        if (param.type != FsValue::flag) return fail(E::INVAL, "the option takes no value");
        return Parsed::done;
    }
    return Parsed::not_mine;
}

Result<Parsed> parse_param(Kernel& k, Id<Task> task, Id<FsContext> id, const FsParameter& param) {
    FsContext& fc = k[id];
    switch (fc.type) {
    case FsType::rootfs:
    case FsType::tmpfs: return shmem_parse_one(k, fc.opts, param);
    case FsType::ramfs: return ramfs_parse_param(fc, param);
    case FsType::proc: return proc_parse_param(k, task, id, param);
    case FsType::devpts: return devpts_parse_param(fc.opts, param);
    case FsType::cgroup2: return cgroup2_parse_param(param);
    case FsType::sysfs:
    case FsType::mqueue:
    case FsType::nsfs:
    case FsType::foreign: break;
    }
    return Parsed::not_mine;
}

/// An id is one of the user namespace of whoever says it. Source: fs/fs_parser.c, fs_param_is_uid().
Result<> map_ids(const Kernel& k, FsContext& fc, const FsParameter& param) {
    if (fc.type == FsType::proc || (param.key != "uid" && param.key != "gid")) return {};
    const bool uid = param.key == "uid";
    u32& id = uid ? fc.opts.uid : fc.opts.gid;
    id = make_kid(k, k[fc.cred].user_ns, uid ? IdKind::uid : IdKind::gid, id);
    if (id == kInvalidId) return fail(E::INVAL, "the id has no name in the caller's user namespace");
    return {};
}

/// What the type keeps of the caller's namespaces, given back: ->free of the types.
void free_fs_private(Kernel& k, FsContext& fc) {
    const Id<Namespace> ns = std::exchange(fc.ns, {}), cgroup_ns = std::exchange(fc.cgroup_ns, {});
    if (ns && fc.type != FsType::sysfs) put_namespace(k, ns);
    if (cgroup_ns) put_namespace(k, cgroup_ns);
}

/// Source: fs/fs_context.c, alloc_fs_context().
Result<Id<FsContext>> alloc_fs_context(Kernel& k, Id<Task> task, FsType type, u32 sb_flags, u32 mask,
                                       Id<Namespace> user_ns) {
    const Id<FsContext> id = k.fs_contexts.alloc();
    FsContext& fc = k[id];
    fc.type = type;
    fc.sb_flags = sb_flags;
    fc.sb_flags_mask = mask;
    fc.user_ns = user_ns;
    fc.net_ns = k[k[task].nsproxy].net_ns;
    fc.cred = std::as_const(k)[task].cred;
    get_namespace(k, fc.user_ns);
    get_namespace(k, fc.net_ns);
    ++k[fc.cred].usage;
    if (auto begun = init_fs_context(k, task, id); !begun) {
        put_fs_context(k, id);
        return tl::unexpected<Error>(begun.error());
    }
    return id;
}

} // namespace

Result<> init_fs_context(Kernel& k, Id<Task> task, Id<FsContext> id) {
    FsContext& fc = k[id];
    const Nsproxy& nsproxy = std::as_const(k)[k[task].nsproxy];
    const Id<Namespace> net_ns = nsproxy.net_ns;
    if (fc.type == FsType::sysfs && !ns_capable(k, task, k[net_ns].ns.user_ns, CAP::SYS_ADMIN))
        return fail(E::PERM, "sysfs takes CAP_SYS_ADMIN in the owner of the network namespace",
                    "sysfs_init_fs_context");
    fc.opts = default_options(fc.type);
    if (fc.type == FsType::tmpfs) { // shmem_init_fs_context()
        fc.opts.uid = task_cred(k, task).fsuid;
        fc.opts.gid = task_cred(k, task).fsgid;
    }
    if (fc.type == FsType::proc) fc.ns = task_active_pid_ns(k, task);
    if (fc.type == FsType::mqueue) fc.ns = nsproxy.ipc_ns;
    if (fc.type == FsType::sysfs) fc.ns = net_ns;
    if (fc.type == FsType::cgroup2) fc.cgroup_ns = nsproxy.cgroup_ns;
    if (fc.ns && fc.type != FsType::sysfs) get_namespace(k, fc.ns);
    if (fc.cgroup_ns) get_namespace(k, fc.cgroup_ns);
    if (const Id<Namespace> shown = fc.ns ? fc.ns : fc.cgroup_ns) belongs_to(k, fc, k[shown].ns.user_ns);
    return {};
}

Result<Id<FsContext>> fs_context_for_mount(Kernel& k, Id<Task> task, FsType type, u32 sb_flags) {
    return alloc_fs_context(k, task, type, sb_flags, 0, current_user_ns(k, task));
}

Result<Id<FsContext>> fs_context_for_reconfigure(Kernel& k, Id<Task> task, Id<Dentry> root, u32 sb_flags, u32 mask) {
    const Id<SuperBlock> sb = k[root].d_sb;
    const Id<FsContext> fc = TRY(alloc_fs_context(k, task, k[sb].type, sb_flags, mask, k[sb].s_user_ns));
    ++k[sb].s_active;
    dget(k, root);
    k[fc].purpose = FsContext::Purpose::reconfigure;
    k[fc].root = root;
    return fc;
}

Result<> vfs_parse_param(Kernel& k, Id<Task> task, Id<FsContext> id, const FsParameter& param) {
    FsContext& fc = k[id];
    if (parse_sb_flag(fc, param.key)) return {};
    if (TRY(parse_param(k, task, id, param)) == Parsed::done) return map_ids(k, fc, param);
    if (TRY(parse_source(fc, param)) == Parsed::done) return {};
    return fail(E::INVAL, "the file system does not know the option");
}

Result<> vfs_parse_fs_param(Kernel& k, Id<Task> task, Id<FsContext> fc, std::string_view key, const Str& value) {
    const bool has_value = value.kind == Str::Kind::text;
    return vfs_parse_param(k, task, fc, {key, has_value ? FsValue::string : FsValue::flag, value.text, {}});
}

Result<> parse_monolithic_mount_data(Kernel& k, Id<Task> task, Id<FsContext> fc, const Str& data) {
    if (data.kind != Str::Kind::text) return {};
    const bool shmem = k[fc].type == FsType::tmpfs || k[fc].type == FsType::rootfs;
    for (std::string_view rest = data.text; !rest.empty();) {
        std::string_view option;
        if (shmem) {
            option = shmem_next_opt(&rest);
        } else {
            const std::size_t comma = rest.find(',');
            option = rest.substr(0, comma);
            rest = comma == std::string_view::npos ? std::string_view{} : rest.substr(comma + 1);
        }
        const std::size_t equals = option.find('=');
        if (option.empty() || equals == 0) continue;
        FsParameter param{option.substr(0, equals), FsValue::flag, {}, {}};
        if (equals != std::string_view::npos) {
            param.type = FsValue::string;
            param.string = option.substr(equals + 1);
        }
        TRY(vfs_parse_param(k, task, fc, param));
    }
    return {};
}

void vfs_clean_context(Kernel& k, Id<FsContext> id) {
    FsContext& fc = k[id];
    free_fs_private(k, fc);
    fc.sb_flags = 0;
    fc.source.clear();
    fc.has_source = false;
    fc.exclusive = false;
    fc.purpose = FsContext::Purpose::reconfigure;
    fc.phase = FsContext::Phase::awaiting_reconf;
}

void put_fs_context(Kernel& k, Id<FsContext> id) {
    free_fs_private(k, k[id]);
    const FsContext fc = k[id];
    k.fs_contexts.free(id);
    if (fc.root) {
        const Id<SuperBlock> sb = k[fc.root].d_sb;
        dput(k, fc.root);
        deactivate_super(k, sb);
    }
    put_namespace(k, fc.net_ns);
    put_namespace(k, fc.user_ns);
    put_cred(k, fc.cred);
}

} // namespace nslab
