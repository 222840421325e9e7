// The audit: every count, ring and list, recomputed from what refers to what. It knows the structures and none of the
// code that changes them.

#include "sim/linux/audit.hpp"

#include <map>
#include <set>
#include <unordered_map>

#include "sim/linux/audit_parts.hpp"
#include "sim/linux/fs/mount.hpp"
#include "sim/linux/holders.hpp"
#include "sim/linux/kernel/user_namespace.hpp"

namespace nslab {

namespace {

class Audit {
  public:
    explicit Audit(const Kernel& k) : k(k) {}

    std::vector<std::string> run() {
        count_holders();
        between_calls();
        mounts();
        groups();
        mount_namespaces();
        dentries();
        supers();
        tasks();
        audit_tasks(k, complaints);
        shared_parts();
        namespaces();
        return std::move(complaints);
    }

  private:
    void complain(std::string text) {
        if (complaints.size() < 50) complaints.push_back(std::move(text));
    }
    void expect(bool holds, const std::string& text) {
        if (!holds) complain(text);
    }
    template <class T> void expect_count(i64 kept, i64 found, const char* what, Id<T> id) {
        if (kept != found)
            complain(std::string(what) + " of " + name(id) + " is " + std::to_string(kept) + ", but " +
                     std::to_string(found) + " refer to it");
    }

    static std::string name(Id<Mount> m) { return "mount handle " + std::to_string(m.index); }
    static std::string name(Id<Dentry> d) { return "dentry handle " + std::to_string(d.index); }
    template <class T> static std::string name(Id<T> id) { return "handle " + std::to_string(id.index); }
    std::string words(Id<Mount> m) const { return "mount " + std::to_string(k[m].mnt_id) + " (" + name(m) + ")"; }

    void hold(Path p) {
        if (p.mnt) ++mount_holders[p.mnt];
        if (p.dentry) ++dentry_holders[p.dentry];
    }
    /// A namespace counts for a user of its owner, and of each user namespace around that.
    void hold_ucounts(const NsCommon& ns, UcountType type) {
        if (ns.ucounts) ++ucounts_holders[ns.ucounts];
        for (Id<Ucounts> u = ns.ucounts; u; u = k[k[u].ns].ns.ucounts) ++ucount_sums[u][static_cast<std::size_t>(type)];
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
            ++cred_holders[f.f_cred];
            if (f.fs_context) ++context_holders[f.fs_context];
            if (f.pidfd) ++pid_holders[f.pidfd];
        });
        k.fs_contexts.each([&](auto, const FsContext& fc) {
            if (fc.root) {
                ++dentry_holders[fc.root];
                ++super_holders[k[fc.root].d_sb];
            }
            ++cred_holders[fc.cred];
        });
        k.mounts.each([&](auto, const Mount& m) {
            ++dentry_holders[m.mnt_root];
            ++super_holders[k[m.mnt_root].d_sb];
            ++devname_holders[m.mnt_devname];
        });
        k.dentries.each([&](Id<Dentry> id, const Dentry& d) {
            if (d.d_unhashed && d.d_parent != id)
                ++dentry_holders[d.d_parent]; // on no list, but its child all the same
        });
        k.supers.each([&](auto, const SuperBlock& sb) {
            if (sb.s_root) ++dentry_holders[sb.s_root];
        });
        k.tasks.each([&](auto, const Task& t) {
            if (t.nsproxy) ++nsproxy_holders[t.nsproxy];
            if (t.fs) ++fs_holders[t.fs];
            if (t.files) ++files_holders[t.files];
            if (t.mm) ++mm_holders[t.mm];
            ++signal_holders[t.signal];
            ++sighand_holders[t.sighand];
            ++cred_holders[t.cred];
        });
        k.creds.each([&](auto, const Cred& cred) { ++ucounts_holders[cred.ucounts]; });
        k.namespaces.each([&](auto, const Namespace& ns) { hold_ucounts(ns.ns, ucount_type(ns.type)); });
        k.mnt_namespaces.each([&](auto, const MntNamespace& ns) { hold_ucounts(ns.ns, UcountType::mnt); });
        walk_holders(k, [&](NsRef ns, const Holder&) {
            ++(ns.type == NsType::mnt ? mnt_ns_holders[Id<MntNamespace>{ns.index}]
                                      : ns_holders[Id<Namespace>{ns.index}]);
        });
    }

    void between_calls() {
        expect(k.unmounted.empty(), "mounts wait to be let go of between two calls");
        expect(!k.emptied_ns, "a namespace waits to be freed between two calls");
    }

