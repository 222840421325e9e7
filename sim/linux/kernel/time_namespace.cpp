// Time namespaces: who is in one, and the offsets of their clocks as text. Follows kernel/time/namespace.c of Linux
// 6.18 and the file of /proc that fills them. Clocks themselves do not run here.

#include "sim/linux/kernel/internal.hpp"
#include "sim/linux/kernel/user_namespace.hpp"

namespace nslab {

namespace {

constexpr i64 kNsecPerSec = 1000000000;
constexpr i64 kKtimeSecMax = INT64_MAX / kNsecPerSec;

struct Offset {
    bool boottime = false;
    TimensOffset value;
};

std::string_view scan_word(std::string_view& text, std::size_t limit) {
    const auto space = [](char c) { return c == ' ' || (c >= '\t' && c <= '\r'); };
    while (!text.empty() && space(text.front())) text.remove_prefix(1);
    std::size_t n = 0;
    while (n < text.size() && n < limit && !space(text[n])) ++n;
    const std::string_view word = text.substr(0, n);
    text.remove_prefix(n);
    return word;
}

/// One number as sscanf's %lld or %lu takes it; what follows stays in `text`.
bool scan_number(std::string_view& text, bool sign, i64& value) {
    (void)scan_word(text, 0); // skips blanks
    const bool minus = sign && !text.empty() && text.front() == '-';
    if (minus) text.remove_prefix(1);
    if (text.empty() || text.front() < '0' || text.front() > '9') return false;
    u64 n = 0;
    while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
        n = n * 10 + static_cast<u64>(text.front() - '0');
        text.remove_prefix(1);
    }
    value = static_cast<i64>(minus ? ~n + 1 : n);
    return true;
}

bool parse_offset(std::string_view line, Offset& off) {
    constexpr std::size_t kClock = 9; // %9s
    const std::string_view clock = scan_word(line, kClock);
    if (clock.empty() || !scan_number(line, true, off.value.sec) || !scan_number(line, false, off.value.nsec))
        return false;
    if (off.value.nsec < 0 || off.value.nsec >= kNsecPerSec) return false;
    if (clock == "monotonic" || clock == "1") return true;
    off.boottime = clock == "boottime" || clock == "7";
    return off.boottime;
}

std::string padded(const std::string& text, std::size_t width) {
    return text.size() < width ? std::string(width - text.size(), ' ') + text : text;
}

std::string show_offset(const char* clock, const TimensOffset& offset) {
    constexpr std::size_t kSec = 10, kNsec = 9;
    return std::string(clock) + padded(std::to_string(offset.sec), kSec) + " " +
           padded(std::to_string(offset.nsec), kNsec) + "\n";
}

/// Whether a clock that shows `kUptime` seconds now would be off its range.
Result<> check_range(const TimensOffset& offset) {
    constexpr i64 kUptime = 60; // the machine has been up for longer, and not for many years
    if (offset.sec > kKtimeSecMax || offset.sec < -kKtimeSecMax || offset.sec < -kUptime ||
        offset.sec + kUptime > kKtimeSecMax / 2)
        return fail(E::RANGE, "the clock would stand before the beginning, or beyond its end",
                    "proc_timens_set_offset");
    return {};
}

} // namespace

void timens_commit(Kernel& k, Id<Namespace> ns) { k[ns].frozen_offsets = true; }

void timens_on_fork(Kernel& k, Nsproxy& ns) {
    if (ns.time_ns == ns.time_ns_for_children) return;
    install_ns(k, ns.time_ns, ns.time_ns_for_children);
    timens_commit(k, ns.time_ns);
}

Result<> timens_install(Kernel& k, Id<Task> task, Nsproxy& nsproxy, Id<Namespace> own_user_ns, Id<Namespace> ns) {
    if (!current_is_single_threaded(k, task))
        return fail(E::USERS, "others share the caller's memory and with it the clock");
    if (!ns_capable(k, task, k[ns].ns.user_ns, CAP::SYS_ADMIN) || !ns_capable(k, task, own_user_ns, CAP::SYS_ADMIN))
        return fail(E::PERM, "setns takes CAP_SYS_ADMIN, in the owner of the namespace too");
    install_ns(k, nsproxy.time_ns, ns);
    install_ns(k, nsproxy.time_ns_for_children, ns);
    return {};
}

std::string timens_offsets_show(const Kernel& k, Id<Task> target) {
    if (!k[target].nsproxy) return {};
    const Namespace& ns = k[k[k[target].nsproxy].time_ns_for_children];
    return show_offset("monotonic  ", ns.monotonic) + show_offset("boottime   ", ns.boottime);
}

Result<i64> timens_offsets_write(Kernel& k, Id<File> file, Id<Task> target, std::string_view data) {
    constexpr std::size_t kPageSize = 4096, kClocks = 2;
    const auto invalid = [](const char* why) { return fail(E::INVAL, why, "timens_offsets_write"); };
    if (k[file].f_pos != 0 || data.size() >= kPageSize)
        return invalid("offsets are written at once, from the beginning of the file");
    std::string_view text = data.substr(0, data.find('\0'));
    auto taken = static_cast<i64>(data.size());
    std::vector<Offset> offsets;
    for (bool more = true; more;) {
        const auto end = text.find('\n');
        const std::string_view line = text.substr(0, end);
        text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
        more = !text.empty();
        Offset off;
        if (!parse_offset(line, off)) return invalid("a line is not a clock, seconds and nanoseconds");
        offsets.push_back(off);
        if (offsets.size() == kClocks) {
            if (more) taken = text.data() - data.data();
            break;
        }
    }
    if (!target) return fail(E::SRCH, "the process is gone", "timens_offsets_write");
    if (!k[target].nsproxy) return fail(E::SRCH, "the process has exited", "proc_timens_set_offset");
    const Id<Namespace> ns = k[k[target].nsproxy].time_ns_for_children;
    if (!file_ns_capable(k, file, k[ns].ns.user_ns, CAP::SYS_TIME))
        return fail(E::PERM, "whoever opened the file has no CAP_SYS_TIME in the owner of the time namespace",
                    "proc_timens_set_offset");
    for (const Offset& off : offsets) TRY(check_range(off.value));
    if (k[ns].frozen_offsets)
        return fail(E::ACCES, "somebody has been in the time namespace already", "proc_timens_set_offset");
    for (const Offset& off : offsets) (off.boottime ? k[ns].boottime : k[ns].monotonic) = off.value;
    return taken;
}

} // namespace nslab
