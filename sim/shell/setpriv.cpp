// setpriv(1) of util-linux 2.38. Source: sys-utils/setpriv.c. Played are ids, supplementary groups and the signal at a
// parent's death; not capabilities, securebits, no_new_privs and labels. The tool changes the user id first and keeps
// its capabilities over that (PR_SET_KEEPCAPS); here the groups come first, which ends alike.

#include <fmt/format.h>

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
                               {'h', 'V', 'd', kNnp, kAmbientCaps, kInhCaps, kBoundingSet, kInitGroups, kSecurebits,
                                kSelinuxLabel, kApparmorProfile},
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

std::optional<int> failed(Tool& tool, const std::string& text, const Outcome& o) {
    tool.warn(text, o.error);
    return 1;
}

std::optional<int> set_privileges(Tool& tool, const Plan& plan) {
    u64 kept = 0;
    if (plan.keep_pdeathsig) {
        const Outcome o = tool.call(sys::Prctl{PR::GET_PDEATHSIG, static_cast<u64>(OutPtr::somewhere)});
        if (!o.ok()) return failed(tool, "failed to get parent death signal", o);
        if (const auto* number = std::get_if<NumberBuf>(&o.out)) kept = static_cast<u64>(number->value);
    }
    if (plan.groups)
        if (const Outcome o = tool.call(sys::Setgroups{*plan.groups}); !o.ok())
            return failed(tool, "setgroups failed", o);
    // What is not given is as it was, and the saved id is the effective one.
    const auto own = [&](const Syscall& question) { return tool.probe(question).value; };
    if (plan.rgid != -1 || plan.egid != -1) {
        const i64 rgid = plan.rgid != -1 ? plan.rgid : own(sys::Getgid{});
        const i64 egid = plan.egid != -1 ? plan.egid : own(sys::Getegid{});
        if (const Outcome o = tool.call(sys::Setresgid{rgid, egid, egid}); !o.ok())
            return failed(tool, "setresgid failed", o);
    }
    if (plan.ruid != -1 || plan.euid != -1) {
        const i64 ruid = plan.ruid != -1 ? plan.ruid : own(sys::Getuid{});
        const i64 euid = plan.euid != -1 ? plan.euid : own(sys::Geteuid{});
        if (const Outcome o = tool.call(sys::Setresuid{ruid, euid, euid}); !o.ok())
            return failed(tool, "setresuid failed", o);
    }
    if (plan.pdeathsig || plan.keep_pdeathsig) {
        const u64 signal = plan.pdeathsig ? static_cast<u64>(*plan.pdeathsig) : kept;
        if (const Outcome o = tool.call(sys::Prctl{PR::SET_PDEATHSIG, signal}); !o.ok())
            return failed(tool, "set parent death signal", o);
    }
    return std::nullopt;
}

std::vector<Diagnostic> check(const std::vector<std::string>& argv) {
    auto found = check_plan(argv, table(), plan_of);
    if (found.empty()) check_program(argv, table(), found);
    return found;
}

CommandResult run(Terminal& terminal, const Invocation& invocation) {
    return run_plan(terminal, invocation, table(), plan_of, [&](Tool& tool, const Plan& plan, const CommandLine& line) {
        Spawn how;
        how.child = [&](Tool& t) {
            const auto bad = set_privileges(t, plan);
            // Only a new program may be looked at by its user, and finds /proc/self its own.
            if (!bad) begin_program(t);
            return bad;
        };
        return spawn(tool, program_of(invocation, line.operands), how, false);
    });
}

} // namespace

std::vector<Operand> setpriv_operands(const std::vector<std::string>& argv) {
    return read_options(argv, table()).operands;
}

CommandRow setpriv_row() {
    return {"setpriv", "setpriv [--reuid UID] [--regid GID] [--pdeathsig SIGNAL] [OPTIONS] ACTOR [&] | COMMAND",
            true,      false,
            check,     run,
            table};
}

} // namespace nslab::shell
