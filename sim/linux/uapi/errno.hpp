#pragma once
// The kernel's error numbers as our own constants: a header's EINVAL is a macro, and in a browser another number.
// Source: include/uapi/asm-generic/errno-base.h and errno.h, Linux 6.18; the words are those of strerror(3) in the C
// locale.

#include <cstdint>
#include <optional>
#include <string_view>

namespace nslab {

/// An error number. The names are the kernel's without their E: `E::INVAL` is EINVAL; E2BIG is `E::TOOBIG`.
enum class E : std::uint16_t {
    OK = 0,
    PERM = 1,
    NOENT = 2,
    SRCH = 3,
    INTR = 4,
    IO = 5,
    NXIO = 6,
    TOOBIG = 7,
    NOEXEC = 8,
    BADF = 9,
    CHILD = 10,
    AGAIN = 11,
    NOMEM = 12,
    ACCES = 13,
    FAULT = 14,
    NOTBLK = 15,
    BUSY = 16,
    EXIST = 17,
    XDEV = 18,
    NODEV = 19,
    NOTDIR = 20,
    ISDIR = 21,
    INVAL = 22,
    NFILE = 23,
    MFILE = 24,
    NOTTY = 25,
    TXTBSY = 26,
    FBIG = 27,
    NOSPC = 28,
    SPIPE = 29,
    ROFS = 30,
    MLINK = 31,
    PIPE = 32,
    DOM = 33,
    RANGE = 34,
    DEADLK = 35,
    NAMETOOLONG = 36,
    NOLCK = 37,
    NOSYS = 38,
    NOTEMPTY = 39,
    LOOP = 40,
    NODATA = 61,
    REMOTE = 66,
    OVERFLOW = 75,
    USERS = 87,
    OPNOTSUPP = 95,
    STALE = 116,
};

struct ErrnoRow {
    E value;
    std::string_view name; // with its E
    std::string_view text; // strerror
};

inline constexpr ErrnoRow kErrnos[] = {
    {E::PERM, "EPERM", "Operation not permitted"},
    {E::NOENT, "ENOENT", "No such file or directory"},
    {E::SRCH, "ESRCH", "No such process"},
    {E::INTR, "EINTR", "Interrupted system call"},
    {E::IO, "EIO", "Input/output error"},
    {E::NXIO, "ENXIO", "No such device or address"},
    {E::TOOBIG, "E2BIG", "Argument list too long"},
    {E::NOEXEC, "ENOEXEC", "Exec format error"},
    {E::BADF, "EBADF", "Bad file descriptor"},
    {E::CHILD, "ECHILD", "No child processes"},
    {E::AGAIN, "EAGAIN", "Resource temporarily unavailable"},
    {E::NOMEM, "ENOMEM", "Cannot allocate memory"},
    {E::ACCES, "EACCES", "Permission denied"},
    {E::FAULT, "EFAULT", "Bad address"},
    {E::NOTBLK, "ENOTBLK", "Block device required"},
    {E::BUSY, "EBUSY", "Device or resource busy"},
    {E::EXIST, "EEXIST", "File exists"},
    {E::XDEV, "EXDEV", "Invalid cross-device link"},
    {E::NODEV, "ENODEV", "No such device"},
    {E::NOTDIR, "ENOTDIR", "Not a directory"},
    {E::ISDIR, "EISDIR", "Is a directory"},
    {E::INVAL, "EINVAL", "Invalid argument"},
    {E::NFILE, "ENFILE", "Too many open files in system"},
    {E::MFILE, "EMFILE", "Too many open files"},
    {E::NOTTY, "ENOTTY", "Inappropriate ioctl for device"},
    {E::TXTBSY, "ETXTBSY", "Text file busy"},
    {E::FBIG, "EFBIG", "File too large"},
    {E::NOSPC, "ENOSPC", "No space left on device"},
    {E::SPIPE, "ESPIPE", "Illegal seek"},
    {E::ROFS, "EROFS", "Read-only file system"},
    {E::MLINK, "EMLINK", "Too many links"},
    {E::PIPE, "EPIPE", "Broken pipe"},
    {E::DOM, "EDOM", "Numerical argument out of domain"},
    {E::RANGE, "ERANGE", "Numerical result out of range"},
    {E::DEADLK, "EDEADLK", "Resource deadlock avoided"},
    {E::NAMETOOLONG, "ENAMETOOLONG", "File name too long"},
    {E::NOLCK, "ENOLCK", "No locks available"},
    {E::NOSYS, "ENOSYS", "Function not implemented"},
    {E::NOTEMPTY, "ENOTEMPTY", "Directory not empty"},
    {E::LOOP, "ELOOP", "Too many levels of symbolic links"},
    {E::NODATA, "ENODATA", "No data available"},
    {E::REMOTE, "EREMOTE", "Object is remote"},
    {E::OVERFLOW, "EOVERFLOW", "Value too large for defined data type"},
    {E::USERS, "EUSERS", "Too many users"},
    {E::OPNOTSUPP, "EOPNOTSUPP", "Operation not supported"},
    {E::STALE, "ESTALE", "Stale file handle"},
};

/// "EINVAL"; "E?" for a number that the table does not hold.
constexpr std::string_view errno_name(E e) {
    for (const auto& row : kErrnos)
        if (row.value == e) return row.name;
    return e == E::OK ? "0" : "E?";
}

/// What strerror(3) says.
constexpr std::string_view errno_text(E e) {
    for (const auto& row : kErrnos)
        if (row.value == e) return row.text;
    return e == E::OK ? "Success" : "Unknown error";
}

/// The errno of a whole name such as "EINVAL" (EWOULDBLOCK and ENOTSUP are their other names).
constexpr std::optional<E> errno_from_name(std::string_view name) {
    if (name == "EWOULDBLOCK") return E::AGAIN;
    if (name == "ENOTSUP") return E::OPNOTSUPP;
    for (const auto& row : kErrnos)
        if (row.name == name) return row.value;
    return std::nullopt;
}

} // namespace nslab
