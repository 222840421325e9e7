// Follows fs/filesystems.c of Linux 6.18 and what the types say of themselves: ramfs, proc, sysfs, mqueue, devpts,
// cgroup2. Left out: what is in a sysfs beyond the directories that others mount on, pseudo terminals, cgroups.

#include "sim/linux/fs/fs_context.hpp"
#include "sim/linux/kernel/user_namespace.hpp"

namespace nslab {
namespace {

struct FsTypeRow {
    FsType type;
    std::string_view name;
    u64 magic;
    bool registered; // can be mounted by its name
};

constexpr FsTypeRow kTypes[] = {
    {FsType::rootfs, "rootfs", 0x01021994, false}, {FsType::tmpfs, "tmpfs", 0x01021994, true},
    {FsType::ramfs, "ramfs", 0x858458f6, true},    {FsType::proc, "proc", 0x9fa0, true},
    {FsType::sysfs, "sysfs", 0x62656572, true},    {FsType::mqueue, "mqueue", 0x19800202, true},
    {FsType::devpts, "devpts", 0x1cd1, true},      {FsType::cgroup2, "cgroup2", 0x63677270, true},
    {FsType::nsfs, "nsfs", 0x6e736673, false},     {FsType::foreign, "", 0, false},
};

const FsTypeRow& row_of(FsType type) { return kTypes[static_cast<std::size_t>(type)]; }

std::string octal(u32 value, std::size_t width) {
    std::string digits;
    for (; value || digits.size() < width; value >>= 3)
        digits.insert(digits.begin(), static_cast<char>('0' + (value & 7)));
    return digits;
}

constexpr u16 kRamfsMode = 0755;
constexpr u32 kPtyMax = 1U << 20; // NR_UNIX98_PTY_MAX

} // namespace

Result<FsType> get_fs_type(std::string_view name) {
    for (const FsTypeRow& row : kTypes)
        if (row.registered && row.name == name) return row.type;
    return fail(E::NODEV, "there is no file system type of that name");
}

std::string_view fs_type_name(FsType type) { return row_of(type).name; }
u64 fs_magic(FsType type) { return row_of(type).magic; }

Result<u32> kstrtouint(std::string_view text, int base) {
    if (!text.empty() && text.front() == '+') text.remove_prefix(1);
    if (!text.empty() && text.back() == '\n') text.remove_suffix(1);
    const bool hex = text.size() > 2 && text[0] == '0' && (text[1] | 0x20) == 'x';
    if (base == 0) base = hex ? 16 : !text.empty() && text[0] == '0' ? 8 : 10;
    if (base == 16 && hex) text.remove_prefix(2);
    if (text.empty()) return fail(E::INVAL, "the value is no number");
    u64 value = 0;
    for (const char c : text) {
        int digit = 99;
        if (c >= '0' && c <= '9') digit = c - '0';
        if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f') digit = (c | 0x20) - 'a' + 10;
        if (digit >= base) return fail(E::INVAL, "the value is no number");
        value = value * static_cast<u64>(base) + static_cast<u64>(digit);
        if (value >> 32) return fail(E::INVAL, "the number is too large");
    }
    return static_cast<u32>(value);
}

FsOptions default_options(FsType type) {
    FsOptions opts;
    opts.mode = type == FsType::ramfs ? kRamfsMode : type == FsType::devpts ? 0600 : 01777;
    opts.max = kPtyMax;
    return opts;
}

std::string show_options(const Kernel& k, FsType type, const FsOptions& opts) {
    std::string text;
    switch (type) {
    case FsType::rootfs:
    case FsType::tmpfs: return shmem_show_options(k, opts);
    case FsType::ramfs:
        if (opts.mode != kRamfsMode) text += ",mode=" + octal(opts.mode, 1);
        break;
    case FsType::proc: {
        constexpr std::string_view hidepid[] = {"off", "noaccess", "invisible", "", "ptraceable"};
        if (opts.gid) text += ",gid=" + std::to_string(opts.gid == kInvalidId ? kOverflowId : opts.gid);
        if (opts.hidepid) text += ",hidepid=" + std::string(hidepid[opts.hidepid]);
        if (opts.pidonly) text += ",subset=pid";
        break;
    }
    case FsType::devpts:
        if (opts.seen & SEEN::UID) text += ",uid=" + std::to_string(opts.uid);
        if (opts.seen & SEEN::GID) text += ",gid=" + std::to_string(opts.gid);
        text += ",mode=" + octal(opts.mode, 3) + ",ptmxmode=" + octal(opts.ptmxmode, 3);
        if (opts.max < kPtyMax) text += ",max=" + std::to_string(opts.max);
        break;
    case FsType::sysfs:
    case FsType::mqueue:
    case FsType::cgroup2:
    case FsType::nsfs:
    case FsType::foreign: break; // of a foreign one the text was saved
    }
    return text;
}

} // namespace nslab
