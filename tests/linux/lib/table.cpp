// Tables of objects: handles, slots that are used again, copies that share pages.

#include <set>
#include <string>

#include "sim/linux/lib/table.hpp"
#include "tests/catch.hpp"

using namespace nslab;

namespace {

struct Twelve { // twelve bytes: slots are a multiple of eight apart
    std::uint32_t a = 1, b = 2, c = 3;
};

struct Worded {
    std::string text = "fresh";
};

} // namespace

TEST_CASE("each object of a table has a handle of its own, which is never NULL", "[table]") {
    Table<Twelve> table;
    std::set<std::uint32_t> handles, numbers;
    for (std::uint32_t i = 0; i < 1000; ++i) {
        const Id<Twelve> id = table.alloc();
        table[id].a = i;
        REQUIRE(id);
        REQUIRE(table.live(id));
        REQUIRE(handles.insert(id.index).second);
        REQUIRE(numbers.insert(Table<Twelve>::number(id)).second);
    }
    REQUIRE(table.size() == 1000);
    REQUIRE(*numbers.rbegin() == 999);
    std::uint32_t next = 0;
    table.each([&](Id<Twelve>, const Twelve& n) { REQUIRE(n.a == next++); });
    REQUIRE(next == 1000);
    REQUIRE_FALSE(table.live(Id<Twelve>{}));
    REQUIRE_FALSE(table.live(Id<Twelve>{3})); // inside of an object
}

TEST_CASE("a slot that is used again holds a fresh object", "[table]") {
    Table<Worded> texts;
    const Id<Worded> text = texts.alloc();
    texts[text].text = "used";
    texts.free(text);
    REQUIRE_FALSE(texts.live(text));
    for (int i = 0; i < 100; ++i) REQUIRE(texts[texts.alloc()].text == "fresh");

    Table<Twelve> numbers;
    const Id<Twelve> number = numbers.alloc();
    numbers[number] = {7, 7, 7};
    numbers.free(number);
    for (int i = 0; i < 100; ++i) REQUIRE(numbers[numbers.alloc()].a == 1);
}

TEST_CASE("what is written in a copy of a table is not seen in the other", "[table]") {
    Table<Worded> table;
    std::vector<Id<Worded>> ids;
    for (int i = 0; i < 200; ++i) ids.push_back(table.alloc());
    Table<Worded> copy = table;
    table[ids[0]].text = "here";
    copy[ids[199]].text = "there";
    copy.free(ids[5]);
    const Id<Worded> more = table.alloc();
    REQUIRE(std::as_const(copy)[ids[0]].text == "fresh");
    REQUIRE(std::as_const(table)[ids[199]].text == "fresh");
    REQUIRE(table.live(ids[5]));
    REQUIRE_FALSE(copy.live(more));
    REQUIRE(table.size() == 201);
    REQUIRE(copy.size() == 199);
}
