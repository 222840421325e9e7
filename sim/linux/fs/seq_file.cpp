// Follows fs/seq_file.c of Linux 6.18. Left out: single_open() and its like are SeqOperations of fs/proc/read.cpp.

#include "sim/linux/fs/seq_file.hpp"

#include "sim/linux/fs/internal.hpp"

namespace nslab {
namespace {

constexpr u32 kFirstBuffer = 4096; // a page

/// A buffer that is full has overflowed, even where all of the record is in it.
bool has_overflowed(const SeqFile& m, std::size_t count) { return count >= m.size; }

/// With prejudice: as if nothing had been read.
void forget(SeqFile& m) {
    m.read_pos = 0;
    m.index = 0;
    m.buf.clear();
}

/// Makes everything from the beginning on once more, up to `offset`, and keeps the rest of the record that lies there.
Result<> traverse(SeqFile& m, SeqOperations& op, u64 offset) {
    m.index = 0;
    m.buf.clear();
    if (offset == 0) return {};
    if (m.size == 0) m.size = kFirstBuffer;
    u64 pos = 0;
    for (bool more = op.start(m.index); more;) {
        std::string record = TRY(op.show());
        if (has_overflowed(m, record.size())) {
            m.size *= 2;
            return traverse(m, op, offset);
        }
        more = op.next(m.index);
        if (pos + record.size() > offset) {
            m.buf = record.substr(offset - pos);
            break;
        }
        pos += record.size();
        if (pos == offset) break;
    }
    return {};
}

/// As much of the buffer as is wanted, and not more than that.
void take(SeqFile& m, std::string& out, u64& count) {
    const std::size_t n = std::min<u64>(m.buf.size(), count);
    out.append(m.buf, 0, n);
    m.buf.erase(0, n);
    count -= n;
}

/// One record that says something comes into the buffer. False: there is none any more.
Result<bool> first_record(SeqFile& m, SeqOperations& op) {
    for (bool more = op.start(m.index); more;) {
        std::string record = TRY(op.show());
        if (record.empty()) {
            more = op.next(m.index);
        } else if (has_overflowed(m, record.size())) {
            m.size *= 2;
            more = op.start(m.index);
        } else {
            m.buf = std::move(record);
            return true;
        }
    }
    return false;
}

/// And as many more as fit. One that does not is made again by the next read.
void more_records(SeqFile& m, SeqOperations& op, u64 count) {
    while (op.next(m.index) && m.buf.size() < count) {
        const auto record = op.show();
        if (!record || has_overflowed(m, m.buf.size() + record->size())) break;
        m.buf += *record;
    }
}

} // namespace

Result<std::string> seq_read(SeqFile& m, SeqOperations& op, u64& pos, u64 count) {
    std::string out;
    if (count == 0) return out;
    if (pos == 0) {
        m.index = 0;
        m.buf.clear();
    }
    if (pos != m.read_pos) { // lseek(2) is not the only one who moves it: write(2) does too
        if (auto found = traverse(m, op, pos); !found) {
            forget(m);
            return tl::unexpected(found.error());
        }
        m.read_pos = pos;
    }
    if (m.size == 0) m.size = kFirstBuffer;
    take(m, out, count);
    if (m.buf.empty()) {
        const auto found = first_record(m, op);
        if (!found && out.empty()) return tl::unexpected(found.error());
        if (found.value_or(false)) {
            more_records(m, op, count);
            take(m, out, count);
        }
    }
    pos += out.size();
    m.read_pos += out.size();
    return out;
}

Result<i64> seq_lseek(SeqFile& m, SeqOperations& op, u64& pos, i64 offset, u32 whence) {
    constexpr u32 set = 0, cur = 1;
    if (whence != set && whence != cur) return fail(E::INVAL, "there is no end to seek from", "seq_lseek");
    if (whence == cur && __builtin_add_overflow(offset, static_cast<i64>(pos), &offset))
        return fail(E::INVAL, "the place is out of range", "seq_lseek");
    if (offset < 0) return fail(E::INVAL, "the place is negative", "seq_lseek");
    const auto place = static_cast<u64>(offset);
    if (place != m.read_pos) {
        if (auto found = traverse(m, op, place); !found) {
            forget(m);
            pos = 0;
            return tl::unexpected(found.error());
        }
        m.read_pos = place;
    }
    pos = place;
    return offset;
}

} // namespace nslab
