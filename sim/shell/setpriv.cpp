// setpriv(1) of util-linux 2.38. Source: sys-utils/setpriv.c. Not played: labels of security modules, --init-groups.

#include <fmt/format.h>

#include "sim/shell/capabilities.hpp"
#include "sim/shell/idmap.hpp"
#include "sim/shell/plan.hpp"
#include "sim/shell/rows.hpp"
#include "sim/shell/signals.hpp"
#include "sim/shell/spawn.hpp"

namespace nslab::shell {
namespace {

enum : int {
    kNnp = kLongOnly,
    kAmbientCaps,
    kInhCaps,
    kBoundingSet,
    kRuid,
    kEuid,
    kRgid,
    kEgid,
    kReuid,
    kRegid,
    kClearGroups,
    kKeepGroups,
    kInitGroups,
    kGroups,
    kSecurebits,
    kPdeathsig,
    kSelinuxLabel,
    kApparmorProfile,
    kResetEnv,
};

const OptionTable& table() {
    static const OptionTable t{"+dhV",
                               {{"dump", no_argument, nullptr, 'd'},
                                {"nnp", no_argument, nullptr, kNnp},
                                {"no-new-privs", no_argument, nullptr, kNnp},
                                {"inh-caps", required_argument, nullptr, kInhCaps},
                                {"ambient-caps", required_argument, nullptr, kAmbientCaps},
                                {"ruid", required_argument, nullptr, kRuid},
                                {"euid", required_argument, nullptr, kEuid},
                                {"rgid", required_argument, nullptr, kRgid},
                                {"egid", required_argument, nullptr, kEgid},
                                {"reuid", required_argument, nullptr, kReuid},
                                {"regid", required_argument, nullptr, kRegid},
                                {"clear-groups", no_argument, nullptr, kClearGroups},
                                {"keep-groups", no_argument, nullptr, kKeepGroups},
                                {"init-groups", no_argument, nullptr, kInitGroups},
                                {"groups", required_argument, nullptr, kGroups},
                                {"bounding-set", required_argument, nullptr, kBoundingSet},
                                {"securebits", required_argument, nullptr, kSecurebits},
                                {"pdeathsig", required_argument, nullptr, kPdeathsig},
                                {"selinux-label", required_argument, nullptr, kSelinuxLabel},
                                {"apparmor-profile", required_argument, nullptr, kApparmorProfile},
                                {"reset-env", no_argument, nullptr, kResetEnv},
                                {"help", no_argument, nullptr, 'h'},
                                {"version", no_argument, nullptr, 'V'}},
                               {'h', 'V', 'd', kInitGroups, kSelinuxLabel, kApparmorProfile},
                               0,
                               SIZE_MAX,
                               1};
    return t;
}

/// What the options ask for.
struct Plan {
    i64 ruid = -1, euid = -1, rgid = -1, egid = -1;
    std::optional<std::vector<i32>> groups;
    bool about_groups = false; // some option speaks of supplementary groups
    std::optional<i32> pdeathsig;
    bool keep_pdeathsig = false;
    bool no_new_privs = false;
    std::optional<CapList> inheritable, ambient, bounding;
    std::optional<SecurebitList> securebits;
    std::string wrong; // an argument that the tool refuses
};

class Planner {
  public:
    Plan plan;

    void option(const GivenOption& o) {
        const std::string text = o.argument.value_or("");
        switch (o.id) {
        case kRuid: id(text, "ruid", {&plan.ruid}); break;
        case kEuid: id(text, "euid", {&plan.euid}); break;
        case kReuid: id(text, "reuid", {&plan.ruid, &plan.euid}); break;
        case kRgid: id(text, "rgid", {&plan.rgid}); break;
        case kEgid: id(text, "egid", {&plan.egid}); break;
        case kRegid: id(text, "regid", {&plan.rgid, &plan.egid}); break;
        case kClearGroups:
            about_groups(o.id);
            plan.groups.emplace();
            break;
        case kKeepGroups: about_groups(o.id); break;
        case kGroups:
            about_groups(o.id);
            groups(text);
            break;
        case kPdeathsig:
            plan.keep_pdeathsig = text == "keep";
            plan.pdeathsig.reset();
            if (plan.keep_pdeathsig) break;
            plan.pdeathsig = text == "clear" ? 0 : signal_number(text);
            if (!plan.pdeathsig) wrong(fmt::format("unknown signal: {}", text));
            break;
        case kNnp:
            if (std::exchange(plan.no_new_privs, true)) wrong("duplicate --no-new-privs option");
            break;
        case kInhCaps: list(plan.inheritable, cap_list, text, "inh-caps"); break;
        case kAmbientCaps: list(plan.ambient, cap_list, text, "ambient-caps"); break;
        case kBoundingSet: list(plan.bounding, cap_list, text, "bounding-set"); break;
        case kSecurebits: list(plan.securebits, securebit_list, text, "securebits"); break;
        default: break;
        }
    }

