#pragma once
// Which number of the model stands for which number of the kernel. Two worlds count differently, but what is one thing
// in one must be one thing in the other, through the whole scenario.

#include <map>
#include <string>
#include <utility>

#include "sim/linux/uapi/flags.hpp"

namespace nslab {

class Bijection {
  public:
    enum class Kind : u8 {
        mount_id,
        unique_mount_id,
        peer_group,
        device,
        name_space,
        unique_name_space, // as the sandbox counts them
        told_ns_id,        // as an ioctl tells it, which the whole machine counts
        nsproxy,
        fs,
        files,
        mm,
        sighand,
        inode
    };
    static constexpr std::size_t kKinds = 13;

    /// Whether the model's `a` and the kernel's `b` can be the same, given all that was paired before. 0 is no number,
    /// and only itself. What can be is remembered.
    bool pair(Kind kind, u64 a, u64 b);

    /// The same of what `who` has one of, and a new one whenever it has another: where that is so in both worlds,
    /// either may lie where one was that went just before.
    bool pair_of(Kind kind, u32 who, u64 a, u64 b);

    /// Why pair() said no: "2 was 31 before".
    const std::string& conflict() const { return conflict_; }

    /// The comparison agreed. Numbers that can be used again are forgotten where neither world showed them this time.
    void keep();
    /// It did not: what it paired is forgotten.
    void drop();

  private:
    struct Pairs {
        std::map<u64, u64> there, back;
        std::map<u32, std::pair<u64, u64>> of;
    };
    bool fits(const Pairs& pairs, u64 a, u64 b);

    Pairs kept_[kKinds], now_[kKinds];
    std::string conflict_;
};

} // namespace nslab
