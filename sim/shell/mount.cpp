// mount(8) of util-linux 2.38: sys-utils/mount.c and libmount's context_mount.c. The world has no /etc/fstab and no
// /run/mount/utab, so what libmount would look up there is not found. Not played: -a, -F, -T, -L, -U, -O, -s,
// --options-mode and --options-source, loop devices and /sbin/mount.TYPE helpers.

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

#include "sim/shell/libmount.hpp"
#include "sim/shell/mount_context.hpp"
#include "sim/shell/rows.hpp"

namespace nslab::shell {
namespace {

enum : int {
    kShared = kLongOnly,
    kSlave,
    kPrivate,
    kUnbindable,
    kRshared,
    kRslave,
    kRprivate,
    kRunbindable,
    kTarget,
    kTargetPrefix,
    kSource,
    kOptionsMode,
    kOptionsSource,
    kOptionsSourceForce,
};

const OptionTable& table() {
    static const OptionTable t{
        "aBcfFhilL:m::Mno:O:rRsU:vVwt:T:N:",
        {{"all", no_argument, nullptr, 'a'},
         {"fake", no_argument, nullptr, 'f'},
         {"fstab", required_argument, nullptr, 'T'},
         {"fork", no_argument, nullptr, 'F'},
         {"help", no_argument, nullptr, 'h'},
         {"no-mtab", no_argument, nullptr, 'n'},
         {"read-only", no_argument, nullptr, 'r'},
         {"ro", no_argument, nullptr, 'r'},
         {"verbose", no_argument, nullptr, 'v'},
         {"version", no_argument, nullptr, 'V'},
         {"read-write", no_argument, nullptr, 'w'},
         {"rw", no_argument, nullptr, 'w'},
         {"options", required_argument, nullptr, 'o'},
         {"test-opts", required_argument, nullptr, 'O'},
         {"types", required_argument, nullptr, 't'},
         {"uuid", required_argument, nullptr, 'U'},
         {"label", required_argument, nullptr, 'L'},
         {"bind", no_argument, nullptr, 'B'},
         {"move", no_argument, nullptr, 'M'},
         {"rbind", no_argument, nullptr, 'R'},
         {"make-shared", no_argument, nullptr, kShared},
         {"make-slave", no_argument, nullptr, kSlave},
         {"make-private", no_argument, nullptr, kPrivate},
         {"make-unbindable", no_argument, nullptr, kUnbindable},
         {"make-rshared", no_argument, nullptr, kRshared},
         {"make-rslave", no_argument, nullptr, kRslave},
         {"make-rprivate", no_argument, nullptr, kRprivate},
         {"make-runbindable", no_argument, nullptr, kRunbindable},
         {"mkdir", optional_argument, nullptr, 'm'},
         {"no-canonicalize", no_argument, nullptr, 'c'},
         {"internal-only", no_argument, nullptr, 'i'},
         {"show-labels", no_argument, nullptr, 'l'},
         {"target", required_argument, nullptr, kTarget},
         {"target-prefix", required_argument, nullptr, kTargetPrefix},
         {"source", required_argument, nullptr, kSource},
         {"options-mode", required_argument, nullptr, kOptionsMode},
         {"options-source", required_argument, nullptr, kOptionsSource},
         {"options-source-force", no_argument, nullptr, kOptionsSourceForce},
         {"namespace", required_argument, nullptr, 'N'}},
        {'a', 'F', 'T', 'L', 'U', 'O', 's', 'h', 'V', kOptionsMode, kOptionsSource, kOptionsSourceForce},
        0,
        2,
        MNT_EX::USAGE};
    return t;
}

/// The options that a switch stands for.
const char* option_of(int id) {
    switch (id) {
    case 'r': return "ro";
    case 'w': return "rw";
    case 'B': return "bind";
    case 'R': return "rbind";
    case kShared: return "shared";
    case kSlave: return "slave";
    case kPrivate: return "private";
    case kUnbindable: return "unbindable";
    case kRshared: return "rshared";
    case kRslave: return "rslave";
    case kRprivate: return "rprivate";
    case kRunbindable: return "runbindable";
    default: return nullptr;
    }
}

/// "mount" alone: what is mounted. Source: sys-utils/mount.c, print_all().
int print_all(Tool& tool, TargetNamespace& ns, const std::optional<std::string>& types) {
    const MountTable mounts = ns.read_mounts();
    if (mounts.error != E::OK) {
        tool.warn("failed to read mtab", mounts.error);
        return MNT_EX::SYSERR;
    }
    for (const MountinfoLine& l : mounts.lines) {
        if (types && !type_matches(l.fs_type, *types)) continue;
        std::string target = l.mount_point;
        std::replace_if(
            target.begin(), target.end(), [](unsigned char c) { return std::iscntrl(c) != 0; }, '?');
        tool.out(fmt::format("{} on {} type {} ({})\n", l.source, target, l.fs_type, merged_options(l)));
    }
    return MNT_EX::SUCCESS;
}

/// Says what was done. Source: sys-utils/mount.c, success_message().
void success_message(Tool& tool, const MountContext& cxt) {
    const std::string source = cxt.source.value_or("none"), target = cxt.target.value_or("");
    const u64 propagation = MS::SHARED | MS::SLAVE | MS::PRIVATE | MS::UNBINDABLE;
    if (cxt.flags & MS::MOVE)
        tool.out(fmt::format("mount: {} moved to {}.\n", source, target));
    else if (cxt.flags & MS::BIND)
        tool.out(fmt::format("mount: {} bound on {}.\n", source, target));
    else if (cxt.all_flags() & propagation) {
        if (source != "none") tool.out(fmt::format("mount: {} mounted on {}.\n", source, target));
        tool.out(fmt::format("mount: {} propagation flags changed.\n", target));
    } else
        tool.out(fmt::format("mount: {} mounted on {}.\n", source, target));
}

/// bind, move and rbind exclude each other, and so do a table's others. Source: include/optutils.h.
std::optional<std::string> exclusive(const CommandLine& line) {
    std::optional<int> first;
    for (const GivenOption& o : line.options) {
        if (o.id != 'B' && o.id != 'M' && o.id != 'R') continue;
        if (first && *first != o.id) return "mount: mutually exclusive arguments: --bind --move --rbind";
        first = o.id;
    }
    return std::nullopt;
}

std::vector<Diagnostic> check(const std::vector<std::string>& argv) {
    std::vector<Diagnostic> found = check_options(argv, table());
    if (!found.empty()) return found;
    const CommandLine line = read_options(argv, table());
    if (const auto clash = exclusive(line)) found.push_back(complaint(argv, 0, *clash));
    const bool operation = line.has('B') || line.has('M') || line.has('R');
    const bool named = !line.operands.empty() || line.has(kTarget) || line.has(kSource);
    if (!named && (operation || std::any_of(line.options.begin(), line.options.end(),
                                            [](const GivenOption& o) { return o.id == 'o' || option_of(o.id); })))
        found.push_back(complaint(argv, 0, "mount: missing operand"));
    return found;
}

int mount(Tool& tool, const CommandLine& line, TargetNamespace& ns) {
    const auto bad_usage = [&] { return tool.bad_usage("bad usage", MNT_EX::USAGE).status; };
    MountContext cxt;
    bool operation = false, move = false, propagation = false, verbose = false;
    for (const GivenOption& o : line.options) {
        const char* option = option_of(o.id);
        if (option) cxt.options += (cxt.options.empty() ? "" : ",") + std::string(option);
        switch (o.id) {
        case 'B':
        case 'R': operation = true; break;
        case 'M': operation = move = true; break;
        case 'c': cxt.canonicalize = false; break;
        case 'f': cxt.fake = true; break;
        case 'i': cxt.helpers = false; break;
        case 'r': cxt.read_write_only = false; break;
        case 'w': cxt.read_write_only = true; break;
        case 'v': verbose = true; break;
        case 't': cxt.type = *o.argument; break;
        case 'm': {
            std::string mode = o.argument.value_or("");
            if (!mode.empty() && mode[0] == '=') mode.erase(0, 1);
            cxt.options += cxt.options.empty() ? "" : ",";
            cxt.options += mode.empty() ? "X-mount.mkdir" : fmt::format("X-mount.mkdir=\"{}\"", mode);
            break;
        }
        case 'o': {
            const std::string& list = *o.argument;
            if (!list.empty() && std::string_view("='\" \t").find(list[0]) != std::string_view::npos) {
                tool.warn("unsupported option format: " + list);
                return MNT_EX::USAGE;
            }
            // libmount knows no option "move"; mount(8) takes it out of the list.
            std::vector<MountOption> options = split_options(list);
            const auto is_move = [](const MountOption& option) { return option.name == "move"; };
            if (std::any_of(options.begin(), options.end(), is_move)) {
                operation = move = true;
                options.erase(std::remove_if(options.begin(), options.end(), is_move), options.end());
            }
            const std::string kept = move ? join_options(options) : list;
            if (!kept.empty()) cxt.options += (cxt.options.empty() ? "" : ",") + kept;
            break;
        }
        case kTarget: cxt.target = *o.argument; break;
        case kSource: cxt.source = *o.argument; break;
        case kTargetPrefix: cxt.target_prefix = *o.argument; break;
        default:
            if (o.id >= kShared && o.id <= kRunbindable) propagation = true;
        }
    }
    cxt.swap_match = !cxt.target && !cxt.source;

    const auto& operands = line.operands;
    if (operands.empty() && !cxt.source && !cxt.target) {
        if (operation || !cxt.options.empty()) return bad_usage();
        return print_all(tool, ns, line.last('t'));
    }
    if (operation && (cxt.type || cxt.source)) return bad_usage();
    if (operands.size() == 1 && (!cxt.source || !cxt.target))
        (cxt.target ? cxt.source : cxt.target) = operands[0].text;
    else if (operands.size() == 2 && !cxt.source && !cxt.target) {
        cxt.source = operands[0].text;
        cxt.target = operands[1].text;
    } else if (!operands.empty())
        return bad_usage();

    const bool remount = (sort_options(split_options(cxt.options)).flags & MS::REMOUNT) != 0;
    cxt.use_table = !((operation && !remount) || propagation);
    if (move) cxt.extra_flags = MS::MOVE;

    cxt.mount(tool, ns);
    const MountVerdict verdict = cxt.verdict(tool, ns);
    if (!verdict.message.empty()) {
        tool.warn(fmt::format("{}: {}.", cxt.target ? *cxt.target : cxt.source.value_or("???"), verdict.message));
        if (cxt.called && cxt.error != E::OK)
            tool.say("       dmesg(1) may have more information after failed mount system call.");
    }
    if (verdict.status == MNT_EX::SUCCESS && verbose && cxt.called) success_message(tool, cxt);
    return verdict.status;
}

CommandResult run(Terminal& terminal, const Invocation& invocation) {
    Tool tool(terminal, "mount");
    const CommandLine line = read_options(invocation.argv, table());
    if (line.misuse) return tool.misuse(line, table());
    if (const auto clash = exclusive(line)) {
        tool.say(*clash);
        return tool.end(MNT_EX::USAGE);
    }
    return work_in_namespace(tool, line, [&](TargetNamespace& ns) { return mount(tool, line, ns); });
}

} // namespace

CommandRow mount_row() {
    return {"mount", "mount [-l] [-t TYPE] [-N NAMESPACE] | [OPTIONS] [SOURCE] DIRECTORY",
            false,   ActorWords::behind_N,
            check,   run,
            table};
}

} // namespace nslab::shell