    void finish() {
        if ((plan.rgid != -1 || plan.egid != -1) && !plan.about_groups)
            wrong("--[re]gid requires --keep-groups, --clear-groups, --init-groups, or --groups");
    }

  private:
    void wrong(std::string why) {
        if (plan.wrong.empty()) plan.wrong = std::move(why);
    }
    void id(const std::string& text, const std::string& what, const std::vector<i64*>& into) {
        const auto value = id_or_name(text);
        if (!value) return wrong(fmt::format("failed to parse {}: '{}'", what, text));
        const std::string letters = what.substr(what.size() - 3); // uid or gid
        for (i64* each : into) {
            if (*each != -1)
                return wrong(into.size() == 2 ? fmt::format("duplicate r{0} or e{0}", letters)
                                              : fmt::format("duplicate {}", what));
            *each = *value;
        }
    }
    template <class List, class Read>
    void list(std::optional<List>& into, Read read, const std::string& text, const char* option) {
        if (into) return wrong(fmt::format("duplicate --{} option", option));
        into = read(text);
        if (!into->wrong.empty()) wrong(into->wrong);
    }
    void about_groups(int option) {
        if (plan.about_groups)
            wrong(option == about_
                      ? "duplicate option for supplementary groups"
                      : "mutually exclusive arguments: --clear-groups --keep-groups --init-groups --groups");
        plan.about_groups = true;
        about_ = option;
    }
    void groups(const std::string& text) {
        plan.groups.emplace();
        std::string word;
        for (const char c : text + ",") {
            if (c != ',') {
                word += c;
                continue;
            }
            const auto gid = id_or_name(word);
            if (!gid) return wrong(fmt::format("Invalid supplementary group id: '{}'", word));
            plan.groups->push_back(static_cast<i32>(*gid));
            word.clear();
        }
    }

    int about_ = 0;
};

Plan plan_of(const CommandLine& line) {
    Planner planner;
    for (const GivenOption& o : line.options) planner.option(o);
    planner.finish();
    return planner.plan;
}

/// A privilege could not be set.
std::optional<int> failed(Tool& tool, const std::string& text, const Outcome& o) {
    tool.warn(text, o.error);
    return 127;
}

/// The tool's work, in its order. It keeps its capabilities over the change of its user.
class Setter {
  public:
    Setter(Tool& tool, const Plan& plan) : tool_(tool), plan_(plan) {}

    std::optional<int> run() {
        u64 signal = plan_.pdeathsig ? static_cast<u64>(*plan_.pdeathsig) : 0;
        if (plan_.keep_pdeathsig) {
            const Outcome o = tool_.call(sys::Prctl{PR::GET_PDEATHSIG, static_cast<u64>(OutPtr::somewhere)});
            if (!o.ok()) return failed(tool_, "failed to get parent death signal", o);
            if (const auto* number = o.out.get_if<NumberBuf>()) signal = static_cast<u64>(number->value);
        }
        u64 securebits = 0;
        if (plan_.securebits) securebits = static_cast<u64>(tool_.probe(sys::Prctl{PR::GET_SECUREBITS}).value);
        if (plan_.no_new_privs)
            if (const Outcome o = tool_.call(sys::Prctl{PR::SET_NO_NEW_PRIVS, 1}); !o.ok())
                return failed(tool_, "disallow granting new privileges failed", o);
        if (const auto bad = activate()) return bad;
        if (const auto bad = change_ids()) return bad;
        if (plan_.securebits) {
            securebits = ((securebits | plan_.securebits->set) & ~plan_.securebits->clear) | SECBIT::KEEP_CAPS;
            if (const Outcome o = tool_.call(sys::Prctl{PR::SET_SECUREBITS, securebits}); !o.ok())
                return failed(tool_, "set process securebits failed", o);
        }
        if (const auto bad = change_capabilities()) return bad;
        if (plan_.pdeathsig || plan_.keep_pdeathsig)
            if (const Outcome o = tool_.call(sys::Prctl{PR::SET_PDEATHSIG, signal}); !o.ok())
                return failed(tool_, "set parent death signal", o);
        return std::nullopt;
    }

