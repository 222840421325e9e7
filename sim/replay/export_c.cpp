// A scenario as a C program: its calls are written from the same rows that print and bind them.

#include <algorithm>
#include <map>
#include <set>
#include <sstream>
#include <stdexcept>

#include <fmt/format.h>

#include "sim/replay/export.hpp"
#include "sim/replay/player.hpp"
#include "sim/replay/side.hpp"
#include "sim/syscall/calls.hpp"
#include "sim/syscall/expr.hpp"

namespace nslab {

extern const char* const kExportHead; // export_runtime.cpp
extern const char* const kExportTail;

namespace {

using describe::Argument;
using describe::Type;

std::string c_string(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\')
            out += std::string("\\") + c;
        else if (c >= ' ' && c < 0x7f)
            out += c;
        else
            out += fmt::format("\\{:03o}", static_cast<unsigned char>(c));
    }
    return out + '"';
}

std::string comment(std::string text) {
    for (std::size_t at = 0; (at = text.find("*/", at)) != std::string::npos;) text.insert(at + 1, " ");
    return "/* " + text + " */";
}

/// Writes calls in C, and remembers which constants they name.
class Writer {
  public:
    std::set<std::string> names;

    /// `child` is the number of the process that the call makes.
    std::string call(const Syscall& c, Actor child) {
        if (const auto* clone = std::get_if<sys::Clone>(&c)) {
            const std::string text = flags(clone->flags, describe::kCloneFlags);
            // Who shares our memory needs a stack of its own.
            if (clone->flags & CLONE::VM)
                return fmt::format("share(SYS_clone, (unsigned long)({}), {})", text, static_cast<u32>(child));
            return fmt::format("syscall(SYS_clone, (unsigned long)({}), 0L, {}, 0L, 0L)", text,
                               place(clone->parent_tid));
        }
        if (const auto* clone = std::get_if<sys::Clone3>(&c); clone && (clone->flags & CLONE::VM))
            return fmt::format("share(SYS_clone3, (unsigned long)({}), {})",
                               flags(clone->flags | clone->exit_signal, describe::kCloneFlags),
                               static_cast<u32>(child));
        if (const auto* exec = std::get_if<sys::Execve>(&c))
            return fmt::format("execute({})", string(describe::Value(exec->filename)));
        if (const auto* action = std::get_if<sys::RtSigaction>(&c)) return sigaction(*action);
        if (const auto* mask = std::get_if<sys::RtSigprocmask>(&c))
            return fmt::format("syscall(SYS_rt_sigprocmask, {}L, {}, {}, {}UL)", mask->how,
                               mask->nset ? sigset(*mask->nset) : "NULL", place(mask->oset), mask->sigsetsize);
        if (const auto* wait = std::get_if<sys::RtSigtimedwait>(&c))
            return fmt::format(
                "syscall(SYS_rt_sigtimedwait, {}, {}, {}, {}UL)", sigset(wait->uthese), place(wait->uinfo),
                wait->uts ? fmt::format("(long[]){{{}, {}}}", wait->uts->tv_sec, wait->uts->tv_nsec) : "NULL",
                wait->sigsetsize);
        if (const auto* groups = std::get_if<sys::Setgroups>(&c)) return setgroups(*groups);
        if (const auto* get = std::get_if<sys::Capget>(&c))
            return fmt::format("syscall(SYS_capget, (unsigned[]){{{:#x}, {}}}, {})", get->version,
                               static_cast<u32>(get->pid), place(get->dataptr));
        if (const auto* set = std::get_if<sys::Capset>(&c)) return capset(*set);
        if (const auto* poll = std::get_if<sys::Poll>(&c)) // struct pollfd
            return fmt::format("syscall(SYS_poll, (int[]){{{}, {}}}, 1L, {})", poll->fd, poll->events,
                               poll->timeout_msecs);
        if (const auto* queue = std::get_if<sys::RtSigqueueinfo>(&c))
            return fmt::format("syscall(SYS_rt_sigqueueinfo, {}, {}, {})", queue->pid, queue->sig,
                               siginfo(queue->uinfo));
        if (const auto* queue = std::get_if<sys::RtTgsigqueueinfo>(&c))
            return fmt::format("syscall(SYS_rt_tgsigqueueinfo, {}, {}, {}, {})", queue->tgid, queue->pid, queue->sig,
                               siginfo(queue->uinfo));
        if (const auto* send = std::get_if<sys::PidfdSendSignal>(&c))
            return fmt::format("syscall(NR(pidfd_send_signal), {}, {}, {}, {}L)", send->pidfd, send->sig,
                               siginfo(send->info), send->flags);
        if (const auto* ioctl = std::get_if<sys::Ioctl>(&c);
            ioctl && ioctl->cmd == PIDFD::GET_INFO && ioctl->arg == static_cast<u64>(OutPtr::somewhere))
            return fmt::format("syscall(SYS_ioctl, {}, {:#x}L, (unsigned long[8]){{{}}})", ioctl->fd, ioctl->cmd,
                               PIDFD::INFO_EXIT);
        const auto& row = describe::row_of(c);
        std::string out = fmt::format("syscall(NR({})", row.name);
        for (const Argument& a : row.arguments) out += ", " + argument(a, c);
        return out + ")";
    }

