// cp(1) and mv(1) of coreutils 9.1: files, directories, symbolic links. Times, owners and extended attributes are not
// kept, for the model has none to keep. Not played: backups, prompts, sparse files, hard links among what is copied.

#include <algorithm>

#include <fmt/format.h>

#include "sim/shell/files.hpp"
#include "sim/shell/rows.hpp"

namespace nslab::shell {
namespace {

class Copier {
  public:
    struct Ways {
        bool recursive = false, keep_mode = false, verbose = false;
        bool follow_operands = false, follow_all = false; // symbolic links
        bool force = false;                               // a file that cannot be opened makes way
        bool no_clobber = false;                          // what is there stays
        bool hard_links = false;                          // instead of copies
        bool one_file_system = false;                     // what is mounted below is made, and stays empty
    };
    Copier(Tool& tool, Ways ways) : tool_(tool), ways_(ways) {}

    bool copy(const std::string& from, const std::string& to) {
        from_ = from;
        to_ = to;
        made_.reset();
        into_itself_ = false;
        return one(from, to, ways_.follow_operands, 0);
    }

  private:
    bool complain(const std::string& text, E why) {
        tool_.warn(text, why);
        return false;
    }
    bool one(const std::string& from, const std::string& to, bool follow, u64 above);
    bool file(const std::string& from, const std::string& to, u32 mode, bool exists, bool follow);
    bool directory(const std::string& from, const std::string& to, const StatBuf& st, bool exists, u64 above);
    bool link(const std::string& from, const std::string& to, bool exists);
    bool hard_link(const std::string& from, const std::string& to, bool follow);
    /// What others may do comes last, where it is more than the umask lets through.
    void give_omitted(const std::string& to, u32 mode, u32 omitted);

