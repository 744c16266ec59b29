// Which of the DMA paths of a running task are switched on.
//
//   if (is_switched_on(AddressRole::bias, value_of)) ...   // value_of(reg::RegisterField) -> value
//
// For a task whose mask runs the block of the path's address register. Source: the vendor relocates
// exactly the addresses of paths that are on.
#pragma once

#include "regdb/register_db.h"
#include "regdb/register_fields.h"

namespace npuscope::preflight {

template <typename ValueOf>
[[nodiscard]] bool is_switched_on(AddressRole path, ValueOf&& value_of) {
  switch (path) {
    case AddressRole::main_source:
      return value_of(reg::DPU_RDMA_RDMA_FEATURE_MODE_CFG_MRDMA_DISABLE) == 0;
    case AddressRole::bias:
      return value_of(reg::DPU_RDMA_RDMA_BRDMA_CFG_BRDMA_DATA_USE) != 0;
    case AddressRole::bn_operand:
      return value_of(reg::DPU_RDMA_RDMA_NRDMA_CFG_NRDMA_DATA_USE) != 0;
    case AddressRole::element_wise:
      return value_of(reg::DPU_RDMA_RDMA_ERDMA_CFG_ERDMA_DISABLE) == 0;
    case AddressRole::none:
    case AddressRole::command:
      return false;
    default:
      return true;  // always in use when the block runs
  }
}

}  // namespace npuscope::preflight
