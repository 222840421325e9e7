#pragma once
// A scenario played in the model and on this machine's kernel, compared after every step.

#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "sim/fuzz/step.hpp"

namespace nslab::fuzz {

/// This machine allows no sandbox; one line says why.
struct NoSandbox : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// As scenarios call the process: init, sh1, sh2.
std::string name_of_actor(Actor who);

/// Where the two worlds differ.
struct Difference {
    std::size_t step = 0;           // the last one played
    std::vector<std::string> lines; // in a person's words
};

struct DuelResult {
    std::optional<Difference> difference;
    std::size_t steps = 0;       // made in both worlds, and their outcomes compared
    std::size_t observed = 0;    // after which all that can be seen was compared too
    std::size_t skipped = 0;     // refused by the sandbox, without consequence
    bool again = false;          // some comparison held only after a moment
    std::string refused;         // why the sandbox did not go on to the end
    std::vector<Outcome> kernel; // of each step; `skipped` where it was refused
};

/// The kernel finishes some work after a call has returned: how long to look again before what is seen is a difference.
enum class Patience : u8 {
    full,   // two seconds, longer than anything takes
    little, // so that a scenario with a difference is shrunk in seconds; it has to be looked at again afterwards
};

/// Plays `play` in a fresh world of both kinds. After the first `known` steps nothing is observed: an earlier duel
/// compared them. Throws NoSandbox.
DuelResult duel(const Play& play, Release release, std::size_t known = 0, Patience patience = Patience::full);

} // namespace nslab::fuzz
