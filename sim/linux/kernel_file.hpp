#pragma once
// Which file of the kernel a file of the model follows, for `nslab explain`.

#include <string>
#include <string_view>

namespace nslab {

/// "fs/namespace.c" for what __FILE__ says of sim/linux/fs/mount_tree.cpp: one file of the kernel can be several here.
std::string kernel_file(std::string_view file);

} // namespace nslab
