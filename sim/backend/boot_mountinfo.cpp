// A machine that begins as saved /proc/PID/mountinfo files say. What mountinfo does not tell is chosen:
// - What a mount's root is, a file or a directory: see saved_kinds.hpp.
// - Who is next to whom: a peer group is as if all had been copied from its oldest mount, slaves stand newest first.
// - A master that no file shows is a mount in a namespace of nobody; it is a slave of the group that propagate_from
//   names, if any.
// - Of other namespaces than those of mounts there is one each, for all processes, as in a plain world.

#include "sim/backend/boot_mountinfo.hpp"

#include <algorithm>

#include "sim/backend/saved_propagation.hpp"
#include "sim/backend/saved_supers.hpp"

namespace nslab {
namespace {

struct FlagWord {
    std::string_view word;
    u32 flag;
};
constexpr FlagWord kFlagWords[] = {{"rw", 0},
                                   {"ro", MNT::READONLY},
                                   {"nosuid", MNT::NOSUID},
                                   {"nodev", MNT::NODEV},
                                   {"noexec", MNT::NOEXEC},
                                   {"noatime", MNT::NOATIME},
                                   {"nodiratime", MNT::NODIRATIME},
                                   {"relatime", MNT::RELATIME},
                                   {"nosymfollow", MNT::NOSYMFOLLOW},
                                   {"idmapped", MNT::IDMAPPED}};

u32 mount_flags(const MountinfoLine& line) {
    u32 flags = 0;
    std::string_view rest = line.options;
    while (!rest.empty()) {
        const std::string_view word = rest.substr(0, rest.find(','));
        rest.remove_prefix(std::min(word.size() + 1, rest.size()));
        const auto row = std::find_if(std::begin(kFlagWords), std::end(kFlagWords),
                                      [&](const FlagWord& r) { return r.word == word; });
        if (row == std::end(kFlagWords))
            saved_error("mount " + std::to_string(line.id) + " has the option \"" + std::string(word) +
                            "\", which the model does not know",
                        {line.id, SavedField::options});
        flags |= row->flag;
    }
    return flags;
}

class Builder {
  public:
    Builder(Kernel& k, const SavedMachine& saved) : k(k), saved(saved), supers(k, saved) {}

    void build() {
        for (const SavedNamespace& space : saved.spaces) make_namespace(space);
        make_propagation(k, saved, mounts);
        settle_tasks();
    }

  private:
    void make_namespace(const SavedNamespace& space) {
        const Id<MntNamespace> ns = *alloc_mnt_ns(k, {}, task_user_ns(k, k.init), false);
        k[ns].ns.count = 0; // each nsproxy that comes to it counts
        for (const int id : space.order) {
            const Id<Mount> m = make_mount(saved.mounts.at(id));
            mnt_add_to_ns(k, ns, m);
            ++k[ns].nr_mounts;
        }
        k[ns].root = mounts.at(space.root);
        for (const int id : space.order) {
            const SavedMount& m = saved.mounts.at(id);
            if (id == space.root) continue;
            const Id<Mount> parent = mounts.at(m.line.parent);
            attach_mnt(k, mounts.at(id), parent, mountpoint(m, parent));
        }
        namespaces.push_back(ns);
    }

    Id<Mount> make_mount(const SavedMount& m) {
        Id<Mount> made;
        if (m.hidden) {
            const Id<Mount> rootfs = k[first_ns()].root;
            made = clone_mnt(k, rootfs, k[rootfs].mnt_root, CL::PRIVATE);
        } else {
            made = vfs_create_mount(k, supers.root(m), m.line.source);
            k[made].mnt_flags = mount_flags(m.line);
            if (m.line.unbindable) k[made].mnt_t_flags |= T::UNBINDABLE;
        }
        k.mnt_id_ida.free(static_cast<u32>(k[made].mnt_id));
        k[made].mnt_id = m.line.id; // taken in free_numbers()
        mounts[m.line.id] = made;
        return made;
    }
    Id<MntNamespace> first_ns() const { return k[k[k.init].nsproxy].mnt_ns; }

    Id<Dentry> mountpoint(const SavedMount& m, Id<Mount> parent) {
        const bool file = supers.is_file(mountpoint_of(saved, m));
        return supers.walk(k[parent].mnt_root, m.place, file);
    }

    /// init and sh1 leave the plain world, which ends with that; the others are born into theirs.
    void settle_tasks() {
        const Id<Task> sh1 = k[k.init].children;
        std::vector<Id<Nsproxy>> nsproxies(saved.spaces.size());
        settle(k.init, saved.actors[0], nsproxies);
        settle(sh1, saved.actors[0], nsproxies);
        for (std::size_t i = 1; i < saved.actors.size(); ++i)
            settle(*copy_process(k, k.init, KernelCloneArgs{}), saved.actors[i], nsproxies);
    }

    void settle(Id<Task> task, const SavedActor& actor, std::vector<Id<Nsproxy>>& nsproxies) {
        const Id<Nsproxy> old = k[task].nsproxy;
        Id<Nsproxy>& own = nsproxies[actor.space];
        if (!own) {
            own = k.nsproxies.alloc();
            k[own] = Nsproxy(std::as_const(k)[old]);
            k[own].count = 0;
            const Nsproxy& n = std::as_const(k)[own];
            for (const auto ns :
                 {n.uts_ns, n.ipc_ns, n.pid_ns_for_children, n.net_ns, n.time_ns, n.time_ns_for_children, n.cgroup_ns})
                get_namespace(k, ns);
            k[own].mnt_ns = namespaces[actor.space];
            get_mnt_ns(k, namespaces[actor.space]);
        }
        ++k[own].count;
        k[task].nsproxy = own;
        const Id<Mount> root = mounts.at(actor.root);
        const Path slash{root, supers.walk(k[root].mnt_root, actor.dir, false)};
        set_fs_root(k, k[task].fs, slash);
        set_fs_pwd(k, k[task].fs, slash);
        put_nsproxy(k, old);
    }

    Kernel& k;
    const SavedMachine& saved;
    SavedSupers supers;
    std::map<int, Id<Mount>> mounts;
    std::vector<Id<MntNamespace>> namespaces;
};

/// What is left to go wrong: groups and parents that the files do not tell alike.
void compare(const Kernel& k, const SavedMachine& saved) {
    Id<Task> task = k[k.init].children;
    for (const SavedActor& actor : saved.actors) {
        const std::vector<MountinfoLine> built = parse_mountinfo(show_mountinfo(k, task));
        for (std::size_t i = 0; i < std::max(built.size(), actor.lines.size()); ++i) {
            if (i < built.size() && i < actor.lines.size() && built[i] == actor.lines[i]) continue;
            saved_error("the files do not fit together: where " + actor.name + " has \"" +
                            (i < actor.lines.size() ? to_string(actor.lines[i]) : "nothing") +
                            "\", it would follow \"" + (i < built.size() ? to_string(built[i]) : "nothing") + "\"",
                        {i < actor.lines.size() ? actor.lines[i].id : -1, SavedField::whole, actor.name});
        }
        task = k[task].sibling_next;
    }
}

} // namespace

void boot_from_mountinfo(Kernel& k, const std::vector<std::pair<std::string, std::string>>& files) {
    located(files, [&] {
        const SavedMachine saved = read_saved(files);
        free_numbers(k, saved);
        Builder(k, saved).build();
        compare(k, saved);
    });
}

} // namespace nslab
