// What every room returns when it cannot do its work: what went wrong, where, and what to do about
// it.
//
//   Result<Capture> capture = read_capture("dump.log");
//   if (!capture) fmt::print(stderr, "{}\n", capture.error().text());
//
// Errors are values. Exceptions do not cross a room's door; only the command layer prints.
#pragma once

#include <string>
#include <tl/expected.hpp>

namespace npuscope {

enum class ErrorKind {
  usage,       // the caller asked for something that does not exist (exit code 2)
  unreadable,  // the input is damaged, of another chip, encrypted, or of an unknown format (exit
               // code 3)
  device,      // a device, or its driver, failed (exit code 4)
  refused,     // it may bring a board down, or nobody can say that it does not (exit code 5)
};

struct Error {
  ErrorKind kind = ErrorKind::unreadable;
  std::string what;    // one sentence: "task 3: regcmd_addr 0x41 is not a multiple of 64"
  std::string where;   // file, and line or byte offset: "gem1-dump, byte 0x78"
  std::string remedy;  // what the person can do; may be empty

  // "where: what (remedy)", the one line that a person sees.
  [[nodiscard]] std::string text() const {
    std::string line = where.empty() ? what : where + ": " + what;
    if (!remedy.empty()) line += " (" + remedy + ")";
    return line;
  }
};

template <typename T>
using Result = tl::expected<T, Error>;

[[nodiscard]] inline tl::unexpected<Error> unreadable(std::string what, std::string where,
                                                      std::string remedy = {}) {
  return tl::unexpected<Error>(
      Error{ErrorKind::unreadable, std::move(what), std::move(where), std::move(remedy)});
}

[[nodiscard]] inline tl::unexpected<Error> wrong_usage(std::string what, std::string remedy = {}) {
  return tl::unexpected<Error>(
      Error{ErrorKind::usage, std::move(what), std::string(), std::move(remedy)});
}

[[nodiscard]] inline tl::unexpected<Error> device_failed(std::string what, std::string where,
                                                         std::string remedy = {}) {
  return tl::unexpected<Error>(
      Error{ErrorKind::device, std::move(what), std::move(where), std::move(remedy)});
}

[[nodiscard]] inline tl::unexpected<Error> refused(std::string what, std::string remedy = {}) {
  return tl::unexpected<Error>(
      Error{ErrorKind::refused, std::move(what), std::string(), std::move(remedy)});
}

}  // namespace npuscope
