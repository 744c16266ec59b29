#include "replay/shape/conv_site.h"

#include <charconv>

namespace npuscope {

std::optional<CompilerVersion> compiler_version(std::string_view text) {
  CompilerVersion version;
  const char* at = text.data();
  const char* const end = at + text.size();
  for (std::uint32_t* part : {&version.major, &version.minor, &version.patch}) {
    const auto [rest, error] = std::from_chars(at, end, *part);
    const bool dot_follows = rest != end && *rest == '.';
    if (error != std::errc{} || (part != &version.patch && !dot_follows)) return std::nullopt;
    at = dot_follows ? rest + 1 : rest;
  }
  return version;
}

}  // namespace npuscope
