// Mount namespaces as objects: making, copying, joining and ending them. The last part of fs/namespace.c of Linux 6.18.

#include "sim/linux/fs/copy_tree.hpp"
#include "sim/linux/kernel/ucount.hpp"
#include "sim/linux/kernel/user_namespace.hpp"

namespace nslab {

Result<Id<MntNamespace>> alloc_mnt_ns(Kernel& k, Id<Task> current, Id<Namespace> user_ns, bool anon) {
    Id<Ucounts> ucounts;
    if (current) ucounts = TRY(inc_ucount(k, user_ns, task_cred(k, current), UcountType::mnt));
    const auto [ns, space] = k.mnt_namespaces.emplace();
    space.anon = anon;
    space.ns.count = 1;
    space.ns.user_ns = user_ns;
    space.ns.ucounts = ucounts;
    get_namespace(k, user_ns);
    ns_alloc(k, space.ns, anon);
    return ns;
}

void free_mnt_ns(Kernel& k, Id<MntNamespace> ns) {
    const Id<Namespace> user_ns = k[ns].ns.user_ns;
    const Id<Ucounts> ucounts = k[ns].ns.ucounts;
    if (!k[ns].anon) ns_free(k, k[ns].ns);
    k.mnt_namespaces.free(ns);
    if (ucounts) dec_ucount(k, ucounts, UcountType::mnt);
    put_namespace(k, user_ns);
}

void end_mnt_ns(Kernel& k, Id<MntNamespace> ns) {
    // Ending a namespace can drop the last holder of another; each is finished before the next one.
    const NamespaceLock lock(k);
    k.emptied_ns = ns;
    umount_tree(k, k[ns].root, 0);
}

Result<Id<MntNamespace>> copy_mnt_ns(Kernel& k, Id<Task> current, Id<Namespace> user_ns, Id<MntNamespace> ns,
                                     Id<FsStruct> new_fs) {
    const Id<Mount> old = k[ns].root;
    const Id<MntNamespace> new_ns = TRY(alloc_mnt_ns(k, current, user_ns, false));
    const NamespaceLock lock(k);

    const bool other_owner = user_ns != k[ns].ns.user_ns;
    MntNamespace& space = k[new_ns];
    // The new task's root and working directory move into the copy.
    FsStruct* const fs = new_fs ? &k[new_fs] : nullptr;
    Id<Mount> root_mnt, pwd_mnt;
    const auto move_path = [](Path& path, Id<Mount>& left, Id<Mount> source, Id<Mount> copy, Mount& at) {
        if (source != path.mnt || left) return;
        ++at.mnt_count;
        path.mnt = copy;
        left = source;
    };
    Mount* last = nullptr;
    const auto receive = [&](Id<Mount> source, Id<Mount> copy, Mount & at) __attribute__((always_inline)) {
        if (!last) space.root = copy;
        mnt_append_to_ns(new_ns, space, copy, at, last);
        last = &at;
        ++space.nr_mounts;
        if (!fs) return;
        move_path(fs->root, root_mnt, source, copy, at);
        move_path(fs->pwd, pwd_mnt, source, copy, at);
    };
    const auto copied =
        copy_tree(k, old, k[old].mnt_root, CL::COPY_UNBINDABLE | CL::EXPIRE | (other_owner ? CL::SLAVE : 0), receive);
    if (!copied) {
        k.emptied_ns = new_ns;
        return tl::unexpected(copied.error());
    }
    if (other_owner) lock_mnt_tree(k, space.root);
    if (root_mnt) mntput(k, root_mnt);
    if (pwd_mnt) mntput(k, pwd_mnt);
    k.note([&] {
        return "a new mount namespace, with copies of the " + std::to_string(k[new_ns].nr_mounts) +
               " mounts: those of shared mounts are their " + (other_owner ? "slaves" : "peers");
    });
    return new_ns;
}

Result<> mntns_install(Kernel& k, const Cred& current, Id<FsStruct> fs, Id<Namespace> own_user_ns,
                       Id<MntNamespace> ns) {
    const Kernel& c = k;
    const MntNamespace& space = c[ns];
    if (!ns_capable(c, current, space.ns.user_ns, CAP::SYS_ADMIN) ||
        !ns_capable(c, current, own_user_ns, CAP::SYS_CHROOT) || !ns_capable(c, current, own_user_ns, CAP::SYS_ADMIN))
        return fail(E::PERM, "CAP_SYS_ADMIN and CAP_SYS_CHROOT are needed in both user namespaces");
    if (space.anon) return fail(E::INVAL, "nobody can live in a detached tree");
    FsStruct& f = k[fs];
    if (f.users != 1) return fail(E::INVAL, "root and working directory are shared with another process (CLONE_FS)");

    // The root is what is on top of the namespace's first mount.
    const Id<Mount> top = topmost_overmount(c, space.root);
    Mount& mount = k[top];
    const Path root{top, mount.mnt_root};
    // For root and working directory; set_fs_pwd(), set_fs_root() and path_put() of the one that the path held.
    mount.mnt_count += 2;
    k[root.dentry].d_count += 2;
    mount.mnt_expiry_mark = false;
    const Path pwd = std::exchange(f.pwd, root), old_root = std::exchange(f.root, root);
    path_put_both(k, old_root, pwd);
    return {};
}

} // namespace nslab
