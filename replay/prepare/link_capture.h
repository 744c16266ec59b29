// The program of any opened input as an image.
//
//   Result<Image> image = link_program(opened, 2);        // .rknn, bundle, dump, gen:SHAPE
//
// A model file is linked (replay/prepare/link_model.h). A capture is linked already: its buffers
// keep the device addresses that they had, and bytes that were not captured are zero. Where the
// source does not say where the commands were, the address follows from the task table.
#pragma once

#include <optional>

#include "replay/prepare/link_model.h"

namespace npuscope {

// The program that a submit of the capture names as its task object: memory may hold others, as
// those of a health probe. Without a submit, the first. Index into Opened::sets.
[[nodiscard]] std::size_t submitted_set(const Opened& opened);

// For how many cores that program was submitted; 1 where nothing says so.
[[nodiscard]] unsigned submitted_cores(const Opened& opened);

// `set`: none is the one that was submitted. Errors: no program, none for so many cores, a buffer
// without an address that the tasks need (usage); records that were captured in part (unreadable,
// naming the task).
[[nodiscard]] Result<Image> link_capture(const Opened& opened, unsigned cores,
                                         std::optional<std::size_t> set = {});

// As the input asks for. `places` are for models.
[[nodiscard]] Result<Image> link_program(const Opened& opened, unsigned cores,
                                         const ModelPlaces& places = {});

}  // namespace npuscope
