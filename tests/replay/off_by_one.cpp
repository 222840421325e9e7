// A deliberate mistake: what nslab check says where one world counts one reference more than the other.

#include <functional>

#include "sim/backend/model.hpp"
#include "sim/linux/kernel/internal.hpp"
#include "tests/catch.hpp"
#include "tests/replay/fake.hpp"

using namespace nslab;
using namespace nslab::test;

namespace {

/// A model whose counts are changed before anybody looks at them.
class Miscounting final : public Backend {
  public:
    std::function<void(Kernel&, Id<Task> sh1)> mistake;

    Outcome call(Actor who, const Syscall& c, Actor child) override { return model_->call(who, c, child); }
    std::optional<Outcome> resume(Actor who) override { return model_->resume(who); }
    bool alive(Actor who) override { return model_->alive(who); }
    std::string_view name() const override { return "kernel"; }
    Release release() const override { return model_->release(); }
    Observation observe() override {
        const Kernel right = model_->kernel();
        Kernel wrong = right;
        if (mistake) mistake(wrong, model_->task(Actor::sh1));
        model_->restore(wrong);
        Observation o = model_->observe();
        model_->restore(right);
        return o;
    }

  private:
    std::unique_ptr<ModelBackend> model_ = make_model({}, Release{});
};

const char* const kScenario = "sh1: unshare(CLONE_NEWUSER|CLONE_NEWNS|CLONE_NEWUTS|CLONE_NEWIPC|CLONE_NEWNET|"
                              "CLONE_NEWCGROUP|CLONE_NEWPID|CLONE_NEWTIME) = 0\n"
                              "sh1: sh2 = fork()\n";

std::string message_with(const std::function<void(Kernel&, Id<Task>)>& mistake) {
    const auto model = make_model({}, Release{});
    Miscounting other;
    other.mistake = mistake;
    PlayOptions options;
    return play(scenario(kScenario), *model, &other, options).message;
}

} // namespace

TEST_CASE("a count that is off by one is a difference, whatever it counts") {
    CHECK(message_with({}) == "");
    const auto off = [&](Id<Namespace> Nsproxy::*member, int by) {
        return message_with([=](Kernel& k, Id<Task> sh1) {
            NsCommon& ns = k[k[k[sh1].nsproxy].*member].ns;
            ns.count = static_cast<u32>(static_cast<int>(ns.count) + by);
        });
    };
    for (const int by : {1, -1}) {
        CHECK(says(off(&Nsproxy::uts_ns, by), "the uts namespace of sh1 is held"));
        CHECK(says(off(&Nsproxy::ipc_ns, by), "the ipc namespace of sh1 is held"));
        CHECK(says(off(&Nsproxy::net_ns, by), "the net namespace of sh1 is held"));
        CHECK(says(off(&Nsproxy::cgroup_ns, by), "the cgroup namespace of sh1 is held"));
        CHECK(says(off(&Nsproxy::pid_ns_for_children, by), "is held"));
        CHECK(says(off(&Nsproxy::time_ns, by), "the time namespace of"));
        CHECK(says(off(&Nsproxy::time_ns_for_children, by), "is held"));
    }
    CHECK(says(message_with([](Kernel& k, Id<Task> sh1) { ++k[k[k[sh1].nsproxy].mnt_ns].ns.count; }),
               "the mnt namespace of sh1 is held"));
    CHECK(says(message_with([](Kernel& k, Id<Task> sh1) { ++k[task_user_ns(k, sh1)].ns.count; }),
               "the user namespace of sh1 is held"));
    CHECK(says(message_with([](Kernel& k, Id<Task> sh1) { ++k[task_active_pid_ns(k, sh1)].ns.count; }),
               "the pid namespace of"));
    CHECK(says(message_with([](Kernel& k, Id<Task> sh1) { ++k[k[sh1].nsproxy].count; }), "the nsproxy of sh1 is held"));
}

TEST_CASE("a namespace too many, or one that is missing, is a difference") {
    CHECK(says(
        message_with([](Kernel& k, Id<Task> sh1) { (void)new_namespace(k, NsType::uts, task_user_ns(k, sh1), {}); }),
        "a uts namespace that no process is in is gone in the model and alive in the kernel"));
}
