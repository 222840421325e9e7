#pragma once
// -N of mount(8) and umount(8): another mount namespace, in which libmount looks at paths and makes its calls. What it
// reads of its own (helpers, /etc) is in the one that it came from. Source: libmount/src/context.c of util-linux 2.38,
// mnt_context_set_target_ns() and mnt_context_switch_ns().

#include "sim/shell/libmount.hpp"
#include "sim/shell/spawn.hpp"

namespace nslab::shell {

class TargetNamespace {
  public:
    explicit TargetNamespace(Tool& tool) : tool_(tool) {}

    /// Opens both, and tries the way there and back. `word` is a PID or the file of a namespace. Nothing where it goes
    /// on; otherwise what the tool exits with.
    std::optional<int> set(const std::string& word);

    enum class Side : u8 { origin, target };
    /// Is on a side for a while, and then on the one that it was on before. Without -N there is one side.
    class Visit {
      public:
        Visit(TargetNamespace& ns, Side side) : ns_(ns), before_(ns.side_) { ns_.go(side); }
        ~Visit() { ns_.go(before_); }
        Visit(const Visit&) = delete;
        Visit& operator=(const Visit&) = delete;

      private:
        TargetNamespace& ns_;
        Side before_;
    };
    /// A look for /sbin/mount.TYPE, which the world does not have.
    void seek_helper() { const Visit visit(*this, Side::origin); }

    /// The table of mounts of the other namespace. Source: mnt_context_get_mtab().
    MountTable read_mounts();

  private:
    void go(Side side);

    Tool& tool_;
    i32 origin_ = -1, target_ = -1;
    Side side_ = Side::origin;
};

/// The tool's work: with -N in a process of its own, as setns(2) moves root and working directory; otherwise in the
/// terminal's.
CommandResult work_in_namespace(Tool& tool, const CommandLine& line, const std::function<int(TargetNamespace&)>& work);

} // namespace nslab::shell
