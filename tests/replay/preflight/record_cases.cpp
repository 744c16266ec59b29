// Cases of the rules over the registers of one task.
#include "regdb/register_fields.h"
#include "tests/replay/preflight/rule_cases.h"

namespace npuscope::testing {

namespace {

using P = PatchedProgram;

// Rows of one entry of 64 bytes; 512 are a bank. 490 fill 96 % of it, 500 fill 98 %.
constexpr const char* column_shape = "b1_c64_h490_w1_oc32_wic64_k1x1_g1_i8";
constexpr const char* deep_shape = "b1_c1024_h7_w7_oc64_wic1024_k3x3_g1";
constexpr const char* pixel_shape = "b1_c3_h64_w64_oc32_wic3_k3x3_g1";

void add(P& p, const reg::RegisterField& field, std::uint32_t amount) {
  p.field(0, field, field.in(p.value(0, field.offset)) + amount);
}

// Of all tasks that write the register.
void banks(P& p, std::uint32_t data) {
  for (std::size_t i = 0; i < p.tasks(); ++i) {
    if (!p.has(i, reg::CNA_CBUF_CON0)) continue;
    p.field(i, reg::CNA_CBUF_CON0_DATA_BANK, data);
    p.field(i, reg::CNA_CBUF_CON0_WEIGHT_BANK, 12 - data);
  }
}

std::vector<ProgramCase> state() {
  return {
      {"KABI-L20",
       {},
       [](P& p) { p.erase(0, reg::CNA_FEATURE_DATA_ADDR); },
       [](P& p) { p.erase(0, 0x1100); }},
      {"HW-W1",
       {},
       [](P& p) { p.erase(0, reg::DPU_OUT_CVT_SHIFT); },
       [](P& p) { p.erase(0, 0x1100); }},
      {"KABI-L21", {}, [](P& p) { p.erase(0, 0x4004); }, [](P& p) { p.erase(0, 0x1100); }},
      {"HW-W2", {}, [](P& p) { p.set(0, 0x4004, 0xa); }, [](P& p) { p.set(0, 0x4004, 8); }},
      {"HW-W2-parity",
       {},
       [](P& p) { p = P(plain_shape); },
       [](P& p) { p = P(reuse_shape); },
       reuse_shape},
      {"HW-W3",
       {},
       [](P& p) { p.field(0, reg::CNA_CBUF_CON0_WEIGHT_REUSE, 1); },
       [](P& p) { p.field(1, reg::CNA_CBUF_CON0_WEIGHT_REUSE, 1); },
       reuse_shape},
      {"SCHED-L8",
       {},
       [](P& p) { p.erase(2, 0x1104); },
       [](P& p) { p.erase(0, 0x1104); },
       short_shape},
  };
}

std::vector<ProgramCase> buffer_banks() {
  return {
      {"HW-E1", {}, [](P& p) { banks(p, 10); }, [](P& p) { banks(p, 11); }, reuse_shape},
      {"HW-E1-pixels", {}, [](P& p) { banks(p, 3); }, [](P& p) { banks(p, 4); }, pixel_shape},
      // The constants of hand notes: 7 + 8 banks, where 4 + 8 is right.
      {"HW-E2",
       {},
       [](P& p) { p.set(0, reg::CNA_CBUF_CON0, 0x87); },
       [](P& p) { p.set(0, reg::CNA_CBUF_CON0, 0x84); }},
      {"HW-E3",
       {},
       [](P& p) { p.field(0, reg::CNA_CBUF_CON0_FC_DATA_BANK, 1); },
       [](P& p) { p.field(0, reg::CNA_CBUF_CON0_FC_DATA_BANK, 0); }},
      {"HW-W4", {}, [](P& p) { banks(p, 4); }, [](P& p) { banks(p, 3); }, deep_shape},
      {"HW-W8",
       {},
       [](P& p) { p = P("b1_c64_h500_w1_oc32_wic64_k1x1_g1_i8"); },
       [](P& p) { p = P(column_shape); },
       column_shape},
      {"HW-I-entries",
       {},
       [](P& p) { add(p, reg::CNA_CBUF_CON1_DATA_ENTRIES, 1); },
       [](P& p) { add(p, reg::CNA_CBUF_CON1_DATA_ENTRIES, 0); }},
      {"HW-I-grains",
       {},
       [](P& p) { p.field(0, reg::CNA_CONV_CON2_FEATURE_GRAINS, 2); },
       [](P& p) { p.field(0, reg::CNA_CONV_CON2_FEATURE_GRAINS, 3); }},
  };
}

std::vector<ProgramCase> geometry() {
  return {
      {"HW-E6",
       {},
       [](P& p) { add(p, reg::CNA_DATA_SIZE3_DATAOUT_ATOMICS, 1); },
       [](P& p) { add(p, reg::CNA_DATA_SIZE3_DATAOUT_ATOMICS, 0); }},
      {"HW-E7",
       {"HW-I-add"},
       [](P& p) { p.field(0, reg::DPU_SURFACE_ADD_SURF_ADD, 144); },
       [](P& p) { p.field(0, reg::DPU_SURFACE_ADD_SURF_ADD, 288); }},
      {"HW-E8",
       {"HW-E1", "HW-I-entries"},
       [](P& p) { p.field(0, reg::CNA_CBUF_CON1_DATA_ENTRIES, 8192); },
       [](P& p) { p.field(0, reg::CNA_CBUF_CON1_DATA_ENTRIES, 8191); }},
      {"HW-E11",
       {"HW-E11-whole", "SCHED-L3-input"},
       [](P& p) { add(p, reg::CNA_DMA_CON2_SURF_STRIDE, 0x0fffffff); },
       [](P& p) { add(p, reg::CNA_DMA_CON2_SURF_STRIDE, 0); }},
      {"SCHED-L7",
       {},
       [](P& p) { add(p, reg::CNA_WEIGHT_SIZE0_WEIGHT_BYTES, 16); },
       [](P& p) { add(p, reg::CNA_WEIGHT_SIZE0_WEIGHT_BYTES, 0); }},
      {"SCHED-L11",
       {},
       [](P& p) { p.field(0, reg::CNA_DATA_SIZE1_DATAIN_CHANNEL_REAL, 0x47); },
       [](P& p) { p.field(0, reg::CNA_DATA_SIZE1_DATAIN_CHANNEL_REAL, 0x1f); }},
      {"HW-W5",
       {"SCHED-L7"},
       [](P& p) { p.field(0, reg::CNA_WEIGHT_SIZE2_WEIGHT_KERNELS, 1); },
       [](P& p) { p.field(0, reg::CNA_WEIGHT_SIZE2_WEIGHT_KERNELS, 2); }},
      {"HW-W6",
       {"HW-E4", "HW-I-entries"},
       [](P& p) { p.field(0, reg::CNA_DATA_SIZE1_DATAIN_CHANNEL, 36); },
       [](P& p) { p.field(0, reg::CNA_DATA_SIZE1_DATAIN_CHANNEL, 40); }},
      {"HW-W9",
       {},
       [](P& p) { p = P("b1_c32_h3_w1_oc32_wic32_k1x1_g1"); },
       [](P& p) { p = P("b1_c32_h12_w1_oc32_wic32_k1x1_g1"); },
       "b1_c32_h12_w1_oc32_wic32_k1x1_g1"},
      {"HW-I-stride",
       {"HW-E11", "HW-E11-whole"},
       [](P& p) { p.field(0, reg::CNA_DMA_CON1_LINE_STRIDE, 60); },
       [](P& p) { p.field(0, reg::CNA_DMA_CON1_LINE_STRIDE, 56); }},
      {"HW-I-add",
       {"HW-E4"},
       [](P& p) { p.field(0, reg::DPU_SURFACE_ADD_SURF_ADD, 4 * 144); },
       [](P& p) { p.field(0, reg::DPU_SURFACE_ADD_SURF_ADD, 288); }},
      {"HW-I-padding",
       {},
       [](P& p) { p.field(0, reg::CNA_CONV_CON3_CONV_Y_STRIDE, 2); },
       [](P& p) { p.field(0, reg::CNA_CONV_CON3_CONV_Y_STRIDE, 1); }},
  };
}

std::vector<ProgramCase> paths() {
  return {
      {"HW-E9",
       {"HW-E4"},
       [](P& p) {
         p.field(0, reg::DPU_RDMA_RDMA_FEATURE_MODE_CFG_MRDMA_DISABLE, 0);
         p.field(0, reg::DPU_RDMA_RDMA_FEATURE_MODE_CFG_COMB_USE, 0);
       },
       [](P& p) {
         p.field(0, reg::DPU_RDMA_RDMA_FEATURE_MODE_CFG_MRDMA_DISABLE, 0);
         p.field(0, reg::DPU_RDMA_RDMA_FEATURE_MODE_CFG_COMB_USE, 5);
       },
       fused_shape},
      {"HW-E9-operand",
       {},
       [](P& p) { p.field(0, reg::DPU_EW_CFG_EW_BYPASS, 1); },
       [](P& p) { p.field(0, reg::DPU_EW_CFG_EW_BYPASS, 0); },
       fused_shape},
      {"HW-E10",
       {},
       [](P& p) { p.field(0, reg::DPU_FEATURE_MODE_CFG_FLYING_MODE, 1); },
       [](P& p) { p.field(0, reg::DPU_FEATURE_MODE_CFG_FLYING_MODE, 0); }},
      {"HW-W11",
       {},
       [](P& p) {
         p.field(2, reg::PPU_POOLING_KERNEL_CFG_KERNEL_WIDTH, 15);
         p.field(2, reg::PPU_POOLING_PADDING_CFG_PAD_LEFT, 7);
       },
       [](P& p) {
         p.field(2, reg::PPU_POOLING_KERNEL_CFG_KERNEL_WIDTH, 15);
         p.field(2, reg::PPU_POOLING_PADDING_CFG_PAD_LEFT, 6);
       }},
      {"HW-W11-notch",
       {},
       [](P& p) { p.field(2, reg::PPU_OPERATION_MODE_CFG_NOTCH_ADDR, 1); },
       [](P& p) { p.field(2, reg::PPU_OPERATION_MODE_CFG_NOTCH_ADDR, 0); }},
      {"HW-W7",
       {},
       [](P& p) { p = P("b1_c64_h112_w112_oc64_wic64_k1x1_g1_i8"); },
       [](P& p) { p = P(column_shape); },
       column_shape},
  };
}

}  // namespace

std::vector<ProgramCase> record_cases() {
  std::vector<ProgramCase> all = state();
  for (const auto& cases : {buffer_banks(), geometry(), paths()})
    all.insert(all.end(), cases.begin(), cases.end());
  return all;
}

}  // namespace npuscope::testing
