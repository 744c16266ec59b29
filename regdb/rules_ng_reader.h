// Reads a register database in the rules-ng-ng schema (http://nouveau.freedesktop.org/).
//
//   Diagnostics report;
//   RulesNg read = read_rules_ng(**XmlFile::open("registers.xml"), report);
//   if (report.failed()) ...
//
// Understood: database, import, enum, bitset, group, use-group, domain, array, stripe,
// reg8/16/32/64, bitfield, and the texts (brief, doc, copyright, ...). What has no effect here is
// listed in the notices with its line; what cannot be decoded safely (overlapping fields, missing
// or bad numbers) is an error. Offsets are taken as byte offsets, whatever `width` a domain states,
// because that is how every database of this chip writes them.
//
// Repeated registers get their index at the end of the name: DCOMP_AMOUNT with length 16 gives
// DCOMP_AMOUNT0 ... 15; an array WINDOW with a register SIZE gives WINDOW0_SIZE, WINDOW1_SIZE.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "regdb/diagnostics.h"
#include "regdb/register_db.h"
#include "regdb/xml_file.h"

namespace npuscope {

struct PlacedRegister {
  Register reg;
  const XmlFile* file = nullptr;  // with `node`: where it stands
  pugi::xml_node node;
  bool in_variant = false;  // belongs to some variants of the chip only
};

struct RulesNg {
  std::deque<Enum> enums;  // Field::values points into it
  std::vector<PlacedRegister> registers;
  std::vector<std::unique_ptr<XmlFile>> imported;  // keeps the nodes above alive
};

[[nodiscard]] RulesNg read_rules_ng(const XmlFile& file, Diagnostics& report);

}  // namespace npuscope
