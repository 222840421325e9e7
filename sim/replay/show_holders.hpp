#pragma once
// Who holds what, for people: `nslab run --holders`, `show holders net of sh1`.

#include <string>
#include <utility>
#include <vector>

#include "sim/backend/model.hpp"

namespace nslab {

/// Every nsproxy and every namespace of the model with its count and its holders, by the names of actors.
std::string show_holders(const ModelBackend& model, const std::vector<std::pair<Actor, std::string>>& actors);

/// The same of one namespace: that of an actor, by its type as /proc/PID/ns names it.
std::string show_holders(const ModelBackend& model, const std::vector<std::pair<Actor, std::string>>& actors, Actor who,
                         const std::string& type);

} // namespace nslab
