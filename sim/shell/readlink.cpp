// readlink(1) of coreutils 9.1, with all its options.

#include "sim/shell/rows.hpp"
#include "sim/shell/tool.hpp"

namespace nslab::shell {
namespace {

const OptionTable& table() {
    static const OptionTable t{"efmnqsvz",
                               {{"canonicalize", no_argument, nullptr, 'f'},
                                {"canonicalize-existing", no_argument, nullptr, 'e'},
                                {"canonicalize-missing", no_argument, nullptr, 'm'},
                                {"no-newline", no_argument, nullptr, 'n'},
                                {"quiet", no_argument, nullptr, 'q'},
                                {"silent", no_argument, nullptr, 's'},
                                {"verbose", no_argument, nullptr, 'v'},
                                {"zero", no_argument, nullptr, 'z'}},
                               {},
                               1};
    return t;
}

std::vector<Diagnostic> check(const std::vector<std::string>& argv) { return check_options(argv, table()); }

/// What the link holds, or with -e, -f or -m where it leads in the end.
Canonical value_of(Tool& tool, const std::string& path, std::optional<Missing> mode) {
    if (mode) return canonicalize(tool, path, *mode);
    const Outcome link = tool.call(sys::Readlinkat{AT::FDCWD, path});
    const auto* bytes = link.out.get_if<Bytes>();
    if (link.ok() && bytes) return {bytes->data, E::OK};
    return {std::nullopt, link.error};
}

CommandResult run(Terminal& terminal, const Invocation& invocation) {
    Tool tool(terminal, "readlink");
    const CommandLine line = read_options(invocation.argv, table());
    if (line.misuse) return tool.misuse(line, table());
    if (line.operands.empty()) return tool.bad_usage("missing operand");
    std::optional<Missing> mode; // the last one that is given
    bool verbose = false;
    for (const GivenOption& o : line.options) {
        if (o.id == 'e') mode = Missing::none;
        if (o.id == 'f') mode = Missing::last;
        if (o.id == 'm') mode = Missing::any;
        if (o.id == 'v') verbose = true;
        if (o.id == 'q' || o.id == 's') verbose = false;
    }
    bool ends = !line.has('n');
    if (!ends && line.operands.size() > 1) {
        tool.warn("ignoring --no-newline with multiple arguments");
        ends = true;
    }
    const std::string_view end = !ends ? std::string_view() : line.has('z') ? std::string_view("\0", 1) : "\n";
    int status = 0;
    for (const Operand& o : line.operands) {
        const Canonical value = value_of(tool, o.text, mode);
        if (value.path) {
            tool.out(*value.path);
            tool.out(end);
            continue;
        }
        status = 1;
        if (verbose) tool.warn(o.text, value.error); // otherwise it says nothing
    }
    return tool.end(status);
}

} // namespace

CommandRow readlink_row() {
    return {"readlink", "readlink [-efmnqsvz] FILE...", false, ActorWords::none, check, run, table};
}

} // namespace nslab::shell
