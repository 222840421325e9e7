// What can be seen of a world from outside, changing nothing: files of /proc/PID, and statmount(2) and listmount(2)
// with the ids of namespaces. No path is walked into the world's mounts, since that alone clears the mark of
// MNT_EXPIRE.
//
// Left out: trees of mounts that hang on a descriptor only. No kernel up to 6.18 tells of an anonymous mount namespace:
// it has no id that listmount(2) takes and no file on nsfs.

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "sim/host/policy.hpp"
#include "sim/host/world.hpp"

namespace nslab::host {

namespace {

constexpr unsigned long kNsGetMntnsId = 0x8008b705; // NS_GET_MNTNS_ID, of <linux/nsfs.h> since 6.11

std::string link_text(int proc, const char* name) {
    char text[kPathMax];
    const ssize_t n = readlinkat(proc, name, text, sizeof text);
    return n < 0 ? std::string() : std::string(text, static_cast<std::size_t>(n));
}

/// A mount's own options as mountinfo shows them. Source: fs/proc_namespace.c, show_vfsmnt_opts().
std::string options_of(u64 attr) {
    std::string s = attr & MOUNT_ATTR::RDONLY ? "ro" : "rw";
    if (attr & MOUNT_ATTR::NOSUID) s += ",nosuid";
    if (attr & MOUNT_ATTR::NODEV) s += ",nodev";
    if (attr & MOUNT_ATTR::NOEXEC) s += ",noexec";
    if ((attr & MOUNT_ATTR::ATIME) == MOUNT_ATTR::NOATIME) s += ",noatime";
    if (attr & MOUNT_ATTR::NODIRATIME) s += ",nodiratime";
    if ((attr & MOUNT_ATTR::ATIME) == MOUNT_ATTR::RELATIME) s += ",relatime";
    if (attr & MOUNT_ATTR::NOSYMFOLLOW) s += ",nosymfollow";
    if (attr & MOUNT_ATTR::IDMAP) s += ",idmapped";
    return s;
}

/// An id map as the world sees it that an ordinary user has made: he is its root.
std::string as_in_world(std::string map, u32 user) {
    const std::string name = " " + std::to_string(user) + " "; // only what is in the middle of a line
    for (std::size_t at; (at = map.find(name)) != std::string::npos && user != 0;) map.replace(at, name.size(), " 0 ");
    return map;
}

std::optional<StatmountBuf> statmount(u64 ns, u64 mount, u64 mask, std::vector<char>& buffer) {
    raw::MntIdReqBuf request;
    request.mnt_id = mount;
    request.param = mask;
    request.mnt_ns_id = ns;
    if (buffer.size() < 65536) buffer.resize(65536);
    for (;;) {
        const i64 r =
            raw::call(raw::nr_statmount, raw::address(&request), raw::address(buffer.data()), buffer.size(), 0);
        if (r == -static_cast<i64>(E::OVERFLOW) && buffer.size() < (std::size_t{1} << 24)) {
            buffer.resize(2 * buffer.size());
            continue;
        }
        if (r != 0) return std::nullopt;
        return read_statmount(buffer.data());
    }
}

/// Mounts of namespace `ns` below `mount`, in the order of their ids.
std::optional<std::vector<u64>> listmount(u64 ns, u64 mount, std::size_t room) {
    raw::MntIdReqBuf request;
    request.mnt_id = mount;
    request.mnt_ns_id = ns;
    std::vector<u64> all;
    for (;;) {
        const std::size_t used = all.size();
        all.resize(used + room);
        const i64 n = raw::call(raw::nr_listmount, raw::address(&request), raw::address(all.data() + used), room, 0);
        if (n < 0) return std::nullopt;
        all.resize(used + static_cast<std::size_t>(n));
        if (static_cast<std::size_t>(n) < room || room == 1) return all;
        request.param = all.back();
    }
}

/// Takes `option` from every tmpfs that shows it.
void drop_option(std::string& mountinfo, const std::string& option) {
    std::size_t at = 0;
    while ((at = mountinfo.find(" - tmpfs ", at)) != std::string::npos) {
        const std::size_t end = mountinfo.find('\n', at), found = mountinfo.find(option, at);
        if (found != std::string::npos && found < end) mountinfo.erase(found, option.size());
        ++at;
    }
}

} // namespace

u64 link_number(int proc, const char* name) {
    char text[64];
    const ssize_t n = readlinkat(proc, name, text, sizeof text - 1);
    if (n <= 0) return 0;
    text[n] = 0;
    const char* at = text;
    while (*at && *at != '[') ++at;
    return *at ? std::strtoull(at + 1, nullptr, 10) : 0;
}

void World::note_namespace(const Agent& agent) {
    const Descriptor file(openat(agent.proc.get(), "ns/mnt", O_RDONLY | O_CLOEXEC));
    struct stat st {};
    u64 id = 0;
    if (!file || fstat(file.get(), &st) != 0 || ioctl(file.get(), kNsGetMntnsId, &id) != 0) return;
    namespaces_[id].inum = st.st_ino;
    find_root(id, namespaces_[id]); // before everything in it may be umounted: listmount(2) says nothing of it then
}

/// The numbers that a task, its parent, its group and its session have, as /proc/PID/status tells them.
void World::observe_numbers(ActorObservation& o, const std::string& status) {
    const auto inwards = [&](const char* name) {
        auto numbers = numbers_of(status, name).value_or(std::vector<i32>());
        numbers.erase(numbers.begin(), numbers.begin() + static_cast<std::ptrdiff_t>(std::min(level_, numbers.size())));
        return numbers;
    };
    o.nstgid = inwards("NStgid");
    o.nspid = inwards("NSpid");
    o.nspgid = inwards("NSpgid");
    o.nssid = inwards("NSsid");
    const auto parent = numbers_of(status, "PPid");
    if (!parent || parent->empty()) return;
    for (const auto& [actor, agent] : agents_)
        if (agent.proc && agent.outer_pid == parent->front() && !agent.nspid.empty()) o.ppid = agent.nspid.front();
}

/// Ids, capabilities and signals of a task, as /proc/PID/status tells them, and the maps of its user namespace.
void World::observe_cred(ActorObservation& o, const std::string& status, int proc) {
    // In a user namespace of our own the world's one id is called otherwise out here.
    const auto ids = [&](const char* name, u32 ours) {
        auto numbers = numbers_of(status, name).value_or(std::vector<i32>());
        for (i32& id : numbers)
            if (rootless_ && static_cast<u32>(id) == ours) id = 0;
        return numbers;
    };
    o.cred.uid = ids("Uid", geteuid());
    o.cred.gid = ids("Gid", getegid());
    o.cred.groups = ids("Groups", getegid());
    if (o.cred.groups == first_groups_) o.cred.groups.clear(); // the machine's, which a user namespace cannot leave
    o.cred.inheritable = bits_of(status, "CapInh");
    o.cred.permitted = bits_of(status, "CapPrm");
    o.cred.effective = bits_of(status, "CapEff");
    o.cred.bounding = bits_of(status, "CapBnd");
    o.cred.ambient = bits_of(status, "CapAmb");
    o.signals = {bits_of(status, "SigPnd"), bits_of(status, "ShdPnd"), bits_of(status, "SigBlk"),
                 bits_of(status, "SigIgn"), bits_of(status, "SigCgt")};
    if (o.ns.user == user_inum_) return;
    const auto map = [&](const char* name, u32 ours) {
        std::string text = read_file(proc, name, buffer_);
        if (!rootless_) return text;
        std::string out;
        unsigned first = 0, lower = 0, count = 0;
        int used = 0;
        for (const char* at = text.c_str(); std::sscanf(at, "%u %u %u\n%n", &first, &lower, &count, &used) == 3;
             at += used) {
            char line[64];
            std::snprintf(line, sizeof line, "%10u %10u %10u\n", first, lower == ours ? 0 : lower, count);
            out += line;
        }
        return out;
    };
    o.cred.uid_map = map("uid_map", geteuid());
    o.cred.gid_map = map("gid_map", getegid());
    o.cred.projid_map = map("projid_map", 0);
    // Our own user namespace forbids setgroups(2) in all below it, which says nothing about the world.
    if (!rootless_) o.cred.setgroups = read_file(proc, "setgroups", buffer_);
}

/// The inode number that a file of /proc/PID/fdinfo tells, since 5.14; 0 where it does not.
u64 file_ino(const std::string& text) {
    const auto at = text.find("\nino:");
    return at == std::string::npos ? 0 : std::strtoull(text.c_str() + at + 5, nullptr, 10);
}
constexpr u64 kFirstInum = 0xEFFFFFF0; // those of the machine's first namespaces end with 0xEFFFFFFF
dev_t nsfs_dev() {
    struct stat st {};
    return stat("/proc/self/ns/mnt", &st) == 0 ? st.st_dev : 0;
}

void World::observe_fds(ActorObservation& o, int proc) {
    const Descriptor fds(openat(proc, "fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    const Descriptor info(openat(proc, "fdinfo", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fds) return;
    alignas(8) char entries[4096];
    for (i64 n;
         (n = raw::call(raw::nr_getdents64, static_cast<u64>(fds.get()), raw::address(entries), sizeof entries)) > 0;)
        for (i64 at = 0; at < n;) {
            const char* entry = entries + at;
            u16 length = 0;
            std::memcpy(&length, entry + 16, sizeof length);
            at += length;
            const char* name = entry + 19;
            const int fd = std::atoi(name);
            if (fd < 3) continue; // "." and ".." too
            // The link says "uts:[4026532180]", or the path of a mount. Only what may be a namespace is looked at.
            const u64 ino = info ? file_ino(read_file(info.get(), name, buffer_)) : 0;
            struct stat st {};
            const bool is_namespace =
                ino >= kFirstInum && fstatat(fds.get(), name, &st, 0) == 0 && st.st_dev == nsfs_dev();
            o.fds.emplace_back(fd, is_namespace ? ino : 0);
        }
}

ActorObservation World::observe_actor(Agent& agent) {
    ActorObservation o;
    o.actor = agent.actor;
    const ProcStat stat = look_at(agent);
    if (stat.gone()) {
        o.state = ActorObservation::State::gone;
        return o;
    }
    o.pid = agent.nspid.empty() ? 0 : agent.nspid.front();
    const int proc = agent.proc.get();
    const std::string status = read_file(proc, "status", buffer_);
    observe_numbers(o, status);
    if (stat.dead()) {
        o.state = ActorObservation::State::zombie;
        o.exit_code = stat.exit_code;
        return o;
    }
    if (agent.pending || stat.exiting) o.state = ActorObservation::State::blocked;
    if (stat.state == 'T') o.state = ActorObservation::State::stopped;
    o.ns.mnt = link_number(proc, "ns/mnt");
    o.ns.uts = link_number(proc, "ns/uts");
    o.ns.ipc = link_number(proc, "ns/ipc");
    o.ns.pid = link_number(proc, "ns/pid");
    o.ns.pid_for_children = link_number(proc, "ns/pid_for_children");
    o.ns.net = link_number(proc, "ns/net");
    o.ns.user = link_number(proc, "ns/user");
    o.ns.cgroup = link_number(proc, "ns/cgroup");
    o.ns.time = link_number(proc, "ns/time");
    o.ns.time_for_children = link_number(proc, "ns/time_for_children");
    observe_cred(o, status, proc);
    observe_fds(o, proc);
    if (options_.read_root_and_cwd) {
        // As seen from the top of the mount tree that it lies in: ours is no ancestor of it.
        o.root = link_text(proc, "root");
        o.cwd = link_text(proc, "cwd");
    }
    o.mountinfo = read_file(proc, "mountinfo", buffer_);
    // A tmpfs made in a user namespace shows the ids outside of it to everybody. Inside, where they are 0, nothing is
    // to be shown: so root's own would look.
    if (rootless_ && geteuid() != 0) {
        drop_option(o.mountinfo, ",uid=" + std::to_string(geteuid()) + ",gid=" + std::to_string(getegid()));
    }
    // A kernel built with CONFIG_TMPFS_INODE64 (Debian's are) says so of every tmpfs, beginning with init's root.
    if (!shows_inode64_) shows_inode64_ = o.mountinfo.substr(0, o.mountinfo.find('\n')).ends_with(",inode64");
    if (*shows_inode64_) drop_option(o.mountinfo, ",inode64");
    return o;
}

/// Finds the rootfs of a namespace, from any mount upwards. False where nothing can be told of the namespace.
bool World::find_root(u64 id, KnownNamespace& ns) {
    if (ns.root != 0) return true;
    const auto any = listmount(id, kLsmtRoot, 1);
    if (!any || any->empty()) return false;
    for (u64 mount = any->front(); ns.root == 0;) {
        const auto basic = host::statmount(id, mount, STATMOUNT::MNT_BASIC, buffer_);
        if (!basic) return false;
        if (basic->mnt_parent_id == mount) ns.root = mount;
        mount = basic->mnt_parent_id;
    }
    return true;
}

/// All mounts of a namespace but its rootfs, which is the machine's; nothing where the namespace is gone.
std::optional<TreeObservation> World::observe_tree(u64 id, KnownNamespace& ns) {
    if (!find_root(id, ns)) return std::nullopt;
    const auto mounts = listmount(id, ns.root, 1024);
    if (!mounts) return std::nullopt;
    TreeObservation tree;
    tree.ns = ns.inum;
    constexpr u64 mask = STATMOUNT::SB_BASIC | STATMOUNT::MNT_BASIC | STATMOUNT::MNT_ROOT | STATMOUNT::FS_TYPE |
                         STATMOUNT::SB_SOURCE | STATMOUNT::MNT_UIDMAP | STATMOUNT::MNT_GIDMAP;
    for (const u64 mount : *mounts) {
        const auto s = host::statmount(id, mount, mask, buffer_);
        if (!s) continue;
        MountObservation m;
        m.id = s->mnt_id;
        m.parent = s->mnt_parent_id;
        m.dev = s->sb_dev_minor;
        m.root = s->mnt_root;
        m.source = s->sb_source;
        m.fs_type = s->fs_type;
        m.options = options_of(s->mnt_attr);
        m.attr = s->mnt_attr;
        m.propagation = s->mnt_propagation;
        m.peer_group = s->mnt_peer_group;
        m.master = s->mnt_master;
        m.uid_map = rootless_ ? as_in_world(s->mnt_uidmap, geteuid()) : s->mnt_uidmap;
        m.gid_map = rootless_ ? as_in_world(s->mnt_gidmap, getegid()) : s->mnt_gidmap;
        tree.mounts.push_back(std::move(m));
    }
    return tree;
}

void World::observe_trees(Observation& all) {
    // Until 6.12 statmount does not tell a mount's source.
    if (namespaces_.empty() || release() < Release{6, 13, 0}) {
        all.whole_trees = false;
        return;
    }
    std::vector<TreeObservation> held, free;
    for (auto it = namespaces_.begin(); it != namespaces_.end();) {
        const auto holder = std::find_if(all.actors.begin(), all.actors.end(),
                                         [&](const ActorObservation& a) { return a.ns.mnt == it->second.inum; });
        auto tree = observe_tree(it->first, it->second);
        // An inode number is used again; then the youngest has it.
        const bool another = std::any_of(std::next(it), namespaces_.end(),
                                         [&](const auto& other) { return other.second.inum == it->second.inum; });
        if (!tree && !another && holder != all.actors.end()) {
            tree.emplace(); // it lives, and is one of those that no kernel tells of: see first_mount_for_others()
            tree->ns = it->second.inum;
        }
        if (!tree) { // it is gone, or will be noted again by whoever enters it
            it = namespaces_.erase(it);
            continue;
        }
        if (holder != all.actors.end()) tree->holder = holder->actor;
        (holder != all.actors.end() ? held : free).push_back(std::move(*tree));
        ++it;
    }
    std::stable_sort(held.begin(), held.end(),
                     [](const TreeObservation& a, const TreeObservation& b) { return a.holder < b.holder; });
    all.trees = std::move(held);
    std::move(free.begin(), free.end(), std::back_inserter(all.trees));
}

Observation World::observe() {
    Observation all;
    if (std::exchange(looked_, true)) settle(); // what was seen at first may not have been where it ends
    for (auto& [actor, agent] : agents_) all.actors.push_back(observe_actor(agent));
    all.capabilities = capabilities_;
    observe_trees(all);
    observe_counts(all);
    return all;
}

} // namespace nslab::host
