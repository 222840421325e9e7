// The audit of names, inodes, super blocks and open files.

#include <set>

#include "sim/linux/audit_parts.hpp"
#include "sim/linux/fs/internal.hpp"

namespace nslab {

namespace {

class FileAudit : AuditPart {
  public:
    using AuditPart::AuditPart;

    void run() {
        dentries();
        supers();
        files();
    }

  private:
    void dentries() {
        std::unordered_map<u32, u32> of_inode;
        u32 hashed = 0;
        k.dentries.each([&](Id<Dentry> id, const Dentry& d) {
            ++of_inode[d.d_inode.index];
            const bool linked = d.d_parent != id && !d.d_unhashed;
            i64 n = holders.dentries.contains(id) ? holders.dentries[id] : 0;
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
            expect_count(sb.s_active, holders.supers.contains(id) ? holders.supers[id] : 0, "s_active", id);
            if (sb.s_dev_major == 0)
                expect(devs.insert(sb.s_dev).second, "device 0:" + std::to_string(sb.s_dev) + " is used twice");
        });
        expect(k.anon_dev.count() == devs.size(), "more devices are taken than there are super blocks");
        k.devnames.each(
            [&](Id<Devname> id, const Devname& d) { expect_count(d.count, holders.devnames[id], "count", id); });
        k.fs_contexts.each([&](Id<FsContext> id, const FsContext&) {
            expect(holders.contexts.contains(id), "an fs_context belongs to no file");
        });
    }

    void files() {
        k.fs_structs.each([&](Id<FsStruct> id, const FsStruct& f) {
            expect_count(f.users, holders.fs_structs[id], "users of fs_struct", id);
        });
        std::unordered_map<Id<File>, i64> opened = holders.files;
        k.files_structs.each([&](Id<FilesStruct> id, const FilesStruct& f) {
            expect_count(f.count, holders.files_structs[id], "count of files_struct", id);
            for (const Fd& fd : f.fd)
                if (fd.file) ++opened[fd.file];
        });
        k.files.each([&](Id<File> id, const File& f) {
            expect_count(f.f_count, opened[id], "f_count", id);
            expect(f.f_inode == (f.f_path.dentry ? k[f.f_path.dentry].d_inode : Id<Inode>{}),
                   name(id) + ": its inode is not that of its path");
        });
    }
};

} // namespace

void audit_files(const Kernel& k, HoldersFound& holders, std::vector<std::string>& complaints) {
    FileAudit(k, holders, complaints).run();
}

} // namespace nslab
