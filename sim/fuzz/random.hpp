#pragma once
// Random numbers that are the same on every machine: a seed gives the same scenarios everywhere. The distributions of
// the standard library are not, so these are our own.

#include <cstddef>
#include <initializer_list>

#include "sim/linux/uapi/flags.hpp"

namespace nslab::fuzz {

/// One number well mixed into another. Source: Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators.
constexpr u64 mix(u64 a) {
    a = (a ^ (a >> 30)) * 0xbf58476d1ce4e5b9;
    a = (a ^ (a >> 27)) * 0x94d049bb133111eb;
    return a ^ (a >> 31);
}
constexpr u64 mix(u64 a, u64 b) { return mix(mix(a + 0x9e3779b97f4a7c15) + b); }

class Random {
  public:
    explicit Random(u64 seed) : state_(seed) {}

    u64 next() { return mix(state_ += 0x9e3779b97f4a7c15); }
    /// Below `n`, which is not 0.
    u32 below(std::size_t n) { return static_cast<u32>(((next() >> 32) * n) >> 32); }
    bool percent(u32 p) { return below(100) < p; }
    template <class T> T of(std::initializer_list<T> choices) { return choices.begin()[below(choices.size())]; }

  private:
    u64 state_;
};

} // namespace nslab::fuzz
