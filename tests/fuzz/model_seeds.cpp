#include "tests/fuzz/model_seeds.h"

#include <cstring>
#include <vector>

#include "decoder/model.h"
#include "decoder/task.h"
#include "decoder/word.h"
#include "rknn_v2_generated.h"
#include "rknn_v6_generated.h"

namespace npuscope::fuzz {

namespace {

using flatbuffers::FlatBufferBuilder;
using flatbuffers::Offset;

template <typename T>
void put(std::string& bytes, const T& value) {
  bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
}

std::vector<std::uint8_t> vector_of(const std::string& bytes) {
  return {bytes.begin(), bytes.end()};
}

// The envelope of every generation: magic, version, payload size, (40 bytes), payload, JSON.
std::string enveloped(std::uint64_t version, const std::string& payload) {
  const std::string json = R"({"target_platform": ["rk3588"], "inputs": []})";
  std::string file("RKNN\0\0\0\0", 8);
  put(file, version);
  put(file, std::uint64_t{payload.size()});
  file.append(40, '\0');
  file += payload;
  put(file, std::uint64_t{json.size()});
  return file + json;
}

std::string payload_of(const FlatBufferBuilder& builder) {
  return {reinterpret_cast<const char*>(builder.GetBufferPointer()), builder.GetSize()};
}

Offset<rknn::TensorEntry> tensor(FlatBufferBuilder& builder, const char* name, TensorKind kind,
                                 std::uint32_t size, std::uint32_t buffer) {
  const auto text = builder.CreateString(name);
  const auto shape = builder.CreateVector(std::vector<std::int32_t>{1, 1, 4, 4, 8});
  const auto scale = builder.CreateVector(std::vector<float>{0.5F});
  const auto zero = builder.CreateVector(std::vector<std::int32_t>{-3});
  rknn::TensorEntryBuilder entry(builder);
  entry.add_name(text);
  entry.add_dtype(10);
  entry.add_kind(static_cast<std::uint8_t>(kind));
  entry.add_native_shape(shape);
  entry.add_logical_shape(shape);
  entry.add_scale(scale);
  entry.add_zero_point(zero);
  entry.add_size(size);
  entry.add_buffer(buffer);
  return entry.Finish();
}

Offset<rknn::BufferEntry> buffer(FlatBufferBuilder& builder, const std::string& bytes) {
  builder.ForceVectorAlignment(bytes.size(), 1, 64);
  return rknn::CreateBufferEntry(builder, builder.CreateVector(vector_of(bytes)));
}

}  // namespace

std::string record_words(std::uint32_t next) {
  std::string bytes;
  put(bytes, Word::make(target_of(Block::cna), 0x1040, 0x21).raw);
  put(bytes, Word::make(target_of(Block::cna), 0x1070, 0x40).raw);
  put(bytes, Word::make(target_of(Block::dpu), 0x4020, 0x80).raw);
  put(bytes, next == 0 ? 0 : Word::make(target_of(Block::pc), offset_pc_base_address, next).raw);
  const std::uint32_t amount = next == 0 ? 0 : link_amount(3);
  put(bytes, Word::make(target_of(Block::pc), offset_pc_register_amounts, amount).raw);
  put(bytes, Word::make(target_marker, 0, 0).raw);
  put(bytes, Word::make(target_operation_enable, offset_operation_enable, 0xd).raw);
  bytes.resize(64, '\0');
  return bytes;
}

std::string task_table(std::uint32_t base) {
  std::string bytes;
  for (const std::uint32_t at : {0U, 64U})
    put(bytes, Task{0, 0, 0xd, 0x300, 0x1ffff, 0, 3, 0, std::uint64_t{base} + at});
  bytes.append(task_bytes, '\0');
  return bytes;
}

std::string model_v6() {
  FlatBufferBuilder builder;
  const std::vector tensors{tensor(builder, "in", TensorKind::input, 256, 0),
                            tensor(builder, "out", TensorKind::output, 256, 0),
                            tensor(builder, "weight", TensorKind::constant, 64, 1),
                            tensor(builder, "regcmd", TensorKind::regcmd, 128, 2),
                            tensor(builder, "task", TensorKind::task, 80, 3)};
  const std::vector buffers{buffer(builder, ""), buffer(builder, std::string(64, '\x3c')),
                            buffer(builder, record_words(64) + record_words(0)),
                            buffer(builder, task_table(0).substr(0, 2 * task_bytes))};
  const std::vector entries{rknn6::RelocationEntry(0, 1), rknn6::RelocationEntry(64, 9)};
  const std::vector owners{rknn6::OwnerEntry(1, 0), rknn6::OwnerEntry(1, 0)};
  const std::vector relocations{
      rknn6::CreateRelocationTableDirect(builder, "in", &entries, &owners)};
  const rknn6::StridePair pitch(16, 1);
  rknn6::StrideWordsBuilder stride(builder);
  stride.add_role_3(&pitch);
  const std::vector strides{stride.Finish()};
  const std::vector input_strides{rknn6::CreateInputStrideDirect(builder, "in", &strides)};
  const std::vector<std::int32_t> inputs{0, 2}, outputs{1}, counts{2, 0, 0, 0, 0, 0}, one{0},
      two{1};
  const std::vector nodes{rknn6::CreateNodeEntryDirect(builder, 0, "Conv", "Conv:c", 2, &inputs,
                                                       &outputs, 0, 0, 0, nullptr, &counts)};
  const std::vector<std::int32_t> starts{0, 0, 0, 2, 2};
  const std::vector graphs{rknn6::CreateGraphEntryDirect(
      builder, &tensors, &nodes, &one, &two, 0, 0, 0, &relocations, &input_strides, 0, &starts)};
  const auto family = builder.CreateString("RKNPU v2");
  const auto compiler = builder.CreateString("2.3.2");
  const auto platform = builder.CreateString("rk3588");
  const auto graph_list = builder.CreateVector(graphs);
  const auto buffer_list = builder.CreateVector(buffers);
  const auto memory = rknn6::CreateMemorySizes(builder, 64, 512);
  rknn6::StartBuilder start(builder);
  start.add_schema_version(3);
  start.add_family(family);
  start.add_compiler(compiler);
  start.add_platform(platform);
  start.add_graphs(graph_list);
  start.add_buffers(buffer_list);
  start.add_memory(memory);
  rknn6::FinishStartBuffer(builder, start.Finish());
  return enveloped(6, payload_of(builder));
}

std::string model_v2() {
  FlatBufferBuilder builder;
  const std::vector tensors{tensor(builder, "in", TensorKind::input, 256, 0),
                            tensor(builder, "out", TensorKind::output, 256, 0),
                            tensor(builder, "stream", TensorKind::stream, 24, 1)};
  std::string stream;  // the older encoding: value, register, 0
  for (const std::uint64_t offset : {0x1040U, 0x1070U, 0x4020U})
    put(stream, std::uint64_t{0x21} << 32U | offset << 16U);
  const std::vector buffers{buffer(builder, ""), buffer(builder, stream)};
  const std::vector relocations{rknn2::RelocationEntry(0x1070, 0, 16, 0, 0, 0)};
  const std::vector tasks{
      rknn2::CreateTaskEntryDirect(builder, 2, 0, 1, 0xd, 0x300, &relocations, 0, 1, 1)};
  const std::vector<std::int32_t> inputs{0}, outputs{1};
  const std::vector nodes{
      rknn2::CreateNodeEntryDirect(builder, 0, "Conv", "Conv:c", 2, &inputs, &outputs, &tasks)};
  const std::vector graphs{
      rknn2::CreateGraphEntryDirect(builder, &tensors, &nodes, &inputs, &outputs)};
  const auto family = builder.CreateString("RKNPU v2");
  const auto platform = builder.CreateString("rk3588");
  const auto graph_list = builder.CreateVector(graphs);
  const auto buffer_list = builder.CreateVector(buffers);
  rknn2::StartBuilder start(builder);
  start.add_schema_version(1);
  start.add_family(family);
  start.add_platform(platform);
  start.add_graphs(graph_list);
  start.add_buffers(buffer_list);
  rknn2::FinishStartBuffer(builder, start.Finish());
  return enveloped(2, payload_of(builder));
}

std::string model_mini() {
  std::string payload;
  for (const std::uint32_t number : {0U, 128U, 2U, 128U, 64U, 256U}) put(payload, number);
  payload.resize(64, '\0');
  payload += task_table(0);
  payload.resize(64 + 128, '\0');
  payload += record_words(64) + record_words(0) + std::string(64, '\x3c');
  return enveloped(0x1004, payload);
}

}  // namespace npuscope::fuzz