  private:
    std::string flags(u64 value, describe::Constants constants) {
        std::string text = describe::flags_text(value, constants);
        std::istringstream parts(text);
        for (std::string name; std::getline(parts, name, '|');)
            if (constant(name)) names.insert(name);
        return text;
    }

    static std::string place(OutPtr where) {
        return where == OutPtr::null ? "NULL" : where == OutPtr::bad ? "(char *)1" : "out";
    }
    static std::string sigset(u64 set) { return fmt::format("(unsigned long[]){{{:#x}UL}}", set); }

    static std::string capset(const sys::Capset& c) {
        std::string data = "NULL";
        if (c.data) {
            std::string halves;
            for (const u32 shift : {0U, 32U})
                for (const u64 set : {c.data->effective, c.data->permitted, c.data->inheritable})
                    halves += fmt::format("{}{:#x}", halves.empty() ? "" : ", ", set >> shift & 0xffffffff);
            data = fmt::format("(unsigned[]){{{}}}", halves);
        }
        return fmt::format("capset_within({:#x}, {}, {})", c.version, c.pid, data);
    }
    static std::string siginfo(const std::optional<Siginfo>& info) {
        if (!info) return "NULL";
        return fmt::format("(int[32]){{{}, 0, {}, 0, {}, {}, {}}}", info->signo, info->code, info->pid,
                           static_cast<i32>(info->uid), info->status);
    }

    std::string sigaction(const sys::RtSigaction& c) {
        if (!c.act)
            return fmt::format("syscall(SYS_rt_sigaction, {}L, NULL, {}, {}UL)", c.sig, place(c.oact), c.sigsetsize);
        const char* handler = c.act->handler == kSigDfl ? "SIG_DFL" : c.act->handler == kSigIgn ? "SIG_IGN" : "handle";
        return fmt::format("action({}, {}, {}UL, {:#x}UL, {}, {}UL)", c.sig, handler, c.act->flags, c.act->mask,
                           place(c.oact), c.sigsetsize);
    }

    static std::string setgroups(const sys::Setgroups& c) {
        std::string ids;
        for (const i32 gid : c.grouplist) ids += fmt::format("{}{}", ids.empty() ? "" : ", ", gid);
        return fmt::format("syscall(SYS_setgroups, {}L, {})", c.grouplist.size(),
                           ids.empty() ? "NULL" : fmt::format("(int[]){{{}}}", ids));
    }

    std::string string(const describe::Value& value) {
        const auto* text = std::get_if<Str>(&value);
        if (!text || text->kind == Str::Kind::null) return "NULL";
        return text->kind == Str::Kind::bad ? "(char *)1" : c_string(text->text);
    }

    std::string structure(const Argument& a, const Syscall& c) {
        if (a.present && !a.present(c)) return "NULL";
        std::string out;
        if (std::holds_alternative<sys::Statmount>(c) || std::holds_alternative<sys::Listmount>(c)) out = "32UL";
        for (const Argument& m : a.members)
            if (m.get && m.type != Type::numbers)
                out +=
                    fmt::format("{}{} {}", out.empty() ? "" : ", ", number(m, m.get(c)), comment(std::string(m.name)));
        return fmt::format("(unsigned long[]){{{}}}", out);
    }

