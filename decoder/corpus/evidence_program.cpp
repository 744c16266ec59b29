#include "decoder/corpus/evidence_program.h"

#include <algorithm>
#include <array>
#include <map>

#include "decoder/evidence.h"
#include "regdb/register_fields.h"

namespace npuscope::corpus {

namespace {

struct Key {
  std::string_view name;
  std::uint16_t offset;
};

constexpr std::array<Key, 23> keys{{{"cbuf0", reg::CNA_CBUF_CON0},
                                    {"data_size0", reg::CNA_DATA_SIZE0},
                                    {"data_size1", reg::CNA_DATA_SIZE1},
                                    {"data_size3", reg::CNA_DATA_SIZE3},
                                    {"fc_data_size0", reg::CNA_FC_DATA_SIZE0},
                                    {"fc_data_size1", reg::CNA_FC_DATA_SIZE1},
                                    {"dma_con2", reg::CNA_DMA_CON2},
                                    {"weight_size0", reg::CNA_WEIGHT_SIZE0},
                                    {"weight_size1", reg::CNA_WEIGHT_SIZE1},
                                    {"weight_size2", reg::CNA_WEIGHT_SIZE2},
                                    {"conv_con1", reg::CNA_CONV_CON1},
                                    {"conv_con2", reg::CNA_CONV_CON2},
                                    {"core_dataout_size0", reg::CORE_DATAOUT_SIZE_0},
                                    {"core_dataout_size1", reg::CORE_DATAOUT_SIZE_1},
                                    {"dst_base", reg::DPU_DST_BASE_ADDR},
                                    {"feature_data_addr", reg::CNA_FEATURE_DATA_ADDR},
                                    {"dcomp_addr", reg::CNA_DCOMP_ADDR0},
                                    {"dst_surf_stride", reg::DPU_DST_SURF_STRIDE},
                                    {"data_cube_height", reg::DPU_DATA_CUBE_HEIGHT},
                                    {"data_cube_channel", reg::DPU_DATA_CUBE_CHANNEL},
                                    {"wdma_size0", reg::DPU_WDMA_SIZE_0},
                                    {"wdma_size1", reg::DPU_WDMA_SIZE_1},
                                    {"surface_add", reg::DPU_SURFACE_ADD}}};

std::vector<std::uint64_t> words_of(const EvidenceRow& row) {
  std::vector<std::uint64_t> words;
  for (const auto& [name, value] : row.values) {
    const auto* key = std::ranges::find(keys, name, &Key::name);
    if (!value || key == keys.end() || std::ranges::find(row.doubtful, name) != row.doubtful.end())
      continue;
    const auto block = block_of_offset(key->offset);
    words.push_back(Word::make(target_of(*block), key->offset, *value).raw);
  }
  return words;
}

// Tasks that start the CNA, each address once: the file has one row for each of them.
std::vector<std::vector<std::size_t>> tasks_of_rows(const ProgramSet& set) {
  std::vector<std::vector<std::size_t>> rows;
  std::map<std::uint64_t, std::size_t> row_at;
  for (std::size_t i = 0; i < set.tasks.size(); ++i) {
    const Task& task = set.tasks[i].task;
    if ((task.enable_mask & 1U) == 0) continue;
    const auto [found, fresh] = row_at.try_emplace(task.regcmd_addr, rows.size());
    if (fresh) rows.emplace_back();
    rows[found->second].push_back(i);
  }
  return rows;
}

}  // namespace

void attach_evidence(Opened& input) {
  const auto& rows = input.capture.evidence->rows;
  if (input.sets.size() != 1 || rows.empty()) return;
  ProgramSet& set = input.sets.front();
  const auto tasks = tasks_of_rows(set);
  if (tasks.size() != rows.size()) return;  // the reader says so in a diagnostic
  auto words = std::make_shared<std::vector<std::uint64_t>>();
  std::vector<std::size_t> ends;
  for (const EvidenceRow& row : rows) {
    const std::vector<std::uint64_t> own = words_of(row);
    words->insert(words->end(), own.begin(), own.end());
    ends.push_back(words->size());
  }
  set.stream_buffer = input.capture.buffers.size();
  set.stream_size = 8 * words->size();
  const WordView all(std::as_bytes(std::span(*words)));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::size_t first = i == 0 ? 0 : ends[i - 1];
    Record record;
    record.at = {set.stream_buffer, 8 * first};
    record.body_words = static_cast<std::uint32_t>(ends[i] - first);
    record.runs = {{0, all.subview(first, ends[i] - first)}};
    record.first_task = tasks[i].front();
    for (const std::size_t task : tasks[i]) set.tasks[task].record = set.records.size();
    set.records.push_back(std::move(record));
  }
  Buffer buffer;
  buffer.name = "rows";
  buffer.role = BufferRole::commands;
  buffer.role_reason = "words rebuilt from named values";
  buffer.trust = Trust::text_only;
  buffer.size = set.stream_size;
  buffer.place = {input.capture.source, 0, false};
  buffer.pieces.push_back({0, all.bytes()});
  input.capture.buffers.push_back(std::move(buffer));
  input.capture.storage.push_back(std::move(words));
}

}  // namespace npuscope::corpus
