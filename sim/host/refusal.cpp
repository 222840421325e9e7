// Why this machine makes no world, and what would allow it.

#include <cerrno>
#include <fcntl.h>

#include "sim/host/world.hpp"

namespace nslab::host {

namespace {

std::string one_line(const char* path) {
    std::vector<char> buffer;
    std::string text = read_file(AT_FDCWD, path, buffer);
    while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
    return text;
}

/// The value of a line such as "Seccomp:\t2" of /proc/self/status.
std::string status_field(const std::string& status, const std::string& name) {
    const auto at = status.find("\n" + name + ":");
    if (at == std::string::npos) return {};
    const auto begin = status.find_first_not_of(" \t", at + name.size() + 2);
    return status.substr(begin, status.find('\n', begin) - begin);
}

const char* step_text(BootStep step) {
    switch (step) {
    case BootStep::begin: return "starting init";
    case BootStep::guard: return "prctl(PR_SET_PDEATHSIG)";
    case BootStep::session: return "setsid()";
    case BootStep::descriptors: return "dup2()";
    case BootStep::own_root: return "setns(own mount namespace)";
    case BootStep::make_private: return "mount(NULL, \"/\", NULL, MS_REC|MS_PRIVATE, NULL)";
    case BootStep::tmpfs: return "fsopen, fsmount and move_mount of a tmpfs";
    case BootStep::proc: return "fsopen, fsmount and move_mount of proc";
    case BootStep::enter_root: return "pivot_root(\".\", \".\")";
    case BootStep::leave_machine: return "umount2(old root, MNT_DETACH)";
    case BootStep::share: return "mount(NULL, \"/\", NULL, MS_REC|MS_SHARED, NULL)";
    case BootStep::done: return "starting init";
    }
    return "";
}

} // namespace

HostRefusal explain_refusal(const std::string& what, i32 error) {
    HostRefusal r;
    r.error = static_cast<E>(error);
    r.what = what + " = -1 " + std::string(errno_name(r.error));
    const std::string status = one_line("/proc/self/status");
    const bool root = geteuid() == 0;
    const auto sysctl = [&](const char* file, const char* name, const char* bad, const char* good) {
        if (one_line(file) == bad)
            r.hints.push_back(std::string("sysctl ") + name + " is " + bad + "; `sysctl -w " + name + "=" + good +
                              "` allows it");
    };
    sysctl("/proc/sys/kernel/unprivileged_userns_clone", "kernel.unprivileged_userns_clone", "0", "1");
    sysctl("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "kernel.apparmor_restrict_unprivileged_userns",
           "1", "0");
    for (const char* type : {"mnt", "pid", "uts", "ipc", "net", "cgroup", "time", "user"}) {
        const std::string name = std::string("max_") + type + "_namespaces";
        sysctl(("/proc/sys/user/" + name).c_str(), ("user." + name).c_str(), "0", "1000");
    }
    if (status_field(status, "Seccomp") == "2")
        r.hints.push_back("a seccomp filter is on, as in containers; in docker `--security-opt seccomp=unconfined "
                          "--cap-add SYS_ADMIN` allows it");
    if (error == EPERM && root && r.hints.empty())
        r.hints.push_back(
            "we are root without CAP_SYS_ADMIN, or in a chroot; run outside of it or as an ordinary user");
    if (error == ENOSYS) r.hints.push_back("the kernel is older than 5.6, or a seccomp filter hides the call");
    if (!root && r.hints.empty()) r.hints.push_back("run as root");
    return r;
}

HostRefusal explain_boot(BootStep step, i32 error) {
    HostRefusal r = explain_refusal(step_text(step), error);
    if (step == BootStep::proc && error == EPERM)
        r.hints.insert(r.hints.begin(), "parts of this /proc are hidden by mounts, as in containers; in docker "
                                        "`--security-opt systempaths=unconfined` allows it");
    return r;
}

} // namespace nslab::host

namespace nslab {

std::string to_string(const HostRefusal& refusal) {
    std::string text = "this machine refuses a sandbox: " + refusal.what;
    for (const std::string& hint : refusal.hints) text += "\n  " + hint;
    return text;
}

} // namespace nslab
