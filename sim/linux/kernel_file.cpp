#include "sim/linux/kernel_file.hpp"

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
};

} // namespace

std::string kernel_file(std::string_view file) {
    if (const auto at = file.rfind("sim/linux/"); at != std::string_view::npos) file.remove_prefix(at + 10);
    std::string name(file);
    if (name.size() > 4 && name.ends_with(".cpp")) name.erase(name.size() - 2);
    for (const Follows& row : kFollows)
        if (row.ours == name) return std::string(row.kernel);
    return name;
}

} // namespace nslab
