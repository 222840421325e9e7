#include "sim/backend/saved_supers.hpp"

#include <algorithm>
#include <charconv>

namespace nslab {
namespace {

constexpr u32 kFirstInum = 0xF0000000;                                 // of Kernel::ns_inum_ida
constexpr u32 kFirstInitInum = 0xEFFFFFF8, kLastInitInum = 0xEFFFFFFF; // include/uapi/linux/nsfs.h
constexpr u32 kMaxInums = 1 << 24;                                     // bounds the memory of the table

struct NsLink {
    NsType type;
    u32 inum;
};

/// "net:[4026531840]", as nsfs shows the root of a mount.
NsLink parse_ns_link(const MountinfoLine& line) {
    constexpr std::pair<std::string_view, NsType> names[] = {
        {"mnt", NsType::mnt}, {"uts", NsType::uts},   {"ipc", NsType::ipc},       {"pid", NsType::pid},
        {"net", NsType::net}, {"user", NsType::user}, {"cgroup", NsType::cgroup}, {"time", NsType::time}};
    const std::string_view text = line.root;
    for (const auto& [name, type] : names) {
        if (!text.starts_with(name) || !text.ends_with("]") || text.substr(name.size(), 2) != ":[") continue;
        const std::string_view digits = text.substr(name.size() + 2, text.size() - name.size() - 3);
        u32 inum = 0;
        const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), inum);
        if (error != std::errc() || end != digits.data() + digits.size()) break;
        const bool initial = inum >= kFirstInitInum && inum <= kLastInitInum && type != NsType::mnt;
        if (!initial && (inum < kFirstInum || inum - kFirstInum >= kMaxInums)) break;
        return {type, inum};
    }
    saved_error("mount " + std::to_string(line.id) + " is of nsfs, and its root \"" + text.data() +
                    "\" is no namespace that the model can make",
                {line.id, SavedField::root});
}

bool is_one_of_a_kind(FsType type) {
    return type == FsType::sysfs || type == FsType::mqueue || type == FsType::cgroup2;
}

std::string flag_words(u32 flags) {
    std::string out;
    if (flags & MS::SYNCHRONOUS) out += ",sync";
    if (flags & MS::DIRSYNC) out += ",dirsync";
    if (flags & MS::MANDLOCK) out += ",mand";
    if (flags & MS::LAZYTIME) out += ",lazytime";
    return out;
}

template <class F> void each_line(const SavedMachine& saved, F&& f) {
    for (const SavedNamespace& space : saved.spaces)
        for (const int id : space.order)
            if (const SavedMount& m = saved.mounts.at(id); !m.hidden) f(m);
}

} // namespace

void free_numbers(Kernel& k, const SavedMachine& saved) {
    std::set<u32> devices, inums;
    for (const auto& [id, m] : saved.mounts) k.mnt_id_ida.take(static_cast<u32>(id));
    each_line(saved, [&](const SavedMount& m) {
        if (m.line.major == 0 && devices.insert(m.line.minor).second) k.anon_dev.take(m.line.minor);
        if (m.line.fs_type != "nsfs") return;
        const u32 inum = parse_ns_link(m.line).inum;
        if (inum >= kFirstInum && inums.insert(inum).second) k.ns_inum_ida.take(inum);
    });
    k.mounts.each([&](Id<Mount> id, const Mount& m) {
        if (saved.mounts.contains(m.mnt_id)) k[id].mnt_id = static_cast<i32>(k.mnt_id_ida.alloc());
    });
    k.supers.each([&](Id<SuperBlock> id, const SuperBlock& sb) {
        if (devices.contains(sb.s_dev)) k[id].s_dev = k.anon_dev.alloc();
    });
    k.namespaces.each([&](Id<Namespace> id, const Namespace& ns) {
        if (inums.contains(ns.ns.inum)) k[id].ns.inum = k.ns_inum_ida.alloc();
    });
    k.mnt_namespaces.each([&](Id<MntNamespace> id, const MntNamespace& ns) {
        if (inums.contains(ns.ns.inum)) k[id].ns.inum = k.ns_inum_ida.alloc();
    });
}

