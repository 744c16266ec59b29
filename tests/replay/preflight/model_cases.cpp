// Cases of the rules that need a model file: its graph, tensors and relocations.
#include <cstring>

#include "decoder/program/relocation.h"
#include "regdb/register_fields.h"
#include "tests/replay/preflight/rule_cases.h"
#include "tests/support/rknn_file.h"

namespace npuscope::testing {

namespace {

using Bytes = std::vector<std::byte>;
using M = SyntheticModel;

constexpr std::size_t body0 = 104;  // words of the first record
constexpr std::size_t node_of_copy = 2;
constexpr std::uint32_t tensor_input = 1, tensor_output = 2;

ModelChange model(std::function<void(M&)> change) {
  return {std::move(change), {}, {}};
}

// One word of the command buffer in the file.
ModelChange word(std::size_t index, Word word) {
  return {{},
          [=](const Capture& capture, Bytes& bytes) {
            std::memcpy(bytes.data() + regcmd_of(capture).place.at + 8 * index, &word.raw, 8);
          },
          {}};
}

ModelChange task(std::size_t index, const std::function<void(Task&)>& change) {
  return {{},
          [=](const Capture& capture, Bytes& bytes) {
            std::byte* at = bytes.data() + tasks_of(capture).place.at + task_bytes * index;
            Task task = load_task({at, task_bytes});
            change(task);
            std::memcpy(at, &task, task_bytes);
          },
          {}};
}

// What the file says of its weight memory; in lists without shared records, at which links leave
// the table.
ModelChange weight_bytes(std::int64_t more) {
  return {[](M& m) {
            m.lists[1].pop_back();
            m.lists[3].pop_back();
          },
          {},
          [=](Capture& capture) {
            Model changed = *capture.model;
            changed.weight_bytes =
                static_cast<std::int64_t>(layout_weight_memory(capture).constant_bytes) + more;
            capture.model = std::make_shared<const Model>(std::move(changed));
          }};
}

// 32 channels of eight bits: two surfaces of 4 x 4 cells.
ModelChange two_surfaces(std::uint32_t stride) {
  return model([=](M& m) {
    auto& body = m.lists[0][0].body;
    set_register(body, reg::CNA_DATA_SIZE0, 4U << 16U | 4U);
    set_register(body, reg::CNA_DATA_SIZE1, 32);
    set_register(body, reg::CNA_DMA_CON1, 16);
    set_register(body, reg::CNA_DMA_CON2, stride);
  });
}

// 8 channels of 16 bits: 512 bytes for 32 kernels.
ModelChange kernels(std::uint32_t count) {
  return model([=](M& m) {
    for (const std::size_t record : {0U, 1U}) {
      auto& body = m.lists[0][record].body;
      set_register(body, reg::CNA_CONV_CON1, reg::CNA_CONV_CON1_PROC_PRECISION.at(2));
      set_register(body, reg::CNA_DATA_SIZE1, 16);
      set_register(body, reg::CNA_WEIGHT_SIZE2, 1U << 24U | 1U << 16U | count);
    }
  });
}

// The copy becomes an addition of its source and an operand.
ModelChange addition(std::uint32_t operand) {
  return model([=](M& m) {
    m.nodes[node_of_copy].inputs = {tensor_input, tensor_output};
    auto& record = m.lists[0][4];
    set_register(record.body, reg::DPU_RDMA_RDMA_ERDMA_CFG, 0);
    record.relocations.push_back({operand, 0, reg::DPU_RDMA_RDMA_EW_BASE_ADDR});
  });
}

// A pooling reads the map of size x size cells that the barrier in front of it wrote.
ModelChange pooled_twice(std::uint32_t size) {
  return model([=](M& m) {
    auto& lane = m.lists[1];
    lane.insert(lane.begin() + 2, lane[1]);
    set_register(lane[1].body, reg::PPU_DATA_CUBE_OUT_WIDTH, size - 1);
    set_register(lane[1].body, reg::PPU_DATA_CUBE_OUT_HEIGHT, size - 1);
    const std::uint32_t map = lane[1].relocations[0].tensor;
    lane[2].relocations = {{tensor_input, 0, reg::PPU_DST_BASE_ADDR},
                           {map, 0, reg::PPU_RDMA_RDMA_SRC_BASE_ADDR}};
  });
}

// The copy leaves its bias stage to whoever ran two tasks before.
void drop(M& m, std::uint16_t offset) {
  std::erase_if(m.lists[0][4].body, [=](Word w) { return w.offset() == offset; });
}

}  // namespace

std::vector<ModelCase> model_cases() {
  return {
      {"HW-W12",
       {"HW-W1", "RKNN-E6", "RKNN-W2"},
       model([](M& m) { drop(m, reg::DPU_BS_CFG); }),
       model([](M& m) { drop(m, reg::CNA_CBUF_CON0); })},
      {"HW-W11-small", {}, pooled_twice(3), pooled_twice(4)},
      {"HW-E11-tensor", {}, two_surfaces(4), two_surfaces(0)},
      {"HWM-L1", {}, addition(tensor_output), addition(tensor_input)},
      {"HW-E12", {}, kernels(8), kernels(16)},
      {"RKNN-E1", {}, {{}, {}, [](Capture& c) { c.buffers[*c.model->task_buffer].size += 1; }}, {}},
      {"RKNN-E2", {"RKNN-E5", "RKNN-E8", "RKNN-W2"}, task(3, [](Task& t) { t.op_idx = 0; }), {}},
      {"RKNN-E3", {"KABI-L17"}, word(body0 + 1, Word::make(0x0101, 0x14, 7)), {}},
      {"RKNN-E4", {"HW-E4"}, model([](M& m) { m.lists[0][1].relocations[0].addend = 4096; }), {}},
      {"RKNN-E5", {}, task(4, [](Task& t) { t.op_idx = 1; }), {}},
      {"RKNN-E6",
       {"HW-W1"},
       model([](M& m) { m.lists[1][0].body.erase(m.lists[1][0].body.begin()); }),
       {}},
      {"RKNN-E7",
       {},
       model([](M& m) { set_register(m.lists[0][4].body, reg::DPU_RDMA_RDMA_ERDMA_CFG, 0); }),
       {}},
      {"RKNN-E8",
       {},
       model([](M& m) { set_register(m.lists[3][0].body, reg::DPU_WDMA_SIZE_1, 3); }),
       {}},
      {"RKNN-W1", {}, word(body0 + 5, Word{1}), {}},
      {"RKNN-W2",
       {"KABI-L21", "RKNN-E6"},
       model([](M& m) { m.lists[0][4].body.erase(m.lists[0][4].body.begin()); }),
       {}},
      {"RKNN-W3",
       {"HW-W10-register"},
       model([](M& m) { m.lists[0][0].body.push_back(Word::make(0x0201, 0x1ffc, 0)); }),
       {}},
      {"RKNN-W4", {}, model([](M& m) { m.tensors[0].native_shape[0] = 2; }), {}},
      {"RKNN-N1", {}, weight_bytes(64), weight_bytes(0)},
      {"RKNN-N2",
       {},
       model([](M& m) {
         m.nodes.push_back({"Reshape", 0, {1}, {1}});
       }),
       {}},
  };
}

}  // namespace npuscope::testing
