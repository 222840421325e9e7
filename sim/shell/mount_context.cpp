#include "sim/shell/mount_context.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace nslab::shell {
namespace {

constexpr u64 kPropagation = MS::SHARED | MS::SLAVE | MS::PRIVATE | MS::UNBINDABLE;
// Flags that a bind mount takes by a second call only. Source: libmount/src/mountP.h, MNT_BIND_SETTABLE.
constexpr u64 kBindSettable =
    MS::NOSUID | MS::NODEV | MS::NOEXEC | MS::NOATIME | MS::NODIRATIME | MS::RELATIME | MS::RDONLY | MS::NOSYMFOLLOW;

bool is_tag(const std::string& source) {
    constexpr std::string_view kTags[] = {"LABEL=", "UUID=", "PARTLABEL=", "PARTUUID=", "ID="};
    return std::any_of(std::begin(kTags), std::end(kTags),
                       [&](std::string_view tag) { return source.compare(0, tag.size(), tag) == 0; });
}

} // namespace

u64 MountContext::all_flags() const {
    u64 all = flags;
    for (const u64 f : more_) all |= f;
    return all;
}

/// For an operand that is missing: the mount's own line. A remount takes its options over, those asked for after them.
/// Source: mnt_context_apply_fstab().
bool MountContext::apply_table(Tool& tool) {
    if (source && target) return true;
    if (!source && target && !use_table) return true;
    if (!use_table) {
        refusal = Refusal::no_fstab;
        return false;
    }
    const bool remount = (sort_options(split_options(options)).flags & MS::REMOUNT) != 0;
    if (remount) {
        const MountTable mounts = MountTable::read(tool);
        const MountinfoLine* line = nullptr;
        if (source)
            line = mounts.find_source(tool, *source);
        else
            line = mounts.find_target(tool, *target);
        if (!line && swap_match) line = source ? mounts.find_target(tool, *source) : mounts.find_source(tool, *target);
        if (line) {
            const bool bind = (sort_options(split_options(options)).flags & MS::BIND) != 0;
            source = line->source;
            target = line->mount_point;
            if (!type) type = line->fs_type;
            options = merged_options(*line) + "," + options;
            if (!bind) {
                std::vector<MountOption> kept = split_options(options);
                kept.erase(std::remove_if(kept.begin(), kept.end(), [](const auto& o) { return o.name == "bind"; }),
                           kept.end());
                options = join_options(kept);
            }
            return true;
        }
        if (target && !source) return true; // the kernel shall say what is wrong
    }
    refusal = Refusal::no_fstab;
    return false;
}

/// Which calls are made: one for the mount, one for each propagation type in the order given, and for a bind with other
/// flags a remount of it. Source: fix_optstr(), init_propagation(), init_bind_remount().
void MountContext::plan_calls() {
    sorted_ = sort_options(split_options(options));
    flags = sorted_.flags | extra_flags;
    more_.clear();
    if (flags & kPropagation) {
        int recursive = 0;
        for (const MountOption& o : sorted_.vfs) {
            const u64 f = flag_of_option(o.name);
            if (f & MS::REC) ++recursive;
            if (!(f & kPropagation)) continue;
            more_.push_back(f);
            flags &= ~f;
            if (f & MS::REC) --recursive;
        }
        if (recursive > 0) flags |= MS::REC; // of an rbind
    }
    if ((flags & MS::BIND) && (flags & kBindSettable) && !(flags & MS::REMOUNT))
        more_.push_back(flags | MS::REMOUNT | MS::BIND);
    const std::string list = join_options(sorted_.fs);
    data_ = list.empty() ? std::nullopt : std::optional(list);
}

bool MountContext::propagation_only() const {
    return !more_.empty() && (flags == 0 || flags == MS::SILENT) && (!type || *type == "none") &&
           (!source || *source == "none");
}

bool MountContext::prepare_source(Tool& tool) {
    if (!source) {
        if (propagation_only()) source = "none";
        return true;
    }
    if (is_tag(*source)) {
        refusal = Refusal::no_source;
        return false;
    }
    if (canonicalize && !(type && is_pseudo_filesystem(*type)))
        if (auto path = realpath(tool, *source)) source = std::move(*path);
    return true;
}

/// Source: mnt_context_guess_fstype(). What lies on a block device is not looked at: the world has none.
void MountContext::guess_type() {
    if ((flags & (MS::BIND | MS::MOVE)) || propagation_only()) {
        type = "none";
        return;
    }
    if (type && *type == "auto") type.reset();
    if (!type && (flags & MS::REMOUNT)) type = "none";
}

bool MountContext::make_target(Tool& tool, const std::string& path, u32 mode) {
    // Every prefix that is not there yet. Source: lib/fileutils.c, ul_mkdir_p().
    for (std::size_t end = path[0] == '/' ? 1 : 0; end != std::string::npos;) {
        end = path.find('/', end);
        const std::string prefix = path.substr(0, end);
        if (end != std::string::npos) ++end;
        if (prefix.empty() || prefix == "/") continue;
        const Outcome o = tool.probe(sys::Mkdirat{AT::FDCWD, prefix, mode});
        if (!o.ok() && o.error != E::EXIST) {
            error = tool.call(sys::Mkdirat{AT::FDCWD, prefix, mode}).error;
            return false;
        }
    }
    return true;
}

