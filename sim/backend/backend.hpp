#pragma once
// A world that can be played: the model, or the kernel of this machine inside a sandbox. The player, the commands of
// the terminals and the comparison see nothing else.

#include <optional>
#include <string>
#include <vector>

#include "sim/linux/release.hpp"
#include "sim/syscall/syscall.hpp"

namespace nslab {

/// A process that stands for an actor of the scenario. The player chooses the numbers; 1 is init, 2 is sh1, and a call
/// that makes a process is told the number of the new one.
enum class Actor : u32 { none = 0, init = 1, sh1 = 2 };

/// Which namespace of each type a process is in. Numbers are inode numbers of nsfs, the same object has the same
/// number.
struct NamespaceIds {
    u64 mnt = 0, uts = 0, ipc = 0, pid = 0, pid_for_children = 0, net = 0, user = 0, cgroup = 0, time = 0,
        time_for_children = 0;
};

/// Who a process is and what it may do. Ids are those of the world's first user namespace.
struct CredObservation {
    std::vector<i32> uid, gid; // real, effective, saved, for files
    std::vector<i32> groups;   // supplementary ones, in ascending order
    u64 inheritable = 0, permitted = 0, effective = 0, bounding = 0, ambient = 0; // CAP:: bits
    // What its user namespace maps, as /proc/PID/uid_map and its neighbours say it to the first one; empty of that.
    std::string uid_map, gid_map, projid_map, setgroups;
};

/// Signals, a bit for each, as /proc/PID/status shows them.
struct SignalObservation {
    u64 pending = 0, shared_pending = 0, blocked = 0, ignored = 0, caught = 0;
};

struct ActorObservation {
    Actor actor = Actor::none;
    enum class State : u8 { running, blocked, stopped, zombie, gone } state = State::running;
    i32 exit_code = 0;                             // of a zombie, as wait4 would write it
    i32 pid = 0;                                   // in the PID namespace of the world; 0 where it has none there
    i32 ppid = 0;                                  // of its parent there; 0 where that lies outside
    std::vector<i32> nstgid, nspid, nspgid, nssid; // in each level from the world's inwards
    CredObservation cred;
    SignalObservation signals;
    NamespaceIds ns;
    std::string root, cwd; // as /proc/PID/root and cwd link to
    // Open descriptors from 3 on; with each the inode number of the namespace whose file it is, or 0.
    std::vector<std::pair<i32, u64>> fds;
    // Each 0 where it cannot be had: the kernel's count of each of `ns`, the identity of what tasks share, and how many
    // share the nsproxy.
    NamespaceIds counts;
    u64 nsproxy = 0, fs = 0, files = 0, mm = 0, sighand = 0;
    u32 nsproxy_count = 0;
    std::string mountinfo; // text of /proc/PID/mountinfo
};

/// One mount of a whole namespace or of a detached tree, as statmount(2) tells it.
struct MountObservation {
    u64 id = 0, parent = 0;                     // never used again
    u32 dev = 0;                                // minor
    std::string root, source, fs_type, options; // options as mountinfo shows the mount's own
    u64 attr = 0, propagation = 0;              // MOUNT_ATTR:: and MS:: bits
    u64 peer_group = 0, master = 0;
    std::string uid_map, gid_map; // of an id-mapped mount, as the first user namespace sees it
};

/// All mounts of one mount namespace, in order, also those that no actor can reach; `via` says how it was found.
struct TreeObservation {
    u64 ns = 0;                 // inode number; 0 for a detached tree
    Actor holder = Actor::none; // of a detached tree: who has the descriptor
    i32 fd = -1;
    std::vector<MountObservation> mounts;
};

/// A namespace that lives, whoever holds it: a process, a file, a mount, another namespace.
struct NamespaceObservation {
    u64 type = 0;  // CLONE::NEW*
    u64 id = 0;    // never used again
    u64 inum = 0;  // of nsfs, which is
    u64 count = 0; // 0 where the world shares it with the machine
};

struct Observation {
    std::vector<ActorObservation> actors; // in order of their numbers
    // All of the world, in the order of their making; `all_namespaces` is false where the kernel cannot be asked.
    std::vector<NamespaceObservation> namespaces;
    bool all_namespaces = false;
    u64 capabilities = ~u64{0};         // those that the first process of the world has
    std::vector<TreeObservation> trees; // namespaces by their first holder, then detached trees by holder and fd
    // Peer groups are handed out by the whole machine, so their numbers are compared by what they join, not by value.
    bool whole_trees = true; // false where the kernel has no statmount and listmount
};

/// The rules by which both worlds begin. See the design, "The world at boot".
struct BootOptions {
    enum class Kind : u8 { plain, systemd, mountinfo } kind = Kind::plain; // systemd: / and everything below it shared
    // mountinfo: the texts of saved /proc/PID/mountinfo files, with the name of the actor that each stands for.
    std::vector<std::pair<std::string, std::string>> mountinfo;
    std::optional<u32> mount_max;      // sysctl fs.mount-max, in the model only
    std::optional<u64> totalram_pages; // the memory of the machine, in the model only
};

class Backend {
  public:
    virtual ~Backend() = default;

    /// Performs a call in the process of `who`. `child` is the number that the new process gets, where the call makes
    /// one; the player then knows it by that number.
    virtual Outcome call(Actor who, const Syscall& c, Actor child = Actor::none) = 0;

    /// What became of a call that blocked: nothing while it still sleeps.
    virtual std::optional<Outcome> resume(Actor who) = 0;

    /// Everything that is compared. Leaves nothing open and changes nothing.
    virtual Observation observe() = 0;

    /// Whether the process still runs (a zombie does not).
    virtual bool alive(Actor who) = 0;

    /// "model" or "kernel", and the release that it is.
    virtual std::string_view name() const = 0;
    virtual Release release() const = 0;

    /// The reasons of the last call, where the backend has them (the model, while explaining).
    virtual std::vector<std::string> reasons() { return {}; }
};

} // namespace nslab
