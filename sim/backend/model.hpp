#pragma once
// The model as a world that can be played.

#include <memory>
#include <string>

#include "sim/backend/backend.hpp"
#include "sim/linux/kernel.hpp"

namespace nslab {

/// The model behind the Backend interface; the tools that draw, undo and audit reach its state.
class ModelBackend : public Backend {
  public:
    virtual const Kernel& kernel() const = 0;
    /// Back to a state that was kept before.
    virtual void restore(Kernel k) = 0;
    /// The task that stands for an actor; NULL where it is gone.
    virtual Id<Task> task(Actor who) const = 0;
};

/// A machine that begins as `boot` says. `explaining` records the reasons of every call.
/// Throws std::runtime_error with one line for saved mountinfo that cannot be read.
std::unique_ptr<ModelBackend> make_model(const BootOptions& boot, Release release, bool explaining = false);

} // namespace nslab
