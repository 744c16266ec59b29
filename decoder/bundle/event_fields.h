// The members of events that are many and alike, as tables: the writer and the reader walk the
// same ones.
//
//   for (const auto& [name, member] : submit_numbers) ... submit.*member ...
//
// docs/formats.md and docs/schema/bundle.schema.json list every event with its members.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "decoder/capture.h"

namespace npuscope {

inline constexpr std::string_view bundle_schema = "npuscope.bundle/1";
inline constexpr std::string_view bundle_head_name = "bundle.json";
inline constexpr std::string_view bundle_events_name = "events.jsonl";
inline constexpr std::string_view bundle_blobs_name = "blobs";

template <typename Owner, typename Number>
struct OptionalMember {
  const char* name;
  std::optional<Number> Owner::*member;
};

// 32 bits: JSON numbers.
inline constexpr std::array<OptionalMember<Buffer, std::uint32_t>, 4> buffer_numbers{
    {{"gem", &Buffer::gem},
     {"handle", &Buffer::handle},
     {"flags", &Buffer::flags},
     {"file", &Buffer::file}}};
inline constexpr std::array<OptionalMember<Submit, std::uint32_t>, 7> submit_numbers{
    {{"flags", &Submit::flags},
     {"timeout", &Submit::timeout},
     {"task_start", &Submit::task_start},
     {"task_number", &Submit::task_number},
     {"task_counter", &Submit::task_counter},
     {"core_mask", &Submit::core_mask},
     {"file", &Submit::file}}};

// 64 bits: hexadecimal strings; negative ones as two's complement.
inline constexpr std::array<OptionalMember<Buffer, std::uint64_t>, 2> buffer_addresses{
    {{"address", &Buffer::device_address}, {"object_address", &Buffer::object_address}}};
inline constexpr std::array<OptionalMember<Submit, std::int64_t>, 2> submit_signed_numbers{
    {{"priority", &Submit::priority}, {"fence_fd", &Submit::fence_fd}}};
inline constexpr std::array<OptionalMember<Submit, std::uint64_t>, 4> submit_addresses{
    {{"task_obj_addr", &Submit::task_obj_addr},
     {"regcfg_obj_addr", &Submit::regcfg_obj_addr},
     {"task_base_addr", &Submit::task_base_addr},
     {"user_data", &Submit::user_data}}};

// When a recorder took the bytes of a content event; of others it is absent.
inline constexpr std::string_view when_submit = "submit", when_complete = "complete";

// The values whose name_of() stands in a bundle.
inline constexpr std::array bundle_roles{
    BufferRole::unknown,  BufferRole::task_table, BufferRole::commands, BufferRole::constants,
    BufferRole::internal, BufferRole::input,      BufferRole::output,   BufferRole::model};
inline constexpr std::array bundle_trusts{Trust::raw, Trust::text, Trust::filtered, Trust::lossy,
                                          Trust::text_only};

}  // namespace npuscope
