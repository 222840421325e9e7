// The rows of all calls. The names of arguments are the kernel's (SYSCALL_DEFINE in the file of each call), those of
// members the structures' own.

#include <map>
#include <memory>

#include "sim/syscall/fields.hpp"

namespace nslab::describe {

namespace {

const Arguments& stat_members() {
    static const Arguments members = {
        out_member<&StatBuf::st_dev>("st_dev", Type::device), out_member<&StatBuf::st_ino>("st_ino", Type::number),
        out_member<&StatBuf::st_mode>("st_mode", Type::octal, kModes),
        out_member<&StatBuf::st_nlink>("st_nlink", Type::number), out_member<&StatBuf::st_uid>("st_uid", Type::number),
        out_member<&StatBuf::st_gid>("st_gid", Type::number), out_member<&StatBuf::st_size>("st_size", Type::number),
        // What strace prints beside these; no world compares them.
        ignored("st_rdev"), ignored("st_blksize"), ignored("st_blocks"), ignored("st_atime"), ignored("st_atime_nsec"),
        ignored("st_mtime"), ignored("st_mtime_nsec"), ignored("st_ctime"), ignored("st_ctime_nsec")};
    return members;
}

const Arguments& statfs_members() {
    static const Arguments members = {out_member<&StatfsBuf::f_type>("f_type", Type::one_of, kMagic),
                                      ignored("f_bsize"),
                                      out_member<&StatfsBuf::f_blocks>("f_blocks", Type::number),
                                      out_member<&StatfsBuf::f_bfree>("f_bfree", Type::number),
                                      out_member<&StatfsBuf::f_bavail>("f_bavail", Type::number),
                                      out_member<&StatfsBuf::f_files>("f_files", Type::number),
                                      out_member<&StatfsBuf::f_ffree>("f_ffree", Type::number),
                                      ignored("f_fsid"),
                                      ignored("f_namelen"),
                                      out_member<&StatfsBuf::f_frsize>("f_frsize", Type::number),
                                      ignored("f_flags")};
    return members;
}

const Arguments& statmount_members() {
    using B = StatmountBuf;
    static const Arguments members = {ignored("size"),
                                      out_member<&B::mask>("mask", Type::flags, kStatmountMask),
                                      out_member<&B::sb_dev_major>("sb_dev_major", Type::number),
                                      out_member<&B::sb_dev_minor>("sb_dev_minor", Type::number),
                                      out_member<&B::sb_magic>("sb_magic", Type::one_of, kMagic),
                                      out_member<&B::sb_flags>("sb_flags", Type::flags, kMountFlags),
                                      out_member<&B::mnt_id>("mnt_id", Type::number),
                                      out_member<&B::mnt_parent_id>("mnt_parent_id", Type::number),
                                      out_member<&B::mnt_id_old>("mnt_id_old", Type::number),
                                      out_member<&B::mnt_parent_id_old>("mnt_parent_id_old", Type::number),
                                      out_member<&B::mnt_attr>("mnt_attr", Type::flags, kMountAttrs),
                                      out_member<&B::mnt_propagation>("mnt_propagation", Type::flags, kPropagation),
                                      out_member<&B::mnt_peer_group>("mnt_peer_group", Type::number),
                                      out_member<&B::mnt_master>("mnt_master", Type::number),
                                      out_member<&B::propagate_from>("propagate_from", Type::number),
                                      out_member<&B::mnt_ns_id>("mnt_ns_id", Type::number),
                                      out_member<&B::fs_type>("fs_type", Type::string),
                                      out_member<&B::mnt_root>("mnt_root", Type::string),
                                      out_member<&B::mnt_point>("mnt_point", Type::string),
                                      out_member<&B::mnt_opts>("mnt_opts", Type::string),
                                      out_member<&B::sb_source>("sb_source", Type::string),
                                      out_member<&B::mnt_uidmap>("mnt_uidmap", Type::string),
                                      out_member<&B::mnt_gidmap>("mnt_gidmap", Type::string)};
    return members;
}

const Arguments& dirent_members() {
    static const Arguments members = {
        {.name = "d_ino", .type = Type::number, .optional = true},
        {.name = "d_off", .type = Type::ignored, .optional = true},
        {.name = "d_reclen", .type = Type::ignored, .optional = true},
        {.name = "d_type", .type = Type::one_of, .constants = kDirentTypes, .optional = true},
        {.name = "d_name", .type = Type::string, .optional = true}};
    return members;
}

/// struct mount_attr of the call C.
template <class C> Argument mount_attr() {
    static const Arguments members = {
        member<&C::uattr, &MountAttr::attr_set>("attr_set", Type::flags, kMountAttrs),
        member<&C::uattr, &MountAttr::attr_clr>("attr_clr", Type::flags, kMountAttrs),
        member<&C::uattr, &MountAttr::propagation>("propagation", Type::flags, kPropagation),
        member<&C::uattr, &MountAttr::userns_fd>("userns_fd", Type::number)};
    return {.name = "uattr",
            .type = Type::structure,
            .members = members,
            .drop = &drop<&C::uattr>,
            .present = &present<&C::uattr>};
}

/// struct mnt_id_req of the call C; `param` is a mask for one call and an id for the other.
template <class C> Argument mnt_id_req(Type param, Constants constants) {
    static const Arguments members = {ignored("size", {}, kStructSizes),
                                      ignored("spare"),
                                      ignored("mnt_ns_fd"),
                                      member<&C::req, &MntIdReq::mnt_id>("mnt_id", Type::hex, kMountIds),
                                      member<&C::req, &MntIdReq::param>("param", param, constants),
                                      member<&C::req, &MntIdReq::mnt_ns_id>("mnt_ns_id", Type::hex)};
    return {.name = "req", .type = Type::structure, .members = members};
}

const Arguments& clone_args() {
    using C = sys::Clone3;
    static const Arguments members = {arg<&C::flags>("flags", Type::flags, kUnshareFlags),
                                      written_to<&C::pidfd, &CloneBuf::pidfd>("pidfd", Type::out_number),
                                      ignored("child_tid"),
                                      written_to<&C::parent_tid, &CloneBuf::parent_tid>("parent_tid", Type::out_number),
                                      optional(arg<&C::exit_signal>("exit_signal", Type::one_of, kSignals)),
                                      ignored("stack"),
                                      ignored("stack_size"),
                                      ignored("tls"),
                                      optional(arg<&C::set_tid>("set_tid", Type::numbers)),
                                      ignored("set_tid_size"),
                                      ignored("cgroup")};
    return members;
}

const Arguments& siginfo_members() {
    static const Arguments members = {out_member<&Siginfo::signo>("si_signo", Type::one_of, kSignals),
                                      out_member<&Siginfo::code>("si_code", Type::one_of, kSigCodes),
                                      out_member<&Siginfo::pid>("si_pid", Type::number),
                                      out_member<&Siginfo::uid>("si_uid", Type::number),
                                      out_member<&Siginfo::status>("si_status", Type::number),
                                      out_member<&Siginfo::status>("si_int", Type::number),
                                      ignored("si_ptr"),
                                      ignored("si_utime"),
                                      ignored("si_stime"),
                                      ignored("si_value")};
    return members;
}

/// A siginfo that a call is given.
template <auto M> Argument siginfo(std::string_view name) {
    static const Arguments members = {member<M, &Siginfo::signo>("si_signo", Type::one_of, kSignals),
                                      member<M, &Siginfo::code>("si_code", Type::one_of, kSigCodes),
                                      member<M, &Siginfo::pid>("si_pid", Type::number),
                                      member<M, &Siginfo::uid>("si_uid", Type::number),
                                      member<M, &Siginfo::status>("si_int", Type::number),
                                      ignored("si_ptr"),
                                      ignored("si_value")};
    return {.name = name, .type = Type::structure, .members = members, .drop = &drop<M>, .present = &present<M>};
}

/// The header of capget(2) and capset(2).
template <class C> Argument cap_header() {
    static const Arguments members = {arg<&C::version>("version", Type::one_of, kCapabilityVersions),
                                      optional(arg<&C::pid>("pid", Type::number))};
    return {.name = "header", .type = Type::structure, .members = members};
}
const Arguments& cap_members() {
    static const Arguments members = {out_member<&CapSets::effective>("effective", Type::flags, kCapabilitySets),
                                      out_member<&CapSets::permitted>("permitted", Type::flags, kCapabilitySets),
                                      out_member<&CapSets::inheritable>("inheritable", Type::flags, kCapabilitySets)};
    return members;
}
Argument cap_sets() {
    using C = sys::Capset;
    static const Arguments members = {
        member<&C::data, &CapSets::effective>("effective", Type::flags, kCapabilitySets),
        member<&C::data, &CapSets::permitted>("permitted", Type::flags, kCapabilitySets),
        member<&C::data, &CapSets::inheritable>("inheritable", Type::flags, kCapabilitySets)};
    return {.name = "data",
            .type = Type::structure,
            .members = members,
            .drop = &drop<&C::data>,
            .present = &present<&C::data>};
}

/// poll(2) has a list of one.
Argument pollfd() {
    using C = sys::Poll;
    static const Arguments members = {arg<&C::fd>("fd", Type::fd, kDescriptors),
                                      arg<&C::events>("events", Type::flags, kPollEvents),
                                      out_member<&PollBuf::revents>("revents", Type::flags, kPollEvents)};
    return {.name = "ufds", .type = Type::structure, .members = members};
}

const Arguments& sigaction_members() {
    static const Arguments members = {out_member<&KSigaction::handler>("sa_handler", Type::one_of, kSigHandlers),
                                      out_member<&KSigaction::mask>("sa_mask", Type::sigset),
                                      out_member<&KSigaction::flags>("sa_flags", Type::flags, kSigactionFlags),
                                      ignored("sa_restorer")};
    return members;
}

/// What requests to namespaces and to pidfds write.
const Arguments& ioctl_members() {
    using I = PidfdInfo;
    static const Arguments members = {out_member<&MntNsInfo::size>("size", Type::number),
                                      out_member<&MntNsInfo::nr_mounts>("nr_mounts", Type::number),
                                      out_member<&MntNsInfo::mnt_ns_id>("mnt_ns_id", Type::hex),
                                      out_member<&I::mask>("mask", Type::flags, kPidfdInfoMask),
                                      ignored("cgroupid"),
                                      out_member<&I::pid>("pid", Type::number),
                                      out_member<&I::tgid>("tgid", Type::number),
                                      out_member<&I::ppid>("ppid", Type::number),
                                      out_member<&I::ruid>("ruid", Type::number),
                                      out_member<&I::rgid>("rgid", Type::number),
                                      out_member<&I::euid>("euid", Type::number),
                                      out_member<&I::egid>("egid", Type::number),
                                      out_member<&I::suid>("suid", Type::number),
                                      out_member<&I::sgid>("sgid", Type::number),
                                      out_member<&I::fsuid>("fsuid", Type::number),
                                      out_member<&I::fsgid>("fsgid", Type::number),
                                      out_member<&I::exit_code>("exit_code", Type::number)};
    return members;
}

/// The action that rt_sigaction(2) is given.
Argument sigaction() {
    using C = sys::RtSigaction;
    static const Arguments members = {member<&C::act, &KSigaction::handler>("sa_handler", Type::one_of, kSigHandlers),
                                      member<&C::act, &KSigaction::mask>("sa_mask", Type::sigset),
                                      member<&C::act, &KSigaction::flags>("sa_flags", Type::flags, kSigactionFlags),
                                      ignored("sa_restorer")};
    return {.name = "act",
            .type = Type::structure,
            .members = members,
            .drop = &drop<&C::act>,
            .present = &present<&C::act>};
}

Argument timeout() {
    using C = sys::RtSigtimedwait;
    static const Arguments members = {member<&C::uts, &Timespec::tv_sec>("tv_sec", Type::number),
                                      member<&C::uts, &Timespec::tv_nsec>("tv_nsec", Type::number)};
    return {.name = "uts",
            .type = Type::structure,
            .members = members,
            .drop = &drop<&C::uts>,
            .present = &present<&C::uts>};
}

template <class C> Syscall blank() { return C{}; }

// Rows ----------------------------------------------------------------------------------------------------------------

/// Keeps the arguments of the rows; a row points at its own.
struct Builder {
    std::vector<CallRow> rows;

