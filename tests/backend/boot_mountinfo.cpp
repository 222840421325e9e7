// Worlds that begin from saved mountinfo: what was read is what they show, and what cannot be is refused in one line.

#include "sim/backend/boot_mountinfo.hpp"

#include <fstream>
#include <iterator>
#include <random>

#include "sim/backend/mountinfo.hpp"
#include "tests/linux/world.hpp"

using namespace nslab;

namespace {

using Files = std::vector<std::pair<std::string, std::string>>;

Files named(const std::vector<std::string>& texts) {
    Files files;
    for (std::size_t i = 0; i < texts.size(); ++i) files.emplace_back("sh" + std::to_string(i + 1), texts[i]);
    return files;
}

std::string saved(const std::string& name) {
    std::ifstream in(NSLAB_SOURCE_DIR "/scenarios/saved/" + name + ".mountinfo");
    REQUIRE(in);
    return {std::istreambuf_iterator<char>(in), {}};
}

/// A world of the texts; actor(0) is sh1.
struct Saved : World {
    explicit Saved(const std::vector<std::string>& texts) {
        boot_from_mountinfo(k, named(texts));
        const auto complaints = audit(k);
        for (const auto& text : complaints) UNSCOPED_INFO(text);
        REQUIRE(complaints.empty());
    }
    Id<Task> actor(std::size_t n) const {
        Id<Task> t = k[k.init].children;
        while (n--) t = k[t].sibling_next;
        return t;
    }
    std::string text(std::size_t n) const { return show_mountinfo(k, actor(n)); }
};

void round_trip(const std::vector<std::string>& texts) {
    Saved w(texts);
    for (std::size_t i = 0; i < texts.size(); ++i) CHECK(w.text(i) == texts[i]);
    // init sees what the first actor sees, and nothing is left of the plain world.
    CHECK(show_mountinfo(w.k, w.k.init) == texts[0]);
}

/// The one line with which the texts are refused; "" where they are not.
std::string refusal(const std::vector<std::string>& texts) {
    Kernel k = boot({});
    try {
        boot_from_mountinfo(k, named(texts));
    } catch (const std::runtime_error& e) {
        const std::string words = e.what();
        CHECK(words.find('\n') == std::string::npos);
        return words;
    }
    return {};
}
bool refused(const std::vector<std::string>& texts, const std::string& because) {
    const std::string words = refusal(texts);
    INFO(words);
    UNSCOPED_INFO(words);
    return words.find(because) != std::string::npos;
}

const std::string kRoot = "20 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n";

} // namespace

TEST_CASE("a saved desktop is shown as it was read: subvolumes, stacks, escapes, namespaces, what is deleted") {
    round_trip({saved("desktop")});
}

TEST_CASE("a saved host and its container are shown as they were read") {
    round_trip({saved("docker-host"), saved("docker-container"), saved("docker-service")});
}

TEST_CASE("a container without its host is shown as it was read, its master belongs to nobody") {
    round_trip({saved("docker-container")});
}

TEST_CASE("a node, a driver and an application are shown as they were read") {
    round_trip({saved("node"), saved("node-driver"), saved("node-app")});
    round_trip({saved("node-app"), saved("node-driver")});
}

TEST_CASE("a process in a chroot that is no mount point is shown as it was read") {
    round_trip({saved("jail-host"), saved("jail-inside")});
    round_trip({saved("jail-inside"), saved("jail-host")});
    round_trip({saved("jail-inside")});
}

TEST_CASE("the mounts of a virtual machine with cgroups of the first kind and stacks are shown as they were read") {
    round_trip({"22 27 0:21 / /proc rw,relatime - proc proc rw\n"
                "23 27 0:22 / /sys rw,relatime - sysfs sysfs rw\n"
                "24 27 0:6 / /dev rw,relatime - devtmpfs devtmpfs rw,size=12334248k,nr_inodes=3083562,mode=755\n"
                "25 24 0:23 / /dev/shm rw,relatime - tmpfs tmpfs rw,size=24683660k\n"
                "26 24 0:24 / /dev/pts rw,relatime - devpts devpts rw,mode=600,ptmxmode=000\n"
                "27 1 254:0 / / rw,relatime - ext4 /dev/vda rw,discard,resv_strict,resuid=65534,resgid=65534\n"
                "28 27 0:25 / /mnt/tools ro,nosuid,nodev,relatime - tmpfs none ro,size=4k,mode=755\n"
                "29 26 0:26 / /dev/pts rw,relatime - devpts devpts rw,mode=600,ptmxmode=000\n"
                "30 25 0:27 / /dev/shm rw,relatime - tmpfs tmpfs rw,size=24683660k\n"
                "31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755\n"
                "32 31 0:29 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu\n"
                "40 31 0:37 / /sys/fs/cgroup/systemd rw,relatime - cgroup cgroup rw,name=systemd\n"
                "41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw\n"});
}

