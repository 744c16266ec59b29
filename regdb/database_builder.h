// Puts a register file and an overlay together into a RegisterDb.
//
//   Result<RegisterDb> db = DatabaseBuilder::build(registers_file, overlay_file);
//
// Errors and notices name file and line. Two registers at one offset or of one name are an error,
// except among variants of a chip, where the first one counts.
#pragma once

#include "regdb/register_db.h"
#include "regdb/rules_ng_reader.h"
#include "regdb/xml_file.h"

namespace npuscope {

class DatabaseBuilder {
 public:
  [[nodiscard]] static Result<RegisterDb> build(const XmlFile& registers, const XmlFile& overlay);

 private:
  static void add_registers(RulesNg& source, RegisterDb& db, Diagnostics& report);
  static void index_by_offset(RegisterDb& db);
  static void index_by_name(RegisterDb& db);
};

// The two files that are linked into the program.
[[nodiscard]] std::string_view embedded_registers_xml();
[[nodiscard]] std::string_view embedded_semantics_xml();

}  // namespace npuscope
