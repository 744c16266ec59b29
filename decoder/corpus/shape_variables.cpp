#include "decoder/corpus/shape_variables.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <tuple>

#include "decoder/corpus/layer.h"
#include "decoder/corpus/read_tensor.h"
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
  std::int64_t width = 0, rows = 0, channels = 0, real_channels = 0;
  std::int64_t out_width = 0, out_rows = 0, kernels = 0;
  std::int64_t kernel_width = 0, kernel_height = 0, element_bytes = 0;
  std::int64_t row_bytes = 0;  // of the input, from one row to the next
  std::uint32_t feature = 0, weights = 0;
  std::uint64_t feature_word = 0;  // in the command buffer, for the relocation
  bool pixels = false;
  std::vector<std::string> operation;
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

std::int64_t align(std::int64_t value, std::int64_t unit) {
  return (value + unit - 1) / unit * unit;
}

std::string name_of_precision(std::int64_t precision) {
  constexpr std::array<std::string_view, 6> names{"i8", "i16", "f16", "bf16", "i32", "f32"};
  const auto at = static_cast<std::size_t>(precision);
  return std::string(at < names.size() ? names[at] : "?");
}

// Source of the pitch of a row: surfaces have pixels of 16 bytes; in pixel input the channels of a
// pixel lie side by side, and rows are padded to 16 bytes of one channel (schedules of the models,
// section 7).
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
  const std::int64_t pixel_channels = task.field(reg::CNA_DATA_SIZE1_DATAIN_CHANNEL_REAL) + 1;
  const bool lines_apart = task.field(reg::CNA_CONV_CON1_GROUP_LINE_OFF) != 0;
  part.pixels = task.field(reg::CNA_CONV_CON1_ARGB_IN) != 0;
  if (!task.complete || part.width == 0) return std::nullopt;
  part.element_bytes = precision == 0 ? 1 : 2;
  constexpr std::int64_t cell = 16;  // bytes of one pixel of a surface
  part.row_bytes = part.pixels ? align(part.width * part.element_bytes, cell) * pixel_channels
                               : part.width * cell;
  part.real_channels = part.pixels ? pixel_channels : part.channels;
  if (const auto* feature = record.state.find(reg::CNA_FEATURE_DATA_ADDR);
      feature->task == record.place.task && record.place.record() != nullptr)
    part.feature_word = record.place.record()->at.offset / 8 + feature->word;
  const auto kind = kind_of(record.place.entry().task.enable_mask, RegisterValues(record));
  part.operation.push_back(fmt::format("{}{}", kind, part.pixels ? " of pixels" : ""));
  // Not every source has it.
  const npuscope::Cell* format = record.state.find(reg::DPU_DATA_FORMAT);
  const std::int64_t written =
      format == nullptr ? precision : reg::DPU_DATA_FORMAT_OUT_PRECISION.in(format->value);
  part.operation.emplace_back();  // of what: add_tensor()
  part.operation.push_back(fmt::format(", {}", name_of_precision(precision)));
  if (written != precision) part.operation.back() += " to " + name_of_precision(written);
  if (lines_apart && !part.pixels) part.operation.back() += " with GROUP_LINE_OFF";
  return part;
}

// The whole tensors of an operator, from its tasks in the 1-core program. Only tasks with the first
// one's weights count: the others make other channels of the same rows.
struct Whole {
  std::int64_t height = 0, out_height = 0, channels = 0;
  std::uint32_t feature = 0, weights = 0;
  bool begun = false;

  void add(const Part& part) {
    if (!begun) {
      feature = part.feature;
      weights = part.weights;
      channels = part.channels;
      begun = true;
    }
    if (part.weights != weights) return;
    const std::int64_t first = std::int64_t{part.feature - feature} / part.row_bytes;
    height = std::max(height, first + part.rows);
    out_height += part.out_rows;
  }
};

// What is known of all tasks of a capture together.
struct Operators {
  std::map<std::pair<std::size_t, std::uint32_t>, Whole> wholes;  // by set and node
  // Where something is written that is not the end: what is read there is no input of the graph.
  std::set<std::uint32_t> written;
};