    Tool& tool_;
    Ways ways_;
    // The operands at hand, and the first directory that was made for them: it must not be copied into itself.
    std::string from_, to_;
    std::optional<StatBuf> made_;
    bool into_itself_ = false;
};

bool Copier::file(const std::string& from, const std::string& to, u32 mode, bool exists, bool follow) {
    const Outcome in = tool_.probe(sys::Openat{AT::FDCWD, from, O::RDONLY | (follow ? 0 : O::NOFOLLOW), 0});
    if (!in.ok()) return complain(fmt::format("cannot open {} for reading", quote_always(from)), in.error);
    const auto in_fd = static_cast<i32>(in.value);
    Outcome out;
    if (exists) out = tool_.probe(sys::Openat{AT::FDCWD, to, O::WRONLY | O::TRUNC, 0});
    if (exists && !out.ok() && ways_.force) {
        const Outcome gone = tool_.probe(sys::Unlinkat{AT::FDCWD, to, 0});
        if (!gone.ok() && gone.error != E::NOENT) {
            tool_.probe(sys::Close{in_fd});
            return complain(fmt::format("cannot remove {}", quote_always(to)), gone.error);
        }
        if (ways_.verbose) tool_.out(fmt::format("removed {}\n", quote_always(to)));
        exists = false;
    }
    if (!exists)
        out = tool_.probe(
            sys::Openat{AT::FDCWD, to, O::WRONLY | O::CREAT | O::EXCL, mode & (ways_.keep_mode ? 0700 : 0777)});
    bool good = out.ok();
    if (!good) complain(fmt::format("cannot create regular file {}", quote_always(to)), out.error);
    while (good) {
        const Outcome read = tool_.probe(sys::Read{in_fd, 131072});
        const auto* bytes = read.out.get_if<Bytes>();
        if (!read.ok()) good = complain(fmt::format("error reading {}", quote_always(from)), read.error);
        if (!read.ok() || !bytes || bytes->data.empty()) break;
        const Outcome write = tool_.probe(sys::Write{static_cast<i32>(out.value), bytes->data});
        if (!write.ok()) good = complain(fmt::format("error writing {}", quote_always(to)), write.error);
    }
    if (out.ok()) tool_.probe(sys::Close{static_cast<i32>(out.value)});
    tool_.probe(sys::Close{in_fd});
    if (good && ways_.keep_mode) tool_.probe(sys::Fchmodat{AT::FDCWD, to, mode & 07777});
    return good;
}

bool Copier::directory(const std::string& from, const std::string& to, const StatBuf& st, bool exists, u64 above) {
    const u32 mode = st.st_mode & 07777, omitted = mode & (ways_.keep_mode ? 0077 : 0022);
    if (!exists) {
        const Outcome o = tool_.probe(sys::Mkdirat{AT::FDCWD, to, mode & ~omitted});
        if (!o.ok()) return complain(fmt::format("cannot create directory {}", quote_always(to)), o.error);
        if (!made_) made_ = lstat(tool_, to);
    }
    bool good = true;
    if (!ways_.one_file_system || above == 0 || above == st.st_dev) {
        E why = E::OK;
        const auto names = read_directory(tool_, from, true, why);
        if (!names) return complain(fmt::format("cannot access {}", quote_always(from)), why);
        for (const DirEntry& e : *names) {
            good = one(join(from, e.name), join(to, e.name), ways_.follow_all, st.st_dev) && good;
            if (into_itself_) break;
        }
    }
    if (!exists && ways_.keep_mode)
        tool_.probe(sys::Fchmodat{AT::FDCWD, to, mode});
    else if (!exists && omitted)
        give_omitted(to, mode, omitted);
    return good;
}

void Copier::give_omitted(const std::string& to, u32 mode, u32 omitted) {
    const auto umask = static_cast<u32>(tool_.probe(sys::Umask{0}).value);
    tool_.probe(sys::Umask{umask});
    if (omitted & ~umask) tool_.probe(sys::Fchmodat{AT::FDCWD, to, mode & ~umask});
}

bool Copier::link(const std::string& from, const std::string& to, bool exists) {
    const Outcome o = tool_.probe(sys::Readlinkat{AT::FDCWD, from});
    const auto* target = o.out.get_if<Bytes>();
    if (!o.ok() || !target) return complain(fmt::format("cannot read symbolic link {}", quote_always(from)), o.error);
    if (exists) tool_.probe(sys::Unlinkat{AT::FDCWD, to, 0});
    const Outcome made = tool_.probe(sys::Symlinkat{target->data, AT::FDCWD, to});
    return made.ok() || complain(fmt::format("cannot create symbolic link {}", quote_always(to)), made.error);
}

/// Source: src/force-link.c, force_linkat().
bool Copier::hard_link(const std::string& from, const std::string& to, bool follow) {
    const u32 flags = follow ? AT::SYMLINK_FOLLOW : 0;
    Outcome o = tool_.probe(sys::Linkat{AT::FDCWD, from, AT::FDCWD, to, flags});
    if (o.error == E::EXIST && ways_.force) {
        const std::size_t slash = to.rfind('/');
        const std::string beside = (slash == std::string::npos ? "" : to.substr(0, slash + 1)) + "CuXXXXXX";
        o = tool_.probe(sys::Linkat{AT::FDCWD, from, AT::FDCWD, beside, flags});
        if (o.ok()) o = tool_.probe(sys::Renameat2{AT::FDCWD, beside, AT::FDCWD, to, 0});
    }
    return o.ok() ||
           complain(fmt::format("cannot create hard link {} to {}", quote_always(to), quote_always(from)), o.error);
}

/// `above` is the device of the directory that it was found in, 0 of an operand. Source: src/copy.c, copy_internal().
bool Copier::one(const std::string& from, const std::string& to, bool follow, u64 above) {
    const Outcome o = tool_.probe(sys::Newfstatat{AT::FDCWD, from, follow ? 0 : AT::SYMLINK_NOFOLLOW});
    const auto* st = o.out.get_if<StatBuf>();
    if (!o.ok() || !st) return complain(fmt::format("cannot stat {}", quote_always(from)), o.error);
    if (is_directory(*st) && !ways_.recursive) {
        tool_.warn(fmt::format("-r not specified; omitting directory {}", quote_always(from)));
        return false;
    }
    if (made_ && is_directory(*st) && made_->st_dev == st->st_dev && made_->st_ino == st->st_ino) {
        tool_.warn(fmt::format("cannot copy a directory, {}, into itself, {}", quote_always(from_), quote_always(to_)));
        into_itself_ = true;
        return false;
    }
    const auto old = follow && is_regular(*st) ? stat(tool_, to) : lstat(tool_, to);
    if (old && old->st_dev == st->st_dev && old->st_ino == st->st_ino) {
        if (ways_.hard_links || ways_.no_clobber) return true;
        tool_.warn(fmt::format("{} and {} are the same file", quote_always(from), quote_always(to)));
        return false;
    }
    if (old && ways_.no_clobber && !is_directory(*st)) return true;
    if (old && is_directory(*old) && !is_directory(*st)) {
        tool_.warn(fmt::format("cannot overwrite directory {} with non-directory", quote_always(to)));
        return false;
    }
    if (old && !is_directory(*old) && is_directory(*st)) {
        tool_.warn(
            fmt::format("cannot overwrite non-directory {} with directory {}", quote_always(to), quote_always(from)));
        return false;
    }
    if (ways_.verbose) tool_.out(fmt::format("{} -> {}\n", quote_always(from), quote_always(to)));
    if (is_directory(*st)) return directory(from, to, *st, old.has_value(), above);
    if (ways_.hard_links) return hard_link(from, to, follow);
    if (is_link(*st)) return link(from, to, old.has_value());
    return file(from, to, st->st_mode, old.has_value(), follow);
}

/// Operands are SOURCE DEST, SOURCE... DIRECTORY, or with -t SOURCE...; `act` gets each pair.
template <class Act> bool each_pair(Tool& tool, const CommandLine& line, const Act& act) {
    std::vector<std::string> files;
    for (const Operand& o : line.operands) files.push_back(o.text);
    std::optional<std::string> directory = line.last('t');
    if (!directory) {
        const std::string last = files.back();
        files.pop_back();
        const E why = line.has('T') ? E::NOTDIR : target_directory_error(tool, last);
        if (files.size() == 1 && why != E::OK) return act(files[0], last);
        if (why != E::OK) {
            tool.warn(fmt::format("target {}", quote_always(last)), why);
            return false;
        }
        directory = last;
    }
    bool good = true;
    for (const std::string& file : files) good = act(file, join(*directory, base_name(file))) && good;
    return good;
}

/// What both say of too few operands.
std::optional<std::string> too_few(const CommandLine& line) {
    if (line.operands.empty()) return "missing file operand";
    if (line.operands.size() == 1 && !line.has('t'))
        return fmt::format("missing destination file operand after {}", quote_always(line.operands[0].text));
    return std::nullopt;
}

std::vector<Diagnostic> check(const std::vector<std::string>& argv, const OptionTable& table) {
    auto found = check_options(argv, table);
    if (!found.empty()) return found;
    if (const auto wrong = too_few(read_options(argv, table)))
        found.push_back(complaint(argv, 0, fmt::format("{}: {}", argv[0], *wrong)));
    return found;
}

// cp ------------------------------------------------------------------------------------------------------------------

constexpr int kNotPlayed = kLongOnly;

const OptionTable& cp_table() {
    static const OptionTable t{"abdfHilLnprst:uvxPRS:TZ",
                               {{"archive", no_argument, nullptr, 'a'},
                                {"attributes-only", no_argument, nullptr, kNotPlayed},
                                {"backup", optional_argument, nullptr, 'b'},
                                {"context", optional_argument, nullptr, 'Z'},
                                {"copy-contents", no_argument, nullptr, kNotPlayed},
                                {"interactive", no_argument, nullptr, 'i'},
                                {"link", no_argument, nullptr, 'l'},
                                {"no-clobber", no_argument, nullptr, 'n'},
                                {"no-preserve", required_argument, nullptr, kNotPlayed},
                                {"one-file-system", no_argument, nullptr, 'x'},
                                {"parents", no_argument, nullptr, kNotPlayed},
                                {"preserve", optional_argument, nullptr, kNotPlayed},
                                {"reflink", optional_argument, nullptr, kNotPlayed},
                                {"remove-destination", no_argument, nullptr, kNotPlayed},
                                {"sparse", required_argument, nullptr, kNotPlayed},
                                {"strip-trailing-slashes", no_argument, nullptr, kNotPlayed},
                                {"suffix", required_argument, nullptr, 'S'},
                                {"symbolic-link", no_argument, nullptr, 's'},
                                {"update", no_argument, nullptr, 'u'},
                                {"recursive", no_argument, nullptr, 'R'},
                                {"no-dereference", no_argument, nullptr, 'P'},
                                {"dereference", no_argument, nullptr, 'L'},
                                {"target-directory", required_argument, nullptr, 't'},
                                {"no-target-directory", no_argument, nullptr, 'T'},
                                {"force", no_argument, nullptr, 'f'},
                                {"verbose", no_argument, nullptr, 'v'}},
                               {'b', 'i', 's', 'S', 'u', 'Z', kNotPlayed}};
    return t;
}

Copier::Ways cp_ways(const CommandLine& line) {
    Copier::Ways ways;
    ways.recursive = line.has('a') || line.has('R') || line.has('r');
    ways.keep_mode = line.has('a') || line.has('p');
    ways.verbose = line.has('v');
    ways.force = line.has('f');
    ways.no_clobber = line.has('n');
    ways.hard_links = line.has('l');
    ways.one_file_system = line.has('x');
    // The last of these counts. None of them is -P with -r, but -L without and for hard links.
    char links = ways.recursive && !ways.hard_links ? 'P' : 'L';
    for (const GivenOption& o : line.options) {
        if (o.id == 'H' || o.id == 'L' || o.id == 'P') links = static_cast<char>(o.id);
        if (o.id == 'a' || o.id == 'd') links = 'P';
    }
    ways.follow_operands = links != 'P';
    ways.follow_all = links == 'L';
    return ways;
}

std::vector<Diagnostic> check_cp(const std::vector<std::string>& argv) { return check(argv, cp_table()); }

CommandResult run_cp(Terminal& terminal, const Invocation& invocation) {
    Tool tool(terminal, "cp");
    const CommandLine line = read_options(invocation.argv, cp_table());
    if (line.misuse) return tool.misuse(line, cp_table());
    if (const auto wrong = too_few(line)) return tool.bad_usage(*wrong);
    Copier copier(tool, cp_ways(line));
    const bool good =
        each_pair(tool, line, [&](const std::string& from, const std::string& to) { return copier.copy(from, to); });
    return tool.end(good ? 0 : 1);
}

// mv ------------------------------------------------------------------------------------------------------------------

const OptionTable& mv_table() {
    static const OptionTable t{"bfint:uvS:TZ",
                               {{"backup", optional_argument, nullptr, 'b'},
                                {"context", no_argument, nullptr, 'Z'},
                                {"interactive", no_argument, nullptr, 'i'},
                                {"strip-trailing-slashes", no_argument, nullptr, kNotPlayed},
                                {"suffix", required_argument, nullptr, 'S'},
                                {"update", no_argument, nullptr, 'u'},
                                {"force", no_argument, nullptr, 'f'},
                                {"no-clobber", no_argument, nullptr, 'n'},
                                {"target-directory", required_argument, nullptr, 't'},
                                {"no-target-directory", no_argument, nullptr, 'T'},
                                {"verbose", no_argument, nullptr, 'v'}},
                               {'i', 'u', 'b', 'S', 'Z', kNotPlayed}};
    return t;
}

class Mv {
  public:
    Mv(Tool& tool, const CommandLine& line) : tool_(tool), line_(line) {}
    bool run();

