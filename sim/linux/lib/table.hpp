#pragma once
// Where the objects of a modelled machine live: paged tables whose copies share every page that neither has written
// since. A copy costs pages, not objects; a reference stays valid until the object is freed or the table is copied.

#include <array>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <functional>
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
    /// The page for writing: ours alone from now on.
    [[gnu::always_inline]] Page& write() {
        if (page_->sharers != 1) [[unlikely]]
            unshare();
        return *page_;
    }

  private:
    [[gnu::noinline]] void unshare() {
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
    std::size_t size() const { return size_; }
    void resize(std::size_t n) {
        while (pages_.size() * kSize < n) pages_.push_back(PagePtr<Page>::fresh());
        size_ = n;
    }
    const T& operator[](std::size_t i) const { return pages_[i >> kBits].read().items[i & (kSize - 1)]; }
    T& operator[](std::size_t i) { return pages_[i >> kBits].write().items[i & (kSize - 1)]; }
    std::size_t bytes() const { return pages_.size() * sizeof(Page) + pages_.capacity() * sizeof(void*); }

  private:
    std::vector<PagePtr<Page>> pages_;
    std::size_t size_ = 0;
};

/// The objects of one type. Slots are handed out from pages with room; nothing that a user can see depends on which.
/// With NSLAB_AUDIT a freed slot is poisoned (reset, and any use of it asserts) and handed out again as late as can be.
template <class T, unsigned kBits = 6> class Table {
    static constexpr std::uint32_t kSize = 1U << kBits;
    static_assert(kSize <= 64);
    struct Page {
        std::size_t sharers = 0;
        std::uint64_t live = 0; // a bit a slot
        std::array<T, kSize> items{};
    };

  public:
    Table() = default;

    /// A new object, default constructed.
    Id<T> alloc() { return emplace().id; }

    struct Fresh {
        Id<T> id;
        T& object;
    };
    /// The same, and where it lies.
    Fresh emplace() {
        if (open_.empty()) [[unlikely]]
            add_page();
        const std::uint32_t number = open_.back();
        Page& page = pages_[number].write();
        const auto slot = static_cast<std::uint32_t>(__builtin_ctzll(~page.live));
        page.live |= std::uint64_t{1} << slot;
        if (page.live == kFull) open_.pop_back();
        T& object = at(page.items[slot]);
        reset(object);
        ++size_;
        return {Id<T>{number * kSize + slot}, object};
    }

    void free(Id<T> id) {
        const std::uint32_t number = id.index / kSize;
        Page& page = pages_[number].write();
        const std::uint64_t bit = std::uint64_t{1} << (id.index % kSize);
        assert(id && (page.live & bit) && "freed twice");
        if (page.live == kFull) {
#ifdef NSLAB_AUDIT
            open_.insert(open_.begin(), number);
#else
            open_.push_back(number);
#endif
        }
        page.live &= ~bit;
#ifdef NSLAB_AUDIT
        page.items[id.index % kSize] = T{};
#else
        // alloc() resets; here only what holds memory of its own is let go of.
        if constexpr (!std::is_trivially_destructible_v<T>) page.items[id.index % kSize] = T{};
#endif
        --size_;
    }

    [[gnu::always_inline]] const T& operator[](Id<T> id) const {
        check(id);
        return at(pages_[id.index / kSize].read().items[id.index % kSize]);
    }
    [[gnu::always_inline]] T& operator[](Id<T> id) {
        check(id);
        return at(pages_[id.index / kSize].write().items[id.index % kSize]);
    }

    bool live(Id<T> id) const {
        const std::uint32_t number = id.index / kSize;
        return id && number < pages_.size() && (pages_[number].read().live >> (id.index % kSize) & 1);
    }
    std::size_t size() const { return size_; }
    std::size_t bytes() const {
        return pages_.size() * sizeof(Page) + pages_.capacity() * sizeof(void*) + open_.capacity() * sizeof(open_[0]);
    }

    /// Every live object, in the order of their handles: `f(Id<T>, const T&)`.
    template <class F> void each(F&& f) const {
        for (std::uint32_t number = 0; number < pages_.size(); ++number) {
            const Page& page = pages_[number].read();
            for (std::uint64_t left = page.live; left; left &= left - 1) {
                const auto slot = static_cast<std::uint32_t>(__builtin_ctzll(left));
                if (number == 0 && slot == 0) continue;
                f(Id<T>{number * kSize + slot}, page.items[slot]);
            }
        }
    }

  private:
    static constexpr std::uint64_t kFull = kSize == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << kSize) - 1;

    /// Has the compiler hold an object's address, which it would otherwise compute anew from the handle at each field.
    template <class X> [[gnu::always_inline]] static X& at(X& object) {
        X* address = &object;
        __asm__("" : "+r"(address));
        return *address;
    }

    static void reset(T& object) {
        if constexpr (std::is_trivially_copyable_v<T>) {
            static constexpr T fresh{}; // copied from memory: compilers write zeros with a slow loop
            object = fresh;
        } else {
            object = T{};
        }
    }

    [[gnu::noinline]] void add_page() {
        open_.push_back(static_cast<std::uint32_t>(pages_.size()));
        pages_.push_back(PagePtr<Page>::fresh());
        if (pages_.size() == 1) pages_[0].write().live = 1; // slot 0 is NULL and never handed out
    }

    void check([[maybe_unused]] Id<T> id) const {
#if defined(NSLAB_AUDIT) || !defined(NDEBUG)
        assert(live(id) && "NULL or a freed object is used");
#endif
    }

    std::vector<PagePtr<Page>> pages_;
    std::vector<std::uint32_t> open_; // pages with a free slot
    std::size_t size_ = 0;
};

/// Numbers handed out smallest first and used again as soon as they are free, as the kernel's IDA and XArray do.
class Ida {
  public:
    explicit Ida(std::uint32_t first = 0) : first_(first) {}

    std::uint32_t alloc() {
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
        for (std::size_t i = 0; i < words_.size(); ++i) n += static_cast<std::size_t>(__builtin_popcountll(words_[i]));
        return n;
    }

  private:
    static std::uint32_t take_lowest(std::uint64_t& bits) {
        const auto bit = static_cast<std::uint32_t>(__builtin_ctzll(~bits));
        bits |= bits + 1;
        return bit;
    }
    [[gnu::noinline]] std::uint32_t alloc_further() {
        const auto& read = std::as_const(words_);
        while (hint_ < read.size() && !~read[hint_]) ++hint_;
        if (hint_ == words_.size()) words_.resize(hint_ + 1);
        return first_ + static_cast<std::uint32_t>(hint_ * 64) + take_lowest(words_[hint_]);
    }

    PagedArray<std::uint64_t, 6> words_;
    std::size_t hint_ = 0; // all words before are full
    std::uint32_t first_;
};

} // namespace nslab

template <class T> struct std::hash<nslab::Id<T>> {
    std::size_t operator()(nslab::Id<T> id) const noexcept { return id.index; }
};
