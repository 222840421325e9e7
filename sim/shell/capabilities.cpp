#include "sim/shell/capabilities.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>

#include "sim/syscall/calls.hpp"

namespace nslab::shell {

namespace {

std::vector<std::string> split(const std::string& text) {
    std::vector<std::string> words(1);
    for (const char c : text) {
        if (c == ',')
            words.emplace_back();
        else
            words.back() += c;
    }
    return words;
}

std::string upper(std::string text) {
    for (char& c : text)
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    return text;
}

/// "kill", "KILL" or "cap_5".
std::optional<u64> capability(const std::string& name) {
    for (const auto& known : describe::kCapabilities)
        if (known.name.substr(4) == upper(name)) return known.value;
    if (name.substr(0, 4) != "cap_") return std::nullopt;
    u32 number = 0;
    const char* const end = name.data() + name.size();
    const auto [at, error] = std::from_chars(name.data() + 4, end, number);
    const bool good = error == std::errc() && at == end && number <= CAP::LAST_CAP;
    return good ? std::optional<u64>(number) : std::nullopt;
}

constexpr std::pair<const char*, u32> kSecurebits[] = {
    {"noroot", SECBIT::NOROOT},
    {"noroot_locked", SECBIT::NOROOT_LOCKED},
    {"no_setuid_fixup", SECBIT::NO_SETUID_FIXUP},
    {"no_setuid_fixup_locked", SECBIT::NO_SETUID_FIXUP_LOCKED},
    {"keep_caps_locked", SECBIT::KEEP_CAPS_LOCKED},
};

} // namespace

CapList cap_list(const std::string& text) {
    CapList list;
    for (const std::string& word : split(text)) {
        const bool add = word[0] == '+';
        if (word.empty() || (!add && word[0] != '-')) {
            list.wrong = "bad capability string";
            return list;
        }
        const std::string name = word.substr(1);
        const auto cap = capability(name);
        if (!cap && name != "all") {
            list.wrong = fmt::format("unknown capability \"{}\"", name);
            return list;
        }
        list.changes.push_back({add, cap ? u64{1} << *cap : kCapFullSet});
    }
    return list;
}

u64 changed(u64 caps, const CapList& list) {
    for (const CapChange& change : list.changes) caps = change.add ? caps | change.caps : caps & ~change.caps;
    return caps;
}

SecurebitList securebit_list(const std::string& text) {
    SecurebitList list;
    for (const std::string& word : split(text)) {
        const bool add = word[0] == '+';
        const std::string name = word.empty() ? "" : word.substr(1);
        u32 bit = 0;
        for (const auto& [known, value] : kSecurebits)
            if (name == known) bit = value;
        if (name == "all") bit = add ? 0 : SECBIT::ALL_BITS | SECBIT::ALL_LOCKS;
        if (word.empty() || (!add && word[0] != '-'))
            list.wrong = "bad securebits string";
        else if (name == "all" && add)
            list.wrong = "+all securebits is not allowed";
        else if (name == "keep_caps")
            list.wrong = "adjusting keep_caps does not make sense";
        else if (!bit)
            list.wrong = "unrecognized securebit";
        if (!list.wrong.empty()) return list;
        (add ? list.set : list.clear) |= bit;
        (add ? list.clear : list.set) &= ~bit;
    }
    return list;
}

std::optional<CapSets> own_capabilities(Tool& tool) {
    const Outcome o = tool.probe(sys::Capget{});
    const auto* sets = o.out.get_if<CapSets>();
    return o.ok() && sets ? std::optional(*sets) : std::nullopt;
}

std::optional<int> keep_capabilities(Tool& tool) {
    const Outcome got = tool.call(sys::Capget{});
    const auto* own = got.out.get_if<CapSets>();
    if (!got.ok() || !own) {
        tool.warn("capget failed", got.error);
        return 1;
    }
    CapSets sets = *own;
    sets.inheritable = sets.permitted;
    if (const Outcome o = tool.call(sys::Capset{kCapabilityVersion3, 0, sets}); !o.ok()) {
        tool.warn("capset failed", o.error);
        return 1;
    }
    for (u64 cap = 0; cap <= CAP::LAST_CAP; ++cap) {
        if (!(sets.effective >> (cap & 31) & 1)) continue; // the tool shifts an int
        const Outcome o = tool.call(sys::Prctl{PR::CAP_AMBIENT, PR::CAP_AMBIENT_RAISE, cap, 0, 0});
        if (o.ok()) continue;
        tool.warn("prctl(PR_CAP_AMBIENT) failed", o.error);
        return 1;
    }
    return std::nullopt;
}

} // namespace nslab::shell
