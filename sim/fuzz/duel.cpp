#include "sim/fuzz/duel.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <stdexcept>
#include <thread>

#include <fmt/format.h>

#include "sim/backend/model.hpp"
#include "sim/compare/compare.hpp"
#include "sim/host/host.hpp"

namespace nslab::fuzz {

std::string name_of_actor(Actor who) {
    return who == Actor::init ? "init" : fmt::format("sh{}", static_cast<u32>(who) - 1);
}

namespace {

constexpr std::chrono::milliseconds kFull(2000), kLittle(100);
constexpr auto kPause = std::chrono::milliseconds(10);

/// What is in the root of a procfs the machine decides, and the number of its links.
void overlook(const Outcome& a, Outcome& b) {
    const auto is_root_of_proc = [](const Entries* e) {
        return e &&
               std::any_of(e->entries.begin(), e->entries.end(), [](const auto& d) { return d.name == "meminfo"; });
    };
    if (is_root_of_proc(a.out.get_if<Entries>()) && is_root_of_proc(b.out.get_if<Entries>())) {
        b.out = a.out;
        b.value = a.value;
    }
    const auto* model = a.out.get_if<StatBuf>();
    auto* kernel = b.out.get_if<StatBuf>();
    if (model && kernel && model->st_mode == (S::IFDIR | 0555) && kernel->st_mode == model->st_mode)
        kernel->st_nlink = model->st_nlink;
}

/// Whether it asks for the id of a namespace, which the whole machine counts.
bool tells_ns_id(const Syscall& call) {
    const auto* ioctl = std::get_if<sys::Ioctl>(&call);
    return ioctl && (ioctl->cmd == NS::GET_ID || ioctl->cmd == NS::GET_MNTNS_ID);
}

class Duel {
  public:
    Duel(const Play& play, Release release, std::size_t known, Patience patience)
        : play_(play), known_(known), patience_(patience == Patience::full ? kFull : kLittle),
          model_(make_model(of_this_machine(play.boot), release)) {
        auto made = make_host(play.boot);
        if (!made) throw NoSandbox(to_string(made.error()));
        host_ = std::move(*made);
    }

    DuelResult run() {
        for (std::size_t i = 0; i < play_.steps.size() && !result_.difference && result_.refused.empty(); ++i) step(i);
        return std::move(result_);
    }

  private:
    void step(std::size_t i);
    std::vector<std::string> wake();
    void differ(std::size_t i, std::vector<std::string> lines) { result_.difference = Difference{i, std::move(lines)}; }

    const Play& play_;
    std::size_t known_;
    std::chrono::milliseconds patience_;
    std::unique_ptr<ModelBackend> model_;
    std::unique_ptr<Backend> host_;
    // Whose calls sleep, and what they have come to meanwhile in each world.
    std::map<Actor, std::pair<std::optional<Outcome>, std::optional<Outcome>>> asleep_;
    Bijection ids_;
    DuelResult result_;
};

/// Calls that slept and have ended: in both worlds, or it is a difference.
std::vector<std::string> Duel::wake() {
    std::vector<std::string> out;
    for (auto it = asleep_.begin(); it != asleep_.end();) {
        auto& [model, kernel] = it->second;
        if (!model) model = model_->resume(it->first);
        if (!kernel) kernel = host_->resume(it->first);
        if (bool(model) != bool(kernel))
            out.push_back(fmt::format("{}: its call {} in the model and {} in the kernel", name_of_actor(it->first),
                                      model ? "has ended" : "sleeps", kernel ? "has ended" : "sleeps"));
        if (model && kernel)
            for (std::string& line : compare(*model, *kernel, ids_)) out.push_back(std::move(line));
        it = model && kernel && out.empty() ? asleep_.erase(it) : std::next(it);
    }
    return out;
}

void Duel::step(std::size_t i) {
    const Step& s = play_.steps[i];
    const Outcome a = model_->call(s.who, s.call, s.child);
    if (a.skipped) { // only a step of a scenario that is being shrunk
        result_.refused = a.why;
        return;
    }
    Outcome b = host_->call(s.who, s.call, s.child);
    if (b.skipped) {
        // What fails in the model changes nothing there, and was not made here: both worlds are still the same.
        if (a.error == E::OK) result_.refused = b.why;
        ++result_.skipped;
        result_.kernel.push_back(std::move(b));
        return;
    }
    overlook(a, b);
    ++result_.steps;
    if (a.blocked && b.blocked) asleep_[s.who] = {};
    std::vector<std::string> lines = compare(a, b, ids_, tells_ns_id(s.call));
    result_.kernel.push_back(std::move(b));
    const auto begin = std::chrono::steady_clock::now();
    for (;;) {
        std::vector<std::string> now = lines;
        if (now.empty()) now = wake();
        if (now.empty() && i >= known_) now = compare(model_->observe(), host_->observe(), ids_, name_of_actor);
        if (now.empty()) break;
        ids_.drop();
        if (!lines.empty() || std::chrono::steady_clock::now() - begin > patience_) return differ(i, std::move(now));
        result_.again = true;
        std::this_thread::sleep_for(kPause);
    }
    if (i >= known_) {
        ids_.keep();
        ++result_.observed;
    } else {
        ids_.drop(); // without an observation nobody knows which numbers are still in use
    }
}

} // namespace

DuelResult duel(const Play& play, Release release, std::size_t known, Patience patience) {
    return Duel(play, release, known, patience).run();
}

} // namespace nslab::fuzz
