#pragma once
// The parts of the audit, by subject. Each adds what does not hold.

#include <array>
#include <string>
#include <unordered_map>
#include <vector>

#include "sim/linux/kernel.hpp"

namespace nslab {

/// How many refer to each object, counted from scratch.
struct HoldersFound {
    std::unordered_map<Id<Mount>, i64> mounts;
    std::unordered_map<Id<Dentry>, i64> dentries;
    std::unordered_map<Id<SuperBlock>, i64> supers;
    std::unordered_map<Id<Devname>, i64> devnames;
    std::unordered_map<Id<FsContext>, i64> contexts;
    std::unordered_map<Id<File>, i64> files; // beside the descriptors
    std::unordered_map<Id<MntNamespace>, i64> mnt_namespaces;
    std::unordered_map<Id<Namespace>, i64> namespaces;
    std::unordered_map<Id<Nsproxy>, i64> nsproxies;
    std::unordered_map<Id<FsStruct>, i64> fs_structs;
    std::unordered_map<Id<MmStruct>, i64> mms, opened_mms;
    std::unordered_map<Id<SignalStruct>, i64> signals;
    std::unordered_map<Id<SighandStruct>, i64> sighands;
    std::unordered_map<Id<Cred>, i64> creds;
    std::unordered_map<Id<Pid>, i64> pids;
    std::unordered_map<Id<Ucounts>, i64> ucounts;
    std::unordered_map<Id<Ucounts>, std::array<i64, kUcountTypes>> ucount_sums;
    std::unordered_map<Id<FilesStruct>, i64> files_structs;
};

/// What every part has: the state, the counts, and words for what is wrong.
class AuditPart {
  public:
    AuditPart(const Kernel& kernel, HoldersFound& found, std::vector<std::string>& list)
        : k(kernel), holders(found), complaints(list) {}

  protected:
    void complain(std::string text) const {
        if (complaints.size() < 50) complaints.push_back(std::move(text));
    }
    void expect(bool holds, const std::string& text) const {
        if (!holds) complain(text);
    }
    template <class T> void expect_count(i64 kept, i64 found, const char* what, Id<T> id) const {
        if (kept != found)
            complain(std::string(what) + " of " + name(id) + " is " + std::to_string(kept) + ", but " +
                     std::to_string(found) + " refer to it");
    }

    static std::string name(Id<Mount> m) { return "mount handle " + std::to_string(m.index); }
    static std::string name(Id<Dentry> d) { return "dentry handle " + std::to_string(d.index); }
    template <class T> static std::string name(Id<T> id) { return "handle " + std::to_string(id.index); }

    const Kernel& k;
    HoldersFound& holders;
    std::vector<std::string>& complaints;
};

void audit_mounts(const Kernel& k, HoldersFound& holders, std::vector<std::string>& complaints);
void audit_files(const Kernel& k, HoldersFound& holders, std::vector<std::string>& complaints);
void audit_namespaces(const Kernel& k, HoldersFound& holders, std::vector<std::string>& complaints);
void audit_tasks(const Kernel& k, std::vector<std::string>& complaints);

} // namespace nslab
