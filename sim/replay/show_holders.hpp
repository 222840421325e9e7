#pragma once
// Who holds what, for people: `nslab run --holders`.

#include <string>
#include <utility>
#include <vector>

#include "sim/backend/model.hpp"

namespace nslab {

/// Every nsproxy and every namespace of the model with its count and its holders, by the names of actors.
std::string show_holders(const ModelBackend& model, const std::vector<std::pair<Actor, std::string>>& actors);

} // namespace nslab
