// The embedded database: its corrections, its layout, its meanings.
#include "regdb/register_db.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <initializer_list>
#include <set>
#include <type_traits>

namespace npuscope {
namespace {

const RegisterDb& db() {
  return RegisterDb::builtin();
}

const Field* field(std::uint16_t offset, const char* name) {
  const auto* reg = db().at(offset);
  if (reg == nullptr) return nullptr;
  for (const auto& item : reg->fields) {
    if (item.name == name) return &item;
  }
  return nullptr;
}

struct FieldPlace {
  std::uint16_t offset;
  const char* name;
  int low;
  int high;
};

// What real captures prove over published databases (specification of the capture formats, section
// 6).
TEST(RegisterDb, CorrectionsOverPublishedDatabases) {
  const FieldPlace rows[] = {
      {0x0008, "CNA_OP_EN", 0, 0},          {0x0008, "CSC_OP_EN", 1, 1},
      {0x0008, "CORE_OP_EN", 2, 2},         {0x0008, "DPU_OP_EN", 3, 3},
      {0x0008, "DPU_RDMA_OP_EN", 4, 4},     {0x0008, "PPU_OP_EN", 5, 5},
      {0x0008, "PPU_RDMA_OP_EN", 6, 6},     {0x0014, "CORE_GROUP", 16, 17},
      {0x0014, "CORE_GROUP_FLAGS", 18, 31}, {0x1004, "CORE_ID", 28, 31},
      {0x3004, "CORE_ID", 28, 31},          {0x1010, "TILE_FAMILY", 28, 30},
      {0x1044, "DATA_ENTRIES", 0, 14},      {0x4104, "SIGN_EXTENSION", 16, 31},
      {0x3030, "UNK_3030", 0, 31},          {0x40c4, "UNK_40C4", 0, 31},
      {0x002c, "UNK_30", 30, 30},           {0x002c, "UNK_31", 31, 31},
  };
  for (const auto& row : rows) {
    const auto* found = field(row.offset, row.name);
    ASSERT_NE(found, nullptr) << row.name;
    EXPECT_EQ(found->low, row.low) << row.name;
    EXPECT_EQ(found->high, row.high) << row.name;
  }
  for (const auto offset : std::initializer_list<std::uint16_t>{0x20, 0x24, 0x28, 0x2c}) {
    for (const char* name : {"UNK_14", "UNK_15", "UNK_16"}) {
      EXPECT_NE(field(offset, name), nullptr) << offset << name;
    }
  }
}

TEST(RegisterDb, TargetEnumHasWholeCodes) {
  const auto* target = db().enumeration("target");
  ASSERT_NE(target, nullptr);
  EXPECT_EQ(target->values.size(), 10U);
  for (const auto& facts : block_facts) {
    ASSERT_NE(target->find(facts.target), nullptr) << facts.name;
    EXPECT_EQ(target->find(facts.target)->name, facts.name);
  }
  EXPECT_EQ(target->find(target_marker)->name, "MARKER");
  EXPECT_EQ(target->find(target_operation_enable)->name, "OPERATION_ENABLE");
  EXPECT_EQ(target->find(0x0200), nullptr);
}

struct AliasRow {
  const char* reg;
  const char* name;
  int low;
  int high;
};

TEST(RegisterDb, OldFieldLayoutsStayReadable) {
  const AliasRow rows[] = {
      {"PC_OPERATION_ENABLE", "RESERVED_0", 1, 31},
      {"PC_OPERATION_ENABLE", "OP_EN", 0, 0},
      {"PC_REGISTER_AMOUNTS", "RESERVED_0", 16, 31},
      {"PC_INTERRUPT_MASK", "RESERVED_0", 14, 31},
      {"PC_INTERRUPT_CLEAR", "RESERVED_0", 14, 31},
      {"PC_INTERRUPT_STATUS", "RESERVED_0", 14, 31},
      {"PC_INTERRUPT_RAW_STATUS", "RESERVED_0", 14, 31},
      {"CNA_S_POINTER", "RESERVED_0", 17, 31},
      {"CORE_S_POINTER", "RESERVED_0", 17, 31},
      {"CNA_CONV_CON2", "RESERVED_0", 24, 31},
      {"CNA_CBUF_CON1", "RESERVED_0", 14, 31},
      {"DPU_LUT_ACCESS_DATA", "RESERVED_0", 16, 31},
  };
  std::size_t aliases = 0;
  for (const auto& reg : db().registers()) aliases += reg.aliases.size();
  EXPECT_EQ(aliases, std::size(rows));
  for (const auto& row : rows) {
    const auto* reg = db().named(row.reg);
    ASSERT_NE(reg, nullptr) << row.reg;
    const auto* found = reg->field(row.name);
    ASSERT_NE(found, nullptr) << row.reg << row.name;
    EXPECT_EQ(found->low, row.low) << row.reg;
    EXPECT_EQ(found->high, row.high) << row.reg;
    EXPECT_EQ(found->full_name, std::string(row.reg) + "_" + row.name);
    for (const auto& own : reg->fields)
      EXPECT_NE(own.name, row.name) << "the name means two ranges";
  }
}

TEST(RegisterDb, EveryBitHasExactlyOneField) {
  std::size_t fields = 0;
  std::set<std::string> names;
  for (const auto& reg : db().registers()) {
    std::uint32_t owned = 0;
    int previous = 32;
    for (const auto& item : reg.fields) {
      EXPECT_EQ(item.high, previous - 1) << item.full_name;
      EXPECT_EQ(owned & item.mask(), 0U) << item.full_name;
      EXPECT_EQ(item.full_name, reg.full_name + "_" + item.name);
      EXPECT_TRUE(names.insert(item.full_name).second) << item.full_name;
      owned |= item.mask();
      previous = item.low;
    }
    EXPECT_EQ(owned, 0xffffffffU) << reg.full_name;
    EXPECT_EQ(reg.unowned_bits(), 0U) << reg.full_name;
    EXPECT_EQ(reg.offset % 4, 0);
    EXPECT_FALSE(reg.brief.empty()) << reg.full_name;
    EXPECT_TRUE(names.insert(reg.full_name).second) << reg.full_name;
    fields += reg.fields.size();
  }
  EXPECT_EQ(db().registers().size(), 201U);
  EXPECT_EQ(fields, 738U);
  EXPECT_TRUE(db().notices().empty());
}

TEST(RegisterDb, BlockIsThePageAndUnreachableDomainsHaveNone) {
  for (const auto& reg : db().registers()) {
    EXPECT_EQ(reg.block, block_of_offset(reg.offset)) << reg.full_name;
    if (reg.block) {
      EXPECT_EQ(name_of(*reg.block), reg.domain);
    } else {
      EXPECT_TRUE(reg.domain == "DDMA" || reg.domain == "SDMA" || reg.domain == "GLOBAL");
    }
  }
}

TEST(RegisterDb, FindsByOffsetAndByName) {
  ASSERT_NE(db().at(0x1040), nullptr);
  EXPECT_EQ(db().at(0x1040)->full_name, "CNA_CBUF_CON0");
  EXPECT_EQ(db().at(0x1042), nullptr);
  EXPECT_EQ(db().at(0xffff), nullptr);
  EXPECT_EQ(db().named("CNA_CBUF_CON0"), db().at(0x1040));
  EXPECT_EQ(db().named("REG_CNA_CBUF_CON0"), db().at(0x1040));
  EXPECT_EQ(db().named("cna_cbuf_con0"), nullptr);
  EXPECT_EQ(db().named(""), nullptr);
  for (const auto& reg : db().registers()) {
    EXPECT_EQ(db().named(reg.full_name), &reg);
    EXPECT_EQ(db().at(reg.offset), &reg);
  }
  EXPECT_EQ(RegisterDb().at(0x1040), nullptr);
  EXPECT_EQ(RegisterDb().named("CNA_CBUF_CON0"), nullptr);
}

TEST(RegisterDb, MovesWithoutBreakingPointersAndCannotBeCopied) {
  static_assert(!std::is_copy_constructible_v<RegisterDb>);
  static_assert(!std::is_copy_assignable_v<RegisterDb>);
  auto first = RegisterDb::load("", "");
  ASSERT_TRUE(first);
  const auto* reg = first->named("CNA_CONV_CON1");
  const auto* values = reg->field("CONV_MODE")->values;
  const RegisterDb moved = std::move(*first);
  EXPECT_EQ(moved.named("CNA_CONV_CON1"), reg);
  EXPECT_EQ(reg->field("CONV_MODE")->values, values);
  EXPECT_EQ(values->find(3)->name, "depthwise");
  EXPECT_EQ(moved.groups().front().members.front().reg, moved.named("CNA_CONV_CON1"));
}

struct RoleRow {
  std::uint16_t offset;
  AddressRole role;
};

// The relocations of 85 vendor models name these registers and no others.
TEST(Semantics, AddressRoles) {
  const RoleRow rows[] = {
      {0x0010, AddressRole::command},
      {0x1070, AddressRole::feature},
      {0x1110, AddressRole::weight},
      {0x4020, AddressRole::destination},
      {0x5018, AddressRole::main_source},
      {0x5020, AddressRole::bias},
      {0x502c, AddressRole::bn_operand},
      {0x5038, AddressRole::element_wise},
      {0x6070, AddressRole::pooling_destination},
      {0x701c, AddressRole::pooling_source},
  };
  std::size_t with_role = 0;
  for (const auto& reg : db().registers()) with_role += reg.role == AddressRole::none ? 0U : 1U;
  EXPECT_EQ(with_role, std::size(rows));
  for (const auto& row : rows) EXPECT_EQ(db().at(row.offset)->role, row.role) << row.offset;
  for (const auto& row : rows) EXPECT_EQ(role_named(name_of(row.role)), row.role);
  EXPECT_EQ(role_named("weights"), std::nullopt);
}

struct QuantityRow {
  std::uint16_t offset;
  const char* field;
  std::uint32_t value;  // of the register, as a capture writes it
  std::int64_t quantity;
  const char* unit;
};

TEST(Semantics, QuantitiesOfRealValues) {
  const QuantityRow rows[] = {
      {0x0014, "PC_DATA_AMOUNT", 0x37, 56, "beats of 2 words"},  // 108 + 4 words
      {0x0010, "PC_SOURCE_ADDR", 0xffff9d80, 0xffff9d80, "bytes"},
      {0x1014, "CONV_X_STRIDE", 0x9, 1, "pixels"},
      {0x1014, "ATROUS_X_DILATION", 0x10009, 2, "pixels"},
      {0x1014, "ATROUS_X_DILATION", 0x70009, 8, "pixels"},
      {0x1020, "DATAIN_WIDTH", 56U << 16 | 29, 56, "pixels"},
      {0x1020, "DATAIN_HEIGHT", 56U << 16 | 29, 29, "rows"},
      {0x1024, "DATAIN_CHANNEL_REAL", 63U << 16 | 64, 64, "channels"},
      {0x1040, "DATA_BANK", 0xb1, 1, "banks"},
      {0x1040, "WEIGHT_BANK", 0xb1, 11, "banks"},
      {0x1044, "DATA_ENTRIES", 0x4001, 0x4001, "units of 64 bytes"},
      {0x1080, "SURF_STRIDE", 0x0ffffffc, -4, "atoms"},
      {0x1080, "SURF_STRIDE", 0x0ffffffd, -3, "atoms"},
      {0x1080, "SURF_STRIDE", 56 * 52, 56 * 52, "atoms"},
      {0x1058, "CVT_SCALE2", 0x10000, 1, ""},
      {0x3014, "DATAOUT_HEIGHT", 27U << 16 | 55, 28, "rows"},
      {0x3014, "DATAOUT_WIDTH", 27U << 16 | 55, 56, "pixels"},
      {0x3018, "DATAOUT_CHANNEL", 127, 128, "channels"},
      {0x4024, "DST_SURF_STRIDE", 0xc400, 50176, "bytes"},
      {0x4034, "HEIGHT", 27, 28, "rows"},
      {0x403c, "ORIG_CHANNEL", 127U << 16 | 127, 128, "channels"},
      {0x4050, "SIZE_E_0", 0x126, 2, "surfaces"},
      {0x4050, "SIZE_E_2", 0x36e, 4, "surfaces"},
      {0x4054, "OW_OP", 0xff80, -128, ""},
      {0x4058, "CHANNEL_WDMA", 127, 128, "channels"},
      {0x405c, "HEIGHT_WDMA", 27U << 16 | 55, 28, "rows"},
      {0x4074, "EW_OP_CVT_OFFSET", 0xffffff80, -128, ""},
      {0x4080, "OUT_CVT_OFFSET", 0xffffffff, -1, ""},
      {0x40c0, "SURF_ADD", 0xc400 * 2, 100352, "bytes"},
      {0x4104, "LUT_ACCESS_DATA", 0xffff8000, -32768, ""},
      {0x4110, "LUT_LE_START", 0xffffc000, -16384, ""},
      {0x4118, "LUT_LO_START", 0, 0, ""},
      {0x411c, "LUT_LO_END", 16384, 16384, ""},
      {0x4120, "LUT_LE_SLOPE_UFLOW_SCALE", 23107, 23107, ""},
      {0x4128, "LUT_LO_SLOPE_OFLOW_SCALE", 0x80000000, -32768, ""},
      {0x504c, "SURF_NOTCH_ADDR", 0xffffb030, -0x4fd, "atoms"},  // in a vendor model
      {0x5048, "KERNEL_WIDTH", 0x1249, 2, "pixels"},
      {0x600c, "CUBE_IN_WIDTH", 0x1f, 32, "pixels"},
      {0x6034, "KERNEL_STRIDE_HEIGHT", 0x110101, 2, "rows"},
      {0x6040, "PAD_TOP", 0x11, 1, "rows"},
      {0x607c, "DST_SURF_STRIDE", 0x10, 16, "bytes"},
      {0x7024, "SRC_LINE_STRIDE", 0x10, 16, "bytes"},
  };
  for (const auto& row : rows) {
    const auto* found = field(row.offset, row.field);
    ASSERT_NE(found, nullptr) << row.field;
    EXPECT_EQ(found->quantity(row.value), row.quantity) << found->full_name;
    EXPECT_EQ(found->unit, row.unit) << found->full_name;
  }
}

struct NameRow {
  std::uint16_t offset;
  const char* field;
  std::uint32_t value;
  const char* name;
};

TEST(Semantics, NamesOfRealValues) {
  const NameRow rows[] = {
      {0x100c, "CONV_MODE", 0x123, "depthwise"},
      {0x100c, "IN_PRECISION", 0x120, "fp16"},
      {0x100c, "PROC_PRECISION", 0x120, "fp16"},
      {0x100c, "ARGB_IN", 0x6000a120, "3_channels"},
      {0x1010, "TILE_FAMILY", 0x10000000, "two_cores_by_rows"},
      {0x1010, "TILE_FAMILY", 0x20000000, "three_cores_by_rows"},
      {0x1010, "TILE_FAMILY", 0x40000000, "two_cores_by_kernels"},
      {0x1010, "TILE_FAMILY", 0x50000000, "three_cores_by_kernels"},
      {0x0014, "CORE_GROUP", 0x10037, "two_cores"},
      {0x3010, "PROC_PRECISION", 0x202, "fp16"},
      {0x400c, "OUTPUT_MODE", 0x1e4, "memory"},
      {0x400c, "CONV_MODE", 0x1fc, "depthwise"},
      {0x4010, "OUT_PRECISION", 0x48000002, "fp16"},
      {0x4010, "IN_PRECISION", 0x48000002, "fp16"},
      {0x4040, "BS_ALU_ALGO", 0x20000, "add"},
      {0x4060, "BN_ALU_ALGO", 0x40000, "subtract"},
      {0x4070, "EW_ALU_ALGO", 0x904200c0, "add"},
      {0x4070, "EDATA_SIZE", 0x904200c0, "8_bit"},
      {0x4070, "EW_OP_TYPE", 0x804002c4, "multiply"},
      {0x4070, "EW_CVT_TYPE", 0x904200c0, "offset_first"},
      {0x4100, "LUT_TABLE_ID", 0x30000, "LO"},
      {0x501c, "BRDMA_DATA_USE", 0x0e, "alu_cpend_mul"},
      {0x501c, "BRDMA_DATA_USE", 0x02, "alu"},
      {0x501c, "BRDMA_DATA_USE", 0x08, "mul"},
      {0x5034, "ERDMA_DATA_MODE", 0x4000000c, "per_pixel"},
      {0x5034, "ERDMA_DATA_SIZE", 0x4000000c, "32_bit"},
      {0x5044, "COMB_USE", 0x300, "interleaved_main_input"},
      {0x5044, "COMB_USE", 0x500, "interleaved_operand"},
      {0x6024, "POOLING_METHOD", 0x11, "max"},
      {0x6024, "POOLING_METHOD", 0x10, "average"},
      {0x7030, "IN_PRECISION", 1, "8_bit"},
  };
  for (const auto& row : rows) {
    const auto* found = field(row.offset, row.field);
    ASSERT_NE(found, nullptr) << row.field;
    ASSERT_NE(found->values, nullptr) << found->full_name;
    const auto* value = found->values->find(found->extract(row.value));
    ASSERT_NE(value, nullptr) << found->full_name;
    EXPECT_EQ(value->name, row.name) << found->full_name;
  }
  const char* precisions[] = {"int8", "int16", "fp16", "bf16", "int32", "fp32", "int4", "tf32"};
  for (std::uint32_t i = 0; i < 8; ++i) {
    EXPECT_EQ(db().enumeration("precision")->find(i)->name, precisions[i]);
  }
}

TEST(Semantics, ReservedFieldsMustBeZeroAndOthersNeedNot) {
  for (const auto& reg : db().registers()) {
    for (const auto& item : reg.fields) {
      const bool reserved = item.name.substr(0, 9) == "RESERVED_";
      EXPECT_EQ(item.must_be_zero, reserved) << item.full_name;
    }
  }
}

TEST(Semantics, SpeedOnlyFields) {
  EXPECT_TRUE(field(0x1010, "FEATURE_GRAINS")->performance_only);
  EXPECT_TRUE(field(0x1010, "TILE_FAMILY")->performance_only);
  EXPECT_TRUE(field(0x1078, "DATA_BURST_LEN")->performance_only);
  EXPECT_TRUE(db().at(0x5068)->performance_only);
  EXPECT_FALSE(field(0x1040, "DATA_BANK")->performance_only);
  EXPECT_FALSE(field(0x100c, "GROUP_LINE_OFF")->performance_only) << "selects the address rule";
}

// A unit that no note can check: everything that holds "minus one" is in the list of the hardware
// specification.
TEST(Semantics, NotesEndWithTheirSource) {
  for (const auto& reg : db().registers()) {
    EXPECT_TRUE(reg.note.empty() || reg.note.back() == ']') << reg.full_name;
    for (const auto& item : reg.fields) {
      EXPECT_TRUE(item.note.empty() || item.note.back() == ']') << item.full_name;
    }
  }
}

const Group& group_named(std::string_view name) {
  const auto found = std::find_if(db().groups().begin(), db().groups().end(),
                                  [&](const Group& group) { return group.name == name; });
  EXPECT_NE(found, db().groups().end()) << name;
  return *found;
}

TEST(Semantics, FieldsThatAlwaysChangeTogetherSaySo) {
  for (const auto& member : group_named("bank-split").members) EXPECT_EQ(member.together, "banks");
  std::set<std::string> sides;
  for (const auto& member : group_named("tile-height").members) sides.insert(member.together);
  EXPECT_EQ(sides, (std::set<std::string>{"", "input", "output"}));
}

TEST(Semantics, GroupsSayWhatTheyFollowFrom) {
  const auto follows = [](std::string_view group, std::string_view cause) {
    const auto& after = group_named(group).after;
    return std::find(after.begin(), after.end(), cause) != after.end();
  };
  EXPECT_TRUE(follows("tile-height", "kernel-size"));
  EXPECT_TRUE(follows("places", "tile-height"));
  EXPECT_FALSE(follows("places", "activation"));  // a ReLU moves nothing
  EXPECT_TRUE(group_named("kernel-size").after.empty());
  EXPECT_TRUE(group_named("places").elsewhere);
  EXPECT_FALSE(group_named("tile-height").elsewhere);
  EXPECT_TRUE(group_named("output-channels").layer);
  EXPECT_FALSE(group_named("core-split").layer);
}

TEST(Semantics, TileHeightShowsInSevenFields) {
  const auto& group = group_named("tile-height");
  std::vector<std::string> names;
  for (const auto& member : group.members)
    if (!member.follows) names.push_back(member.field->full_name);
  const std::vector<std::string> expected{
      "CNA_DATA_SIZE0_DATAIN_HEIGHT",         "CNA_DATA_SIZE3_DATAOUT_ATOMICS",
      "CNA_FC_DATA_SIZE0_DMA_HEIGHT",         "CORE_DATAOUT_SIZE_0_DATAOUT_HEIGHT",
      "DPU_DATA_CUBE_HEIGHT_HEIGHT",          "DPU_WDMA_SIZE_1_HEIGHT_WDMA",
      "DPU_RDMA_RDMA_DATA_CUBE_HEIGHT_HEIGHT"};
  EXPECT_EQ(names, expected);
}

TEST(Semantics, GroupsOfAFieldAndOfAWholeRegister) {
  const auto* size3 = db().at(0x102c);
  const auto by_field = db().groups_of(*size3, *size3->field("DATAOUT_ATOMICS"));
  ASSERT_EQ(by_field.size(), 2U);
  EXPECT_EQ(by_field[0]->name, "tile-width");
  EXPECT_EQ(by_field[1]->name, "tile-height");
  const auto* address = db().at(0x1070);
  const auto by_register = db().groups_of(*address, address->fields[0]);
  ASSERT_EQ(by_register.size(), 1U);
  EXPECT_EQ(by_register[0]->name, "places");
  EXPECT_TRUE(db().groups_of(*size3, *size3->field("RESERVED_0")).empty());
  for (const auto& group : db().groups()) {
    EXPECT_FALSE(group.note.empty()) << group.name;
    // Causes without members show outside of registers; they stand at the end.
    EXPECT_TRUE(!group.members.empty() || &group >= &group_named("programs")) << group.name;
  }
}

}  // namespace
}  // namespace npuscope
