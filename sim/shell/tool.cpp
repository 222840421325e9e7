#include "sim/shell/tool.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace nslab::shell {

void Tool::say(std::string_view line) {
    if (!errors_.empty()) errors_ += '\n';
    errors_ += line;
    terminal.err(fmt::format("{}\n", line));
}

void Tool::warn(std::string_view text) { say(fmt::format("{}: {}", name, text)); }

void Tool::warn(std::string_view text, E error) {
    // A call that the world does not play has no errno; why is in its Outcome, and the player says so.
    say(fmt::format("{}: {}: {}", name, text, error == E::OK ? "not played here" : errno_text(error)));
    blame(error);
}

Outcome Tool::remember(Outcome o) {
    if (o.error == E::OK) return o;
    const auto same =
        std::find_if(failed_.begin(), failed_.end(), [&](const Outcome& f) { return f.error == o.error; });
    if (same == failed_.end())
        failed_.push_back(o);
    else
        *same = o;
    return o;
}

void Tool::blame(E error) {
    if (error == E::OK) return;
    blamed_ = error;
    for (const Outcome& o : failed_)
        if (o.error == error) terminal.blame(o);
}

CommandResult Tool::misuse(const CommandLine& line, const OptionTable& table) {
    return bad_usage(line.misuse ? line.misuse->message : "bad usage", table.misuse);
}

CommandResult Tool::bad_usage(std::string_view text, int status) {
    warn(text);
    say(fmt::format("Try '{} --help' for more information.", name));
    return end(status);
}

CommandResult Tool::end(int status) { return {status, errors_, status == 0 ? std::nullopt : blamed_}; }

namespace {

std::optional<StatBuf> stat_with(Tool& tool, const std::string& path, u32 flags) {
    const Outcome o = tool.probe(sys::Newfstatat{AT::FDCWD, path, flags});
    if (!o.ok()) return std::nullopt;
    const auto* buffer = o.out.get_if<StatBuf>();
    return buffer ? std::optional(*buffer) : std::nullopt;
}

} // namespace

std::optional<StatBuf> stat(Tool& tool, const std::string& path) { return stat_with(tool, path, 0); }
std::optional<StatBuf> lstat(Tool& tool, const std::string& path) {
    return stat_with(tool, path, AT::SYMLINK_NOFOLLOW);
}
bool is_directory(const StatBuf& st) { return (st.st_mode & S::IFMT) == S::IFDIR; }
bool is_regular(const StatBuf& st) { return (st.st_mode & S::IFMT) == S::IFREG; }
bool is_link(const StatBuf& st) { return (st.st_mode & S::IFMT) == S::IFLNK; }

bool exists(Tool& tool, const std::string& path) { return tool.probe(sys::Faccessat{AT::FDCWD, path, 0}).ok(); }

std::optional<std::string> getcwd(Tool& tool) {
    const Outcome o = tool.probe(sys::Getcwd{});
    const auto* bytes = o.out.get_if<Bytes>();
    // "(unreachable)/x" is no path: getcwd(3) says ENOENT then.
    if (!o.ok() || !bytes || bytes->data.empty() || bytes->data[0] != '/') return std::nullopt;
    return bytes->data;
}

Canonical canonicalize(Tool& tool, const std::string& path, Missing missing) {
    const auto no = [](E error) { return Canonical{std::nullopt, error}; };
    if (path.empty()) return no(E::NOENT);
    std::string done; // canonical so far; empty is the root
    std::string rest = path;
    if (path[0] != '/') {
        const auto cwd = getcwd(tool);
        if (!cwd) return no(E::NOENT);
        if (*cwd != "/") done = *cwd;
    }
    for (u32 links = 0; !rest.empty();) {
        const std::size_t start = std::min(rest.find_first_not_of('/'), rest.size());
        const std::size_t end = std::min(rest.find('/', start), rest.size());
        const std::string component = rest.substr(start, end - start);
        rest.erase(0, end);
        if (component.empty() || component == ".") continue;
        if (component == "..") {
            done.erase(std::min(done.rfind('/'), done.size()));
            continue;
        }
        const std::string name = done + "/" + component;
        const Outcome o = tool.probe(sys::Readlinkat{AT::FDCWD, name});
        if (const auto* target = o.out.get_if<Bytes>(); o.ok() && target) {
            if (++links > kMaxSymlinks) return no(E::LOOP);
            if (!target->data.empty() && target->data[0] == '/') done.clear();
            rest = target->data + rest;
            continue;
        }
        // What is followed by slashes alone, or by slashes and dots, must be a directory.
        const std::size_t next = rest.find_first_not_of('/');
        const bool directory = !rest.empty() && (next == std::string::npos || rest[next] == '.');
        E error = o.error == E::INVAL ? E::OK : o.error;
        if (directory) error = tool.probe(sys::Faccessat{AT::FDCWD, name + "/", 0}).error;
        const bool may_be_missing =
            missing == Missing::any || (missing == Missing::last && error == E::NOENT && next == std::string::npos);
        if (error != E::OK && !may_be_missing) return no(error);
        done = name;
    }
    return {done.empty() ? "/" : done, E::OK};
}

std::optional<std::string> realpath(Tool& tool, const std::string& path) {
    return canonicalize(tool, path, Missing::none).path;
}

FileText read_file(Tool& tool, const std::string& path) {
    const Outcome opened = tool.probe(sys::Openat{AT::FDCWD, path, O::RDONLY | O::CLOEXEC, 0});
    if (!opened.ok()) return {opened.error == E::OK ? E::NOSYS : opened.error, ""};
    const auto fd = static_cast<i32>(opened.value);
    FileText file;
    for (;;) {
        const Outcome o = tool.probe(sys::Read{fd, 65536});
        const auto* bytes = o.out.get_if<Bytes>();
        if (!o.ok()) file.error = o.error == E::OK ? E::NOSYS : o.error;
        if (!o.ok() || !bytes || bytes->data.empty()) break;
        file.text += bytes->data;
    }
    tool.probe(sys::Close{fd});
    return file;
}

std::string quote_always(std::string_view name) {
    // gnulib's quotearg, style shell-escape-always, for names without control characters: double quotes where the only
    // special character is an apostrophe.
    const bool apostrophe = name.find('\'') != std::string_view::npos;
    if (apostrophe && name.find_first_of("\"\\$`!") == std::string_view::npos) return fmt::format("\"{}\"", name);
    std::string out = "'";
    for (const char c : name) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return out + "'";
}

std::string quote(std::string_view name) {
    const bool plain = !name.empty() && name.find_first_of(" \t\n'\"\\$`&|;<>()*?[]!{}^=#~") == std::string_view::npos;
    return plain ? std::string(name) : quote_always(name);
}

std::string join(const std::string& directory, const std::string& entry) {
    if (directory.empty()) return entry;
    return directory.back() == '/' ? directory + entry : directory + "/" + entry;
}

std::string base_name(const std::string& path) {
    const std::size_t last = path.find_last_not_of('/');
    if (last == std::string::npos) return path.empty() ? "" : "/";
    const std::size_t slash = path.rfind('/', last);
    const std::size_t first = slash == std::string::npos ? 0 : slash + 1;
    return path.substr(first, last - first + 1);
}

} // namespace nslab::shell
