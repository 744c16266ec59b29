// A semantics.xml over a small register file.
#include "regdb/database_builder.h"
#include "tests/fuzz/consume.h"
#include "tests/fuzz/targets.h"

namespace npuscope::fuzz {

namespace {

constexpr std::string_view registers_xml = R"(<database xmlns="http://nouveau.freedesktop.org/">
<domain name="PC"><reg32 offset="0x0008" name="OPERATION_ENABLE">
  <bitfield name="RESERVED_0" low="1" high="31" type="uint"/><bitfield name="OP_EN" pos="0" type="uint"/>
</reg32></domain>
<domain name="CNA"><reg32 offset="0x1040" name="CBUF_CON0">
  <bitfield name="DATA_REUSE" pos="12" type="boolean"/>
  <bitfield name="WEIGHT_BANK" low="4" high="7" type="uint"/><bitfield name="DATA_BANK" low="0" high="3" type="uint"/>
</reg32>
<reg32 offset="0x1110" name="DCOMP_ADDR0"><bitfield name="DECOMPRESS_ADDR0" low="0" high="31" type="uint"/></reg32>
</domain>
</database>)";

}  // namespace

void fuzz_semantics_xml(std::span<const std::byte> bytes) {
  static const auto registers = XmlFile::parse("registers.xml", registers_xml);
  require(registers.has_value(), "the small register file is well-formed");
  const FileBytes file = in_memory(bytes, "semantics.xml");
  const auto overlay = XmlFile::parse(file.name, file.text());
  if (!overlay) return;
  const auto db = DatabaseBuilder::build(**registers, **overlay);
  if (db) consume(*db);
}

}  // namespace npuscope::fuzz
