#pragma once
// Lists of mounts of two worlds, mount by mount.

#include "sim/compare/compare.hpp"

namespace nslab {

/// What a comparison sees of a mount, whether it came from mountinfo or from statmount(2).
struct MountView {
    std::string where; // for messages: "/a", or "/b below /a" in a detached tree
    std::string key;   // by which a mount of one list is found in the other: place, root, type, source
    struct Field {
        const char* name;
        std::string text;                    // as it is shown; compared where there is no number
        std::optional<Bijection::Kind> kind; // number under the bijection
        u64 number = 0;
    };
    std::vector<Field> fields;
};

/// Compares two lists in order. Mounts that only one has are named; else order; else field by field.
std::vector<std::string> compare_mounts(const std::vector<MountView>& one, const std::vector<MountView>& two,
                                        Bijection& ids, const std::string& whose, const Sides& sides = {});

/// Every mount namespace whole, and the detached trees.
std::vector<std::string> compare_trees(const Observation& model, const Observation& kernel, Bijection& ids,
                                       const ActorName& name);

} // namespace nslab
