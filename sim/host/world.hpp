#pragma once
// A world on the running kernel, seen by its supervisor: which process is which actor, and how orders reach them.

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "sim/backend/backend.hpp"
#include "sim/host/counts.hpp"
#include "sim/host/descriptor.hpp"
#include "sim/host/host.hpp"
#include "sim/host/marshal.hpp"

namespace nslab::host {

/// The process of an actor.
struct Agent {
    Actor actor = Actor::none;
    Slot* slot = nullptr;           // none once the process has ended
    i32 outer_pid = 0, tgid = 0;    // in the supervisor's PID namespace; of a thread, `tgid` is its leader's
    Descriptor proc;                // its directory in /proc; means this task for ever, whoever gets the number later
    std::vector<i32> nspid;         // from the world's PID namespace inwards
    std::optional<Syscall> pending; // the call that it sleeps in
    bool vfork = false;             // asleep until its child ends or runs another program
};

/// What /proc/PID/stat says of a process.
struct ProcStat {
    char state = 'X'; // as ps shows it; X: there is no such process any more
    bool exiting = false;
    i32 exit_code = 0;
    bool gone() const { return state == 'X' || state == 'x'; }
    bool dead() const { return state == 'Z' || gone(); }
};
ProcStat read_stat(const Agent& agent);
/// The numbers behind a name in the text of /proc/PID/status, "NSpid" for one.
std::optional<std::vector<i32>> numbers_of(const std::string& status, const std::string& name);
/// The hexadecimal number there, "CapEff" for one.
u64 bits_of(const std::string& status, const std::string& name);
/// What read_stat() says; an agent that has ended loses its slot, one that is gone its directory in /proc.
ProcStat look_at(Agent& agent);

/// A mount namespace that an actor of the world has been in. All namespaces of the world are known by that.
struct KnownNamespace {
    u64 inum = 0;
    u64 root = 0; // unique id of the rootfs mount, which is the parent of all
};

/// A namespace that some task of the world was in after one of its calls.
struct SeenNamespace {
    nslab_ns now;
    u64 type = 0; // CLONE::NEW*
    u64 id = 0;   // counted in the order of their making
};

class World final : public Backend {
  public:
    static tl::expected<std::unique_ptr<Backend>, HostRefusal> make(const BootOptions& boot,
                                                                    const HostOptions& options);
    ~World() override;

    Outcome call(Actor who, const Syscall& c, Actor child) override;
    std::optional<Outcome> resume(Actor who) override;
    Observation observe() override;
    bool alive(Actor who) override;
    std::string_view name() const override { return "kernel"; }
    Release release() const override { return release_; }

  private:
    explicit World(const HostOptions& options) : options_(options) {}

    std::optional<HostRefusal> prepare();
    std::optional<HostRefusal> prepare_memory();
    std::optional<HostRefusal> start_init(const BootOptions& boot);
    std::optional<HostRefusal> wait_for_init();

    Agent* find(Actor who);
    Slot* free_slot();
    void order(Slot& slot);
    enum class Waited : u8 { done, died, blocked, hung };
    Waited wait(Agent& agent, bool sleeps, Slot* vfork_child);
    Outcome finish(Agent& agent, const Syscall& c, Waited waited);
    static Outcome program_path();
    bool lacks_capability(const Agent& agent, const Syscall& c) const;
    std::optional<Syscall> within_capabilities(const Agent& agent, const Syscall& c) const;
    void as_ordinary_user(const Agent& agent, const Syscall& c, Outcome& o) const;
    void as_deep_as_it_lies(const Syscall& c, Outcome& o) const;
    bool adopt(Actor actor, Slot* slot);
    bool identify(Agent& agent, i32 outer_pid);
    void forget_owner() const;
    i32 outer_pid(const Slot& slot) const;
    i32 search_proc(const Slot& slot) const;
    bool send_program(const Agent& agent);
    void take_over_leader(Agent& agent);
    std::optional<std::string> refuse_group(const Agent& agent, const sys::Setpgid& c) const;
    i32 pid_seen_by(const Agent& who, const Agent& seen_by) const;
    bool rests(const Agent& agent, const ProcStat& stat) const;
    void find_wchan();
    void settle();
    bool reap();
    void note_namespace(const Agent& agent);
    bool count(Counts& counts);
    void observe_counts(Observation& all);

    ActorObservation observe_actor(Agent& agent);
    void observe_numbers(ActorObservation& o, const std::string& status);
    void observe_cred(ActorObservation& o, const std::string& status, int proc);
    void observe_fds(ActorObservation& o, int proc);
    void observe_trees(Observation& all);
    bool find_root(u64 ns_id, KnownNamespace& ns);
    std::optional<TreeObservation> observe_tree(u64 ns_id, KnownNamespace& ns);

    HostOptions options_;
    Release release_;
    Shared* shared_ = nullptr;
    std::size_t shared_size_ = 0;
    Descriptor null_, self_, memory_, program_;
    i32 init_pid_ = 0;
    std::size_t level_ = 0; // of the world's PID namespace in the lists of NSpid
    bool rootless_ = false;
    bool in_first_pid_ns_ = true, in_first_user_ns_ = true; // the supervisor, of the machine
    bool wchan_works_ = false;                              // /proc/PID/wchan tells who really sleeps
    bool looked_ = false;                                   // since the last call
    std::optional<bool> shows_inode64_; // whether this kernel shows inode64 of every tmpfs; not known before it is seen
    std::vector<u64> old_affinity_;
    std::map<Actor, Agent> agents_;
    std::map<u64, KnownNamespace> namespaces_;
    u64 user_inum_ = 0;             // of the world's first user namespace
    u64 capabilities_ = 0;          // those that init began with
    std::vector<i32> first_groups_; // the supplementary groups that init began with
    u32 pid_inum_ = 0;              // of the world's PID namespace
    std::set<u32> machines_;        // inode numbers of the namespaces that the world shares with us
    std::vector<SeenNamespace> seen_;
    u64 last_seen_ = 0;
    std::string broken_; // why no more calls can be made
    MachineFacts facts_;
    std::string program_path_; // what /proc/PID/exe says of a process that has not called execve(2) yet
    std::vector<char> buffer_;
};

/// The number in "mnt:[4026531840]", to which /proc/PID/ns/mnt links; 0 where there is none.
u64 link_number(int proc, const char* name);

/// The whole of a file below `dir`; empty where it cannot be read.
std::string read_file(int dir, const char* name, std::vector<char>& buffer);

/// What forbids clone3(2) or a step of boot that gave this errno.
HostRefusal explain_refusal(const std::string& what, i32 error);
HostRefusal explain_boot(BootStep step, i32 error);

} // namespace nslab::host