    void row(std::string_view name, Syscall (*make)(), const Arguments& arguments, Release since = {2, 6, 0},
             bool named = false) {
        kept.push_back(std::make_unique<Arguments>(arguments));
        rows.push_back({.name = name, .blank = make, .arguments = *kept.back(), .named = named, .since = since});
    }

  private:
    std::vector<std::unique_ptr<Arguments>> kept;
};

void mount_calls(Builder& b) {
    using namespace sys;
    b.row("mount", blank<Mount>,
          {arg<&Mount::source>("source", Type::string), arg<&Mount::target>("target", Type::string),
           arg<&Mount::filesystemtype>("filesystemtype", Type::string),
           arg<&Mount::mountflags>("mountflags", Type::flags, kMountFlags), arg<&Mount::data>("data", Type::string)});
    b.row("umount2", blank<Umount2>,
          {arg<&Umount2::target>("target", Type::string), arg<&Umount2::flags>("flags", Type::flags, kUmountFlags)});
    b.row("umount", blank<Umount2>, {arg<&Umount2::target>("target", Type::string)});
    b.row("pivot_root", blank<PivotRoot>,
          {arg<&PivotRoot::new_root>("new_root", Type::string), arg<&PivotRoot::put_old>("put_old", Type::string)});
    b.row("open_tree", blank<OpenTree>,
          {dirfd<&OpenTree::dfd>("dfd"), arg<&OpenTree::filename>("filename", Type::string),
           arg<&OpenTree::flags>("flags", Type::flags, kOpenTreeFlags)},
          {5, 2, 0});
    b.row("move_mount", blank<MoveMount>,
          {dirfd<&MoveMount::from_dfd>("from_dfd"), arg<&MoveMount::from_pathname>("from_pathname", Type::string),
           dirfd<&MoveMount::to_dfd>("to_dfd"), arg<&MoveMount::to_pathname>("to_pathname", Type::string),
           arg<&MoveMount::flags>("flags", Type::flags, kMoveMountFlags)},
          {5, 2, 0});
    b.row("fsopen", blank<Fsopen>,
          {arg<&Fsopen::fsname>("fsname", Type::string), arg<&Fsopen::flags>("flags", Type::flags, kFsopenFlags)},
          {5, 2, 0});
    b.row("fsconfig", blank<Fsconfig>,
          {arg<&Fsconfig::fd>("fd", Type::fd, kDescriptors),
           arg<&Fsconfig::cmd>("cmd", Type::one_of, kFsconfigCommands), arg<&Fsconfig::key>("key", Type::string),
           arg<&Fsconfig::value>("value", Type::string), arg<&Fsconfig::aux>("aux", Type::fd, kDescriptors)},
          {5, 2, 0});
    b.row("fsmount", blank<Fsmount>,
          {arg<&Fsmount::fd>("fd", Type::fd, kDescriptors), arg<&Fsmount::flags>("flags", Type::flags, kFsmountFlags),
           arg<&Fsmount::attr_flags>("attr_flags", Type::flags, kMountAttrs)},
          {5, 2, 0});
    b.row("fspick", blank<Fspick>,
          {dirfd<&Fspick::dfd>("dfd"), arg<&Fspick::path>("path", Type::string),
           arg<&Fspick::flags>("flags", Type::flags, kFspickFlags)},
          {5, 2, 0});
    b.row("mount_setattr", blank<MountSetattr>,
          {dirfd<&MountSetattr::dfd>("dfd"), arg<&MountSetattr::path>("path", Type::string),
           arg<&MountSetattr::flags>("flags", Type::flags, kSetattrFlags), mount_attr<MountSetattr>(),
           optional(arg<&MountSetattr::usize>("usize", Type::number, kStructSizes))},
          {5, 12, 0});
    b.row("open_tree_attr", blank<OpenTreeAttr>,
          {dirfd<&OpenTreeAttr::dfd>("dfd"), arg<&OpenTreeAttr::filename>("filename", Type::string),
           arg<&OpenTreeAttr::flags>("flags", Type::flags, kOpenTreeFlags), mount_attr<OpenTreeAttr>(),
           optional(arg<&OpenTreeAttr::usize>("usize", Type::number, kStructSizes))},
          {6, 15, 0});
    b.row("statmount", blank<Statmount>,
          {mnt_id_req<Statmount>(Type::flags, kStatmountMask), output("buf", Type::out_structure, statmount_members()),
           ignored("bufsize", "512"), optional(arg<&Statmount::flags>("flags", Type::hex))},
          {6, 8, 0});
    b.row("listmount", blank<Listmount>,
          {mnt_id_req<Listmount>(Type::hex, {}), output("mnt_ids", Type::out_ids),
           optional(arg<&Listmount::nr_mnt_ids>("nr_mnt_ids", Type::number)),
           optional(arg<&Listmount::flags>("flags", Type::flags, kListmountFlags))},
          {6, 8, 0});
}

void directory_calls(Builder& b) {
    using namespace sys;
    b.row("chroot", blank<Chroot>, {arg<&Chroot::path>("path", Type::string)});
    b.row("chdir", blank<Chdir>, {arg<&Chdir::path>("path", Type::string)});
    b.row("fchdir", blank<Fchdir>, {arg<&Fchdir::fd>("fd", Type::fd, kDescriptors)});
    b.row("getcwd", blank<Getcwd>, {output("buf", Type::out_bytes), ignored("size", "4096")});
    b.row("mkdirat", blank<Mkdirat>,
          {dirfd<&Mkdirat::dfd>("dfd"), arg<&Mkdirat::pathname>("pathname", Type::string),
           arg<&Mkdirat::mode>("mode", Type::octal)});
    b.row("mkdir", blank<Mkdirat>,
          {arg<&Mkdirat::pathname>("pathname", Type::string), arg<&Mkdirat::mode>("mode", Type::octal)});
    b.row("unlinkat", blank<Unlinkat>,
          {dirfd<&Unlinkat::dfd>("dfd"), arg<&Unlinkat::pathname>("pathname", Type::string),
           arg<&Unlinkat::flag>("flag", Type::flags, kUnlinkFlags)});
    b.row("unlink", blank<Unlinkat>, {arg<&Unlinkat::pathname>("pathname", Type::string)});
    b.row("rmdir", +[] { return Syscall(Unlinkat{.pathname = {}, .flag = AT::REMOVEDIR}); },
          {arg<&Unlinkat::pathname>("pathname", Type::string)});
    b.row("symlinkat", blank<Symlinkat>,
          {arg<&Symlinkat::target>("target", Type::string), dirfd<&Symlinkat::newdfd>("newdfd"),
           arg<&Symlinkat::linkpath>("linkpath", Type::string)});
    b.row("symlink", blank<Symlinkat>,
          {arg<&Symlinkat::target>("target", Type::string), arg<&Symlinkat::linkpath>("linkpath", Type::string)});
    b.row("linkat", blank<Linkat>,
          {dirfd<&Linkat::olddfd>("olddfd"), arg<&Linkat::oldpath>("oldpath", Type::string),
           dirfd<&Linkat::newdfd>("newdfd"), arg<&Linkat::newpath>("newpath", Type::string),
           arg<&Linkat::flags>("flags", Type::flags, kLinkFlags)});
    b.row("link", blank<Linkat>,
          {arg<&Linkat::oldpath>("oldpath", Type::string), arg<&Linkat::newpath>("newpath", Type::string)});
    b.row("renameat2", blank<Renameat2>,
          {dirfd<&Renameat2::olddfd>("olddfd"), arg<&Renameat2::oldpath>("oldpath", Type::string),
           dirfd<&Renameat2::newdfd>("newdfd"), arg<&Renameat2::newpath>("newpath", Type::string),
           arg<&Renameat2::flags>("flags", Type::flags, kRenameFlags)},
          {3, 15, 0});
    b.row("renameat", blank<Renameat2>,
          {dirfd<&Renameat2::olddfd>("olddfd"), arg<&Renameat2::oldpath>("oldpath", Type::string),
           dirfd<&Renameat2::newdfd>("newdfd"), arg<&Renameat2::newpath>("newpath", Type::string)});
    b.row("rename", blank<Renameat2>,
          {arg<&Renameat2::oldpath>("oldpath", Type::string), arg<&Renameat2::newpath>("newpath", Type::string)});
}

void file_calls(Builder& b) {
    using namespace sys;
    const Argument open_flags = optional(arg<&Openat::flags>("flags", Type::flags, kOpenFlags));
    const Argument open_mode = optional(arg<&Openat::mode>("mode", Type::octal));
    b.row("openat", blank<Openat>,
          {dirfd<&Openat::dfd>("dfd"), arg<&Openat::filename>("filename", Type::string), open_flags, open_mode});
    b.row("open", blank<Openat>, {arg<&Openat::filename>("filename", Type::string), open_flags, open_mode});
    b.row("creat", +[] { return Syscall(Openat{.filename = {}, .flags = O::CREAT | O::WRONLY | O::TRUNC}); },
          {arg<&Openat::filename>("filename", Type::string), arg<&Openat::mode>("mode", Type::octal)});
    b.row("close", blank<Close>, {arg<&Close::fd>("fd", Type::fd, kDescriptors)});
    b.row("dup", blank<Dup>, {arg<&Dup::fd>("fildes", Type::fd, kDescriptors)});
    b.row("read", blank<Read>,
          {arg<&Read::fd>("fd", Type::fd, kDescriptors), output("buf", Type::out_bytes),
           optional(arg<&Read::count>("count", Type::number))});
    b.row("write", blank<Write>,
          {arg<&Write::fd>("fd", Type::fd, kDescriptors), arg<&Write::data>("buf", Type::data), ignored("count")});
    b.row("lseek", blank<Lseek>,
          {arg<&Lseek::fd>("fd", Type::fd, kDescriptors), arg<&Lseek::offset>("offset", Type::number),
           arg<&Lseek::whence>("whence", Type::one_of, kSeek)});
    b.row("ftruncate", blank<Ftruncate>,
          {arg<&Ftruncate::fd>("fd", Type::fd, kDescriptors), arg<&Ftruncate::length>("length", Type::number)});
    b.row("getdents64", blank<Getdents64>,
          {arg<&Getdents64::fd>("fd", Type::fd, kDescriptors), output("dirent", Type::out_entries, dirent_members()),
           optional(arg<&Getdents64::count>("count", Type::number))});
    b.row("newfstatat", blank<Newfstatat>,
          {dirfd<&Newfstatat::dfd>("dfd"), arg<&Newfstatat::filename>("filename", Type::string),
           output("statbuf", Type::out_structure, stat_members()),
           optional(arg<&Newfstatat::flag>("flag", Type::flags, kStatFlags))});
    b.row(
        "stat", blank<Newfstatat>,
        {arg<&Newfstatat::filename>("filename", Type::string), output("statbuf", Type::out_structure, stat_members())});
    b.row(
        "lstat", +[] { return Syscall(Newfstatat{.filename = {}, .flag = AT::SYMLINK_NOFOLLOW}); },
        {arg<&Newfstatat::filename>("filename", Type::string), output("statbuf", Type::out_structure, stat_members())});
    b.row(
        "fstat", +[] { return Syscall(Newfstatat{.filename = "", .flag = AT::EMPTY_PATH}); },
        {arg<&Newfstatat::dfd>("fd", Type::fd, kDescriptors), output("statbuf", Type::out_structure, stat_members())});
    b.row("statfs", blank<Statfs>,
          {arg<&Statfs::path>("path", Type::string), output("buf", Type::out_structure, statfs_members())});
    b.row("fstatfs", blank<Fstatfs>,
          {arg<&Fstatfs::fd>("fd", Type::fd, kDescriptors), output("buf", Type::out_structure, statfs_members())});
    b.row("faccessat", blank<Faccessat>,
          {dirfd<&Faccessat::dfd>("dfd"), arg<&Faccessat::filename>("filename", Type::string),
           arg<&Faccessat::mode>("mode", Type::flags, kAccess)});
    b.row("faccessat2", blank<Faccessat>,
          {dirfd<&Faccessat::dfd>("dfd"), arg<&Faccessat::filename>("filename", Type::string),
           arg<&Faccessat::mode>("mode", Type::flags, kAccess), zero("flags", "0")},
          {5, 8, 0});
    b.row("access", blank<Faccessat>,
          {arg<&Faccessat::filename>("filename", Type::string), arg<&Faccessat::mode>("mode", Type::flags, kAccess)});
    b.row("readlinkat", blank<Readlinkat>,
          {dirfd<&Readlinkat::dfd>("dfd"), arg<&Readlinkat::path>("path", Type::string), output("buf", Type::out_bytes),
           ignored("bufsiz", "4096")});
    b.row("readlink", blank<Readlinkat>,
          {arg<&Readlinkat::path>("path", Type::string), output("buf", Type::out_bytes), ignored("bufsiz")});
    b.row("utimensat", blank<Utimensat>,
          {dirfd<&Utimensat::dfd>("dfd"), arg<&Utimensat::filename>("filename", Type::string), zero("utimes", "NULL"),
           zero("flags", "0")});
    b.row("fchmodat", blank<Fchmodat>,
          {dirfd<&Fchmodat::dfd>("dfd"), arg<&Fchmodat::filename>("filename", Type::string),
           arg<&Fchmodat::mode>("mode", Type::octal)});
    b.row("chmod", blank<Fchmodat>,
          {arg<&Fchmodat::filename>("filename", Type::string), arg<&Fchmodat::mode>("mode", Type::octal)});
    b.row("umask", blank<Umask>, {arg<&Umask::mask>("mask", Type::octal)});
}

void process_calls(Builder& b) {
    using namespace sys;
    b.row("clone", blank<Clone>,
          {ignored("child_stack", "NULL"), arg<&Clone::flags>("flags", Type::flags, kCloneFlags),
           written_to<&Clone::parent_tid, &CloneBuf::parent_tid>("parent_tid", Type::out_number),
           ignored("child_tidptr"), ignored("tls")},
          {2, 6, 0}, true);
    b.row("fork", blank<Clone>, {});
    b.row("vfork", +[] { return Syscall(Clone{.flags = CLONE::VM | CLONE::VFORK | SIG::CHLD}); }, {});
    b.row("clone3", blank<Clone3>,
          {{.name = "uargs", .type = Type::structure, .members = clone_args()}, ignored("size", "88", kStructSizes)},
          {5, 3, 0});
    b.row("unshare", blank<Unshare>, {arg<&Unshare::unshare_flags>("unshare_flags", Type::flags, kUnshareFlags)});
    b.row("execve", blank<Execve>,
          {arg<&Execve::filename>("filename", Type::string), ignored("argv", "..."), ignored("envp", "...")});
    b.row("setns", blank<Setns>,
          {arg<&Setns::fd>("fd", Type::fd, kDescriptors), arg<&Setns::flags>("flags", Type::flags, kUnshareFlags)},
          {3, 0, 0});
    b.row("exit_group", blank<ExitGroup>, {arg<&ExitGroup::error_code>("error_code", Type::number)});
    b.row("exit", blank<Exit>, {arg<&Exit::error_code>("error_code", Type::number)});
    b.row("wait4", blank<Wait4>,
          {arg<&Wait4::pid>("pid", Type::number), output("stat_addr", Type::out_status),
           optional(arg<&Wait4::options>("options", Type::flags, kWaitFlags)),
           output("ru", Type::out_ignored, {}, "NULL")});
    b.row("waitpid", blank<Wait4>,
          {arg<&Wait4::pid>("pid", Type::number), output("stat_addr", Type::out_status),
           optional(arg<&Wait4::options>("options", Type::flags, kWaitFlags))});
    b.row("waitid", blank<Waitid>,
          {arg<&Waitid::which>("which", Type::one_of, kWaitidTypes), arg<&Waitid::upid>("upid", Type::number),
           place<&Waitid::infop>("infop", Type::out_structure, siginfo_members()),
           arg<&Waitid::options>("options", Type::flags, kWaitidFlags), output("ru", Type::out_ignored, {}, "NULL")});
    b.row("kill", blank<Kill>, {arg<&Kill::pid>("pid", Type::number), arg<&Kill::sig>("sig", Type::one_of, kSignals)});
    b.row("pidfd_open", blank<PidfdOpen>,
          {arg<&PidfdOpen::pid>("pid", Type::number), arg<&PidfdOpen::flags>("flags", Type::flags, kPidfdFlags)},
          {5, 3, 0});
}

void signal_calls(Builder& b) {
    using namespace sys;
    b.row("tgkill", blank<Tgkill>,
          {arg<&Tgkill::tgid>("tgid", Type::number), arg<&Tgkill::pid>("pid", Type::number),
           arg<&Tgkill::sig>("sig", Type::one_of, kSignals)});
    b.row("tkill", blank<Tkill>,
          {arg<&Tkill::pid>("pid", Type::number), arg<&Tkill::sig>("sig", Type::one_of, kSignals)});
    b.row("pidfd_send_signal", blank<PidfdSendSignal>,
          {arg<&PidfdSendSignal::pidfd>("pidfd", Type::fd, kDescriptors),
           arg<&PidfdSendSignal::sig>("sig", Type::one_of, kSignals), optional(siginfo<&PidfdSendSignal::info>("info")),
           optional(arg<&PidfdSendSignal::flags>("flags", Type::flags, kPidfdSignalFlags))},
          {5, 1, 0});
    b.row("rt_sigqueueinfo", blank<RtSigqueueinfo>,
          {arg<&RtSigqueueinfo::pid>("pid", Type::number), arg<&RtSigqueueinfo::sig>("sig", Type::one_of, kSignals),
           siginfo<&RtSigqueueinfo::uinfo>("uinfo")});
    b.row("rt_tgsigqueueinfo", blank<RtTgsigqueueinfo>,
          {arg<&RtTgsigqueueinfo::tgid>("tgid", Type::number), arg<&RtTgsigqueueinfo::pid>("pid", Type::number),
           arg<&RtTgsigqueueinfo::sig>("sig", Type::one_of, kSignals), siginfo<&RtTgsigqueueinfo::uinfo>("uinfo")},
          {2, 6, 31});
    b.row("rt_sigaction", blank<RtSigaction>,
          {arg<&RtSigaction::sig>("sig", Type::one_of, kSignals), sigaction(),
           place<&RtSigaction::oact>("oact", Type::out_structure, sigaction_members()),
           optional(arg<&RtSigaction::sigsetsize>("sigsetsize", Type::number))});
    b.row("rt_sigprocmask", blank<RtSigprocmask>,
          {arg<&RtSigprocmask::how>("how", Type::one_of, kSigHow),
           {.name = "nset",
            .type = Type::sigset,
            .get = +[](const Syscall& c) { return Value(std::get<RtSigprocmask>(c).nset.value_or(0)); },
            .set = +[](Syscall& c, const Value& v) { std::get<RtSigprocmask>(c).nset = std::get<u64>(v); },
            .drop = &drop<&RtSigprocmask::nset>,
            .present = &present<&RtSigprocmask::nset>},
           written_to<&RtSigprocmask::oset, &SigsetBuf::set>("oset", Type::out_sigset),
           optional(arg<&RtSigprocmask::sigsetsize>("sigsetsize", Type::number))});
    b.row("rt_sigpending", blank<RtSigpending>,
          {{.name = "uset",
            .type = Type::out_sigset,
            .optional = true,
            .printed = "...",
            .written = &written<&SigsetBuf::set>},
           optional(arg<&RtSigpending::sigsetsize>("sigsetsize", Type::number))});
    b.row("rt_sigtimedwait", blank<RtSigtimedwait>,
          {arg<&RtSigtimedwait::uthese>("uthese", Type::sigset),
           place<&RtSigtimedwait::uinfo>("uinfo", Type::out_structure, siginfo_members()), timeout(),
           optional(arg<&RtSigtimedwait::sigsetsize>("sigsetsize", Type::number))});
    b.row("pause", blank<Pause>, {});
}

/// What a process is, is called and belongs to.
void identity_calls(Builder& b) {
    using namespace sys;
    b.row("getpid", blank<Getpid>, {});
    b.row("getppid", blank<Getppid>, {});
    b.row("gettid", blank<Gettid>, {});
    b.row("getuid", blank<Getuid>, {});
    b.row("geteuid", blank<Geteuid>, {});
    b.row("getgid", blank<Getgid>, {});
    b.row("getegid", blank<Getegid>, {});
    b.row("setresuid", blank<Setresuid>,
          {arg<&Setresuid::ruid>("ruid", Type::number), arg<&Setresuid::euid>("euid", Type::number),
           arg<&Setresuid::suid>("suid", Type::number)});
    b.row("setresgid", blank<Setresgid>,
          {arg<&Setresgid::rgid>("rgid", Type::number), arg<&Setresgid::egid>("egid", Type::number),
           arg<&Setresgid::sgid>("sgid", Type::number)});
    b.row("setgroups", blank<Setgroups>,
          {ignored("gidsetsize"), arg<&Setgroups::grouplist>("grouplist", Type::numbers)});
    b.row("setsid", blank<Setsid>, {});
    b.row("getsid", blank<Getsid>, {arg<&Getsid::pid>("pid", Type::number)});
    b.row("setpgid", blank<Setpgid>,
          {arg<&Setpgid::pid>("pid", Type::number), arg<&Setpgid::pgid>("pgid", Type::number)});
    b.row("getpgid", blank<Getpgid>, {arg<&Getpgid::pid>("pid", Type::number)});
    b.row("getpgrp", blank<Getpgrp>, {});
    b.row("prctl", blank<Prctl>,
          {arg<&Prctl::option>("option", Type::one_of, kPrctlOptions),
           any_place<&Prctl::arg2, &NumberBuf::value>("arg2", {}), optional(arg<&Prctl::arg3>("arg3", Type::number)),
           optional(arg<&Prctl::arg4>("arg4", Type::number)), optional(arg<&Prctl::arg5>("arg5", Type::number))});
    b.row("capget", blank<Capget>,
          {cap_header<Capget>(), place<&Capget::dataptr>("dataptr", Type::out_structure, cap_members())});
    b.row("capset", blank<Capset>, {cap_header<Capset>(), cap_sets()});
    b.row("poll", blank<Poll>,
          {pollfd(), ignored("nfds", "1"), arg<&Poll::timeout_msecs>("timeout_msecs", Type::number)});
    b.row("ioctl", blank<Ioctl>,
          {arg<&Ioctl::fd>("fd", Type::fd, kDescriptors), arg<&Ioctl::cmd>("cmd", Type::one_of, kIoctlRequests),
           any_place<&Ioctl::arg, &NumberBuf::value>("arg", ioctl_members())});
}

const Builder& table() {
    static const Builder built = [] {
        Builder b;
        mount_calls(b);
        directory_calls(b);
        file_calls(b);
        process_calls(b);
        signal_calls(b);
        identity_calls(b);
        return b;
    }();
    return built;
}

} // namespace

std::span<const CallRow> calls() { return table().rows; }

const CallRow* find_call(std::string_view name) {
    for (const CallRow& row : calls())
        if (row.name == name) return &row;
    return nullptr;
}

const CallRow& row_of(const Syscall& call) {
    static const std::vector<const CallRow*> first = [] {
        std::vector<const CallRow*> rows(std::variant_size_v<AnySyscall>);
        for (const CallRow& row : calls()) {
            auto& slot = rows[row.blank().index()];
            if (!slot) slot = &row;
        }
        return rows;
    }();
    return *first[call.index()];
}

} // namespace nslab::describe

