#pragma once
// What fs_context.cpp, super.cpp and shmem.cpp share: options of file systems.

#include "sim/linux/fs/internal.hpp"

namespace nslab {

/// Bits of FsOptions::seen. Source: mm/shmem.c, SHMEM_SEEN_*, and struct proc_fs_context's mask.
namespace SEEN {
inline constexpr u32 BLOCKS = 1, INODES = 2, HUGE_PAGES = 4, INUMS = 8, UID = 16, GID = 32, HIDEPID = 64, SUBSET = 128;
}

/// A value as fsconfig(2) hands it over; mount(2) knows flags and strings only. Source: include/linux/fs_context.h.
enum class FsValue : u8 { flag, string, blob, filename, file };
struct FsParameter {
    std::string_view key;
    FsValue type = FsValue::flag;
    std::string_view string;
    Id<File> file; // of type `file`; the caller's table holds it
};

/// Source: fs/fs_context.c, vfs_parse_fs_param().
Result<> vfs_parse_param(Kernel& k, Id<Task> task, Id<FsContext> fc, const FsParameter& param);

/// How a file system's own ->parse_param answers: done, failed, or "not mine" (kernel: -ENOPARAM).
enum class Parsed : u8 { done, not_mine };
Result<Parsed> shmem_parse_one(const Kernel& k, FsOptions& opts, const FsParameter& param);
/// The next option of a comma separated list, which it shortens. A comma before a digit ends none (mpol=bind:1,3).
/// Source: mm/shmem.c, shmem_next_opt().
std::string_view shmem_next_opt(std::string_view* rest);
/// EINVAL: a limit is below what is in use, or none was given at first. Source: mm/shmem.c.
Result<> shmem_reconfigure(Kernel& k, Id<SuperBlock> sb, const FsOptions& opts);
std::string shmem_show_options(const Kernel& k, const FsOptions& opts);

/// Unsigned number in base 8, 10 or 16 (`base` 0: as its prefix says), which must be all of the text. Source:
/// lib/kstrtox.c, kstrtouint().
Result<u32> kstrtouint(std::string_view text, int base);

/// What the type wants to know of the caller: its PID, IPC, network or cgroup namespace, held by the context, and
/// options as they are before anything is given. EPERM: sysfs without CAP_SYS_ADMIN over the network namespace. Source:
/// ->init_fs_context of each type.
Result<> init_fs_context(Kernel& k, Id<Task> task, Id<FsContext> fc);

/// What the options are before anything is given. Source: ->init_fs_context of each type.
FsOptions default_options(FsType type);
/// The text behind "rw" in mountinfo; ids are those of the first user namespace. Source: ->show_options of each type.
std::string show_options(const Kernel& k, FsType type, const FsOptions& opts);

} // namespace nslab
