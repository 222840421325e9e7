#pragma once
// Files that consist of records: what they say is made record by record while it is read. Source: fs/seq_file.c.

#include "sim/linux/kernel.hpp"

namespace nslab {

/// The records of one file. A place is a number that orders them; what it means is the file's own business.
/// Source: include/linux/seq_file.h, struct seq_operations.
class SeqOperations {
  public:
    virtual ~SeqOperations() = default;
    /// Goes to the record at `pos` or the first one behind it, whose place `pos` becomes. False: there is none.
    virtual bool start(u64& pos) = 0;
    /// Goes to the next one. False: there is none, and `pos` is behind the last one.
    virtual bool next(u64& pos) = 0;
    /// What the record says that it has come to; nothing where it is passed over.
    virtual Result<std::string> show() = 0;
};

/// read(2) from `pos`, which moves. An error of show() only where nothing could be read before it. A record that does
/// not fit any more is kept for the next time, and so is at most a page: who reads sees a state that may have changed
/// between two calls. Source: seq_read_iter().
Result<std::string> seq_read(SeqFile& m, SeqOperations& op, u64& pos, u64 count);

/// lseek(2): the new place, which `pos` becomes. EINVAL: it is negative, or from the end. Source: seq_lseek().
Result<i64> seq_lseek(SeqFile& m, SeqOperations& op, u64& pos, i64 offset, u32 whence);

} // namespace nslab
