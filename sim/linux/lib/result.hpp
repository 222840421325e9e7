#pragma once
// How an errno travels inside the model: in the result, with the reason for it, and without cost where nothing failed.

#include <tl/expected.hpp>

#include "sim/linux/uapi/errno.hpp"

namespace nslab {

/// Why a call failed: the errno, the check that gave it in one sentence, and the function that made the check. The
/// function bears the kernel's name and its file is the kernel's file, so that `explain` can name both.
struct Error {
    E code = E::OK;
    const char* why = "";
    const char* function = "";
    const char* file = "";
};

template <class T = void> using Result = tl::expected<T, Error>;

/// Fails with `code`. `why` is one clause without a full stop: "the source mount is unbindable".
inline tl::unexpected<Error> fail(E code, const char* why, const char* function = __builtin_FUNCTION(),
                                  const char* file = __builtin_FILE()) {
    return tl::unexpected<Error>(Error{code, why, function, file});
}

namespace detail {
template <class T> decltype(auto) take(tl::expected<T, Error>& result) {
    if constexpr (!std::is_void_v<T>) return std::move(*result);
}
} // namespace detail

} // namespace nslab

/// The value of a Result, or out of the function with its error. The only macro of the house.
#define TRY(expression)                                                                                                \
    __extension__({                                                                                                    \
        auto nslab_try_result = (expression);                                                                          \
        if (!nslab_try_result) return ::tl::unexpected<::nslab::Error>(nslab_try_result.error());                      \
        ::nslab::detail::take(nslab_try_result);                                                                       \
    })
