// What the files of /proc say, record by record. Follows fs/proc/base.c, fs/proc/proc_sysctl.c, mounts_op of
// fs/namespace.c and proc_uid_seq_operations of kernel/user_namespace.c, Linux 6.18.

#include "sim/linux/fs/mount.hpp"
#include "sim/linux/fs/proc/internal.hpp"
#include "sim/linux/fs/seq_file.hpp"
#include "sim/linux/kernel/user_namespace.hpp"

namespace nslab {
namespace {

/// Everything is one record. Source: fs/seq_file.c, single_open().
class Single final : public SeqOperations {
  public:
    Single(const Kernel& k, Id<Task> reader, Id<File> file) : k_(k), reader_(reader), file_(file) {}
    bool start(u64& pos) override { return pos == 0; }
    bool next(u64& pos) override {
        ++pos;
        return false;
    }
    Result<std::string> show() override;

  private:
    const Kernel& k_;
    Id<Task> reader_;
    Id<File> file_;
};

Result<std::string> Single::show() {
    const Inode& inode = file_inode(k_, k_[file_]);
    const auto entry = static_cast<ProcEntry>(inode.proc_entry);
    if (entry >= ProcEntry::first_static) return proc_read_static(k_, reader_, file_, entry);
    // What it says is the user namespace's, which the open file holds.
    if (entry == ProcEntry::setgroups) return setgroups_show(k_, file_);
    const Id<Task> target = proc_task(k_, inode);
    if (!target) return fail(E::SRCH, "the process is gone");
    switch (entry) {
    case ProcEntry::timens_offsets: return timens_offsets_show(k_, target);
    case ProcEntry::comm: return std::string(k_[target].comm.data()) + "\n";
    case ProcEntry::status:
        return proc_pid_status(k_, target, reader_, k_[inode.i_sb].ns, k_[k_[file_].f_cred].user_ns);
    default: return fail(E::NOSYS, "not modelled yet: what this file says");
    }
}

/// Each mount is one.
class Mounts : public SeqOperations {
  public:
    Mounts(const Kernel& k, const File& file, bool info) : k_(k), file_(file), info_(info) {}
    Result<std::string> show() override {
        std::string out;
        if (info_)
            show_mountinfo(out, k_, m_, file_.proc_root);
        else
            show_vfsmnt(out, k_, m_, file_.proc_root);
        return out;
    }

  protected:
    Id<Mount> first() const { return k_[file_.proc_mnt_ns].mounts_first; }
    Id<Mount> behind(Id<Mount> m) const { return k_[m].mnt_ns_next; }

    const Kernel& k_;
    Id<Mount> m_; // the one at hand

  private:
    const File& file_;
    bool info_;
};

/// By age: the place of a mount is its number, which is never used again. Source: fs/namespace.c, mounts_op.
class MountsByAge final : public Mounts {
  public:
    using Mounts::Mounts;
    bool start(u64& pos) override {
        for (m_ = first(); m_ && k_[m_].mnt_id_seq < pos;) m_ = behind(m_);
        if (m_) pos = k_[m_].mnt_id_seq;
        return bool(m_);
    }
    bool next(u64& pos) override {
        const Id<Mount> last = std::exchange(m_, behind(m_));
        pos = m_ ? k_[m_].mnt_id_seq : k_[last].mnt_id_seq + 1;
        return bool(m_);
    }
};

/// Until 6.7 the list had another order and its place was kept by a cursor in it; here it is the number of the line,
/// which comes to the same as long as no mount goes between two reads.
class MountsAsListed final : public Mounts {
  public:
    using Mounts::Mounts;
    bool start(u64& pos) override {
        m_ = first();
        for (u64 i = 0; m_ && i < pos; ++i) m_ = behind(m_);
        return bool(m_);
    }
    bool next(u64& pos) override {
        m_ = behind(m_);
        ++pos;
        return bool(m_);
    }
};

/// Each line of an id map is one. Source: kernel/user_namespace.c, m_start().
class IdMap final : public SeqOperations {
  public:
    IdMap(const Kernel& k, Id<File> file, IdKind kind)
        : k_(k), file_(file), kind_(kind), lines_(id_map(k, k[file].proc_user_ns, kind).size()) {}
    bool start(u64& pos) override { return (line_ = pos) < lines_; }
    bool next(u64& pos) override { return start(++pos); }
    Result<std::string> show() override { return id_map_show(k_, file_, kind_, line_); }

  private:
    const Kernel& k_;
    Id<File> file_;
    IdKind kind_;
    u64 line_ = 0, lines_;
};

template <class F> auto with_records(Kernel& k, Id<Task> reader, Id<File> id, F&& use) {
    const Kernel& ck = k;
    SeqFile seq = std::move(k[id].seq); // and back, since nothing else of the kernel changes meanwhile
    u64 pos = ck[id].f_pos;
    const auto with = [&](auto&& op) {
        auto result = use(seq, op, pos);
        k[id].seq = std::move(seq);
        k[id].f_pos = pos;
        return result;
    };
    switch (const ProcEntry entry = proc_entry(ck, ck[id].f_path.dentry)) {
    case ProcEntry::mountinfo:
    case ProcEntry::mounts: {
        const bool info = entry == ProcEntry::mountinfo;
        if (has(ck.release, Behaviour::mountinfo_in_id_order)) return with(MountsByAge(ck, ck[id], info));
        return with(MountsAsListed(ck, ck[id], info));
    }
    case ProcEntry::uid_map: return with(IdMap(ck, id, IdKind::uid));
    case ProcEntry::gid_map: return with(IdMap(ck, id, IdKind::gid));
    case ProcEntry::projid_map: return with(IdMap(ck, id, IdKind::projid));
    default: return with(Single(ck, reader, id));
    }
}

} // namespace

bool is_seq_file(const Kernel& k, Id<Dentry> dentry) {
    return d_inode(k, dentry).kind == InodeKind::proc_file && !is_sysctl(proc_entry(k, dentry));
}

Result<std::string> proc_read(Kernel& k, Id<Task> task, Id<File> id, u64 count) {
    const ProcEntry entry = proc_entry(std::as_const(k), k[id].f_path.dentry);
    if (!is_sysctl(entry))
        return with_records(k, task, id,
                            [&](SeqFile& seq, auto& op, u64& pos) { return seq_read(seq, op, pos, count); });
    // Source: kernel/sysctl.c, __do_proc_dointvec(): all at once or nothing.
    std::string text = TRY(proc_read_static(k, task, id, entry));
    if (k[id].f_pos != 0) return std::string();
    text.resize(std::min<u64>(text.size(), count));
    k[id].f_pos = text.size();
    return text;
}

Result<i64> proc_lseek(Kernel& k, Id<Task> task, Id<File> id, i64 offset, u32 whence) {
    return with_records(k, task, id,
                        [&](SeqFile& seq, auto& op, u64& pos) { return seq_lseek(seq, op, pos, offset, whence); });
}

} // namespace nslab
