#pragma once
// The file systems of saved mountinfo: super blocks by device number, and the names in them that mounts need.

#include <optional>
#include <set>

#include "sim/backend/saved_kinds.hpp"
#include "sim/linux/fs/mount.hpp"
#include "sim/linux/fs/namei.hpp"

namespace nslab {

/// Takes the numbers that the files name (of mounts, devices and namespaces) away from whoever in the plain world has
/// them, and reserves them.
void free_numbers(Kernel& k, const SavedMachine& saved);

class SavedSupers {
  public:
    SavedSupers(Kernel& k, const SavedMachine& saved);
    /// What was made is held by the mounts from now on.
    ~SavedSupers();
    SavedSupers(const SavedSupers&) = delete;
    SavedSupers& operator=(const SavedSupers&) = delete;

    /// What a mount shows at its root, made where it is missing. The mount takes a reference of its own.
    Id<Dentry> root(const SavedMount& m);
    /// The way down from a dentry; what is missing is made: directories, and at the end a file where `file`.
    Id<Dentry> walk(Id<Dentry> at, std::string_view path, bool file);
    bool is_file(const SavedPlace& place) const { return files_.at(place); }

  private:
    void make(const MountinfoLine& line);
    Id<SuperBlock> make_known(const MountinfoLine& line, FsType type);
    Id<SuperBlock> make_foreign(const MountinfoLine& line);
    Id<SuperBlock> use_nsfs(const MountinfoLine& line);
    void check_same(const MountinfoLine& line);
    Id<Dentry> existing(Id<Dentry> at, std::string_view name);
    std::optional<bool> kind_of(const SavedPlace& place);
    std::map<SavedPlace, bool> known_kinds();
    void keep_options(Id<Dentry> root, const MountinfoLine& line);
    Id<Dentry> deleted_root(const MountinfoLine& line, const SavedPlace& place, Id<SuperBlock> sb);
    Id<Dentry> namespace_file(const MountinfoLine& line);
    Id<Namespace> initial_namespace(NsType type);

    using Device = std::pair<u32, u32>;
    Kernel& k;
    const SavedMachine& saved_;
    std::map<Device, Id<SuperBlock>> supers_;
    std::map<Device, const MountinfoLine*> first_line_;
    std::set<Device> varied_; // their options depend on what is mounted of them (btrfs)
    std::map<SavedPlace, bool> files_;
    std::map<SavedPlace, Id<Dentry>> deleted_;
    std::map<u32, std::pair<NsType, Id<Dentry>>> namespaces_; // by inode number
    std::set<FsType> made_;                                   // of the types of which there is one
    std::vector<Id<FsContext>> contexts_;
    std::vector<HeldPath> held_;
};

} // namespace nslab
