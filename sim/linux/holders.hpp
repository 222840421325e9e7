#pragma once
// Who holds a namespace, by name. The count of a namespace is the number of its holders: audit() walks the same list.

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/linux/kernel.hpp"

namespace nslab {

/// A namespace of any type: `index` is that of Id<MntNamespace> or Id<Namespace>.
struct NsRef {
    NsType type = NsType::none;
    u32 index = 0;
    friend bool operator==(const NsRef&, const NsRef&) = default;
};

/// One reference to a namespace.
struct Holder {
    /// How credentials, memory or a struct pid live on although no task has them any more.
    enum class Kept : u8 {
        program, // cred: executed with them
        file,    // cred: opened with them
        context, // cred: a file system is being configured with them
        pidfd,   // pid
        proc,    // pid: an open file or directory below /proc/PID; mm: an open maps, mem or environ there
        place,   // pid: a root or working directory there
        group,   // pid: it names a process group
        session, // pid: and a session
    };
    enum class Kind : u8 {
        nsproxy,    // a pointer of an nsproxy; `field` says which
        cred,       // user: credentials
        mm,         // user: memory, in which it was made
        pid,        // pid: a struct pid, of a living task, a zombie, or a pidfd
        child,      // user and pid: a namespace inside of it, `ns`
        owned,      // user: a namespace that belongs to it, `ns`
        ucounts,    // user: what a user has in it
        nsfs,       // its file, opened or mounted any number of times
        super,      // pid: a mounted proc
        owner,      // user: a super block that belongs to it
        fs_context, // a file system that is being configured
        proc_file,  // an open file of /proc that shows it
        detached,   // mnt: a tree that only a descriptor holds
    } kind = Kind::nsproxy;
    std::string_view field; // as the kernel names it: "uts_ns"
    u32 index = 0;          // handle of the object that holds
    NsRef ns;               // child and owned
    // Who is behind it: the tasks that share or have opened it, the mounts by which it can be seen.
    std::vector<Id<Task>> tasks;
    std::vector<Id<Mount>> mounts;
    std::vector<std::pair<Kept, std::vector<Id<Task>>>> kept{}; // of cred, mm and pid, where there are no tasks
};

/// Calls `f` for each reference to each namespace, with the handles only. Source: docs/counts.md.
void walk_holders(const Kernel& k, const std::function<void(NsRef held, const Holder&)>& f);
/// The holders of one namespace, with who is behind them; as many as its count says.
std::vector<Holder> holders(const Kernel& k, NsRef ns);
/// The tasks that share an nsproxy; as many as its count says.
std::vector<Id<Task>> holders(const Kernel& k, Id<Nsproxy> nsproxy);

/// How people call tasks and namespaces.
struct HolderNames {
    std::function<std::string(Id<Task>)> task;
    std::function<std::string(NsRef)> ns;
};
/// A holder as phrases: "the nsproxy of sh1 and sh2"; of the file of a namespace "a file open in sh3" and "the bind
/// mount /run/netns/darlene", which are one holder.
std::vector<std::string> holder_text(const Kernel& k, const Holder& holder, const HolderNames& names);

} // namespace nslab
