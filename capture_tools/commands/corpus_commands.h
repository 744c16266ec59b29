// The commands of `npuscope corpus`, one function each.
//
//   corpus_build(options, {"captures/"})      // what stands behind the command's name
#pragma once

#include <string>
#include <vector>

#include "capture_tools/command.h"
#include "decoder/corpus/store_reader.h"
#include "decoder/query/reference.h"

namespace npuscope::cli {

using Arguments = std::vector<std::string>;

[[nodiscard]] Result<int> corpus_build(const po::variables_map& options, const Arguments& roots);
[[nodiscard]] Result<int> corpus_merge(const po::variables_map& options, const Arguments& parts);
[[nodiscard]] Result<int> corpus_sql(const po::variables_map& options, const Arguments& arguments);
[[nodiscard]] Result<int> corpus_values(const po::variables_map& options,
                                        const Arguments& arguments);
[[nodiscard]] Result<int> corpus_rare(const po::variables_map& options, const Arguments& none);
[[nodiscard]] Result<int> corpus_unknown(const po::variables_map& options, const Arguments& none);
[[nodiscard]] Result<int> corpus_never_seen(const po::variables_map& options,
                                            const Arguments& none);
[[nodiscard]] Result<int> corpus_compare(const po::variables_map& options, const Arguments& stores);
[[nodiscard]] Result<int> corpus_infer(const po::variables_map& options,
                                       const Arguments& arguments);
[[nodiscard]] Result<int> corpus_report(const po::variables_map& options, const Arguments& none);

inline constexpr std::string_view corpus_table_schema = "npuscope.corpus-table/1";

// The register or field that a name of a person stands for.
[[nodiscard]] Result<query::Reference> corpus_reference(const RegisterDb& db,
                                                        const std::string& name);

// The corpus that --store names.
[[nodiscard]] Result<corpus::Database> store_of(const po::variables_map& options);

}  // namespace npuscope::cli
