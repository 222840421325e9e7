// A machine that begins as saved /proc/PID/mountinfo files say. What mountinfo does not tell is chosen: peers and
// slaves stand in the order of their ids; a mount's root is a directory.

#include "sim/backend/boot_mountinfo.hpp"

#include <map>
#include <set>
#include <stdexcept>

#include "sim/backend/mountinfo.hpp"
#include "sim/linux/fs/mount.hpp"

namespace nslab {

namespace {

struct SavedMount {
    MountinfoLine line;
    std::size_t space = 0; // which namespace
    Id<Mount> mount;
};

FsType type_of(std::string_view name) {
    const auto known = get_fs_type(name);
    return known ? *known : FsType::foreign;
}

u32 mount_flags(std::string_view options) {
    u32 flags = 0;
    const auto have = [&](std::string_view word) {
        for (std::size_t at = 0; at <= options.size();) {
            const std::size_t end = std::min(options.find(',', at), options.size());
            if (options.substr(at, end - at) == word) return true;
            at = end + 1;
        }
        return false;
    };
    if (have("ro")) flags |= MNT::READONLY;
    if (have("nosuid")) flags |= MNT::NOSUID;
    if (have("nodev")) flags |= MNT::NODEV;
    if (have("noexec")) flags |= MNT::NOEXEC;
    if (have("noatime")) flags |= MNT::NOATIME;
    if (have("nodiratime")) flags |= MNT::NODIRATIME;
    if (have("relatime")) flags |= MNT::RELATIME;
    if (have("nosymfollow")) flags |= MNT::NOSYMFOLLOW;
    return flags;
}

class Builder {
  public:
    Builder(Kernel& k, const std::vector<std::pair<std::string, std::string>>& files) : k(k), files(files) {}

    void build() {
        read();
        leave_old_world();
        make_mounts();
        attach();
        join_groups();
        follow_masters();
        settle_tasks();
    }

  private:
    /// Files of one namespace show some of the same ids.
    void read() {
        for (const auto& [actor, text] : files) {
            const auto lines = parse_mountinfo(text);
            if (lines.empty()) throw std::runtime_error(actor + ": this is no mountinfo");
            std::size_t space = spaces;
            for (const MountinfoLine& line : lines)
                if (const auto it = saved.find(line.id); it != saved.end()) space = it->second.space;
            if (space == spaces) ++spaces;
            for (const MountinfoLine& line : lines) {
                const auto [it, fresh] = saved.emplace(line.id, SavedMount{line, space, {}});
                if (!fresh && it->second.line.mount_point.size() < line.mount_point.size()) it->second.line = line;
                if (fresh) order.push_back(line.id); // the order of mountinfo is that of age
            }
            actor_space.push_back(space);
            root_of_actor.push_back(lines.front().id);
        }
    }

    /// The plain world keeps existing, out of reach: its namespace is held by the hidden init alone.
    void leave_old_world() {
        for (std::size_t i = 0; i < spaces; ++i) {
            const Id<MntNamespace> ns = alloc_mnt_ns(k, k[k.init].user_ns, false);
            k[ns].ns.count = 0; // each task that enters counts
            const Id<Mount> root = clone_mnt(k, k[first_ns()].root, k[k[first_ns()].root].mnt_root, CL::PRIVATE);
            k[ns].root = root;
            mnt_add_to_ns(k, ns, root);
            ++k[ns].nr_mounts;
            namespaces.push_back(ns);
        }
    }
    Id<MntNamespace> first_ns() const { return k[k[k.init].nsproxy].mnt_ns; }

