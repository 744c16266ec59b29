// One XML file in memory: parsed, bounded, and able to say on which line a node stands.
//
//   auto file = XmlFile::open("registers.xml");
//   for (auto node : (*file)->root().children()) ... (*file)->place(node) == "registers.xml:12"
//
// Internal to this room: nobody else sees pugixml.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <pugixml.hpp>
#include <string>
#include <string_view>

#include "regdb/error.h"

namespace npuscope {

class XmlFile {
 public:
  // The largest real register database (Adreno) has 1 MB.
  static constexpr std::size_t max_bytes = std::size_t{16} << 20U;

  [[nodiscard]] static Result<std::unique_ptr<XmlFile>> open(const std::string& path);
  // `name` stands for the file in places; an embedded file has no path and can import nothing.
  // `text` must outlive the result: it is not copied.
  [[nodiscard]] static Result<std::unique_ptr<XmlFile>> parse(std::string name,
                                                              std::string_view text);

  [[nodiscard]] pugi::xml_node root() const { return document_.document_element(); }
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] bool on_disk() const { return on_disk_; }
  // "file:line". Counts lines from the start: for messages, not for loops.
  [[nodiscard]] std::string place(pugi::xml_node node) const;

 private:
  [[nodiscard]] std::string place_of_byte(std::ptrdiff_t byte) const;
  [[nodiscard]] std::optional<Error> parse_text();

  std::string name_;
  std::string bytes_;  // of a file on disk
  std::string_view text_;
  pugi::xml_document document_;
  bool on_disk_ = false;
};

// The part after the colon of "rnn:reg32".
[[nodiscard]] std::string_view local_name(pugi::xml_node node);
// The namespace URI of an element, from the nearest xmlns in force; empty if there is none.
[[nodiscard]] std::string_view namespace_of(pugi::xml_node node);
// A decimal or 0x number that fits 64 bits and is nothing else.
[[nodiscard]] std::optional<std::uint64_t> parse_number(std::string_view text);

}  // namespace npuscope
