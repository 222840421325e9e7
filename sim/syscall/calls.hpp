#pragma once
// The description of every call: its name, its arguments, their flags, what it writes. Printing, checking, binding and
// the matching of what was written all read these rows, so that they cannot drift apart. A new call is one row here,
// one struct in syscall.hpp, one case in the model's door and one in the host's.

#include <span>
#include <string_view>
#include <variant>
#include <vector>

#include "sim/linux/release.hpp"
#include "sim/syscall/syscall.hpp"

namespace nslab::describe {

/// A named bit or number. With a mask it is one value of a field of several bits: O_WRONLY is 1 under 3.
struct Constant {
    std::string_view name;
    u64 value;
    u64 mask = 0;
};
using Constants = std::span<const Constant>;

/// How an argument or a member looks in text.
enum class Type : u8 {
    string,        // a pointer to a string
    data,          // bytes by pointer and length: what write(2) writes
    fd,            // a descriptor; AT_FDCWD has its name
    number,        // signed, decimal
    hex,           // 0x...
    octal,         // a mode: 0755
    flags,         // bits by name
    one_of,        // one constant
    device,        // makedev(0, 0x1c)
    structure,     // {member=value, ...}
    numbers,       // [5, 6]
    sigset,        // [INT TERM], ~[]
    place,         // what the call's number says: a number, or [?value], {...} or NULL for what it writes
    ignored,       // taken and not looked at: a pointer into the caller's own memory, a size
    zero,          // a 0 or NULL: nothing else is modelled
    out_structure, // written by the kernel: {st_ino=?ino}
    out_bytes,     // "text"
    out_status,    // [{WIFEXITED(s) && WEXITSTATUS(s) == 0}]
    out_number,    // [?value]
    out_sigset,    // [INT TERM]
    out_ids,       // [1, 2]
    out_entries,   // [{d_ino=5, d_type=DT_DIR, d_name="."}, ...]
    out_ignored,   // written, but not modelled
};

constexpr bool is_output(Type t) { return t >= Type::out_structure; }
constexpr bool is_place(Type t) { return is_output(t) || t == Type::place; }

/// What an argument holds, whatever its member's type is.
using Value = std::variant<u64, Str, std::vector<i32>>;

/// One argument, or a member of a structure.
struct Argument {
    std::string_view name;
    Type type = Type::ignored;
    Constants constants{};
    bool optional = false;      // the text may leave it out
    std::string_view printed{}; // of what is ignored or written: what is printed in its place
    Value (*get)(const Syscall&) = nullptr;
    void (*set)(Syscall&, const Value&) = nullptr;
    std::span<const Argument> members{}; // of a structure
    void (*drop)(Syscall&) = nullptr;    // of a structure that may be NULL: makes it so
    bool (*present)(const Syscall&) = nullptr;
    Value (*written)(const Output&) = nullptr; // of a member that the kernel fills in
};

/// One spelling of a call. Several may make the same struct (open, creat and openat); the first row of a struct is the
/// kernel's own, and the one that is printed.
struct CallRow {
    std::string_view name;
    Syscall (*blank)(); // with what the spelling itself says: rmdir has AT_REMOVEDIR
    std::span<const Argument> arguments;
    bool named = false;     // strace prints all arguments with their names: clone
    Release since{2, 6, 0}; // the first kernel that has it
};

std::span<const CallRow> calls();
const CallRow* find_call(std::string_view name);
/// The row that prints this struct.
const CallRow& row_of(const Syscall& call);

/// Every table of constants.
std::span<const Constants> all_constants();

/// "MS_BIND|MS_REC|0x...": the bits of `value` by their names.
std::string flags_text(u64 value, Constants constants);

/// A status of wait(2) as strace prints it: "WIFEXITED(s) && WEXITSTATUS(s) == 0".
std::string status_text(i32 status);

/// A set of signals as strace prints it: "[INT TERM]".
std::string sigset_text(u64 set);

/// A string as strace quotes it, whole.
std::string quoted(std::string_view text);

// The tables ----

extern const Constants kMountFlags, kUmountFlags, kOpenFlags, kOpenTreeFlags, kMoveMountFlags, kFsopenFlags,
    kFsconfigCommands, kFsmountFlags, kFspickFlags, kMountAttrs, kSetattrFlags, kPropagation, kStatmountMask,
    kListmountFlags, kMountIds, kSeek, kStatFlags, kAccess, kUnlinkFlags, kLinkFlags, kRenameFlags, kCloneFlags,
    kUnshareFlags, kSignals, kWaitFlags, kModes, kDirentTypes, kPidfdFlags, kDescriptors, kStructSizes, kMagic,
    kWaitidFlags, kWaitidTypes, kSigCodes, kSigHandlers, kSigactionFlags, kSigHow, kPrctlOptions, kIoctlRequests,
    kPidfdSignalFlags, kCapabilities, kCapabilitySets, kCapabilityVersions, kSecurebits, kAmbientChanges, kPollEvents,
    kPidfdInfoMask;

} // namespace nslab::describe