    /// struct clone_args: all members in their order, most of them 0.
    std::string clone_args(const sys::Clone3& c) {
        std::string ids;
        for (const i32 pid : c.set_tid) ids += fmt::format("{}{}", ids.empty() ? "" : ", ", pid);
        const auto pointer = [](OutPtr where) { return "(unsigned long)" + place(where); };
        return fmt::format("(unsigned long[]){{{}, {}, 0, {}, {}, 0, 0, 0, {}, {}, 0}}",
                           flags(c.flags, describe::kUnshareFlags), pointer(c.pidfd),
                           pointer(c.parent_tid) + (c.parent_tid == OutPtr::somewhere ? " + 8" : ""), c.exit_signal,
                           ids.empty() ? "0" : fmt::format("(unsigned long)(int[]){{{}}}", ids), c.set_tid.size());
    }

    std::string number(const Argument& a, const describe::Value& value) {
        const u64* n = std::get_if<u64>(&value);
        const u64 bits = n ? *n : 0;
        switch (a.type) {
        case Type::flags: return fmt::format("(unsigned long)({})", flags(bits, a.constants));
        case Type::octal: return fmt::format("0{:o}L", bits);
        case Type::hex: return fmt::format("{:#x}UL", bits);
        case Type::one_of:
        case Type::fd:
            for (const auto& c : a.constants)
                if (c.value == bits) {
                    names.insert(std::string(c.name));
                    return fmt::format("(long){}", c.name);
                }
            [[fallthrough]];
        default: return fmt::format("{}L", static_cast<i64>(bits));
        }
    }

    std::string argument(const Argument& a, const Syscall& c) {
        if (const auto* write = std::get_if<sys::Write>(&c); write && a.name == "count")
            return fmt::format("{}UL", write->data.size());
        if (const auto* clone = std::get_if<sys::Clone3>(&c); clone && a.type == Type::structure)
            return clone_args(*clone);
        const auto* prctl = std::get_if<sys::Prctl>(&c);
        const auto* ioctl = std::get_if<sys::Ioctl>(&c);
        const bool writes_here = a.type == Type::place && ((prctl && writes(*prctl)) || (ioctl && writes(*ioctl)));
        if (describe::is_output(a.type) || writes_here) {
            if (a.type == Type::out_ignored) return "NULL";
            const auto where = a.get ? a.get(c) : describe::Value(static_cast<u64>(OutPtr::somewhere));
            const u64* n = std::get_if<u64>(&where);
            return place(static_cast<OutPtr>(n ? *n : 0));
        }
        switch (a.type) {
        case Type::string:
        case Type::data: return string(a.get(c));
        case Type::structure: return structure(a, c);
        case Type::ignored:
        case Type::zero: return a.printed.empty() ? "0L" : a.printed == "NULL" ? "NULL" : std::string(a.printed) + "L";
        default: return number(a, a.get(c));
        }
    }
};

/// One line of the program's table.
struct Row {
    Actor who, child;
    std::size_t step;
    Syscall call;
    Outcome outcome;
    bool begins = false, ends = false; // a call that sleeps is begun in one row and ended in another
};

/// Whether the call holds a number that another kernel gives out differently.
bool foreign_number(const Syscall& c) {
    const auto own = [](const MntIdReq& r) { return (r.mnt_id != 0 && r.mnt_id != kLsmtRoot) || r.mnt_ns_id != 0; };
    if (const auto* s = std::get_if<sys::Statmount>(&c)) return own(s->req);
    if (const auto* l = std::get_if<sys::Listmount>(&c)) return own(l->req);
    return false;
}

/// The value that the program must see; what depends on the length of numbers is not compared.
std::string wanted(const Row& row) {
    if (row.outcome.ended) return "ANY, 0";
    if (row.outcome.error != E::OK)
        return fmt::format("-1, {} {}", static_cast<int>(row.outcome.error),
                           comment(std::string(errno_name(row.outcome.error))));
    const Output& out = row.outcome.out;
    const bool length = out.holds<Bytes>() || out.holds<Entries>() || out.holds<Ids>() || out.holds<StatmountBuf>() ||
                        out.holds<StatfsBuf>();
    return length ? "ANY, 0" : fmt::format("{}, 0", row.outcome.value);
}

std::vector<Row> play_rows(const Scenario& scenario, Backend& model, std::map<Actor, std::string>& actors) {
    std::vector<Row> rows;
    std::size_t step = 0;
    actors[Actor::sh1] = "sh1";
    PlayOptions options;
    options.on_call = [&](Actor who, const Syscall& c, const Outcome& o, Actor child, bool resumed) {
        const bool command =
            step < scenario.steps.size() && std::holds_alternative<CommandStep>(scenario.steps[step].what);
        const bool expect =
            step < scenario.steps.size() && std::holds_alternative<ExpectStep>(scenario.steps[step].what);
        if (expect || (command && only_asks(c))) return;
        const bool made = (o.ok() || (o.blocked && o.value > 0)) && child != Actor::none;
        if (made) actors.emplace(child, fmt::format("process{}", static_cast<u32>(child)));
        rows.push_back({who, made ? child : Actor::none, step, c, o, o.blocked, resumed});
    };
    const PlayReport report = play(scenario, model, nullptr, options, [&](const StepReport&) { ++step; });
    if (!report.message.empty()) throw std::runtime_error("the scenario does not play to its end:\n" + report.message);
    for (const auto& [who, name] : report.actors) actors[who] = name;
    return rows;
}

} // namespace

