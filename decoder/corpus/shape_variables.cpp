#include "decoder/corpus/shape_variables.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <tuple>

#include "decoder/corpus/store_reader.h"
#include "decoder/query/records.h"
#include "regdb/register_fields.h"

namespace npuscope::corpus {

namespace {

using query::LaneRecord;
using reg::RegisterField;

constexpr unsigned least_bits_of_a_sign = 24;  // narrower fields are counts

// What one task says of its own part.
struct Part {
  std::int64_t width = 0, rows = 0, channels = 0, out_width = 0, out_rows = 0, kernels = 0;
  std::int64_t kernel_width = 0, kernel_height = 0, element_bytes = 0;
  std::uint32_t feature = 0, weights = 0;
  std::string operation;
};

// Reads registers; `complete` turns false when one is missing.
class Reader {
 public:
  explicit Reader(const LaneRecord& record) : record_(record) {}
  std::int64_t field(const RegisterField& wanted) { return wanted.in(whole(wanted.offset)); }
  std::uint32_t whole(std::uint16_t offset) {
    const npuscope::Cell* cell = record_.state.find(offset);
    complete = complete && cell != nullptr;
    return cell == nullptr ? 0 : cell->value;
  }
  bool complete = true;

 private:
  const LaneRecord& record_;
};

std::optional<Part> part_of(const LaneRecord& record) {
  Reader task(record);
  Part part;
  part.width = task.field(reg::CNA_DATA_SIZE0_DATAIN_WIDTH);
  part.rows = task.field(reg::CNA_DATA_SIZE0_DATAIN_HEIGHT);
  part.channels = task.field(reg::CNA_FC_DATA_SIZE1_DMA_CHANNEL);
  part.out_width = task.field(reg::CORE_DATAOUT_SIZE_0_DATAOUT_WIDTH) + 1;
  part.out_rows = task.field(reg::CORE_DATAOUT_SIZE_0_DATAOUT_HEIGHT) + 1;
  part.kernels = task.field(reg::DPU_DATA_CUBE_CHANNEL_ORIG_CHANNEL) + 1;
  part.kernel_width = task.field(reg::CNA_WEIGHT_SIZE2_WEIGHT_WIDTH);
  part.kernel_height = task.field(reg::CNA_WEIGHT_SIZE2_WEIGHT_HEIGHT);
  part.feature = task.whole(reg::CNA_FEATURE_DATA_ADDR);
  part.weights = task.whole(reg::CNA_DCOMP_ADDR0);
  const std::int64_t precision = task.field(reg::CNA_CONV_CON1_PROC_PRECISION);
  const bool depthwise = task.field(reg::CNA_CONV_CON1_CONV_MODE) == 3;
  const bool pixels = task.field(reg::CNA_CONV_CON1_ARGB_IN) != 0;
  if (!task.complete || part.width == 0) return std::nullopt;
  part.element_bytes = precision == 0 ? 1 : 2;
  part.operation = fmt::format("{} {}{}", depthwise ? "depthwise" : "conv",
                               precision == 0 ? "i8" : "f16", pixels ? " pixels" : "");
  return part;
}

// The whole tensors of an operator, from its tasks in the 1-core program. Only tasks with the first
// one's weights count: the others make other channels of the same rows.
struct Whole {
  std::int64_t height = 0, out_height = 0;
  std::uint32_t feature = 0, weights = 0;
  bool begun = false;

  void add(const Part& part) {
    if (!begun) {
      feature = part.feature;
      weights = part.weights;
      begun = true;
    }
    if (part.weights != weights) return;
    constexpr std::int64_t cell = 16;  // bytes of one pixel of a surface
    const std::int64_t first = std::int64_t{part.feature - feature} / (cell * part.width);
    height = std::max(height, first + part.rows);
    out_height += part.out_rows;
  }
};

std::map<std::pair<std::size_t, std::uint32_t>, Whole> wholes_of(const Opened& input) {
  std::map<std::pair<std::size_t, std::uint32_t>, Whole> wholes;
  query::for_each_record(input, [&](const LaneRecord& record) {
    if (record.place.program.cores != 1 || !record.runs(Block::cna)) return;
    if (const auto part = part_of(record))
      wholes[{record.place.set_number, record.place.entry().task.op_idx}].add(*part);
  });
  return wholes;
}

std::int64_t target_of(const query::Reference& reference, std::uint32_t value) {
  const unsigned bits =
      reference.field == nullptr ? 32 : unsigned{reference.field->high} - reference.field->low + 1U;
  const std::int64_t raw =
      reference.field == nullptr ? std::int64_t{value} : reference.field->extract(value);
  const bool negative = bits >= least_bits_of_a_sign && bits < 32 && (raw >> (bits - 1U)) != 0;
  return negative ? raw - (std::int64_t{1} << bits) : raw;
}

std::uint64_t hash_of(const Part& part, const Whole& whole) {
  std::uint64_t hash = 0xcbf29ce484222325U;  // FNV-1a
  for (const std::int64_t number : {part.width, whole.height, part.kernel_width, part.kernel_height,
                                    part.channels, whole.out_height})
    for (unsigned byte = 0; byte < 4; ++byte)
      hash = (hash ^ (static_cast<std::uint64_t>(number) >> (8 * byte) & 0xffU)) * 0x100000001b3U;
  return hash;
}

}  // namespace

std::string_view name_of(Variable variable) {
  constexpr std::array<std::string_view, variable_count> names{
      "width",    "height",  "rows",         "channels",      "out_width",    "out_height",
      "out_rows", "kernels", "kernel_width", "kernel_height", "element_bytes"};
  return names[static_cast<std::size_t>(variable)];
}

std::vector<Sample> shape_samples(Database& database, const query::Reference& reference) {
  using Key = std::tuple<std::string, std::array<std::int64_t, variable_count>, std::int64_t>;
  std::map<Key, Sample> samples;
  StoreReader reader(database);
  while (reader.next()) {
    const auto wholes = wholes_of(reader.capture().opened);
    query::for_each_record(reader.capture().opened, [&](const LaneRecord& record) {
      const npuscope::Cell* cell = record.state.find(reference.offset);
      if (cell == nullptr || !record.runs(Block::cna) || !record.runs(reference.block)) return;
      const auto part = part_of(record);
      const auto whole = wholes.find({record.place.set_number, record.place.entry().task.op_idx});
      if (!part || whole == wholes.end()) return;
      Sample sample;
      sample.variables = {part->width,         whole->second.height, part->rows,
                          part->channels,      part->out_width,      whole->second.out_height,
                          part->out_rows,      part->kernels,        part->kernel_width,
                          part->kernel_height, part->element_bytes};
      sample.operation = part->operation;
      sample.target = target_of(reference, cell->value);
      sample.layer = hash_of(*part, whole->second);
      sample.example = reader.capture().path;
      const auto [found, fresh] =
          samples.try_emplace({sample.operation, sample.variables, sample.target}, sample);
      if (!fresh) ++found->second.tasks;
    });
  }
  std::vector<Sample> result;
  for (auto& [key, sample] : samples) result.push_back(std::move(sample));
  return result;
}

}  // namespace npuscope::corpus
