#pragma once
// What cp, mv and rm share. Entries are named by whole paths from the working directory: the tools go by descriptors of
// directories instead, which is the same to the kernel as long as nobody else moves things meanwhile.

#include "sim/shell/tool.hpp"

namespace nslab::shell {

/// The names in a directory, without "." and ".."; by inode number, as cp reads them, or as they come. Nothing where it
/// cannot be read; `error` says why.
std::optional<std::vector<DirEntry>> read_directory(Tool& tool, const std::string& path, bool by_inode, E& error);

/// Why the operand is no directory that things could be put into (E::OK: it is one): opened with O_PATH|O_DIRECTORY, as
/// coreutils do.
E target_directory_error(Tool& tool, const std::string& path);
inline bool is_target_directory(Tool& tool, const std::string& path) {
    return target_directory_error(tool, path) == E::OK;
}

/// rm's work. Complains as `tool`.
class Remover {
  public:
    Remover(Tool& tool, bool recursive, bool force, bool empty_directories, bool verbose)
        : tool_(tool), recursive_(recursive), force_(force), empty_directories_(empty_directories), verbose_(verbose) {}
    bool remove(const std::string& path);

  private:
    bool complain(const std::string& path, E why);
    bool unlink(const std::string& path, bool directory);
    bool tree(const std::string& path);

    Tool& tool_;
    bool recursive_, force_, empty_directories_, verbose_;
};

} // namespace nslab::shell