std::string export_c(const Scenario& scenario, Backend& model) {
    if (!scenario.boot_files.empty())
        throw std::runtime_error("a scenario that begins from saved mountinfo cannot be exported");
    std::map<Actor, std::string> actors;
    const std::vector<Row> rows = play_rows(scenario, model, actors);
    Writer writer;
    std::string functions, table;
    std::size_t last_step = scenario.steps.size();
    u32 highest = 2;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const Row& row = rows[i];
        highest = std::max({highest, static_cast<u32>(row.who), static_cast<u32>(row.child)});
        const Step& step = scenario.steps[std::min(row.step, scenario.steps.size() - 1)];
        if (row.step != last_step) {
            for (const std::string& line : step.narration) table += "    " + comment(line) + "\n";
            table += fmt::format("    {}\n", comment(step.text));
            last_step = row.step;
        }
        std::string name = row.ends ? "NULL" : fmt::format("call_{}", i);
        if (row.ends && row.outcome.ended) continue; // killed in its sleep: it does not answer
        if (foreign_number(row.call)) {
            table += "    " + comment(to_string(row.call) + " needs a number that only one kernel knows") + "\n";
            continue;
        }
        if (!row.ends)
            functions +=
                fmt::format("static long {}(void)\n{{\n\treturn {};\n}}\n\n", name, writer.call(row.call, row.child));
        const char* kind = row.begins ? "BEGINS" : row.ends ? "ENDS" : row.outcome.ended ? "EXITS" : "PLAIN";
        table +=
            fmt::format("    {{{}, {}, {}, {}, {}, {}, {}}},\n", static_cast<u32>(row.who), static_cast<u32>(row.child),
                        step.at.line, name, c_string(to_string(row.call)), kind, row.begins ? "0, 0" : wanted(row));
    }
    std::string constants;
    for (const std::string& name : writer.names)
        constants += fmt::format("#ifndef {0}\n#define {0} {1}\n#endif\n", name, *constant(name));
    std::string names;
    for (u32 actor = 0; actor <= highest; ++actor)
        names += fmt::format("{}\"{}\"", actor ? ", " : "", actors.count(Actor{actor}) ? actors[Actor{actor}] : "");
    std::string out = comment(scenario.title.empty() ? scenario.file : scenario.title) + "\n";
    if (!scenario.source.empty()) out += comment(scenario.source) + "\n";
    out +=
        fmt::format("{}\n{}\n#define MODEL \"{}\"\n#define ACTORS {}\n#define SHARED_ROOT {}\n", kExportHead, constants,
                    to_string(model.release()), highest + 1, scenario.boot.kind == BootOptions::Kind::systemd ? 1 : 0);
    out += fmt::format("static const char *const actor_names[ACTORS] = {{{}}};\n\n", names);
    const bool executes = functions.find("return execute(") != std::string::npos;
    out += fmt::format("enum {{ executes = {} }}; /* itself, by execve */\n\n", executes ? 1 : 0);
    return out + functions + "static const struct step steps[] = {\n" + table + "};\n" + kExportTail;
}

} // namespace nslab
