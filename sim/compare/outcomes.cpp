// What calls came to and what was printed.

#include <algorithm>
#include <regex>

#include <fmt/format.h>

#include "sim/backend/mountinfo.hpp"
#include "sim/compare/compare.hpp"

namespace nslab {

namespace {

using Kind = Bijection::Kind;
using Lines = std::vector<std::string>;

std::string result(const Outcome& o) {
    if (o.blocked) return "that it sleeps";
    if (o.error != E::OK) return std::string(errno_name(o.error));
    return std::to_string(o.value);
}

/// Compares members of a structure that a call wrote.
struct Members {
    Bijection& ids;
    bool ns_id; // a number is the id of a namespace
    Lines out;

    template <class T> void same(const char* name, const T& model, const T& kernel) {
        if (model != kernel) out.push_back(fmt::format("{}: the model writes {}, the kernel {}", name, model, kernel));
    }
    void paired(const char* name, Kind kind, u64 model, u64 kernel) {
        if (!ids.pair(kind, model, kernel))
            out.push_back(
                fmt::format("{}: the model writes {}, the kernel {}, but {}", name, model, kernel, ids.conflict()));
    }
};

void compare_output(Members& m, const StatBuf& a, const StatBuf& b) {
    m.same("st_mode", a.st_mode, b.st_mode);
    // The root of proc counts the processes of the whole machine.
    const bool proc_root = a.st_ino == 1 && b.st_ino == 1 && a.st_mode == (S::IFDIR | 0555) && a.st_mode == b.st_mode;
    if (!proc_root) m.same("st_nlink", a.st_nlink, b.st_nlink);
    m.same("st_uid", a.st_uid, b.st_uid);
    m.same("st_gid", a.st_gid, b.st_gid);
    m.same("st_size", a.st_size, b.st_size);
    m.paired("st_dev", Kind::device, a.st_dev + 1, b.st_dev + 1);
    // One bijection for inodes of all file systems: a number is one of its device.
    m.paired("st_ino", Kind::inode, a.st_dev << 40 ^ (a.st_ino + 1), b.st_dev << 40 ^ (b.st_ino + 1));
}

void compare_output(Members& m, const StatmountBuf& a, const StatmountBuf& b) {
    m.same("mask", a.mask, b.mask);
    m.paired("mnt_id", Kind::unique_mount_id, a.mnt_id, b.mnt_id);
    m.paired("mnt_parent_id", Kind::unique_mount_id, a.mnt_parent_id, b.mnt_parent_id);
    m.same("mnt_attr", a.mnt_attr, b.mnt_attr);
    m.same("mnt_propagation", a.mnt_propagation, b.mnt_propagation);
    m.paired("mnt_peer_group", Kind::peer_group, a.mnt_peer_group, b.mnt_peer_group);
    m.paired("mnt_master", Kind::peer_group, a.mnt_master, b.mnt_master);
    m.paired("propagate_from", Kind::peer_group, a.propagate_from, b.propagate_from);
    m.same("fs_type", a.fs_type, b.fs_type);
    m.same("mnt_root", a.mnt_root, b.mnt_root);
    m.same("mnt_point", a.mnt_point, b.mnt_point);
    m.same("mnt_opts", a.mnt_opts, b.mnt_opts);
    m.same("sb_source", a.sb_source, b.sb_source);
    m.same("mnt_uidmap", a.mnt_uidmap, b.mnt_uidmap);
    m.same("mnt_gidmap", a.mnt_gidmap, b.mnt_gidmap);
}

void compare_output(Members& m, const Ids& a, const Ids& b) {
    m.same("number of ids", a.ids.size(), b.ids.size());
    for (std::size_t i = 0; i < std::min(a.ids.size(), b.ids.size()); ++i)
        m.paired("mount id", Kind::unique_mount_id, a.ids[i], b.ids[i]);
}

void compare_output(Members& m, const Entries& a, const Entries& b) {
    const auto text = [](const Entries& e) {
        std::string out; // the order of a directory is the file system's own business, and compared as well
        for (const DirEntry& entry : e.entries) out += fmt::format(" {}({})", entry.name, entry.type);
        return out;
    };
    m.same("entries", text(a), text(b));
}

void compare_output(Members& m, const CloneBuf& a, const CloneBuf& b) {
    m.same("pidfd", a.pidfd, b.pidfd);
    m.same("parent_tid", a.parent_tid, b.parent_tid);
}
void compare_output(Members& m, const NumberBuf& a, const NumberBuf& b) {
    if (m.ns_id)
        m.paired("id of a namespace", Kind::told_ns_id, static_cast<u64>(a.value), static_cast<u64>(b.value));
    else
        m.same("number", a.value, b.value);
}
void compare_output(Members& m, const SigsetBuf& a, const SigsetBuf& b) { m.same("set of signals", a.set, b.set); }
void compare_output(Members& m, const MntNsInfo& a, const MntNsInfo& b) {
    m.same("size", a.size, b.size);
    m.same("nr_mounts", a.nr_mounts, b.nr_mounts);
    m.paired("mnt_ns_id", Kind::told_ns_id, a.mnt_ns_id, b.mnt_ns_id);
}
void compare_output(Members& m, const Siginfo& a, const Siginfo& b) {
    m.same("si_signo", a.signo, b.signo);
    m.same("si_code", a.code, b.code);
    m.same("si_pid", a.pid, b.pid);
    m.same("si_uid", a.uid, b.uid);
    m.same("si_status", a.status, b.status);
}
void compare_output(Members& m, const CapSets& a, const CapSets& b) {
    const u64 known = ~b.unknown;
    m.same("effective", a.effective & known, b.effective & known);
    m.same("permitted", a.permitted & known, b.permitted & known);
    m.same("inheritable", a.inheritable & known, b.inheritable & known);
}
void compare_output(Members& m, const PollBuf& a, const PollBuf& b) { m.same("revents", a.revents, b.revents); }
void compare_output(Members& m, const PidfdInfo& a, const PidfdInfo& b) {
    m.same("mask", a.mask, b.mask);
    m.same("pid", a.pid, b.pid);
    m.same("tgid", a.tgid, b.tgid);
    m.same("ppid", a.ppid, b.ppid);
    const auto ids = [](const PidfdInfo& i) {
        return fmt::format("{} {} {} {}, {} {} {} {}", i.ruid, i.euid, i.suid, i.fsuid, i.rgid, i.egid, i.sgid,
                           i.fsgid);
    };
    m.same("user and group ids", ids(a), ids(b));
    m.same("exit_code", a.exit_code, b.exit_code);
}
void compare_output(Members& m, const KSigaction& a, const KSigaction& b) {
    m.same("sa_handler", a.handler, b.handler);
    m.same("sa_mask", a.mask, b.mask);
    m.same("sa_flags", a.flags, b.flags);
}
void compare_output(Members& m, const WaitBuf& a, const WaitBuf& b) { m.same("wait status", a.status, b.status); }
void compare_output(Members& m, const StatfsBuf& a, const StatfsBuf& b) {
    m.same("f_type", a.f_type, b.f_type);
    m.same("f_blocks", a.f_blocks, b.f_blocks);
    m.same("f_bfree", a.f_bfree, b.f_bfree);
    m.same("f_bavail", a.f_bavail, b.f_bavail);
    m.same("f_files", a.f_files, b.f_files);
    m.same("f_ffree", a.f_ffree, b.f_ffree);
    m.same("f_frsize", a.f_frsize, b.f_frsize);
}
void compare_output(Members& m, const Bytes& a, const Bytes& b) {
    for (std::string& line : compare_text(a.data, b.data, m.ids)) m.out.push_back(std::move(line));
}

/// A text with the numbers that only name things taken out: namespaces as mnt:[N], and as lsns and ps print them, by
/// their inode numbers, which begin at 4026531840.
struct Stripped {
    std::string text;
    std::vector<u64> namespaces;
};
Stripped strip(const std::string& text) {
    static const std::regex link(R"((?:mnt|uts|ipc|pid|net|user|cgroup|time):\[(\d{1,19})\]|\b(402[67]\d{6})\b)");
    Stripped s;
    std::size_t at = 0;
    for (auto i = std::sregex_iterator(text.begin(), text.end(), link); i != std::sregex_iterator(); ++i) {
        const std::size_t group = (*i)[1].matched ? 1 : 2;
        const auto begin = static_cast<std::size_t>(i->position(group));
        s.text.append(text, at, begin - at).append("#");
        s.namespaces.push_back(std::stoull((*i)[group].str()));
        at = begin + static_cast<std::size_t>(i->length(group));
    }
    s.text.append(text, at);
    return s;
}

Lines split(const std::string& text) {
    Lines lines;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find('\n', at), text.size());
        lines.push_back(text.substr(at, end - at));
        at = end + 1;
    }
    return lines;
}

} // namespace

