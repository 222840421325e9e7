#pragma once
// Capabilities and secure bits as setpriv(1) names them, and what unshare(1) and setpriv do with them.

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sim/shell/tool.hpp"

namespace nslab::shell {

/// "+kill,-all": what is to be added (true) or taken away, in this order. Each mask is one capability or all.
struct CapChange {
    bool add = false;
    u64 caps = 0;
};
struct CapList {
    std::vector<CapChange> changes;
    std::string wrong; // in the tool's words
};
/// Source: util-linux sys-utils/setpriv.c, do_caps().
CapList cap_list(const std::string& text);
u64 changed(u64 caps, const CapList& list);

/// "+noroot,-all": the bits that are set and cleared. Source: setpriv.c, parse_securebits().
struct SecurebitList {
    u32 set = 0, clear = 0;
    std::string wrong;
};
SecurebitList securebit_list(const std::string& text);

/// The caller's own sets; nothing where the call fails.
std::optional<CapSets> own_capabilities(Tool& tool);

/// unshare --keep-caps: what is permitted becomes inheritable, and what is effective ambient, so that a program which
/// is not root's keeps it. Source: util-linux sys-utils/unshare.c.
std::optional<int> keep_capabilities(Tool& tool);

} // namespace nslab::shell
