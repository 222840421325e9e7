// Follows fs/fs_struct.c of Linux 6.18: root, working directory and umask of tasks.

#include "sim/linux/fs/internal.hpp"

namespace nslab {

void set_fs_root(Kernel& k, Id<FsStruct> fs, Path p) {
    path_get(k, p);
    const Path old = std::exchange(k[fs].root, p);
    if (old.dentry) path_put_last(k, old);
}

void set_fs_pwd(Kernel& k, Id<FsStruct> fs, Path p) {
    path_get(k, p);
    const Path old = std::exchange(k[fs].pwd, p);
    if (old.dentry) path_put_last(k, old);
}

void chroot_fs_refs(Kernel& k, Path old_root, Path new_root) {
    // Not by task: an fs_struct that several tasks share must move once. (The kernel meets it again and finds it
    // moved.)
    std::vector<Id<FsStruct>> all;
    k.fs_structs.each([&](Id<FsStruct> id, const FsStruct& fs) {
        if (fs.users > 0 && (fs.root == old_root || fs.pwd == old_root)) all.push_back(id);
    });
    for (const Id<FsStruct> id : all) {
        FsStruct& fs = k[id];
        for (Path* p : {&fs.root, &fs.pwd}) {
            if (*p != old_root) continue;
            path_get(k, new_root);
            *p = new_root;
            path_put(k, old_root);
        }
    }
}

Id<FsStruct> copy_fs_struct(Kernel& k, Id<FsStruct> old) {
    const auto [id, fs] = k.fs_structs.emplace(std::as_const(k)[old]);
    fs.users = 1;
    path_get_both(k, fs.root, fs.pwd);
    return id;
}

Id<FsStruct> replace_fs_struct(Kernel& k, Id<FsStruct> old) {
    const Id<FsStruct> made = k.fs_structs.emplace(std::as_const(k)[old]).id;
    k.fs_structs.free(old);
    return made;
}

void free_fs_struct(Kernel& k, Id<FsStruct> id) {
    const FsStruct fs = std::as_const(k)[id];
    path_put_both(k, fs.root, fs.pwd);
    k.fs_structs.free(id);
}

} // namespace nslab