  private:
    bool complain(const std::string& text, E why) {
        tool_.warn(text, why);
        return false;
    }
    bool moved(const std::string& from, const std::string& to) {
        if (line_.has('v')) tool_.out(fmt::format("renamed {} -> {}\n", quote_always(from), quote_always(to)));
        return true;
    }
    bool one(const std::string& from, const std::string& to, std::optional<E> first_try);
    bool over_devices(const std::string& from, const std::string& to, bool directory, bool exists);
    E rename(const std::string& from, const std::string& to, u32 flags) {
        const Outcome o = tool_.probe(sys::Renameat2{AT::FDCWD, from, AT::FDCWD, to, flags});
        // EINVAL may mean that the file system does not know the flag; gnulib looks for itself then.
        if (flags && o.error == E::INVAL) return lstat(tool_, to) ? E::EXIST : rename(from, to, 0);
        return o.ok() ? E::OK : o.error;
    }

    Tool& tool_;
    const CommandLine& line_;
};

/// Another file system: what is there goes, a copy comes, the original goes.
bool Mv::over_devices(const std::string& from, const std::string& to, bool directory, bool exists) {
    const Outcome gone = tool_.probe(sys::Unlinkat{AT::FDCWD, to, directory ? AT::REMOVEDIR : 0});
    if (!gone.ok() && exists && gone.error != E::NOENT)
        return complain(fmt::format("inter-device move failed: {} to {}; unable to remove target", quote_always(from),
                                    quote_always(to)),
                        gone.error);
    Copier::Ways whole;
    whole.recursive = whole.keep_mode = true;
    Copier copier(tool_, whole);
    if (!copier.copy(from, to)) return false;
    Remover::Ways all;
    all.recursive = true;
    Remover remover(tool_, all);
    return remover.remove(from) && moved(from, to);
}

/// Source: src/copy.c, copy_internal() with move_mode.
bool Mv::one(const std::string& from, const std::string& to, std::optional<E> first_try) {
    E why = first_try ? *first_try : rename(from, to, RENAME::NOREPLACE);
    if (why == E::OK) return moved(from, to);
    const auto source = lstat(tool_, from);
    if (!source) {
        const Outcome o = tool_.probe(sys::Newfstatat{AT::FDCWD, from, AT::SYMLINK_NOFOLLOW});
        return complain(fmt::format("cannot stat {}", quote_always(from)), o.error);
    }
    const auto old = lstat(tool_, to);
    const bool directory = is_directory(*source);
    if (old) {
        if (line_.has('n')) return true;
        if (old->st_dev == source->st_dev && old->st_ino == source->st_ino) {
            tool_.warn(fmt::format("{} and {} are the same file", quote_always(from), quote_always(to)));
            return false;
        }
        if (is_directory(*old) && !directory) {
            tool_.warn(fmt::format("cannot overwrite directory {} with non-directory", quote_always(to)));
            return false;
        }
        if (!is_directory(*old) && directory) {
            tool_.warn(fmt::format("cannot overwrite non-directory {} with directory {}", quote_always(to),
                                   quote_always(from)));
            return false;
        }
        why = rename(from, to, 0);
        if (why == E::OK) return moved(from, to);
    }
    if (why == E::XDEV) return over_devices(from, to, directory, old.has_value());
    if (why == E::INVAL) {
        tool_.warn(fmt::format("cannot move {} to a subdirectory of itself, {}", quote_always(from), quote_always(to)));
        tool_.blame(why);
        return false;
    }
    return complain(fmt::format("cannot move {} to {}", quote_always(from), quote_always(to)), why);
}

bool Mv::run() {
    // Two operands: the rename is tried before anybody looks whether there is a directory to move into.
    if (line_.operands.size() == 2 && !line_.has('t') && !line_.has('T')) {
        const std::string &from = line_.operands[0].text, &to = line_.operands[1].text;
        const E why = rename(from, to, RENAME::NOREPLACE);
        if (why != E::OK && is_target_directory(tool_, to)) return one(from, join(to, base_name(from)), std::nullopt);
        return one(from, to, why);
    }
    return each_pair(tool_, line_,
                     [&](const std::string& from, const std::string& to) { return one(from, to, std::nullopt); });
}

std::vector<Diagnostic> check_mv(const std::vector<std::string>& argv) { return check(argv, mv_table()); }

CommandResult run_mv(Terminal& terminal, const Invocation& invocation) {
    Tool tool(terminal, "mv");
    const CommandLine line = read_options(invocation.argv, mv_table());
    if (line.misuse) return tool.misuse(line, mv_table());
    if (const auto wrong = too_few(line)) return tool.bad_usage(*wrong);
    Mv mv(tool, line);
    const bool good = mv.run();
    return tool.end(good ? 0 : 1);
}

} // namespace

CommandRow cp_row() {
    return {"cp", "cp [-adfHlLnprRPTvx] SOURCE... DESTINATION", false, ActorWords::none, check_cp, run_cp, cp_table};
}
CommandRow mv_row() {
    return {"mv", "mv [-fnTv] SOURCE... DESTINATION", false, ActorWords::none, check_mv, run_mv, mv_table};
}

} // namespace nslab::shell
