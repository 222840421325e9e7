#pragma once
// Arguments of machine-made calls. Names are few, so that calls meet; half of the places are taken from the state of
// the model, so that what is mounted is used.

#include <span>
#include <string>
#include <vector>

#include "sim/backend/model.hpp"
#include "sim/fuzz/random.hpp"

namespace nslab::fuzz {

class Chooser {
  public:
    /// For a call of `who`, who runs. `people` are all actors so far.
    Chooser(Random& random, const ModelBackend& model, Actor who, std::span<const Actor> people)
        : random(random), k_(model.kernel()), task_(model.task(who)), model_(model), people_(people) {}

    Random& random;
    bool pointless = false; // the call wants something that is not there, and will only fail

    /// A place: a path of the small world, a mount point that is there, or something odd.
    Str path();
    /// A place where a mount is, as often as not.
    Str mounted();
    /// A name that may be made or removed.
    Str fresh();
    /// A file of a namespace, or a magic link to a place.
    Str link_of_proc();
    /// The directory of some process in /proc.
    std::string proc();
    /// An open descriptor, if any; now and then one that is not.
    i32 fd();
    /// An open pidfd, file of a namespace, file of a user namespace, detached tree or file of proc, mostly; without one
    /// the call is pointless.
    i32 pidfd();
    i32 namespace_fd();
    i32 user_namespace_fd();
    i32 detached_fd();
    i32 proc_fd();
    /// Whether the descriptor is one of fsopen or fspick.
    bool is_context(i32 fd) const;
    /// Whether it is a file or a directory that a scenario can make.
    bool is_plain(i32 fd) const;
    /// AT_FDCWD mostly.
    i32 dfd();
    /// The PID of some process, as the caller sees it; now and then -1, 0 or nobody's.
    i32 pid();
    /// Some of the bits in `choices`: none or one mostly.
    u64 bits(std::initializer_list<u64> choices);
    u64 propagation();
    /// One in `n`.
    bool rarely(u32 n) { return random.below(n) == 0; }

    const Kernel& kernel() const { return k_; }
    Id<Task> task() const { return task_; }

  private:
    std::string mount_point();
    Id<Task> somebody();
    i32 fd_that(bool (*is)(const Kernel& k, const File& file));

    const Kernel& k_;
    Id<Task> task_;
    const ModelBackend& model_;
    std::span<const Actor> people_;
};

} // namespace nslab::fuzz