bool MountContext::prepare_target(Tool& tool) {
    if (!target) return true;
    if (!target_prefix.empty()) {
        const std::string rest = target->compare(0, 1, "/") == 0 ? target->substr(1) : *target;
        target = rest.empty() ? target_prefix : target_prefix + "/" + rest;
    }
    const auto wish = std::find_if(sorted_.user.begin(), sorted_.user.end(), [](const MountOption& o) {
        return o.name == "X-mount.mkdir" || o.name == "x-mount.mkdir";
    });
    if (wish != sorted_.user.end() && !stat(tool, *target)) {
        std::string digits = wish->value.value_or("");
        if (digits.size() >= 2 && digits.front() == '"') digits = digits.substr(1, digits.size() - 2);
        u32 mode = 0;
        for (const char c : digits) {
            if (c < '0' || c > '7') {
                refusal = Refusal::bad_options;
                return false;
            }
            mode = mode * 8 + static_cast<u32>(c - '0');
        }
        if (!make_target(tool, *target, mode ? mode : 0755)) {
            refusal = Refusal::mkdir;
            return false;
        }
    }
    if (canonicalize)
        if (auto path = realpath(tool, *target)) target = std::move(*path);
    return true;
}

E MountContext::perform_more(Tool& tool) {
    for (const u64 f : more_) {
        const Outcome o = tool.call(sys::Mount{"none", *target, nullptr, f | (flags & MS::SILENT), nullptr});
        if (!o.ok()) return o.error == E::OK ? E::NOSYS : o.error;
    }
    return E::OK;
}

/// Source: mnt_context_prepare_helper().
void MountContext::prepare_helper(TargetNamespace& ns, const std::optional<std::string>& kind) const {
    if (helpers && kind && *kind != "none" && kind->find('/') == std::string::npos) ns.seek_helper();
}

/// Source: do_mount().
void MountContext::perform(Tool& tool, TargetNamespace& ns, const std::optional<std::string>& try_type) {
    if (try_type) prepare_helper(ns, try_type);
    called = true;
    error = E::OK;
    if (fake) return;
    if (propagation_only()) {
        error = perform_more(tool);
        propagation_failed = error != E::OK;
        return;
    }
    const std::optional<std::string> kind = try_type ? try_type : type;
    const Outcome o = tool.call(sys::Mount{source.value_or("none"), *target, kind ? Str(*kind) : Str(),
                                           flags | (try_type ? MS::SILENT : 0), data_ ? Str(*data_) : Str()});
    if (!o.ok()) {
        error = o.error == E::OK ? E::NOSYS : o.error;
        return;
    }
    propagation_failed = perform_more(tool) != E::OK;
}

/// One after the other, until one is taken: those of the pattern, or those that /proc/filesystems lists.
/// Source: do_mount_by_types(), do_mount_by_pattern().
void MountContext::perform_types(Tool& tool, TargetNamespace& ns) {
    const bool negative = pattern_ && pattern_->compare(0, 2, "no") == 0;
    if (pattern_ && !negative) {
        std::string_view rest = *pattern_;
        while (!rest.empty()) {
            const std::string_view word = rest.substr(0, rest.find(','));
            rest.remove_prefix(std::min(word.size() + 1, rest.size()));
            perform(tool, ns, std::string(word));
            if (error == E::OK) return;
        }
        return;
    }
    const FileText file = [&] {
        const TargetNamespace::Visit own(ns, TargetNamespace::Side::origin);
        return read_file(tool, "/proc/filesystems");
    }();
    std::string_view rest = file.text;
    refusal = file.error == E::OK ? Refusal::no_type : Refusal::no_filesystems;
    while (!rest.empty()) {
        std::string_view row = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(row.size() + 1, rest.size()));
        if (row.empty() || row[0] != '\t') continue; // "nodev" stands in front of those without a device
        row.remove_prefix(1);
        if (pattern_ && !type_matches(std::string(row), *pattern_)) continue;
        refusal = Refusal::none;
        perform(tool, ns, std::string(row));
        if (error != E::INVAL && error != E::NODEV) return;
    }
}

bool MountContext::source_is_read_only(Tool& tool) const {
    if (!source) return false;
    const MountTable mounts = MountTable::read(tool);
    const MountinfoLine* line = mounts.find_source(tool, *source, false);
    if (!line) return false;
    const auto list = split_options(line->super_options);
    return std::any_of(list.begin(), list.end(), [](const MountOption& o) { return o.name == "ro"; });
}

void MountContext::mount(Tool& tool, TargetNamespace& ns) {
    const TargetNamespace::Visit there(ns, TargetNamespace::Side::target);
    // A list of types, or "nofoo", is a pattern.
    if (type && (type->find(',') != std::string::npos || type->compare(0, 2, "no") == 0)) {
        pattern_ = type;
        type.reset();
    }
    if (!apply_table(tool)) return;
    plan_calls();
    if (!prepare_source(tool)) return;
    guess_type();
    if (!prepare_target(tool)) return;
    prepare_helper(ns, type);

    const auto perform_all = [&] {
        if (type)
            perform(tool, ns, std::nullopt);
        else
            perform_types(tool, ns);
    };
    perform_all();

    // A source that cannot be written is mounted read-only.
    if (called && (error == E::ROFS || error == E::ACCES || (error == E::BUSY && source_is_read_only(tool))) &&
        !(flags & (MS::RDONLY | MS::REMOUNT | MS::BIND)) && !read_write_only) {
        flags |= MS::RDONLY;
        forced_read_only = true;
        perform_all();
    }
}

} // namespace nslab::shell
