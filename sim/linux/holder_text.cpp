// Who holds a namespace, in words.

#include <algorithm>

#include "sim/linux/fs/mount.hpp"
#include "sim/linux/holders.hpp"
#include "sim/linux/kernel/internal.hpp"

namespace nslab {

namespace {

using Kind = Holder::Kind;
using Kept = Holder::Kept;

std::string listed(const std::vector<std::string>& words) {
    std::string out;
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (i > 0) out += i + 1 == words.size() ? " and " : ", ";
        out += words[i];
    }
    return out;
}

std::string people(const std::vector<Id<Task>>& tasks, const HolderNames& names) {
    std::vector<std::string> words;
    for (const Id<Task> task : tasks) words.push_back(names.task(task));
    return listed(words);
}

/// Where a mount is, seen from the root of its namespace.
std::string place_of(const Kernel& k, Id<Mount> m) {
    const Id<MntNamespace> ns = k[m].mnt_ns;
    if (!ns || k[ns].anon) return "nowhere";
    const Id<Mount> first = k[ns].root;
    Path root{first, k[first].mnt_root};
    if (const Id<Mount> over = lookup_mnt(k, root.mnt, root.dentry)) root = Path{over, k[over].mnt_root};
    return path_text(k, Path{m, k[m].mnt_root}, root).text;
}

std::string places(const Kernel& k, const std::vector<Id<Mount>>& mounts) {
    std::vector<std::string> words;
    for (const Id<Mount> m : mounts) {
        const std::string place = place_of(k, m);
        if (std::find(words.begin(), words.end(), place) == words.end()) words.push_back(place);
    }
    return listed(words);
}

std::vector<std::string> file_text(const Kernel& k, const Holder& h, const HolderNames& names) {
    std::vector<std::string> out;
    if (!h.tasks.empty()) out.push_back("a file open in " + people(h.tasks, names));
    if (!h.mounts.empty())
        out.push_back((h.mounts.size() > 1 ? "the bind mounts " : "the bind mount ") + places(k, h.mounts));
    if (out.empty()) out.emplace_back("its file");
    return out;
}

std::string super_text(const Kernel& k, const Holder& h) {
    const SuperBlock& sb = k[Id<SuperBlock>{h.index}];
    const std::string type(fs_type_name(sb.type));
    if (h.mounts.empty()) return "the kernel's own " + type;
    return "the " + type + " mounted on " + places(k, h.mounts);
}

/// Credentials that no task has any more: "the credentials with which the program of sh2 was executed".
std::string kept_cred_text(const Holder& h, const HolderNames& names) {
    std::vector<std::string> ways;
    for (const auto& [how, tasks] : h.kept) {
        const std::string who = people(tasks, names);
        if (how == Kept::program) ways.push_back("the program of " + who + " was executed");
        if (how == Kept::file) ways.push_back("a file of " + who + " was opened");
        if (how == Kept::context) ways.push_back(who + " configures a file system");
    }
    return ways.empty() ? "the credentials of whoever opened a file" : "the credentials with which " + listed(ways);
}

/// A number that no task has any more: "the PID of a process that is gone, which a pidfd of sh1 holds".
std::string kept_pid_text(const Kernel& k, const Holder& h, const HolderNames& names) {
    std::vector<std::string> ways;
    for (const auto& [how, tasks] : h.kept) {
        const std::string who = people(tasks, names);
        if (how == Kept::pidfd) ways.push_back("which a pidfd of " + who + " holds");
        if (how == Kept::proc) ways.push_back("below whose directory in /proc " + who + " has a file open");
        if (how == Kept::place)
            ways.push_back("in whose directory in /proc " + who + (tasks.size() > 1 ? " are" : " is"));
        if (how == Kept::group)
            ways.push_back("whose process group " + who + (tasks.size() > 1 ? " are" : " is") + " in");
        if (how == Kept::session) ways.push_back("whose session " + who + (tasks.size() > 1 ? " are" : " is") + " in");
    }
    if (!h.mounts.empty()) ways.push_back("whose directory in /proc is mounted on " + places(k, h.mounts));
    return "the PID of a process that is gone" + (ways.empty() ? std::string() : ", " + listed(ways));
}

} // namespace

std::vector<std::string> holder_text(const Kernel& k, const Holder& h, const HolderNames& names) {
    const std::string who = people(h.tasks, names);
    switch (h.kind) {
    case Kind::nsproxy: {
        const bool later = h.field == "pid_ns_for_children" || h.field == "time_ns_for_children";
        return {"the nsproxy of " + who + (later ? ", for children" : "")};
    }
    case Kind::cred: return {who.empty() ? kept_cred_text(h, names) : "the credentials of " + who};
    case Kind::mm:
        if (who.empty())
            return {"the memory of a process that is gone, of which " + people(h.kept.front().second, names) +
                    " has a file of /proc open"};
        return {"the memory of " + who};
    case Kind::pid:
        if (who.empty()) return {kept_pid_text(k, h, names)};
        return {"the PID of " + who + (k[h.tasks[0]].exit_state == ExitState::zombie ? ", a zombie" : "")};
    case Kind::child: return {names.ns(h.ns) + " inside of it"};
    case Kind::owned: return {names.ns(h.ns) + ", which it owns"};
    case Kind::ucounts: return {"the limits of user " + std::to_string(k[Id<Ucounts>{h.index}].uid) + " in it"};
    case Kind::nsfs: return file_text(k, h, names);
    case Kind::super: return {super_text(k, h)};
    case Kind::owner: return {super_text(k, h) + ", which it owns"};
    case Kind::fs_context: return {"a file system that " + who + " configures"};
    case Kind::proc_file: return {"a file of /proc open in " + who};
    case Kind::detached: return {"a detached tree open in " + who};
    }
    return {};
}

} // namespace nslab
