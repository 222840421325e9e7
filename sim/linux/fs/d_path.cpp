// Follows fs/d_path.c of Linux 6.18: the way back from a place to its name.

#include "sim/linux/syscalls.hpp"

#include "sim/linux/fs/internal.hpp"

namespace nslab {

PathText path_text(const Kernel& k, Path p, Path root) {
    PathText out;
    std::vector<std::string_view> names; // from the end of the path
    std::size_t length = 0;
    Id<Dentry> d = p.dentry;
    Id<Mount> m = p.mnt;
    while (d != root.dentry || m != root.mnt) {
        if (d == k[m].mnt_root) {
            if (mnt_has_parent(k, m)) {
                d = k[m].mnt_mountpoint;
                m = k[m].mnt_parent;
                continue;
            }
            const Id<MntNamespace> ns = k[m].mnt_ns;
            out.reachable = false;
            out.detached = !ns || k[ns].anon;
            break;
        }
        if (k[d].d_parent == d) {
            // Escaped: a rename has taken it out of what the mount shows, so that no name leads there.
            out.reachable = false;
            names.clear();
            break;
        }
        names.push_back(k[d].d_name);
        length += names.back().size() + 1;
        d = k[d].d_parent;
    }
    if (names.empty()) {
        out.text = "/";
        return out;
    }
    out.text.reserve(length);
    for (auto name = names.rbegin(); name != names.rend(); ++name) {
        out.text += '/';
        out.text += *name;
    }
    return out;
}

std::string d_path(const Kernel& k, Path p, Id<Task> reader) {
    const Inode& inode = d_inode(k, p.dentry);
    // ns_dname(); but a namespace file that has been bound somewhere has the path of that place.
    if (inode.kind == InodeKind::ns_file && (k[p.mnt].internal || p.dentry != k[p.mnt].mnt_root))
        return ns_link_text(k, inode.ns_type, inode.ns_index);
    std::string text = path_text(k, p, k[k[reader].fs].root).text;
    if (d_unlinked(k, p.dentry)) text += " (deleted)";
    return text;
}

std::string dentry_path(const Kernel& k, Id<Dentry> d) {
    std::vector<std::string_view> names;
    for (Id<Dentry> at = d; k[at].d_parent != at; at = k[at].d_parent) names.push_back(k[at].d_name);
    std::string text;
    for (auto name = names.rbegin(); name != names.rend(); ++name) {
        text += '/';
        text += *name;
    }
    if (text.empty()) text = "/";
    if (d_unlinked(k, d)) text += "//deleted";
    return text;
}

/// getcwd(2). ENOENT: the directory has been removed. Where the root is not above it the text begins with
/// "(unreachable)". Source: fs/d_path.c.
Result<std::string> sys_getcwd(Kernel& k, Id<Task> task) {
    const FsStruct& fs = k[k[task].fs];
    if (d_unlinked(k, fs.pwd.dentry)) return fail(E::NOENT, "the working directory has been removed");
    PathText path = path_text(k, fs.pwd, fs.root);
    if (!path.reachable) path.text.insert(0, "(unreachable)");
    if (path.text.size() + 1 > kPathMax) return fail(E::NAMETOOLONG, "the path has more than 4095 bytes");
    return std::move(path.text);
}

} // namespace nslab
