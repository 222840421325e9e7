#include "sim/compare/bijection.hpp"

#include <utility>

namespace nslab {

bool Bijection::fits(const Pairs& pairs, u64 a, u64 b) {
    if (const auto found = pairs.there.find(a); found != pairs.there.end() && found->second != b) {
        conflict_ = "the model's " + std::to_string(a) + " is the kernel's " + std::to_string(found->second);
        return false;
    }
    if (const auto found = pairs.back.find(b); found != pairs.back.end() && found->second != a) {
        conflict_ = "the kernel's " + std::to_string(b) + " is the model's " + std::to_string(found->second);
        return false;
    }
    return true;
}

bool Bijection::pair(Kind kind, u64 a, u64 b) {
    if (a == 0 || b == 0) {
        conflict_ = a == 0 ? "the model has none" : "the kernel has none";
        return a == b;
    }
    const auto k = static_cast<std::size_t>(kind);
    if (!fits(kept_[k], a, b) || !fits(now_[k], a, b)) return false;
    now_[k].there.emplace(a, b);
    now_[k].back.emplace(b, a);
    return true;
}

bool Bijection::pair_of(Kind kind, u32 who, u64 a, u64 b) {
    Pairs& kept = kept_[static_cast<std::size_t>(kind)];
    const auto before = kept.of.find(who);
    if (before != kept.of.end() && before->second.first != a && before->second.second != b) {
        if (const auto old = kept.there.find(a); old != kept.there.end()) kept.back.erase(old->second);
        if (const auto old = kept.back.find(b); old != kept.back.end()) kept.there.erase(old->second);
        kept.there.erase(a);
        kept.back.erase(b);
    }
    now_[static_cast<std::size_t>(kind)].of[who] = {a, b};
    return pair(kind, a, b);
}

static bool never_used_again(Bijection::Kind kind) {
    using Kind = Bijection::Kind;
    return kind == Kind::unique_mount_id || kind == Kind::unique_name_space || kind == Kind::told_ns_id;
}

void Bijection::keep() {
    for (std::size_t k = 0; k < kKinds; ++k) {
        if (never_used_again(static_cast<Kind>(k))) {
            // so never forgotten
            kept_[k].there.merge(now_[k].there);
            kept_[k].back.merge(now_[k].back);
            now_[k] = {};
        } else {
            kept_[k] = std::exchange(now_[k], {});
        }
    }
}

void Bijection::drop() {
    for (Pairs& pairs : now_) pairs = {};
}

} // namespace nslab