TEST_CASE("an initramfs, whose root is the machine's first mount, is shown as it was read") {
    round_trip({"1 1 0:2 / / rw - rootfs rootfs rw,size=491032k,nr_inodes=122758\n"
                "15 1 0:14 / /proc rw,relatime - proc proc rw\n"});
}

TEST_CASE("numbers that the plain world has are given up") {
    round_trip({"0 1 0:1 / / rw - tmpfs none rw\n"
                "2 0 0:2 / /a rw shared:1 - tmpfs a rw\n"
                "3 0 0:3 / /b rw shared:2 - tmpfs b rw\n"
                "4 0 0:4 net:[4026531841] /n rw - nsfs nsfs rw\n"
                "5 0 0:4 uts:[4026531838] /u rw - nsfs nsfs rw\n"
                "6 0 0:4 mnt:[4026531842] /m rw - nsfs nsfs rw\n"});
}

TEST_CASE("peers of two namespaces receive from each other, slaves from their master") {
    Saved w({saved("docker-host"), saved("docker-container")});
    w.ok(sys::Mkdirat{AT::FDCWD, "/srv/data/new", 0755}, w.actor(0));
    w.tmpfs("/srv/data/new", w.actor(0));
    CHECK(w.mounts("/srv/new", w.actor(1)) == 1);
    w.ok(sys::Mkdirat{AT::FDCWD, "/srv/own", 0755}, w.actor(1));
    w.tmpfs("/srv/own", w.actor(1));
    CHECK(w.mounts("/srv/data/own", w.actor(0)) == 0);
    // The volume is a bind of the host's disk and private.
    w.ok(sys::Mkdirat{AT::FDCWD, "/var/lib/docker/volumes/db/_data/x", 0755}, w.actor(0));
    w.tmpfs("/var/lib/docker/volumes/db/_data/x", w.actor(0));
    CHECK(w.mounts("/data/x", w.actor(1)) == 0);
    w.ok(sys::Newfstatat{AT::FDCWD, "/data/x", 0}, w.actor(1)); // but its directory is there
}

TEST_CASE("a group between what is seen and what is seen again is rebuilt from propagate_from") {
    const std::string text = kRoot + "30 20 0:40 / /a rw shared:5 - tmpfs x rw\n"
                                     "31 20 0:40 / /b rw master:7 propagate_from:5 - tmpfs x rw\n";
    round_trip({text});
    Saved w({text});
    w.mkdir("/a/d");
    w.tmpfs("/a/d");
    CHECK(w.mounts("/b/d") == 1);
    w.umount("/a/d");
    CHECK(w.mounts("/b/d") == 0);
}

TEST_CASE("of two mounts on one place the child is the upper one") {
    Saved w({kRoot + "31 30 0:41 / /a rw - tmpfs upper rw\n"
                     "30 20 0:40 / /a rw - tmpfs lower rw\n"});
    w.umount("/a");
    CHECK(w.mountinfo("/a").find(" lower ") != std::string::npos);
}

TEST_CASE("an unbindable mount is not bound") {
    Saved w({kRoot + "30 20 0:40 / /u rw unbindable - tmpfs u rw\n"});
    w.mkdir("/x");
    CHECK(w.fails(sys::Mount{"/u", "/x", Str{}, MS::BIND, Str{}}) == E::INVAL);
}

TEST_CASE("files are told from directories by what is known and by their names") {
    Saved w({saved("docker-container")});
    const auto is_dir = [&](const std::string& path) {
        return w.call(sys::Openat{AT::FDCWD, path, O::RDONLY | O::DIRECTORY}).ok();
    };
    for (const char* file : {"/etc/resolv.conf", "/etc/hostname", "/etc/hosts", "/dev/console", "/proc/kcore",
                             "/proc/sysrq-trigger", "/proc/timer_list"})
        CHECK_FALSE(is_dir(file));
    for (const char* dir : {"/data", "/srv", "/proc/sys", "/proc/acpi", "/sys/firmware", "/dev/shm"})
        CHECK(is_dir(dir));
}

TEST_CASE("what is done with a saved world keeps it whole") {
    Saved w({saved("docker-host"), saved("docker-container"), saved("docker-service")});
    w.umount("/srv/data");
    CHECK(w.mounts("/srv/data", w.actor(2)) == 1); // a private copy
    CHECK(w.mounts("/srv", w.actor(1)) == 1);      // a slave of it, elsewhere: not of its parent
    w.umount("/run", UMOUNT::DETACH);
    w.umount("/etc/hosts", 0, w.actor(1));
    w.ok(sys::Unshare{CLONE::NEWNS}, w.actor(1));
    w.change("/", MS::SLAVE | MS::REC);
    w.umount("/", UMOUNT::DETACH, w.actor(2));
    for (const std::size_t n : {2u, 1u, 0u}) w.call(sys::ExitGroup{0}, w.actor(n));
}