    void mounts() {
        std::set<i32> ids;
        u32 hashed = 0;
        k.mounts.each([&](Id<Mount> id, const Mount& m) {
            expect(ids.insert(m.mnt_id).second, "mount id " + std::to_string(m.mnt_id) + " is used twice");
            expect(k.mnt_id_ida.taken(static_cast<u32>(m.mnt_id)), words(id) + " has an id that counts as free");
            const bool in_tree = m.on_ns_list || m.internal || mnt_has_parent(k, id);
            expect_count(m.mnt_count, mount_holders[id] + (in_tree ? 1 : 0), "mnt_count", id);
            expect(m.mnt_writers == writers(id), words(id) + " counts other writers than there are");
            expect(!(m.mnt_t_flags & (T::MARKED | T::UMOUNT_CANDIDATE)),
                   words(id) + " keeps a mark of a call that is over");
            expect(!m.mnt_list_next && !m.mnt_list_prev, words(id) + " is on the list of a call that is over");
            hashed += m.hashed;
            attachment(id, m);
            children(id, m);
        });
        expect(hashed == k.mounts_hashed, "the number of hashed mounts is wrong");
        expect(k.mnt_id_ida.count() == ids.size(), "more mount ids are taken than there are mounts");
    }

    i32 writers(Id<Mount> id) {
        if (writer_count.empty())
            k.files.each([&](auto, const File& f) {
                if (f.writer) ++writer_count[f.f_path.mnt];
            });
        const auto it = writer_count.find(id);
        return it == writer_count.end() ? 0 : it->second;
    }

    void attachment(Id<Mount> id, const Mount& m) {
        const bool attached = mnt_has_parent(k, id);
        expect(m.on_mp_list == attached, words(id) + (attached ? " is not" : " is") + " on the list of its mountpoint");
        expect(m.hashed == attached, words(id) + (attached ? " is not" : " is") + " in the hash");
        expect(bool(m.mnt_child_prev) == attached,
               words(id) + (attached ? " is not" : " is") + " among the children of its parent");
        if (!attached) {
            expect(m.mnt_mountpoint == m.mnt_root, words(id) + " has a mountpoint and no parent");
            return;
        }
        expect(lookup_mnt(k, m.mnt_parent, m.mnt_mountpoint) == id, words(id) + " is not found where it is mounted");
        const bool covers = m.mnt_mountpoint == k[m.mnt_parent].mnt_root;
        expect((k[m.mnt_parent].overmount == id) == covers, words(id) + ": overmount of its parent is wrong");
        bool listed = false;
        Id<Mount> before;
        for (Id<Mount> p = k[m.mnt_mountpoint].d_mounts; p; before = p, p = k[p].mnt_mp_next) {
            listed |= p == id;
            if (p == id) expect(m.mnt_mp_prev == before, words(id) + ": the list of its mountpoint is broken");
        }
        expect(listed, words(id) + " is missing on the list of its mountpoint");
    }

    void children(Id<Mount> id, const Mount& m) {
        Id<Mount> last;
        for (Id<Mount> c = m.mnt_mounts; c; last = c, c = k[c].mnt_child_next) {
            expect(k[c].mnt_parent == id, words(c) + " is a child of a mount that is not its parent");
            if (c != m.mnt_mounts) expect(k[c].mnt_child_prev == last, words(id) + ": its list of children is broken");
        }
        if (m.mnt_mounts)
            expect(k[m.mnt_mounts].mnt_child_prev == last, words(id) + ": the end of its children is wrong");
        if (m.overmount)
            expect(k[m.overmount].mnt_parent == id && k[m.overmount].mnt_mountpoint == m.mnt_root,
                   words(id) + ": overmount is not mounted on its root");
    }

    void groups() {
        std::map<i32, Id<Mount>> rings; // group -> one of its mounts
        k.mounts.each([&](Id<Mount> id, const Mount& m) {
            expect(k[m.mnt_share_next].mnt_share_prev == id, words(id) + ": the ring of its peers is broken");
            expect(bool(m.mnt_t_flags & T::SHARED) == (m.mnt_group_id != 0),
                   words(id) + " has a group and is not shared, or is shared and has none");
            expect(k[m.mnt_share_next].mnt_group_id == m.mnt_group_id, words(id) + " is in a ring with another group");
            if (m.mnt_group_id == 0)
                expect(m.mnt_share_next == id, words(id) + " is private and has peers");
            else {
                expect(k.mnt_group_ida.taken(static_cast<u32>(m.mnt_group_id)),
                       words(id) + " is in a group that counts as free");
                rings.emplace(m.mnt_group_id, id);
            }
            slaves(id, m);
        });
        expect(k.mnt_group_ida.count() == rings.size(), "more peer groups are taken than there are");
        std::unordered_map<i32, u32> members, walked;
        k.mounts.each([&](auto, const Mount& m) {
            if (m.mnt_group_id) ++members[m.mnt_group_id];
        });
        for (const auto& [group, first] : rings) {
            u32 n = 0;
            Id<Mount> m = first;
            do {
                ++n;
                m = k[m].mnt_share_next;
            } while (m != first && n <= k.mounts.size());
            expect(n == members[group], "group " + std::to_string(group) + " is not one ring");
        }
    }

