#include "sim/linux/kernel_file.hpp"

#include <algorithm>
#include <iterator>

namespace nslab {

namespace {

struct Follows {
    std::string_view ours, kernel;
};
// Only what bears another name than in the kernel; docs/kernel-map.md is the same list for readers.
constexpr Follows kFollows[] = {
    {"fs/mount_tree.c", "fs/namespace.c"},
    {"fs/mount_lists.c", "fs/namespace.c"},
    {"fs/umount.c", "fs/namespace.c"},
    {"fs/pivot_root.c", "fs/namespace.c"},
    {"fs/open_tree.c", "fs/namespace.c"},
    {"fs/statmount.c", "fs/namespace.c"},
    {"fs/mount_setattr.c", "fs/namespace.c"},
    {"fs/mnt_namespace.c", "fs/namespace.c"},
    {"fs/namei_walk.c", "fs/namei.c"},
    {"fs/namei_create.c", "fs/namei.c"},
    {"fs/namei_open.c", "fs/namei.c"},
    {"fs/namei_rename.c", "fs/namei.c"},
    {"fs/shmem.c", "mm/shmem.c"},
    {"fs/filesystems.c", "fs/super.c"},
    {"fs/visible.c", "fs/namespace.c"},
    {"fs/nsfs_ioctl.c", "fs/nsfs.c"},
    {"kernel/user_namespace_map.c", "kernel/user_namespace.c"},
    {"kernel/time_namespace.c", "kernel/time/namespace.c"},
    {"kernel/sys_ids.c", "kernel/sys.c"},
    {"kernel/unshare.c", "kernel/fork.c"},
    {"kernel/kill.c", "kernel/signal.c"},
    {"kernel/sigaction.c", "kernel/signal.c"},
    {"kernel/jobctl.c", "kernel/signal.c"},
    {"kernel/wait.c", "kernel/exit.c"},
    {"kernel/exec.c", "fs/exec.c"},
    {"fs/pnode_until_6_16.c", "fs/pnode.c"},
};

/// Functions that lie in another file than their neighbours here, or bear another name in the kernel.
struct Function {
    std::string_view ours, kernel, file;
};
constexpr Function kFunctions[] = {
    {"accessible_task", "proc_fd_access_allowed", "fs/proc/base.c"},
    {"alloc_mnt_idmap", "alloc_mnt_idmap", "fs/mnt_idmapping.c"},
    {"check_arguments", "sys_fsconfig", "fs/fsopen.c"},
    {"copy_cgroup_ns", "copy_cgroup_ns", "kernel/cgroup/namespace.c"},
    {"copy_pid_ns", "copy_pid_ns", "kernel/pid_namespace.c"},
    {"detach_mounts", "__detach_mounts", "fs/namespace.c"},
    {"exe_link", "proc_exe_link", "fs/proc/base.c"},
    {"free_namespace", "__ns_common_free", "kernel/nscommon.c"},
    {"fsuidgid_has_mapping", "fsuidgid_has_mapping", "include/linux/fs.h"},
    {"get_fs_type", "get_fs_type", "fs/filesystems.c"},
    {"getname", "getname_flags", "fs/namei.c"},
    {"kill_orphaned_pgrp", "kill_orphaned_pgrp", "kernel/exit.c"},
    {"kill_pgrp", "__kill_pgrp_info", "kernel/signal.c"},
    {"kill_something", "kill_something_info", "kernel/signal.c"},
    {"lookup_child", "__lookup_slow", "fs/namei.c"},
    {"map_ids", "fs_param_is_uid", "fs/fs_parser.c"},
    {"may_open", "may_open", "fs/namei.c"},
    {"may_setgroups", "may_setgroups", "kernel/groups.c"},
    {"mount_capable", "mount_capable", "fs/super.c"},
    {"move_mount_end", "sys_move_mount", "fs/namespace.c"},
    {"new_namespace", "__ns_common_init", "kernel/nscommon.c"},
    {"parse_pidns", "proc_parse_pidns_param", "fs/proc/root.c"},
    {"parse_size", "shmem_parse_one", "mm/shmem.c"},
    {"parse_source", "vfs_parse_fs_param_source", "fs/fs_context.c"},
    {"pid_getattr", "pid_getattr", "fs/proc/base.c"},
    {"pidfd_prepare", "pidfd_prepare", "kernel/fork.c"},
    {"pidns_for_children_get", "pidns_for_children_get", "kernel/pid_namespace.c"},
    {"pidns_get_parent", "pidns_get_parent", "kernel/pid_namespace.c"},
    {"pidns_install", "pidns_install", "kernel/pid_namespace.c"},
    {"proc_dointvec_minmax", "proc_dointvec_minmax", "kernel/sysctl.c"},
    {"proc_pid_permission", "proc_pid_permission", "fs/proc/base.c"},
    {"proc_symlink_text", "proc_self_get_link", "fs/proc/self.c"},
    {"proc_sys_permission", "proc_sys_permission", "fs/proc/proc_sysctl.c"},
    {"propagate_mount_busy", "propagate_mount_busy", "fs/pnode.c"},
    {"release_one", "release_task", "kernel/exit.c"},
    {"sb_prepare_remount_readonly", "sb_prepare_remount_readonly", "fs/namespace.c"},
    {"strndup_user", "strndup_user", "mm/util.c"},
    {"sys_ioctl", "ns_ioctl", "fs/nsfs.c"},
    {"sys_setgroups", "sys_setgroups", "kernel/groups.c"},
    {"sysfs_init_fs_context", "sysfs_init_fs_context", "fs/sysfs/mount.c"},
    {"timens_offsets_write", "timens_offsets_write", "fs/proc/base.c"},
    {"vfs_parse_param", "vfs_parse_fs_param", "fs/fs_context.c"},
};

} // namespace

KernelPlace kernel_place(std::string_view function, std::string_view file) {
    const auto by_name = [](const Function& row, std::string_view name) { return row.ours < name; };
    static_assert(std::is_sorted(std::begin(kFunctions), std::end(kFunctions),
                                 [](const Function& a, const Function& b) { return a.ours < b.ours; }));
    const auto row = std::lower_bound(std::begin(kFunctions), std::end(kFunctions), function, by_name);
    if (row != std::end(kFunctions) && row->ours == function) return {std::string(row->kernel), std::string(row->file)};
    return {std::string(function), kernel_file(file)};
}

std::string kernel_file(std::string_view file) {
    if (const auto at = file.rfind("sim/linux/"); at != std::string_view::npos) file.remove_prefix(at + 10);
    std::string name(file);
    if (name.size() > 4 && name.ends_with(".cpp")) name.erase(name.size() - 2);
    for (const Follows& row : kFollows)
        if (row.ours == name) return std::string(row.kernel);
    return name;
}

} // namespace nslab