SavedSupers::SavedSupers(Kernel& kernel, const SavedMachine& saved) : k(kernel), saved_(saved) {
    each_line(saved_, [&](const SavedMount& m) { make(m.line); });
    files_ = find_files(saved_, known_kinds());
}

SavedSupers::~SavedSupers() {
    for (const auto& [place, dentry] : deleted_) dput(k, dentry);
    held_.clear();
    for (const Id<FsContext> fc : contexts_) put_fs_context(k, fc);
}

void SavedSupers::make(const MountinfoLine& line) {
    const Device device{line.major, line.minor};
    const auto [it, fresh] = first_line_.emplace(device, &line);
    if (!fresh) return check_same(line);
    Id<SuperBlock> sb;
    const auto type = get_fs_type(line.fs_type);
    if (line.fs_type == "nsfs")
        sb = use_nsfs(line);
    else if (type && line.major == 0 && (!is_one_of_a_kind(*type) || made_.insert(*type).second))
        sb = make_known(line, *type);
    else
        sb = make_foreign(line);
    SuperBlock& s = k[sb];
    s.s_dev_major = line.major;
    s.s_dev = line.minor; // reserved by free_numbers()
    s.s_readonly = line.super_options.starts_with("ro");
    s.s_flags = s.s_readonly ? s.s_flags | static_cast<u32>(MS::RDONLY) : s.s_flags & ~static_cast<u32>(MS::RDONLY);
    // As it was read, where the model would put it otherwise.
    const std::string rest = line.super_options.substr(2);
    if (flag_words(s.s_flags) + s.options != rest) {
        s.s_flags &= static_cast<u32>(MS::RDONLY | MS::NOUSER);
        s.options = rest;
    }
    supers_[device] = sb;
}

void SavedSupers::check_same(const MountinfoLine& line) {
    const MountinfoLine& first = *first_line_.at({line.major, line.minor});
    const std::string device = std::to_string(line.major) + ":" + std::to_string(line.minor);
    if (line.fs_type != first.fs_type)
        saved_error("device " + device + " is " + first.fs_type + " in mount " + std::to_string(first.id) + " and " +
                        line.fs_type + " in mount " + std::to_string(line.id),
                    {line.id, SavedField::fs_type});
    if (line.super_options == first.super_options) return;
    if (line.super_options.substr(0, 2) != first.super_options.substr(0, 2))
        saved_error("device " + device + " is read-only in mount " +
                        std::to_string(first.super_options.starts_with("ro") ? first.id : line.id) +
                        " and not in mount " +
                        std::to_string(first.super_options.starts_with("ro") ? line.id : first.id),
                    {line.id, SavedField::super_options});
    varied_.insert({line.major, line.minor});
}

/// Of a type that the model plays: as if it had just been mounted with these options.
Id<SuperBlock> SavedSupers::make_known(const MountinfoLine& line, FsType type) {
    const Id<FsContext> fc = *fs_context_for_mount(k, k.init, type, 0);
    contexts_.push_back(fc);
    for (std::string_view rest = line.super_options; !rest.empty();) {
        const std::string_view option = rest.substr(0, rest.find(','));
        rest.remove_prefix(std::min(option.size() + 1, rest.size()));
        const std::size_t is = option.find('=');
        // What is not understood is shown as it was read all the same.
        if (is == std::string_view::npos)
            (void)vfs_parse_fs_param(k, k.init, fc, option, Str{});
        else
            (void)vfs_parse_fs_param(k, k.init, fc, option.substr(0, is), Str(std::string(option.substr(is + 1))));
    }
    if (const auto made = vfs_get_tree(k, k.init, fc); !made)
        saved_error("mount " + std::to_string(line.id) + " has options that its file system refuses",
                    {line.id, SavedField::super_options});
    const Id<SuperBlock> sb = k[k[fc].root].d_sb;
    k.anon_dev.free(k[sb].s_dev);
    return sb;
}