  private:
    std::optional<int> apply(const char* what) {
        const Outcome o = tool_.call(sys::Capset{kCapabilityVersion3, 0, own_});
        return o.ok() ? std::nullopt : failed(tool_, what, o);
    }

    /// What is needed of what is permitted becomes effective. Source: bump_cap().
    std::optional<int> activate() {
        if (const Outcome o = tool_.call(sys::Prctl{PR::SET_KEEPCAPS, 1}); !o.ok())
            return failed(tool_, "keep process capabilities failed", o);
        own_ = own_capabilities(tool_).value_or(CapSets{});
        for (const u32 cap : {CAP::SETPCAP, CAP::SETUID, CAP::SETGID}) own_.effective |= own_.permitted & u64{1} << cap;
        return apply("activate capabilities");
    }

    std::optional<int> change_ids() {
        const auto own = [&](const Syscall& call) { return tool_.probe(call).value; };
        if (plan_.ruid != -1 || plan_.euid != -1) {
            const i64 ruid = plan_.ruid != -1 ? plan_.ruid : own(sys::Getuid{});
            const i64 euid = plan_.euid != -1 ? plan_.euid : own(sys::Geteuid{});
            if (const Outcome o = tool_.call(sys::Setresuid{ruid, euid, euid}); !o.ok())
                return failed(tool_, "setresuid failed", o);
            if (const auto bad = apply("reactivate capabilities")) return bad; // only the permitted ones were kept
        }
        if (plan_.rgid != -1 || plan_.egid != -1) {
            const i64 rgid = plan_.rgid != -1 ? plan_.rgid : own(sys::Getgid{});
            const i64 egid = plan_.egid != -1 ? plan_.egid : own(sys::Getegid{});
            if (const Outcome o = tool_.call(sys::Setresgid{rgid, egid, egid}); !o.ok())
                return failed(tool_, "setresgid failed", o);
        }
        if (plan_.groups)
            if (const Outcome o = tool_.call(sys::Setgroups{*plan_.groups}); !o.ok())
                return failed(tool_, "setgroups failed", o);
        return std::nullopt;
    }

    std::optional<int> change_capabilities() {
        // libcap-ng leaves the bounding set of who cannot change it as it is, and says nothing.
        if (plan_.bounding && (own_.effective >> CAP::SETPCAP & 1)) {
            const u64 kept = changed(kCapFullSet, *plan_.bounding);
            for (u64 cap = 0; cap <= CAP::LAST_CAP; ++cap) {
                if (kept >> cap & 1) continue;
                if (const Outcome o = tool_.call(sys::Prctl{PR::CAPBSET_DROP, cap}); !o.ok())
                    return failed(tool_, "apply bounding set", o);
            }
        }
        if (plan_.inheritable) {
            own_.inheritable = changed(own_.inheritable, *plan_.inheritable);
            if (const auto bad = apply("apply capabilities")) return bad;
        }
        // What fails here does so in silence.
        for (const CapChange& change : plan_.ambient ? plan_.ambient->changes : std::vector<CapChange>{})
            for (u64 cap = 0; cap <= CAP::LAST_CAP; ++cap)
                if (change.caps >> cap & 1)
                    tool_.probe(sys::Prctl{PR::CAP_AMBIENT, change.add ? PR::CAP_AMBIENT_RAISE : PR::CAP_AMBIENT_LOWER,
                                           cap, 0, 0});
        return std::nullopt;
    }

    Tool& tool_;
    const Plan& plan_;
    CapSets own_;
};

std::vector<Diagnostic> check(const std::vector<std::string>& argv) {
    auto found = check_plan(argv, table(), plan_of);
    if (found.empty()) check_program(argv, table(), found);
    return found;
}

CommandResult run(Terminal& terminal, const Invocation& invocation) {
    return run_plan(terminal, invocation, table(), plan_of, [&](Tool& tool, const Plan& plan, const CommandLine& line) {
        Spawn how;
        how.child = [&](Tool& t) { return Setter(t, plan).run(); };
        return spawn(tool, program_of(invocation, line.operands), how, false);
    });
}

} // namespace

std::vector<Operand> setpriv_operands(const std::vector<std::string>& argv) {
    return read_options(argv, table()).operands;
}

CommandRow setpriv_row() {
    return {"setpriv", "setpriv [--reuid UID] [--regid GID] [--inh-caps CAPS] [OPTIONS] ACTOR [&] | COMMAND",
            true,      ActorWords::none,
            check,     run,
            table};
}

} // namespace nslab::shell
