// The audit: every count, ring and list, recomputed from what refers to what. It knows the structures and none of the
// code that changes them. Here it is counted who refers to what; the parts compare.

#include "sim/linux/audit.hpp"

#include "sim/linux/audit_parts.hpp"
#include "sim/linux/fs/mount.hpp"
#include "sim/linux/holders.hpp"
#include "sim/linux/kernel/ucount.hpp"
#include "sim/linux/kernel/user_namespace.hpp"

namespace nslab {

namespace {

class HolderCount {
  public:
    HolderCount(const Kernel& kernel, HoldersFound& found) : k(kernel), holders(found) { count_holders(); }

  private:
    void hold(Path p) {
        if (p.mnt) ++holders.mounts[p.mnt];
        if (p.dentry) ++holders.dentries[p.dentry];
    }
    /// A namespace counts for a user of its owner, and of each user namespace around that.
    void hold_ucounts(const NsCommon& ns, UcountType type) {
        if (ns.ucounts) ++holders.ucounts[ns.ucounts];
        for (Id<Ucounts> u = ns.ucounts; u; u = k[k[u].ns].ns.ucounts)
            ++holders.ucount_sums[u][static_cast<std::size_t>(type)];
    }

    /// Who refers to what, from outside of the trees.
    void count_holders() {
        k.fs_structs.each([&](auto, const FsStruct& fs) {
            hold(fs.root);
            hold(fs.pwd);
        });
        k.files.each([&](auto, const File& f) {
            hold(f.f_path);
            hold(f.proc_root);
            ++holders.creds[f.f_cred];
            if (f.fs_context) ++holders.contexts[f.fs_context];
            if (f.pidfd) ++holders.pids[f.pidfd];
            if (f.proc_mm) ++holders.opened_mms[f.proc_mm];
        });
        k.mms.each([&](auto, const MmStruct& mm) {
            if (mm.exe_file) ++holders.files[mm.exe_file];
        });
        k.inodes.each([&](auto, const Inode& inode) {
            if (inode.proc_pid) ++holders.pids[inode.proc_pid];
        });
        k.fs_contexts.each([&](auto, const FsContext& fc) {
            if (fc.root) {
                ++holders.dentries[fc.root];
                ++holders.supers[k[fc.root].d_sb];
            }
            ++holders.creds[fc.cred];
        });
        k.mounts.each([&](auto, const Mount& m) {
            ++holders.dentries[m.mnt_root];
            ++holders.supers[k[m.mnt_root].d_sb];
            ++holders.devnames[m.mnt_devname];
        });
        k.dentries.each([&](Id<Dentry> id, const Dentry& d) {
            if (d.d_unhashed && d.d_parent != id)
                ++holders.dentries[d.d_parent]; // on no list, but its child all the same
        });
        k.supers.each([&](auto, const SuperBlock& sb) {
            if (sb.s_root) ++holders.dentries[sb.s_root];
        });
        k.tasks.each([&](auto, const Task& t) {
            if (t.wait.pid) ++holders.pids[t.wait.pid];
            if (t.polls) ++holders.files[t.polls];
            if (t.nsproxy) ++holders.nsproxies[t.nsproxy];
            if (t.fs) ++holders.fs_structs[t.fs];
            if (t.files) ++holders.files_structs[t.files];
            if (t.mm) ++holders.mms[t.mm];
            ++holders.signals[t.signal];
            ++holders.sighands[t.sighand];
            ++holders.creds[t.cred];
        });
        k.creds.each([&](auto, const Cred& cred) { ++holders.ucounts[cred.ucounts]; });
        k.inodes.each([&](auto, const Inode& inode) {
            if (inode.mq_ucounts) ++holders.ucounts[inode.mq_ucounts];
        });
        k.namespaces.each([&](auto, const Namespace& ns) { hold_ucounts(ns.ns, ucount_type(ns.type)); });
        k.mnt_namespaces.each([&](auto, const MntNamespace& ns) { hold_ucounts(ns.ns, UcountType::mnt); });
        walk_holders(k, [&](NsRef ns, const Holder&) {
            ++(ns.type == NsType::mnt ? holders.mnt_namespaces[Id<MntNamespace>{ns.index}]
                                      : holders.namespaces[Id<Namespace>{ns.index}]);
        });
    }

    const Kernel& k;
    HoldersFound& holders;
};

} // namespace

std::vector<std::string> audit(const Kernel& k) {
    std::vector<std::string> complaints;
    if (!k.unmounted.empty()) complaints.emplace_back("mounts wait to be let go of between two calls");
    if (k.emptied_ns) complaints.emplace_back("a namespace waits to be freed between two calls");
    HoldersFound holders;
    HolderCount(k, holders);
    audit_mounts(k, holders, complaints);
    audit_files(k, holders, complaints);
    audit_tasks(k, complaints);
    audit_namespaces(k, holders, complaints);
    return complaints;
}

} // namespace nslab
