// Follows mm/shmem.c of Linux 6.18: the options and limits of tmpfs. (The kernel keeps it in mm; here it is with the
// other file systems.) Left out: memory policies, quotas, case folding, swap.

#include <algorithm>
#include <limits>

#include "sim/linux/fs/fs_context.hpp"
#include "sim/linux/fs/namei.hpp"

namespace nslab {
namespace {

constexpr u64 kPageSize = 4096;
constexpr std::string_view kHuge[] = {"never", "always", "within_size", "advise"};

/// A number with a suffix from K to E; what is left of the text stays in `text`. Source: lib/cmdline.c, memparse().
u64 memparse(std::string_view* text) {
    u64 base = 10;
    std::string_view& s = *text;
    if (s.size() > 1 && s[0] == '0' && (s[1] == 'x' || s[1] == 'X')) {
        base = 16;
        s.remove_prefix(2);
    } else if (!s.empty() && s[0] == '0') {
        base = 8;
    }
    u64 value = 0;
    for (; !s.empty(); s.remove_prefix(1)) {
        const char c = s.front();
        u64 digit = 99;
        if (c >= '0' && c <= '9') digit = static_cast<u64>(c - '0');
        if (c >= 'a' && c <= 'f') digit = static_cast<u64>(c - 'a') + 10;
        if (c >= 'A' && c <= 'F') digit = static_cast<u64>(c - 'A') + 10;
        if (digit >= base) break;
        value = value * base + digit;
    }
    constexpr std::string_view suffixes = "KMGTPE";
    if (!s.empty()) {
        const char upper = static_cast<char>(s.front() & ~0x20);
        if (const std::size_t power = suffixes.find(upper); power != std::string_view::npos) {
            value <<= 10 * (power + 1);
            s.remove_prefix(1);
        }
    }
    return value;
}

Result<u32> parse_id(std::string_view text) {
    const u32 id = TRY(kstrtouint(text, 0));
    if (id == std::numeric_limits<u32>::max()) return fail(E::INVAL, "-1 is nobody's id");
    return id;
}

Result<> parse_size(const Kernel& k, FsOptions& opts, std::string_view text) {
    u64 size = memparse(&text);
    if (!text.empty() && text.front() == '%') {
        size = size * kPageSize * k.totalram_pages / 100;
        text.remove_prefix(1);
    }
    if (!text.empty()) return fail(E::INVAL, "bad value for size");
    opts.blocks = size / kPageSize + (size % kPageSize != 0);
    opts.seen |= SEEN::BLOCKS;
    return {};
}

Result<Parsed> parse_value(const Kernel& k, FsOptions& opts, std::string_view key, std::string_view text) {
    if (key == "size") {
        TRY(parse_size(k, opts, text));
    } else if (key == "nr_blocks") {
        opts.blocks = memparse(&text);
        if (!text.empty() || opts.blocks >> 63) return fail(E::INVAL, "bad value for nr_blocks");
        opts.seen |= SEEN::BLOCKS;
    } else if (key == "nr_inodes") {
        opts.inodes = memparse(&text);
        if (!text.empty() || opts.inodes >> 54) return fail(E::INVAL, "bad value for nr_inodes");
        opts.seen |= SEEN::INODES;
    } else if (key == "mode") {
        opts.mode = static_cast<u16>(TRY(kstrtouint(text, 8)) & 07777);
    } else if (key == "uid") {
        opts.uid = TRY(parse_id(text));
    } else if (key == "gid") {
        opts.gid = TRY(parse_id(text));
    } else if (key == "huge") {
        for (u8 i = 0; i < 4; ++i) {
            if (kHuge[i] != text) continue;
            opts.huge = i;
            opts.seen |= SEEN::HUGE_PAGES;
            return Parsed::done;
        }
        return fail(E::INVAL, "bad value for huge");
    } else {
        return fail(E::NOSYS, "not modelled yet: memory policies");
    }
    return Parsed::done;
}

/// Pages that were written. A hole, between what was written at two places, reads as zeros and takes none.
u64 pages_of(const Inode& inode) {
    u64 pages = 0;
    for (std::string_view rest = inode.content; !rest.empty(); rest.remove_prefix(std::min(kPageSize, rest.size())))
        pages += rest.substr(0, kPageSize).find_first_not_of('\0') != std::string_view::npos;
    return pages;
}

/// Memory that a tmpfs uses, in pages. Short symlinks (SHORT_SYMLINK_LEN) are kept in their inode.
u64 used_blocks(const Kernel& k, Id<SuperBlock> sb) {
    u64 pages = 0;
    k.inodes.each([&](Id<Inode>, const Inode& inode) {
        const bool in_inode = inode.kind == InodeKind::symlink && inode.content.size() < 128;
        if (inode.i_sb == sb && !in_inode) pages += pages_of(inode);
    });
    return pages;
}

/// Inodes that a tmpfs counts: each one, and each further name of one.
u64 used_inodes(const Kernel& k, Id<SuperBlock> sb) {
    u64 n = 0;
    k.inodes.each([&](Id<Inode>, const Inode& inode) {
        if (inode.i_sb != sb) return;
        n += inode.kind == InodeKind::dir || inode.i_nlink == 0 ? 1 : inode.i_nlink;
    });
    return n;
}

void append_octal(std::string& text, u32 value) {
    std::string digits;
    for (; value || digits.size() < 3; value >>= 3) digits.insert(digits.begin(), static_cast<char>('0' + (value & 7)));
    text += digits;
}

} // namespace

std::string_view shmem_next_opt(std::string_view* rest) {
    std::size_t comma = 0;
    do comma = rest->find(',', comma == 0 ? 0 : comma + 1);
    while (comma != std::string_view::npos && comma + 1 < rest->size() && (*rest)[comma + 1] >= '0' &&
           (*rest)[comma + 1] <= '9');
    const std::string_view option = rest->substr(0, comma);
    *rest = comma == std::string_view::npos ? std::string_view{} : rest->substr(comma + 1);
    return option;
}

Result<Parsed> shmem_parse_one(const Kernel& k, FsOptions& opts, const FsParameter& param) {
    for (const std::string_view flag : {"inode32", "inode64", "noswap", "casefold", "strict_encoding"}) {
        if (flag != param.key) continue;
        if (param.type != FsValue::flag) return fail(E::INVAL, "the option takes no value");
        if (flag == "noswap") {
            opts.noswap = true;
        } else if (flag == "inode32" || flag == "inode64") {
            opts.full_inums = flag == "inode64";
            opts.seen |= SEEN::INUMS;
        } else {
            return fail(E::INVAL, "the kernel is built without CONFIG_UNICODE");
        }
        return Parsed::done;
    }
    for (const std::string_view key : {"size", "nr_blocks", "nr_inodes", "mode", "uid", "gid", "huge", "mpol"}) {
        if (key != param.key) continue;
        if (param.type != FsValue::string || param.string.empty()) return fail(E::INVAL, "the option needs a value");
        return parse_value(k, opts, key, param.string);
    }
    return Parsed::not_mine;
}

Result<> shmem_reconfigure(Kernel& k, Id<SuperBlock> sb, const FsOptions& opts) {
    FsOptions& now = k[sb].opts;
    if ((opts.seen & SEEN::BLOCKS) && opts.blocks) {
        if ((now.seen & SEEN::BLOCKS) && !now.blocks) return fail(E::INVAL, "cannot retroactively limit size");
        if (used_blocks(k, sb) > opts.blocks) return fail(E::INVAL, "too small a size for current use");
    }
    if ((opts.seen & SEEN::INODES) && opts.inodes) {
        if ((now.seen & SEEN::INODES) && !now.inodes) return fail(E::INVAL, "cannot retroactively limit inodes");
        if (used_inodes(k, sb) > opts.inodes) return fail(E::INVAL, "too few inodes for current use");
    }
    if (opts.noswap && !now.noswap) return fail(E::INVAL, "cannot disable swap on remount");
    if (opts.seen & SEEN::HUGE_PAGES) now.huge = opts.huge;
    if (opts.seen & SEEN::INUMS) now.full_inums = opts.full_inums;
    if (opts.seen & SEEN::BLOCKS) now.blocks = opts.blocks;
    if (opts.seen & SEEN::INODES) now.inodes = opts.inodes;
    now.seen |= opts.seen;
    return {};
}

std::string shmem_show_options(const Kernel& k, const FsOptions& opts) {
    std::string text;
    // Half of the memory is what is given where nothing is said: shmem_default_max_blocks(),
    // shmem_default_max_inodes().
    const u64 half = k.totalram_pages / 2;
    if ((opts.seen & SEEN::BLOCKS) && opts.blocks != half)
        text += ",size=" + std::to_string(opts.blocks * (kPageSize / 1024)) + "k";
    if ((opts.seen & SEEN::INODES) && opts.inodes != half) text += ",nr_inodes=" + std::to_string(opts.inodes);
    if (opts.mode != 01777) {
        text += ",mode=";
        append_octal(text, opts.mode);
    }
    if (opts.uid) text += ",uid=" + std::to_string(opts.uid);
    if (opts.gid) text += ",gid=" + std::to_string(opts.gid);
    if (opts.full_inums) text += ",inode64";
    if (opts.huge) text += ",huge=" + std::string(kHuge[opts.huge]);
    if (opts.noswap) text += ",noswap";
    return text;
}

Result<> shmem_reserve_inode(const Kernel& k, Id<SuperBlock> sb) {
    const FsOptions& opts = k[sb].opts;
    if (!(opts.seen & SEEN::INODES) || !opts.inodes) return {};
    if (used_inodes(k, sb) >= opts.inodes) return fail(E::NOSPC, "the tmpfs has no inode left");
    return {};
}

void shmem_statfs(const Kernel& k, Id<SuperBlock> sb, StatfsBuf& buf) {
    const FsOptions& opts = k[sb].opts;
    const u64 blocks = opts.seen & SEEN::BLOCKS ? opts.blocks : k.totalram_pages / 2;
    const u64 inodes = opts.seen & SEEN::INODES ? opts.inodes : k.totalram_pages / 2;
    if (blocks) {
        buf.f_blocks = blocks;
        buf.f_bfree = buf.f_bavail = blocks - used_blocks(k, sb);
    }
    if (inodes) {
        buf.f_files = inodes;
        buf.f_ffree = inodes - used_inodes(k, sb);
    }
}

u64 shmem_room(const Kernel& k, Id<SuperBlock> sb, Id<Inode> inode) {
    const FsOptions& opts = k[sb].opts;
    if (!(opts.seen & SEEN::BLOCKS) || !opts.blocks) return std::numeric_limits<u64>::max();
    const u64 others = used_blocks(k, sb) - pages_of(k[inode]);
    return others >= opts.blocks ? 0 : (opts.blocks - others) * kPageSize;
}

} // namespace nslab