Id<SuperBlock> SavedSupers::make_foreign(const MountinfoLine& line) {
    const Id<SuperBlock> sb = k.supers.alloc();
    k[sb].type = FsType::foreign;
    k[sb].s_user_ns = k.init_user_ns;
    get_namespace(k, k.init_user_ns);
    k[sb].foreign_type = line.fs_type;
    k[sb].s_root = d_make_root(k, new_inode(k, sb, InodeKind::dir, 0755));
    return sb;
}

Id<SuperBlock> SavedSupers::use_nsfs(const MountinfoLine& line) {
    if (line.major != 0 || !made_.insert(FsType::nsfs).second)
        saved_error("mount " + std::to_string(line.id) + " is of a second nsfs, where a machine has one",
                    {line.id, SavedField::device});
    k.anon_dev.free(k[k.nsfs_sb].s_dev);
    return k.nsfs_sb;
}

// ---- names

Id<Dentry> SavedSupers::existing(Id<Dentry> at, std::string_view name) {
    if (std::as_const(k)[k[at].d_sb].type == FsType::proc) return proc_lookup(k, k.init, at, name);
    return d_lookup(k, at, name);
}

Id<Dentry> SavedSupers::walk(Id<Dentry> at, std::string_view path, bool file) {
    while (!path.empty()) {
        const std::string_view name = path.substr(0, path.find('/'));
        path.remove_prefix(std::min(name.size() + 1, path.size()));
        if (name.empty()) continue;
        Id<Dentry> next = existing(at, name);
        if (!next) {
            const bool dir = !path.empty() || !file;
            const Id<Inode> inode = new_inode(k, k[at].d_sb, dir ? InodeKind::dir : InodeKind::file, dir ? 0755 : 0644);
            if (dir) ++d_inode(k, at).i_nlink;
            next = d_add(k, at, name, inode);
        }
        at = next;
    }
    return at;
}

/// True for a file, false for a directory, of what the model's own proc, sysfs or devpts has.
std::optional<bool> SavedSupers::kind_of(const SavedPlace& place) {
    const auto sb = supers_.find({place.major, place.minor});
    if (sb == supers_.end() || std::as_const(k)[sb->second].type == FsType::nsfs) return std::nullopt;
    Id<Dentry> at = std::as_const(k)[sb->second].s_root;
    for (std::string_view path = place.path; !path.empty();) {
        const std::string_view name = path.substr(0, path.find('/'));
        path.remove_prefix(std::min(name.size() + 1, path.size()));
        if (name.empty()) continue;
        at = existing(at, name);
        if (!at) return std::nullopt;
    }
    return d_inode(std::as_const(k), at).kind != InodeKind::dir;
}

std::map<SavedPlace, bool> SavedSupers::known_kinds() {
    std::map<SavedPlace, bool> known;
    each_line(saved_, [&](const SavedMount& m) {
        for (const SavedPlace& place : {root_of(m), mountpoint_of(saved_, m)})
            if (const auto file = kind_of(place)) known[place] = *file;
    });
    return known;
}

Id<Dentry> SavedSupers::root(const SavedMount& m) {
    const Id<SuperBlock> sb = supers_.at({m.line.major, m.line.minor});
    if (sb == k.nsfs_sb) return namespace_file(m.line);
    const SavedPlace place = root_of(m);
    const Id<Dentry> top = std::as_const(k)[sb].s_root;
    const Id<Dentry> root =
        place.path.ends_with("//deleted") ? deleted_root(m.line, place, sb) : walk(top, place.path, is_file(place));
    if (varied_.contains({m.line.major, m.line.minor})) keep_options(root, m.line);
    return root;
}

/// What has no name any more: mountinfo writes the last one that it had.
Id<Dentry> SavedSupers::deleted_root(const MountinfoLine& line, const SavedPlace& place, Id<SuperBlock> sb) {
    Id<Dentry>& dentry = deleted_[place];
    if (dentry) return dentry;
    const std::string_view path = std::string_view(place.path).substr(0, place.path.size() - 9);
    const std::size_t slash = path.rfind('/');
    if (slash == std::string_view::npos || slash + 1 == path.size())
        saved_error("the root of a mount, \"" + place.path + "\", is deleted and never had a name",
                    {line.id, SavedField::root});
    const Id<Dentry> dir = walk(std::as_const(k)[sb].s_root, path.substr(0, slash), false);
    const bool file = is_file(place);
    const Id<Inode> inode = new_inode(k, sb, file ? InodeKind::file : InodeKind::dir, file ? 0644 : 0755);
    k[inode].i_nlink = 0;
    return dentry = d_alloc_unlinked(k, dir, path.substr(slash + 1), inode);
}

