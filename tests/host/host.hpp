#pragma once
// What the tests of the sandbox share.

#include "tests/catch.hpp"

#include "sim/host/host.hpp"

namespace nslab {

inline constexpr Actor sh1 = Actor::sh1, sh2{3}, sh3{4};
using State = ActorObservation::State;

inline ActorObservation look_at(Backend& w, Actor who) {
    for (const ActorObservation& a : w.observe().actors)
        if (a.actor == who) return a;
    return {};
}

/// A world, or a loud word and nothing where this machine forbids it.
inline std::unique_ptr<Backend> host_world(const BootOptions& boot = {}, const HostOptions& options = {}) {
    auto made = make_host(boot, options);
    if (made) return std::move(*made);
    WARN("skipped: " << to_string(made.error()));
    return nullptr;
}

inline std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = text.find('\n', at);
        lines.push_back(text.substr(at, end - at));
        at = end == std::string::npos ? text.size() : end + 1;
    }
    return lines;
}

} // namespace nslab
