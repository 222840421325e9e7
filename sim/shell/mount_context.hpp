#pragma once
// One mount as libmount 2.38 prepares and performs it. Source: libmount/src/context.c and context_mount.c.

#include <optional>
#include <string>
#include <vector>

#include "sim/shell/libmount.hpp"
#include "sim/shell/target_namespace.hpp"

namespace nslab::shell {

/// What mount(8) says and exits with.
struct MountVerdict {
    int status = MNT_EX::SUCCESS;
    std::string message;
};

class MountContext {
  public:
    // What was asked for.
    std::optional<std::string> source, target, type;
    std::string target_prefix;
    std::string options;    // -o lists and switches, in order
    u64 extra_flags = 0;    // MS_MOVE, which is no option of libmount
    bool use_table = true;  // missing words and options of a remount come from the table of mounts
    bool swap_match = true; // the only operand may be a source
    bool canonicalize = true;
    bool fake = false;
    bool helpers = true;          // without -i
    bool read_write_only = false; // -w: no second try read-only

    // What became of it.
    enum class Refusal {
        none,
        no_fstab,
        no_source,
        no_type,
        no_filesystems,
        bad_options,
        mkdir
    } refusal = Refusal::none;
    bool called = false;             // mount(2) was reached
    E error = E::OK;                 // of mount(2), or of mkdir
    bool propagation_failed = false; // mount(2) succeeded, and a propagation type after it did not
    bool forced_read_only = false;
    u64 flags = 0; // of the first mount(2)

    /// Prepares and performs. Source: mnt_context_mount().
    void mount(Tool& tool, TargetNamespace& ns);
    /// Source: mnt_context_get_mount_excode().
    MountVerdict verdict(Tool& tool, TargetNamespace& ns) const;
    /// Those of the first mount(2) and of the others that follow it.
    u64 all_flags() const;

  private:
    bool apply_table(Tool& tool);
    bool prepare_source(Tool& tool);
    void guess_type();
    bool prepare_target(Tool& tool);
    bool make_target(Tool& tool, const std::string& path, u32 mode);
    void plan_calls();
    bool propagation_only() const;
    void prepare_helper(TargetNamespace& ns, const std::optional<std::string>& kind) const;
    void perform(Tool& tool, TargetNamespace& ns, const std::optional<std::string>& try_type);
    void perform_types(Tool& tool, TargetNamespace& ns);
    E perform_more(Tool& tool);
    bool source_is_read_only(Tool& tool) const;
    MountVerdict refusal_verdict() const;

    SortedOptions sorted_;
    std::vector<u64> more_; // flags of the calls after the first
    std::optional<std::string> data_;
    std::optional<std::string> pattern_; // a list of types to be tried
};

} // namespace nslab::shell
