#include "sim/host/policy.hpp"

#include <algorithm>
#include <array>

#include "sim/syscall/calls.hpp"

namespace nslab::host {

namespace {

using Refusal = std::optional<std::string>;

/// Types of file systems that a world may make; see judge.cpp for what may be done in them.
constexpr std::array<std::string_view, 7> kTypes = {"tmpfs", "ramfs", "proc", "sysfs", "mqueue", "devpts", "cgroup2"};

/// Names that are surely no type. The kernel runs modprobe on the machine for a type that it does not know, so a
/// scenario that wants to see ENODEV takes one of these.
constexpr std::array<std::string_view, 3> kNoTypes = {"", "nosuchfs", "nonexistent"};

Refusal refuse_type(const Str& type, const MachineFacts& facts) {
    if (type.kind != Str::Kind::text) return std::nullopt;
    const std::string_view base = std::string_view(type.text).substr(0, type.text.find('.'));
    if (base == "cgroup2" && !facts.cgroup2_visible)
        return "this would be the first cgroup2 of the machine, which shows in every /proc/PID/cgroup";
    const auto is = [&](std::string_view t) { return t == base; };
    if (std::any_of(kTypes.begin(), kTypes.end(), is) || std::any_of(kNoTypes.begin(), kNoTypes.end(), is))
        return std::nullopt;
    return "the sandbox mounts no file system of type " + type.text;
}

constexpr u32 kIocRead = 0x80000000; // _IOC_READ: the kernel writes

struct Refuse {
    MachineFacts& facts;
    bool by_init;

    Refusal operator()(const sys::Mount& c) const {
        u64 flags = c.mountflags;
        if ((flags & MS::MGC_MSK) == MS::MGC_VAL) flags &= ~MS::MGC_MSK;
        // Only a new mount looks at the type.
        if (flags & (MS::REMOUNT | MS::BIND | MS::SHARED | MS::PRIVATE | MS::SLAVE | MS::UNBINDABLE | MS::MOVE))
            return std::nullopt;
        return refuse_type(c.filesystemtype, facts);
    }
    Refusal operator()(const sys::Openat& c) const {
        if (facts.rootless && (c.flags & O::ACCMODE) == O::RDONLY && c.filename.text.ends_with("/setgroups"))
            return "without root setgroups is forbidden in the world from the beginning";
        return std::nullopt;
    }
    Refusal operator()(const sys::Fsopen& c) const {
        auto why = refuse_type(c.fsname, facts);
        if (!why && c.fsname.text.substr(0, 7) == "cgroup2") facts.cgroup2_context = true;
        return why;
    }
    Refusal operator()(const sys::Fsconfig& c) const {
        // The context may be one of a cgroup2 that was made and mounted already, and nothing tells from outside.
        if (c.cmd == FSCONFIG::CMD_RECONFIGURE && facts.cgroup2_context)
            return "it might change the options of the machine's cgroup2, of which this world has a context";
        return std::nullopt;
    }
    Refusal credentials(u64 flags) const {
        // New credentials clear the parent death signal, by which the world dies with its supervisor.
        if (by_init && (flags & CLONE::NEWUSER))
            return "init keeps its user namespace: its life hangs on its credentials";
        return std::nullopt;
    }
    Refusal operator()(const sys::Unshare& c) const { return credentials(c.unshare_flags); }
    Refusal operator()(const sys::Setns& c) const { return credentials(c.flags == 0 ? CLONE::NEWUSER : c.flags); }
    Refusal clone(u64 flags, u64 exit_signal) const {
        if (flags & (CLONE::SETTLS | CLONE::INTO_CGROUP))
            return "the sandbox has nothing to give for CLONE_SETTLS and CLONE_INTO_CGROUP";
        if (by_init && (flags & CLONE::THREAD)) return "init has one thread: its life hangs on it";
        return signal(static_cast<i32>(exit_signal));
    }
    Refusal operator()(const sys::Clone& c) const { return clone(c.flags, c.flags & 0xff); }
    Refusal operator()(const sys::Clone3& c) const { return clone(c.flags, c.exit_signal); }
    Refusal operator()(const sys::Execve&) const {
        if (by_init) return "init keeps its program";
        return std::nullopt;
    }
    Refusal operator()(const sys::Setresuid&) const { return credentials(CLONE::NEWUSER); }
    Refusal operator()(const sys::Setresgid&) const { return credentials(CLONE::NEWUSER); }

