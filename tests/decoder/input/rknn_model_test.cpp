// Synthetic model files: what they become, every refusal, and damage of any kind.
#include <gtest/gtest.h>

#include <cstring>
#include <random>

#include "decoder/check/model_check.h"
#include "tests/corpus.h"
#include "tests/support/rknn_examples.h"
#include "tests/support/rknn_file.h"

namespace npuscope::testing {
namespace {

using Bytes = std::vector<std::byte>;

std::string refusal(Bytes bytes) {
  const auto capture = read_rknn(as_file(std::move(bytes)));
  return capture ? "opened" : capture.error().text();
}

Bytes from_text(std::string_view text) {
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

template <typename T>
void put(Bytes& bytes, std::size_t at, T value) {
  std::memcpy(bytes.data() + at, &value, sizeof value);
}

TEST(RknnModel, ReadsASyntheticModel) {
  const auto capture = read_rknn(as_file(write_rknn(small_convolution())));
  ASSERT_TRUE(capture) << capture.error().text();
  const Model& model = *capture->model;
  EXPECT_EQ(capture->kind, "rknn model (container v6)");
  EXPECT_EQ(model.list_lengths, (std::array<std::uint32_t, 6>{5, 3, 2, 3, 2, 2}));
  EXPECT_TRUE(model.has_lists);
  EXPECT_EQ(tasks_of(*capture).size, 17 * task_bytes);
  EXPECT_EQ(tasks_of(*capture).role, BufferRole::task_table);
  EXPECT_EQ(regcmd_of(*capture).role, BufferRole::commands);
  EXPECT_FALSE(regcmd_of(*capture).device_address);
  EXPECT_EQ(capture->buffers.size(), 5U);
  EXPECT_EQ(capture->buffers[2].name, "conv.weight");
  EXPECT_EQ(capture->buffers[2].place.at % 64, 0U);
  EXPECT_EQ(capture->fact("compiler.version")->value, "0.0.0 (synthetic)");
  EXPECT_EQ(capture->fact("model.input")->value, "input f16 1x8x4x4");
  EXPECT_TRUE(capture->diagnostics.empty());
  EXPECT_TRUE(
      std::is_sorted(model.relocations.begin(), model.relocations.end(),
                     [](const Relocation& a, const Relocation& b) { return a.word < b.word; }));
  EXPECT_EQ(check_model(*capture).size(),
            2U);  // the chain leaves lists 1 and 3 for the shared stream
}

TEST(RknnModel, OldContainersBecomeTheSameProgram) {
  SyntheticModel source = small_convolution();
  const auto current = read_rknn(as_file(write_rknn(source)));
  for (const std::uint64_t version : {1U, 2U}) {
    source.version = version;
    const auto old = read_rknn(as_file(write_rknn(source)));
    ASSERT_TRUE(old) << old.error().text();
    EXPECT_EQ(old->kind, version == 1 ? "rknn model (container v1)" : "rknn model (container v2)");
    EXPECT_EQ(old->model->list_lengths, current->model->list_lengths);
    EXPECT_NE(regcmd_of(*old).role_reason.find("transcoded"), std::string::npos);
    const auto a = tasks_of(*old).bytes_from(0), b = tasks_of(*current).bytes_from(0);
    ASSERT_EQ(a.size(), b.size());
    for (std::size_t at = 0; at < a.size(); at += task_bytes) {
      const Task ours = load_task(a.subspan(at)), theirs = load_task(b.subspan(at));
      ASSERT_EQ(ours.regcfg_amount, theirs.regcfg_amount);
      EXPECT_EQ(ours.op_idx, theirs.op_idx);
      EXPECT_TRUE(is_vendor_task(ours));
      const auto x = regcmd_of(*old).bytes_at(ours.regcmd_addr, 8 * ours.regcfg_amount);
      const auto y = regcmd_of(*current).bytes_at(theirs.regcmd_addr, 8 * theirs.regcfg_amount);
      EXPECT_TRUE(std::equal(x.begin(), x.end(), y.begin(), y.end()));
    }
    for (const Finding& f : check_model(*old)) EXPECT_EQ(f.level, FindingLevel::note) << f.text;
  }
}

TEST(RknnModel, OpensOtherChipsWithoutDecoding) {
  SyntheticModel source = small_convolution();
  source.platform = "rk3576";
  const auto capture = read_rknn(as_file(write_rknn(source)));
  ASSERT_TRUE(capture);
  EXPECT_FALSE(capture->model->has_lists);
  ASSERT_EQ(capture->diagnostics.size(), 1U);
  EXPECT_EQ(capture->diagnostics[0].text, "registers not decoded: RK3576 register map unknown");
}

TEST(RknnModel, OpensABarePayloadAndUnalignedBytes) {
  const Bytes file = write_rknn(small_convolution());
  std::uint64_t size = 0;
  std::memcpy(&size, file.data() + 16, 8);
  const Bytes payload(file.begin() + 64, file.begin() + 64 + static_cast<std::ptrdiff_t>(size));
  const auto bare = read_rknn(as_file(payload));
  ASSERT_TRUE(bare) << bare.error().text();
  EXPECT_EQ(bare->model->list_lengths[0], 5U);
  Bytes shifted(1);
  shifted.insert(shifted.end(), file.begin(), file.end());
  FileBytes odd = as_file(std::move(shifted));
  odd.bytes = odd.bytes.subspan(1);
  const auto capture = read_rknn(odd);
  ASSERT_TRUE(capture);
  EXPECT_EQ(capture->buffers[0].pieces[0].bytes.data(),
            odd.bytes.data() + capture->buffers[0].place.at);
}

TEST(RknnModel, TestdataIsWhatTheWriterMakes) {
  const FileBytes file = load_file(testdata_path("rknn/conv_v6.rknn"));
  const Bytes made = write_rknn(small_convolution());
  EXPECT_TRUE(std::equal(made.begin(), made.end(), file.bytes.begin(), file.bytes.end()));
}

TEST(RknnRefusal, NamesWhatItSees) {
  EXPECT_EQ(refusal(from_text("CYPTRKNN........")),
            "test.rknn: encrypted model (export it again without encryption)");
  EXPECT_EQ(refusal(from_text("RKNX............")),
            "test.rknn: RKNX model of the RKNN3 product line, another NPU (compile the network for "
            "the RK3588 with RKNN-Toolkit2)");
  EXPECT_EQ(refusal(from_text("VPMN............")),
            "test.rknn: VPMN binary of an older VeriSilicon NPU (compile the network for the "
            "RK3588 with RKNN-Toolkit2)");
  EXPECT_EQ(refusal(from_text("ELF.............")),
            "test.rknn: not an RKNN model: it does not begin with RKNN");
  EXPECT_EQ(refusal({}), "test.rknn: not an RKNN model: it does not begin with RKNN");
  EXPECT_EQ(
      refusal(from_text("RKNN")),
      "test.rknn: cut off: 4 bytes, the header alone has 24 (copy or download the file again)");
  EXPECT_EQ(refusal(wrap_payload({}, 7, 64, "{}")),
            "test.rknn, byte 0x8: unknown RKNN container generation 0x7 (versions 1, 2, 6 and "
            "0x1004 can be read)");
  EXPECT_EQ(refusal(from_text("....RKNN........")).substr(0, 11), "test.rknn: ");
}

TEST(RknnRefusal, NamesTheChipOfTheOldFamily) {
  for (const std::string chip : {"RK1808", "RK3399PRO", "RV1109", "RV1126"}) {
    const Bytes file = wrap_payload(Bytes(64), 1, 24, R"({"target_platform":[")" + chip + R"("]})");
    EXPECT_EQ(refusal(file), "test.rknn: RKNN 1.x model for the " + chip +
                                 ", whose NPU is another vendor's (VeriSilicon) (compile the "
                                 "network for the RK3588 with RKNN-Toolkit2)");
  }
  EXPECT_NE(refusal(wrap_payload(Bytes(64), 1, 24, R"({"target_platform":["RK9999"]})"))
                .find("for \"RK9999\""),
            std::string::npos);
}

TEST(RknnRefusal, F1SizesMustAddUp) {
  Bytes file = write_rknn(small_convolution());
  Bytes longer = file;
  longer.resize(file.size() + 3);
  EXPECT_NE(refusal(longer).find("3 bytes follow the end of the model"), std::string::npos);
  put(file, 16, std::uint64_t{1} << 63U);
  EXPECT_NE(refusal(file).find("cut off: the payload should be 9223372036854775808 bytes"),
            std::string::npos);
  file = write_rknn(small_convolution());
  file.pop_back();
  EXPECT_NE(refusal(file).find("cut off: the JSON text at byte"), std::string::npos);
  file = write_rknn(small_convolution());
  put(file, 68, std::uint32_t{0});
  EXPECT_NE(refusal(file).find("the payload does not have the identifier RKNN"), std::string::npos);
}

TEST(RknnRefusal, F2NamesTheDamagedPlace) {
  // The last of two copies of the name is the tensor's, the first the relocation table's.
  Bytes file = write_rknn(small_convolution());
  const std::string_view text(reinterpret_cast<const char*>(file.data()), file.size());
  const std::size_t name = text.rfind(std::string_view("conv.weight\0", 12));
  ASSERT_NE(name, std::string_view::npos);
  put(file, name - 4, std::uint32_t{0x7ffffff});
  EXPECT_NE(refusal(file).find("graph 0, tensor 0: name reaches outside the payload (byte 0x"),
            std::string::npos)
      << refusal(file);
  file = write_rknn(small_convolution());
  file[name + 11] = std::byte{'x'};
  EXPECT_NE(refusal(file).find("graph 0, tensor 0: name does not end with a NUL"),
            std::string::npos);
  file = write_rknn(small_convolution());
  put(file, 64, std::uint32_t{0x7fffff00});
  EXPECT_NE(refusal(file).find("the start table reaches outside the payload (byte 0x0)"),
            std::string::npos);
}

TEST(RknnRefusal, F3AndF4NameTheIndex) {
  SyntheticModel model = small_convolution();
  model.nodes[1].inputs[0] = 99;
  EXPECT_EQ(refusal(write_rknn(model)), "test.rknn: node 1: input names tensor 99, there are 8");
  model = small_convolution();
  model.outputs[0] = -2;
  EXPECT_EQ(refusal(write_rknn(model)),
            "test.rknn: the graph's outputs names tensor -2, there are 8");
  model = small_convolution();
  model.tensors[4].kind = TensorKind::regcmd;
  EXPECT_EQ(
      refusal(write_rknn(model)),
      "test.rknn: 2 register streams and 1 task tables, there must be one of each or neither");
  model = small_convolution();
  model.version = 2;
  model.lists[0][0].relocations[0].tensor = 1000;
  EXPECT_EQ(refusal(write_rknn(model)).substr(0, 60),
            "test.rknn: node 1, task 0: a relocation names tensor 1000, t");
}

// 160 KB that would unfold to 800 MB of shapes.
TEST(RknnRefusal, SharedVectorsDoNotUnfoldWithoutLimit) {
  SyntheticModel model = small_convolution();
  model.tensors[0].native_shape.assign(20000, 1);
  model.repeats = 10000;
  for (const std::uint64_t version : {6U, 2U}) {
    model.version = version;
    EXPECT_NE(refusal(write_rknn(model)).find("share vectors so often"), std::string::npos);
  }
}

TEST(RknnMini, ListsTasksAndStops) {
  Bytes payload(0x200);
  const std::uint32_t header[] = {0, 40, 1, 0x40, 0, 0};
  std::memcpy(payload.data(), header, sizeof header);
  Task task;
  task.regcfg_amount = 4;
  std::memcpy(payload.data() + 0x40, &task, task_bytes);
  const auto capture =
      read_rknn(as_file(wrap_payload(payload, 0x1004, 64, R"({"target_platform":["rv1106"]})")));
  ASSERT_TRUE(capture) << capture.error().text();
  EXPECT_EQ(tasks_of(*capture).size, task_bytes);
  EXPECT_EQ(regcmd_of(*capture).place.at, 64U + 0x80U);
  EXPECT_EQ(capture->diagnostics[0].text, "registers not decoded: RV1106 register map unknown");
  put(payload, 8, std::uint32_t{1000});
  EXPECT_NE(refusal(wrap_payload(payload, 0x1004, 64, "{}"))
                .find("1000 tasks and 64 command bytes do not fit"),
            std::string::npos);
}

class AnyGeneration : public ::testing::TestWithParam<std::uint64_t> {
 protected:
  static Bytes file() {
    SyntheticModel model = small_convolution();
    model.version = GetParam();
    return write_rknn(model);
  }
};

TEST_P(AnyGeneration, EveryTruncationIsRefused) {
  const Bytes whole = file();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_NE(refusal({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)}), "opened")
        << size;
  }
}

// Whatever comes in, the answer is a Capture or an Error, and the rules run on what was opened.
TEST_P(AnyGeneration, NoDamageCrashes) {
  const Bytes whole = file();
  const auto survive = [](Bytes bytes) {
    const auto capture = read_rknn(as_file(std::move(bytes)));
    if (capture) return check_model(*capture).size() < 1000;
    return !capture.error().what.empty();
  };
  for (std::size_t at = 0; at < whole.size(); ++at) {
    Bytes flipped = whole;
    flipped[at] ^= static_cast<std::byte>(1U << (at % 8));
    EXPECT_TRUE(survive(std::move(flipped))) << at;
  }
  std::mt19937 random(1);  // fixed seed: the same files every time
  for (int round = 0; round < 2000; ++round) {
    Bytes damaged = whole;
    for (int k = 0; k < 4; ++k) {
      const std::size_t at = 64 + random() % (damaged.size() - 68);
      put(damaged, at & ~std::size_t{3},
          random() % 2 ? static_cast<std::uint32_t>(random())
                       : static_cast<std::uint32_t>(random() % 256));
    }
    EXPECT_TRUE(survive(std::move(damaged)));
  }
}

INSTANTIATE_TEST_SUITE_P(Rknn, AnyGeneration, ::testing::Values(6, 2, 1));

}  // namespace
}  // namespace npuscope::testing
