// The view "pid": PID namespaces as boxes inside each other, in them the tasks with their number at every level.

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "viz/names.hpp"
#include "viz/samples.hpp"
#include "viz/views.hpp"

namespace nslab::viz {

namespace {

class Pids {
  public:
    explicit Pids(const State& state) : k(state.kernel), memory_(state.memory), tasks_(tasks_of(state)) {}

    Picture draw() {
        std::vector<Id<Namespace>> namespaces;
        k.namespaces.each([&](Id<Namespace> ns, const Namespace& it) {
            if (it.type == NsType::pid) namespaces.push_back(ns);
        });
        std::sort(namespaces.begin(), namespaces.end(), [&](auto a, auto b) {
            return std::pair(k[a].level, k[a].ns.ns_id) < std::pair(k[b].level, k[b].ns.ns_id);
        });
        for (const Id<Namespace> ns : namespaces) box(ns);
        for (const TaskFacts& t : tasks_) task(t);
        out_.sideways = tasks_.size() > 12;
        return std::move(out_);
    }

  private:
    void box(Id<Namespace> ns) {
        Box b;
        b.key = ns_key(k, ns);
        if (k[ns].parent) b.inside = ns_key(k, k[ns].parent);
        b.look.shape = Shape::rounded;
        b.look.title = fmt::format("pid:[{}]", k[ns].ns.inum);
        b.look.details = {fmt::format("level {}", k[ns].level)};
        std::size_t inside = 0;
        for (const TaskFacts& t : tasks_) inside += t.pid_ns == ns;
        b.words = fmt::format("PID namespace {} at level {}{}, with {}", k[ns].ns.inum, k[ns].level,
                              k[ns].parent ? fmt::format(" inside of {}", k[k[ns].parent].ns.inum) : "",
                              plural(inside, "task"));
        out_.boxes.push_back(std::move(b));
    }

    void task(const TaskFacts& t) {
        Node n;
        n.key = task_key(k, t.id);
        n.box = ns_key(k, t.pid_ns);
        n.look.title = t.name;
        n.look.shape = Shape::pill;
        const bool thread = t.group_leader != t.id;
        // "PID 7 › 2 › 1": what each namespace calls it, from the first inwards; the last is what it calls itself.
        n.look.details = {fmt::format("{} {}", thread ? "TID" : "PID", fmt::join(t.numbers, " › "))};
        n.words = fmt::format("{}{}, {} from the first namespace inwards", t.name,
                              thread ? fmt::format(", a thread of {}", name(t.group_leader)) : "", n.look.details[0]);
        if (t.init) {
            n.look.border = Line::doubled;
            n.look.marks.push_back({Sign::init, "init"});
            n.words += ", the init of its namespace";
        }
        if (t.subreaper) {
            n.look.marks.push_back({Sign::init, "subreaper"});
            n.words += ", a subreaper";
        }
        if (t.zombie) {
            n.look.border = Line::dashed;
            n.look.faint = true;
            n.look.marks.push_back({Sign::zombie, t.exit_code & 0x7f
                                                      ? fmt::format("zombie, signal {}", t.exit_code & 0x7f)
                                                      : fmt::format("zombie, exit {}", t.exit_code >> 8)});
            n.words += ", a zombie";
        }
        if (t.stopped) {
            n.look.marks.push_back({Sign::stopped, "stopped"});
            n.words += ", stopped";
        }
        if (thread) n.look.border = Line::dotted;
        if (adopted(t)) {
            n.look.marks.push_back({Sign::adopted, "adopted"});
            n.words += fmt::format(", adopted by {}", name(t.parent));
        }
        n.kind = fmt::format("{}{}{}{}", t.zombie, t.stopped, t.init, thread);
        const Id<Task> above = thread ? t.group_leader : t.parent;
        if (above && k.tasks.live(above)) n.under = task_key(k, above);
        const std::string key = n.key, under = n.under;
        out_.nodes.push_back(std::move(n));
        if (under.empty()) return;
        Edge e;
        e.from = under;
        e.to = key;
        e.kind = thread ? "thread" : "child";
        if (thread) e.stroke = {"", Line::dotted, Arrow::none, 0};
        e.words = thread ? "" : fmt::format("{} is a child of {}", t.name, name(above));
        out_.edges.push_back(std::move(e));
    }

    std::string name(Id<Task> task) const {
        for (const TaskFacts& t : tasks_)
            if (t.id == task) return t.name;
        return "nobody";
    }

    /// Whether its parent is another one than where it was first seen.
    bool adopted(const TaskFacts& t) const {
        if (!memory_ || !t.parent) return false;
        const auto [first, fresh] = memory_->try_emplace(task_key(k, t.id), task_key(k, t.parent));
        return first->second != task_key(k, t.parent);
    }

    const Kernel& k;
    Memory* memory_;
    std::vector<TaskFacts> tasks_;
    Picture out_;
};

} // namespace

Picture draw_pid(const State& state) { return Pids(state).draw(); }

std::vector<LegendRow> legend_pid() {
    return {node_sample(Shape::pill, Line::solid, 0, "a process: its PID in each namespace from the first inwards"),
            node_sample(Shape::pill, Line::dotted, 0, "a thread"),
            node_sample(Shape::pill, Line::dashed, 0, "exited, but not yet waited for"),
            sign_sample(Sign::init, "takes the children of the dead: the init of its namespace, or a subreaper"),
            sign_sample(Sign::zombie, "a zombie"),
            sign_sample(Sign::stopped, "stopped by a signal: it does nothing until SIGCONT or SIGKILL"),
            sign_sample(Sign::adopted, "has another parent than at first"),
            edge_sample(Line::solid, Arrow::filled, 0, "from a parent to its child")};
}

} // namespace nslab::viz
