// Follows fs/namei.c of Linux 6.18, its first half: from a path to a place.
// Left out: openat2(2) with its scoped walks, automounts, and the two ways of walking (with and without locks), of
// which only what can be seen remains: see give_up().

#include "sim/linux/fs/mount_lists.hpp"
#include "sim/linux/fs/namei.hpp"

namespace nslab {

Result<std::string_view> getname(const Str& name, bool empty_allowed) {
    if (name.kind != Str::Kind::text) return fail(E::FAULT, "the path cannot be read");
    if (name.text.empty() && !empty_allowed) return fail(E::NOENT, "the path is empty");
    if (name.text.size() >= kPathMax) return fail(E::NAMETOOLONG, "the path has more than 4095 bytes");
    return std::string_view(name.text);
}

tl::unexpected<Error> Nameidata::give_up(tl::unexpected<Error> error) {
    unmark(path.mnt);
    return error;
}

void Nameidata::unmark(Id<Mount> m) {
    if (k.table<Mount>().live(m) && std::as_const(k)[m].mnt_expiry_mark) k[m].mnt_expiry_mark = false;
}

void Nameidata::set_root() { root = std::as_const(k)[std::as_const(k)[task].fs].root; }

Result<std::string_view> Nameidata::path_init(u32 lookup_flags) {
    const Kernel& ck = k;
    flags = lookup_flags;
    root = {};
    if (!name.empty() && name.front() == '/') {
        set_root();
        path = root;
        return name;
    }
    if (dfd == AT::FDCWD) {
        path = ck[ck[task].fs].pwd;
        return name;
    }
    const File& file = ck[TRY(fget(k, task, dfd))];
    if (!file.f_path.dentry) {
        if (!name.empty()) return fail(E::NOTDIR, "the descriptor is no directory");
        return fail(E::INVAL, "the descriptor is of no file that has a path");
    }
    if (!name.empty() && !d_is_dir(ck, file.f_path.dentry)) return fail(E::NOTDIR, "the descriptor is no directory");
    path = file.f_path;
    return name;
}

Result<> Nameidata::link_path_walk(std::string_view text) {
    const Kernel& ck = k;
    std::size_t depth = 0;
    last_type = Last::root;
    flags |= LOOKUP::PARENT;
    trailing_slash = false;

    const auto skip_slashes = [](std::string_view s) {
        std::size_t i = 0;
        while (i < s.size() && s[i] == '/') ++i;
        return s.substr(i);
    };
    text = skip_slashes(text);
    if (text.empty()) return {};

    for (;;) {
        TRY(inode_permission(ck, task, path, MAY::EXEC));

        const std::size_t end = text.find('/');
        last = text.substr(0, end);
        last_type = last == "." ? Last::dot : last == ".." ? Last::dotdot : Last::norm;
        const bool slash = end != std::string_view::npos;
        text = slash ? skip_slashes(text.substr(end)) : std::string_view{};

        std::string_view link;
        bool follow = false;
        if (text.empty()) {
            if (depth == 0) {
                trailing_slash = slash;
                flags &= ~LOOKUP::PARENT;
                return {};
            }
            // The last component of a symlink on the way: what it interrupted comes next.
            text = stack_[--depth];
            follow = TRY(walk_component(0, &link));
        } else {
            follow = TRY(walk_component(WALK::MORE, &link));
        }
        if (follow) {
            if (stack_.size() <= depth) stack_.resize(depth + 1);
            stack_[depth++] = text;
            text = link;
            continue;
        }
        if (!d_is_dir(ck, path.dentry)) return give_up(fail(E::NOTDIR, "a component on the way is no directory"));
    }
}

Result<bool> Nameidata::walk_component(u32 walk_flags, std::string_view* link) {
    if (last_type != Last::norm) return handle_dots(link);
    auto child = lookup_child(k, task, path.dentry, last);
    if (!child) return give_up(tl::unexpected<Error>(child.error()));
    if (!*child) return give_up(fail(E::NOENT, "a component of the path does not exist"));
    return step_into(*child, walk_flags, link);
}

Result<bool> Nameidata::lookup_last(std::string_view* link) {
    if (last_type == Last::norm && trailing_slash) flags |= LOOKUP::FOLLOW | LOOKUP::DIRECTORY;
    return walk_component(WALK::TRAILING, link);
}

Result<bool> Nameidata::step_into(Id<Dentry> dentry, u32 walk_flags, std::string_view* link) {
    const Kernel& ck = k;
    Path to{path.mnt, dentry};
    // Source: traverse_mounts().
    while (ck[to.dentry].d_mounts) {
        const Id<Mount> mounted = lookup_mnt(ck, to.mnt, to.dentry);
        if (!mounted) break;
        to = {mounted, ck[mounted].mnt_root};
    }
    const InodeKind kind = d_inode(ck, to.dentry).kind;
    if ((kind != InodeKind::symlink && kind != InodeKind::magic_link) || (walk_flags & WALK::NOFOLLOW) ||
        ((walk_flags & WALK::TRAILING) && !(flags & LOOKUP::FOLLOW))) {
        path = to;
        return false;
    }
    return pick_link(to, link);
}

Result<bool> Nameidata::pick_link(Path link, std::string_view* text) {
    const Kernel& ck = k;
    if (total_link_count_++ >= kMaxSymlinks) return fail(E::LOOP, "more than 40 symlinks on the way");
    if (ck[link.mnt].mnt_flags & MNT::NOSYMFOLLOW) return fail(E::LOOP, "the mount is nosymfollow");

    const Inode& inode = d_inode(ck, link.dentry);
    if (inode.kind == InodeKind::magic_link) {
        // nd_jump_link(): no text, but a place.
        auto target = proc_get_link(k, task, link.dentry);
        if (!target) return give_up(tl::unexpected<Error>(target.error()));
        // A link that leads to a place is followed with references, and those to where it lies are dropped.
        unmark(path.mnt);
        unmark(link.mnt);
        jumped_ = std::move(*target);
        path = *jumped_;
        return false;
    }
    std::string_view body = inode.content;
    if (ck[ck[link.dentry].d_sb].type == FsType::proc) {
        auto made = proc_symlink_text(ck, task, link.dentry);
        if (!made) return give_up(tl::unexpected<Error>(made.error()));
        texts_.push_back(std::make_unique<std::string>(std::move(*made)));
        body = *texts_.back();
    }
    if (!body.empty() && body.front() == '/') {
        if (!root.mnt) set_root();
        path = root;
        const std::size_t start = body.find_first_not_of('/');
        body = start == std::string_view::npos ? std::string_view{} : body.substr(start);
    }
    *text = body;
    return !body.empty();
}

bool Nameidata::choose_mountpoint(Id<Mount> m, Path* found) const {
    const Kernel& ck = k;
    while (mnt_has_parent(ck, m)) {
        const Id<Dentry> mountpoint = ck[m].mnt_mountpoint;
        m = ck[m].mnt_parent;
        if (root == Path{m, mountpoint}) break;
        if (mountpoint != ck[m].mnt_root) {
            *found = {m, mountpoint};
            return true;
        }
    }
    return false;
}

Result<Id<Dentry>> Nameidata::follow_dotdot() {
    const Kernel& ck = k;
    if (path == root) return path.dentry;
    if (path.dentry == ck[path.mnt].mnt_root) {
        Path up;
        if (!choose_mountpoint(path.mnt, &up)) return path.dentry;
        path = up;
    }
    const Id<Dentry> parent = ck[path.dentry].d_parent;
    // A rename may have taken the directory out of what a bind mount shows; nothing may be seen there by way of it.
    const Id<Dentry> mnt_root = ck[path.mnt].mnt_root;
    if (mnt_root != ck[ck[mnt_root].d_sb].s_root && !is_subdir(ck, parent, mnt_root))
        return give_up(fail(E::NOENT, "the directory has been moved out of what the mount shows"));
    return parent;
}

Result<bool> Nameidata::handle_dots(std::string_view* link) {
    if (last_type != Last::dotdot) return false;
    if (!root.mnt) set_root();
    const Id<Dentry> parent = TRY(follow_dotdot());
    return step_into(parent, WALK::NOFOLLOW, link);
}

void Nameidata::handle_lookup_down() {
    std::string_view link;
    static_cast<void>(step_into(path.dentry, WALK::NOFOLLOW, &link)); // cannot fail: follows no symlink
}

Result<HeldPath> Nameidata::path_lookupat(u32 lookup_flags) {
    std::string_view text = TRY(path_init(lookup_flags));
    do TRY(link_path_walk(text));
    while (TRY(lookup_last(&text)));

    if (flags & LOOKUP::MOUNTPOINT) handle_lookup_down();
    if ((flags & LOOKUP::DIRECTORY) && !d_is_dir(k, path.dentry))
        return give_up(fail(E::NOTDIR, "the path leads to no directory"));
    path_get(k, path);
    return HeldPath(k, path);
}

Result<HeldPath> Nameidata::path_parentat(u32 lookup_flags) {
    const std::string_view text = TRY(path_init(lookup_flags));
    TRY(link_path_walk(text));
    path_get(k, path);
    return HeldPath(k, path);
}

Result<HeldPath> user_path_at(Kernel& k, Id<Task> task, i32 dfd, const Str& name, u32 lookup_flags) {
    const std::string_view text = TRY(getname(name, (lookup_flags & LOOKUP::EMPTY) != 0));
    return Nameidata(k, task, dfd, text).path_lookupat(lookup_flags);
}

Result<HeldPath> kern_path(Kernel& k, Id<Task> task, std::string_view name, u32 lookup_flags) {
    if (name.size() >= kPathMax) return fail(E::NAMETOOLONG, "the path has more than 4095 bytes");
    return Nameidata(k, task, AT::FDCWD, name).path_lookupat(lookup_flags);
}

Result<ParentPath> filename_parentat(Kernel& k, Id<Task> task, i32 dfd, const Str& name) {
    const std::string_view text = TRY(getname(name));
    Nameidata nd(k, task, dfd, text);
    ParentPath parent;
    parent.path = TRY(nd.path_parentat(0));
    parent.last = nd.last; // part of the caller's text: the last component is never that of a symlink here
    parent.type = nd.last_type;
    parent.trailing_slash = nd.trailing_slash;
    return parent;
}

Result<Id<Dentry>> lookup_child(Kernel& k, Id<Task> task, Id<Dentry> dir, std::string_view name) {
    const Kernel& ck = k;
    const FsType type = ck[ck[dir].d_sb].type;
    if (type == FsType::proc) {
        const Id<Dentry> found = proc_lookup(k, task, dir, name);
        if (!found) return fail(E::NOENT, "proc has no such entry");
        return found;
    }
    if (const Id<Dentry> found = d_lookup(ck, dir, name)) return found;
    if (d_unlinked(ck, dir)) return fail(E::NOENT, "the directory has been removed");
    // simple_lookup() measures the name, kernfs does not.
    if (name.size() > kNameMax && type != FsType::sysfs && type != FsType::cgroup2)
        return fail(E::NAMETOOLONG, "a component has more than 255 bytes");
    return Id<Dentry>{};
}

} // namespace nslab