    void slaves(Id<Mount> id, const Mount& m) {
        expect(m.on_slave_list == bool(m.mnt_master),
               words(id) + " has a master without being on its list, or the other way");
        if (m.mnt_master) {
            expect(m.mnt_slave_head == m.mnt_master, words(id) + " is on the list of another master");
            expect(k[m.mnt_master].mnt_t_flags & T::SHARED, words(id) + " has a master that is not shared");
        }
        Id<Mount> before;
        for (Id<Mount> s = m.mnt_slave_list; s; before = s, s = k[s].mnt_slave_next) {
            expect(k[s].mnt_master == id, words(s) + " is on the list of a master that is not its own");
            expect(k[s].mnt_slave_prev == before, words(id) + ": the list of its slaves is broken");
        }
    }

    void mount_namespaces() {
        k.mnt_namespaces.each([&](Id<MntNamespace> id, const MntNamespace& ns) {
            u32 n = 0;
            Id<Mount> before;
            for (Id<Mount> m = ns.mounts_first; m; before = m, m = k[m].mnt_ns_next) {
                ++n;
                expect(k[m].mnt_ns == id && k[m].on_ns_list,
                       words(m) + " is on the list of a namespace that is not its own");
                expect(k[m].mnt_ns_prev == before, words(m) + ": the list of its namespace is broken");
                if (before && has(k.release, Behaviour::mountinfo_in_id_order))
                    expect(k[before].mnt_id_seq < k[m].mnt_id_seq, words(m) + " stands before an older mount");
            }
            expect(ns.mounts_last == before, "a mount namespace has a wrong last mount");
            expect(ns.nr_mounts == n,
                   "a mount namespace counts " + std::to_string(ns.nr_mounts) + " mounts and has " + std::to_string(n));
            expect(ns.pending_mounts == 0, "a mount namespace has pending mounts between two calls");
            u32 tree = 0;
            for (Id<Mount> m = ns.root; m; m = next_mnt(k, m, ns.root)) ++tree;
            expect(tree == n, "the tree of a mount namespace has " + std::to_string(tree) + " mounts and its list " +
                                  std::to_string(n));
            const i64 holders = mnt_ns_holders.contains(id) ? mnt_ns_holders[id] : 0;
            expect_count(ns.ns.count, holders, "count", id);
        });
    }

    void dentries() {
        std::unordered_map<u32, u32> of_inode;
        u32 hashed = 0;
        k.dentries.each([&](Id<Dentry> id, const Dentry& d) {
            ++of_inode[d.d_inode.index];
            const bool linked = d.d_parent != id && !d.d_unhashed;
            i64 n = dentry_holders.contains(id) ? dentry_holders[id] : 0;
            n += linked + (d.d_mounts ? 1 : 0);
            Id<Dentry> last;
            for (Id<Dentry> c = d.d_child_first; c; last = c, c = k[c].d_sib_next) {
                ++n;
                expect(k[c].d_parent == id, name(c) + " \"" + k[c].d_name + "\" is a child of another directory");
            }
            if (d.d_child_first)
                expect(k[d.d_child_first].d_sib_prev == last, name(id) + ": the end of its children is wrong");
            if (linked) {
                ++hashed;
                expect(d_lookup(k, d.d_parent, d.d_name) == id,
                       name(id) + " \"" + d.d_name + "\" is not found by its name");
            }
            if (n != d.d_count)
                complain("d_count of \"" + d.d_name + "\" (" + name(id) + ") is " + std::to_string(d.d_count) +
                         ", but " + std::to_string(n) + " refer to it");
        });
        expect(hashed == k.dentries_hashed, "the number of hashed dentries is wrong");
        k.inodes.each([&](Id<Inode> id, const Inode& inode) {
            expect_count(inode.dentries, of_inode[id.index], "the number of dentries", id);
        });
    }

    void supers() {
        std::set<u32> devs;
        k.supers.each([&](Id<SuperBlock> id, const SuperBlock& sb) {
            expect_count(sb.s_active, super_holders.contains(id) ? super_holders[id] : 0, "s_active", id);
            if (sb.s_dev_major == 0)
                expect(devs.insert(sb.s_dev).second, "device 0:" + std::to_string(sb.s_dev) + " is used twice");
        });
        expect(k.anon_dev.count() == devs.size(), "more devices are taken than there are super blocks");
        k.devnames.each(
            [&](Id<Devname> id, const Devname& d) { expect_count(d.count, devname_holders[id], "count", id); });
        k.fs_contexts.each([&](Id<FsContext> id, const FsContext&) {
            expect(context_holders.contains(id), "an fs_context belongs to no file");
        });
    }

