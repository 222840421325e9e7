// The audit of mounts: where they are attached, their peers and masters, and their namespaces.

#include <map>
#include <set>

#include "sim/linux/audit_parts.hpp"
#include "sim/linux/fs/mount.hpp"

namespace nslab {

namespace {

class MountAudit : AuditPart {
  public:
    using AuditPart::AuditPart;

    void run() {
        mounts();
        groups();
        mount_namespaces();
    }

  private:
    std::string words(Id<Mount> m) const { return "mount " + std::to_string(k[m].mnt_id) + " (" + name(m) + ")"; }

    void mounts() {
        std::set<i32> ids;
        u32 hashed = 0;
        k.mounts.each([&](Id<Mount> id, const Mount& m) {
            expect(ids.insert(m.mnt_id).second, "mount id " + std::to_string(m.mnt_id) + " is used twice");
            expect(k.mnt_id_ida.taken(static_cast<u32>(m.mnt_id)), words(id) + " has an id that counts as free");
            const bool in_tree = m.on_ns_list || m.internal || mnt_has_parent(k, id);
            expect_count(m.mnt_count, holders.mounts[id] + (in_tree ? 1 : 0), "mnt_count", id);
            expect(m.mnt_writers == writers(id), words(id) + " counts other writers than there are");
            expect(!(m.mnt_t_flags & (T::MARKED | T::UMOUNT_CANDIDATE)),
                   words(id) + " keeps a mark of a call that is over");
            expect((m.mnt_flags & MNT::IDMAPPED) || k[m.mnt_devname].idmap.uid_map.empty(),
                   words(id) + " has an id map and is not marked so");
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
            const i64 found = holders.mnt_namespaces.contains(id) ? holders.mnt_namespaces[id] : 0;
            expect_count(ns.ns.count, found, "count", id);
        });
    }

    std::unordered_map<Id<Mount>, i32> writer_count;
};

} // namespace

void audit_mounts(const Kernel& k, HoldersFound& holders, std::vector<std::string>& complaints) {
    MountAudit(k, holders, complaints).run();
}

} // namespace nslab
