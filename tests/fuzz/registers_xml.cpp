// A registers.xml, under the embedded-like overlay that says nothing.
#include "regdb/database_builder.h"
#include "tests/fuzz/consume.h"
#include "tests/fuzz/targets.h"

namespace npuscope::fuzz {

void fuzz_registers_xml(std::span<const std::byte> bytes) {
  const FileBytes file = in_memory(bytes, "registers.xml");
  const auto registers = XmlFile::parse(file.name, file.text());
  const auto overlay = XmlFile::parse("semantics.xml", "<semantics/>");
  if (!registers || !overlay) return;
  const auto db = DatabaseBuilder::build(**registers, **overlay);
  if (db) consume(*db);
}

}  // namespace npuscope::fuzz
