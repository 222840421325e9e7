#pragma once
// Small numbers that each stand for an object: the kernel's IDR. Sparse, since a number may be chosen high.

#include <array>
#include <cstdint>

#include "sim/linux/lib/table.hpp"

namespace nslab {

/// Numbers from 0 up, each with a value of T; a T that is false means that the number is free.
template <class T> class Idr {
    static constexpr std::uint32_t kBits = 8, kSize = 1U << kBits;
    struct Page {
        std::size_t sharers = 0;
        std::uint32_t used = 0;
        std::array<std::uint64_t, kSize / 64> taken{};
        std::array<T, kSize> items{};
    };

  public:
    /// The value of a number, T{} where it is free.
    T find(std::uint32_t number) const {
        const std::uint32_t page = number >> kBits;
        return page < pages_.size() && pages_[page] ? pages_[page].read().items[number & (kSize - 1)] : T{};
    }

    bool empty() const { return first_taken(0) == 0 && !find(0); }

    void set(std::uint32_t number, T value) {
        const std::uint32_t index = number >> kBits, slot = number & (kSize - 1);
        if (index >= pages_.size()) {
            if (!value) return;
            pages_.resize(index + 1);
        }
        if (!pages_[index]) {
            if (!value) return;
            pages_[index] = PagePtr<Page>::fresh();
        }
        Page& page = pages_[index].write();
        if (bool(page.items[slot]) != bool(value)) {
            page.taken[slot / 64] ^= std::uint64_t{1} << (slot % 64);
            page.used += value ? 1U : ~0U;
        }
        page.items[slot] = value;
        if (page.used == 0) pages_[index] = {};
    }

    /// The first free number in [from, end), 0 where there is none.
    std::uint32_t first_free(std::uint32_t from, std::uint32_t end) const { return seek(from, end, false); }
    /// The first number in use from `from` on, 0 where there is none.
    std::uint32_t first_taken(std::uint32_t from) const {
        return seek(from, static_cast<std::uint32_t>(pages_.size()) << kBits, true);
    }

  private:
    std::uint32_t seek(std::uint32_t from, std::uint32_t end, bool taken) const {
        while (from < end) {
            const std::uint32_t page = from >> kBits;
            if (page >= pages_.size() || !pages_[page]) {
                if (!taken) return from;
                from = (page + 1) << kBits;
                continue;
            }
            const std::uint32_t slot = from & (kSize - 1);
            std::uint64_t word = pages_[page].read().taken[slot / 64];
            if (!taken) word = ~word;
            word >>= slot % 64;
            if (word) {
                from += static_cast<std::uint32_t>(__builtin_ctzll(word));
                return from < end ? from : 0;
            }
            from += 64 - slot % 64;
        }
        return 0;
    }

    std::vector<PagePtr<Page>> pages_;
};

} // namespace nslab