    Id<SuperBlock> super_of(const MountinfoLine& line) {
        const auto key = std::make_pair(line.major, line.minor);
        if (const auto it = supers.find(key); it != supers.end()) return it->second;
        const Id<SuperBlock> sb = k.supers.alloc();
        SuperBlock& s = k[sb];
        s.type = type_of(line.fs_type);
        if (s.type == FsType::proc || s.type == FsType::sysfs || s.type == FsType::mqueue || s.type == FsType::nsfs)
            s.type = FsType::foreign; // its own tree is not the model's to fill
        s.foreign_type = line.fs_type;
        s.s_dev_major = line.major;
        s.s_dev = line.minor;
        s.s_readonly = line.super_options.substr(0, 2) == "ro";
        const auto comma = line.super_options.find(',');
        if (comma != std::string::npos) s.options = line.super_options.substr(comma);
        k[sb].s_root = d_make_root(k, new_inode(k, sb, InodeKind::dir, 0755));
        if (line.major == 0 && !k.anon_dev.take(line.minor)) {
            // The hidden world gives way.
            Id<SuperBlock> holder;
            k.supers.each([&](Id<SuperBlock> id, const SuperBlock& other) {
                if (id != sb && other.s_dev_major == 0 && other.s_dev == line.minor) holder = id;
            });
            k[holder].s_dev = k.anon_dev.alloc();
        }
        supers[key] = sb;
        return sb;
    }

    /// The directory at a path below a dentry, made where it is missing.
    Id<Dentry> directory(Id<Dentry> at, std::string_view path) {
        while (!path.empty()) {
            const std::size_t end = std::min(path.find('/'), path.size());
            const std::string_view name = path.substr(0, end);
            path.remove_prefix(std::min(end + 1, path.size()));
            if (name.empty()) continue;
            Id<Dentry> next = d_lookup(k, at, name);
            if (!next) next = d_add(k, at, name, new_inode(k, k[at].d_sb, InodeKind::dir, 0755));
            at = next;
        }
        return at;
    }

    void make_mounts() {
        for (const int id : order) {
            SavedMount& s = saved.at(id);
            const Id<SuperBlock> sb = super_of(s.line);
            std::string_view root = s.line.root;
            if (root.ends_with("//deleted")) root.remove_suffix(9);
            s.mount = vfs_create_mount(k, directory(k[sb].s_root, root), s.line.source);
            Mount& m = k[s.mount];
            k.mnt_id_ida.free(static_cast<u32>(m.mnt_id));
            m.mnt_id = id;
            m.mnt_flags = mount_flags(s.line.options);
            if (s.line.unbindable) m.mnt_t_flags |= T::UNBINDABLE;
        }
        for (const int id : order) {
            // A number that the hidden world holds is given up by it.
            if (!k.mnt_id_ida.take(static_cast<u32>(id))) displace(id);
        }
    }

    void displace(int id) {
        k.mounts.each([&](Id<Mount> m, const Mount& mount) {
            if (mount.mnt_id == id && saved.at(id).mount != m) displaced.push_back(m);
        });
        for (const Id<Mount> m : displaced) {
            i32 free_id = static_cast<i32>(k.mnt_id_ida.alloc());
            while (saved.contains(free_id)) free_id = static_cast<i32>(k.mnt_id_ida.alloc());
            k[m].mnt_id = free_id;
        }
        displaced.clear();
    }

    void attach() {
        for (const int id : order) {
            SavedMount& s = saved.at(id);
            const Id<MntNamespace> ns = namespaces[s.space];
            mnt_add_to_ns(k, ns, s.mount);
            ++k[ns].nr_mounts;
        }
        for (const int id : order) {
            const SavedMount& s = saved.at(id);
            const auto parent = saved.find(s.line.parent);
            if (parent == saved.end() || s.line.parent == id) {
                // Its parent is outside of what the file shows: it stands on the namespace's hidden first mount.
                const Id<Mount> hidden = k[namespaces[s.space]].root;
                attach_mnt(k, s.mount, hidden, directory(k[hidden].mnt_root, hidden_place(hidden, s.line.mount_point)));
                continue;
            }
            const MountinfoLine& above = parent->second.line;
            std::string_view below = s.line.mount_point;
            if (!below.starts_with(above.mount_point))
                throw std::runtime_error("mount " + std::to_string(id) + " is not below its parent, mount " +
                                         std::to_string(s.line.parent));
            below.remove_prefix(above.mount_point == "/" ? 0 : above.mount_point.size());
            attach_mnt(k, s.mount, parent->second.mount, directory(k[parent->second.mount].mnt_root, below));
        }
    }

    /// "/" for the first that is put there; others get a place of their own, since nobody sees it.
    std::string hidden_place(Id<Mount> hidden, std::string_view mount_point) const {
        if (!k[hidden].mnt_mounts && mount_point == "/") return "/";
        return "hidden" + std::string(mount_point);
    }

