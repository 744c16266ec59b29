// The convolutions of a compiled model: each node's shape, tensors and tasks.
//
//   const Result<std::vector<ConvNode>> nodes = find_convolutions(opened);   // decoder/open.h
//   for (const ConvNode& node : *nodes)
//     if (node.refusal.empty()) ... key_of(node.shape), node.tasks[0].count ...
//
// Fused nodes have no attributes in the file: kernel, channels and sizes come from the tensors,
// stride, padding above and left, and dilation from the registers of the node's first record.
// Padding below and right has no register, it shows in the size of the output alone. Where several
// amounts give the same size, the one that mirrors the padding above (left) is taken, else the
// smallest; the program is the same for all of them.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "decoder/open.h"
#include "replay/shape/conv_site.h"

namespace npuscope {

// The tasks of a node in one list of the table: indices into ProgramSet::tasks.
struct TaskRange {
  std::size_t first = 0, count = 0;
  friend bool operator==(const TaskRange&, const TaskRange&) = default;
};

struct ConvNode {
  std::size_t node = 0;  // index into Model::nodes: the op_idx of its tasks
  std::string name;      // "ConvRelu:/model.0/conv"
  std::string op;        // "ConvRelu"
  std::string compiler;  // "2.3.2"
  std::string refusal;   // why it is no ConvShape; empty: `shape` is complete and passes check()

  ConvShape shape;  // what could be read, when there is a refusal
  ConvSite site;    // pixels: a graph input of native shape [1, 1, H, W, at most 4], not depthwise
  bool output_is_graph_output = false;

  // Indices into Model::tensors, no_index: the node has none.
  std::size_t input = no_index, weight = no_index, bias = no_index, residual = no_index;
  std::size_t output = no_index;
  std::size_t table = no_index;  // of the lookup table

  std::size_t set = no_index;           // index into Opened::sets
  std::array<TaskRange, 6> tasks;       // 1 core | 2 cores: 0, 1 | 3 cores: 0, 1, 2
  std::size_t first_record = no_index;  // the task of list 0 that runs the CNA first
};

// In graph order, nodes with a refusal included. An Error if this is no model of the RK3588 or it
// has no program.
[[nodiscard]] Result<std::vector<ConvNode>> find_convolutions(const Opened& opened);

}  // namespace npuscope
