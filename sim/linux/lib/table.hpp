#pragma once
// Where the objects of a modelled machine live: paged tables whose copies share every page that neither has written
// since. A copy costs pages, not objects; a reference stays valid until the object is freed or the table is copied.

#include <array>
#include <bit>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <new>
#include <type_traits>
#include <utility>
#include <vector>

namespace nslab {

/// A typed handle: an index into the table of T inside a Kernel. The zero handle is NULL.
template <class T> struct Id {
    std::uint32_t index = 0;

    constexpr explicit operator bool() const { return index != 0; }
    friend constexpr bool operator==(Id, Id) = default;
    friend constexpr auto operator<=>(Id, Id) = default;
};

/// A pointer to a page that several tables may share. Counted without atomics: the model has no threads.
template <class Page> class PagePtr {
  public:
    PagePtr() = default;
    PagePtr(const PagePtr& other) : page_(other.page_) {
        if (page_) ++page_->sharers;
    }
    PagePtr(PagePtr&& other) noexcept : page_(std::exchange(other.page_, nullptr)) {}
    PagePtr& operator=(PagePtr other) noexcept {
        std::swap(page_, other.page_);
        return *this;
    }
    ~PagePtr() {
        if (page_ && --page_->sharers == 0) delete page_;
    }

    explicit operator bool() const { return page_ != nullptr; }
    static PagePtr fresh() {
        PagePtr p;
        p.page_ = new Page();
        p.page_->sharers = 1;
        return p;
    }
    [[gnu::always_inline]] const Page& read() const { return *page_; }
    [[gnu::always_inline]] Page* get() const { return page_; }
    [[gnu::always_inline]] bool is_shared() const { return page_->sharers != 1; }
    /// The page for writing: ours alone from now on.
    [[gnu::always_inline]] Page& write() {
        if (is_shared()) [[unlikely]]
            unshare();
        return *page_;
    }

  private:
    [[gnu::noinline, gnu::cold]] void unshare() {
        auto* own = new Page(*page_);
        own->sharers = 1;
        --page_->sharers;
        page_ = own;
    }

    Page* page_ = nullptr;
};

/// An array of values in shared pages; grows at its end.
template <class T, unsigned kBits = 10> class PagedArray {
    static constexpr std::size_t kSize = std::size_t{1} << kBits;
    struct Page {
        std::size_t sharers = 0;
        std::array<T, kSize> items{};
    };

  public:
    PagedArray() = default;
    explicit PagedArray(std::size_t n) { resize(n); }
    std::size_t size() const { return size_; }
    void resize(std::size_t n) {
        while (pages_.size() * kSize < n) pages_.push_back(PagePtr<Page>::fresh());
        size_ = n;
    }
    [[gnu::always_inline]] const T& operator[](std::size_t i) const {
        return pages_[i >> kBits].read().items[i & (kSize - 1)];
    }
    [[gnu::always_inline]] T& operator[](std::size_t i) {
        if (pages_[i >> kBits].is_shared()) [[unlikely]]
            own(i);
        return const_cast<T&>(std::as_const(*this)[i]);
    }
    std::size_t bytes() const { return pages_.size() * sizeof(Page) + pages_.capacity() * sizeof(void*); }

  private:
    [[gnu::noinline, gnu::cold]] void own(std::size_t i) { pages_[i >> kBits].write(); }

    std::vector<PagePtr<Page>> pages_;
    std::size_t size_ = 0;
};

/// The objects of one type. Slots are handed out from pages with room; nothing that a user can see depends on which.
/// With NSLAB_AUDIT a freed slot is poisoned (reset, and any use of it asserts) and handed out again as late as can be.
///
/// A handle says where its object lies: the number of the page, and in the low bits how far behind the page's begin, in
/// units of eight bytes. So a look-up needs no multiplication, and no object has the zero handle: a page's head is
/// there.
template <class T> class Table {
    static constexpr std::uint32_t kSize = 64, kUnit = 8;
    struct Slot {
        alignas(kUnit) T object{};
    };
    struct Page {
        std::size_t sharers = 0;
        std::uint64_t live = 0; // a bit a slot
        std::array<Slot, kSize> items{};
    };
    static constexpr std::uint32_t kStride = sizeof(Slot) / kUnit, kFirst = 16 / kUnit;
    static constexpr unsigned kOffsetBits = std::bit_width(sizeof(Page) / kUnit);
    static constexpr std::uint32_t kOffset = (1U << kOffsetBits) - 1;
    static_assert(sizeof(Slot) % kUnit == 0 && sizeof(Page) == (kFirst + kSize * kStride) * kUnit);

  public:
    Table() = default;

    /// A new object, default constructed.
    Id<T> alloc() { return emplace().id; }

    struct Fresh {
        Id<T> id;
        T& object;
    };
    /// The same, and where it lies.
    [[gnu::always_inline]] Fresh emplace() {
        const Fresh fresh = take_slot();
        // What holds memory of its own was made fresh when it was freed.
        if constexpr (std::is_trivially_destructible_v<T>) reset(fresh.object);
        return fresh;
    }
    /// A new object that is a copy of another.
    [[gnu::always_inline]] Fresh emplace(const T& model) {
        const Fresh fresh = take_slot();
        fresh.object = model;
        return fresh;
    }

    [[gnu::always_inline]] void free(Id<T> id) {
        const std::uint32_t number = id.index >> kOffsetBits;
        Page& page = *own_page_of(id);
        const std::uint64_t bit = std::uint64_t{1} << slot_of(id);
        assert(id && (page.live & bit) && "freed twice");
        if (!~page.live) {
#ifdef NSLAB_AUDIT
            open_.insert(open_.begin(), number);
#else
            open_.push_back(number);
#endif
        }
        page.live &= ~bit;
#ifdef NSLAB_AUDIT
        reset(object_in(page, id));
#else
        if constexpr (!std::is_trivially_destructible_v<T>) reset(object_in(page, id));
#endif
    }

    [[gnu::always_inline]] const T& operator[](Id<T> id) const {
        check(id);
        return at(object_in(*page_of(id), id));
    }
    [[gnu::always_inline]] T& operator[](Id<T> id) {
        check(id);
        return at(object_in(*own_page_of(id), id));
    }

    bool live(Id<T> id) const {
        const std::uint32_t number = id.index >> kOffsetBits, offset = id.index & kOffset;
        if (number >= pages_.size() || offset < kFirst || (offset - kFirst) % kStride) return false;
        return slot_of(id) < kSize && (pages_[number].read().live >> slot_of(id) & 1);
    }
    /// How many live; counted, so that making and freeing need not.
    std::size_t size() const {
        std::size_t n = 0;
        for (const PagePtr<Page>& page : pages_) n += static_cast<std::size_t>(std::popcount(page.read().live));
        return n;
    }
    /// Small numbers in the order of the handles, for tables beside this one.
    static std::uint32_t number(Id<T> id) { return (id.index >> kOffsetBits) * kSize + slot_of(id); }
    /// The same with gaps between pages, and quicker.
    static std::uint32_t rank(Id<T> id) { return id.index / kStride; }
    std::size_t bytes() const {
        return pages_.size() * sizeof(Page) + pages_.capacity() * sizeof(void*) + open_.capacity() * sizeof(open_[0]);
    }

    /// Every live object, in the order of their handles: `f(Id<T>, const T&)`.
    template <class F> void each(F&& f) const {
        for (std::uint32_t number = 0; number < pages_.size(); ++number) {
            const Page& page = pages_[number].read();
            for (std::uint64_t left = page.live; left; left &= left - 1) {
                const auto slot = static_cast<std::uint32_t>(__builtin_ctzll(left));
                f(handle(number, slot), page.items[slot].object);
            }
        }
    }

  private:
    [[gnu::always_inline]] Fresh take_slot() {
        if (open_.empty()) [[unlikely]]
            add_page();
        const std::uint32_t number = open_.back();
        Page& page = *own_page_of({number << kOffsetBits});
        const Id<T> id = handle(number, static_cast<std::uint32_t>(std::countr_one(page.live)));
        page.live |= page.live + 1;
        if (!~page.live) open_.pop_back();
        return {id, at(object_in(page, id))};
    }

    static Id<T> handle(std::uint32_t number, std::uint32_t slot) {
        return {number << kOffsetBits | (kFirst + slot * kStride)};
    }
    static std::uint32_t slot_of(Id<T> id) { return ((id.index & kOffset) - kFirst) / kStride; }

    /// Most tables have one page. Its address is foretold by a branch, where one that is read from the list of pages
    /// would be waited for, a third of what a chain of look-ups takes.
    [[gnu::always_inline]] Page* page_of(Id<T> id) const {
        Page* page = first_;
        if (__builtin_expect_with_probability(id.index > kOffset, 0, 0.9)) page = pages_[id.index >> kOffsetBits].get();
        __asm__("" : "+r"(page)); // one way from here on
        return page;
    }
    /// The same for writing: ours alone from now on.
    [[gnu::always_inline]] Page* own_page_of(Id<T> id) {
        Page* page = page_of(id);
        if (page->sharers != 1) [[unlikely]]
            page = unshare(id.index >> kOffsetBits);
        return page;
    }

    /// A byte pointer, because an index of `items` would have to be multiplied with the size again.
    [[gnu::always_inline]] static const T& object_in(const Page& page, Id<T> id) {
        return *reinterpret_cast<const T*>(reinterpret_cast<const std::byte*>(&page) +
                                           std::size_t{id.index & kOffset} * kUnit);
    }
    [[gnu::always_inline]] static T& object_in(Page& page, Id<T> id) {
        return const_cast<T&>(object_in(std::as_const(page), id));
    }

    /// Has the compiler hold an object's address, which it would otherwise compute anew from the handle at each field.
    template <class X> [[gnu::always_inline]] static X& at(X& object) {
        X* address = &object;
        __asm__("" : "+r"(address));
        return *address;
    }

    static void reset(T& object) {
        if constexpr (std::is_trivially_copyable_v<T>) {
            static constexpr T fresh{}; // copied from memory: compilers write zeros with a slow loop
            const T* model = &fresh;
            __asm__("" : "+r"(model));
            object = *model;
        } else if constexpr (requires { object.reset(); }) {
            object.reset();
        } else {
            object.~T();
            new (&object) T; // its members begin as they say; T{} would fill it with zeros before
        }
    }

    [[gnu::noinline, gnu::cold]] Page* unshare(std::uint32_t number) {
        Page* page = &pages_[number].write();
        first_ = pages_.front().get();
        return page;
    }

    [[gnu::noinline]] void add_page() {
        open_.push_back(static_cast<std::uint32_t>(pages_.size()));
        pages_.push_back(PagePtr<Page>::fresh());
        first_ = pages_.front().get();
    }

    void check([[maybe_unused]] Id<T> id) const {
#if defined(NSLAB_AUDIT) || !defined(NDEBUG)
        assert(live(id) && "NULL or a freed object is used");
#endif
    }

    std::vector<PagePtr<Page>> pages_;
    Page* first_ = nullptr;           // pages_[0]
    std::vector<std::uint32_t> open_; // pages with a free slot
};

/// Numbers handed out smallest first and used again as soon as they are free, as the kernel's IDA and XArray do.
class Ida {
  public:
    explicit Ida(std::uint32_t first = 0) : first_(first) {}

