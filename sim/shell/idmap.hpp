#pragma once
// The id maps that unshare(1) writes for a new user namespace.

#include <optional>
#include <string>

#include "sim/linux/uapi/flags.hpp"

namespace nslab::shell {

/// Ids outside, from `outer` on, that are ids inside, from `inner` on.
struct IdRange {
    u32 outer = 0, inner = 0, count = 0;
};

/// A number; `id_or_name` also takes "root", the only name there is without /etc/passwd.
std::optional<u32> id_number(const std::string& text);
std::optional<u32> id_or_name(const std::string& text);
/// OUTER,INNER,COUNT as --map-users and --map-groups take it; otherwise what the tool says of it.
struct IdRangeText {
    std::optional<IdRange> range;
    std::string wrong;
};
IdRangeText id_range(const std::string& text);

/// The range of /etc/subuid or /etc/subgid that belongs to root, as --map-auto takes it: that of the first line with
/// three parts. Any name that begins with no digit reads as 0, which is root too. Source: read_subid_range().
struct SubidText {
    std::optional<IdRange> range;
    std::string wrong;
};
SubidText root_subids(const std::string& text);

/// The lines of /proc/PID/uid_map: the range, and where `inner` is given the caller's own id `own` as that, for which
/// the range leaves a hole. Source: util-linux sys-utils/unshare.c, map_ids().
std::string id_map_text(std::optional<u32> inner, u32 own, const IdRange& range);

} // namespace nslab::shell
