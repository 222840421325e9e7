// The texts of /proc/PID/mountinfo and /proc/PID/mounts. Follows fs/proc_namespace.c of Linux 6.18.

#include "sim/linux/fs/mount.hpp"

namespace nslab {

namespace {

/// Escapes blanks, tabs, newlines and backslashes (and `#` where `hash`) as \040. Source: fs/seq_file.c.
void mangle(std::string& out, std::string_view s, bool hash) {
    for (const char c : s) {
        if (c == ' ' || c == '\t' || c == '\n' || c == '\\' || (hash && c == '#')) {
            const auto u = static_cast<unsigned char>(c);
            out += '\\';
            out += static_cast<char>('0' + (u >> 6));
            out += static_cast<char>('0' + (u >> 3 & 7));
            out += static_cast<char>('0' + (u & 7));
        } else {
            out += c;
        }
    }
}

void show_vfsmnt_opts(std::string& out, u32 flags) {
    if (flags & MNT::NOSUID) out += ",nosuid";
    if (flags & MNT::NODEV) out += ",nodev";
    if (flags & MNT::NOEXEC) out += ",noexec";
    if (flags & MNT::NOATIME) out += ",noatime";
    if (flags & MNT::NODIRATIME) out += ",nodiratime";
    if (flags & MNT::RELATIME) out += ",relatime";
    if (flags & MNT::NOSYMFOLLOW) out += ",nosymfollow";
    if (flags & MNT::IDMAPPED) out += ",idmapped";
}

void show_sb_opts(std::string& out, const SuperBlock& sb) {
    if (sb.s_flags & MS::SYNCHRONOUS) out += ",sync";
    if (sb.s_flags & MS::DIRSYNC) out += ",dirsync";
    if (sb.s_flags & MS::MANDLOCK) out += ",mand";
    if (sb.s_flags & MS::LAZYTIME) out += ",lazytime";
}

void show_devname(std::string& out, const Kernel& k, Id<Mount> m) { mangle(out, k[k[m].mnt_devname].text, true); }

} // namespace

std::string mount_options(u32 mnt_flags) {
    std::string out = mnt_flags & MNT::READONLY ? "ro" : "rw";
    show_vfsmnt_opts(out, mnt_flags);
    return out;
}

std::string_view sb_options(const Kernel& k, Id<Dentry> root) {
    const SuperBlock& sb = k[k[root].d_sb];
    if (sb.type != FsType::foreign) return sb.options;
    for (Id<Dentry> d = root;; d = k[d].d_parent) {
        const Inode& inode = d_inode(k, d);
        if (inode.kind == InodeKind::dir && !inode.content.empty()) return inode.content;
        if (k[d].d_parent == d) return sb.options;
    }
}

std::string show_path(const Kernel& k, Id<Dentry> root) {
    const Inode& inode = d_inode(k, root);
    if (inode.kind == InodeKind::ns_file) return ns_link_text(k, inode.ns_type, inode.ns_index);
    return dentry_path(k, root);
}

void show_mountinfo(std::string& out, const Kernel& k, Id<Mount> m, Path root) {
    const PathText place = path_text(k, Path{m, k[m].mnt_root}, root);
    if (!place.reachable) return;
    const Mount& mount = k[m];
    const SuperBlock& sb = k[mnt_sb(k, m)];
    out += std::to_string(mount.mnt_id) + ' ' + std::to_string(k[mount.mnt_parent].mnt_id) + ' ' +
           std::to_string(sb.s_dev_major) + ':' + std::to_string(sb.s_dev) + ' ';
    mangle(out, show_path(k, mount.mnt_root), false);
    out += ' ';
    mangle(out, place.text, false);
    out += ' ' + mount_options(mount.mnt_flags);
    if (is_mnt_shared(k, m)) out += " shared:" + std::to_string(mount.mnt_group_id);
    if (mount.mnt_master) {
        const i32 master = k[mount.mnt_master].mnt_group_id;
        const i32 dominating = get_dominating_id(k, m, root);
        out += " master:" + std::to_string(master);
        if (dominating && dominating != master) out += " propagate_from:" + std::to_string(dominating);
    }
    if (is_mnt_unbindable(k, m)) out += " unbindable";
    out += " - ";
    out += sb_type_name(sb);
    out += ' ';
    show_devname(out, k, m);
    out += sb.s_readonly ? " ro" : " rw";
    show_sb_opts(out, sb);
    out += sb_options(k, k[m].mnt_root);
    out += '\n';
}

void show_vfsmnt(std::string& out, const Kernel& k, Id<Mount> m, Path root) {
    const PathText place = path_text(k, Path{m, k[m].mnt_root}, root);
    if (!place.reachable) return;
    const SuperBlock& sb = k[mnt_sb(k, m)];
    show_devname(out, k, m);
    out += ' ';
    mangle(out, place.text, false);
    out += ' ';
    out += sb_type_name(sb);
    out += mnt_is_readonly(k, m) ? " ro" : " rw";
    show_sb_opts(out, sb);
    show_vfsmnt_opts(out, k[m].mnt_flags);
    out += sb_options(k, k[m].mnt_root);
    out += " 0 0\n";
}

std::string show_mountinfo(const Kernel& k, Id<Task> task) {
    const Path root = k[k[task].fs].root;
    std::string out;
    for (Id<Mount> m = k[current_mnt_ns(k, task)].mounts_first; m; m = k[m].mnt_ns_next)
        show_mountinfo(out, k, m, root);
    return out;
}

} // namespace nslab
