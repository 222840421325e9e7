#include "sim/fuzz/kinds.hpp"

#include <vector>

namespace nslab::fuzz {

std::span<const Kind> kinds() {
    static const std::vector<Kind> all = [] {
        std::vector<Kind> out;
        for (const auto& some :
             {kinds_of_mounts(), kinds_of_files(), kinds_of_processes(), kinds_of_signals(), kinds_of_rights()})
            out.insert(out.end(), some.begin(), some.end());
        return out;
    }();
    return all;
}

} // namespace nslab::fuzz
