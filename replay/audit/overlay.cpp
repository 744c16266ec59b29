#include "replay/audit/overlay.h"

namespace npuscope::audit {

// Source of labels and properties: rk3588-base.dtsi and the boards of Linux 6.18 that enable them.
std::string_view overlay_text() {
  return R"(// Enables the three cores of the RK3588 NPU and their IOMMUs for the driver rocket (Linux 6.18 and later).
//
// Build:    dtc -@ -I dts -O dtb -o rk3588-npu.dtbo rk3588-npu.dtso
// Install:  as the boot loader of the board wants overlays, in a boot entry of its own; keep one without it.
//
// WARNING. Read before the first boot:
// - The NPU has a voltage of its own. Below, it is called vdd_npu_s0, and that of its memory
//   vdd_npu_mem_s0, as on boards of Radxa; other boards have other names, and some have one regulator
//   for both. Compare with `ls /proc/device-tree/__symbols__ | grep vdd_npu` and with the schematic.
//   With the wrong regulator, or with none, the first access to a register hangs the board.
// - Without __symbols__ in the board's tree, overlays cannot name its nodes: rebuild it with dtc -@.
// - First boots with mem=4G on the kernel command line (see memory.above_4g in `npuscope audit`), a
//   serial console, and loglevel=8.
// - If the board does not come up: power off, boot the entry without the overlay, read pstore.

/dts-v1/;
/plugin/;

&pd_npu {
	domain-supply = <&vdd_npu_s0>;
};

&rknn_core_0 {
	npu-supply = <&vdd_npu_s0>;
	sram-supply = <&vdd_npu_mem_s0>;
	status = "okay";
};

&rknn_core_1 {
	npu-supply = <&vdd_npu_s0>;
	sram-supply = <&vdd_npu_mem_s0>;
	status = "okay";
};

&rknn_core_2 {
	npu-supply = <&vdd_npu_s0>;
	sram-supply = <&vdd_npu_mem_s0>;
	status = "okay";
};

&rknn_mmu_0 {
	status = "okay";
};

&rknn_mmu_1 {
	status = "okay";
};

&rknn_mmu_2 {
	status = "okay";
};
)";
}

}  // namespace npuscope::audit
