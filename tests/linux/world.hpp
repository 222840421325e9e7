#pragma once
// A modelled machine for tests: calls go through the door, and the audit follows every one of them.

#include <string>

#include "sim/linux/audit.hpp"
#include "sim/linux/boot.hpp"
#include "sim/linux/fs/mount.hpp"
#include "sim/linux/kernel/internal.hpp"
#include "sim/syscall/syscall.hpp"
#include "tests/catch.hpp"

namespace nslab {

class World {
  public:
    explicit World(Release release = {}) : k(boot(release)), sh1(k[k.init].children) {}

    /// Performs a call of `task` (sh1 where none is given); the audit must hold afterwards.
    Outcome call(const Syscall& c, Id<Task> task = {}) {
        const Outcome o = syscall(k, task ? task : sh1, c);
        const auto complaints = audit(k);
        for (const auto& text : complaints) UNSCOPED_INFO(text);
        INFO(to_string(c));
        REQUIRE(complaints.empty());
        return o;
    }
    /// The same for one that must succeed; its value.
    i64 ok(const Syscall& c, Id<Task> task = {}) {
        const Outcome o = call(c, task);
        INFO(to_string(c) << ": " << errno_name(o.error) << ", " << o.why);
        REQUIRE(o.ok());
        return o.value;
    }
    E fails(const Syscall& c, Id<Task> task = {}) { return call(c, task).error; }

    void mkdir(const std::string& path) { ok(sys::Mkdirat{AT::FDCWD, path, 0755}); }
    void tmpfs(const std::string& path, Id<Task> task = {}) { ok(sys::Mount{"disk", path, "tmpfs", 0, Str{}}, task); }
    void bind(const std::string& from, const std::string& to, u64 more = 0, Id<Task> task = {}) {
        ok(sys::Mount{from, to, Str{}, MS::BIND | more, Str{}}, task);
    }
    void change(const std::string& path, u64 type, Id<Task> task = {}) {
        ok(sys::Mount{Str{}, path, Str{}, type, Str{}}, task);
    }
    void umount(const std::string& path, u32 flags = 0, Id<Task> task = {}) { ok(sys::Umount2{path, flags}, task); }

    /// A child of `parent` (sh1), made by clone(2).
    Id<Task> child(Id<Task> parent = {}, u64 flags = SIG::CHLD) {
        const Id<Task> who = parent ? parent : sh1;
        return find_task_by_vpid(k, who, static_cast<i32>(ok(sys::Clone{flags}, who)));
    }
    /// Writes a text into a file of proc; what write(2) came to.
    Outcome write(const std::string& file, const std::string& text, Id<Task> task) {
        const i64 fd = ok(sys::Openat{AT::FDCWD, file, O::WRONLY, 0}, task);
        const Outcome o = call(sys::Write{static_cast<i32>(fd), text}, task);
        ok(sys::Close{static_cast<i32>(fd)}, task);
        return o;
    }
    std::string file_of(Id<Task> task, const char* name) const {
        return "/proc/" + std::to_string(k[task].pid) + "/" + name;
    }

    /// A child in a mount namespace of its own.
    Id<Task> child_ns(Id<Task> of = {}) {
        const i64 pid = ok(sys::Clone{CLONE::NEWNS | SIG::CHLD}, of);
        return find_task_by_vpid(k, sh1, static_cast<i32>(pid));
    }
    /// The lines of mountinfo whose place is `path`, joined; "" where nothing is mounted there.
    std::string mountinfo(const std::string& path, Id<Task> task = {}) const {
        std::string out;
        const std::string text = show_mountinfo(k, task ? task : sh1);
        for (std::size_t at = 0; at < text.size();) {
            const std::size_t end = text.find('\n', at);
            const std::string line = text.substr(at, end - at);
            if (line.find(" " + path + " r") != std::string::npos) out += line + "\n";
            at = end + 1;
        }
        return out;
    }
    int mounts(const std::string& path, Id<Task> task = {}) const {
        int n = 0;
        for (const char c : mountinfo(path, task)) n += c == '\n';
        return n;
    }

    Kernel k;
    Id<Task> sh1;
};

} // namespace nslab