std::vector<std::string> compare_text(const std::string& model, const std::string& kernel, Bijection& ids) {
    if (model == kernel) return {};
    const auto mounts = parse_mountinfo(model);
    if (!mounts.empty() && mounts.size() == split(model).size())
        return compare_mountinfo(model, kernel, ids, "what is printed");
    const Stripped a = strip(model), b = strip(kernel);
    if (a.text != b.text) {
        const Lines one = split(a.text), two = split(b.text);
        for (std::size_t i = 0; i < std::max(one.size(), two.size()); ++i) {
            const std::string left = i < one.size() ? '"' + one[i] + '"' : "nothing";
            const std::string right = i < two.size() ? '"' + two[i] + '"' : "nothing";
            if (left != right)
                return {fmt::format("line {} of what is printed: the model has {}, the kernel {}", i + 1, left, right)};
        }
        return {"what is printed differs in its end"};
    }
    for (std::size_t i = 0; i < a.namespaces.size(); ++i)
        if (!ids.pair(Kind::name_space, a.namespaces[i], b.namespaces[i]))
            return {fmt::format("a namespace is printed as {} by the model and as {} by the kernel, but {}",
                                a.namespaces[i], b.namespaces[i], ids.conflict())};
    return {};
}

std::vector<std::string> compare(const Outcome& model, const Outcome& kernel, Bijection& ids, bool ns_id) {
    if (model.blocked != kernel.blocked || model.error != kernel.error ||
        (model.error == E::OK && !model.blocked && model.value != kernel.value && !model.out))
        return {fmt::format("the model says {}, this kernel says {}", result(model), result(kernel))};
    if (!model.ok()) return {};
    if (!model.out.like(kernel.out)) return {"the model and the kernel write different structures"};
    Members m{ids, ns_id, {}};
    model.out.visit([&](const auto& a) { compare_output(m, a, kernel.out.get<std::decay_t<decltype(a)>>()); });
    // A length is that of what was written, which may hold numbers of different lengths.
    const bool length = model.out.holds<Bytes>() || model.out.holds<Entries>();
    if (m.out.empty() && !length && model.value != kernel.value)
        return {fmt::format("the model says {}, this kernel says {}", model.value, kernel.value)};
    return m.out;
}

} // namespace nslab
