// What an ioctl said, as the events of a recording have it: the kinds and names that ioctl logs
// use.
//
//   CallText text = text_of_call(Driver::rknpu, word, before, after);
//   text.kind == "MEM_CREATE"; text.arguments[0] == {"size", "28352"}; text.answer: what the driver
//   wrote
//
// A call that is not known is its word and its bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace npuscope::record {

enum class Driver : std::uint8_t { rknpu, rknpu_heap, rocket };

// Which call a word is of. Numbers decide, never whole words: structures have had several sizes.
enum class CallKind : std::uint8_t {
  unknown,
  action,
  submit,
  mem_create,
  mem_map,
  mem_destroy,
  mem_sync,
  create_bo,
  prep_bo,
  fini_bo,
  version,
  get_unique,
  get_cap,
  gem_close,
  gem_flink,
  gem_open,
  prime_handle_to_fd,
  prime_fd_to_handle,
};

[[nodiscard]] CallKind kind_of_call(Driver driver, std::uint32_t word);
// "MEM_CREATE"; of rocket "CREATE_BO"; "IOCTL" if it is not known.
[[nodiscard]] std::string_view name_of(CallKind kind);

using Arguments = std::vector<std::pair<std::string, std::string>>;

struct CallText {
  Arguments arguments;
  Arguments answer;  // empty: this call answers nothing
};

[[nodiscard]] CallText text_of_call(CallKind kind, std::uint32_t word,
                                    std::span<const std::byte> before,
                                    std::span<const std::byte> after);

// Every field of a rknpu submit.
[[nodiscard]] Arguments submit_fields(std::span<const std::byte> structure);

}  // namespace npuscope::record
