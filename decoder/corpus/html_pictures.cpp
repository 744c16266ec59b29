#include "decoder/corpus/html_pictures.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>

#include "decoder/query/records.h"
#include "regdb/register_fields.h"

namespace npuscope::corpus {

namespace {

using query::LaneRecord;

constexpr std::array<std::string_view, 3> core_colours{"#4477aa", "#ee8866", "#228833"};
constexpr std::size_t most_tasks = 240;  // of one lane; more are too thin to be seen

std::string_view colour_of(std::string_view kind) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 5> colours{
      {{"conv", "#4477aa"},
       {"depthwise", "#66ccee"},
       {"deconvolution", "#aa3377"},
       {"pooling", "#ccbb44"},
       {"element-wise", "#228833"}}};
  const auto* found = std::ranges::find(colours, kind, [](const auto& c) { return c.first; });
  return found == colours.end() ? "#bbbbbb" : found->second;
}

std::optional<std::uint32_t> value_of(const LaneRecord& record, std::uint16_t offset) {
  const npuscope::Cell* cell = record.state.find(offset);
  return cell == nullptr ? std::nullopt : std::optional(cell->value);
}

template <typename Visit>
void for_each_task(const StoredCapture& capture, std::size_t set, const Program& program,
                   Visit&& visit) {
  for (std::size_t lane = 0; lane < program.lanes.size(); ++lane)
    query::for_each_record_of_lane({capture.opened.capture, capture.opened.sets[set], set, program,
                                    lane, program.lanes[lane].first},
                                   visit);
}

std::string svg(std::int64_t width, std::int64_t height, const std::string& content) {
  return fmt::format(
      "<svg viewBox=\"0 0 {0} {1}\" width=\"{0}\" height=\"{1}\" role=\"img\">{2}</svg>", width,
      height, content);
}

void rectangle(std::string& out, double x, double y, double width, double height,
               std::string_view colour, const std::string& title) {
  fmt::format_to(std::back_inserter(out),
                 "<rect x=\"{:.2f}\" y=\"{:.2f}\" width=\"{:.2f}\" height=\"{:.2f}\" fill=\"{}\" "
                 "stroke=\"#fff\" stroke-width=\".5\"><title>{}</title></rect>",
                 x, y, width, height, colour, html_text(title));
}

}  // namespace

std::string html_text(std::string_view text) {
  std::string result;
  for (const char c : text) {
    switch (c) {
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '&':
        result += "&amp;";
        break;
      case '"':
        result += "&quot;";
        break;
      default:
        result += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
    }
  }
  return result;
}

std::vector<TilePicture> tiles_of(const StoredCapture& capture, std::size_t set,
                                  const Program& program, std::uint32_t node) {
  constexpr std::int64_t cell = 16;  // bytes of one pixel of a surface
  std::vector<TilePicture> tiles;
  std::vector<std::uint32_t> bases;
  std::int64_t surface = 0, width = 0, cell_channels = 8;
  for_each_task(capture, set, program, [&](const LaneRecord& record) {
    if (record.place.entry().task.op_idx != node || !record.runs(Block::cna)) return;
    const auto size = value_of(record, reg::CORE_DATAOUT_SIZE_0);
    const auto channels = value_of(record, reg::DPU_DATA_CUBE_CHANNEL);
    const auto stride = value_of(record, reg::DPU_DST_SURF_STRIDE);
    const auto base = value_of(record, reg::DPU_DST_BASE_ADDR);
    const auto control = value_of(record, reg::CNA_CONV_CON1);
    if (!size || !channels || !stride || !base) return;
    surface = cell * reg::DPU_DST_SURF_STRIDE_DST_SURF_STRIDE.in(*stride);
    width = reg::CORE_DATAOUT_SIZE_0_DATAOUT_WIDTH.in(*size) + 1;
    if (control && reg::CNA_CONV_CON1_PROC_PRECISION.in(*control) == 0) cell_channels = 16;
    tiles.push_back({static_cast<unsigned>(record.place.lane_number), 0,
                     reg::CORE_DATAOUT_SIZE_0_DATAOUT_HEIGHT.in(*size) + 1, 0,
                     reg::DPU_DATA_CUBE_CHANNEL_ORIG_CHANNEL.in(*channels) + 1, record.place.task});
    bases.push_back(*base);
  });
  if (tiles.empty() || surface == 0) return {};
  const std::uint32_t first = *std::ranges::min_element(bases);
  for (std::size_t i = 0; i < tiles.size(); ++i) {
    const std::int64_t offset = bases[i] - first;
    tiles[i].row = offset % surface / (cell * width);
    tiles[i].channel = offset / surface * cell_channels;
  }
  return tiles;
}

