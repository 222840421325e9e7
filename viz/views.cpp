#include "viz/views.hpp"

namespace nslab::viz {

const std::vector<View>& views() {
    static const std::vector<View> table = {
        {"mounts", "Mounts", "Which mounts are in each mount namespace, and how do they propagate?", draw_mounts,
         legend_mounts},
        {"propagation", "Propagation", "Where does a mount or an umount go from here?", draw_propagation,
         legend_propagation},
        {"nsproxy", "Tasks and their nsproxy", "Which task points to which nsproxy, and what does that point to?",
         draw_nsproxy, legend_nsproxy},
        {"pid", "PID namespaces", "What is each task called in each PID namespace?", draw_pid, legend_pid, true},
        {"overview", "Tasks and namespaces", "Which task is in which namespaces?", draw_overview, legend_overview},
    };
    return table;
}

const View* find_view(std::string_view name) {
    for (const View& view : views())
        if (view.name == name) return &view;
    return nullptr;
}

} // namespace nslab::viz
