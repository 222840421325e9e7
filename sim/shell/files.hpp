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
    struct Ways {
        bool recursive = false, force = false, empty_directories = false, verbose = false;
        bool one_file_system = false;    // goes into no other file system than the operand's
        bool preserve_all_roots = false; // --preserve-root=all: no operand that another file system is mounted on
    };
    Remover(Tool& tool, Ways ways) : tool_(tool), ways_(ways) {}
    bool remove(const std::string& path);

  private:
    bool complain(const std::string& path, E why);
    bool unlink(const std::string& path, bool directory);
    bool tree(const std::string& path);
    bool elsewhere(const std::string& path);

    Tool& tool_;
    Ways ways_;
    u64 device_ = 0; // of the operand at hand
};

} // namespace nslab::shell
