// Follows fs/fsopen.c of Linux 6.18: file systems configured by descriptor.

#include "sim/linux/fs/fs_context.hpp"
#include "sim/linux/fs/mount.hpp"
#include "sim/linux/fs/namei.hpp"
#include "sim/linux/kernel/internal.hpp"
#include "sim/linux/kernel/user_namespace.hpp"
#include "sim/linux/syscalls.hpp"

namespace nslab {
namespace {

using Phase = FsContext::Phase;

/// A string of limited length, its NUL included. EFAULT, EINVAL. Source: mm/util.c, strndup_user().
Result<std::string_view> strndup_user(const Str& s, std::size_t limit) {
    if (s.kind != Str::Kind::text) return fail(E::FAULT, "the string cannot be read");
    if (s.text.size() >= limit) return fail(E::INVAL, "the string is too long");
    return std::string_view(s.text);
}

i64 fscontext_create_fd(Kernel& k, Id<Task> task, Id<FsContext> fc, bool close_on_exec) {
    const Id<File> file = alloc_file(k, task, {}, O::RDWR);
    k[file].fs_context = fc;
    return fd_install(k, task, file, close_on_exec);
}

/// Which arguments go with which command. Source: fs/fsopen.c, fsconfig().
Result<> check_arguments(u32 cmd, const Str& key, const Str& value, i32 aux) {
    const bool has_key = key.kind != Str::Kind::null, has_value = value.kind != Str::Kind::null;
    bool good = false;
    switch (cmd) {
    case FSCONFIG::SET_FLAG: good = has_key && !has_value && !aux; break;
    case FSCONFIG::SET_STRING: good = has_key && has_value && !aux; break;
    case FSCONFIG::SET_BINARY: good = has_key && has_value && aux > 0 && aux <= 1024 * 1024; break;
    case FSCONFIG::SET_PATH:
    case FSCONFIG::SET_PATH_EMPTY: good = has_key && has_value && (aux == AT::FDCWD || aux >= 0); break;
    case FSCONFIG::SET_FD: good = has_key && !has_value && aux >= 0; break;
    case FSCONFIG::CMD_CREATE:
    case FSCONFIG::CMD_CREATE_EXCL:
    case FSCONFIG::CMD_RECONFIGURE: good = !has_key && !has_value && !aux; break;
    default: return fail(E::OPNOTSUPP, "unknown command");
    }
    if (!good) return fail(E::INVAL, "an argument is missing, or one too many is given");
    return {};
}

Result<FsParameter> read_parameter(const Kernel& k, Id<Task> task, u32 cmd, const Str& key, const Str& value, i32 aux) {
    FsParameter param;
    if (key.kind != Str::Kind::null) param.key = TRY(strndup_user(key, 256));
    switch (cmd) {
    case FSCONFIG::SET_STRING:
        param.type = FsValue::string;
        param.string = TRY(strndup_user(value, 256));
        break;
    case FSCONFIG::SET_BINARY:
        param.type = FsValue::blob;
        if (value.kind != Str::Kind::text) return fail(E::FAULT, "the value cannot be read");
        break;
    case FSCONFIG::SET_PATH:
    case FSCONFIG::SET_PATH_EMPTY:
        param.type = FsValue::filename;
        param.string = TRY(getname(value, cmd == FSCONFIG::SET_PATH_EMPTY));
        break;
    case FSCONFIG::SET_FD:
        param.type = FsValue::file;
        param.file = TRY(fget(k, task, aux));
        break;
    default: break;
    }
    return param;
}

/// Source: fs/fsopen.c, vfs_cmd_create().
Result<> vfs_cmd_create(Kernel& k, Id<Task> task, Id<FsContext> fc, bool exclusive) {
    if (k[fc].phase != Phase::create_params) return fail(E::BUSY, "the context has been used, or is one of fspick");
    if (!mount_capable(k, task, fc))
        return fail(E::PERM, "the file system belongs to a user namespace in which the caller has no CAP_SYS_ADMIN",
                    "mount_capable");
    k[fc].phase = Phase::creating;
    k[fc].exclusive = exclusive;
    auto made = vfs_get_tree(k, task, fc);
    k[fc].phase = made ? Phase::awaiting_mount : Phase::failed;
    return made;
}

/// Source: fs/fsopen.c, vfs_cmd_reconfigure().
Result<> vfs_cmd_reconfigure(Kernel& k, Id<Task> task, Id<FsContext> fc) {
    if (k[fc].phase != Phase::reconf_params) return fail(E::BUSY, "the context is not ready to reconfigure");
    k[fc].phase = Phase::reconfiguring;
    if (!ns_capable(k, task, k[k[k[fc].root].d_sb].s_user_ns, CAP::SYS_ADMIN)) {
        k[fc].phase = Phase::failed;
        return fail(E::PERM, "the super block belongs to a user namespace in which the caller has no CAP_SYS_ADMIN");
    }
    auto done = reconfigure_super(k, task, fc);
    if (done)
        vfs_clean_context(k, fc);
    else
        k[fc].phase = Phase::failed;
    return done;
}

/// A context that has been mounted or has reconfigured starts again. Source: fs/fs_context.c, finish_clean_context().
Result<> finish_clean_context(Kernel& k, Id<Task> task, Id<FsContext> fc) {
    if (k[fc].phase != Phase::awaiting_reconf) return {};
    if (auto begun = init_fs_context(k, task, fc); !begun) {
        k[fc].phase = Phase::failed;
        return begun;
    }
    k[fc].phase = Phase::reconf_params;
    return {};
}

} // namespace

/// fsopen(2). EPERM, EINVAL: unknown flags; EFAULT; ENODEV: no such type. Source: fs/fsopen.c.
Result<i64> sys_fsopen(Kernel& k, Id<Task> task, const Str& fs_name, u32 flags) {
    if (!may_mount(k, task)) return fail(E::PERM, "the caller may not mount");
    if (flags & ~FSOPEN::CLOEXEC) return fail(E::INVAL, "unknown flags");
    const FsType type = TRY(get_fs_type(TRY(strndup_user(fs_name, 4096))));
    const Id<FsContext> fc = TRY(fs_context_for_mount(k, task, type, 0));
    k[fc].phase = Phase::create_params;
    return fscontext_create_fd(k, task, fc, (flags & FSOPEN::CLOEXEC) != 0);
}

/// fspick(2). EINVAL: unknown flags, or the path is not where a mount begins. Source: fs/fsopen.c.
Result<i64> sys_fspick(Kernel& k, Id<Task> task, i32 dfd, const Str& path, u32 flags) {
    if (!may_mount(k, task)) return fail(E::PERM, "the caller may not mount");
    if (flags & ~(FSPICK::CLOEXEC | FSPICK::SYMLINK_NOFOLLOW | FSPICK::NO_AUTOMOUNT | FSPICK::EMPTY_PATH))
        return fail(E::INVAL, "unknown flags");
    u32 lookup_flags = flags & FSPICK::SYMLINK_NOFOLLOW ? 0 : LOOKUP::FOLLOW;
    if (flags & FSPICK::EMPTY_PATH) lookup_flags |= LOOKUP::EMPTY;
    const HeldPath target = TRY(user_path_at(k, task, dfd, path, lookup_flags));
    if (k[target->mnt].mnt_root != target->dentry) return fail(E::INVAL, "the path is not where a mount begins");
    const Id<FsContext> fc = TRY(fs_context_for_reconfigure(k, task, target->dentry, 0, 0));
    k[fc].phase = Phase::reconf_params;
    return fscontext_create_fd(k, task, fc, (flags & FSPICK::CLOEXEC) != 0);
}

/// fsconfig(2). EINVAL: an argument that does not go with the command, an option that the type does not know, or its
/// value; EOPNOTSUPP: unknown command; EBADF; EBUSY: the context is not in the phase for that. Source: fs/fsopen.c.
Result<> sys_fsconfig(Kernel& k, Id<Task> task, i32 fd, u32 cmd, const Str& key, const Str& value, i32 aux) {
    if (fd < 0) return fail(E::INVAL, "the descriptor is negative");
    TRY(check_arguments(cmd, key, value, aux));
    const Id<FsContext> fc = k[TRY(fdget(k, task, fd))].fs_context;
    if (!fc) return fail(E::INVAL, "the descriptor is not one of fsopen or fspick");
    const FsParameter param = TRY(read_parameter(k, task, cmd, key, value, aux));

    TRY(finish_clean_context(k, task, fc));
    switch (cmd) {
    case FSCONFIG::CMD_CREATE: return vfs_cmd_create(k, task, fc, false);
    case FSCONFIG::CMD_CREATE_EXCL: return vfs_cmd_create(k, task, fc, true);
    case FSCONFIG::CMD_RECONFIGURE: return vfs_cmd_reconfigure(k, task, fc);
    default: break;
    }
    if (k[fc].phase != Phase::create_params && k[fc].phase != Phase::reconf_params)
        return fail(E::BUSY, "the context takes no options in this phase");
    return vfs_parse_param(k, task, fc, param);
}

} // namespace nslab