    [[gnu::always_inline]] std::uint32_t alloc() {
        if (hint_ < words_.size()) {
            std::uint64_t& bits = words_[hint_];
            if (~bits) return first_ + static_cast<std::uint32_t>(hint_ * 64) + take_lowest(bits);
        }
        return alloc_further();
    }
    void free(std::uint32_t number) {
        const std::uint32_t n = number - first_;
        words_[n / 64] &= ~(std::uint64_t{1} << (n % 64));
        if (n / 64 < hint_) hint_ = n / 64;
    }
    /// Takes this very number: for a world that begins from a saved one. False where it is taken.
    bool take(std::uint32_t number) {
        const std::uint32_t n = number - first_;
        if (n / 64 >= words_.size()) words_.resize(n / 64 + 1);
        const std::uint64_t bit = std::uint64_t{1} << (n % 64);
        if (words_[n / 64] & bit) return false;
        words_[n / 64] |= bit;
        return true;
    }
    bool taken(std::uint32_t number) const {
        const std::uint32_t n = number - first_;
        return n / 64 < words_.size() && (words_[n / 64] >> (n % 64) & 1);
    }
    std::size_t count() const {
        std::size_t n = 0;
        for (const std::uint64_t bits : words_) n += static_cast<std::size_t>(std::popcount(bits));
        return n;
    }

  private:
    static std::uint32_t take_lowest(std::uint64_t& bits) {
        const auto bit = static_cast<std::uint32_t>(__builtin_ctzll(~bits));
        bits |= bits + 1;
        return bit;
    }
    [[gnu::noinline]] std::uint32_t alloc_further() {
        while (hint_ < words_.size() && !~words_[hint_]) ++hint_;
        if (hint_ == words_.size()) words_.push_back(0);
        return first_ + static_cast<std::uint32_t>(hint_ * 64) + take_lowest(words_[hint_]);
    }

    std::vector<std::uint64_t> words_; // not in pages: a bit a number is little beside what has the number
    std::size_t hint_ = 0;             // all words before are full
    std::uint32_t first_;
};

} // namespace nslab

template <class T> struct std::hash<nslab::Id<T>> {
    std::size_t operator()(nslab::Id<T> id) const noexcept { return id.index; }
};
