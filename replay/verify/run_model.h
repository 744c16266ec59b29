// What a run should look like: the model of it. Sizes, tasks and commands, all relative to their
// buffers.
//
//   Result<RunModel> model = model_of(shape, {});          // the generated program is the model
//   Result<RunModel> model = model_of(opened_rknn);        // or the file that the runtime loaded
//   auto shape = shape_of_run(opened);                     // which shape, if nobody says
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "decoder/open.h"
#include "replay/generate/generated.h"

namespace npuscope {

struct RunModel {
  std::string name;                // "b1_c64_h56_w56_oc128_wic64_k1x1_g1", or a path
  std::string source;              // how it was found, for a person
  std::optional<ConvShape> shape;  // of a single convolution
  // Its schedule is the vendor's: a run of the vendor's compiler must have the same tasks and words.
  bool vendor_schedule = true;
  std::shared_ptr<const Opened> program;
  std::vector<Task> tasks;        // record addresses count from the first command
  std::size_t first_section = 0;  // tasks of the 1-core program, the one that is submitted
  std::uint64_t commands_offset = 0, commands_bytes = 0;  // in the weight buffer
  std::uint64_t table_copy_offset = 0;                    // in the weight buffer
  std::uint64_t barrier_offset = 0;                       // in the weight buffer

  // Bytes that the runtime asks for; none: the model does not say.
  [[nodiscard]] std::optional<std::uint64_t> bytes_of(std::string_view buffer) const;

  struct Size {
    std::string buffer;
    std::uint64_t bytes = 0;
  };
  std::vector<Size> sizes;
};

[[nodiscard]] Result<RunModel> model_of(const ConvShape& shape, const GenerateOptions& options,
                                        const RegisterDb& db);
// A .rknn file. Errors: no model of the RK3588, no program.
[[nodiscard]] Result<RunModel> model_of(Opened rknn);

// A shape and where it is known from.
struct RunShape {
  ConvShape shape;
  std::string source;
  Place place;
};

// From the registers of the program.
[[nodiscard]] std::optional<RunShape> shape_from_registers(const Opened& input);
// From the tensors that the runtime lists: a convolution of stride 1 without padding, or padded to
// the size of its input. Stride and padding are not in its tables: other sizes give none.
[[nodiscard]] std::optional<RunShape> shape_from_tensors(const Capture& capture);
// From the tensors, which do not depend on the program that is to be checked; else from its
// registers.
[[nodiscard]] std::optional<RunShape> shape_of_run(const Opened& input);

// The compiler that made the program, if the log names it.
[[nodiscard]] GenerateOptions options_of(const Capture& capture);

}  // namespace npuscope
