#pragma once
// How the rows of calls are written: from a member pointer to an Argument that reads and writes it. Only calls.cpp
// includes this.

#include "sim/syscall/calls.hpp"

namespace nslab::describe {

// From a member pointer (or a chain of them) to functions that read and write it as a Value.

template <class T> struct MemberOf;
template <class C, class M> struct MemberOf<M C::*> {
    using Class = C;
    using Member = M;
};

template <class T> Value to_value(const T& member) {
    if constexpr (std::is_same_v<T, Str>)
        return member;
    else if constexpr (std::is_same_v<T, std::string>)
        return Str(member);
    else if constexpr (std::is_same_v<T, std::vector<i32>>)
        return member;
    else
        return static_cast<u64>(static_cast<i64>(member));
}

template <class T> void from_value(T& member, const Value& value) {
    if constexpr (std::is_same_v<T, Str>) {
        if (const auto* text = std::get_if<Str>(&value)) member = *text;
    } else if constexpr (std::is_same_v<T, std::string>) {
        if (const auto* text = std::get_if<Str>(&value)) member = text->text;
    } else if constexpr (std::is_same_v<T, std::vector<i32>>) {
        if (const auto* list = std::get_if<std::vector<i32>>(&value)) member = *list;
    } else {
        if (const auto* number = std::get_if<u64>(&value)) member = static_cast<T>(*number);
    }
}

template <auto M> Value get(const Syscall& call) {
    return to_value(std::get<typename MemberOf<decltype(M)>::Class>(call).*M);
}
template <auto M> void set(Syscall& call, const Value& value) {
    from_value(std::get<typename MemberOf<decltype(M)>::Class>(call).*M, value);
}

template <auto Outer, auto Inner> Value get_in(const Syscall& call) {
    const auto& outer = std::get<typename MemberOf<decltype(Outer)>::Class>(call).*Outer;
    if constexpr (requires { outer.has_value(); })
        return outer ? to_value((*outer).*Inner) : Value(u64{0});
    else
        return to_value(outer.*Inner);
}
template <auto Outer, auto Inner> void set_in(Syscall& call, const Value& value) {
    auto& outer = std::get<typename MemberOf<decltype(Outer)>::Class>(call).*Outer;
    if constexpr (requires { outer.has_value(); }) {
        if (!outer) outer.emplace();
        from_value((*outer).*Inner, value);
    } else {
        from_value(outer.*Inner, value);
    }
}
template <auto Outer> void drop(Syscall& call) {
    (std::get<typename MemberOf<decltype(Outer)>::Class>(call).*Outer).reset();
}
template <auto Outer> bool present(const Syscall& call) {
    return (std::get<typename MemberOf<decltype(Outer)>::Class>(call).*Outer).has_value();
}

template <auto M> Value written(const Output& out) {
    const auto* buffer = out.get_if<typename MemberOf<decltype(M)>::Class>();
    return buffer ? to_value(buffer->*M) : Value(u64{0});
}

// Arguments -----------------------------------------------------------------------------------------------------------

template <auto M> Argument arg(std::string_view name, Type type, Constants constants = {}) {
    return {.name = name, .type = type, .constants = constants, .get = &get<M>, .set = &set<M>};
}
template <auto M> Argument dirfd(std::string_view name) { return arg<M>(name, Type::fd, kDescriptors); }
template <auto Outer, auto Inner> Argument member(std::string_view name, Type type, Constants constants = {}) {
    return {.name = name,
            .type = type,
            .constants = constants,
            .optional = true,
            .get = &get_in<Outer, Inner>,
            .set = &set_in<Outer, Inner>};
}
inline Argument optional(Argument a) {
    a.optional = true;
    return a;
}
/// What is read and not looked at, printed as `printed`.
inline Argument ignored(std::string_view name, std::string_view printed = {}, Constants constants = {}) {
    return {.name = name, .type = Type::ignored, .constants = constants, .optional = true, .printed = printed};
}
/// What nslab models only without.
inline Argument zero(std::string_view name, std::string_view printed) {
    return {.name = name, .type = Type::zero, .optional = true, .printed = printed};
}
inline Argument output(std::string_view name, Type type, std::span<const Argument> members = {},
                       std::string_view printed = "...") {
    return {.name = name, .type = type, .optional = true, .printed = printed, .members = members};
}
template <auto M> Argument out_member(std::string_view name, Type type, Constants constants = {}) {
    return {.name = name, .type = type, .constants = constants, .optional = true, .written = &written<M>};
}

/// Where a call writes to, whose text says NULL, BAD or what must have been written.
template <auto M> Argument place(std::string_view name, Type type, std::span<const Argument> members = {}) {
    return {.name = name,
            .type = type,
            .optional = true,
            .printed = "...",
            .get = &get<M>,
            .set = &set<M>,
            .members = members};
}
/// The same for one value.
template <auto M, auto W> Argument written_to(std::string_view name, Type type) {
    Argument a = place<M>(name, type);
    a.written = &written<W>;
    return a;
}
/// A number or a place, as another argument says.
template <auto M, auto W> Argument any_place(std::string_view name, std::span<const Argument> members) {
    Argument a = written_to<M, W>(name, Type::place);
    a.members = members;
    return a;
}

using Arguments = std::vector<Argument>;

} // namespace nslab::describe