TEST_CASE("what is no mountinfo is refused") {
    CHECK(refused({""}, "the file of sh1 shows no mount"));
    CHECK(refused({kRoot + "nonsense\n"}, "line 2 of sh1: this is no line of /proc/PID/mountinfo"));
    CHECK(refused({kRoot, std::string("\0\1\2", 3)}, "line 1 of sh2"));
    CHECK(refused({"20 1 8:1 / / rw - ext4 /dev/sda1 errors=remount-ro\n"}, "neither rw nor ro"));
    CHECK(refused({"20 1 8:1 / a rw - ext4 /dev/sda1 rw\n"}, "the mount point is no absolute path"));
    CHECK(refused({"20 1 8:1 / /../x rw - ext4 /dev/sda1 rw\n"}, "the mount point is no absolute path"));
    CHECK(refused({"20 1 8:1 x / rw - ext4 /dev/sda1 rw\n"}, "the root of the mount is no absolute path"));
    CHECK(refused({"20 1 8:1 / / rw,fast - ext4 /dev/sda1 rw\n"}, "the option \"fast\""));
    CHECK(refused({kRoot + "30 20 0:4 net:[17] /n rw - nsfs nsfs rw\n"}, "no namespace that the model can make"));
    CHECK(refused({kRoot + "30 20 0:4 / /n rw - nsfs nsfs rw\n"}, "no namespace that the model can make"));
}

TEST_CASE("numbers that no machine reaches are refused") {
    CHECK(refused({"2000000000 1 8:1 / / rw - ext4 /dev/sda1 rw\n"}, "a mount id is not between"));
    CHECK(refused({"-3 1 8:1 / / rw - ext4 /dev/sda1 rw\n"}, "a mount id is not between"));
    CHECK(refused({"99999999999999 1 8:1 / / rw - ext4 /dev/sda1 rw\n"}, "no line of"));
    CHECK(refused({"20 1 8:1 / / rw shared:2000000000 - ext4 /dev/sda1 rw\n"}, "a peer group is not between"));
    CHECK(refused({"20 1 8:1 / / rw master:-1 - ext4 /dev/sda1 rw\n"}, "a peer group is not between"));
    CHECK(refused({"20 1 0:4000000000 / / rw - tmpfs t rw\n"}, "no device has such a number"));
    CHECK(refused({kRoot + "30 20 0:4 net:[4294967295] /n rw - nsfs nsfs rw\n"}, "no namespace"));
}

TEST_CASE("a mount that stands in a file twice is refused") {
    CHECK(refused({kRoot + kRoot}, "line 2 of sh1: mount 20 stands on line 1 already"));
}

TEST_CASE("parents that stand on each other in a circle are refused") {
    CHECK(refused({"20 21 0:3 / / rw - tmpfs t rw\n21 20 0:4 / / rw - tmpfs t rw\n"}, "in a circle"));
    CHECK(refused({kRoot + "30 31 0:3 / /a rw - tmpfs t rw\n31 30 0:4 / /a rw - tmpfs t rw\n"}, "in a circle"));
    CHECK(refused({"20 20 0:3 / /x rw - tmpfs t rw\n"}, "circle"));
}

TEST_CASE("places that contradict the parents are refused") {
    CHECK(refused({kRoot + "30 20 0:3 / /ab rw - tmpfs t rw\n31 30 0:4 / /abc rw - tmpfs t rw\n"},
                  "mount 31 at /abc is not below its parent, mount 30 at /ab"));
    CHECK(refused({kRoot + "30 20 0:3 / /a rw - tmpfs t rw\n31 20 0:4 / /a rw - tmpfs t rw\n"},
                  "mount 30 and mount 31 are on one place of one parent"));
    CHECK(refused({kRoot + "30 29 0:3 / /a rw - tmpfs t rw\n"}, "a process sees at most one such parent"));
}

TEST_CASE("peer groups that cannot be are refused") {
    CHECK(refused({kRoot + "30 20 0:3 / /a rw shared:1 - tmpfs t rw\n"}, "joins mounts of two file systems"));
    CHECK(refused({kRoot + "30 20 0:3 / /a rw shared:2 master:3 - tmpfs t rw\n"
                           "31 20 0:3 / /b rw shared:3 master:2 - tmpfs t rw\n"},
                  "is a slave of itself, in a circle"));
    CHECK(refused({kRoot + "30 20 0:3 / /a rw shared:2 master:3 - tmpfs t rw\n"
                           "31 20 0:3 / /b rw shared:2 - tmpfs t rw\n"},
                  "has two masters"));
    CHECK(refused({"20 1 8:1 / / rw shared:4 master:4 - ext4 x rw\n"}, "its own peer group"));
    CHECK(refused({"20 1 8:1 / / rw shared:4 unbindable - ext4 x rw\n"}, "shared and unbindable"));
    CHECK(refused({kRoot + "31 20 0:40 / /b rw master:7 propagate_from:5 - tmpfs x rw\n"}, "do not fit together"));
}

