#include "replay/generate/buffer_layout.h"

#include "decoder/device_memory.h"

namespace npuscope {

BaseAddresses BufferLayout::bases() const {
  BaseAddresses bases{};
  const auto set = [&bases](Base base, std::uint64_t address) {
    bases[static_cast<std::size_t>(base)] = address;
  };
  set(Base::input, input.address);
  set(Base::weights, weight.address);
  set(Base::bias, weight.address + bias_offset);
  set(Base::residual, residual.address);
  set(Base::output, output.address);
  set(Base::barrier, weight.address + barrier_offset);
  set(Base::commands, weight.address + commands_offset);
  return bases;
}

BufferLayout lay_out(const ConvPlan& plan, const CommandStream& stream, std::uint64_t top) {
  const TensorLayout input = input_layout(plan.shape, plan.site);
  const TensorLayout output = output_layout(plan.shape, plan.site);
  const std::uint64_t table_bytes = task_bytes * stream.task_count();

  BufferLayout layout;
  layout.bias_offset = align_up(stored_weight_bytes(plan.shape, plan.site), record_alignment);
  layout.barrier_offset = layout.bias_offset + align_up(bias_bytes(plan.shape), record_alignment);
  layout.commands_offset = layout.barrier_offset + std::uint64_t{2} * barrier_tensor_bytes;
  layout.table_copy_offset = layout.commands_offset + stream.bytes();
  layout.task.bytes = table_bytes;
  layout.weight.bytes = layout.table_copy_offset + align_up(table_bytes, record_alignment);
  layout.input.bytes = input.bytes;
  layout.output.bytes = output.bytes;
  layout.internal.bytes = input.bytes + output.bytes;
  layout.residual.bytes = plan.shape.fusion.residual ? output.bytes : 0;

  for (PlacedBuffer* buffer : {&layout.task, &layout.weight, &layout.internal, &layout.input,
                               &layout.output, &layout.residual}) {
    top -= whole_pages(buffer->bytes);
    buffer->address = top;
  }
  return layout;
}

}  // namespace npuscope
