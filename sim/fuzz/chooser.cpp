#include "sim/fuzz/chooser.hpp"

#include "sim/linux/fs/mount.hpp"
#include "sim/linux/kernel/internal.hpp"

namespace nslab::fuzz {

/// Where some mount of the caller's namespace lies, as the caller would say it.
std::string Chooser::mount_point() {
    const Id<MntNamespace> ns = current_mnt_ns(k_, task_);
    const u32 n = k_[ns].nr_mounts;
    u32 number = random.below(n ? n : 1);
    Id<Mount> m = k_[ns].mounts_first;
    while (m && number--) m = k_[m].mnt_ns_next;
    if (!m || !mnt_has_parent(k_, m)) return "/";
    const PathText text = path_text(k_, Path{m, k_[m].mnt_root}, k_[k_[task_].fs].root);
    return text.text.empty() || text.text.size() > 200 ? "/" : text.text;
}

Str Chooser::mounted() {
    if (rarely(4)) return path();
    return mount_point();
}

Str Chooser::path() {
    static constexpr const char* kPlaces[] = {"/a", "/b", "/c", "/a", "/b", "/a/x", "/b/x", "/c/x", "/a/x/y", "/"};
    const u32 kind = random.below(100);
    if (kind < 45) return kPlaces[random.below(std::size(kPlaces))];
    if (kind < 75) return mount_point();
    if (kind < 85) {
        std::string text = mount_point();
        if (text != "/") text += '/';
        return text + random.of({"x", "y", "a", ".."});
    }
    if (kind < 90) return random.of({".", "x", "..", "a", "./x", "../b"});
    if (kind < 94) return link_of_proc();
    switch (random.below(12)) {
    case 0: return nullptr;
    case 1: return Str::bad_pointer();
    case 2: return "";
    case 3: return "/nothing";
    case 4: return "/a/f";
    case 5: return "/a/f/x";
    case 6: return "/a/l";
    case 7: return "/a/";
    default: return random.of({"/proc", "/a/f", "/b/f", "/a/l", "/proc/sys"});
    }
}

Str Chooser::fresh() {
    const std::string dir = random.percent(50) ? mount_point() : random.of({"/a", "/b", "/c", "/a/x", "/b/x", "/"});
    const char* name = random.of({"x", "y", "x", "a", "b", "f", "l"});
    if (rarely(10)) return name;
    return dir == "/" ? dir + name : dir + "/" + name;
}

Id<Task> Chooser::somebody() { return model_.task(people_[random.below(people_.size())]); }

std::string Chooser::proc() {
    const Id<Task> other = somebody();
    return !other || rarely(3) ? "/proc/self" : "/proc/" + std::to_string(k_[other].pid);
}

Str Chooser::link_of_proc() {
    const std::string text = proc();
    switch (random.below(8)) {
    case 0: return text + "/root";
    case 1: return text + "/cwd";
    case 2: return text + "/root" + random.of({"/a", "/b", "/a/x"});
    case 3: return text + "/cwd/x";
    case 4: return text + "/fd/" + std::to_string(3 + random.below(3));
    case 5: return text + "/ns/" + random.of({"uts", "ipc", "net", "user", "cgroup"});
    default: return text + "/ns/mnt";
    }
}

i32 Chooser::fd() {
    if (rarely(25)) return random.of({-1, 99, AT::FDCWD});
    const auto& open = k_[k_[task_].files].fd;
    std::size_t count = 0;
    for (const Fd& fd : open) count += bool(fd.file);
    if (count == 0) {
        pointless = true;
        return 3;
    }
    u32 number = random.below(count);
    for (std::size_t i = 0; i < open.size(); ++i)
        if (open[i].file && number-- == 0) return static_cast<i32>(i);
    return 3;
}

i32 Chooser::fd_that(bool (*is)(const Kernel& k, const File& file)) {
    if (rarely(12)) return fd();
    const auto& open = k_[k_[task_].files].fd;
    std::vector<i32> such;
    for (std::size_t i = 0; i < open.size(); ++i)
        if (open[i].file && is(k_, k_[open[i].file])) such.push_back(static_cast<i32>(i));
    if (!such.empty()) return such[random.below(such.size())];
    pointless = true;
    return 3;
}

static const Inode* inode_of(const Kernel& k, const File& file) {
    return file.f_path.dentry ? &d_inode(k, file.f_path.dentry) : nullptr;
}

i32 Chooser::pidfd() {
    return fd_that([](const Kernel&, const File& file) { return bool(file.pidfd); });
}
i32 Chooser::namespace_fd() {
    return fd_that([](const Kernel& k, const File& file) {
        const Inode* inode = inode_of(k, file);
        return inode && inode->ns_type != NsType::none;
    });
}
i32 Chooser::user_namespace_fd() {
    return fd_that([](const Kernel& k, const File& file) {
        const Inode* inode = inode_of(k, file);
        return inode && inode->ns_type == NsType::user;
    });
}
i32 Chooser::detached_fd() {
    return fd_that([](const Kernel&, const File& file) { return file.need_unmount; });
}
i32 Chooser::proc_fd() {
    return fd_that([](const Kernel& k, const File& file) {
        const Inode* inode = inode_of(k, file);
        return inode && inode->kind == InodeKind::proc_file;
    });
}

bool Chooser::is_context(i32 fd) const {
    const auto& open = k_[k_[task_].files].fd;
    const auto number = static_cast<std::size_t>(fd);
    return fd >= 0 && number < open.size() && open[number].file && k_[open[number].file].fs_context;
}

bool Chooser::is_plain(i32 fd) const {
    const auto& open = k_[k_[task_].files].fd;
    const auto number = static_cast<std::size_t>(fd);
    if (fd < 0 || number >= open.size() || !open[number].file) return false;
    const Id<Dentry> dentry = k_[open[number].file].f_path.dentry;
    if (!dentry) return false;
    const FsType type = k_[k_[dentry].d_sb].type;
    return type == FsType::tmpfs || type == FsType::ramfs;
}

i32 Chooser::dfd() { return random.percent(75) ? AT::FDCWD : fd(); }

i32 Chooser::pid() {
    if (rarely(20)) return random.of({0, 99, -99});
    const Id<Task> other = somebody();
    return other ? task_pid_nr_ns(k_, other, task_active_pid_ns(k_, task_)) : 99;
}

u64 Chooser::bits(std::initializer_list<u64> choices) {
    u64 value = 0;
    u32 more = random.below(100);
    for (u32 odds = 55; more < odds; odds /= 2, more = random.below(100)) value |= random.of(choices);
    return value;
}

u64 Chooser::propagation() {
    return random.of({MS::SHARED, MS::SHARED, MS::SLAVE, MS::SLAVE, MS::PRIVATE, MS::UNBINDABLE});
}

} // namespace nslab::fuzz
