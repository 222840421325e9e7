#pragma once
// Which function and file of the kernel a function of the model follows, for `nslab explain`.

#include <string>
#include <string_view>

namespace nslab {

/// "fs/namespace.c" for what __FILE__ says of sim/linux/fs/mount_tree.cpp: one file of the kernel can be several here.
std::string kernel_file(std::string_view file);

struct KernelPlace {
    std::string function, file;
};
/// The same of a function in it, which may lie elsewhere in the kernel, or bear another name there.
KernelPlace kernel_place(std::string_view function, std::string_view file);

} // namespace nslab