namespace nslab {

std::optional<u64> task_flags(const Syscall& call) {
    if (const auto* clone = std::get_if<sys::Clone>(&call)) return clone->flags & ~CLONE::SIGNAL_MASK;
    if (const auto* clone3 = std::get_if<sys::Clone3>(&call)) return clone3->flags;
    return std::nullopt;
}

bool writes(const sys::Prctl& call) {
    return call.option == PR::GET_PDEATHSIG || call.option == PR::GET_CHILD_SUBREAPER;
}

bool writes(const sys::Ioctl& call) {
    switch (call.cmd) {
    case PIDFD::GET_INFO:
    case NS::GET_OWNER_UID:
    case NS::GET_MNTNS_ID:
    case NS::GET_ID:
    case NS::MNT_GET_INFO:
    case NS::MNT_GET_NEXT:
    case NS::MNT_GET_PREV: return true;
    default: return false;
    }
}

std::string_view name_of(const Syscall& call) { return describe::row_of(call).name; }

std::vector<std::string_view> call_names() {
    std::vector<std::string_view> names;
    for (const auto& row : describe::calls()) names.push_back(row.name);
    return names;
}

std::optional<i64> constant(std::string_view name) {
    static const auto values = [] {
        std::map<std::string_view, u64> map;
        for (const auto family : describe::all_constants())
            for (const auto& c : family) map.emplace(c.name, c.value);
        return map;
    }();
    const auto found = values.find(name);
    if (found == values.end()) return std::nullopt;
    return static_cast<i64>(found->second);
}

} // namespace nslab
