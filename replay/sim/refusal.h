// Work that is not modelled is refused by name; it is never computed silently wrong.
//
//   if (config.compressed) return refuse("CNA_DCOMP_CTRL: compressed weights");
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace npuscope::sim {

struct Refusal {
  std::string text;  // register.field and what it asks for
};

template <typename T>
using Modelled = tl::expected<T, Refusal>;

[[nodiscard]] inline tl::unexpected<Refusal> refuse(std::string text) {
  return tl::unexpected<Refusal>(Refusal{std::move(text)});
}

}  // namespace npuscope::sim
