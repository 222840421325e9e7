#include "sim/fuzz/small_world.hpp"

#include <algorithm>
#include <cmath>

namespace nslab::fuzz {

namespace {

// The root and the three directories.
constexpr std::array<const char*, 4> kPlaces = {"/", "/a", "/b", "/c"};
constexpr std::array<u64, 4> kTypes = {MS::SHARED, MS::SLAVE, MS::PRIVATE, MS::UNBINDABLE};

enum class What : u8 { mount, bind, bind_tree, move, beneath, umount, detach, type, type_tree };

/// An operation, by numbers that a renaming can exchange.
struct Shape {
    u8 second = 0; // whether it is the second process that does it
    What what = What::mount;
    u8 from = 0, to = 0, type = 0;
    friend bool operator==(const Shape&, const Shape&) = default;
};

std::vector<Shape> all_shapes() {
    std::vector<Shape> all;
    for (u8 second = 0; second < 2; ++second) {
        for (u8 to = 1; to < 4; ++to) {
            for (const What what : {What::mount, What::umount, What::detach}) all.push_back({second, what, 0, to, 0});
            for (u8 from = 0; from < 4; ++from) {
                for (const What what : {What::bind, What::bind_tree}) all.push_back({second, what, from, to, 0});
                if (!from) continue;
                for (const What what : {What::move, What::beneath}) all.push_back({second, what, from, to, 0});
            }
        }
        for (u8 to = 0; to < 4; ++to)
            for (u8 type = 0; type < 4; ++type)
                for (const What what : {What::type, What::type_tree}) all.push_back({second, what, 0, to, type});
    }
    return all;
}

Syscall call_of(const Shape& s) {
    const char *from = kPlaces[s.from], *to = kPlaces[s.to];
    const u64 type = kTypes[s.type];
    switch (s.what) {
    // There is one file system of message queues: whoever mounts it twice has the same one twice.
    case What::mount: return sys::Mount{"disk", to, "mqueue", 0, nullptr};
    case What::bind: return sys::Mount{from, to, nullptr, MS::BIND, nullptr};
    case What::bind_tree: return sys::Mount{from, to, nullptr, MS::BIND | MS::REC, nullptr};
    case What::move: return sys::Mount{from, to, nullptr, MS::MOVE, nullptr};
    case What::beneath: return sys::MoveMount{AT::FDCWD, from, AT::FDCWD, to, MOVE_MOUNT::BENEATH};
    case What::umount: return sys::Umount2{to, 0};
    case What::detach: return sys::Umount2{to, UMOUNT::DETACH};
    case What::type: return sys::Mount{"none", to, nullptr, type, nullptr};
    case What::type_tree: return sys::Mount{"none", to, nullptr, type | MS::REC, nullptr};
    }
    return {};
}

std::vector<std::vector<u8>> all_renamings() {
    const std::vector<Shape> shapes = all_shapes();
    std::vector<std::vector<u8>> all;
    std::array<u8, 4> place = {0, 1, 2, 3};
    do {
        for (u8 exchange = 0; exchange < 2; ++exchange) {
            std::vector<u8> renamed;
            for (Shape s : shapes) {
                s.second ^= exchange;
                s.from = place[s.from];
                s.to = place[s.to];
                renamed.push_back(static_cast<u8>(std::find(shapes.begin(), shapes.end(), s) - shapes.begin()));
            }
            all.push_back(std::move(renamed));
        }
    } while (std::next_permutation(place.begin() + 1, place.end()));
    return all;
}

} // namespace

std::vector<Step> small_world_directories() {
    std::vector<Step> steps;
    for (std::size_t i = 1; i < kPlaces.size(); ++i)
        steps.push_back({kMaker, sys::Mkdirat{AT::FDCWD, kPlaces[i], 0755}, Actor::none});
    return steps;
}

std::vector<Step> small_world_processes() {
    sys::Clone3 first, second;
    first.flags = CLONE::NEWNS;
    first.exit_signal = SIG::CHLD;
    first.set_tid = {3};
    second.flags = CLONE::NEWNS | CLONE::PARENT;
    second.set_tid = {4};
    return {{kMaker, first, kFirst},
            {kFirst, sys::Mount{"none", "/", nullptr, MS::SHARED, nullptr}, Actor::none},
            {kFirst, second, kSecond}};
}

const std::vector<Step>& operations() {
    static const std::vector<Step> all = [] {
        std::vector<Step> out;
        for (const Shape& s : all_shapes()) out.push_back({s.second ? kSecond : kFirst, call_of(s), Actor::none});
        return out;
    }();
    return all;
}

const std::vector<std::vector<u8>>& renamings() {
    static const std::vector<std::vector<u8>> all = all_renamings();
    return all;
}

double sequences_written(u32 length) { return std::pow(static_cast<double>(operations().size()), length); }

double sequences_renamed(u32 length) {
    double sum = 0;
    for (const auto& renaming : renamings()) {
        double stay = 0;
        for (std::size_t i = 0; i < renaming.size(); ++i) stay += renaming[i] == i;
        sum += std::pow(stay, length);
    }
    return sum / static_cast<double>(renamings().size());
}

} // namespace nslab::fuzz
