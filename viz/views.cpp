#include "viz/views.hpp"

namespace nslab::viz {

const std::vector<View>& views() {
    static const std::vector<View> table = {
        {"mounts", "Mounts", "Which mounts are in each mount namespace, and how do they propagate?", draw_mounts,
         legend_mounts},
    };
    return table;
}

const View* find_view(std::string_view name) {
    for (const View& view : views())
        if (view.name == name) return &view;
    return nullptr;
}

} // namespace nslab::viz
