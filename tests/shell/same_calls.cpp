// Our commands beside the real tools of util-linux 2.38 and coreutils 9.1, each under strace in a sandbox: the calls
// that change something, with their arguments and results; what is printed; the exit status.

#include <algorithm>

#include "tests/catch.hpp"
#include "tests/shell/sandbox.hpp"

namespace nslab::test {
namespace {

std::vector<std::string> words(const std::string& line) {
    std::vector<std::string> found;
    std::string word;
    for (const char c : line + " ") {
        if (c == ' ' && !word.empty()) found.push_back(std::exchange(word, ""));
        if (c != ' ') word += c;
    }
    return found;
}

std::string text_of(const Deeds& d) {
    std::string text;
    for (std::size_t i = 0; i < d.calls.size(); ++i)
        for (const std::string& call : d.calls[i]) text += std::to_string(i) + " " + call + "\n";
    return text;
}

/// Leaves out what the comparison is not about.
using Filter = bool (*)(const std::string& call);
bool keep_all(const std::string&) { return true; }
bool succeeded(const std::string& call) { return call == "fork" || call.substr(call.size() - 3) == "= 0"; }
/// coreutils walk about with chdir(2), set times back, and look at what is there by trying.
bool changed_files(const std::string& call) {
    return succeeded(call) && call.find("chdir") == std::string::npos && call != "utimensat = 0";
}
bool copied_files(const std::string& call) {
    return changed_files(call) || (call.compare(0, 6, "rename") == 0 && call.find("0x0") != std::string::npos);
}

void same(const std::string& setup, const std::string& line, Filter keep = keep_all) {
    const auto tidy = [&](Deeds d) {
        for (auto& process : d.calls)
            process.erase(std::remove_if(process.begin(), process.end(), [&](const auto& c) { return !keep(c); }),
                          process.end());
        // Processes that did nothing of interest, and the order of those that run at the same time, are left out.
        d.calls.erase(std::remove_if(d.calls.begin(), d.calls.end(), [](const auto& p) { return p.empty(); }),
                      d.calls.end());
        return d;
    };
    const Deeds real = tidy(real_tool(setup, words(line))), ours = tidy(our_command(setup, words(line)));
    INFO(setup << "; " << line);
    CHECK(text_of(ours) == text_of(real));
    CHECK(ours.out == real.out);
    CHECK(ours.err == real.err);
    CHECK(ours.status == real.status);
}

#define ONLY_WHERE_POSSIBLE                                                                                            \
    if (const std::string why = cannot_compare(); !why.empty()) {                                                      \
        WARN("skipped: " << why);                                                                                      \
        return;                                                                                                        \
    }                                                                                                                  \
    stay_on_one_processor();

const std::string kTwo = "mkdir a b c; touch f g; mount -t tmpfs one a; mkdir a/sub; mount -t ramfs two a/sub";

} // namespace

TEST_CASE("mount makes the calls of util-linux: new mounts and their options") {
    ONLY_WHERE_POSSIBLE
    for (const char* line : {
             "mount -t tmpfs disk a",
             "mount -t tmpfs -o ro,size=1m,nosuid disk a",
             "mount -ttmpfs disk ./a",
             "mount --types tmpfs --options noatime,mode=700 disk a",
             "mount --ty=tmpfs --opt nodev,noexec disk a",
             "mount -r -t tmpfs disk a",
             "mount -w -t tmpfs disk a",
             "mount -t tmpfs disk l",
             "mount -t tmpfs disk nope",
             "mount -t tmpfs disk f",
             "mount -t nosuch disk a",
             "mount -t tmpfs -o bogus=1 disk a",
             "mount -t tmpfs -o defaults,noauto,nofail disk a",
             "mount -v -t tmpfs disk a",
             "mount -f -t tmpfs disk a",
             "mount -n -i -t tmpfs disk a",
             "mount -t ramfs,tmpfs disk a",
             "mount -t nosuch,tmpfs disk a",
             "mount -m -t tmpfs disk x/y/z",
             "mount --mkdir=700 -t tmpfs disk x",
             "mount -o X-mount.mkdir -t tmpfs disk q",
             "mount -t tmpfs --make-shared disk a",
             "mount -t tmpfs -o shared,ro disk a",
             "mount --source disk --target a -t tmpfs",
             "mount --target a -t tmpfs disk",
             "mount -c -t tmpfs disk a",
             "mount --target-prefix a -t tmpfs disk s",
             "mount -t proc proc a",
             "mount -t sysfs none a",
             "mount -t tmpfs -o strictatime,lazytime,sync,dirsync disk a",
             "mount -t tmpfs -o user disk a",
             "mount -t tmpfs -o context=x,size=4k disk a",
             "mount -t tmpfs -o symfollow disk a",
             "mount a",
             "mount nope",
             "mount LABEL=x a",
             "mount -t tmpfs -o =x disk a",
             "mount -t tmpfs a",
             "mount disk nope -t tmpfs",
             "mount -t tmpfs disk a/..",
             "mount -t tmpfs disk a//s/",
             "mount -t tmpfs disk f/",
             "mount -t tmpfs disk l/nope",
         })
        same("mkdir -p a/s; touch f; ln -s a l", line);
}

TEST_CASE("mount makes the calls of util-linux: binds, moves and propagation") {
    ONLY_WHERE_POSSIBLE
    for (const char* line : {
             "mount --bind a b",
             "mount -B a b",
             "mount -o bind a b",
             "mount --rbind a b",
             "mount -R a b",
             "mount -o rbind a b",
             "mount --bind f g",
             "mount --bind f b",
             "mount --bind a f",
             "mount --bind nope b",
             "mount --bind a nope",
             "mount --bind --make-private a b",
             "mount --rbind --make-rslave a b",
             "mount --make-rshared a",
             "mount --make-shared b",
             "mount --make-private nope",
             "mount --make-slave --make-shared a",
             "mount --make-runbindable a",
             "mount --make-unb a",
             "mount --make-s a",
             "mount -o private,rshared a",
             "mount --bind -o ro a b",
             "mount --rbind -o ro,nosuid a b",
             "mount -o bind,ro,noatime --make-shared a b",
             "mount --move a b",
             "mount -M a c",
             "mount -o move a b",
             "mount --move c b",
             "mount --move nope b",
             "mount --bind -t tmpfs a b",
             "mount --bind --move a b",
             "mount --bind",
             "mount --bind a",
             "mount --make-shared a b",
             "mount -o bind,silent a b",
             "mount -v --bind a b",
             "mount -v --make-rprivate a",
             "mount -v --move a b",
             "mount --bind a b c",
             "mount -o bind,rec a b",
             "mount -t none -o bind a b",
             "mount --make-rslave --bind a b",
             "mount --bind -o remount,ro a",
             "mount --rb a b",
         })
        same(kTwo, line);
    same(kTwo + "; mount --make-shared a; mkdir a/x; mount -t tmpfs i a/x", "mount --move a/x b");
    same(kTwo + "; mount --make-unbindable a", "mount --bind a b");
}

TEST_CASE("mount makes the calls of util-linux: remounts") {
    ONLY_WHERE_POSSIBLE
    for (const char* line : {
             "mount -o remount,ro a",
             "mount -o remount,bind,ro a",
             "mount -o remount,rw a",
             "mount -o remount,size=2m a",
             "mount -o remount,ro one",
             "mount -o remount,ro one a",
             "mount -o remount,bind,ro,nosuid one a",
             "mount -o remount b",
             "mount -o remount nope",
             "mount -o remount,ro ./a/",
             "mount -o ro,remount,noatime a/sub",
             "mount -r -o remount a",
             "mount -o remount,bind,noexec a/sub",
             "mount -o remount,shared a",
             "mount -o remount,bogus=1 a",
         })
        same(kTwo, line);
    same(kTwo + "; mount -o remount,ro a", "mount -o remount,rw a");
    same(kTwo + "; (sleep 3 > a/f &); sleep 0.2", "mount -o remount,ro a");
    same(kTwo + "; mount -o remount,bind,ro a", "mount -o remount,nodev a");
}

TEST_CASE("mount refuses in the tool's words") {
    ONLY_WHERE_POSSIBLE
    for (const char* line : {"mount --make-shred a", "mount --bind --nope a b", "mount -Z a", "mount --make a",
                             "mount --bind=x a b", "mount -o", "mount --types"})
        same("mkdir a", line);
}

TEST_CASE("umount makes the calls of util-linux") {
    ONLY_WHERE_POSSIBLE
    const std::string more = kTwo + "; ln -s a l; mount --bind f g; mount -t tmpfs three b; mount -t tmpfs four b";
    for (const char* line : {
             "umount a/sub",     "umount a",        "umount -l a",          "umount -f a/sub",
             "umount -lf a/sub", "umount -R a",     "umount --recursive a", "umount --lazy a/sub",
             "umount -n a/sub",  "umount c",        "umount nope",          "umount -q c",
             "umount g",         "umount f",        "umount l/sub",         "umount -l l",
             "umount one",       "umount two",      "umount three",         "umount four",
             "umount b b",       "umount b b b",    "umount -v b",          "umount -v -l b",
             "umount -R b",      "umount -R c",     "umount -R nope",       "umount -qR c",
             "umount -A b",      "umount -AR a",    "umount -A c",          "umount -r a/sub",
             "umount -c a/sub",  "umount --fake a", "umount -a -t ramfs",   "umount -a -R",
             "umount -rR a",     "umount",          "umount -a b",          "umount -lR a",
             "umount a/sub a",   "umount ./a/sub/", "umount a//sub",        "umount -i a/sub",
             "umount --read b",
         })
        same(more, line);
    same(more + "; mkdir a/sub/x; cd a/sub/x; exec sleep 1 & sleep 0.1", "umount a/sub");
    same(more + "; mount --bind a c; mount --make-rshared a", "umount -A c");
}

TEST_CASE("mount and umount without /proc do what util-linux does then") {
    ONLY_WHERE_POSSIBLE
    for (const char* line :
         {"umount a", "umount -l a", "umount -R a", "umount -A a", "umount one", "umount -a -t ramfs", "umount nope",
          "umount -q a", "mount", "mount -o remount,ro a", "mount --bind a b", "mount --move a b", "mount a",
          "mount -t tmpfs x f", "mountpoint a", "mountpoint b", "findmnt a", "mount nope b"})
        same(kTwo + "; mount -t tmpfs none /proc", line);
}

TEST_CASE("mount and umount in another namespace make the calls of util-linux") {
    ONLY_WHERE_POSSIBLE
    // Relative paths would begin at the other namespace's root. It differs from the tool's own: /mnt/b is shared and
    // has one mount more.
    const std::string other = "mount -t tmpfs here /mnt; cd /mnt; mkdir a b c p; touch f; mount --bind p p; "
                              "mount --make-private p; touch p/ns; mount -t tmpfs one a; mkdir a/sub; "
                              "unshare --mount=p/ns sh -c 'mount -t tmpfs two b; mount --make-shared b; mkdir b/x b/y; "
                              "mount -t ramfs three b/x; mount -t ramfs four a/sub'";
    for (const char* line : {
             "mount -N /mnt/p/ns -t tmpfs disk /mnt/c",
             "mount --namespace /mnt/p/ns -t tmpfs -o ro,size=1m disk /mnt/c",
             "mount --na=/mnt/p/ns -i -t tmpfs disk /mnt/c",
             "mount -N /mnt/p/ns -t ramfs,tmpfs disk /mnt/c",
             "mount -N /mnt/p/ns -t nosuch,tmpfs disk /mnt/c",
             "mount -N /mnt/p/ns -t nosuch disk /mnt/c",
             "mount -N /mnt/p/ns disk /mnt/c",
             "mount -N /mnt/p/ns -t tmpfs disk /mnt/nope",
             "mount -N /mnt/p/ns -t tmpfs disk /mnt/f",
             "mount -N /mnt/p/ns -t tmpfs disk c",
             "mount -N /mnt/p/ns -m -t tmpfs disk /mnt/b/q/r",
             "mount -N /mnt/p/ns --bind /mnt/b/y /mnt/c",
             "mount -v -N /mnt/p/ns --bind --make-private -o ro /mnt/b /mnt/c",
             "mount -N /mnt/p/ns --rbind /mnt/b /mnt/c",
             "mount -N /mnt/p/ns --move /mnt/b/x /mnt/c",
             "mount -N /mnt/p/ns --move /mnt/a /mnt/c",
             "mount -N /mnt/p/ns --make-rslave /mnt/b",
             "mount -N /mnt/p/ns --make-private /mnt/c",
             "mount -N /mnt/p/ns -o remount,ro /mnt/b",
             "mount -N /mnt/p/ns -o remount,ro two",
             "mount -N /mnt/p/ns -o remount,bind,nosuid /mnt/b/x",
             "mount -N /mnt/p/ns -o remount /mnt/c",
             "mount -N /mnt/p/ns /mnt/b",
             "mount -N /mnt/p/ns -t ramfs",
             "mount -N /mnt/p/ns --bind",
             "mount -f -N /mnt/p/ns --bind /mnt/b /mnt/c",
             "mount -N nope --bind /mnt/a /mnt/c",
             "mount -N /mnt/f --bind /mnt/a /mnt/c",
             "mount -N /proc/self/ns/uts --bind /mnt/a /mnt/c",
             "mount -N 999999 --bind /mnt/a /mnt/c",
             "umount -N /mnt/p/ns /mnt/b/x",
             "umount -N /mnt/p/ns /mnt/b",
             "umount -l -N /mnt/p/ns /mnt/b",
             "umount -i -N /mnt/p/ns /mnt/a/sub",
             "umount -v -N /mnt/p/ns three",
             "umount -r -N /mnt/p/ns /mnt/b",
             "umount -R -N /mnt/p/ns /mnt/b",
             "umount -R -N /mnt/p/ns /mnt/c",
             "umount -R -N /mnt/p/ns /mnt/nope",
             "umount -A -N /mnt/p/ns /mnt/b/x",
             "umount -AR -N /mnt/p/ns /mnt/b",
             "umount -a -t ramfs -N /mnt/p/ns",
             "umount -N /mnt/p/ns /mnt/c",
             "umount -q -N /mnt/p/ns /mnt/c",
             "umount -N /mnt/p/ns nope",
             "umount --fake -N /mnt/p/ns /mnt/b",
             "umount -N nope /mnt/b",
             "umount -A -N /mnt/p/ns /mnt/c",
             "mount -N /mnt/p/ns -t tmpfs -o rw disk /mnt/b/x",
             "mount -N /mnt/p/ns --move /mnt/b/x /mnt/b/y",
             "mount -N /mnt/p/ns --move / /mnt/c",
             "mount -N /mnt/p/ns -t sysfs two /mnt/b",
         })
        same(other, line);
}

TEST_CASE("pivot_root and chroot make the calls of their tools") {
    ONLY_WHERE_POSSIBLE
    same(kTwo + "; mkdir a/old", "pivot_root a a/old");
    same(kTwo, "pivot_root a a");
    same(kTwo, "pivot_root a nope");
    same(kTwo, "pivot_root a");
    same(kTwo, "pivot_root --nope a b");
    same(kTwo, "chroot nope true");
    same(kTwo, "chroot f true");
    same(kTwo, "chroot --nope a");
}

TEST_CASE("unshare makes the calls of util-linux") {
    ONLY_WHERE_POSSIBLE
    for (const char* line : {
             "unshare -m true",
             "unshare -m mount --bind a b",
             "unshare --mount --propagation unchanged true",
             "unshare -m --propagation shared true",
             "unshare -m --propagation slave mount --make-private a",
             "unshare -muin true",
             "unshare -m umount b",
             "unshare -m false",
             "unshare -u -i true",
             "unshare -f true",
             "unshare -fp true",
             "unshare -m -w a mkdir x",
             "unshare -m --root=a --wd=/ false",
             "unshare -m -w nope true",
             "unshare -R nope true",
             "unshare --propagation nope true",
             "unshare --nope",
             "unshare -T -C true",
             "unshare -fpm --mount-proc true",
             "unshare --mount-proc=b true",
             "unshare --mount-proc=b --propagation unchanged true",
             "unshare -u=x true",
             "unshare --uts=g true",
             "unshare --uts=g --ipc=f true",
             "unshare --uts=nope true",
             "unshare -f --uts=g true",
             "unshare --kill-child true",
             "unshare --kill-child=TERM true",
             "unshare -fp --kill-child=sighup false",
             "unshare --kill-child=FOO true",
             "unshare -r true",
             "unshare --map-root-user --setgroups=deny false",
             "unshare -r --setgroups=allow true",
             "unshare -c true",
             "unshare --map-user=5 true",
             "unshare --map-user=5 --map-group=7 true",
             "unshare --map-group=root true",
             "unshare --map-user=x true",
             "unshare --map-users=1,2 true",
             "unshare --map-users=1,2,3,4 true",
             "unshare --map-groups=a,b,c true",
             "unshare -S 5 -G 6 true",
             "unshare -r -G 0 true",
             "unshare -r -S 0 true",
             "unshare -S x true",
             "unshare -T --boottime 5 --monotonic 7 true",
             "unshare --boottime 5 true",
             "unshare -T --monotonic=x true",
             "unshare --map-r --kill true",
             "unshare -U mkdir q",
             "unshare -U --keep-caps true",
             "unshare --keep-caps true",
             "unshare -m --propagation unchanged touch a/q",
         }) {
        // What a chroot without programs cannot run is left out, for ours needs none.
        if (std::string(line).find("--root=a") == std::string::npos) same(kTwo, line);
    }
    same(kTwo + "; mount --make-private a; mkdir p; mount --bind p p; mount --make-private p; touch p/mnt",
         "unshare --mount=p/mnt true");
    same(kTwo, "unshare --mount=nope true");
    same(kTwo + "; touch a/mnt", "unshare --mount=a/mnt --propagation unchanged true");
}

TEST_CASE("nsenter makes the calls of util-linux") {
    ONLY_WHERE_POSSIBLE
    for (const char* line : {
             "nsenter -t 1 -u true",
             "nsenter --target 1 --uts --ipc true",
             "nsenter -t 1 -p true",
             "nsenter -t 1 -p -F true",
             "nsenter --uts=/proc/1/ns/uts true",
             "nsenter -m true",
             "nsenter -t 999999 -m true",
             "nsenter -t x -m true",
             "nsenter --mount=nope true",
             "nsenter --mount=/proc/1/ns/uts true",
             "nsenter -t 1 -w true",
             "nsenter -t 1 -r true",
             "nsenter -t 1 -u --wdns=a touch q",
             "nsenter --wd=a touch q",
             "nsenter -w -W/ true",
             "nsenter -a true",
             "nsenter --nope",
             "nsenter -t 1 -m true",
             "nsenter -t 1 -m -u -i -n -T -C true",
             "nsenter -t 1 -u -S 0 true",
             "nsenter -t 1 -u --setgid 5 --setuid 6 true",
             "nsenter -t 1 -u -S x true",
             "nsenter -t 1 -U true",
             "nsenter -t 1 -U --preserve-credentials true",
             "nsenter -t 1 -uZ true",
         })
        same(kTwo, line);
}

TEST_CASE("setpriv and setsid make the calls of util-linux") {
    ONLY_WHERE_POSSIBLE
    for (const char* line : {
             "setpriv --pdeathsig KILL true",
             "setpriv --pdeathsig=sighup mkdir q",
             "setpriv --pdeathsig clear false",
             "setpriv --pdeathsig FOO true",
             "setpriv --reuid 1000 true",
             "setpriv --ruid 5 true",
             "setpriv --clear-groups true",
             "setpriv --groups 1,2,3 true",
             "setpriv --regid 5 true",
             "setpriv --reuid 5 --ruid 6 true",
             "setpriv --reuid x true",
             "setpriv --groups 1,x true",
             "setpriv --clear-groups --keep-groups true",
             "setpriv --reuid 1000 --regid 1001 --clear-groups true",
             "setpriv --regid 7 --keep-groups --ruid 8 true",
             "setpriv --nnp true",
             "setpriv --no-new-privs --nnp true",
             "setpriv --inh-caps +kill,-chown --ambient-caps +kill true",
             "setpriv --ambient-caps -all,+kill true",
             "setpriv --inh-caps +KILL,+cap_6 --inh-caps +kill true",
             "setpriv --bounding-set -all,+kill true",
             "setpriv --securebits +noroot,-all,+no_setuid_fixup true",
             "setpriv --securebits +all true",
             "setpriv --securebits +keep_caps true",
             "setpriv --securebits +x true",
             "setpriv --reuid 1000 --regid 5 --groups 7 --nnp --inh-caps +kill --ambient-caps +kill --securebits "
             "+noroot --bounding-set -all,+kill --pdeathsig INT true",
             "setpriv --nope true",
             "setsid true",
             "setsid -w mkdir q",
             "setsid -fw mkdir q",
             "setsid -f -w false",
             "setsid --nope",
         })
        same(kTwo, line);
}

TEST_CASE("mountpoint and findmnt print what util-linux prints") {
    ONLY_WHERE_POSSIBLE
    const std::string more = kTwo + "; ln -s a l; mount --make-shared a; mount --bind a/sub c; mount --make-slave c";
    for (const char* line : {"mountpoint a",
                             "mountpoint b",
                             "mountpoint l",
                             "mountpoint --nofollow l",
                             "mountpoint -q b",
                             "mountpoint nope",
                             "mountpoint -q nope",
                             "mountpoint a/sub",
                             "mountpoint f",
                             "mountpoint",
                             "mountpoint a b",
                             "mountpoint a/..",
                             "findmnt a",
                             "findmnt -R a",
                             "findmnt -n -o TARGET,SOURCE a",
                             "findmnt -o +PROPAGATION -R a",
                             "findmnt two",
                             "findmnt nope",
                             "findmnt -l -t ramfs -o target,fsroot,source",
                             "findmnt -P -o SOURCE,FSTYPE two",
                             "findmnt -r two -o TARGET,OPTIONS",
                             "findmnt -J a -o TARGET,SOURCE",
                             "findmnt -J -R a",
                             "findmnt -T f -o TARGET",
                             "findmnt -M l",
                             "findmnt -S two -o TARGET",
                             "findmnt -f two",
                             "findmnt --nope",
                             "findmnt -o NOPE",
                             "findmnt -o TARGET,VFS-OPTIONS,FS-OPTIONS -T a",
                             "findmnt -v c",
                             "findmnt -T nope",
                             "findmnt one a",
                             "findmnt -R c",
                             "findmnt -o TARGET,SIZE,USED,AVAIL,USE% a",
                             "findmnt -o SIZE,USED,AVAIL,USE%,TARGET -R a",
                             "findmnt -b -o TARGET,SIZE,USED a",
                             "findmnt -b -J -o SIZE,AVAIL,USE% two",
                             "findmnt -J -o SIZE,AVAIL,USE%,SOURCES two",
                             "findmnt -l -t ramfs -o TARGET,SIZE,USE%",
                             "findmnt -D a",
                             "findmnt -D two -o +OPTIONS",
                             "findmnt -D -A two -r",
                             "findmnt --vfs-all -o TARGET,VFS-OPTIONS c",
                             "findmnt a b c"})
        same(more, line);
}

TEST_CASE("mkdir, rmdir and touch make the calls of coreutils") {
    ONLY_WHERE_POSSIBLE
    for (const char* line : {"mkdir x",      "mkdir x y",    "mkdir a",
                             "mkdir nope/x", "mkdir f/x",    "mkdir -m 700 x",
                             "mkdir -v x",   "mkdir",        "mkdir --nope x",
                             "mkdir x a y",  "mkdir a/",     "rmdir a",
                             "rmdir b",      "rmdir nope",   "rmdir f",
                             "rmdir a b",    "rmdir -v a",   "rmdir --ignore-fail-on-non-empty b",
                             "rmdir",        "touch x",      "touch f",
                             "touch a",      "touch nope/x", "touch -c nope",
                             "touch",        "touch f/x",    "touch x y",
                             "touch f/",     "rmdir ."})
        same("mkdir -p a b/c; touch f", line);
    for (const char* line : {"mkdir -p a", "mkdir -p x/y/z", "mkdir -p f/x", "mkdir -pv x/y", "mkdir -p b/c/d",
                             "mkdir -p f", "rmdir -p b/c", "rmdir -pv b/c"})
        same("mkdir -p a b/c; touch f", line, changed_files);
    for (const char* line : {"mkdir a", "rmdir a", "touch a/x", "mkdir a/x"})
        same("mkdir a; mount -t tmpfs -o ro t a", line);
}

TEST_CASE("rm, ln, mv and cp make the calls of coreutils") {
    ONLY_WHERE_POSSIBLE
    const std::string files =
        "mkdir -p d/e m; echo one > f; echo two > d/x; ln -s x d/l; touch d/e/y; ln -s nope s; ln -s d t";
    for (const char* line : {"rm f",
                             "rm nope",
                             "rm -f nope",
                             "rm d",
                             "rm -r d",
                             "rm -rf d nope",
                             "rm -d m",
                             "rm -d d",
                             "rm -v f s",
                             "rm -rv m",
                             "rm s",
                             "rm t",
                             "rm t/",
                             "rm -r t",
                             "rm",
                             "rm -f",
                             "rm -r .",
                             "rm f f",
                             "rm -rf m/nope",
                             "rm -rv d",
                             "ln -s f q",
                             "ln -s f s",
                             "ln -sf f s",
                             "ln f q",
                             "ln f s",
                             "ln -f f s",
                             "ln -s f m",
                             "ln -s f d m",
                             "ln -sn f t",
                             "ln -sfn f t",
                             "ln -sfT f t",
                             "ln -sT f m",
                             "ln d q",
                             "ln nope q",
                             "ln -s d/x",
                             "ln",
                             "ln -sv f q",
                             "ln -s f nope/q",
                             "ln f d/e/",
                             "ln -s a b nope",
                             "ln -t m -s a b",
                             "mv f q",
                             "mv f m",
                             "mv f d/x",
                             "mv d m",
                             "mv m d/x",
                             "mv f d/e",
                             "mv nope q",
                             "mv d d/e",
                             "mv f f",
                             "mv f s m",
                             "mv f s nope",
                             "mv -T f m",
                             "mv -T m d",
                             "mv f nope/q",
                             "mv -v f q",
                             "mv -n f d/x",
                             "mv f",
                             "mv",
                             "mv s q",
                             "mv d/x/ q",
                             "mv -t m f s",
                             "cp f q",
                             "cp f m",
                             "cp f d/x",
                             "cp -r d q",
                             "cp -r d m",
                             "cp d q",
                             "cp nope q",
                             "cp f",
                             "cp",
                             "cp s q",
                             "cp -r s q",
                             "cp -P s q",
                             "cp f f",
                             "cp -v f q",
                             "cp f nope/q",
                             "cp -r d d/e/z",
                             "cp f d m",
                             "cp -T f m",
                             "cp -t m f",
                             "cp f s nope",
                             "cp -f f d/x",
                             "cp -p f q",
                             "cp -p f d/x",
                             "cp -L s q",
                             "cp -L d/l q",
                             "cp -rL d q",
                             "cp -rH t q",
                             "cp -rP t q",
                             "cp -l f q",
                             "cp -l f d/x",
                             "cp -lf f d/x",
                             "cp -lr d q",
                             "cp -n f d/x",
                             "cp -n f q",
                             "cp -nr d m",
                             "cp --no-clobber --verbose f q",
                             "rm --preserve-root=all -r d",
                             "rm --one-file-system -r d",
                             "ls --file-type"})
        same(files, line, copied_files);
    const std::string mounted = files + "; mount -t tmpfs t m; touch m/z";
    for (const char* line : {"rm -r m", "mv m q", "mv f m", "mv s m", "mv d m", "cp -r d m", "mv m/z q", "mv m/z f",
                             "rmdir m", "rm -rf m", "ln f m/q", "cp -rx d q", "cp -l f m/q"})
        same(mounted, line, [](const std::string& call) {
            return changed_files(call) && call.compare(0, 4, "open") != 0; // modes of copies that mv opens differ
        });
    const std::string below = files + "; mount -t tmpfs t d/e; touch d/e/z";
    for (const char* line : {"rm -r --one-file-system d", "rm -r --preserve-root=all d/e", "rm -rf --preserve-root d",
                             "cp -rx d q", "cp -ax d q", "rm -rv --one-file-system d/e"})
        same(below, line, copied_files);
}

TEST_CASE("ls, cat, echo, printf, pwd and readlink print what coreutils print") {
    ONLY_WHERE_POSSIBLE
    const std::string files = "mkdir -p d/e d/.h; echo one > f; printf a > g; ln -s f l; ln -s d m; touch d/x d/B";
    for (const char* line : {"ls",
                             "ls -a",
                             "ls -A d",
                             "ls d f",
                             "ls -d d m",
                             "ls -F",
                             "ls -p",
                             "ls -R",
                             "ls -r",
                             "ls nope",
                             "ls nope f",
                             "ls -1 d",
                             "ls l",
                             "ls m",
                             "ls d/e",
                             "ls --nope",
                             "ls d d/e",
                             "cat f",
                             "cat f g",
                             "cat nope",
                             "cat d",
                             "cat f nope g",
                             "cat --nope",
                             "echo",
                             "echo a b",
                             "echo -n a",
                             "echo -e a\\tb\\n",
                             "echo -nE a\\tb",
                             "echo -x",
                             "echo -e a\\cb c",
                             "echo -e \\0101",
                             "printf a",
                             "printf %s-%d\\n x 3",
                             "printf %s\\n a b c",
                             "printf \\101\\n",
                             "printf %x:%o 255 8",
                             "printf",
                             "printf %d\\n x",
                             "readlink l",
                             "readlink f",
                             "readlink -f m/e/..",
                             "readlink -n l",
                             "readlink -nz l",
                             "readlink -n l l",
                             "readlink --zero l",
                             "readlink -f nope",
                             "readlink -f nope/",
                             "readlink -f nope/x",
                             "readlink -f f/x",
                             "readlink -e l",
                             "readlink -e nope",
                             "readlink -e f/",
                             "readlink -m nope/x/../y",
                             "readlink -m f/x",
                             "readlink -v f nope l",
                             "readlink -vq f",
                             "readlink -ve nope f/x",
                             "readlink --canonicalize-m nope",
                             "readlink",
                             "pwd",
                             "true",
                             "false"})
        same(files, line, [](const std::string&) { return false; });
}

} // namespace nslab::test
