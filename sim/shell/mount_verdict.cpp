// The words that mount(8) has for what went wrong. Source: libmount/src/context_mount.c,
// mnt_context_get_mount_excode().

#include <fmt/format.h>

#include "sim/shell/mount_context.hpp"

namespace nslab::shell {
namespace {

/// Whether the mount that holds `directory` is shared, as far as the table of mounts tells by its name.
bool parent_is_shared(TargetNamespace& ns, const std::optional<std::string>& directory) {
    if (!directory) return false;
    const std::size_t slash = directory->rfind('/');
    if (slash == std::string::npos) return false;
    const std::string parent = slash == 0 ? *directory : directory->substr(0, slash);
    const MountTable mounts = ns.read_mounts();
    const MountinfoLine* found = nullptr;
    for (const MountinfoLine& line : mounts.lines)
        if (same_path(line.mount_point, parent)) found = &line;
    return found && found->shared;
}

std::string failed(E error) { return fmt::format("mount(2) system call failed: {}", errno_text(error)); }

} // namespace

MountVerdict MountContext::refusal_verdict() const {
    switch (refusal) {
    case Refusal::no_fstab:
        if (swap_match) return {MNT_EX::USAGE, "can't find in /etc/fstab"};
        if (target) return {MNT_EX::USAGE, "can't find mount point in /etc/fstab"};
        return {MNT_EX::USAGE, fmt::format("can't find mount source {} in /etc/fstab", source.value_or(""))};
    case Refusal::no_source: return {MNT_EX::USAGE, fmt::format("can't find {}", source.value_or(""))};
    case Refusal::no_type: return {MNT_EX::USAGE, "no filesystem type specified"};
    // 2.38 takes its own "nothing found" for an errno.
    case Refusal::no_filesystems: return {MNT_EX::USAGE, "mount failed: Operation not permitted"};
    case Refusal::bad_options: return {MNT_EX::USAGE, fmt::format("failed to parse mount options '{}'", options)};
    case Refusal::mkdir: {
        const bool usage = error == E::INVAL || error == E::PERM;
        return {usage ? MNT_EX::USAGE : MNT_EX::FAIL, fmt::format("mount failed: {}", errno_text(error))};
    }
    case Refusal::none: break;
    }
    return {MNT_EX::SOFTWARE, ""};
}

MountVerdict MountContext::verdict(Tool& tool, TargetNamespace& ns) const {
    if (!called) return refusal_verdict();
    const std::string from = source.value_or("(null)");
    if (error == E::OK) {
        if (propagation_failed)
            return {MNT_EX::FAIL, "filesystem was mounted, but any subsequent operation failed: Unknown error 5005"};
        if (forced_read_only) return {MNT_EX::SUCCESS, "WARNING: source write-protected, mounted read-only"};
        return {};
    }

    const auto fail_with = [](std::string message) { return MountVerdict{MNT_EX::FAIL, std::move(message)}; };
    const auto target_stat = [&] { return target ? stat(tool, *target) : std::nullopt; };
    switch (error) {
    case E::PERM: {
        const auto st = target_stat();
        return fail_with(st && is_directory(*st) ? "permission denied" : "mount point is not a directory");
    }
    case E::BUSY: {
        if (flags & MS::REMOUNT) return fail_with("mount point is busy");
        const MountTable mounts = ns.read_mounts();
        for (const MountinfoLine& line : mounts.lines)
            if (source && line.source == *source)
                return fail_with(fmt::format("{} already mounted on {}", from, line.mount_point));
        return fail_with(fmt::format("{} already mounted or mount point busy", from));
    }
    case E::NOENT:
        if (target && !lstat(tool, *target)) return fail_with("mount point does not exist");
        if (target && !stat(tool, *target)) return fail_with("mount point is a symbolic link to nowhere");
        if (source && !stat(tool, *source)) return fail_with(fmt::format("special device {} does not exist", from));
        return fail_with(failed(error));
    case E::NOTDIR: {
        const auto st = target_stat();
        if (!st || !is_directory(*st)) return fail_with("mount point is not a directory");
        if (source && tool.probe(sys::Newfstatat{AT::FDCWD, *source, 0}).error == E::NOTDIR)
            return fail_with(fmt::format("special device {} does not exist (a path prefix is not a directory)", from));
        return fail_with(failed(error));
    }
    case E::INVAL:
        if (flags & MS::REMOUNT) return fail_with("mount point not mounted or bad option");
        if (propagation_failed) return fail_with("not mount point or bad option");
        if ((flags & MS::MOVE) && parent_is_shared(ns, source))
            return fail_with("bad option; moving a mount residing under a shared mount is unsupported");
        return fail_with(fmt::format("wrong fs type, bad option, bad superblock on {}, missing codepage or helper "
                                     "program, or other error",
                                     from));
    case E::MFILE: return fail_with("mount table full");
    case E::IO: return fail_with(fmt::format("can't read superblock on {}", from));
    case E::NODEV:
        return fail_with(type ? fmt::format("unknown filesystem type '{}'", *type) : "unknown filesystem type");
    case E::NOTBLK: {
        const auto st = source ? stat(tool, *source) : std::nullopt;
        if (!st) return fail_with(fmt::format("{} is not a block device, and stat(2) fails?", from));
        if (is_regular(*st)) return fail_with(fmt::format("{} is not a block device; try \"-o loop\"", from));
        return fail_with(fmt::format("{} is not a block device", from));
    }
    case E::NXIO: return fail_with(fmt::format("{} is not a valid block device", from));
    case E::ACCES:
    case E::ROFS:
        if (flags & MS::RDONLY) return fail_with(fmt::format("cannot mount {} read-only", from));
        if (read_write_only)
            return fail_with(fmt::format("{} is write-protected but explicit read-write mode requested", from));
        if (flags & MS::REMOUNT)
            return fail_with(fmt::format("cannot remount {} read-write, is write-protected", from));
        if (flags & MS::BIND) return fail_with(fmt::format("bind {} failed", from));
        return fail_with(failed(error));
    default: return fail_with(failed(error));
    }
}

} // namespace nslab::shell
