#pragma once
// Questions about a world that change nothing in it.

#include <string>
#include <vector>

#include "sim/replay/side.hpp"

namespace nslab::live {

/// "/a/file: seen by sh1 and sh2; sh3 sees another file there; not there for sh4". A relative path is below the working
/// directory of `from`. Every living actor looks at that path below its own root.
std::string who_sees(Side& side, Actor from, const std::string& path);

/// The names in a directory as `who` sees it, without . and .., directories with a slash behind; empty where it is
/// none.
std::vector<std::string> names_in(Side& side, Actor who, const std::string& directory);

} // namespace nslab::live