/// Some show other options for each directory that is mounted of them, such as subvol= of btrfs; see sb_options().
void SavedSupers::keep_options(Id<Dentry> root, const MountinfoLine& line) {
    const bool dir = d_inode(std::as_const(k), root).kind == InodeKind::dir;
    std::string& kept = d_inode(k, dir ? root : k[root].d_parent).content;
    if (dir || kept.empty()) kept = line.super_options.substr(2);
}

// ---- namespaces

Id<Namespace> SavedSupers::initial_namespace(NsType type) {
    const Nsproxy& n = std::as_const(k)[k[k.init].nsproxy];
    switch (type) {
    case NsType::uts: return n.uts_ns;
    case NsType::ipc: return n.ipc_ns;
    case NsType::pid: return task_active_pid_ns(k, k.init);
    case NsType::net: return n.net_ns;
    case NsType::user: return task_user_ns(k, k.init);
    case NsType::cgroup: return n.cgroup_ns;
    case NsType::time: return n.time_ns;
    case NsType::mnt:
    case NsType::none: break;
    }
    return {};
}

/// The file of a namespace with that number. The first ones of the machine are those of the world; others are made, and
/// what mount namespaces among them hold is not known: nothing.
Id<Dentry> SavedSupers::namespace_file(const MountinfoLine& line) {
    const NsLink link = parse_ns_link(line);
    if (const auto it = namespaces_.find(link.inum); it != namespaces_.end()) {
        if (it->second.first != link.type)
            saved_error("one inode number, " + std::to_string(link.inum) + ", is of two types of namespaces",
                        {line.id, SavedField::root});
        return it->second.second;
    }
    const Id<Namespace> user_ns = task_user_ns(k, k.init);
    HeldPath file;
    if (link.type == NsType::mnt) {
        const Id<MntNamespace> ns = *alloc_mnt_ns(k, {}, user_ns, false);
        k.ns_inum_ida.free(k[ns].ns.inum);
        k[ns].ns.inum = link.inum;
        const Id<Mount> like = k[k[k[k.init].nsproxy].mnt_ns].root;
        const Id<Mount> top = clone_mnt(k, like, k[like].mnt_root, CL::PRIVATE);
        k[ns].root = top;
        mnt_add_to_ns(k, ns, top);
        ++k[ns].nr_mounts;
        file = ns_get_path(k, link.type, ns.index);
        --k[ns].ns.count; // that of its making; the file's remains
    } else if (link.inum < kFirstInum) {
        const Id<Namespace> ns = initial_namespace(link.type);
        if (k[ns].ns.inum >= kFirstInum)
            k.ns_inum_ida.free(k[ns].ns.inum);
        else if (k[ns].ns.inum != link.inum)
            saved_error("two inode numbers, " + std::to_string(k[ns].ns.inum) + " and " + std::to_string(link.inum) +
                            ", are of the machine's first namespace of one type",
                        {line.id, SavedField::root});
        k[ns].ns.inum = link.inum;
        file = ns_get_path(k, link.type, ns.index);
    } else {
        const Id<Namespace> ns = new_namespace(k, link.type, link.type == NsType::user ? Id<Namespace>{} : user_ns, {});
        k.ns_inum_ida.free(k[ns].ns.inum);
        k[ns].ns.inum = link.inum;
        if (link.type == NsType::pid || link.type == NsType::user) {
            k[ns].parent = initial_namespace(link.type);
            k[ns].level = 1;
            get_namespace(k, k[ns].parent);
        }
        file = ns_get_path(k, link.type, ns.index);
        put_namespace(k, ns); // that of its making; the file's remains
    }
    const Id<Dentry> dentry = file->dentry;
    namespaces_[link.inum] = {link.type, dentry};
    held_.push_back(std::move(file));
    return dentry;
}

} // namespace nslab