TEST_CASE("file systems that contradict themselves are refused") {
    CHECK(refused({kRoot + "30 20 8:1 / /a rw - xfs /dev/sda1 rw\n"}, "device 8:1 is ext4 in mount 20 and xfs"));
    CHECK(refused({kRoot + "30 20 8:1 / /a rw - ext4 /dev/sda1 ro\n"}, "device 8:1 is read-only in mount 30"));
    CHECK(refused({kRoot + "30 20 0:3 net:[4026532000] /n rw - nsfs nsfs rw\n"
                           "31 20 0:3 uts:[4026532000] /u rw - nsfs nsfs rw\n"},
                  "two types of namespaces"));
    CHECK(refused({kRoot + "30 20 0:3 net:[4026532000] /n rw - nsfs nsfs rw\n"
                           "31 30 0:4 / /n/x rw - tmpfs x rw\n"},
                  "mounted on a directory"));
}

TEST_CASE("files of different machines are refused") {
    CHECK(refused({kRoot, "20 1 8:2 / / rw,relatime shared:1 - ext4 /dev/sdb1 rw\n"},
                  "mount 20 is not the same in sh1 and in sh2"));
    CHECK(refused({kRoot + "30 20 0:3 / /a rw - tmpfs t rw\n", kRoot}, "do not fit together"));
}

TEST_CASE("worlds that came about at random are shown as they were saved, from some of their processes or from all") {
    std::mt19937 random(3);
    for (int round = 0; round < 150; ++round) {
        World w;
        const std::vector<std::string> dirs{"/a", "/b", "/c", "/a/s", "/b/s/p", "/c/s"};
        for (const char* d : {"/a", "/b", "/c"}) w.mkdir(d);
        w.tmpfs("/a");
        w.mkdir("/a/s");
        w.mkdir("/a/s/p");
        std::vector<Id<Task>> tasks{w.sh1};
        for (int step = 0; step < 25; ++step) {
            const Id<Task> task = tasks[random() % tasks.size()];
            const auto dir = [&] { return dirs[random() % dirs.size()]; };
            const u64 types[] = {MS::SHARED, MS::SHARED, MS::SLAVE, MS::PRIVATE, MS::UNBINDABLE};
            const u64 recurse = random() % 2 ? MS::REC : 0;
            switch (random() % 8) {
            case 0:
            case 1: w.call(sys::Mount{dir(), dir(), Str{}, MS::BIND | recurse, Str{}}, task); break;
            case 2:
            case 3: w.call(sys::Mount{Str{}, dir(), Str{}, types[random() % 5] | recurse, Str{}}, task); break;
            case 4:
            case 5:
                if (tasks.size() < 4) tasks.push_back(w.child_ns(task));
                break;
            case 6: w.call(sys::Mount{"disk", dir(), "tmpfs", 0, Str{}}, task); break;
            default: w.call(sys::Umount2{dir(), UMOUNT::DETACH}, task);
            }
            if (step == 20 && tasks.size() > 1) w.call(sys::Chroot{dir()}, tasks.back());
        }
        std::vector<std::string> texts;
        for (const Id<Task> task : tasks)
            if (texts.empty() || random() % 3) texts.push_back(show_mountinfo(w.k, task));
        std::erase(texts, ""); // a chroot that sees no mount
        INFO("round " << round << "\n" << texts[0] << "\n" << (texts.size() > 1 ? texts[1] : ""));
        round_trip(texts);
    }
}

TEST_CASE("whatever is changed in a saved file, it is played or refused") {
    std::mt19937 random(1);
    for (const char* name : {"desktop", "docker-container", "jail-inside"}) {
        const std::string whole = saved(name);
        for (int round = 0; round < 400; ++round) {
            std::string text = whole;
            for (int n = 0; n < 1 + round % 3; ++n) {
                const std::size_t at = random() % text.size();
                switch (random() % 4) {
                case 0: text[at] = static_cast<char>('0' + random() % 10); break;
                case 1: text.erase(at, random() % 20); break;
                case 2: text.insert(at, text.substr(random() % text.size(), random() % 100)); break;
                default: text[at] = " /,:-\n\\"[random() % 7]; break;
                }
                if (text.empty()) text = "x";
            }
            Kernel k = boot({});
            try {
                boot_from_mountinfo(k, named({text, whole}));
            } catch (const std::runtime_error&) { continue; }
            INFO(text);
            CHECK(audit(k).empty());
        }
    }
}
