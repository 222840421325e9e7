#include "viz/signs.hpp"

#include <algorithm>
#include <cmath>

#include "viz/measures.hpp"

namespace nslab::viz {

namespace {

using Kind = Element::Kind;

constexpr int kPieces = 16;         // of one piece of a spline, when it is followed
constexpr double kAway = 5;         // of a line from letters
constexpr double kBadge = 7;        // from the middle of a badge on an edge to its side
constexpr std::size_t kBusy = 3000; // edges beyond which nobody looks for signs among them

struct Area {
    double left, top, right, bottom;
    bool meets(const Area& other) const {
        return left < other.right && other.left < right && top < other.bottom && other.top < bottom;
    }
};

/// Points along an edge, closer to each other than letters are high.
std::vector<Point> along(const Placed& edge) {
    std::vector<Point> out;
    for (std::size_t i = 0; i + 3 < edge.spline.size(); i += 3) {
        const Point &a = edge.spline[i], &b = edge.spline[i + 1], &c = edge.spline[i + 2], &d = edge.spline[i + 3];
        for (int n = 0; n <= kPieces; ++n) {
            const double t = static_cast<double>(n) / kPieces, u = 1 - t;
            const double wa = u * u * u, wb = 3 * u * u * t, wc = 3 * u * t * t, wd = t * t * t;
            out.push_back({wa * a.x + wb * b.x + wc * c.x + wd * d.x, wa * a.y + wb * b.y + wc * c.y + wd * d.y});
        }
    }
    return out;
}

class Signs {
  public:
    Signs(const Scene& scene, Layout& layout) : scene_(scene), layout_(layout), lines_(layout.of.size()) {}

    void place() {
        std::size_t edges = 0;
        for (std::size_t i = 0; i < lines_.size(); ++i)
            if (is(i, Kind::edge)) {
                lines_[i] = along(layout_.of[i]);
                ++edges;
            }
        for (std::size_t i = 0; i < lines_.size(); ++i)
            if (is(i, Kind::box)) head(i, edges <= kBusy);
        for (std::size_t i = 0; i < lines_.size(); ++i)
            if (is(i, Kind::node)) taken_.push_back(around(layout_.of[i]));
        for (std::size_t i = 0; i < lines_.size(); ++i)
            if (is(i, Kind::edge) && !lines_[i].empty()) badge(i, edges <= kBusy);
    }

  private:
    bool is(std::size_t i, Kind kind) const {
        return layout_.of[i].placed && scene_.elements()[i].kind == kind &&
               scene_.elements()[i].versions.front().stroke.line != Line::none;
    }
    static Area around(const Placed& node) {
        return {node.at.x - node.width / 2, node.at.y - node.height / 2, node.at.x + node.width / 2,
                node.at.y + node.height / 2};
    }

    void head(std::size_t i, bool look) {
        Placed& box = layout_.of[i];
        double width = 0, height = 0;
        for (const Version& v : scene_.elements()[i].versions) {
            const auto [w, h] = size_of(v.look);
            width = std::max(width, w - 2 * kPadX);
            height = std::max(height, h);
        }
        std::vector<double> crossed; // where lines are at the height of the title
        if (look)
            for (const auto& line : lines_)
                for (const Point& p : line)
                    if (p.y > box.at.y - 2 && p.y < box.at.y + height && p.x > box.at.x && p.x < box.at.x + box.width)
                        crossed.push_back(p.x);
        const double first = box.at.x + kPadX, last = box.at.x + box.width - kPadX - width;
        double best = first;
        auto fewest = crossed.size() + 1;
        for (double x = first; x <= std::max(first, last) && fewest > 0; x += 4) {
            const auto through = static_cast<std::size_t>(std::count_if(
                crossed.begin(), crossed.end(), [&](double at) { return at > x - kAway && at < x + width + kAway; }));
            if (through >= fewest) continue;
            fewest = through;
            best = x;
        }
        box.head = {best, box.at.y + kPadY};
        taken_.push_back({best, box.at.y, best + width, box.at.y + height});
    }

    void badge(std::size_t i, bool look) {
        const auto& line = lines_[i];
        const auto middle = static_cast<std::ptrdiff_t>(line.size() / 2);
        const auto at = [&](std::ptrdiff_t n) { return line[static_cast<std::size_t>(n)]; };
        const auto free = [&](const Point& p) {
            const Area here{p.x - kBadge, p.y - kBadge, p.x + kBadge, p.y + kBadge};
            return std::none_of(taken_.begin(), taken_.end(), [&](const Area& a) { return a.meets(here); });
        };
        Point best = at(middle);
        for (std::ptrdiff_t away = 0; look && away < middle; ++away) {
            const Point& one = at(middle + away < static_cast<std::ptrdiff_t>(line.size()) ? middle + away : middle);
            const Point& other = at(middle - away);
            if (!free(one) && !free(other)) continue;
            best = free(one) ? one : other;
            break;
        }
        layout_.of[i].badge = best;
        taken_.push_back({best.x - kBadge, best.y - kBadge, best.x + kBadge, best.y + kBadge});
    }

    const Scene& scene_;
    Layout& layout_;
    std::vector<std::vector<Point>> lines_; // of the edges
    std::vector<Area> taken_;
};

} // namespace

void place_signs(const Scene& scene, Layout& layout) { Signs(scene, layout).place(); }

} // namespace nslab::viz
