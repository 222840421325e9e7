// echo(1), printf(1) and cat(1) of coreutils 9.1, as far as scenarios write text.

#include <fmt/format.h>

#include "sim/shell/rows.hpp"
#include "sim/shell/tool.hpp"

namespace nslab::shell {
namespace {

bool octal_digit(char c) { return c >= '0' && c <= '7'; }

/// The escapes that echo -e and the format of printf share. `\c` ends everything.
struct Unescaped {
    std::string text;
    bool stop = false;
};

Unescaped unescape(std::string_view in, bool leading_zero) {
    Unescaped out;
    for (std::size_t i = 0; i < in.size(); ++i) {
        if (in[i] != '\\' || i + 1 == in.size()) {
            out.text += in[i];
            continue;
        }
        const char c = in[++i];
        switch (c) {
        case 'a': out.text += '\a'; break;
        case 'b': out.text += '\b'; break;
        case 'e': out.text += '\x1b'; break;
        case 'f': out.text += '\f'; break;
        case 'n': out.text += '\n'; break;
        case 'r': out.text += '\r'; break;
        case 't': out.text += '\t'; break;
        case 'v': out.text += '\v'; break;
        case '\\': out.text += '\\'; break;
        case 'c': out.stop = true; return out;
        default:
            if (octal_digit(c) && (c == '0' || !leading_zero)) {
                std::size_t at = leading_zero ? i + 1 : i;
                int value = 0;
                for (int n = 0; n < 3 && at < in.size() && octal_digit(in[at]); ++n)
                    value = value * 8 + (in[at++] - '0');
                out.text += static_cast<char>(value);
                i = at - 1;
            } else {
                out.text += '\\';
                out.text += c;
            }
        }
    }
    return out;
}

std::vector<Diagnostic> check_nothing(const std::vector<std::string>&) { return {}; }

CommandResult run_echo(Terminal& terminal, const Invocation& invocation) {
    bool newline = true, escapes = false;
    std::size_t i = 1;
    for (; i < invocation.argv.size(); ++i) {
        const std::string& word = invocation.argv[i];
        if (word.size() < 2 || word[0] != '-' || word.find_first_not_of("neE", 1) != std::string::npos) break;
        for (const char c : word.substr(1)) {
            if (c == 'n') newline = false;
            if (c == 'e') escapes = true;
            if (c == 'E') escapes = false;
        }
    }
    std::string text;
    for (std::size_t first = i; i < invocation.argv.size(); ++i) {
        if (i > first) text += ' ';
        if (!escapes) {
            text += invocation.argv[i];
            continue;
        }
        const Unescaped word = unescape(invocation.argv[i], true);
        text += word.text;
        if (word.stop) {
            terminal.out(text);
            return {};
        }
    }
    if (newline) text += '\n';
    terminal.out(text);
    return {};
}

std::vector<Diagnostic> check_printf(const std::vector<std::string>& argv) {
    if (argv.size() < 2) return {complaint(argv, 0, "printf: missing operand")};
    return {};
}

/// %s, %b, %d, %i, %u, %x, %o, %c and %%, without widths; the format is used again while arguments are left.
CommandResult run_printf(Terminal& terminal, const Invocation& invocation) {
    Tool tool(terminal, "printf");
    if (invocation.argv.size() < 2) return tool.bad_usage("missing operand");
    const Unescaped format = unescape(invocation.argv[1], false);
    std::string text;
    std::size_t next = 2;
    int status = 0;
    const auto argument = [&]() -> std::string {
        return next < invocation.argv.size() ? invocation.argv[next++] : std::string();
    };
    do {
        const std::size_t before = next;
        for (std::size_t i = 0; i < format.text.size(); ++i) {
            if (format.text[i] != '%' || i + 1 == format.text.size()) {
                text += format.text[i];
                continue;
            }
            const char kind = format.text[++i];
            switch (kind) {
            case '%': text += '%'; break;
            case 's': text += argument(); break;
            case 'b': text += unescape(argument(), true).text; break;
            case 'c': text += argument().substr(0, 1); break;
            case 'd':
            case 'i':
            case 'u':
            case 'x':
            case 'o': {
                const std::string word = argument();
                char* end = nullptr;
                const long long value = std::strtoll(word.c_str(), &end, 0);
                if (*end != '\0') {
                    tool.warn(fmt::format("{}: expected a numeric value", quote_always(word)));
                    status = 1;
                }
                text += kind == 'x'   ? fmt::format("{:x}", value)
                        : kind == 'o' ? fmt::format("{:o}", value)
                                      : fmt::format("{}", value);
                break;
            }
            default:
                terminal.out(text);
                tool.warn(fmt::format("%{}: invalid conversion specification", kind));
                return tool.end(1);
            }
        }
        if (next == before) break; // takes no arguments
    } while (next < invocation.argv.size() && !format.stop);
    terminal.out(text);
    return tool.end(status);
}

const OptionTable& cat_table() {
    static const OptionTable t{"benstuvAET",
                               {{"number-nonblank", no_argument, nullptr, 'b'},
                                {"number", no_argument, nullptr, 'n'},
                                {"squeeze-blank", no_argument, nullptr, 's'},
                                {"show-nonprinting", no_argument, nullptr, 'v'},
                                {"show-ends", no_argument, nullptr, 'E'},
                                {"show-tabs", no_argument, nullptr, 'T'},
                                {"show-all", no_argument, nullptr, 'A'}},
                               {'b', 'e', 'n', 's', 't', 'v', 'A', 'E', 'T'},
                               1};
    return t;
}

std::vector<Diagnostic> check_cat(const std::vector<std::string>& argv) { return check_options(argv, cat_table()); }

CommandResult run_cat(Terminal& terminal, const Invocation& invocation) {
    Tool tool(terminal, "cat");
    const CommandLine line = read_options(invocation.argv, cat_table());
    if (line.misuse) return tool.misuse(line, cat_table());
    int status = 0;
    for (const Operand& operand : line.operands) {
        const Outcome opened = tool.call(sys::Openat{AT::FDCWD, operand.text, O::RDONLY, 0});
        if (!opened.ok()) {
            tool.warn(quote(operand.text), opened.error);
            status = 1;
            continue;
        }
        const auto fd = static_cast<i32>(opened.value);
        for (;;) {
            const Outcome o = tool.call(sys::Read{fd, 131072});
            const auto* bytes = o.out.get_if<Bytes>();
            if (!o.ok()) {
                tool.warn(quote(operand.text), o.error);
                status = 1;
            }
            if (!o.ok() || !bytes || bytes->data.empty()) break;
            tool.out(bytes->data);
        }
        tool.call(sys::Close{fd});
    }
    return tool.end(status);
}

} // namespace

CommandRow echo_row() { return {"echo", "echo [-neE] [TEXT...]", false, ActorWords::none, check_nothing, run_echo}; }
CommandRow printf_row() {
    return {"printf", "printf FORMAT [ARGUMENT...]", false, ActorWords::none, check_printf, run_printf};
}
CommandRow cat_row() { return {"cat", "cat FILE...", false, ActorWords::none, check_cat, run_cat, cat_table}; }

} // namespace nslab::shell