    Refusal signal(i32 sig) const {
        constexpr std::array<i32, 10> core = {SIG::QUIT, SIG::ILL,  SIG::TRAP, SIG::ABRT, SIG::BUS,
                                              SIG::FPE,  SIG::SEGV, 24,        25,        31};
        if (facts.cores_leave && std::find(core.begin(), core.end(), sig) != core.end())
            return "this machine sends core dumps to a program of its own";
        return std::nullopt;
    }
    Refusal operator()(const sys::Kill& c) const { return signal(c.sig); }
    Refusal operator()(const sys::Tgkill& c) const { return signal(c.sig); }
    Refusal operator()(const sys::Tkill& c) const { return signal(c.sig); }
    Refusal operator()(const sys::PidfdSendSignal& c) const { return signal(c.sig); }
    Refusal operator()(const sys::RtSigqueueinfo& c) const { return signal(c.sig); }
    Refusal operator()(const sys::RtTgsigqueueinfo& c) const { return signal(c.sig); }
    Refusal operator()(const sys::Capset&) const {
        if (by_init) return "init keeps its capabilities";
        return std::nullopt;
    }
    Refusal operator()(const sys::Poll& c) const {
        if (c.timeout_msecs > 0) return "no time passes in a world";
        return std::nullopt;
    }

    Refusal operator()(const sys::Prctl& c) const {
        switch (c.option) {
        case PR::SET_PDEATHSIG:
            if (by_init) return "init dies with its supervisor";
            return signal(static_cast<i32>(c.arg2));
        case PR::GET_PDEATHSIG:
        case PR::SET_CHILD_SUBREAPER:
        case PR::GET_CHILD_SUBREAPER:
        case PR::GET_KEEPCAPS:
        case PR::GET_SECUREBITS:
        case PR::GET_NO_NEW_PRIVS:
        case PR::CAPBSET_READ: return std::nullopt;
        case PR::SET_KEEPCAPS:
        case PR::SET_SECUREBITS:
        case PR::SET_NO_NEW_PRIVS:
        case PR::CAPBSET_DROP:
        case PR::CAP_AMBIENT:
            if (by_init) return "init keeps what it may do";
            return std::nullopt;
        case PR::GET_DUMPABLE:
        case PR::SET_DUMPABLE:
            if (facts.rootless || by_init) return "the sandbox must be able to look at its processes";
            return std::nullopt;
        default: return "the sandbox knows this option of prctl too little";
        }
    }
    /// Only what namespaces and pidfds tell of themselves; of the mount namespaces before and behind one most are the
    /// machine's.
    Refusal operator()(const sys::Ioctl& c) const {
        if (c.cmd == NS::MNT_GET_NEXT || c.cmd == NS::MNT_GET_PREV)
            return "it would open a mount namespace of the machine";
        if ((c.cmd >> 8 & 0xff) != 0xb7 && (c.cmd >> 8 & 0xff) != 0xff)
            return "it is no request to a namespace's file or to a pidfd";
        // Of another size than ours it would write where its argument says, be that our own memory.
        const auto is = [&](const describe::Constant& known) { return known.value == c.cmd; };
        if ((c.cmd & kIocRead) && std::none_of(describe::kIoctlRequests.begin(), describe::kIoctlRequests.end(), is))
            return "it is a request that writes, and of a size that the sandbox does not know";
        return std::nullopt;
    }
    template <class Other> Refusal operator()(const Other&) const { return std::nullopt; }
};

} // namespace

Refusal refuse(const Syscall& c, MachineFacts& facts, bool by_init) { return std::visit(Refuse{facts, by_init}, c); }

std::string to_string(Refused refused) {
    switch (refused) {
    case Refused::no: return "";
    case Refused::machine_object: return "it would change a file that is the machine's own";
    case Refused::machine_directory: return "it would make or remove a name in a file system that is the machine's own";
    case Refused::machine_super_block: return "it would change a super block that the whole machine shares";
    case Refused::machine_file_read: return "it would read a file that is the machine's own and not for everybody";
    case Refused::device: return "it would open a device";
    case Refused::locked: return "in a user namespace the first mount of / is locked, as it is not when we are root";
    case Refused::unseen: return "what its path leads to cannot be looked at, with this many descriptors open";
    case Refused::program: return "it would run another program than that of an actor";
    case Refused::no_way_back: return "its program cannot be handed over, with this many descriptors open";
    }
    return "";
}

} // namespace nslab::host
