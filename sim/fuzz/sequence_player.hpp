#pragma once
// Sequences of the small world, played in the model and on this machine's kernel.

#include <memory>

#include "sim/backend/model.hpp"
#include "sim/fuzz/campaign.hpp"
#include "sim/fuzz/sequences.hpp"

namespace nslab::fuzz {

/// Plays in one world of the kernel after the other: each sequence has two processes with mount namespaces of their
/// own, copied from one that nothing changes.
class SequencePlayer {
  public:
    /// A difference is shrunk until `enough`.
    SequencePlayer(const Campaign& campaign, std::function<bool()> enough);

    /// `count` sequences from `first` on. Throws NoSandbox.
    Results play(std::size_t first, std::size_t count);

  private:
    struct Playing;
    void one(std::size_t number);
    void alone(const Sequence& s);
    void beside_the_kernel(Playing& p);
    bool new_world();
    bool begin();
    bool perform(Playing& p, u8 operation);
    bool look(Playing& p);
    void report(const Playing& p, std::size_t number);

    const Campaign& campaign_;
    std::function<bool()> enough_;
    const Sequences& sequences_;
    Beginning begin_;
    std::unique_ptr<ModelBackend> model_;
    std::unique_ptr<Backend> host_;
    u32 played_here_ = 0; // in the world that `host_` is
    Results results_;
};

} // namespace nslab::fuzz
