#include "sim/shell/target_namespace.hpp"

#include <charconv>

#include <fmt/format.h>

namespace nslab::shell {

std::optional<int> TargetNamespace::set(const std::string& word) {
    i32 pid = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), pid);
    const bool number = error == std::errc() && end == word.data() + word.size() && pid > 0;
    const std::string path = number ? fmt::format("/proc/{}/ns/mnt", pid) : word;
    const auto refuse = [&](E why) {
        tool_.warn("failed to set target namespace to " + path, why);
        return MNT_EX::SYSERR;
    };
    const auto open = [&](const std::string& file) {
        return tool_.call(sys::Openat{AT::FDCWD, file, O::RDONLY | O::CLOEXEC, 0});
    };
    if (origin_ < 0) {
        const Outcome o = open("/proc/self/ns/mnt");
        if (!o.ok()) return refuse(o.error);
        origin_ = static_cast<i32>(o.value);
    }
    const Outcome o = open(path);
    if (!o.ok()) return refuse(o.error);
    target_ = static_cast<i32>(o.value);
    for (const i32 fd : {target_, origin_})
        if (const Outcome to = tool_.call(sys::Setns{fd, CLONE::NEWNS}); !to.ok()) return refuse(to.error);
    return std::nullopt;
}

void TargetNamespace::go(Side side) {
    if (target_ < 0 || side == side_) return;
    side_ = side;
    tool_.call(sys::Setns{side == Side::target ? target_ : origin_, CLONE::NEWNS});
}

MountTable TargetNamespace::read_mounts() {
    const Visit there(*this, Side::target);
    return MountTable::read(tool_);
}

CommandResult work_in_namespace(Tool& tool, const CommandLine& line, const std::function<int(TargetNamespace&)>& work) {
    TargetNamespace ns(tool);
    if (!line.has('N')) return tool.end(work(ns));
    Spawn how;
    how.first = [&](Tool&) -> std::optional<int> {
        for (const GivenOption& o : line.options)
            if (o.id == 'N')
                if (const auto refused = ns.set(*o.argument)) return refused;
        return work(ns);
    };
    return spawn(tool, Program{}, how, false);
}

} // namespace nslab::shell
