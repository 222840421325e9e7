#include "sim/backend/saved_propagation.hpp"

#include <optional>
#include <set>

namespace nslab {
namespace {

std::string group_number(int group) { return "peer group " + std::to_string(group); }

class Groups {
  public:
    Groups(Kernel& k, const SavedMachine& saved, const std::map<int, Id<Mount>>& mounts)
        : k(k), saved(saved), mounts(mounts) {}

    void make() {
        for (const SavedNamespace& space : saved.spaces)
            for (const int id : space.order)
                if (!saved.mounts.at(id).hidden) collect(saved.mounts.at(id).line);
        masters_that_are_not_shown();
        no_circles();
        for (const auto& [number, group] : groups) make_group(number, group);
        follow_masters();
    }

  private:
    struct Group {
        std::vector<int> members;            // oldest first
        std::optional<int> master;           // 0 is none; nothing where it is not known
        std::set<int> follows;               // groups that propagate_from puts somewhere above it
        const MountinfoLine* line = nullptr; // one that tells the file system
    };

    void same_file_system(int number, Group& group, const MountinfoLine& line) {
        if (!group.line) group.line = &line;
        if (group.line->major != line.major || group.line->minor != line.minor)
            saved_error(group_number(number) + " joins mounts of two file systems, mount " +
                            std::to_string(group.line->id) + " and mount " + std::to_string(line.id),
                        {line.id, SavedField::device});
    }

    void collect(const MountinfoLine& line) {
        if (line.shared) {
            Group& group = groups[line.shared];
            same_file_system(line.shared, group, line);
            if (group.master && *group.master != line.master)
                saved_error(group_number(line.shared) + " has two masters, " + std::to_string(*group.master) + " and " +
                                std::to_string(line.master),
                            {line.id, line.master ? SavedField::master : SavedField::shared});
            group.master = line.master;
            group.members.push_back(line.id);
        }
        if (line.master) {
            Group& master = groups[line.master];
            same_file_system(line.master, master, line);
            if (line.propagate_from) master.follows.insert(line.propagate_from);
        }
        if (line.propagate_from) same_file_system(line.propagate_from, groups[line.propagate_from], line);
    }

    /// A group that no file shows follows the lowest of those that are said to be above it.
    void masters_that_are_not_shown() {
        for (auto& [number, group] : groups) {
            if (group.master) continue;
            std::optional<int> best;
            for (const int candidate : group.follows)
                if (!best || is_above(*best, candidate)) best = candidate;
            group.master = best.value_or(0);
        }
    }

    bool is_above(int above, int below) const {
        std::set<int> seen;
        for (int g = below; seen.insert(g).second;) {
            const auto it = groups.find(g);
            if (it == groups.end() || !it->second.master || !*it->second.master) return false;
            g = *it->second.master;
            if (g == above) return true;
        }
        return false;
    }

    void no_circles() const {
        for (const auto& [number, group] : groups)
            if (is_above(number, number))
                saved_error(group_number(number) + " is a slave of itself, in a circle",
                            {group.members.empty() ? -1 : group.members.front(), SavedField::master});
    }

    void make_group(int number, const Group& group) {
        k.mnt_group_ida.take(static_cast<u32>(number));
        if (group.members.empty()) {
            first[number] = hidden_member(*group.line, number);
            enter(first[number], number, {});
            return;
        }
        for (const int id : group.members) {
            const auto [it, fresh] = first.emplace(number, mounts.at(id));
            enter(mounts.at(id), number, fresh ? Id<Mount>{} : it->second);
        }
    }

    void enter(Id<Mount> m, int group, Id<Mount> old) {
        k[m].mnt_group_id = group;
        set_mnt_shared(k, m);
        if (old) share_add_behind(k, m, old);
    }

    void follow_masters() {
        for (const auto& [number, group] : groups)
            if (*group.master) follow(first.at(number), *group.master);
        for (const SavedNamespace& space : saved.spaces)
            for (const int id : space.order) {
                const MountinfoLine& line = saved.mounts.at(id).line;
                if (line.master && !line.shared) follow(mounts.at(id), line.master);
            }
    }

    /// A mount and its peers become slaves; peers stand behind one another.
    void follow(Id<Mount> slave, int group) {
        const Id<Mount> master = first.at(group);
        slave_add_head(k, slave, master);
        k[slave].mnt_master = master;
        for (Id<Mount> m = slave, peer; (peer = k[m].mnt_share_next) != slave; m = peer) {
            slave_add_behind(k, peer, m);
            k[peer].mnt_master = master;
        }
    }

    /// A mount of the whole file system, where nobody sees it.
    Id<Mount> hidden_member(const MountinfoLine& like, int number) {
        const Id<Mount> slave = mounts.at(like.id);
        Id<Dentry> root = k[mnt_sb(k, slave)].s_root;
        if (!is_subdir(k, k[slave].mnt_root, root)) root = k[slave].mnt_root; // a namespace's file
        const Id<Mount> m = vfs_create_mount(k, root, like.source);
        add_to_nobody(m, "group " + std::to_string(number), d_inode(k, root).kind);
        return m;
    }

    void add_to_nobody(Id<Mount> m, std::string_view place, InodeKind kind) {
        const Id<MntNamespace> ns = nobody();
        const Id<Mount> top = k[ns].root;
        const bool dir = kind == InodeKind::dir;
        const Id<Inode> inode =
            new_inode(k, mnt_sb(k, top), dir ? InodeKind::dir : InodeKind::file, dir ? u16{0755} : u16{0644});
        if (dir) ++d_inode(k, k[top].mnt_root).i_nlink;
        mnt_add_to_ns(k, ns, m);
        ++k[ns].nr_mounts;
        attach_mnt(k, m, top, d_add(k, k[top].mnt_root, place, inode));
    }

    /// A namespace that no process is in. It lives by its own file, which is bound inside of it.
    Id<MntNamespace> nobody() {
        if (nobody_) return nobody_;
        nobody_ = *alloc_mnt_ns(k, {}, task_user_ns(k, k.init), false);
        Id<Mount> old = k[k[k[k.init].nsproxy].mnt_ns].root;
        const Id<Mount> top = clone_mnt(k, old, k[old].mnt_root, CL::PRIVATE);
        k[nobody_].root = top;
        mnt_add_to_ns(k, nobody_, top);
        ++k[nobody_].nr_mounts;
        const HeldPath file = ns_get_path(k, NsType::mnt, nobody_.index);
        add_to_nobody(vfs_create_mount(k, file->dentry, "nsfs"), "nobody", InodeKind::ns_file);
        --k[nobody_].ns.count; // that of its making; the file's remains
        return nobody_;
    }

    Kernel& k;
    const SavedMachine& saved;
    const std::map<int, Id<Mount>>& mounts;
    std::map<int, Group> groups;
    std::map<int, Id<Mount>> first; // the oldest of each group
    Id<MntNamespace> nobody_;
};

} // namespace

void make_propagation(Kernel& k, const SavedMachine& saved, const std::map<int, Id<Mount>>& mounts) {
    Groups(k, saved, mounts).make();
}

} // namespace nslab
