#include "sim/fuzz/sequences.hpp"

#include <algorithm>
#include <stdexcept>
#include <unordered_set>

#include "sim/backend/model.hpp"
#include "sim/linux/canonical.hpp"

namespace nslab::fuzz {

namespace {

class Enumeration {
  public:
    Enumeration(u32 depth, Release release, const Watching& watch) : begin_(beginning(release)), watch_(watch) {
        out_.depth = depth;
    }

    Sequences run() {
        const u64 hash = canonical_hash(begin_.kernel);
        seen_.insert(hash);
        out_.states = {1};
        out_.all.emplace_back();
        for (std::size_t from = 0; out_.states.size() <= out_.depth;) {
            const std::size_t to = out_.all.size();
            out_.states.push_back(0);
            const bool last = out_.states.size() > out_.depth;
            for (std::size_t i = from; i < to; ++i) {
                if (!new_[i]) continue;
                expand(i, last);
                if (watch_ && i % 64 == 0 && !watch_(out_)) return std::move(out_);
            }
            from = to;
        }
        return std::move(out_);
    }

  private:
    Outcome perform(Kernel& k, u8 operation) const {
        const Step& step = operations()[operation];
        k.events.clear();
        return syscall(k, step.who == kFirst ? begin_.first : begin_.second, step.call);
    }
    void expand(std::size_t from, bool last);
    bool is_new(u64 hash, std::size_t from, u8 operation, E error, bool last);

    Beginning begin_;
    const Watching& watch_;
    Sequences out_;
    std::vector<bool> new_{true};  // of each in out_.all: its state was not there before
    std::unordered_set<u64> seen_; // states, each under all its names; of the last only under one
    std::vector<Kernel> renamed_;  // the state that is gone on from, under all its names
};

/// Performs every operation in the state to which a sequence leads.
void Enumeration::expand(std::size_t from, bool last) {
    const Sequence base = out_.all[from];
    renamed_.assign(renamings().size(), begin_.kernel);
    std::vector<u64> hashes;
    for (std::size_t r = 0; r < renamings().size(); ++r) {
        for (u8 i = 0; i < base.length; ++i) perform(renamed_[r], renamings()[r][base.operations[i]]);
        hashes.push_back(canonical_hash(renamed_[r]));
    }
    std::bitset<kMostOperations> idle;
    static_assert(kMostOperations <= 256);
    for (std::size_t number = 0; number < operations().size(); ++number) {
        const u8 operation = static_cast<u8>(number);
        // Where a renaming leaves the state as it is, what it makes of the operation comes to the same.
        bool twice = false;
        for (std::size_t r = 1; r < hashes.size(); ++r)
            twice |= hashes[r] == hashes[0] && renamings()[r][operation] < operation;
        if (twice) continue;
        ++out_.pairs;
        Kernel k = renamed_[0];
        const Outcome o = perform(k, operation);
        const u64 hash = canonical_hash(k);
        if (hash == hashes[0]) {
            idle.set(operation);
            continue;
        }
        const bool fresh = !seen_.contains(hash) && is_new(hash, from, operation, o.error, last);
        out_.states.back() += fresh;
        Sequence next = base;
        next.operations[next.length++] = operation;
        next.idle = 0;
        out_.all.push_back(next);
        new_.push_back(fresh);
    }
    out_.all[from].idle = static_cast<u32>(out_.idle.size());
    out_.idle.push_back(idle);
}

bool Enumeration::is_new(u64 hash, std::size_t from, u8 operation, E error, bool last) {
    std::vector<u64> names = {hash};
    for (std::size_t r = 1; r < renamings().size(); ++r) {
        Kernel k = renamed_[r];
        if (perform(k, renamings()[r][operation]).error != error)
            throw std::logic_error("two sequences that differ by a renaming only end with different errors: number " +
                                   std::to_string(from) + ", operation " + std::to_string(operation));
        names.push_back(canonical_hash(k));
    }
    const u64 least = *std::min_element(names.begin(), names.end());
    if (!seen_.insert(least).second) return false;
    if (!last) seen_.insert(names.begin(), names.end());
    return true;
}

} // namespace

Beginning beginning(Release release) {
    const auto model = make_model({}, release);
    for (const auto& steps : {small_world_directories(), small_world_processes()})
        for (const Step& step : steps)
            if (!model->call(step.who, step.call, step.child).ok())
                throw std::logic_error("the small world cannot be made: " + to_string(step.call));
    return {model->kernel(), model->task(kFirst), model->task(kSecond)};
}

Sequences all_sequences(u32 depth, Release release, const Watching& watch) {
    return Enumeration(depth, release, watch).run();
}

} // namespace nslab::fuzz