    void tasks() {
        k.nsproxies.each([&](Id<Nsproxy> id, const Nsproxy& n) {
            expect_count(n.count, nsproxy_holders[id], "count of nsproxy", id);
        });
        k.fs_structs.each([&](Id<FsStruct> id, const FsStruct& f) {
            expect_count(f.users, fs_holders[id], "users of fs_struct", id);
        });
        std::map<Id<File>, i64> descriptors;
        k.files_structs.each([&](Id<FilesStruct> id, const FilesStruct& f) {
            expect_count(f.count, files_holders[id], "count of files_struct", id);
            for (const Fd& fd : f.fd)
                if (fd.file) ++descriptors[fd.file];
        });
        k.files.each([&](Id<File> id, const File& f) { expect_count(f.f_count, descriptors[id], "f_count", id); });
    }

    void shared_parts() {
        k.mms.each(
            [&](Id<MmStruct> id, const MmStruct& mm) { expect_count(mm.mm_users, mm_holders[id], "mm_users", id); });
        k.signals.each([&](Id<SignalStruct> id, const SignalStruct& sig) {
            expect_count(sig.nr_threads, signal_holders[id], "nr_threads", id);
        });
        k.sighands.each([&](Id<SighandStruct> id, const SighandStruct& sighand) {
            expect_count(sighand.count, sighand_holders[id], "count of sighand", id);
        });
        k.creds.each(
            [&](Id<Cred> id, const Cred& cred) { expect_count(cred.usage, cred_holders[id], "usage of cred", id); });
        std::unordered_map<Id<Namespace>, u32> allocated;
        k.pids.each([&](Id<Pid> id, const Pid& pid) {
            expect_count(pid.count, pid_holders[id] + pid.hashed, "count of pid", id);
            Id<Namespace> at = pid.ns;
            for (u32 i = pid.level + 1; i-- > 0 && pid.hashed; at = k[at].parent) {
                ++allocated[at];
                expect(k[at].idr.find(static_cast<u32>(pid.numbers[i])) == id,
                       "number " + std::to_string(pid.numbers[i]) + " does not lead to its pid");
            }
        });
        k.namespaces.each([&](Id<Namespace> id, const Namespace& ns) {
            if (ns.type == NsType::pid)
                expect_count(ns.pid_allocated & ~PIDNS_ADDING, allocated[id], "pid_allocated", id);
        });
    }

    void namespaces() {
        k.ucounts.each([&](Id<Ucounts> id, const Ucounts& u) {
            expect_count(u.count, ucounts_holders[id], "count of ucounts", id);
            expect(u.ucount == ucount_sums[id],
                   "user " + std::to_string(u.uid) + " counts other namespaces than it has");
        });
        k.namespaces.each([&](Id<Namespace> id, const Namespace& ns) {
            expect_count(ns.ns.count, ns_holders.contains(id) ? ns_holders[id] : 0, "count of namespace", id);
        });
    }

    const Kernel& k;
    std::vector<std::string> complaints;
    std::unordered_map<Id<Mount>, i64> mount_holders;
    std::unordered_map<Id<Mount>, i32> writer_count;
    std::unordered_map<Id<Dentry>, i64> dentry_holders;
    std::unordered_map<Id<SuperBlock>, i64> super_holders;
    std::unordered_map<Id<Devname>, i64> devname_holders;
    std::unordered_map<Id<FsContext>, i64> context_holders;
    std::unordered_map<Id<MntNamespace>, i64> mnt_ns_holders;
    std::unordered_map<Id<Namespace>, i64> ns_holders;
    std::unordered_map<Id<Nsproxy>, i64> nsproxy_holders;
    std::unordered_map<Id<FsStruct>, i64> fs_holders;
    std::unordered_map<Id<MmStruct>, i64> mm_holders;
    std::unordered_map<Id<SignalStruct>, i64> signal_holders;
    std::unordered_map<Id<SighandStruct>, i64> sighand_holders;
    std::unordered_map<Id<Cred>, i64> cred_holders;
    std::unordered_map<Id<Pid>, i64> pid_holders;
    std::unordered_map<Id<Ucounts>, i64> ucounts_holders;
    std::unordered_map<Id<Ucounts>, std::array<i64, kUcountTypes>> ucount_sums;
    std::unordered_map<Id<FilesStruct>, i64> files_holders;
};

} // namespace

std::vector<std::string> audit(const Kernel& k) { return Audit(k).run(); }

} // namespace nslab
