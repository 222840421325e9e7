#pragma once
// What calls are given and what they write, beyond numbers: strings by pointer and the structures of the system call
// interface, as values. Source: include/uapi/linux/{stat,mount,wait}.h.

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/linux/uapi/flags.hpp"
#include "sim/linux/uapi/signal.hpp"

namespace nslab {

/// A pointer to a string: NULL, an address that cannot be read, or a text ("" is a text).
struct Str {
    enum class Kind : u8 { null, bad, text } kind = Kind::null;
    std::string text;

    Str() = default;
    Str(std::nullptr_t) {}
    Str(std::string t) : kind(Kind::text), text(std::move(t)) {}
    Str(std::string_view t) : kind(Kind::text), text(t) {}
    Str(const char* t) : kind(Kind::text), text(t) {}
    static Str bad_pointer() {
        Str s;
        s.kind = Kind::bad;
        return s;
    }
    friend bool operator==(const Str&, const Str&) = default;
};

/// Where a call is to write something that is no more than a number: nowhere, to a place of the caller's, or to an
/// address that cannot be written.
enum class OutPtr : u8 { null, somewhere, bad };

/// What stat(2) writes, as far as it is modelled. `st_dev` is the minor number of an anonymous device (major 0).
struct StatBuf {
    u64 st_dev = 0, st_ino = 0;
    u32 st_mode = 0; // type and permissions
    u32 st_nlink = 0, st_uid = 0, st_gid = 0;
    u64 st_size = 0;
    friend bool operator==(const StatBuf&, const StatBuf&) = default;
};

struct DirEntry {
    u64 ino = 0;
    u8 type = 0; // DT_DIR 4, DT_REG 8, DT_LNK 10
    std::string name;
    friend bool operator==(const DirEntry&, const DirEntry&) = default;
};

/// What statmount(2) writes. `mask` says which members it filled in (STATMOUNT::).
struct StatmountBuf {
    u64 mask = 0;
    u32 sb_dev_major = 0, sb_dev_minor = 0, sb_flags = 0;
    u64 sb_magic = 0;
    u64 mnt_id = 0, mnt_parent_id = 0;
    u32 mnt_id_old = 0, mnt_parent_id_old = 0;
    u64 mnt_attr = 0, mnt_propagation = 0, mnt_peer_group = 0, mnt_master = 0, propagate_from = 0, mnt_ns_id = 0;
    std::string fs_type, mnt_root, mnt_point, mnt_opts, sb_source;
    std::string mnt_uidmap, mnt_gidmap; // a line such as "0 100000 1000" for each range, with line feeds between them
    friend bool operator==(const StatmountBuf&, const StatmountBuf&) = default;
};

/// What clone(2) and clone3(2) write, where they are asked to.
struct CloneBuf {
    i32 pidfd = -1, parent_tid = 0;
    friend bool operator==(const CloneBuf&, const CloneBuf&) = default;
};

/// A number that a call writes through a pointer.
struct NumberBuf {
    i64 value = 0;
    friend bool operator==(const NumberBuf&, const NumberBuf&) = default;
};
struct SigsetBuf {
    u64 set = 0;
    friend bool operator==(const SigsetBuf&, const SigsetBuf&) = default;
};
/// struct mnt_ns_info of the ioctls of a mount namespace's file.
struct MntNsInfo {
    u32 size = 0, nr_mounts = 0;
    u64 mnt_ns_id = 0;
    friend bool operator==(const MntNsInfo&, const MntNsInfo&) = default;
};

/// What wait4(2) writes: `status` as the kernel packs it.
struct WaitBuf {
    i32 status = 0;
    friend bool operator==(const WaitBuf&, const WaitBuf&) = default;
};

/// What read, readlink and getcwd write.
struct Bytes {
    std::string data;
    friend bool operator==(const Bytes&, const Bytes&) = default;
};
struct Entries {
    std::vector<DirEntry> entries;
    friend bool operator==(const Entries&, const Entries&) = default;
};
struct Ids {
    std::vector<u64> ids;
    friend bool operator==(const Ids&, const Ids&) = default;
};
struct StatfsBuf {
    u64 f_type = 0; // magic number of the file system
    u64 f_blocks = 0, f_bfree = 0, f_bavail = 0, f_files = 0, f_ffree = 0;
    u64 f_frsize = 4096; // bytes of a block
    friend bool operator==(const StatfsBuf&, const StatfsBuf&) = default;
};

/// The three sets of capget(2) and capset(2).
struct CapSets {
    u64 effective = 0, permitted = 0, inheritable = 0;
    u64 unknown = 0; // what root of this machine has not got, in a container for one: nothing is known of it
    friend bool operator==(const CapSets&, const CapSets&) = default;
};
/// What poll(2) writes of its one descriptor.
struct PollBuf {
    u32 revents = 0; // POLL::
    friend bool operator==(const PollBuf&, const PollBuf&) = default;
};
/// struct pidfd_info of PIDFD_GET_INFO; the cgroup is left out.
struct PidfdInfo {
    u64 mask = 0; // PIDFD::INFO_
    i32 pid = 0, tgid = 0, ppid = 0;
    u32 ruid = 0, rgid = 0, euid = 0, egid = 0, suid = 0, sgid = 0, fsuid = 0, fsgid = 0;
    i32 exit_code = 0;
    friend bool operator==(const PidfdInfo&, const PidfdInfo&) = default;
};

/// struct mount_attr of mount_setattr(2).
struct MountAttr {
    u64 attr_set = 0, attr_clr = 0, propagation = 0, userns_fd = 0;
};
inline constexpr u64 kMountAttrSize = 32; // MOUNT_ATTR_SIZE_VER0

/// struct mnt_id_req of statmount(2) and listmount(2).
struct MntIdReq {
    u64 mnt_id = 0, param = 0, mnt_ns_id = 0;
};

} // namespace nslab
