#pragma once
// Types of files, as stat(2) and getdents64(2) write them.

#include "sim/linux/kernel.hpp"

namespace nslab {

/// S_IFDIR and the like.
u32 type_bits(InodeKind kind);
/// DT_DIR and the like: the same, shifted.
u8 dirent_type(InodeKind kind);

/// Whether pidfds are files of pidfs, and not of anon_inodefs. Source: fs/pidfs.c, since 6.9.
inline bool has_pidfs(const Kernel& k) { return !(k.release < Release{6, 9, 0}); }

} // namespace nslab