    void join_groups() {
        for (const int id : order) {
            const SavedMount& s = saved.at(id);
            if (!s.line.shared) continue;
            k.mnt_group_ida.take(static_cast<u32>(s.line.shared));
            enter_group(s.mount, s.line.shared);
        }
    }

    void enter_group(Id<Mount> m, int group) {
        k[m].mnt_group_id = group;
        set_mnt_shared(k, m);
        if (const auto it = last_of_group.find(group); it != last_of_group.end())
            share_add_behind(k, m, it->second);
        else
            first_of_group[group] = m;
        last_of_group[group] = m;
    }

    void follow_masters() {
        std::map<int, Id<Mount>> last_slave; // of each master group, so that slaves stand in the order of their ids
        for (const int id : order) {
            const SavedMount& s = saved.at(id);
            if (!s.line.master || k[s.mount].mnt_master) continue;
            const Id<Mount> master = master_of(s.line.master, s.mount);
            // The peers of a slave are slaves of the same master and stand behind it.
            Id<Mount> m = s.mount;
            do {
                k[m].mnt_master = master;
                if (const auto it = last_slave.find(s.line.master); it != last_slave.end())
                    slave_add_behind(k, m, it->second);
                else
                    slave_add_head(k, m, master);
                last_slave[s.line.master] = m;
                m = k[m].mnt_share_next;
            } while (m != s.mount);
        }
    }

    /// A mount of that group; where no file shows one, a copy of the slave that lives where nobody sees it.
    Id<Mount> master_of(int group, Id<Mount> slave) {
        if (const auto it = first_of_group.find(group); it != first_of_group.end()) return it->second;
        const Id<MntNamespace> ns = first_ns();
        const Id<Mount> m = clone_mnt(k, slave, k[slave].mnt_root, CL::PRIVATE);
        mnt_add_to_ns(k, ns, m);
        ++k[ns].nr_mounts;
        const Id<Mount> root = k[ns].root;
        attach_mnt(k, m, root, directory(k[root].mnt_root, "group" + std::to_string(group)));
        k.mnt_group_ida.take(static_cast<u32>(group));
        enter_group(m, group);
        return m;
    }

    void settle_tasks() {
        Id<Task> task = k[k.init].children;
        for (std::size_t i = 0; i < actor_space.size(); ++i) {
            if (i > 0) task = *copy_process(k, k.init, KernelCloneArgs{0, SIG::CHLD, {}});
            const Id<Nsproxy> old = k[task].nsproxy;
            const Id<Nsproxy> own = k.nsproxies.alloc();
            k[own] = k[old];
            k[own].count = 1;
            for (const auto ns : {k[own].uts_ns, k[own].ipc_ns, k[own].pid_ns_for_children, k[own].net_ns,
                                  k[own].time_ns, k[own].time_ns_for_children, k[own].cgroup_ns})
                get_namespace(k, ns);
            k[own].mnt_ns = namespaces[actor_space[i]];
            get_mnt_ns(k, k[own].mnt_ns);
            k[task].nsproxy = own;
            put_nsproxy(k, old);

            Id<Mount> root = saved.at(root_of_actor[i]).mount;
            for (const int id : order)
                if (saved.at(id).space == actor_space[i] && saved.at(id).line.mount_point == "/")
                    root = saved.at(id).mount;
            const Path slash{root, k[root].mnt_root};
            set_fs_root(k, k[task].fs, slash);
            set_fs_pwd(k, k[task].fs, slash);
        }
    }

    Kernel& k;
    const std::vector<std::pair<std::string, std::string>>& files;
    std::map<int, SavedMount> saved; // by mount id
    std::vector<int> order;          // oldest first
    std::size_t spaces = 0;
    std::vector<std::size_t> actor_space;
    std::vector<int> root_of_actor;
    std::vector<Id<MntNamespace>> namespaces;
    std::map<std::pair<u32, u32>, Id<SuperBlock>> supers;
    std::map<int, Id<Mount>> first_of_group, last_of_group;
    std::vector<Id<Mount>> displaced;
};

} // namespace

void boot_from_mountinfo(Kernel& k, const std::vector<std::pair<std::string, std::string>>& files) {
    Builder(k, files).build();
}

} // namespace nslab
