#pragma once
// The making of a namespace as an object, short enough to be inlined where one is asked for.

#include "sim/linux/kernel/internal.hpp"

namespace nslab {

/// A namespace that is on its way: where it lies, too.
using FreshNamespace = Table<Namespace>::Fresh;

/// For `explain`.
void note_new_namespace(Kernel& k, Id<Namespace> ns);

/// What new_namespace() does.
[[gnu::always_inline]] inline FreshNamespace make_namespace(Kernel& k, NsType type, Id<Namespace> owner,
                                                            Id<Ucounts> ucounts) {
    const FreshNamespace made = k.namespaces.emplace();
    NsCommon& ns = made.object.ns;
    made.object.type = type;
    ns.count = 1;
    ns.inum = k.ns_inum_ida.alloc();
    ns.ns_id = ++k.ns_id_seq;
    if (owner) get_namespace(k, owner);
    ns.user_ns = owner;
    ns.ucounts = ucounts;
    if (k.explaining) [[unlikely]]
        note_new_namespace(k, made.id);
    return made;
}

} // namespace nslab
