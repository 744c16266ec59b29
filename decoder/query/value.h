// A number or a text that may not be there.
//
//   Value::of(3)  Value::missing()  Value::none()
//   a comparison with a missing value is neither true nor false
//
// Two reasons are kept apart: `unknown` (not captured, or never written in this lane: the answer
// exists and we do not have it) and `inapplicable` (there is no answer: the block does not run in
// this record). Where both meet, unknown wins.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>

namespace npuscope::query {

enum class Standing : std::uint8_t { known, inapplicable, unknown };

struct Value {
  Standing standing = Standing::known;
  std::int64_t number = 0;
  std::string_view text;

  [[nodiscard]] bool known() const { return standing == Standing::known; }
  [[nodiscard]] bool is_true() const { return known() && number != 0; }
  [[nodiscard]] bool is_false() const { return known() && number == 0; }

  [[nodiscard]] static Value of(std::int64_t number) { return {Standing::known, number, {}}; }
  [[nodiscard]] static Value of_text(std::string_view text) { return {Standing::known, 0, text}; }
  [[nodiscard]] static Value missing() { return {Standing::unknown, 0, {}}; }
  [[nodiscard]] static Value none() { return {Standing::inapplicable, 0, {}}; }
};

// What an operation on both can be at best.
[[nodiscard]] inline Standing worse(Standing a, Standing b) {
  return std::max(a, b);
}

}  // namespace npuscope::query