Operators operators_of(const Opened& input) {
  Operators operators;
  query::for_each_record(input, [&](const LaneRecord& record) {
    const auto note = [&](Block block, std::uint16_t offset) {
      const npuscope::Cell* cell = record.state.find(offset);
      if (record.runs(block) && cell != nullptr) operators.written.insert(cell->value);
    };
    note(Block::dpu, reg::DPU_DST_BASE_ADDR);
    note(Block::ppu, reg::PPU_DST_BASE_ADDR);
    if (record.place.program.cores != 1 || !record.runs(Block::cna)) return;
    if (const auto part = part_of(record))
      operators.wholes[{record.place.set_number, record.place.entry().task.op_idx}].add(*part);
  });
  return operators;
}

// Adds what the tensor that is read says. Without a model, what nobody writes is an input.
void add_tensor(const TensorLookup& tensors, const Operators& operators, const Whole& whole,
                Part& part) {
  const ReadTensor* tensor = tensors.at(part.feature_word);
  const bool is_input = tensors.is_model() ? tensor != nullptr && tensor->is_input
                                           : !operators.written.contains(whole.feature);
  // A task of some of the channels has no padding, or all of it.
  if (tensor != nullptr && tensor->channels > 0 && !part.pixels &&
      align(tensor->channels, 16 / part.element_bytes) == part.channels)
    part.real_channels = tensor->channels;
  if (is_input && !part.pixels) part.operation[1] = " of an input";
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
                                    whole.channels, whole.out_height})
    for (unsigned byte = 0; byte < 4; ++byte)
      hash = (hash ^ (static_cast<std::uint64_t>(number) >> (8 * byte) & 0xffU)) * 0x100000001b3U;
  return hash;
}

}  // namespace

std::string_view name_of(Variable variable) {
  constexpr std::array<std::string_view, variable_count> names{
      "width",      "height",   "rows",    "channels",     "real_channels", "out_width",
      "out_height", "out_rows", "kernels", "kernel_width", "kernel_height", "element_bytes"};
  return names[static_cast<std::size_t>(variable)];
}

std::vector<Sample> shape_samples(Database& database, const query::Reference& reference) {
  using Key =
      std::tuple<std::vector<std::string>, std::array<std::int64_t, variable_count>, std::int64_t>;
  std::map<Key, Sample> samples;
  StoreReader reader(database);
  TensorLookup tensors(database);
  while (reader.next()) {
    const Operators operators = operators_of(reader.capture().opened);
    // "2.3.2 (compiler version: ...)"
    const std::string version =
        reader.capture().compiler.substr(0, reader.capture().compiler.find_first_of(" ("));
    const std::string compiler = version.empty() ? "" : fmt::format(" (compiler {})", version);
    tensors.enter(reader.capture().content, reader.capture().number);
    query::for_each_record(reader.capture().opened, [&](const LaneRecord& record) {
      const npuscope::Cell* cell = record.state.find(reference.offset);
      if (cell == nullptr || !record.runs(Block::cna) || !record.runs(reference.block)) return;
      auto part = part_of(record);
      const auto whole =
          operators.wholes.find({record.place.set_number, record.place.entry().task.op_idx});
      if (!part || whole == operators.wholes.end()) return;
      add_tensor(tensors, operators, whole->second, *part);
      Sample sample;
      sample.variables = {part->width,
                          whole->second.height,
                          part->rows,
                          part->channels,
                          part->real_channels,
                          part->out_width,
                          whole->second.out_height,
                          part->out_rows,
                          part->kernels,
                          part->kernel_width,
                          part->kernel_height,
                          part->element_bytes};
      sample.operation = part->operation;
      sample.operation.push_back(compiler);
      sample.target = target_of(reference, cell->value);
      sample.layer = hash_of(*part, whole->second);
      sample.example = reader.capture().path;
      const auto [found, fresh] =
          samples.try_emplace({sample.operation, sample.variables, sample.target}, sample);
      if (!fresh) ++found->second.tasks;
    });
  }
  std::vector<Sample> result;
  result.reserve(samples.size());
  for (auto& [key, sample] : samples) result.push_back(std::move(sample));
  return result;
}

}  // namespace npuscope::corpus