std::string tiling_picture(const std::vector<TilePicture>& tiles) {
  if (tiles.empty()) return {};
  std::int64_t rows = 1, channels = 1;
  for (const TilePicture& tile : tiles) {
    rows = std::max(rows, tile.row + tile.rows);
    channels = std::max(channels, tile.channel + tile.channels);
  }
  constexpr double width = 150, height = 110;
  std::string content;
  for (const TilePicture& tile : tiles) {
    const auto part = [](std::int64_t value, std::int64_t whole, double size) {
      return size * static_cast<double>(value) / static_cast<double>(whole);
    };
    rectangle(content, part(tile.channel, channels, width), part(tile.row, rows, height),
              part(tile.channels, channels, width), part(tile.rows, rows, height),
              core_colours[tile.core % core_colours.size()],
              fmt::format("task {}, core {}: rows {} to {}, channels {} to {}", tile.task,
                          tile.core, tile.row, tile.row + tile.rows - 1, tile.channel,
                          tile.channel + tile.channels - 1));
  }
  return svg(150, 110, content);
}

std::string timeline_picture(const StoredCapture& capture, std::size_t set,
                             const Program& program) {
  constexpr double lane_height = 18, gap = 16, width = 900, banks_of_a_core = 12;
  std::vector<std::uint64_t> words(program.lanes.size());
  for (std::size_t lane = 0; lane < program.lanes.size(); ++lane)
    for (std::size_t i = 0; i < std::min(most_tasks, program.lanes[lane].count); ++i)
      words[lane] +=
          capture.opened.sets[set].tasks[program.lanes[lane].first + i].task.regcfg_amount;
  const std::uint64_t longest = words.empty() ? 0 : *std::ranges::max_element(words);
  if (longest == 0) return {};
  std::string content;
  std::vector<double> at(program.lanes.size());
  for_each_task(capture, set, program, [&](const LaneRecord& record) {
    const std::size_t lane = record.place.lane_number;
    if (record.place.task - program.lanes[lane].first >= most_tasks) return;
    const Task& task = record.place.entry().task;
    const std::string_view kind = kind_of(task.enable_mask, RegisterValues(record));
    const double size = width * task.regcfg_amount / static_cast<double>(longest);
    const double y = static_cast<double>(lane) * (lane_height + gap);
    std::string title = fmt::format("task {}, node {}: {}, {} words", record.place.task,
                                    task.op_idx, kind, task.regcfg_amount);
    const auto banks = value_of(record, reg::CNA_CBUF_CON0);
    if (banks && record.runs(Block::cna)) {
      const double data = reg::CNA_CBUF_CON0_DATA_BANK.in(*banks);
      title += fmt::format(", {} banks for data", data);
      const double high = (gap - 4) * std::min(data, banks_of_a_core) / banks_of_a_core;
      rectangle(content, at[lane], y + lane_height, size, gap - 4, "#eeddaa", title);
      rectangle(content, at[lane], y + lane_height + gap - 4 - high, size, high, "#997744", title);
    }
    rectangle(content, at[lane], y, size, lane_height, colour_of(kind), title);
    at[lane] += size;
  });
  return svg(
      900,
      static_cast<std::int64_t>((lane_height + gap) * static_cast<double>(program.lanes.size())),
      content);
}

std::string distribution_picture(const std::vector<std::size_t>& counts) {
  constexpr double bar = 6, height = 24;
  if (counts.empty()) return {};
  const auto most =
      static_cast<double>(std::max<std::size_t>(1, *std::ranges::max_element(counts)));
  std::string content;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const double high = std::max(1.0, height * static_cast<double>(counts[i]) / most);
    rectangle(content, bar * static_cast<double>(i), height - high, bar, high, "#4477aa",
              fmt::format("{}", counts[i]));
  }
  return svg(static_cast<std::int64_t>(bar * static_cast<double>(counts.size())), 24, content);
}

}  // namespace npuscope::corpus
