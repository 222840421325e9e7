#pragma once
// What bind(), check_call() and match_output() share.

#include "sim/syscall/calls.hpp"
#include "sim/syscall/expr.hpp"

namespace nslab {

/// "[INT TERM]", "~[]" or a number as a set of signals.
std::optional<u64> sigset_of(const Expr& e, const Names& names);

/// The number that an expression stands for; nothing where a name in it has none.
std::optional<u64> evaluate(const Expr& e, const Names& names);

/// What the text gives to an argument or a member.
describe::Value read_value(const describe::Argument& a, const Expr& e, const Names& names);

/// A structure; of a list of one, as poll(2) has it, that one.
const Expr& structure_of(const Expr& e);

/// The children of a call by the argument that each is, by place or by name; nullptr where the text leaves it out.
std::vector<const Expr*> arrange(const describe::CallRow& row, const Expr& call);

namespace describe {
/// A value as strace prints it in the place of `a`.
std::string value_text(const Argument& a, const Value& value);
} // namespace describe

} // namespace nslab
