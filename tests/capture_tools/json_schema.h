// Checks JSON against the part of JSON Schema that docs/schema/ uses: type, const, enum, pattern,
// properties, required, additionalProperties: false or a schema, items, oneOf, $ref into $defs.
//
//   const std::string complaint = violation(schema, schema, document);   // "" if it fits
//
// Any other keyword in a schema is a complaint too, so that no rule goes unchecked.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace npuscope::testing {

[[nodiscard]] std::string violation(const nlohmann::json& root, const nlohmann::json& schema,
                                    const nlohmann::json& value);

}  // namespace npuscope::testing
