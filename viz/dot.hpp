#pragma once
// A scene in Graphviz's language. The union is written whole; what is not there at the chosen step is invisible, so
// that every step of a lesson is laid out in the same way.

#include <optional>
#include <string>

#include "viz/scene.hpp"

namespace nslab::viz {

struct DotOptions {
    std::optional<std::size_t> step; // nothing: all elements, each as large as it ever is; what the layout is made of
    bool dark = false;
    std::string caption; // a line below the title of the view
};

std::string to_dot(const Scene& scene, const DotOptions& options);

} // namespace nslab::viz
