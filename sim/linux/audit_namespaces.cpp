// The audit of nsproxies, namespaces and what tasks share.

#include <map>

#include "sim/linux/audit_parts.hpp"

namespace nslab {

namespace {

class NamespaceAudit : AuditPart {
  public:
    using AuditPart::AuditPart;

    void run() {
        k.nsproxies.each([&](Id<Nsproxy> id, const Nsproxy& n) {
            expect_count(n.count, holders.nsproxies[id], "count of nsproxy", id);
        });
        shared_parts();
        namespaces();
    }

  private:
    void shared_parts() {
        k.mms.each([&](Id<MmStruct> id, const MmStruct& mm) {
            const i64 users = holders.mms[id];
            expect_count(mm.mm_users, users, "mm_users", id);
            expect_count(mm.mm_count, holders.opened_mms[id] + (users > 0), "mm_count", id);
        });
        k.signals.each([&](Id<SignalStruct> id, const SignalStruct& sig) {
            expect_count(sig.nr_threads, holders.signals[id], "nr_threads", id);
        });
        k.sighands.each([&](Id<SighandStruct> id, const SighandStruct& sighand) {
            expect_count(sighand.count, holders.sighands[id], "count of sighand", id);
        });
        k.creds.each(
            [&](Id<Cred> id, const Cred& cred) { expect_count(cred.usage, holders.creds[id], "usage of cred", id); });
        std::unordered_map<Id<Namespace>, u32> allocated;
        k.pids.each([&](Id<Pid> id, const Pid& pid) {
            expect_count(pid.count, holders.pids[id] + pid.hashed, "count of pid", id);
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
            untouched(ns);
        });
    }

    /// Nobody has written what is of other types, which is not made fresh again; see Namespace::reset().
    void untouched(const Namespace& ns) {
        const bool pid = ns.idr.empty() && ns.last_pid == 0 && ns.pid_max == kPidMaxLimit &&
                         ns.pid_allocated == PIDNS_ADDING && !ns.child_reaper && !ns.had_init;
        const bool user = ns.owner == 0 && ns.group == 0 && ns.uid_map.empty() && ns.gid_map.empty() &&
                          ns.projid_map.empty() && ns.setgroups_allowed && !ns.parent_could_setfcap && !ns.users &&
                          ns.ucount_max == unlimited_ucounts();
        const bool time = ns.monotonic.sec == 0 && ns.monotonic.nsec == 0 && ns.boottime.sec == 0 &&
                          ns.boottime.nsec == 0 && !ns.frozen_offsets;
        if ((pid || ns.type == NsType::pid) && (user || ns.type == NsType::user) && (time || ns.type == NsType::time))
            return;
        complain("what belongs to other types is written in the namespace " + std::to_string(ns.ns.inum));
    }

    void namespaces() {
        std::map<Id<Ucounts>, Id<Namespace>> listed;
        k.namespaces.each([&](Id<Namespace> id, const Namespace& ns) {
            for (Id<Ucounts> u = ns.users; u; u = k[u].next)
                expect(listed.emplace(u, id).second, "user " + std::to_string(k[u].uid) + " is on two lists of users");
        });
        k.ucounts.each([&](Id<Ucounts> id, const Ucounts& u) {
            expect_count(u.count, holders.ucounts[id], "count of ucounts", id);
            expect(listed[id] == u.ns, "user " + std::to_string(u.uid) + " is not listed in its user namespace");
            expect(u.ucount == holders.ucount_sums[id],
                   "user " + std::to_string(u.uid) + " counts other namespaces than it has");
        });
        k.namespaces.each([&](Id<Namespace> id, const Namespace& ns) {
            expect_count(ns.ns.count, holders.namespaces.contains(id) ? holders.namespaces[id] : 0,
                         "count of namespace", id);
        });
    }
};

} // namespace

void audit_namespaces(const Kernel& k, HoldersFound& holders, std::vector<std::string>& complaints) {
    NamespaceAudit(k, holders, complaints).run();
}

} // namespace nslab
