// What the bytes of an input are. The content decides, never the name.
//
//   if (sniff(file.bytes) == ContentKind::model) ... read_rknn(file)
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace npuscope {

enum class ContentKind : std::uint8_t {
  model,         // begins with "RKNN"
  raw,           // holds NUL bytes: a dump of a memory object
  bundle_head,   // begins with { and names the schema "npuscope.bundle/"
  decoded_json,  // begins with { and names "body_rows"
  gdb_log,       // holds a line of our gdb command files (gdb_line.h) near its beginning
  text,          // everything else
};

// In this order. A NUL alone makes no dump: a text whose first 4 KiB are printable lines stays a
// text, since a log may have been torn while it was written.
[[nodiscard]] ContentKind sniff(std::span<const std::byte> bytes);

}  // namespace npuscope
